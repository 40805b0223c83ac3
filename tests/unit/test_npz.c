/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

static struct ecam_weight_set *open_fixture(const char *file, const char *format)
{
    char path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    ck_assert_msg(ecam_weights_open(wf_path(file, path), NULL, &set, &err) == ECAM_OK, "%s",
                  err.text);
    ck_assert_str_eq(set->format, format);
    wf_check_values(set, file);
    return set;
}

START_TEST(stored_and_deflated_archives_hold_the_same_arrays)
{
    struct ecam_weight_set *stored = open_fixture("fixtures/weights/plain.npz", "NumPy npz");
    struct ecam_weight_set *deflated = open_fixture("fixtures/weights/deflated.npz", "NumPy npz");
    ck_assert_uint_eq(stored->n_items, 6);
    ck_assert_uint_eq(deflated->n_items, 6);
    ck_assert_ptr_nonnull(ecam_weight_set_find(stored, "conv1.weight"));
    ck_assert_uint_eq(stored->n_storages, 1); /* the mapping alone */
    ck_assert_uint_eq(deflated->n_storages, 7);
    ecam_weight_set_free(stored);
    ecam_weight_set_free(deflated);
}
END_TEST

START_TEST(fortran_order_is_a_matter_of_strides)
{
    struct ecam_weight_set *set = open_fixture("fixtures/weights/mixed.npz", "NumPy npz");
    const struct ecam_weight *w = ecam_weight_set_find(set, "conv1.weight");
    ck_assert(!w->is_dense);
    ck_assert_uint_eq(w->stride[0], 1);
    ck_assert_uint_eq(w->stride[3], 36);
    ck_assert_int_eq(ecam_weight_set_find(set, "conv1.bias")->dtype, ECAM_DTYPE_F16);
    ck_assert_int_eq(ecam_weight_set_find(set, "fc.weight")->dtype, ECAM_DTYPE_F64);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(one_array_is_called_array_in_every_version)
{
    static const char *const files[] = { "fixtures/weights/array-v1.npy",
                                         "fixtures/weights/array-v2.npy",
                                         "fixtures/weights/array-v3.npy" };
    for (size_t i = 0; i < 3; i++) {
        struct ecam_weight_set *set = open_fixture(files[i], "NumPy npy");
        char text[ECAM_SHAPE_TEXT];
        ck_assert_uint_eq(set->n_items, 1);
        ck_assert_str_eq(set->items[0].name, "array");
        ck_assert_str_eq(ecam_shape_text(&set->items[0].shape, text), "2x3x4");
        ecam_weight_set_free(set);
    }
}
END_TEST

static enum ecam_status read_header(const char *header, size_t data_bytes,
                                    struct ecam_weight_set **out)
{
    static uint8_t file[1024];
    const size_t n = strlen(header);
    memset(file, 0, sizeof file);
    memcpy(file, "\x93NUMPY\1", 7);
    file[8] = (uint8_t)n;
    memcpy(file + 10, header, n);
    return ecam_weights_open_mem(file, 10 + n + data_bytes, "x", NULL, out, NULL);
}

START_TEST(every_little_endian_type_is_known)
{
    static const struct {
        const char *header;
        enum ecam_dtype dtype;
    } cases[] = {
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", ECAM_DTYPE_F32 },
        { "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", ECAM_DTYPE_F16 },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (2, ), }", ECAM_DTYPE_F64 },
        { "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), } \n", ECAM_DTYPE_I64 },
        { "{'descr':'<i4','fortran_order':False,'shape':(2,)}", ECAM_DTYPE_I32 },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (2,)}", ECAM_DTYPE_I16 },
        { "{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}", ECAM_DTYPE_I8 },
        { "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", ECAM_DTYPE_U8 },
        { "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2)}", ECAM_DTYPE_BOOL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ecam_weight_set *set = NULL;
        const enum ecam_status status =
            read_header(cases[i].header, 2 * ecam_dtype_bytes(cases[i].dtype), &set);
        ck_assert_msg(status == ECAM_OK, "%s", cases[i].header);
        ck_assert_int_eq(set->items[0].dtype, cases[i].dtype);
        ecam_weight_set_free(set);
    }
}
END_TEST

START_TEST(a_scalar_has_one_element)
{
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(read_header("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, &set),
                     ECAM_OK);
    ck_assert_uint_eq(set->items[0].shape.rank, 0);
    ecam_weight_set_free(set);
    ck_assert_int_eq(read_header("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 8, &set),
                     ECAM_ERR_FORMAT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        stored_and_deflated_archives_hold_the_same_arrays,
        fortran_order_is_a_matter_of_strides,
        one_array_is_called_array_in_every_version,
        every_little_endian_type_is_known,
        a_scalar_has_one_element,
    };
    return tu_main("npz", tests, sizeof tests / sizeof *tests);
}
