/* SPDX-License-Identifier: BSD-2-Clause
 * Annotations that must be refused: each of tests/bad/annotation but those called ok-. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/annotation.h"
#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"

static void check_file(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    struct ecam_error err = { .text = "" };
    struct eval_annotation annotation = { 0 };
    size_t size = 0;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    uint8_t *bytes = wf_read(wf_path(file, path), &size);
    const enum ecam_status got = eval_annotation_parse(bytes, size, &annotation, &err);
    const enum ecam_status want = strncmp(name, "ok-", 3) == 0 ? ECAM_OK : ECAM_ERR_FORMAT;
    ck_assert_msg(got == want, "%s: %s (%s)", file, ecam_status_name(got), err.text);
    ck_assert_msg(got == ECAM_OK || strncmp(err.text, "line ", 5) == 0, "%s: no line is told: %s",
                  name, err.text);
    eval_annotation_free(&annotation);
    free(bytes);
}

START_TEST(broken_annotations_are_refused)
{
    ck_assert_int_ge(wf_each("bad/annotation", check_file), 35);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { broken_annotations_are_refused };
    return tu_main("bad_annotation", tests, sizeof tests / sizeof *tests);
}
