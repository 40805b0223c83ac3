/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/table.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "engine/alloc.h"

#define CELL_BYTES 256

struct cell {
    char *text; /* as it is shown; NULL: empty */
    bool is_number;
    double value, low, high; /* low above high: no interval */
};

struct strings {
    char **item;
    size_t n, cap;
};

struct eval_table {
    char *title;
    struct strings column, note;
    struct cell *cell; /* row by row */
    size_t n_cells, cap_cells, n_rows;
    bool failed;
};

struct eval_table *eval_table_new(const char *title)
{
    struct eval_table *table = ecam_calloc(1, sizeof *table);
    char *copy = ecam_strdup(title);
    if (table == NULL || copy == NULL) {
        ecam_free(table);
        ecam_free(copy);
        return NULL;
    }
    table->title = copy;
    return table;
}

static void strings_free(struct strings *strings)
{
    for (size_t i = 0; i < strings->n; i++)
        ecam_free(strings->item[i]);
    ecam_free(strings->item);
}

void eval_table_free(struct eval_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_cells; i++)
        ecam_free(table->cell[i].text);
    ecam_free(table->cell);
    strings_free(&table->column);
    strings_free(&table->note);
    ecam_free(table->title);
    ecam_free(table);
}

/* ---- Filling ---- */

static void add_string(struct eval_table *table, struct strings *to, const char *text)
{
    char *copy = ecam_strdup(text);
    if (copy == NULL || !ecam_reserve((void **)&to->item, &to->cap, to->n, sizeof *to->item)) {
        ecam_free(copy);
        table->failed = true;
        return;
    }
    to->item[to->n++] = copy;
}

void eval_table_column(struct eval_table *table, const char *name)
{
    add_string(table, &table->column, name);
}

void eval_table_note(struct eval_table *table, const char *fmt, ...)
{
    char text[2 * CELL_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    add_string(table, &table->note, text);
}

void eval_table_row(struct eval_table *table)
{
    table->n_rows++;
}

static void add_cell(struct eval_table *table, const char *text, struct cell cell)
{
    cell.text = text == NULL ? NULL : ecam_strdup(text);
    if ((text != NULL && cell.text == NULL) ||
        !ecam_reserve((void **)&table->cell, &table->cap_cells, table->n_cells,
                      sizeof *table->cell)) {
        ecam_free(cell.text);
        table->failed = true;
        return;
    }
    table->cell[table->n_cells++] = cell;
}

void eval_table_text(struct eval_table *table, const char *fmt, ...)
{
    char text[CELL_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    add_cell(table, text, (struct cell){ 0 });
}

void eval_table_number(struct eval_table *table, double value, int decimals)
{
    char text[CELL_BYTES];
    snprintf(text, sizeof text, "%.*f", decimals, value);
    const bool is_there = isfinite(value);
    add_cell(table, is_there ? text : NULL,
             (struct cell){ .is_number = is_there, .value = value, .low = 1 });
}

void eval_table_percent(struct eval_table *table, const struct eval_interval *interval,
                        int decimals)
{
    char text[CELL_BYTES];
    const double value = 100 * interval->value, low = 100 * interval->low,
                 high = 100 * interval->high;
    snprintf(text, sizeof text, "%.*f (%.1f-%.1f)", decimals, value, low, high);
    add_cell(table, interval->is_defined ? text : NULL,
             (struct cell){
                 .is_number = interval->is_defined, .value = value, .low = low, .high = high });
}

/* ---- Printing ---- */

/* The cell of a row and column, or NULL where the row ended before. */
static const struct cell *cell_at(const struct eval_table *table, size_t row, size_t column)
{
    const size_t at = row * table->column.n + column;
    return at < table->n_cells ? &table->cell[at] : NULL;
}

static const char *shown(const struct eval_table *table, size_t row, size_t column)
{
    const struct cell *cell = cell_at(table, row, column);
    return cell == NULL || cell->text == NULL ? "" : cell->text;
}

struct column {
    size_t width;
    bool has_numbers; /* they stand at its right side */
};

static struct column measure(const struct eval_table *table, size_t c)
{
    struct column column = { .width = strlen(table->column.item[c]) };
    for (size_t r = 0; r < table->n_rows; r++) {
        const struct cell *cell = cell_at(table, r, c);
        column.width = ecam_max_size(column.width, strlen(shown(table, r, c)));
        column.has_numbers = column.has_numbers || (cell != NULL && cell->is_number);
    }
    return column;
}

/* One line without blanks at its end. row 0: the names of the columns. */
static void print_line(const struct eval_table *table, size_t row, FILE *out)
{
    size_t blanks = 0;
    for (size_t c = 0; c < table->column.n; c++) {
        const struct column column = measure(table, c);
        const char *text = row == 0 ? table->column.item[c] : shown(table, row - 1, c);
        const size_t rest = column.width - strlen(text);
        blanks += 2 + (column.has_numbers ? rest : 0);
        if (text[0] != '\0') {
            fprintf(out, "%*s%s", (int)blanks, "", text);
            blanks = 0;
        }
        blanks += column.has_numbers ? 0 : rest;
    }
    fputs("\n", out);
}

static void print_text(const struct eval_table *table, FILE *out)
{
    fprintf(out, "%s\n\n", table->title);
    for (size_t row = 0; row <= table->n_rows; row++)
        print_line(table, row, out);
    for (size_t i = 0; i < table->note.n; i++)
        fprintf(out, "%s  %s\n", i == 0 ? "\n" : "", table->note.item[i]);
    fputs("\n", out);
}

static void print_markdown(const struct eval_table *table, FILE *out)
{
    fprintf(out, "### %s\n\n", table->title);
    for (size_t row = 0; row <= table->n_rows; row++) {
        for (size_t c = 0; c < table->column.n; c++) {
            const struct column column = measure(table, c);
            fprintf(out, column.has_numbers ? "| %*s " : "| %-*s ", (int)column.width,
                    row == 0 ? table->column.item[c] : shown(table, row - 1, c));
        }
        fputs("|\n", out);
        for (size_t c = 0; c < table->column.n && row == 0; c++)
            fputs(measure(table, c).has_numbers ? "|--:" : "|---", out);
        fputs(row == 0 ? "|\n" : "", out);
    }
    for (size_t i = 0; i < table->note.n; i++)
        fprintf(out, "\n%s\n", table->note.item[i]);
    fputs("\n", out);
}

static void print_csv_field(const char *text, FILE *out)
{
    if (strpbrk(text, ",\"\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* An interval takes three fields: the value, its low and its high end. */
static bool has_interval(const struct eval_table *table, size_t column)
{
    for (size_t r = 0; r < table->n_rows; r++) {
        const struct cell *cell = cell_at(table, r, column);
        if (cell != NULL && cell->is_number && cell->low <= cell->high)
            return true;
    }
    return false;
}

static void print_csv(const struct eval_table *table, FILE *out)
{
    for (size_t c = 0; c < table->column.n; c++) {
        fputs(c > 0 ? "," : "", out);
        print_csv_field(table->column.item[c], out);
        if (has_interval(table, c))
            fputs(",low,high", out);
    }
    fputc('\n', out);
    for (size_t r = 0; r < table->n_rows; r++) {
        for (size_t c = 0; c < table->column.n; c++) {
            const struct cell *cell = cell_at(table, r, c);
            fputs(c > 0 ? "," : "", out);
            if (cell != NULL && cell->is_number)
                fprintf(out, "%.6g", cell->value);
            else
                print_csv_field(shown(table, r, c), out);
            if (!has_interval(table, c))
                continue;
            if (cell != NULL && cell->is_number && cell->low <= cell->high)
                fprintf(out, ",%.6g,%.6g", cell->low, cell->high);
            else
                fputs(",,", out);
        }
        fputc('\n', out);
    }
}

static cJSON *json_cell(const struct cell *cell)
{
    if (cell == NULL || cell->text == NULL)
        return cJSON_CreateNull();
    if (!cell->is_number)
        return cJSON_CreateString(cell->text);
    if (cell->low > cell->high)
        return cJSON_CreateNumber(cell->value);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "value", cell->value);
    cJSON_AddNumberToObject(object, "low", cell->low);
    cJSON_AddNumberToObject(object, "high", cell->high);
    return object;
}

static bool print_json(const struct eval_table *table, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "title", table->title);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t r = 0; r < table->n_rows; r++) {
        cJSON *row = cJSON_CreateObject();
        for (size_t c = 0; c < table->column.n; c++)
            cJSON_AddItemToObject(row, table->column.item[c], json_cell(cell_at(table, r, c)));
        cJSON_AddItemToArray(rows, row);
    }
    cJSON *notes = cJSON_AddArrayToObject(root, "notes");
    for (size_t i = 0; i < table->note.n; i++)
        cJSON_AddItemToArray(notes, cJSON_CreateString(table->note.item[i]));
    char *text = cJSON_PrintUnformatted(root);
    if (text != NULL)
        fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

bool eval_table_print(const struct eval_table *table, enum eval_format format, FILE *out)
{
    if (table->failed)
        return false;
    switch (format) {
    case EVAL_TEXT:
        print_text(table, out);
        break;
    case EVAL_MARKDOWN:
        print_markdown(table, out);
        break;
    case EVAL_CSV:
        print_csv(table, out);
        break;
    case EVAL_JSON:
        return print_json(table, out);
    }
    return true;
}
