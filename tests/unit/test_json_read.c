/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/json_read.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "weights/weights.h"

static struct ecam_error err;

static enum ecam_status parse(const char *text, cJSON **out)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    return ecam_json_parse(text, "text", &limits, out, &err);
}

START_TEST(one_value_and_nothing_behind_it)
{
    cJSON *value = NULL;
    ck_assert_int_eq(parse("{\"a\":[1,\"[\\\"{\"]} ", &value), ECAM_OK);
    cJSON_Delete(value);
    static const char *const bad[] = { "", "{", "{} x", "{\"a\":}", "[1,]", "'a'", "[\"a]" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(parse(bad[i], &value) == ECAM_ERR_FORMAT, "%s", bad[i]);
}
END_TEST

START_TEST(nesting_is_bounded_before_it_is_parsed)
{
    char text[140];
    cJSON *value = NULL;
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    ck_assert_int_eq(parse(text, &value), ECAM_OK);
    cJSON_Delete(value);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    text[130] = '\0';
    ck_assert_int_eq(parse(text, &value), ECAM_ERR_LIMIT);
}
END_TEST

START_TEST(the_number_of_values_is_bounded)
{
    const size_t n = (1u << 20) + 8;
    char *text = malloc(2 * n + 1);
    cJSON *value = NULL;
    ck_assert_ptr_nonnull(text);
    text[0] = '[';
    for (size_t i = 0; i < n; i++)
        memcpy(text + 1 + 2 * i, i + 1 < n ? "1," : "1]", i + 1 < n ? 2 : 1);
    memcpy(text + 2 * n - 1, "]", 2);
    ck_assert_int_eq(parse(text, &value), ECAM_ERR_LIMIT);
    free(text);
}
END_TEST

START_TEST(a_zero_character_would_cut_a_name)
{
    cJSON *value = NULL;
    ck_assert_int_eq(parse("\"a\\u0000b\"", &value), ECAM_ERR_FORMAT);
    ck_assert_int_eq(parse("\"a\\\\u0000b\"", &value), ECAM_OK); /* a backslash and letters */
    ck_assert_str_eq(value->valuestring, "a\\u0000b");
    cJSON_Delete(value);
}
END_TEST

START_TEST(keys_are_known_and_stand_once)
{
    static const char *const keys[] = { "a", "b" };
    static const struct {
        const char *text;
        enum ecam_status status;
    } cases[] = {
        { "{\"b\":1}", ECAM_OK },
        { "{\"a\":1,\"c\":2}", ECAM_ERR_FORMAT },
        { "{\"a\":1,\"A\":2}", ECAM_ERR_FORMAT },
        { "{\"a\":1,\"a\":2}", ECAM_ERR_FORMAT },
        { "[1]", ECAM_ERR_FORMAT },
        { "7", ECAM_ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cJSON *field[2];
        cJSON *value = NULL;
        ck_assert_int_eq(parse(cases[i].text, &value), ECAM_OK);
        ck_assert_msg(ecam_json_fields(value, "x", keys, 2, field, &err) == cases[i].status, "%s",
                      cases[i].text);
        if (cases[i].status == ECAM_OK) {
            ck_assert_ptr_null(field[0]);
            ck_assert_int_eq(field[1]->valueint, 1);
        }
        cJSON_Delete(value);
    }
}
END_TEST

START_TEST(whole_numbers_are_whole_and_in_range)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = { { "3", true },       { "-3", true },   { "3.0", true },    { "3.5", false },
                  { "11", false },     { "-4", false },  { "\"3\"", false }, { "1e300", false },
                  { "-1e300", false }, { "null", false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *value = NULL;
        int64_t out = 0;
        ck_assert_int_eq(parse(cases[i].text, &value), ECAM_OK);
        ck_assert_msg(ecam_json_int(value, -3, 10, &out) == cases[i].ok, "%s", cases[i].text);
        cJSON_Delete(value);
    }
    int64_t out;
    ck_assert(!ecam_json_int(NULL, 0, 1, &out));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_value_and_nothing_behind_it, nesting_is_bounded_before_it_is_parsed,
        the_number_of_values_is_bounded, a_zero_character_would_cut_a_name,
        keys_are_known_and_stand_once,   whole_numbers_are_whole_and_in_range,
    };
    return tu_main("json_read", tests, sizeof tests / sizeof *tests);
}
