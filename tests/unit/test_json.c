/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/json.h"

START_TEST(commas_stand_where_they_belong)
{
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "a");
    json_uint(&json, UINT64_MAX);
    json_key(&json, "b");
    json_list_begin(&json);
    json_int(&json, -1);
    json_null(&json);
    json_object_begin(&json);
    json_object_end(&json);
    json_bool(&json, true);
    json_list_begin(&json);
    json_list_end(&json);
    json_list_end(&json);
    json_key(&json, "c");
    json_string(&json, NULL);
    json_object_end(&json);
    ck_assert_str_eq(json.text,
                     "{\"a\":18446744073709551615,\"b\":[-1,null,{},true,[]],\"c\":null}");
    json_free(&json);
}
END_TEST

START_TEST(indented_objects_have_a_line_a_key)
{
    struct json json = { .is_indented = true };
    json_object_begin(&json);
    json_key(&json, "a");
    json_list_begin(&json);
    json_uint(&json, 1);
    json_uint(&json, 2);
    json_list_end(&json);
    json_key(&json, "b");
    json_object_begin(&json);
    json_key(&json, "c");
    json_uint(&json, 3);
    json_object_end(&json);
    json_object_end(&json);
    ck_assert_str_eq(json.text, "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": 3\n  }\n}");
    json_free(&json);
}
END_TEST

static void expect_string(const char *text, const char *want)
{
    struct json json = { 0 };
    json_string(&json, text);
    ck_assert_str_eq(json.text, want);
    json_free(&json);
}

START_TEST(text_is_quoted_and_always_utf_8)
{
    expect_string("a\"b\\c", "\"a\\\"b\\\\c\"");
    expect_string("line\nbell\a\x7f", "\"line\\u000abell\\u0007\\u007f\"");
    expect_string("caf\xc3\xa9 \xf0\x9f\x90\xb1", "\"caf\xc3\xa9 \xf0\x9f\x90\xb1\"");
    expect_string("\xff", "\"\\ufffd\"");
    expect_string("\xc3", "\"\\ufffd\"");                       /* cut off */
    expect_string("\xc0\xaf", "\"\\ufffd\\ufffd\"");            /* overlong */
    expect_string("\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\""); /* overlong */
    expect_string("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    expect_string("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}
END_TEST

START_TEST(numbers_read_back_as_they_were)
{
    const float values[] = { 0.1f, 1.0f / 3, FLT_MAX, FLT_MIN / 8, -12.5f, 0, 16777216 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct json json = { 0 };
        json_float(&json, values[i]);
        ck_assert(strtof(json.text, NULL) == values[i]);
        json_free(&json);
        json_double(&json, (double)values[i] / 3);
        ck_assert(strtod(json.text, NULL) == (double)values[i] / 3);
        json_free(&json);
    }
    struct json json = { 0 };
    json_list_begin(&json);
    json_float(&json, 0.1f);
    json_double(&json, 0.15);
    json_float(&json, NAN);
    json_double(&json, (double)INFINITY);
    json_list_end(&json);
    ck_assert_str_eq(json.text, "[0.1,0.15,null,null]");
    json_free(&json);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        commas_stand_where_they_belong,
        indented_objects_have_a_line_a_key,
        text_is_quoted_and_always_utf_8,
        numbers_read_back_as_they_were,
    };
    return tu_main("json", tests, sizeof tests / sizeof *tests);
}
