/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/protobuf.h"

#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tu.h"
#include "weights/weights.h"

static struct ecam_pb_source source;
static struct ecam_error err;

static struct ecam_pb begin(const void *bytes, size_t n)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    return ecam_pb_begin(&source, bytes, n, &limits);
}

/* For literals, which may hold NUL. */
#define BEGIN(literal) begin(literal, sizeof(literal) - 1)

/* Nothing more comes; the source failed with this status and text. */
static void expect_failed(struct ecam_pb *pb, enum ecam_status status, const char *text)
{
    ck_assert(!ecam_pb_next(pb));
    ck_assert_int_eq(ecam_pb_status(&source, &err), status);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' is not in '%s'", text, err.text);
}

START_TEST(fields_come_in_their_order_with_their_numbers)
{
    /* 1: varint 300; 2: "ab"; 3: fixed32 1.5; 4: fixed64 -2.0; 1000: varint 1 */
    struct ecam_pb pb =
        BEGIN("\x08\xac\x02\x12\x02"
              "ab\x1d\x00\x00\xc0\x3f\x21\x00\x00\x00\x00\x00\x00\x00\xc0\xc0\x3e\x01");
    ck_assert(ecam_pb_next(&pb));
    ck_assert_uint_eq(pb.field, 1);
    ck_assert_uint_eq(ecam_pb_uint(&pb), 300);
    ck_assert(ecam_pb_next(&pb));
    ck_assert_uint_eq(pb.field, 2);
    char *text = ecam_pb_strdup(&pb);
    ck_assert_str_eq(text, "ab");
    ecam_free(text);
    ck_assert(ecam_pb_text_is(&pb, "ab"));
    ck_assert(!ecam_pb_text_is(&pb, "abc"));
    ck_assert(!ecam_pb_text_is(&pb, "ax"));
    size_t n;
    ck_assert_int_eq(memcmp(ecam_pb_bytes(&pb, &n), "ab", 2), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert(ecam_pb_next(&pb));
    ck_assert(ecam_pb_float(&pb) == 1.5f);
    ck_assert(ecam_pb_next(&pb));
    ck_assert(ecam_pb_double(&pb) == -2.0);
    ck_assert(ecam_pb_next(&pb));
    ck_assert_uint_eq(pb.field, 1000);
    ck_assert(ecam_pb_bool(&pb));
    ck_assert(!ecam_pb_next(&pb));
    ck_assert_int_eq(ecam_pb_status(&source, NULL), ECAM_OK);
}
END_TEST

START_TEST(a_negative_number_takes_ten_bytes_and_eleven_are_refused)
{
    struct ecam_pb pb = BEGIN("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    ck_assert(ecam_pb_next(&pb));
    ck_assert_int_eq(ecam_pb_int(&pb), -1);
    pb = BEGIN("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
    expect_failed(&pb, ECAM_ERR_FORMAT, "byte 0: field 1: no varint of at most 10 bytes");
    pb = BEGIN("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00");
    expect_failed(&pb, ECAM_ERR_FORMAT, "no varint");
    pb = BEGIN("\x08\x80");
    expect_failed(&pb, ECAM_ERR_FORMAT, "no varint");
}
END_TEST

START_TEST(messages_inside_are_bounded_by_their_own_end)
{
    /* 1: message { 2: varint 5 }, 3: varint 7 */
    struct ecam_pb pb = BEGIN("\x0a\x02\x10\x05\x18\x07");
    ck_assert(ecam_pb_next(&pb));
    struct ecam_pb inner = ecam_pb_message(&pb);
    ck_assert(ecam_pb_next(&inner));
    ck_assert_uint_eq(inner.field, 2);
    ck_assert_uint_eq(ecam_pb_uint(&inner), 5);
    ck_assert(!ecam_pb_next(&inner));
    ck_assert(ecam_pb_next(&pb));
    ck_assert_uint_eq(ecam_pb_uint(&pb), 7);
    /* A length inside that is more than the inner message, not more than the file. */
    pb = BEGIN("\x0a\x02\x12\x02\x18\x07");
    ck_assert(ecam_pb_next(&pb));
    inner = ecam_pb_message(&pb);
    expect_failed(&inner, ECAM_ERR_FORMAT, "byte 2: field 2: 2 bytes, the message has 0 left");
    ck_assert(!ecam_pb_next(&pb));
}
END_TEST

START_TEST(nesting_is_limited)
{
    uint8_t bytes[256];
    size_t n = 0;
    for (size_t left = 200; left > 0; left -= 2, n += 2) {
        bytes[n] = 0x0a;
        bytes[n + 1] = (uint8_t)(left - 2 < 128 ? left - 2 : 127);
    }
    struct ecam_pb pb = begin(bytes + 100, 100);
    size_t depth = 0;
    while (ecam_pb_next(&pb)) {
        pb = ecam_pb_message(&pb);
        depth++;
    }
    ck_assert_uint_eq(depth, 50);
    ck_assert_int_eq(ecam_pb_status(&source, NULL), ECAM_OK);
    struct ecam_limits limits = ecam_limits_filled(NULL);
    limits.max_nesting = 49;
    pb = ecam_pb_begin(&source, bytes + 100, 100, &limits);
    while (ecam_pb_next(&pb))
        pb = ecam_pb_message(&pb);
    ck_assert_int_eq(ecam_pb_status(&source, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "nested deeper than 49"));
}
END_TEST

START_TEST(what_is_no_field_is_refused)
{
    struct ecam_pb pb = BEGIN("\x00");
    expect_failed(&pb, ECAM_ERR_FORMAT, "byte 0: no field begins here");
    pb = BEGIN("\xff\xff\xff\xff\xff\x01"); /* a tag beyond 32 bits */
    expect_failed(&pb, ECAM_ERR_FORMAT, "no field begins here");
    pb = BEGIN("\x0b");
    expect_failed(&pb, ECAM_ERR_UNSUPPORTED, "field 1 is a group");
    pb = BEGIN("\x0c");
    expect_failed(&pb, ECAM_ERR_UNSUPPORTED, "field 1 is a group");
    pb = BEGIN("\x0e");
    expect_failed(&pb, ECAM_ERR_FORMAT, "wire type 6");
    pb = BEGIN("\x0f");
    expect_failed(&pb, ECAM_ERR_FORMAT, "wire type 7");
    pb = BEGIN("\x0d\x00\x00\x00");
    expect_failed(&pb, ECAM_ERR_FORMAT, "ends inside");
    pb = BEGIN("\x09\x00\x00\x00");
    expect_failed(&pb, ECAM_ERR_FORMAT, "ends inside");
    pb = BEGIN("\x0a\x80");
    expect_failed(&pb, ECAM_ERR_FORMAT, "length is no varint");
    pb = BEGIN("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    expect_failed(&pb, ECAM_ERR_FORMAT, "18446744073709551615 bytes, the message has 0 left");
}
END_TEST

START_TEST(another_wire_type_is_a_failure_and_gives_nothing)
{
    size_t n = 1;
    struct ecam_pb pb = BEGIN("\x08\x05\x08\x05");
    ck_assert(ecam_pb_next(&pb));
    ck_assert_ptr_null(ecam_pb_bytes(&pb, &n));
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(ecam_pb_uint(&pb), 0); /* sticky */
    ck_assert_ptr_null(ecam_pb_strdup(&pb));
    ck_assert(ecam_pb_float(&pb) == 0.0f);
    ck_assert(ecam_pb_double(&pb) == 0.0);
    ck_assert(!ecam_pb_text_is(&pb, ""));
    struct ecam_pb inner = ecam_pb_message(&pb);
    ck_assert(!ecam_pb_next(&inner));
    expect_failed(&pb, ECAM_ERR_FORMAT, "byte 0: field 1 is a varint, a run of bytes is expected");
    pb = BEGIN("\x0a\x00");
    ck_assert(ecam_pb_next(&pb));
    ck_assert_uint_eq(ecam_pb_uint(&pb), 0);
    expect_failed(&pb, ECAM_ERR_FORMAT, "is a run of bytes, a varint is expected");
}
END_TEST

START_TEST(texts_are_copied_whole_or_refused)
{
    struct ecam_pb pb = BEGIN("\x0a\x00\x0a\x03"
                              "a\0b");
    ck_assert(ecam_pb_next(&pb));
    char *text = ecam_pb_strdup(&pb);
    ck_assert_str_eq(text, "");
    ecam_free(text);
    ck_assert(ecam_pb_text_is(&pb, ""));
    ck_assert(ecam_pb_next(&pb));
    ck_assert_ptr_null(ecam_pb_strdup(&pb));
    expect_failed(&pb, ECAM_ERR_FORMAT, "byte 2: field 1: NUL in a text");
}
END_TEST

START_TEST(repeated_numbers_are_read_packed_and_unpacked)
{
    struct ecam_pb_ints ints = { 0 };
    struct ecam_pb_floats floats = { 0 };
    struct ecam_pb_doubles doubles = { 0 };
    int64_t few[3];
    uint32_t n_few = 0;
    struct ecam_pb pb = BEGIN("\x08\x05\x0a\x03\x06\xac\x02" /* 1: 5, then 6 and 300 */
                              "\x15\x00\x00\xc0\x3f\x12\x08\x00\x00\x00\x40\x00\x00\x40\x40"
                              "\x19\x00\x00\x00\x00\x00\x00\x00\xc0"
                              "\x1a\x08\x00\x00\x00\x00\x00\x00\x00\x40\x1a\x00");
    while (ecam_pb_next(&pb))
        switch (pb.field) {
        case 1:
            ecam_pb_few_ints(&pb, few, 3, &n_few);
            ecam_pb_add_ints(&pb, &ints);
            break;
        case 2:
            ecam_pb_add_floats(&pb, &floats);
            break;
        default:
            ecam_pb_add_doubles(&pb, &doubles);
        }
    ck_assert_int_eq(ecam_pb_status(&source, NULL), ECAM_OK);
    ck_assert_uint_eq(n_few, 3);
    ck_assert_uint_eq(ints.n, 3);
    ck_assert_int_eq(few[2], 300);
    ck_assert_int_eq(ints.items[1], 6);
    ck_assert_uint_eq(floats.n, 3);
    ck_assert(floats.items[0] == 1.5f && floats.items[1] == 2.0f && floats.items[2] == 3.0f);
    ck_assert_uint_eq(doubles.n, 2);
    ck_assert(doubles.items[0] == -2.0 && doubles.items[1] == 2.0);
    ecam_free(ints.items);
    ecam_free(floats.items);
    ecam_free(doubles.items);
}
END_TEST

START_TEST(packed_numbers_end_where_a_number_ends)
{
    struct ecam_pb_floats floats = { 0 };
    struct ecam_pb_ints ints = { 0 };
    int64_t few[2];
    uint32_t n = 0;
    struct ecam_pb pb = BEGIN("\x0a\x05\x00\x00\x00\x40\x00");
    ck_assert(ecam_pb_next(&pb));
    ecam_pb_add_floats(&pb, &floats);
    expect_failed(&pb, ECAM_ERR_FORMAT, "packed numbers end inside one");
    ecam_free(floats.items);
    pb = BEGIN("\x0a\x01\x80");
    ck_assert(ecam_pb_next(&pb));
    ecam_pb_add_ints(&pb, &ints);
    ck_assert_uint_eq(ints.n, 0);
    expect_failed(&pb, ECAM_ERR_FORMAT, "packed numbers end inside one");
    ecam_pb_few_ints(&pb, few, 2, &n); /* nothing after a failure */
    ck_assert_uint_eq(n, 0);
    pb = BEGIN("\x0a\x03\x01\x02\x03");
    ck_assert(ecam_pb_next(&pb));
    ecam_pb_few_ints(&pb, few, 2, &n);
    expect_failed(&pb, ECAM_ERR_LIMIT, "field 1: more than 2 numbers");
    n = 0;
    pb = BEGIN("\x0d\x00\x00\x00\x00");
    ck_assert(ecam_pb_next(&pb));
    ecam_pb_few_ints(&pb, few, 2, &n);
    expect_failed(&pb, ECAM_ERR_FORMAT, "is 4 bytes, a varint is expected");
}
END_TEST

START_TEST(the_first_failure_stays)
{
    struct ecam_pb pb = BEGIN("\x08\x05");
    ck_assert(ecam_pb_next(&pb));
    ecam_pb_fail(&pb, ECAM_ERR_UNSUPPORTED, "no %s here", "five");
    ecam_pb_fail(&pb, ECAM_ERR_FORMAT, "something else");
    expect_failed(&pb, ECAM_ERR_UNSUPPORTED, "byte 0: no five here");
    ck_assert_ptr_null(strstr(err.text, "else"));
}
END_TEST

START_TEST(an_empty_message_has_no_fields)
{
    struct ecam_pb pb = begin("", 0);
    ck_assert(!ecam_pb_next(&pb));
    ck_assert_int_eq(ecam_pb_status(&source, NULL), ECAM_OK);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fields_come_in_their_order_with_their_numbers,
        a_negative_number_takes_ten_bytes_and_eleven_are_refused,
        messages_inside_are_bounded_by_their_own_end,
        nesting_is_limited,
        what_is_no_field_is_refused,
        another_wire_type_is_a_failure_and_gives_nothing,
        texts_are_copied_whole_or_refused,
        repeated_numbers_are_read_packed_and_unpacked,
        packed_numbers_end_where_a_number_ends,
        the_first_failure_stays,
        an_empty_message_has_no_fields,
    };
    return tu_main("protobuf", tests, sizeof tests / sizeof *tests);
}
