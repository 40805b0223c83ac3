/* SPDX-License-Identifier: BSD-2-Clause
 * eigencam COMMAND ...: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "engine/ecam.h"
#include "engine/isa.h"
#include "tools/bundled.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/signals.h"

static int cmd_help(int argc, char **argv);

static const char help_help[] = "usage: eigencam help [COMMAND]\n"
                                "\n"
                                "Shows how a command is used, with an example that works.\n"
                                "\n"
                                "  eigencam help explain\n";

const struct cli_command cli_commands[] = {
    { "explain", "show what the network looked at in photos", cmd_explain_help, cmd_explain },
    { "report", "make a page of what a network saw", cmd_report_help, cmd_report },
    { "predict", "name what is on photos", cmd_predict_help, cmd_predict },
    { "layers", "list the layers: shape, cost, receptive field", cmd_layers_help, cmd_layers },
    { "tap", "write the output of layers as .npy files", cmd_tap_help, cmd_tap },
    { "compare", "compare layers with what another program computed", cmd_compare_help,
      cmd_compare },
    { "evaluate", "score maps against annotated images", cmd_evaluate_help, cmd_evaluate },
    { "convert", "make a model file from weights", cmd_convert_help, cmd_convert },
    { "info", "tell what a model file is", cmd_info_help, cmd_info },
    { "bench", "time the forward pass against the machine's limits", cmd_bench_help, cmd_bench },
    { "help", "show how a command is used", help_help, cmd_help },
    { NULL, NULL, NULL, NULL },
};

static void print_help(FILE *f)
{
    fputs("usage: eigencam COMMAND [OPTION...] [PHOTO...]\n"
          "\n"
          "Runs convolutional networks on the CPU and shows what they looked at.\n"
          "\n"
          "  eigencam explain photo.jpg         writes eigencam-out/photo.overlay.png\n"
          "  eigencam explain -m resnet50.pth -l layer4.2 photo.jpg\n"
          "\n"
          "commands\n",
          f);
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        fprintf(f, "  %-9s %s\n", c->name, c->purpose);
    fputs("\n"
          "'eigencam COMMAND --help' shows each command's options and an example;\n"
          "'eigencam --version' the version, the instruction set in use, the licence.\n"
          "\n"
          "exit status: 0 all done, 1 some input failed, 2 wrong usage\n",
          f);
}

void cli_print_version(void)
{
    enum ecam_isa isa;
    struct ecam_error err;
    printf("eigencam %s\n", ecam_version());
    if (ecam_isa_resolve(ECAM_ISA_AUTO, &isa, &err) == ECAM_OK)
        printf("ISA level in use: %s (this machine runs:", ecam_isa_name(isa));
    else
        printf("ISA level in use: none, %s (this machine runs:", err.text);
    for (int i = ECAM_ISA_SCALAR; i < ECAM_ISA_COUNT; i++)
        if (ecam_isa_supported((enum ecam_isa)i))
            printf(" %s", ecam_isa_name((enum ecam_isa)i));
    puts(")");
#if defined(__clang__)
    puts("compiler: " __VERSION__);
#elif defined(__GNUC__)
    puts("compiler: gcc " __VERSION__);
#endif
    char size[32];
    if (bundled_bytes() > 0)
        printf("bundled model: inside, %s\n", out_amount((double)bundled_bytes(), "B", size));
    else
        printf("bundled model: %s\n", bundled_name());
    puts("licence: BSD-2-Clause");
}

static int unknown_command(const char *word)
{
    const char *names[16];
    size_t n = 0;
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        names[n++] = c->name;
    const char *near = cli_nearest(word, names, n);
    if (near != NULL)
        out_say("there is no command '%s'; near it is '%s'", word, near);
    else
        out_say("there is no command '%s'", word);
    fputs("'eigencam --help' lists the commands.\n", stderr);
    return CLI_EXIT_USAGE;
}

static int cmd_help(int argc, char **argv)
{
    size_t n;
    const enum cli_result result = cli_parse("help", NULL, 0, argc, argv, &n);
    if (result != CLI_RUN)
        return result == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n > 1)
        return cli_usage("help", "one command at a time");
    if (n == 0) {
        print_help(stdout);
        return CLI_EXIT_DONE;
    }
    const struct cli_command *command = cli_command_find(argv[0]);
    if (command == NULL)
        return unknown_command(argv[0]);
    fputs(command->help, stdout);
    return CLI_EXIT_DONE;
}

static int run_command(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return CLI_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        cli_print_version();
        return CLI_EXIT_DONE;
    }
    const struct cli_command *command = cli_command_find(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    signals_begin();
    const int status = run_command(argc, argv);
    /* A command that failed has told what it could not print. */
    return status == CLI_EXIT_DONE && !out_flush() ? CLI_EXIT_FAILED : status;
}
