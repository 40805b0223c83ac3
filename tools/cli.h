/* SPDX-License-Identifier: BSD-2-Clause
 * The command line: commands, their options, usage errors. */
#ifndef ECAM_TOOLS_CLI_H
#define ECAM_TOOLS_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/common.h"

/* Exit statuses of the program. */
enum {
    CLI_EXIT_DONE = 0,
    CLI_EXIT_FAILED = 1, /* some input failed; the others are done */
    CLI_EXIT_USAGE = 2
};

struct cli_command {
    const char *name;
    const char *purpose; /* half a line, for the list of commands */
    const char *help;
    int (*run)(int argc, char **argv); /* argv[0]: the command's name; exit status */
};

/* Every command, in the order of the list; ends with a NULL name. */
extern const struct cli_command cli_commands[];
const struct cli_command *cli_command_find(const char *name); /* or NULL */

#define CLI_WHY_BYTES 256

/* Takes one value; on false `why` tells what is wrong with it. */
typedef bool cli_value_fn(const char *value, void *to, char why[CLI_WHY_BYTES]);

enum cli_kind {
    CLI_FLAG,   /* bool *: true */
    CLI_UNFLAG, /* bool *: false */
    CLI_STRING, /* const char ** into argv */
    CLI_COUNT,  /* size_t *, min to max */
    CLI_REAL,   /* double *, min to max */
    CLI_CHOICE, /* int *: index into choices */
    CLI_CALL    /* handed to `call` */
};

struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum cli_kind kind;
    void *to;
    double min, max;
    const char *const *choices; /* ends with NULL */
    cli_value_fn *call;
};

struct cli_group {
    const struct cli_option *options;
    size_t n;
};

enum cli_result {
    CLI_RUN,  /* go on */
    CLI_STOP, /* --help or --version was answered: leave with CLI_EXIT_DONE */
    CLI_USAGE /* the error was told on stderr: leave with CLI_EXIT_USAGE */
};

/* Parses argv[1..argc) into what the options point to. Words that are no options
 * move, in order, to argv[0..*n_words). -h, --help, -V and --version are known to
 * every command. */
enum cli_result cli_parse(const char *command, const struct cli_group *groups, size_t n_groups,
                          int argc, char **argv, size_t *n_words);

/* "eigencam COMMAND: TEXT" and where to find help, on stderr. CLI_EXIT_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* The name most like `word`, or NULL where none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/* Name, version, ISA level in use, compiler, licence; on stdout. */
void cli_print_version(void);

#endif /* ECAM_TOOLS_CLI_H */
