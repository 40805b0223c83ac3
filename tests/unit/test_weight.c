/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/half.h"
#include "engine/weight.h"
#include "tests/unit/tu.h"

static const struct ecam_shape scalar = { .rank = 0 };

static struct ecam_shape shape2(size_t a, size_t b)
{
    return (struct ecam_shape){ .rank = 2, .dim = { a, b } };
}

static enum ecam_status add_named(struct ecam_weight_set *set, const char *name)
{
    static const uint8_t bytes[4] = { 0 };
    return ecam_weight_set_add(set, name, ECAM_DTYPE_F32, &scalar, NULL, bytes, 4, 0, NULL);
}

START_TEST(a_sealed_set_finds_each_of_many_names_and_no_other)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "layer%d.weight", i * 7919 % 1000);
        ck_assert_int_eq(add_named(set, name), ECAM_OK);
    }
    ck_assert_int_eq(ecam_weight_set_seal(set, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_weight_set_seal(set, NULL), ECAM_OK);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "layer%d.weight", i);
        const struct ecam_weight *w = ecam_weight_set_find(set, name);
        ck_assert_ptr_nonnull(w);
        ck_assert_str_eq(w->name, name);
    }
    ck_assert_ptr_null(ecam_weight_set_find(set, "layer1000.weight"));
    ck_assert_ptr_null(ecam_weight_set_find(set, ""));
    ck_assert_ptr_null(ecam_weight_set_find(set, "zzz"));
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(two_tensors_of_one_name_are_refused)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    struct ecam_error err;
    ck_assert_int_eq(add_named(set, "b"), ECAM_OK);
    ck_assert_int_eq(add_named(set, "a"), ECAM_OK);
    ck_assert_int_eq(add_named(set, "b"), ECAM_OK);
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "tensor 'b' occurs twice");
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(names_are_printable_utf8)
{
    static const char *const bad[] = { "",         "a\nb",         "\x1b[2J",     "a\x7f",
                                       "\xc2\x9b", "\xff",         "a\xc3",       "\xc0\xaf",
                                       "\x80",     "\xed\xa0\x80", "\xf8\x88\x80" };
    static const char *const good[] = { "a", "../../x", "a b", "\xc3\xa9", "\xf0\x9f\x90\xb1" };
    struct ecam_weight_set *set = ecam_weight_set_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(add_named(set, bad[i]) == ECAM_ERR_FORMAT, "bad name %zu", i);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(add_named(set, good[i]) == ECAM_OK, "good name %zu", i);
    ck_assert_uint_eq(set->n_items, sizeof good / sizeof *good);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(a_tensor_that_leaves_its_span_is_refused)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    static const uint8_t span[24] = { 0 };
    const struct ecam_shape two_by_three = shape2(2, 3), rank7 = { .rank = 7 };
    const struct ecam_shape huge = shape2(SIZE_MAX / 2, 3), empty = shape2(0, 3);
    const size_t wide[] = { 4, 1 }, narrow[] = { 1, 2 }, far[] = { SIZE_MAX / 2, 1 };
    const size_t repeat[] = { 0, 1 };
    const struct {
        const struct ecam_shape *shape;
        const size_t *stride;
        size_t span, offset;
        enum ecam_status status;
    } cases[] = {
        { &two_by_three, NULL, 24, 0, ECAM_OK },
        { &two_by_three, NULL, 23, 0, ECAM_ERR_FORMAT },
        { &two_by_three, NULL, 24, 1, ECAM_ERR_FORMAT },
        { &two_by_three, NULL, 24, SIZE_MAX, ECAM_ERR_FORMAT },
        { &two_by_three, wide, 24, 0, ECAM_ERR_FORMAT },
        { &two_by_three, narrow, 24, 0, ECAM_OK },
        { &two_by_three, far, 24, 0, ECAM_ERR_FORMAT },
        { &two_by_three, repeat, 12, 0, ECAM_ERR_UNSUPPORTED },
        { &huge, NULL, 24, 0, ECAM_ERR_FORMAT },
        { &empty, NULL, 0, 0, ECAM_OK },
        { &empty, NULL, 24, 25, ECAM_ERR_FORMAT },
        { &rank7, NULL, 24, 0, ECAM_ERR_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum ecam_status status =
            ecam_weight_set_add(set, "w", ECAM_DTYPE_F32, cases[i].shape, cases[i].stride, span,
                                cases[i].span, cases[i].offset, NULL);
        ck_assert_msg(status == cases[i].status, "case %zu: %s", i, ecam_status_name(status));
    }
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(strided_reads_give_row_major_order_from_any_element_on)
{
    enum { A = 3, B = 4, C = 5 };
    float base[1 + A * B * C], want[A * B * C], got[A * B * C];
    for (size_t i = 0; i < 1 + A * B * C; i++)
        base[i] = (float)i;
    struct ecam_weight_set *set = ecam_weight_set_new();
    const struct ecam_shape shape = { .rank = 3, .dim = { A, B, C } };
    const size_t stride[] = { 1, A * C, A }; /* stored as B x C x A */
    ck_assert_int_eq(ecam_weight_set_add(set, "w", ECAM_DTYPE_F32, &shape, stride,
                                         (const uint8_t *)base, sizeof base, sizeof(float), NULL),
                     ECAM_OK);
    ck_assert(!set->items[0].is_dense);
    ck_assert_ptr_null(ecam_weight_in_place(&set->items[0]));
    for (size_t a = 0, i = 0; a < A; a++)
        for (size_t b = 0; b < B; b++)
            for (size_t c = 0; c < C; c++)
                want[i++] = base[1 + a + b * A * C + c * A];
    for (size_t first = 0; first <= A * B * C; first++)
        for (size_t n = 0; n <= A * B * C - first; n++) {
            memset(got, 0xff, sizeof got);
            ecam_weight_read(&set->items[0], first, n, got);
            tu_close("strided", got, want + first, n, 0);
            tu_assert(n == A * B * C || isnan(got[n]));
        }
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(every_float_type_reads_as_float32_at_any_alignment)
{
    const float want[] = { 1.0f, -2.5f, 0.0f, 65504.0f, 0.000030517578125f };
    const uint16_t f16[] = { 0x3c00, 0xc100, 0, 0x7bff, 0x0200 };
    const uint16_t bf16[] = { 0x3f80, 0xc020, 0, 0, 0x3800 };
    const double f64[] = { 1.0, -2.5, 0.0, 65504.0, 0.000030517578125 };
    const struct {
        enum ecam_dtype dtype;
        const void *bytes;
        size_t size;
    } cases[] = {
        { ECAM_DTYPE_F32, want, sizeof want },
        { ECAM_DTYPE_F16, f16, sizeof f16 },
        { ECAM_DTYPE_BF16, bf16, sizeof bf16 },
        { ECAM_DTYPE_F64, f64, sizeof f64 },
    };
    const struct ecam_shape shape = { .rank = 1, .dim = { 5 } };
    const size_t apart[] = { 1 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t shift = 0; shift < 9; shift++) {
            uint8_t span[64];
            float got[5], expected[5];
            memcpy(expected, want, sizeof want);
            if (cases[i].dtype == ECAM_DTYPE_BF16)
                expected[3] = 0.0f;
            memcpy(span + shift, cases[i].bytes, cases[i].size);
            struct ecam_weight_set *set = ecam_weight_set_new();
            ck_assert_int_eq(ecam_weight_set_add(set, "w", cases[i].dtype, &shape, apart, span,
                                                 sizeof span, shift, NULL),
                             ECAM_OK);
            ck_assert(set->items[0].is_dense);
            ck_assert(ecam_weight_is_float(&set->items[0]));
            ecam_weight_read(&set->items[0], 0, 5, got);
            tu_close(ecam_dtype_name(cases[i].dtype), got, expected, 5, 0);
            ecam_weight_read(&set->items[0], 2, 3, got);
            tu_close(ecam_dtype_name(cases[i].dtype), got, expected + 2, 3, 0);
            ecam_weight_set_free(set);
        }
    }
}
END_TEST

START_TEST(every_float_type_reads_with_strides)
{
    const uint16_t f16[] = { 0x3c00, 0x4000, 0xc100, 0x4400 },
                   bf16[] = { 0x3f80, 0x4000, 0xc020, 0x4080 };
    const double f64[] = { 1, 2, -2.5, 4 };
    const float want[] = { 1, -2.5f, 2, 4 };
    const struct {
        enum ecam_dtype dtype;
        const void *bytes;
    } cases[] = { { ECAM_DTYPE_F16, f16 }, { ECAM_DTYPE_BF16, bf16 }, { ECAM_DTYPE_F64, f64 } };
    const struct ecam_shape shape = shape2(2, 2);
    const size_t transposed[] = { 1, 2 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ecam_weight_set *set = ecam_weight_set_new();
        float got[4];
        ck_assert_int_eq(ecam_weight_set_add(set, "w", cases[i].dtype, &shape, transposed,
                                             cases[i].bytes, 4 * ecam_dtype_bytes(cases[i].dtype),
                                             0, NULL),
                         ECAM_OK);
        ecam_weight_read(&set->items[0], 0, 4, got);
        tu_close(ecam_dtype_name(cases[i].dtype), got, want, 4, 0);
        ecam_weight_set_free(set);
    }
}
END_TEST

START_TEST(only_dense_aligned_float32_is_used_in_place)
{
    float floats[4] = { 1, 2, 3, 4 };
    const uint8_t *span = (const uint8_t *)floats;
    const struct ecam_shape shape = { .rank = 1, .dim = { 2 } };
    struct ecam_weight_set *set = ecam_weight_set_new();
    ecam_weight_set_add(set, "a", ECAM_DTYPE_F32, &shape, NULL, span, 16, 4, NULL);
    ecam_weight_set_add(set, "b", ECAM_DTYPE_F32, &shape, NULL, span, 16, 3, NULL);
    ecam_weight_set_add(set, "c", ECAM_DTYPE_I32, &shape, NULL, span, 16, 0, NULL);
    ck_assert_ptr_eq(ecam_weight_in_place(&set->items[0]), floats + 1);
    ck_assert_ptr_null(ecam_weight_in_place(&set->items[1]));
    ck_assert_ptr_null(ecam_weight_in_place(&set->items[2]));
    ck_assert(!ecam_weight_is_float(&set->items[2]));
    ecam_weight_set_free(set);
}
END_TEST

static float half_by_definition(unsigned h)
{
    const int exponent = (int)(h >> 10 & 31);
    const double mantissa = h & 1023;
    const double magnitude =
        exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
    return (float)(h & 0x8000 ? -magnitude : magnitude);
}

START_TEST(every_half_has_its_value_and_comes_back)
{
    for (unsigned h = 0; h < 65536; h++) {
        const float f = ecam_half_to_float((uint16_t)h);
        if ((h & 0x7c00) == 0x7c00) {
            ck_assert((h & 1023) != 0 ? isnan(f) : isinf(f));
            ck_assert(isnan(ecam_half_to_float(ecam_float_to_half(f))) == ((h & 1023) != 0));
            ck_assert_int_eq(!signbit(f), !(h & 0x8000));
            continue;
        }
        const float want = half_by_definition(h);
        tu_assert_msg(memcmp(&f, &want, sizeof f) == 0, "%04x: %a, want %a", h, (double)f,
                      (double)want);
        tu_assert(ecam_float_to_half(f) == h);
    }
}
END_TEST

START_TEST(floats_between_halves_round_to_nearest_even)
{
    for (unsigned h = 0; h < 0x7bff; h++) {
        const float low = ecam_half_to_float((uint16_t)h);
        const float high = ecam_half_to_float((uint16_t)(h + 1));
        const float middle = 0.5f * low + 0.5f * high;
        ck_assert_uint_eq(ecam_float_to_half(middle), h % 2 == 0 ? h : h + 1);
        ck_assert_uint_eq(ecam_float_to_half(nextafterf(middle, 0.0f)), h);
        ck_assert_uint_eq(ecam_float_to_half(nextafterf(middle, INFINITY)), h + 1);
    }
    ck_assert_uint_eq(ecam_float_to_half(65519.99f), 0x7bff);
    ck_assert_uint_eq(ecam_float_to_half(65520.0f), 0x7c00);
    ck_assert_uint_eq(ecam_float_to_half(-1e30f), 0xfc00);
    ck_assert_uint_eq(ecam_float_to_half(-1e-30f), 0x8000);
}
END_TEST

START_TEST(shapes_count_compare_and_print)
{
    char text[ECAM_SHAPE_TEXT];
    struct ecam_shape a = { .rank = 4, .dim = { 1, 3, 224, 224 } }, b = a;
    size_t n;
    ck_assert(ecam_shape_count(&a, &n));
    ck_assert_uint_eq(n, 150528);
    ck_assert_str_eq(ecam_shape_text(&a, text), "1x3x224x224");
    ck_assert_str_eq(ecam_shape_text(&scalar, text), "scalar");
    ck_assert(ecam_shape_count(&scalar, &n) && n == 1);
    ck_assert(ecam_shape_equal(&a, &b));
    b.dim[3] = 1;
    ck_assert(!ecam_shape_equal(&a, &b));
    ck_assert(!ecam_shape_equal(&a, &scalar));
    for (uint32_t i = 0; i < ECAM_MAX_RANK; i++)
        b.dim[i] = SIZE_MAX;
    b.rank = ECAM_MAX_RANK;
    ck_assert(!ecam_shape_count(&b, &n));
    ck_assert_uint_lt(strlen(ecam_shape_text(&b, text)), ECAM_SHAPE_TEXT);
}
END_TEST

/* Pages of files that this process holds. */
static long file_pages(void)
{
    long size = 0, resident = 0, shared = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(statm);
    ck_assert_int_eq(fscanf(statm, "%ld %ld %ld", &size, &resident, &shared), 3);
    fclose(statm);
    return shared;
}

START_TEST(dropped_pages_of_a_mapped_file_read_the_same_again)
{
    enum { BYTES = 1 << 20 };
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < BYTES / 4; i++)
        tu_assert(fwrite(&(float){ (float)i }, 4, 1, file) == 1);
    ck_assert_int_eq(fflush(file), 0);
    uint8_t *base = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    ck_assert_ptr_ne(base, MAP_FAILED);
    struct ecam_weight_set *set = ecam_weight_set_new();
    const struct ecam_storage mapped = { ECAM_STORAGE_MAPPED, base, BYTES };
    ck_assert_int_eq(ecam_weight_set_own(set, mapped, NULL), ECAM_OK);
    const struct ecam_shape shape = { .rank = 1, .dim = { BYTES / 4 } };
    ecam_weight_set_add(set, "w", ECAM_DTYPE_F32, &shape, NULL, base, BYTES, 0, NULL);
    const struct ecam_weight *w = &set->items[0];

    for (size_t i = 0; i < BYTES / 4; i += 1024)
        tu_assert(ecam_weight_in_place(w)[i] == (float)i);
    const long before = file_pages();
    ecam_weight_drop(set, w, 100, BYTES / 4 - 200);
    ck_assert_int_le(file_pages(), before - BYTES / sysconf(_SC_PAGESIZE) / 2);
    float last;
    ecam_weight_read(w, BYTES / 4 - 1, 1, &last);
    ck_assert(last == (float)(BYTES / 4 - 1));
    ecam_weight_drop(set, w, 5, 0);
    ecam_weight_set_free(set);
    fclose(file);
}
END_TEST

START_TEST(a_drop_leaves_heap_and_borrowed_memory_alone)
{
    float borrowed[2] = { 1, 2 };
    struct ecam_weight_set *set = ecam_weight_set_new();
    float *heap = ecam_alloc(8);
    ck_assert_ptr_nonnull(heap);
    heap[0] = heap[1] = 3;
    const struct ecam_shape shape = { .rank = 1, .dim = { 2 } };
    const struct ecam_storage storage = { ECAM_STORAGE_HEAP, (uint8_t *)heap, 8 };
    ck_assert_int_eq(ecam_weight_set_own(set, storage, NULL), ECAM_OK);
    ecam_weight_set_add(set, "a", ECAM_DTYPE_F32, &shape, NULL, (const uint8_t *)heap, 8, 0, NULL);
    ecam_weight_set_add(set, "b", ECAM_DTYPE_F32, &shape, NULL, (const uint8_t *)borrowed, 8, 0,
                        NULL);
    ecam_weight_drop(set, &set->items[0], 0, 2);
    ecam_weight_drop(set, &set->items[1], 0, 2);
    ck_assert(ecam_weight_in_place(&set->items[0])[1] == 3.0f);
    ck_assert(ecam_weight_in_place(&set->items[1])[1] == 2.0f);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(facts_are_found_by_key)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    ck_assert_int_eq(ecam_weight_set_add_fact(set, "format", "pt", NULL), ECAM_OK);
    ck_assert_str_eq(ecam_weight_set_fact(set, "format"), "pt");
    ck_assert_ptr_null(ecam_weight_set_fact(set, "missing"));
    ecam_weight_set_free(set);
    ecam_weight_set_free(NULL);
}
END_TEST

static enum ecam_status derive(struct ecam_weight_set *set, const char *name, float value,
                               const struct ecam_weight **out, struct ecam_error *err)
{
    const struct ecam_shape shape = shape2(2, 1);
    float *data = ecam_alloc(2 * sizeof *data);
    ck_assert_ptr_nonnull(data);
    data[0] = data[1] = value;
    return ecam_weight_set_derive(set, name, &shape, data, out, err);
}

START_TEST(derived_tensors_are_found_and_leave_all_pointers_valid)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    const struct ecam_weight *w[100], *twice = NULL;
    struct ecam_error err;
    char name[32];
    ck_assert_int_eq(add_named(set, "a"), ECAM_OK);
    ck_assert_int_eq(ecam_weight_set_seal(set, NULL), ECAM_OK);
    const struct ecam_weight *const a = ecam_weight_set_find(set, "a");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "d%d", i * 37 % 100);
        ck_assert_int_eq(derive(set, name, (float)i, &w[i], NULL), ECAM_OK);
    }
    ck_assert(set->is_sealed);
    ck_assert_ptr_eq(ecam_weight_set_find(set, "a"), a);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "d%d", i * 37 % 100);
        ck_assert_ptr_eq(ecam_weight_set_find(set, name), w[i]);
        ck_assert_str_eq(w[i]->name, name);
        ck_assert(ecam_weight_in_place(w[i])[1] == (float)i);
        ecam_weight_drop(set, w[i], 0, 2); /* heap: left alone */
    }
    ck_assert_ptr_null(ecam_weight_set_find(set, "d100"));
    ck_assert_int_eq(derive(set, "a", 0, &twice, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "tensor 'a' occurs twice");
    ck_assert_int_eq(derive(set, "d7", 0, &twice, &err), ECAM_ERR_FORMAT);
    ck_assert_int_eq(derive(set, "", 0, &twice, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_null(twice);
    ecam_weight_set_free(set);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_sealed_set_finds_each_of_many_names_and_no_other,
        two_tensors_of_one_name_are_refused,
        names_are_printable_utf8,
        a_tensor_that_leaves_its_span_is_refused,
        strided_reads_give_row_major_order_from_any_element_on,
        every_float_type_reads_as_float32_at_any_alignment,
        every_float_type_reads_with_strides,
        only_dense_aligned_float32_is_used_in_place,
        every_half_has_its_value_and_comes_back,
        floats_between_halves_round_to_nearest_even,
        shapes_count_compare_and_print,
        dropped_pages_of_a_mapped_file_read_the_same_again,
        a_drop_leaves_heap_and_borrowed_memory_alone,
        facts_are_found_by_key,
        derived_tensors_are_found_and_leave_all_pointers_valid,
    };
    return tu_main("weight", tests, sizeof tests / sizeof *tests);
}
