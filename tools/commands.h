/* SPDX-License-Identifier: BSD-2-Clause
 * The commands: each in its cmd_NAME.c, listed in main.c. */
#ifndef ECAM_TOOLS_COMMANDS_H
#define ECAM_TOOLS_COMMANDS_H

int cmd_explain(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_layers(int argc, char **argv);
int cmd_tap(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_evaluate(int argc, char **argv);
int cmd_report(int argc, char **argv);

extern const char cmd_explain_help[], cmd_predict_help[], cmd_layers_help[], cmd_tap_help[],
    cmd_compare_help[], cmd_convert_help[], cmd_info_help[], cmd_bench_help[], cmd_evaluate_help[],
    cmd_report_help[];

#endif /* ECAM_TOOLS_COMMANDS_H */
