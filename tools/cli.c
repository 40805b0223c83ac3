/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/cli.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/numbers.h"

#define MAX_NAME 64 /* longer words are near nothing */

const struct cli_command *cli_command_find(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

int cli_usage(const char *command, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "eigencam %s: ", command);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\n'eigencam %s --help' shows how it is used.\n", command);
    va_end(ap);
    return CLI_EXIT_USAGE;
}

/* ---- Near names ---- */

/* Insertions, deletions, substitutions that turn a into b. */
static size_t edit_distance(const char *a, const char *b)
{
    const size_t a_len = strlen(a), b_len = strlen(b);
    size_t row[MAX_NAME + 1];
    if (a_len > MAX_NAME || b_len > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            const size_t above = row[j];
            const size_t change = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = ecam_min_size(ecam_min_size(above, row[j - 1]) + 1, change);
            diagonal = above;
        }
    }
    return row[b_len];
}

const char *cli_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    /* Half of the letters may be wrong, and a beginning is near its whole. */
    size_t best_distance = strlen(word) / 2 + 1;
    for (size_t i = 0; i < n; i++) {
        const bool is_start = word[0] != '\0' && strncmp(names[i], word, strlen(word)) == 0;
        const size_t distance = is_start ? 0 : edit_distance(word, names[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}

/* ---- Options ---- */

/* What every command answers. */
static const struct cli_option everywhere[] = {
    { .name = "help", .letter = 'h', .kind = CLI_FLAG },
    { .name = "version", .letter = 'V', .kind = CLI_FLAG },
};

static bool takes_value(const struct cli_option *option)
{
    return option->kind != CLI_FLAG && option->kind != CLI_UNFLAG;
}

static bool has_name(const struct cli_option *option, const char *name, size_t len)
{
    return strlen(option->name) == len && memcmp(option->name, name, len) == 0;
}

/* The option that an argument with one or two dashes means; len: of its name. */
static const struct cli_option *find_option(const struct cli_group *groups, size_t n_groups,
                                            const char *arg, size_t len)
{
    const bool is_long = arg[1] == '-';
    for (size_t g = 0; g < n_groups; g++) {
        for (size_t i = 0; i < groups[g].n; i++) {
            const struct cli_option *o = &groups[g].options[i];
            if (is_long ? has_name(o, arg + 2, len) : o->letter == arg[1])
                return o;
        }
    }
    return NULL;
}

static enum cli_result unknown_option(const char *command, const struct cli_group *groups,
                                      size_t n_groups, const char *arg)
{
    char word[MAX_NAME + 1];
    const char *name = arg + strspn(arg, "-");
    const size_t len = ecam_min_size(strcspn(name, "="), MAX_NAME);
    memcpy(word, name, len);
    word[len] = '\0';

    const char *near = NULL;
    const char *names[128];
    size_t n = 0;
    for (size_t g = 0; g < n_groups; g++)
        for (size_t i = 0; i < groups[g].n && n < ECAM_ARRAY_LEN(names); i++)
            names[n++] = groups[g].options[i].name;
    if (arg[1] == '-' || len > 1)
        near = cli_nearest(word, names, n);
    if (near != NULL)
        cli_usage(command, "there is no option %s; near it is --%s", arg, near);
    else
        cli_usage(command, "there is no option %s", arg);
    return CLI_USAGE;
}

static bool store_choice(const struct cli_option *o, const char *value, char why[CLI_WHY_BYTES])
{
    for (int i = 0; o->choices[i] != NULL; i++) {
        if (strcmp(o->choices[i], value) == 0) {
            *(int *)o->to = i;
            return true;
        }
    }
    int used = snprintf(why, CLI_WHY_BYTES, "expected ");
    for (size_t i = 0; o->choices[i] != NULL && used > 0 && used < CLI_WHY_BYTES; i++) {
        const char *between = i == 0 ? "" : o->choices[i + 1] == NULL ? " or " : ", ";
        used += snprintf(why + used, CLI_WHY_BYTES - (size_t)used, "%s%s", between, o->choices[i]);
    }
    return false;
}

/* Writes the value where the option points; false with `why` where it cannot. */
static bool store(const struct cli_option *o, const char *value, char why[CLI_WHY_BYTES])
{
    switch (o->kind) {
    case CLI_FLAG:
    case CLI_UNFLAG:
        *(bool *)o->to = o->kind == CLI_FLAG;
        return true;
    case CLI_STRING:
        snprintf(why, CLI_WHY_BYTES, "it is empty");
        *(const char **)o->to = value;
        return value[0] != '\0';
    case CLI_COUNT: {
        size_t count;
        snprintf(why, CLI_WHY_BYTES, "expected a whole number from %.0f to %.0f", o->min, o->max);
        if (!number_count(value, &count) || (double)count < o->min || (double)count > o->max)
            return false;
        *(size_t *)o->to = count;
        return true;
    }
    case CLI_REAL: {
        double real;
        snprintf(why, CLI_WHY_BYTES, "expected a number from %g to %g", o->min, o->max);
        if (!number_real(value, &real) || real < o->min || real > o->max)
            return false;
        *(double *)o->to = real;
        return true;
    }
    case CLI_CHOICE:
        return store_choice(o, value, why);
    case CLI_CALL:
        return o->call(value, o->to, why);
    }
    return false;
}

/* One argument that begins with '-'. Moves *at on where the value is the next one. */
static enum cli_result parse_option(const char *command, const struct cli_group *groups,
                                    size_t n_groups, int argc, char **argv, int *at)
{
    const char *arg = argv[*at], *value = NULL;
    const bool is_long = arg[1] == '-';
    const size_t len = is_long ? strcspn(arg + 2, "=") : 1;
    const struct cli_option *o = find_option(groups, n_groups, arg, len);
    const int shown = (int)(is_long ? len + 2 : 2); /* of arg, without the value */
    char why[CLI_WHY_BYTES];
    if (o == NULL)
        return unknown_option(command, groups, n_groups, arg);
    if (is_long && arg[2 + len] == '=')
        value = arg + 2 + len + 1;
    else if (!is_long && arg[2] != '\0')
        value = arg + 2;
    if (!takes_value(o)) {
        if (value != NULL) {
            cli_usage(command, "option %.*s takes no value", shown, arg);
            return CLI_USAGE;
        }
    } else if (value == NULL) {
        if (*at + 1 == argc) {
            cli_usage(command, "option %.*s needs a value", shown, arg);
            return CLI_USAGE;
        }
        value = argv[++*at];
    }
    if (o == &everywhere[0]) {
        fputs(cli_command_find(command)->help, stdout);
        return CLI_STOP;
    }
    if (o == &everywhere[1]) {
        cli_print_version();
        return CLI_STOP;
    }
    if (!store(o, value, why)) {
        cli_usage(command, "option %.*s: '%s': %s", shown, arg, value, why);
        return CLI_USAGE;
    }
    return CLI_RUN;
}

enum cli_result cli_parse(const char *command, const struct cli_group *groups, size_t n_groups,
                          int argc, char **argv, size_t *n_words)
{
    struct cli_group all[8] = { { everywhere, ECAM_ARRAY_LEN(everywhere) } };
    for (size_t g = 0; g < n_groups; g++)
        all[g + 1] = groups[g];
    bool only_words = false;
    *n_words = 0;
    for (int at = 1; at < argc; at++) {
        char *arg = argv[at];
        if (only_words || arg[0] != '-' || arg[1] == '\0') {
            argv[(*n_words)++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            only_words = true;
        } else {
            const enum cli_result result =
                parse_option(command, all, n_groups + 1, argc, argv, &at);
            if (result != CLI_RUN)
                return result;
        }
    }
    return CLI_RUN;
}
