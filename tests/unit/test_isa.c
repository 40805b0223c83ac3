/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "engine/isa.h"
#include "tests/unit/tu.h"

START_TEST(every_level_is_found_by_its_name)
{
    for (int isa = ECAM_ISA_AUTO; isa < ECAM_ISA_COUNT; isa++) {
        enum ecam_isa found = ECAM_ISA_COUNT;
        ck_assert_int_eq(ecam_isa_parse(ecam_isa_name((enum ecam_isa)isa), &found, NULL), ECAM_OK);
        ck_assert_int_eq((int)found, isa);
    }
    ck_assert_str_eq(ecam_isa_name(ECAM_ISA_COUNT), "unknown");
}
END_TEST

START_TEST(an_unknown_name_is_an_error)
{
    struct ecam_error err;
    enum ecam_isa isa = ECAM_ISA_COUNT;
    ck_assert_int_eq(ecam_isa_parse("sse9", &isa, &err), ECAM_ERR_ISA);
    ck_assert_int_eq(isa, ECAM_ISA_COUNT);
    ck_assert_str_eq(err.text, "ISA level 'sse9' is not known: auto, scalar, neon, avx2 or avx512");
}
END_TEST

START_TEST(without_a_wish_the_best_supported_level_runs)
{
    unsetenv("ECAM_ISA");
    enum ecam_isa isa = ECAM_ISA_AUTO;
    ck_assert_int_eq(ecam_isa_resolve(ECAM_ISA_AUTO, &isa, NULL), ECAM_OK);
    ck_assert(ecam_isa_supported(isa));
    for (int better = (int)isa + 1; better < ECAM_ISA_COUNT; better++)
        ck_assert(!ecam_isa_supported((enum ecam_isa)better));
}
END_TEST

START_TEST(the_environment_chooses_for_auto_only)
{
    enum ecam_isa isa = ECAM_ISA_AUTO;
    setenv("ECAM_ISA", "scalar", 1);
    ck_assert_int_eq(ecam_isa_resolve(ECAM_ISA_AUTO, &isa, NULL), ECAM_OK);
    ck_assert_int_eq(isa, ECAM_ISA_SCALAR);

    setenv("ECAM_ISA", "sse9", 1);
    ck_assert_int_eq(ecam_isa_resolve(ECAM_ISA_SCALAR, &isa, NULL), ECAM_OK);
    struct ecam_error err;
    ck_assert_int_eq(ecam_isa_resolve(ECAM_ISA_AUTO, &isa, &err), ECAM_ERR_ISA);
    ck_assert_str_eq(err.text,
                     "ECAM_ISA: ISA level 'sse9' is not known: auto, scalar, neon, avx2 or avx512");

    setenv("ECAM_ISA", "", 1); /* as if it were not set */
    ck_assert_int_eq(ecam_isa_resolve(ECAM_ISA_AUTO, &isa, NULL), ECAM_OK);
    unsetenv("ECAM_ISA");
}
END_TEST

START_TEST(a_level_that_cannot_run_here_is_an_error)
{
    for (int level = ECAM_ISA_SCALAR; level < ECAM_ISA_COUNT; level++) {
        enum ecam_isa isa = ECAM_ISA_COUNT;
        const bool can_run = ecam_isa_supported((enum ecam_isa)level);
        ck_assert_int_eq(ecam_isa_resolve((enum ecam_isa)level, &isa, NULL),
                         can_run ? ECAM_OK : ECAM_ERR_ISA);
        ck_assert_int_eq((int)isa, can_run ? level : (int)ECAM_ISA_COUNT);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_level_is_found_by_its_name,
        an_unknown_name_is_an_error,
        without_a_wish_the_best_supported_level_runs,
        the_environment_chooses_for_auto_only,
        a_level_that_cannot_run_here_is_an_error,
    };
    return tu_main("isa", tests, sizeof tests / sizeof *tests);
}
