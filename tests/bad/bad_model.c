/* SPDX-License-Identifier: BSD-2-Clause
 * Model files that must be refused: each of tests/bad/model with the status its name
 * says, when it is loaded or when a session of it is made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"

static enum ecam_status status_of(const char *name)
{
    static const struct {
        const char *prefix;
        enum ecam_status status;
    } known[] = {
        { "ok-", ECAM_OK },
        { "format-", ECAM_ERR_FORMAT },
        { "unsupported-", ECAM_ERR_UNSUPPORTED },
        { "shape-", ECAM_ERR_SHAPE },
        { "limit-", ECAM_ERR_LIMIT },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(name, known[i].prefix, strlen(known[i].prefix)) == 0)
            return known[i].status;
    ck_abort_msg("%s: the name tells no status", name);
    return ECAM_OK;
}

/* Loads the model and makes a session of one thread; the first status that is not OK. */
static enum ecam_status try_model(const uint8_t *bytes, size_t size, struct ecam_error *err)
{
    const struct ecam_session_options options = { .threads = 1 };
    struct ecam_model *model = NULL;
    struct ecam_session *session = NULL;
    enum ecam_status status = ecam_model_load_mem(bytes, size, "file", NULL, &model, err);
    if (status == ECAM_OK)
        status = ecam_session_new(model, &options, &session, err);
    ecam_session_free(session);
    ecam_model_free(model);
    return status;
}

static void check_file(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    struct ecam_error err = { .text = "" };
    size_t size;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    uint8_t *bytes = wf_read(wf_path(file, path), &size);
    const enum ecam_status want = status_of(name), got = try_model(bytes, size, &err);
    ck_assert_msg(got == want, "%s: %s (%s)", file, ecam_status_name(got), err.text);
    if (got != ECAM_OK)
        ck_assert_msg(err.text[0] != '\0' && err.status == got, "%s: no reason", file);
    free(bytes);
}

START_TEST(broken_model_files_are_refused)
{
    ck_assert_int_ge(wf_each("bad/model", check_file), 40);
}
END_TEST

/* The header's end is where the data begins; a file cut there has too few of them. */
START_TEST(a_model_file_cut_off_anywhere_is_refused)
{
    char path[WF_PATH];
    size_t size;
    uint8_t *bytes = wf_read(wf_path("bad/model/ok-every-kind.safetensors", path), &size);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n > 0 ? n : 1);
        struct ecam_error err;
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, bytes, n);
        ck_assert_int_eq(try_model(cut, n, &err), ECAM_ERR_FORMAT);
        free(cut);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        broken_model_files_are_refused,
        a_model_file_cut_off_anywhere_is_refused,
    };
    return tu_main("bad_model", tests, sizeof tests / sizeof *tests);
}
