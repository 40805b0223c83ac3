/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tfolder.h"
#include "tools/file.h"
#include "tools/npy.h"

/* A version 1 or 2 file of this header and n bytes of zeros. */
static void put_file(int version, const char *head, size_t n)
{
    struct file_writer *w = NULL;
    const size_t len = strlen(head);
    const uint8_t start[] = { 0x93,
                              'N',
                              'U',
                              'M',
                              'P',
                              'Y',
                              (uint8_t)version,
                              0,
                              (uint8_t)(len & 0xff),
                              (uint8_t)(len >> 8),
                              0,
                              0 };
    const uint8_t zeros[4096] = { 0 };
    ck_assert_int_eq(file_writer_open(tfolder_path("x.npy"), &w, NULL), ECAM_OK);
    file_writer_put(w, start, version == 1 ? 10 : 12);
    file_writer_put(w, head, len);
    file_writer_put(w, zeros, n);
    ck_assert_int_eq(file_writer_commit(w, NULL), ECAM_OK);
}

static enum ecam_status read_file(int version, const char *head, size_t n, struct ecam_error *err)
{
    struct npy npy = { 0 };
    put_file(version, head, n);
    const enum ecam_status status = npy_read(tfolder_path("x.npy"), &npy, err);
    if (status == ECAM_OK)
        npy_free(&npy);
    return status;
}

START_TEST(every_rank_comes_back)
{
    tfolder_new();
    const size_t dim[ECAM_MAX_RANK] = { 2, 3, 1, 4, 5, 2 };
    float data[240];
    for (size_t i = 0; i < 240; i++)
        data[i] = (float)i * 0.37f - 11.0f;
    data[3] = INFINITY;
    data[4] = -0.0f;
    size_t n = 1;
    for (size_t rank = 1; rank <= ECAM_MAX_RANK; rank++) {
        struct npy npy = { 0 };
        n *= dim[rank - 1];
        ck_assert_int_eq(npy_write(tfolder_path("a.npy"), data, dim, rank, NULL), ECAM_OK);
        ck_assert_int_eq(npy_read(tfolder_path("a.npy"), &npy, NULL), ECAM_OK);
        ck_assert_uint_eq(npy.shape.rank, rank);
        for (size_t i = 0; i < rank; i++)
            ck_assert_uint_eq(npy.shape.dim[i], dim[i]);
        ck_assert_mem_eq(npy.data, data, n * sizeof *data);
        npy_free(&npy);
        ck_assert_ptr_null(npy.data);
    }
    tfolder_free();
}
END_TEST

START_TEST(data_begins_at_a_multiple_of_64)
{
    tfolder_new();
    const size_t dim[] = { 1, 1000000007 % 11 };
    const float data[16] = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(npy_write(tfolder_path("a.npy"), data, dim, 2, NULL), ECAM_OK);
    ck_assert_int_eq(file_read(tfolder_path("a.npy"), 4096, &bytes, &size, NULL), ECAM_OK);
    const size_t head = 10 + (size_t)(bytes[8] | bytes[9] << 8);
    ck_assert_uint_eq(head % 64, 0);
    ck_assert_uint_eq(bytes[head - 1], '\n');
    ck_assert_uint_eq(size - head, dim[1] * 4);
    free(bytes);
    tfolder_free();
}
END_TEST

START_TEST(the_header_may_be_written_in_any_way_python_reads)
{
    tfolder_new();
    static const char *const heads[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
        "{\"shape\":(2,3,),\"descr\":\"<f4\",\"fortran_order\":False}",
        "  { 'fortran_order' : False , 'shape' : ( 2 , 3 ) , 'descr' : '<f4' } ",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        for (int version = 1; version <= 3; version++)
            ck_assert_int_eq(read_file(version, heads[i], 24, NULL), ECAM_OK);
    tfolder_free();
}
END_TEST

START_TEST(what_is_not_float32_is_told)
{
    tfolder_new();
    struct ecam_error err;
    ck_assert_int_eq(
        read_file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", 24, &err),
        ECAM_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.text, "'<f8'"));
    ck_assert_ptr_nonnull(strstr(err.text, "x.npy: "));
    ck_assert_int_eq(
        read_file(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (3,)}", 12, &err),
        ECAM_ERR_UNSUPPORTED);
    ck_assert_int_eq(read_file(1,
                               "{'descr': [('a', '<f4')], 'fortran_order': False, "
                               "'shape': (3,)}",
                               12, &err),
                     ECAM_ERR_UNSUPPORTED);
    ck_assert_int_eq(
        read_file(4, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 12, &err),
        ECAM_ERR_UNSUPPORTED);
    ck_assert_int_eq(read_file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, &err),
                     ECAM_ERR_SHAPE);
    ck_assert_int_eq(
        read_file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", 0, &err),
        ECAM_ERR_SHAPE);
    tfolder_free();
}
END_TEST

START_TEST(a_damaged_header_is_refused)
{
    tfolder_new();
    static const char *const heads[] = {
        "",
        "{",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551619,)}", /* 3 */
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (3,)}",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct ecam_error err;
        ck_assert_msg(read_file(1, heads[i], 12, &err) == ECAM_ERR_FORMAT, "%s", heads[i]);
    }
    tfolder_free();
}
END_TEST

START_TEST(a_file_that_ends_early_is_refused)
{
    tfolder_new();
    const size_t dim[] = { 3 };
    const float data[] = { 1, 2, 3 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(npy_write(tfolder_path("a.npy"), data, dim, 1, NULL), ECAM_OK);
    ck_assert_int_eq(file_read(tfolder_path("a.npy"), 4096, &bytes, &size, NULL), ECAM_OK);
    for (size_t n = 0; n < size; n++) {
        struct npy npy = { 0 };
        struct file_writer *w = NULL;
        ck_assert_int_eq(file_writer_open(tfolder_path("b.npy"), &w, NULL), ECAM_OK);
        file_writer_put(w, bytes, n);
        ck_assert_int_eq(file_writer_commit(w, NULL), ECAM_OK);
        ck_assert_int_eq(npy_read(tfolder_path("b.npy"), &npy, NULL), ECAM_ERR_FORMAT);
    }
    free(bytes);
    tfolder_free();
}
END_TEST

START_TEST(a_rank_beyond_the_largest_is_the_callers_mistake)
{
    const size_t dim[ECAM_MAX_RANK + 1] = { 1, 1, 1, 1, 1, 1, 1 };
    const float data[] = { 1 };
    ck_assert_int_eq(npy_write("/dev/null", data, dim, ECAM_MAX_RANK + 1, NULL), ECAM_ERR_ARG);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_rank_comes_back,
        data_begins_at_a_multiple_of_64,
        the_header_may_be_written_in_any_way_python_reads,
        what_is_not_float32_is_told,
        a_damaged_header_is_refused,
        a_file_that_ends_early_is_refused,
        a_rank_beyond_the_largest_is_the_callers_mistake,
    };
    return tu_main("npy", tests, sizeof tests / sizeof *tests);
}
