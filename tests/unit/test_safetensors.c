/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"

static struct ecam_weight_set *open_fixture(const char *file)
{
    char path[WF_PATH];
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    ck_assert_msg(ecam_weights_open(wf_path(file, path), NULL, &set, &err) == ECAM_OK, "%s",
                  err.text);
    ck_assert_str_eq(set->format, "safetensors");
    wf_check_values(set, file);
    return set;
}

/* Reads a header and `data_bytes` zeros. */
static enum ecam_status read_text(const char *header, size_t data_bytes,
                                  const struct ecam_limits *limits, struct ecam_weight_set **out,
                                  struct ecam_error *err)
{
    static uint8_t file[1 << 16];
    const size_t n = strlen(header);
    ck_assert_uint_le(8 + n + data_bytes, sizeof file);
    memset(file, 0, sizeof file);
    for (size_t i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)n >> (8 * i));
    memcpy(file + 8, header, n);
    return ecam_weights_open_mem(file, 8 + n + data_bytes, "x", limits, out, err);
}

START_TEST(tensors_and_metadata_are_read)
{
    struct ecam_weight_set *set = open_fixture("fixtures/weights/plain.safetensors");
    ck_assert_uint_eq(set->n_items, 6);
    ck_assert_str_eq(ecam_weight_set_fact(set, "format"), "pt");
    ck_assert_str_eq(ecam_weight_set_fact(set, "k\xc3\xa9y"), "\xce\xb1");
    ck_assert_uint_eq(ecam_weight_set_find(set, "bn1.num_batches_tracked")->shape.rank, 0);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(a_padded_header_is_read)
{
    struct ecam_weight_set *set = open_fixture("fixtures/weights/padded.safetensors");
    ck_assert_uint_eq(set->n_items, 6);
    ck_assert_uint_eq(set->n_facts, 0);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(every_float_type_is_read)
{
    struct ecam_weight_set *set = open_fixture("fixtures/weights/types.safetensors");
    ck_assert_int_eq(ecam_weight_set_find(set, "conv1.weight")->dtype, ECAM_DTYPE_F16);
    ck_assert_int_eq(ecam_weight_set_find(set, "fc.weight")->dtype, ECAM_DTYPE_BF16);
    ck_assert_int_eq(ecam_weight_set_find(set, "bn1.weight")->dtype, ECAM_DTYPE_F64);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(every_dtype_of_ours_is_known_by_name)
{
    for (int d = ECAM_DTYPE_F32; d <= ECAM_DTYPE_BOOL; d++) {
        const size_t bytes = ecam_dtype_bytes((enum ecam_dtype)d);
        char header[128];
        struct ecam_weight_set *set = NULL;
        snprintf(header, sizeof header,
                 "{\"w\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%zu]}}",
                 ecam_dtype_name((enum ecam_dtype)d), 3 * bytes);
        ck_assert_int_eq(read_text(header, 3 * bytes, NULL, &set, NULL), ECAM_OK);
        ck_assert_int_eq(set->items[0].dtype, d);
        ecam_weight_set_free(set);
    }
}
END_TEST

START_TEST(braces_and_quotes_inside_texts_are_no_structure)
{
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(
        read_text("{\"__metadata__\":{\"a\":\"]]}}\\\"[[\\\\\"}}", 0, NULL, &set, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_weight_set_fact(set, "a"), "]]}}\"[[\\");
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(an_escaped_nul_is_refused_but_not_its_look_alikes)
{
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(read_text("{\"__metadata__\":{\"a\":\"\\u0000\"}}", 0, NULL, &set, NULL),
                     ECAM_ERR_FORMAT);
    ck_assert_int_eq(
        read_text("{\"__metadata__\":{\"a\":\"\\\\u0000\\u00001\"}}", 0, NULL, &set, NULL),
        ECAM_ERR_FORMAT);
    ck_assert_int_eq(
        read_text("{\"__metadata__\":{\"a\":\"\\\\u0000\\u00e9\"}}", 0, NULL, &set, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_weight_set_fact(set, "a"), "\\u0000\xc3\xa9");
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(numbers_are_exact_up_to_2_to_53_and_refused_beyond)
{
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(read_text("{\"w\":{\"dtype\":\"F32\",\"shape\":[0,9007199254740992],"
                               "\"data_offsets\":[0,0]}}",
                               0, NULL, &set, NULL),
                     ECAM_OK);
    ck_assert_uint_eq(set->items[0].shape.dim[1], 9007199254740992);
    ecam_weight_set_free(set);
    ck_assert_int_eq(read_text("{\"w\":{\"dtype\":\"F32\",\"shape\":[0,9007199254740994],"
                               "\"data_offsets\":[0,0]}}",
                               0, NULL, &set, NULL),
                     ECAM_ERR_FORMAT);
}
END_TEST

START_TEST(limits_hold_and_can_be_changed)
{
    const struct ecam_limits short_header = { .max_header_bytes = 50 };
    const struct ecam_limits one_tensor = { .max_tensors = 1 };
    const struct ecam_limits flat = { .max_nesting = 2 };
    const char two[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                       "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}";
    struct ecam_weight_set *set = NULL;
    ck_assert_int_eq(read_text(two, 8, &short_header, &set, NULL), ECAM_ERR_LIMIT);
    ck_assert_int_eq(read_text(two, 8, &one_tensor, &set, NULL), ECAM_ERR_LIMIT);
    ck_assert_int_eq(read_text(two, 8, &flat, &set, NULL), ECAM_ERR_LIMIT);
    ck_assert_int_eq(read_text(two, 8, NULL, &set, NULL), ECAM_OK);
    ecam_weight_set_free(set);
}
END_TEST

START_TEST(more_commas_than_tensors_can_need_are_refused_unparsed)
{
    const struct ecam_limits one_tensor = { .max_tensors = 1 };
    struct ecam_weight_set *set = NULL;
    struct ecam_error err;
    ck_assert_int_eq(read_text("{\"w\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}", 0,
                               &one_tensor, &set, &err),
                     ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "commas"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tensors_and_metadata_are_read,
        a_padded_header_is_read,
        every_float_type_is_read,
        every_dtype_of_ours_is_known_by_name,
        braces_and_quotes_inside_texts_are_no_structure,
        an_escaped_nul_is_refused_but_not_its_look_alikes,
        numbers_are_exact_up_to_2_to_53_and_refused_beyond,
        limits_hold_and_can_be_changed,
        more_commas_than_tensors_can_need_are_refused_unparsed,
    };
    return tu_main("safetensors", tests, sizeof tests / sizeof *tests);
}
