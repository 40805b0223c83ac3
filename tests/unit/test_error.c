/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine/error.h"
#include "tests/unit/tu.h"

START_TEST(a_failure_returns_its_status_and_tells_why)
{
    struct ecam_error err;
    ck_assert_int_eq(ecam_fail(&err, ECAM_ERR_FORMAT, "byte %d: %s", 7, "bad"), ECAM_ERR_FORMAT);
    ck_assert_int_eq(err.status, ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "byte 7: bad");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    ck_assert_int_eq(ecam_fail(NULL, ECAM_ERR_IO, "x"), ECAM_ERR_IO);
    ck_assert_int_eq(ecam_error_at(NULL, ECAM_ERR_IO, "place"), ECAM_ERR_IO);
}
END_TEST

START_TEST(control_characters_from_a_file_do_not_reach_the_terminal)
{
    struct ecam_error err;
    ecam_fail(&err, ECAM_ERR_FORMAT, "tensor '%s'", "a\x1b[2J\nb");
    ck_assert_str_eq(err.text, "tensor 'a?[2J?b'");
}
END_TEST

START_TEST(a_long_place_loses_its_beginning)
{
    struct ecam_error err;
    char place[1000];
    memset(place, 'p', sizeof place);
    memcpy(place + sizeof place - 6, "x.pth", 6);
    ecam_fail(&err, ECAM_ERR_FORMAT, "broken");
    ck_assert_int_eq(ecam_error_at(&err, ECAM_ERR_FORMAT, place), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "ppx.pth: broken"));
    ck_assert_int_eq(strncmp(err.text, "...", 3), 0);
}
END_TEST

START_TEST(every_status_has_a_name)
{
    for (int s = ECAM_OK; s <= ECAM_ERR_NAME; s++)
        ck_assert_int_eq(strncmp(ecam_status_name((enum ecam_status)s), "ECAM_", 5), 0);
    ck_assert_str_eq(ecam_status_name((enum ecam_status)99), "unknown status");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_failure_returns_its_status_and_tells_why,
        nobody_needs_to_listen,
        control_characters_from_a_file_do_not_reach_the_terminal,
        a_long_place_loses_its_beginning,
        every_status_has_a_name,
    };
    return tu_main("error", tests, sizeof tests / sizeof *tests);
}
