/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tu.h"

#include <math.h>
#include <stdlib.h>

void tu_close(const char *what, const float *got, const float *want, size_t n, double tol)
{
    for (size_t i = 0; i < n; i++) {
        const double diff = fabs((double)got[i] - (double)want[i]);
        tu_assert_msg(diff <= tol, "%s[%zu of %zu]: got %.9g, want %.9g, off by %.3g, allowed %.3g",
                      what, i, n, (double)got[i], (double)want[i], diff, tol);
    }
}

int tu_main(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
