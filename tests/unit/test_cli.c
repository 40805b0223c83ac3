/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/cli.h"
#include "tools/numbers.h"

/* The program has its own list; here one command is enough. */
const struct cli_command cli_commands[] = {
    { "try", "be tried", "help of try\n", NULL },
    { NULL, NULL, NULL, NULL },
};

void cli_print_version(void)
{
}

struct values {
    bool flag, unflag;
    const char *text;
    size_t count, n_words;
    double real;
    int choice;
    char **argv;
};

static bool refuse_odd(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    (void)to;
    snprintf(why, CLI_WHY_BYTES, "odd");
    return strlen(value) % 2 == 0;
}

/* Parses up to nine words into v. */
static enum cli_result parse(struct values *v, char **argv)
{
    static const char *const choices[] = { "red", "green", NULL };
    const struct cli_option options[] = {
        { .name = "flag", .letter = 'f', .kind = CLI_FLAG, .to = &v->flag },
        { .name = "no-flag", .kind = CLI_UNFLAG, .to = &v->unflag },
        { .name = "text", .letter = 't', .kind = CLI_STRING, .to = &v->text },
        { .name = "count", .kind = CLI_COUNT, .to = &v->count, .min = 1, .max = 9 },
        { .name = "real", .kind = CLI_REAL, .to = &v->real, .min = 0, .max = 1 },
        { .name = "colour", .kind = CLI_CHOICE, .to = &v->choice, .choices = choices },
        { .name = "even", .kind = CLI_CALL, .call = refuse_odd },
    };
    const struct cli_group group = { options, ECAM_ARRAY_LEN(options) };
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    v->argv = argv;
    return cli_parse("try", &group, 1, argc, argv, &v->n_words);
}

#define WORDS(...) ((char *[]){ word("try"), __VA_ARGS__, NULL })

/* argv is not const; literals are. */
static char *word(const char *text)
{
    static char room[64][32];
    static size_t next;
    char *out = room[next++ % 64];
    snprintf(out, 32, "%s", text);
    return out;
}

START_TEST(options_and_words_may_mix)
{
    struct values v = { .unflag = true };
    char **argv = WORDS(word("a"), word("--text=x=y"), word("-f"), word("b"), word("--count"),
                        word("9"), word("--no-flag"), word("-"));
    ck_assert_int_eq(parse(&v, argv), CLI_RUN);
    ck_assert(v.flag);
    ck_assert(!v.unflag);
    ck_assert_str_eq(v.text, "x=y");
    ck_assert_uint_eq(v.count, 9);
    ck_assert_uint_eq(v.n_words, 3);
    ck_assert_str_eq(v.argv[0], "a");
    ck_assert_str_eq(v.argv[1], "b");
    ck_assert_str_eq(v.argv[2], "-");
}
END_TEST

START_TEST(letters_take_their_value_glued_or_apart)
{
    struct values v = { 0 };
    ck_assert_int_eq(parse(&v, WORDS(word("-tglued"))), CLI_RUN);
    ck_assert_str_eq(v.text, "glued");
    ck_assert_int_eq(parse(&v, WORDS(word("-t"), word("-f"))), CLI_RUN);
    ck_assert_str_eq(v.text, "-f");
    ck_assert(!v.flag);
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    struct values v = { 0 };
    char **argv = WORDS(word("--"), word("--flag"), word("--"));
    ck_assert_int_eq(parse(&v, argv), CLI_RUN);
    ck_assert(!v.flag);
    ck_assert_uint_eq(v.n_words, 2);
    ck_assert_str_eq(v.argv[0], "--flag");
}
END_TEST

START_TEST(values_outside_their_range_are_usage_errors)
{
    struct values v = { 0 };
    char *const bad[][2] = {
        { word("--count"), word("0") },
        { word("--count"), word("10") },
        { word("--count"), word("-1") },
        { word("--count"), word("1x") },
        { word("--count"), word("") },
        { word("--real"), word("1.5") },
        { word("--real"), word("nan") },
        { word("--real"), word("0.5 ") },
        { word("--real"), word(" 0.5") },
        { word("--colour"), word("blue") },
        { word("--text"), word("") },
        { word("--even"), word("abc") },
        { word("--count"), word("9999999999999999999999") },
    };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(bad); i++)
        ck_assert_int_eq(parse(&v, WORDS(bad[i][0], bad[i][1])), CLI_USAGE);
}
END_TEST

START_TEST(what_is_no_option_or_lacks_its_value_is_a_usage_error)
{
    struct values v = { 0 };
    ck_assert_int_eq(parse(&v, WORDS(word("--flog"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("-x"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("--text"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("-t"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("--flag=yes"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("-fx"))), CLI_USAGE);
    ck_assert_int_eq(parse(&v, WORDS(word("--tex"), word("v"))), CLI_USAGE);
}
END_TEST

START_TEST(near_names_are_found_and_far_ones_are_not)
{
    const char *const names[] = { "explain", "predict", "layers" };
    ck_assert_str_eq(cli_nearest("explian", names, 3), "explain");
    ck_assert_str_eq(cli_nearest("lay", names, 3), "layers");
    ck_assert_str_eq(cli_nearest("layer", names, 3), "layers");
    ck_assert_ptr_null(cli_nearest("zzzz", names, 3));
    ck_assert_ptr_null(cli_nearest("", names, 3));
}
END_TEST

START_TEST(sizes_are_rows_by_columns)
{
    size_t h = 0, w = 0;
    ck_assert(number_size("224x320", &h, &w));
    ck_assert_uint_eq(h, 224);
    ck_assert_uint_eq(w, 320);
    ck_assert(!number_size("224", &h, &w));
    ck_assert(!number_size("224x", &h, &w));
    ck_assert(!number_size("x224", &h, &w));
    ck_assert(!number_size("0x224", &h, &w));
    ck_assert(!number_size("2x2x2", &h, &w));
    ck_assert(!number_size("99999999999999999999999999x1", &h, &w));
    ck_assert_uint_eq(h, 224);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        options_and_words_may_mix,
        letters_take_their_value_glued_or_apart,
        two_dashes_end_the_options,
        values_outside_their_range_are_usage_errors,
        what_is_no_option_or_lacks_its_value_is_a_usage_error,
        near_names_are_found_and_far_ones_are_not,
        sizes_are_rows_by_columns,
    };
    return tu_main("cli", tests, sizeof tests / sizeof *tests);
}
