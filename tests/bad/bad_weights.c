/* SPDX-License-Identifier: BSD-2-Clause
 * Files that must be refused: each of tests/bad with the status its name says, and
 * each good fixture cut off at every byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

static enum ecam_status status_of(const char *name)
{
    static const struct {
        const char *prefix;
        enum ecam_status status;
    } known[] = {
        { "ok-", ECAM_OK },
        { "format-", ECAM_ERR_FORMAT },
        { "unsupported-", ECAM_ERR_UNSUPPORTED },
        { "limit-", ECAM_ERR_LIMIT },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(name, known[i].prefix, strlen(known[i].prefix)) == 0)
            return known[i].status;
    ck_abort_msg("%s: the name tells no status", name);
    return ECAM_OK;
}

static void check_file(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    size_t size;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    wf_path(file, path);
    const enum ecam_status want = status_of(name);
    const enum ecam_status mapped = ecam_weights_open(path, NULL, &set, &err);
    ck_assert_msg(mapped == want, "%s: %s (%s)", file, ecam_status_name(mapped), err.text);
    if (mapped == ECAM_OK)
        wf_touch(set);
    else
        ck_assert_msg(strstr(err.text, name) != NULL, "%s is not named: %s", name, err.text);
    ecam_weight_set_free(set);
    set = NULL;
    /* Again from a block of exactly the file's size, where sanitizers see its end. */
    uint8_t *bytes = wf_read(path, &size);
    ck_assert_int_eq(ecam_weights_open_mem(bytes, size, name, NULL, &set, NULL), want);
    ecam_weight_set_free(set);
    free(bytes);
}

static void check_folder(const char *folder, int at_least)
{
    ck_assert_int_ge(wf_each(folder, check_file), at_least);
}

START_TEST(broken_zip_archives_are_refused)
{
    check_folder("bad/zip", 60);
}
END_TEST

START_TEST(broken_and_hostile_pickles_are_refused)
{
    check_folder("bad/pickle", 100);
}
END_TEST

START_TEST(broken_sequential_files_are_refused)
{
    check_folder("bad/torch-sequential", 25);
}
END_TEST

START_TEST(broken_tar_files_are_refused)
{
    check_folder("bad/torch-tar", 35);
}
END_TEST

START_TEST(broken_safetensors_are_refused)
{
    check_folder("bad/safetensors", 45);
}
END_TEST

START_TEST(broken_numpy_files_are_refused)
{
    check_folder("bad/npz", 35);
}
END_TEST

START_TEST(broken_caffe_models_are_refused)
{
    check_folder("bad/caffe", 40);
}
END_TEST

START_TEST(files_of_other_kinds_are_refused)
{
    check_folder("bad/stranger", 10);
}
END_TEST

/* Every beginning of a file. Only a tar whose closing zeros are cut may pass, as
 * Python's own reader has it; then nothing may be missing. */
static void check_cuts(const char *folder, const char *name)
{
    char file[512], path[WF_PATH];
    size_t size, whole;
    struct ecam_weight_set *set = NULL;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    uint8_t *bytes = wf_read(wf_path(file, path), &size);
    ck_assert_int_eq(ecam_weights_open_mem(bytes, size, name, NULL, &set, NULL), ECAM_OK);
    whole = set->n_items;
    ecam_weight_set_free(set);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n > 0 ? n : 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, bytes, n);
        const enum ecam_status status = ecam_weights_open_mem(cut, n, name, NULL, &set, NULL);
        if (status == ECAM_OK) {
            ck_assert_msg(strncmp(name, "tar-", 4) == 0, "%s cut to %zu bytes is read", name, n);
            ck_assert_uint_eq(set->n_items, whole);
            wf_touch(set);
            ecam_weight_set_free(set);
        } else {
            ck_assert_msg(status == ECAM_ERR_FORMAT, "%s cut to %zu bytes: %s", name, n,
                          ecam_status_name(status));
        }
        free(cut);
    }
    free(bytes);
}

START_TEST(a_file_cut_off_anywhere_is_refused)
{
    ck_assert_int_ge(wf_each("fixtures/weights", check_cuts), 40);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        broken_zip_archives_are_refused,     broken_and_hostile_pickles_are_refused,
        broken_sequential_files_are_refused, broken_tar_files_are_refused,
        broken_safetensors_are_refused,      broken_numpy_files_are_refused,
        broken_caffe_models_are_refused,     files_of_other_kinds_are_refused,
        a_file_cut_off_anywhere_is_refused,
    };
    return tu_main("bad_weights", tests, sizeof tests / sizeof *tests);
}
