/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/table.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/published.h"
#include "tests/unit/tu.h"

static char *printed(const struct eval_table *table, enum eval_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    ck_assert(eval_table_print(table, format, f));
    fclose(f);
    return text;
}

static struct eval_table *example(void)
{
    const struct eval_interval there = { 0.5522, 0.5481, 0.5568, true }, none = { 0 };
    struct eval_table *table = eval_table_new("a table");
    eval_table_column(table, "method");
    eval_table_column(table, "error");
    eval_table_column(table, "n");
    eval_table_row(table);
    eval_table_text(table, "%s", "a, \"b\"");
    eval_table_percent(table, &there, 2);
    eval_table_number(table, 7, 0);
    eval_table_row(table);
    eval_table_text(table, "%s", "c");
    eval_table_percent(table, &none, 2);
    eval_table_number(table, (double)NAN, 2);
    eval_table_note(table, "%d images.", 50);
    return table;
}

static void check(enum eval_format format, const char *want)
{
    struct eval_table *table = example();
    char *got = printed(table, format);
    ck_assert_str_eq(got, want);
    free(got);
    eval_table_free(table);
}

START_TEST(four_formats)
{
    check(EVAL_TEXT, "a table\n\n"
                     "  method              error  n\n"
                     "  a, \"b\"  55.22 (54.8-55.7)  7\n"
                     "  c\n"
                     "\n  50 images.\n\n");
    check(EVAL_MARKDOWN, "### a table\n\n"
                         "| method |             error | n |\n"
                         "|---|--:|--:|\n"
                         "| a, \"b\" | 55.22 (54.8-55.7) | 7 |\n"
                         "| c      |                   |   |\n"
                         "\n50 images.\n\n");
    check(EVAL_CSV, "method,error,low,high,n\n"
                    "\"a, \"\"b\"\"\",55.22,54.81,55.68,7\n"
                    "c,,,,\n");
    check(EVAL_JSON, "{\"title\":\"a table\",\"rows\":[{\"method\":\"a, \\\"b\\\"\","
                     "\"error\":{\"value\":55.22,\"low\":54.81,\"high\":55.68},\"n\":7},"
                     "{\"method\":\"c\",\"error\":null,\"n\":null}],\"notes\":[\"50 images.\"]}\n");
}
END_TEST

static bool tells_status(const char *cell)
{
    static const char *const words[] = { "verified", "quoted", "recalled", "derived" };
    const char *space = strchr(cell, ' ');
    for (size_t i = 0; space != NULL && i < ECAM_ARRAY_LEN(words); i++)
        if (strcmp(space + 1, words[i]) == 0)
            return true;
    return strcmp(cell, "unknown") == 0;
}

/* No number stands in the published tables without its status. */
START_TEST(published_numbers_say_how_sure_they_are)
{
    for (int which = EVAL_LOCALIZATION; which <= EVAL_PROPOSAL; which++) {
        struct eval_table *table = eval_published((enum eval_benchmark)which);
        ck_assert_ptr_nonnull(table);
        char *text = printed(table, EVAL_JSON);
        cJSON *root = cJSON_Parse(text);
        const cJSON *row, *rows = cJSON_GetObjectItem(root, "rows");
        ck_assert_int_ge(cJSON_GetArraySize(rows), 6);
        cJSON_ArrayForEach(row, rows)
        {
            for (const cJSON *cell = row->child->next; cell != NULL; cell = cell->next)
                ck_assert_msg(tells_status(cJSON_GetStringValue(cell)), "%s: %s: '%s'",
                              cJSON_GetStringValue(row->child), cell->string,
                              cJSON_GetStringValue(cell));
        }
        cJSON_Delete(root);
        free(text);
        eval_table_free(table);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { four_formats, published_numbers_say_how_sure_they_are };
    return tu_main("table", tests, sizeof tests / sizeof *tests);
}
