/* SPDX-License-Identifier: BSD-2-Clause
 * Telling formats apart, and what people read when none fits. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

static struct ecam_error err;

static enum ecam_status open_path(const char *path)
{
    struct ecam_weight_set *set = NULL;
    err.text[0] = '\0';
    const enum ecam_status status = ecam_weights_open(path, NULL, &set, &err);
    ecam_weight_set_free(set);
    return status;
}

static void expect_text(const char *part)
{
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' does not tell '%s'", err.text, part);
}

START_TEST(each_format_has_its_reader)
{
    static const struct {
        const char *file;
        ecam_weights_reader_fn *reader;
    } cases[] = {
        { "zip-p2.pth", ecam_read_torch_zip },
        { "sequential-p1.pth", ecam_read_torch_sequential },
        { "sequential-p2.pth", ecam_read_torch_sequential },
        { "sequential-p4.pth", ecam_read_torch_sequential },
        { "tar-ustar.pth", ecam_read_torch_tar },
        { "tar-gnu.pth", ecam_read_torch_tar },
        { "plain.safetensors", ecam_read_safetensors },
        { "plain.npz", ecam_read_npz },
        { "array-v1.npy", ecam_read_npy },
        { "caffe-v2.caffemodel", ecam_read_caffe },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[128], path[WF_PATH];
        size_t size;
        ecam_weights_reader_fn *reader = NULL;
        snprintf(file, sizeof file, "fixtures/weights/%s", cases[i].file);
        uint8_t *bytes = wf_read(wf_path(file, path), &size);
        ck_assert_int_eq(ecam_weights_sniff(bytes, size, &reader, NULL), ECAM_OK);
        ck_assert_msg(reader == cases[i].reader, "%s", cases[i].file);
        free(bytes);
    }
}
END_TEST

START_TEST(a_missing_file_a_directory_and_a_pipe_are_told_apart)
{
    char folder[] = "/tmp/ecam-open-XXXXXX", pipe_path[64];
    ck_assert_int_eq(open_path("/nonexistent/weights.pth"), ECAM_ERR_IO);
    expect_text("/nonexistent/weights.pth: cannot open: ");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(open_path(folder), ECAM_ERR_IO);
    expect_text("is a directory");
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    ck_assert_int_eq(open_path(pipe_path), ECAM_ERR_IO);
    expect_text("is no regular file");
    unlink(pipe_path);
    rmdir(folder);
}
END_TEST

START_TEST(other_files_are_named_with_their_first_bytes)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } cases[] = {
        { "\x89PNG\r\n\x1a\n", 8, "x: starts with 89 50 4e 47, a PNG picture; PyTorch" },
        { "\xff\xd8\xff\xe0", 4, "a JPEG picture" },
        { "\x89HDF\r\n", 6, "Keras" },
        { "version https://git-lfs.github.com/spec/v1", 42, "git lfs pull" },
        { "<!DOCTYPE html>", 15, "a web page" },
        { "\x08\x07\x12\x07pytorch", 11, "perhaps a damaged ONNX model" },
        { "\x1f\x8b\x08", 3, "a gzip archive" },
        { "\x80\x04N.", 4, "a Python pickle, but not one that torch.save wrote" },
        { "hello", 5, "starts with 68 65 6c 6c, an unknown format" },
        { "P", 1, "starts with 50, an unknown format" },
        { "", 0, "the file is empty" },
        { "PK\3\4", 4, "zip: no end record" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ecam_weight_set *set = NULL;
        ck_assert_int_eq(ecam_weights_open_mem(cases[i].bytes, cases[i].n, "x", NULL, &set, &err),
                         ECAM_ERR_FORMAT);
        ck_assert_ptr_null(set);
        expect_text(cases[i].text);
    }
}
END_TEST

START_TEST(the_mapping_belongs_to_the_set)
{
    char path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(
        ecam_weights_open(wf_path("fixtures/weights/zip-p2.pth", path), NULL, &set, NULL), ECAM_OK);
    ck_assert_uint_eq(set->n_storages, 1);
    ck_assert_int_eq(set->storages[0].kind, ECAM_STORAGE_MAPPED);
    const struct ecam_weight *w = ecam_weight_set_find(set, "fc.weight");
    ck_assert(w->data >= set->storages[0].base &&
              w->data < set->storages[0].base + set->storages[0].bytes);
    ecam_weight_drop(set, w, 0, 20);
    wf_check_values(set, "after a drop");
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(limits_are_filled_field_by_field)
{
    const struct ecam_limits defaults = ecam_limits_filled(NULL);
    ck_assert_uint_eq(defaults.max_header_bytes, 32u << 20);
    ck_assert_uint_eq(defaults.max_nesting, 64);
    ck_assert_uint_eq(defaults.max_macs, 10000000000000);
    ck_assert_uint_eq(defaults.max_arena_bytes, (uint64_t)8 << 30);
    const struct ecam_limits some = ecam_limits_filled(&(struct ecam_limits){ .max_tensors = 5 });
    ck_assert_uint_eq(some.max_tensors, 5);
    ck_assert_uint_eq(some.max_file_bytes, defaults.max_file_bytes);
    ck_assert_uint_eq(some.max_inflated_bytes, defaults.max_inflated_bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_format_has_its_reader,
        a_missing_file_a_directory_and_a_pipe_are_told_apart,
        other_files_are_named_with_their_first_bytes,
        the_mapping_belongs_to_the_set,
        limits_are_filled_field_by_field,
    };
    return tu_main("open", tests, sizeof tests / sizeof *tests);
}
