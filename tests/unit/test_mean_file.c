/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/mean_file.h"

/* Floats of 1, 3 (channel 0), 10, 20 (1), -1, 1 (2). */
#define F1 "\0\0\200\77"
#define F3 "\0\0\100\100"
#define F10 "\0\0\40\101"
#define F20 "\0\0\240\101"
#define MINUS_1 "\0\0\200\277"
#define VALUES F1 F3 F10 F20 MINUS_1 F1
#define LEGACY_1x3x1x2 "\x08\1\x10\3\x18\1\x20\2"
#define PACKED "\x2a\30" VALUES /* field 5, 24 bytes */

static enum ecam_status parse(const char *bytes, size_t size, struct mean_file *out)
{
    struct ecam_error err;
    const enum ecam_status status = mean_file_parse((const uint8_t *)bytes, size, NULL, out, &err);
    ck_assert(status == ECAM_OK || err.text[0] != '\0');
    return status;
}
#define PARSE(text, out) parse(text, sizeof(text) - 1, out)

static void expect_means(const struct mean_file *file)
{
    static const float want[3] = { 2, 15, 0 };
    tu_close("means", file->mean, want, 3, 1e-6);
}

START_TEST(a_blob_is_averaged_by_channel)
{
    struct mean_file file;
    ck_assert_int_eq(PARSE(LEGACY_1x3x1x2 PACKED, &file), ECAM_OK);
    expect_means(&file);
    ck_assert_uint_eq(file.shape.rank, 4);
    ck_assert_uint_eq(file.shape.dim[3], 2);
    /* values before the shape; a shape of its own (3x1x2), which wins */
    ck_assert_int_eq(PARSE(PACKED LEGACY_1x3x1x2, &file), ECAM_OK);
    expect_means(&file);
    ck_assert_int_eq(PARSE(PACKED "\x3a\5\x0a\3\3\1\2", &file), ECAM_OK);
    expect_means(&file);
    ck_assert_int_eq(PARSE(PACKED "\x3a\6\x08\3\x08\1\x08\2", &file), ECAM_OK);
    expect_means(&file);
    /* one by one; with an unknown field between */
    ck_assert_int_eq(PARSE(LEGACY_1x3x1x2 "\x2d" F1 "\x2d" F3 "\x2d" F10 "\x30\7"
                                          "\x2d" F20 "\x2d" MINUS_1 "\x2d" F1,
                           &file),
                     ECAM_OK);
    expect_means(&file);
    /* double_data: 1, 2, 3 */
    ck_assert_int_eq(PARSE("\x08\1\x10\3\x18\1\x20\1\x42\30"
                           "\0\0\0\0\0\0\360\77\0\0\0\0\0\0\0\100\0\0\0\0\0\0\10\100",
                           &file),
                     ECAM_OK);
    ck_assert_double_eq((double)file.mean[2], 3);
}
END_TEST

START_TEST(a_damaged_blob_is_refused)
{
    struct mean_file file;
    static const char whole[] = LEGACY_1x3x1x2 PACKED;
    for (size_t n = 0; n < sizeof whole - 1; n++)
        ck_assert_int_ne(parse(whole, n, &file), ECAM_OK);
    ck_assert_int_eq(PARSE("hello, no means are here", &file), ECAM_ERR_FORMAT);
    ck_assert_int_eq(PARSE(PACKED, &file), ECAM_ERR_FORMAT);         /* no shape */
    ck_assert_int_eq(PARSE(LEGACY_1x3x1x2, &file), ECAM_ERR_FORMAT); /* no values */
    ck_assert_int_eq(PARSE(LEGACY_1x3x1x2 PACKED PACKED, &file), ECAM_ERR_FORMAT);
    ck_assert_int_eq(PARSE("\x08\1\x10\1\x18\1\x20\6" PACKED, &file), ECAM_ERR_SHAPE);
    ck_assert_int_eq(PARSE("\x08\1\x10\3\x18\1\x20\0" PACKED, &file), ECAM_ERR_SHAPE);
    ck_assert_int_eq(PARSE("\x3a\12\x0a\10\3\1\1\1\1\1\1\2" PACKED, &file), ECAM_ERR_FORMAT);
    ck_assert_int_eq(PARSE(LEGACY_1x3x1x2 "\x2a\3abc", &file), ECAM_ERR_FORMAT);
    /* three numbers, one of them NaN */
    ck_assert_int_eq(PARSE("\x08\1\x10\3\x18\1\x20\1\x2a\14" F1 F1 "\0\0\300\177", &file),
                     ECAM_ERR_FORMAT);
    ck_assert_int_eq(PARSE("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1", &file),
                     ECAM_ERR_FORMAT);
}
END_TEST

static size_t npy(char *out, const char *head, const void *data, size_t size)
{
    const size_t n = strlen(head);
    memcpy(out, "\x93NUMPY\1", 8);
    out[8] = (char)n;
    out[9] = 0;
    memcpy(out + 10, head, n);
    memcpy(out + 10 + n, data, size);
    return 10 + n + size;
}

START_TEST(an_array_is_a_vector_or_an_image)
{
    static const char values[] = VALUES;
    struct mean_file file;
    char bytes[256];
    size_t n =
        npy(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 2), }", values, 24);
    ck_assert_int_eq(parse(bytes, n, &file), ECAM_OK);
    expect_means(&file);
    n = npy(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", values, 12);
    ck_assert_int_eq(parse(bytes, n, &file), ECAM_OK);
    ck_assert_double_eq((double)file.mean[1], 3);
    n = npy(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", values, 24);
    ck_assert_int_eq(parse(bytes, n, &file), ECAM_ERR_SHAPE);
    n = npy(bytes, "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", values, 12);
    ck_assert_int_eq(parse(bytes, n, &file), ECAM_ERR_UNSUPPORTED);
    n = npy(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 2), }", values, 20);
    ck_assert_int_eq(parse(bytes, n, &file), ECAM_ERR_FORMAT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_blob_is_averaged_by_channel,
        a_damaged_blob_is_refused,
        an_array_is_a_vector_or_an_image,
    };
    return tu_main("mean_file", tests, sizeof tests / sizeof *tests);
}
