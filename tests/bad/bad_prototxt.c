/* SPDX-License-Identifier: BSD-2-Clause
 * Graphs of Caffe that must be refused: each of tests/bad/prototxt with the status its
 * name says. There are no weights to go with them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/registry.h"
#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

static enum ecam_status status_of(const char *name)
{
    return strncmp(name, "ok-", 3) == 0             ? ECAM_OK
           : strncmp(name, "format-", 7) == 0       ? ECAM_ERR_FORMAT
           : strncmp(name, "unsupported-", 12) == 0 ? ECAM_ERR_UNSUPPORTED
                                                    : ECAM_ERR_LIMIT;
}

static void check_file(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    struct ecam_error err = { .text = "" };
    struct ecam_network *net = NULL;
    struct ecam_weight_set *set = ecam_weight_set_new();
    snprintf(file, sizeof file, "%s/%s", folder, name);
    uint8_t *bytes = wf_read(wf_path(file, path), &set->graph_bytes);
    set->graph = bytes;
    set->graph_is_text = true;
    set->graph_path = name;
    const enum ecam_status got = ecam_network_import(set, "x", NULL, ecam_layer_find, &net, &err);
    ck_assert_msg(got == status_of(name), "%s: %s (%s)", file, ecam_status_name(got), err.text);
    if (got == ECAM_OK) {
        ecam_network_free(net); /* with the set */
    } else {
        ck_assert_msg(strstr(err.text, name) != NULL, "%s is not named: %s", name, err.text);
        ecam_weight_set_free(set);
    }
    free(bytes);
}

START_TEST(broken_graphs_are_refused)
{
    ck_assert_int_ge(wf_each("bad/prototxt", check_file), 40);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { broken_graphs_are_refused };
    return tu_main("bad_prototxt", tests, sizeof tests / sizeof *tests);
}
