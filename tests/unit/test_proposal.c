/* SPDX-License-Identifier: BSD-2-Clause
 * Table 3's three readings, worked out by hand. */
#include "bench/eval/proposal.h"

#include <math.h>

#include "tests/unit/tu.h"

#define CLOSE 1e-12
#define OF_CLASS(c, difficult, ...)                                      \
    {                                                                    \
        .box = { __VA_ARGS__ }, .name = (c), .is_difficult = (difficult) \
    }

/* The box is 1 to 10 both ways on each image. Objects (class; overlap):
 *     0: dog 1, dog 0            1: cat 0.5, dog 0.1
 *     2: cat 0                   3: dog 1, difficult; cat 0.1
 *     4: no object               5: no box; cat */
static const struct eval_truth_object object[] = {
    OF_CLASS(0, false, 1, 1, 10, 10),   OF_CLASS(0, false, 50, 50, 60, 60),
    OF_CLASS(1, false, 1, 1, 5, 10),    OF_CLASS(0, false, 1, 1, 1, 10),
    OF_CLASS(1, false, 50, 50, 60, 60), OF_CLASS(0, true, 1, 1, 10, 10),
    OF_CLASS(1, false, 1, 1, 1, 10),    OF_CLASS(1, false, 1, 1, 10, 10),
};
static const struct eval_box box = { 1, 1, 10, 10 };

static struct eval_proposal_scores scores(bool with_difficult)
{
    const struct eval_proposal_image images[] = {
        { object, 2, true, box },     { object + 2, 2, true, box }, { object + 4, 1, true, box },
        { object + 5, 2, true, box }, { object, 0, true, box },     { object + 7, 1, false, box },
    };
    struct eval_proposal_scores out;
    ck_assert_int_eq(eval_proposal(images, 6, 3, with_difficult, &out, NULL), ECAM_OK);
    return out;
}

/* Literal: above 0.5, so that image 1 is wrong; missed: 2 and 5. */
START_TEST(difficult_objects_count)
{
    const struct eval_proposal_scores s = scores(true);
    ck_assert_double_eq_tol(s.literal.precision, 2.0 / 3, CLOSE); /* 0, 3 of 0, 1, 3 */
    ck_assert_double_eq_tol(s.literal.recall, 2.0 / 4, CLOSE);    /* 0, 3 of them, 2, 5 */
    /* dog: images 0, 1, 3, right 0, 3; objects 4, found 2. cat: images 1, 2, 3, 5, right 1;
     * objects 4, found 1. The third class has none. */
    ck_assert_uint_eq(s.n_classes, 2);
    ck_assert_double_eq_tol(s.by_class.precision, (2.0 / 3 + 1.0 / 4) / 2, CLOSE);
    ck_assert_double_eq_tol(s.by_class.recall, (2.0 / 4 + 1.0 / 4) / 2, CLOSE);
    /* Images 0, 1, 2, 3, 5, right 0, 1, 3; 8 objects, 3 found. */
    ck_assert_double_eq_tol(s.class_free.precision, 3.0 / 5, CLOSE);
    ck_assert_double_eq_tol(s.class_free.recall, 3.0 / 8, CLOSE);
}
END_TEST

/* Image 3's box finds nothing but a difficult object: it is neither right nor wrong. */
START_TEST(difficult_objects_do_not_count)
{
    const struct eval_proposal_scores s = scores(false);
    ck_assert_double_eq_tol(s.literal.precision, 1.0 / 2, CLOSE);
    ck_assert_double_eq_tol(s.literal.recall, 1.0 / 3, CLOSE);
    /* dog: images 0, 1, right 0; objects 3, found 1. cat as before: its box is wrong. */
    ck_assert_double_eq_tol(s.by_class.precision, (1.0 / 2 + 1.0 / 4) / 2, CLOSE);
    ck_assert_double_eq_tol(s.by_class.recall, (1.0 / 3 + 1.0 / 4) / 2, CLOSE);
    ck_assert_double_eq_tol(s.class_free.precision, 2.0 / 4, CLOSE);
    ck_assert_double_eq_tol(s.class_free.recall, 2.0 / 7, CLOSE);
}
END_TEST

START_TEST(nothing_to_count)
{
    struct eval_proposal_scores s;
    ck_assert_int_eq(eval_proposal(NULL, 0, 0, true, &s, NULL), ECAM_OK);
    ck_assert(isnan(s.literal.precision) && isnan(s.by_class.recall));
    ck_assert(isnan(s.class_free.precision));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { difficult_objects_count, difficult_objects_do_not_count,
                                   nothing_to_count };
    return tu_main("proposal", tests, sizeof tests / sizeof *tests);
}
