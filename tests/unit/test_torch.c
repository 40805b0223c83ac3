/* SPDX-License-Identifier: BSD-2-Clause
 * The three layouts of PyTorch files, on what PyTorch wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

#define FULL 6  /* tensors of the fixture's network */
#define FLOAT 5 /* without bn1.num_batches_tracked */

static struct ecam_weight_set *open_fixture(const char *name)
{
    char file[128], path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    snprintf(file, sizeof file, "fixtures/weights/%s", name);
    const enum ecam_status status = ecam_weights_open(wf_path(file, path), NULL, &set, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return set;
}

static void expect(const char *name, const char *format, size_t n)
{
    struct ecam_weight_set *set = open_fixture(name);
    ck_assert_str_eq(set->format, format);
    ck_assert_msg(set->n_items == n, "%s: %zu tensors", name, set->n_items);
    ck_assert_ptr_nonnull(ecam_weight_set_find(set, "conv1.weight"));
    wf_check_values(set, name);
    ecam_weight_set_free(set);
}

START_TEST(a_zip_of_any_pickle_protocol_is_read)
{
    expect("zip-p1.pth", "PyTorch zip", FULL);
    expect("zip-p2.pth", "PyTorch zip", FULL);
    expect("zip-p3.pth", "PyTorch zip", FULL);
    expect("zip-p4.pth", "PyTorch zip", FULL);
    expect("zip-p5.pth", "PyTorch zip", FULL);
}
END_TEST

START_TEST(a_sequential_file_of_any_pickle_protocol_is_read)
{
    expect("sequential-p1.pth", "PyTorch sequential", FULL);
    expect("sequential-p2.pth", "PyTorch sequential", FULL);
    expect("sequential-p3.pth", "PyTorch sequential", FULL);
    expect("sequential-p4.pth", "PyTorch sequential", FULL);
    expect("sequential-p5.pth", "PyTorch sequential", FULL);
}
END_TEST

START_TEST(a_tar_of_any_kind_is_read)
{
    expect("tar-pax.pth", "PyTorch tar", FLOAT);
    expect("tar-gnu.pth", "PyTorch tar", FLOAT);
    expect("tar-ustar.pth", "PyTorch tar", FLOAT);
    expect("tar-views.pth", "PyTorch tar", FLOAT);
}
END_TEST

START_TEST(every_float_type_keeps_its_type_and_values)
{
    static const struct {
        const char *name, *format;
        enum ecam_dtype dtype;
    } cases[] = {
        { "zip-f16.pth", "PyTorch zip", ECAM_DTYPE_F16 },
        { "zip-bf16.pth", "PyTorch zip", ECAM_DTYPE_BF16 },
        { "zip-f64.pth", "PyTorch zip", ECAM_DTYPE_F64 },
        { "sequential-f16.pth", "PyTorch sequential", ECAM_DTYPE_F16 },
        { "sequential-bf16.pth", "PyTorch sequential", ECAM_DTYPE_BF16 },
        { "sequential-f64.pth", "PyTorch sequential", ECAM_DTYPE_F64 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect(cases[i].name, cases[i].format, FULL);
        struct ecam_weight_set *set = open_fixture(cases[i].name);
        ck_assert_int_eq(ecam_weight_set_find(set, "fc.weight")->dtype, cases[i].dtype);
        ecam_weight_set_free(set);
    }
}
END_TEST

START_TEST(strided_tensors_and_shared_storages_are_read)
{
    expect("strided-zip.pth", "PyTorch zip", FULL);
    expect("strided-sequential.pth", "PyTorch sequential", FULL);
    expect("shared-zip.pth", "PyTorch zip", FULL);
    expect("shared-sequential.pth", "PyTorch sequential", FULL);
    struct ecam_weight_set *set = open_fixture("strided-zip.pth");
    ck_assert(!ecam_weight_set_find(set, "fc.weight")->is_dense);
    ck_assert(!ecam_weight_set_find(set, "conv1.weight")->is_dense);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(forms_of_old_releases_are_read)
{
    expect("sequential-views.pth", "PyTorch sequential", FLOAT);
    expect("sequential-states.pth", "PyTorch sequential", FLOAT);
    expect("parameters.pth", "PyTorch zip", FULL);
}
END_TEST

START_TEST(prefixes_of_wrappers_are_taken_off)
{
    expect("prefix-module.pth", "PyTorch zip", FULL);
    expect("prefix-compiled.pth", "PyTorch zip", FULL);
    expect("prefix-averaged.pth", "PyTorch zip", FULL);
}
END_TEST

START_TEST(the_state_dict_of_a_checkpoint_is_found)
{
    expect("checkpoint-state_dict.pth", "PyTorch zip", FULL);
    expect("checkpoint-model.pth", "PyTorch zip", FULL);
    expect("checkpoint-model_state_dict.pth", "PyTorch zip", FULL);
    expect("checkpoint-net.pth", "PyTorch zip", FULL);
    expect("checkpoint-sequential.pth", "PyTorch sequential", FULL);
    expect("checkpoint-protocol1.pth", "PyTorch zip", FULL);
    expect("checkpoint-timm.pth", "PyTorch zip", FULL);
    expect("checkpoint-nested.pth", "PyTorch zip", FULL);
    expect("checkpoint-other-key.pth", "PyTorch zip", FULL);
    expect("checkpoint-list.pth", "PyTorch zip", FULL);
}
END_TEST

START_TEST(a_checkpoint_that_holds_itself_is_no_endless_walk)
{
    expect("checkpoint-cyclic.pth", "PyTorch zip", FULL);
}
END_TEST

START_TEST(deflated_members_are_inflated_within_the_limit)
{
    expect("zip-deflated.pth", "PyTorch zip", FULL);
    char path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    struct ecam_error err;
    const struct ecam_limits little = { .max_inflated_bytes = 300 };
    wf_path("fixtures/weights/zip-deflated.pth", path);
    ck_assert_int_eq(ecam_weights_open(path, &little, &set, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "zip-deflated.pth: zip: member"));
}
END_TEST

START_TEST(limits_hold_and_can_be_changed)
{
    char path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    const struct ecam_limits limits[] = { { .max_file_bytes = 1000 },
                                          { .max_header_bytes = 100 },
                                          { .max_tensors = 3 },
                                          { .max_nesting = 2 } };
    static const char *const files[] = { "fixtures/weights/zip-p2.pth",
                                         "fixtures/weights/sequential-p2.pth",
                                         "fixtures/weights/tar-pax.pth" };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
            const enum ecam_status status =
                ecam_weights_open(wf_path(files[f], path), &limits[i], &set, NULL);
            ck_assert_msg(status == ECAM_ERR_LIMIT, "%s, limit %zu: %s", files[f], i,
                          ecam_status_name(status));
        }
}
END_TEST

START_TEST(stored_zip_members_are_used_in_place)
{
    char path[WF_PATH];
    size_t size;
    uint8_t *bytes = wf_read(wf_path("fixtures/weights/zip-p2.pth", path), &size);
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(ecam_weights_open_mem(bytes, size, "x", NULL, &set, NULL), ECAM_OK);
    const struct ecam_weight *w = ecam_weight_set_find(set, "fc.weight");
    ck_assert(w->data >= bytes && w->data < bytes + size);
    ck_assert_uint_eq(set->n_storages, 0);
    ecam_weight_set_free(set);
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_zip_of_any_pickle_protocol_is_read,
        a_sequential_file_of_any_pickle_protocol_is_read,
        a_tar_of_any_kind_is_read,
        every_float_type_keeps_its_type_and_values,
        strided_tensors_and_shared_storages_are_read,
        forms_of_old_releases_are_read,
        prefixes_of_wrappers_are_taken_off,
        the_state_dict_of_a_checkpoint_is_found,
        a_checkpoint_that_holds_itself_is_no_endless_walk,
        deflated_members_are_inflated_within_the_limit,
        limits_hold_and_can_be_changed,
        stored_zip_members_are_used_in_place,
    };
    return tu_main("torch", tests, sizeof tests / sizeof *tests);
}
