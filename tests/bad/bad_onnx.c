/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX files that must be refused, when they are read or when their graph is imported: each
 * of tests/bad/onnx with the status its name says. */
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
           : strncmp(name, "shape-", 6) == 0        ? ECAM_ERR_SHAPE
           : strncmp(name, "io-", 3) == 0           ? ECAM_ERR_IO
           : strncmp(name, "unsupported-", 12) == 0 ? ECAM_ERR_UNSUPPORTED
                                                    : ECAM_ERR_LIMIT;
}

static enum ecam_status import(struct ecam_weight_set *set, struct ecam_error *err)
{
    struct ecam_network *net = NULL;
    const enum ecam_status status = ecam_network_import(set, "x", NULL, ecam_layer_find, &net, err);
    if (status == ECAM_OK)
        ecam_network_free(net); /* with the set */
    else
        ecam_weight_set_free(set);
    return status;
}

static void check_file(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    struct ecam_error err = { .text = "" };
    struct ecam_weight_set *set = NULL;
    if (strcmp(strrchr(name, '.') != NULL ? strrchr(name, '.') : "", ".bin") == 0)
        return; /* data of the others */
    snprintf(file, sizeof file, "%s/%s", folder, name);
    enum ecam_status got = ecam_weights_open(wf_path(file, path), NULL, &set, &err);
    if (got == ECAM_OK)
        got = import(set, &err);
    ck_assert_msg(got == status_of(name), "%s: %s (%s)", file, ecam_status_name(got), err.text);
    ck_assert_msg(got == ECAM_OK || err.text[0] != '\0', "%s: no text", name);
}

START_TEST(broken_models_are_refused)
{
    ck_assert_int_ge(wf_each("bad/onnx", check_file), 40);
}
END_TEST

START_TEST(a_good_model_cut_anywhere_is_refused)
{
    char path[WF_PATH];
    size_t size;
    uint8_t *const bytes = wf_read(wf_path("bad/onnx/ok-small.onnx", path), &size);
    for (size_t n = 0; n < size; n++) {
        struct ecam_weight_set *set = NULL;
        struct ecam_error err = { .text = "" };
        uint8_t *const part = malloc(n + 1);
        memcpy(part, bytes, n);
        enum ecam_status got = ecam_weights_open_mem(part, n, "part", NULL, &set, &err);
        if (got == ECAM_OK)
            got = import(set, &err);
        ck_assert_msg(got != ECAM_OK && err.text[0] != '\0', "%zu of %zu bytes are taken", n, size);
        free(part);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        broken_models_are_refused,
        a_good_model_cut_anywhere_is_refused,
    };
    return tu_main("bad_onnx", tests, sizeof tests / sizeof *tests);
}
