/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/json_text.h"

#include <string.h>

#include "tests/unit/tu.h"

START_TEST(strings_are_escaped)
{
    struct ecam_text text = { 0 };
    ecam_text_string(&text, "a\"b\\c\n\x1f/\xc3\xa4");
    ck_assert_int_eq(text.status, ECAM_OK);
    ck_assert_str_eq(text.data, "\"a\\\"b\\\\c\\u000a\\u001f/\xc3\xa4\"");
    ck_assert_uint_eq(text.n, strlen(text.data));
    ecam_text_free(&text);
    ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(commas_stand_between_items_alone)
{
    struct ecam_text text = { 0 };
    ecam_text_put(&text, "[");
    for (int i = 0; i < 3; i++) {
        ecam_text_comma(&text);
        ecam_text_print(&text, "%d", i);
    }
    ecam_text_put(&text, "]");
    ck_assert_str_eq(text.data, "[0,1,2]");
    ecam_text_free(&text);
}
END_TEST

START_TEST(a_text_grows_as_it_must)
{
    struct ecam_text text = { 0 };
    for (int i = 0; i < 10000; i++)
        ecam_text_print(&text, "%04d", i);
    ck_assert_uint_eq(text.n, 40000);
    ck_assert_int_eq(memcmp(text.data + 4 * 1234, "1234", 4), 0);
    ecam_text_free(&text);
}
END_TEST

START_TEST(what_is_no_utf8_has_no_place)
{
    static const char *const bad[] = { "\x80",         "\xc3",
                                       "\xc0\xaf",     "\xe0\x80\x80",
                                       "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                       "\xf0\x80\x80", "\xe2\x82",
                                       "ok\xff",       "\xf4\x90\x80\x80" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ecam_text text = { 0 };
        struct ecam_error err;
        ecam_text_string(&text, bad[i]);
        ecam_text_put(&text, "more");
        ck_assert_int_eq(text.status, ECAM_ERR_FORMAT);
        ck_assert_int_eq(ecam_text_status(&text, "x", &err), ECAM_ERR_FORMAT);
        ck_assert(!ecam_text_is_plain(bad[i]));
        ecam_text_free(&text);
    }
}
END_TEST

START_TEST(plain_text_has_no_control_characters)
{
    ck_assert(ecam_text_is_plain(""));
    ck_assert(ecam_text_is_plain("K\xc3\xa4se, \xe2\x82\xac, \xf0\x9f\x90\xb1 ~"));
    ck_assert(!ecam_text_is_plain("a\nb"));
    ck_assert(!ecam_text_is_plain("\x1b[2J"));
    ck_assert(!ecam_text_is_plain("\x7f"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        strings_are_escaped,          commas_stand_between_items_alone,     a_text_grows_as_it_must,
        what_is_no_utf8_has_no_place, plain_text_has_no_control_characters,
    };
    return tu_main("json_text", tests, sizeof tests / sizeof *tests);
}
