/* SPDX-License-Identifier: BSD-2-Clause
 * What is known of images: lines, boxes, sizes, lists, predictions, class numbers. */
#include "bench/eval/truth.h"

#include <stdlib.h>
#include <string.h>

#include "bench/eval/ilsvrc.h"
#include "bench/eval/lines.h"
#include "bench/eval/predictions.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "tests/unit/tu.h"

#define BYTES(text) (const uint8_t *)(text), strlen(text)

START_TEST(lines_of_any_ending)
{
    static struct eval_lines lines;
    eval_lines_begin(&lines, BYTES("\xEF\xBB\xBF"
                                   "a b\r\n\n  \nc"));
    ck_assert(eval_lines_next(&lines));
    char *at = lines.text;
    ck_assert_str_eq(eval_word(&at), "a");
    ck_assert_str_eq(eval_word(&at), "b");
    ck_assert_ptr_null(eval_word(&at));
    ck_assert(eval_lines_next(&lines));
    ck_assert_str_eq(lines.text, "c");
    ck_assert_uint_eq(lines.number, 4);
    ck_assert(!eval_lines_next(&lines));
}
END_TEST

START_TEST(lines_not_to_be_believed)
{
    static struct eval_lines lines;
    char *text = malloc(EVAL_LINE_BYTES + 1);
    memset(text, 'x', EVAL_LINE_BYTES + 1);
    eval_lines_begin(&lines, (uint8_t *)text, EVAL_LINE_BYTES - 1);
    ck_assert(eval_lines_next(&lines) && !lines.is_long);
    eval_lines_begin(&lines, (uint8_t *)text, EVAL_LINE_BYTES);
    ck_assert(eval_lines_next(&lines) && lines.is_long);
    text[0] = '\0';
    eval_lines_begin(&lines, (uint8_t *)text, 5);
    ck_assert(eval_lines_next(&lines) && lines.is_long);
    free(text);
}
END_TEST

START_TEST(numbers_are_whole_words)
{
    static const char *const bad[] = { "", "1x", "x", "nan", "inf", "1e8", "-1e99", "0x10", "1 2" };
    double v = -1;
    ck_assert(eval_number("12", &v) && v == 12);
    ck_assert(eval_number("-1.5e1", &v) && v == -15);
    ck_assert(!eval_number(NULL, &v));
    for (size_t i = 0; i < ECAM_ARRAY_LEN(bad); i++)
        ck_assert_msg(!eval_number(bad[i], &v), "%s", bad[i]);
}
END_TEST

START_TEST(kaggles_solution)
{
    struct eval_truth t = { 0 };
    ck_assert_int_eq(eval_truth_add_csv(&t,
                                        BYTES("ImageId,PredictionString\n"
                                              "b,n03995372 85 1 499 272 \n"
                                              "c,n01440764\n"
                                              "a,n02119789 1 2 3 4 n02119789 5 6 7 8\n"
                                              "d,\n"),
                                        NULL),
                     ECAM_OK);
    ck_assert_int_eq(eval_truth_sort(&t, NULL), ECAM_OK);
    ck_assert_uint_eq(t.n, 4);
    ck_assert_str_eq(t.image[0].name, "a");
    ck_assert_uint_eq(t.image[0].n, 2);
    ck_assert(t.object[t.image[0].first + 1].box.y1 == 8);
    ck_assert_str_eq(t.name[t.image[1].class_name], "n03995372");
    ck_assert_uint_eq(t.image[2].n, 0); /* the class alone */
    ck_assert_str_eq(t.name[t.image[2].class_name], "n01440764");
    ck_assert_uint_eq(t.image[3].class_name, EVAL_NO_CLASS);
    ck_assert_ptr_eq(eval_truth_find(&t, "c"), &t.image[2]);
    ck_assert_ptr_null(eval_truth_find(&t, "cc"));
    ck_assert_int_eq(eval_truth_sizes(&t, BYTES("ImageId,width,height\nb,500,375\nzz,1,1\n"), NULL),
                     ECAM_OK);
    ck_assert(t.image[1].w == 500 && t.image[1].h == 375 && t.image[0].w == 0);
    eval_truth_free(&t);
}
END_TEST

static void check_csv(const char *text, const char *want)
{
    struct eval_truth t = { 0 };
    struct ecam_error err = { .text = "" };
    enum ecam_status status = eval_truth_add_csv(&t, BYTES(text), &err);
    if (status == ECAM_OK)
        status = eval_truth_sort(&t, &err);
    ck_assert_int_eq(status, ECAM_ERR_FORMAT);
    ck_assert_msg(strstr(err.text, want) != NULL, "found '%s', expected '%s'", err.text, want);
    eval_truth_free(&t);
}

START_TEST(solutions_that_are_none)
{
    check_csv("a n1 1 2 3 4\n", "line 1: found 'a n1 1 2 3 4', expected ID,WNID BOX ...");
    check_csv(",n1\n", "line 1");
    check_csv("a,n1 1 2 3\n", "line 1: after n1 expected x0 y0 x1 y1");
    check_csv("\na,n1 1 2 3 x\n", "line 2: after n1");
    check_csv("a,n1 5 2 3 4\n", "after n1");
    check_csv("a,n1 1 2 3 4 n1\n", "after n1");
    check_csv("a,n1\nb,n1\na,n2\n", "image a is there twice");
    ck_assert_int_eq(eval_truth_sizes(&(struct eval_truth){ 0 }, BYTES("a,0,1\n"), NULL),
                     ECAM_ERR_FORMAT);
    ck_assert_int_eq(eval_truth_sizes(&(struct eval_truth){ 0 }, BYTES("a,1\n"), NULL),
                     ECAM_ERR_FORMAT);
    ck_assert_int_eq(eval_truth_sizes(&(struct eval_truth){ 0 }, BYTES("a,1,1,1\n"), NULL),
                     ECAM_ERR_FORMAT);
}
END_TEST

START_TEST(lists_of_images)
{
    struct eval_list list = { 0 };
    ck_assert_int_eq(
        eval_list_parse(BYTES("ILSVRC2012_val_00000001.JPEG 65\n000001 -1\r\nx\n"), &list, NULL),
        ECAM_OK);
    ck_assert_uint_eq(list.n, 3);
    ck_assert_str_eq(list.item[0].name, "ILSVRC2012_val_00000001.JPEG");
    ck_assert(list.item[0].has_number && list.item[0].number == 65);
    ck_assert(list.item[1].has_number && list.item[1].number == -1);
    ck_assert(!list.item[2].has_number);
    eval_list_free(&list);
    ck_assert_int_eq(eval_list_parse(BYTES("a b\n"), &list, NULL), ECAM_ERR_FORMAT);
    ck_assert_int_eq(eval_list_parse(BYTES("a 1.5\n"), &list, NULL), ECAM_ERR_FORMAT);
    ck_assert_int_eq(eval_list_parse(BYTES("a 1 2\n"), &list, NULL), ECAM_ERR_FORMAT);
}
END_TEST

START_TEST(stems)
{
    static const char *const cases[][2] = { { "a.JPEG", "a" },
                                            { "dir/a.b.png", "a.b" },
                                            { "n01_0.5", "n01_0.5" },
                                            { "000001", "000001" },
                                            { "x.xml", "x" } };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(cases); i++) {
        char *stem = eval_stem(cases[i][0]);
        ck_assert_str_eq(stem, cases[i][1]);
        ecam_free(stem);
    }
}
END_TEST

/* kit fox is the development kit's first, dumbbell its last; tench the first by WordNet
 * number. */
START_TEST(two_orders_of_the_classes)
{
    size_t index = 0, by_id = 0;
    char wnid[10];
    ck_assert(eval_ilsvrc_from_wnid("n02119789", &index) && index == 278);
    ck_assert(eval_ilsvrc_from_id(1, &by_id) && by_id == 278);
    ck_assert(eval_ilsvrc_from_wnid("n03255030", &index));
    ck_assert(eval_ilsvrc_from_id(1000, &by_id) && by_id == index);
    ck_assert(eval_ilsvrc_from_wnid("n01440764", &index) && index == 0);
    ck_assert(!eval_ilsvrc_from_id(0, &index) && !eval_ilsvrc_from_id(1001, &index));
    ck_assert(!eval_ilsvrc_from_wnid("n01440765", &index));
    ck_assert(!eval_ilsvrc_from_wnid("n0144076x", &index));
    ck_assert(!eval_ilsvrc_from_wnid("n99999999", &index));
    eval_ilsvrc_wnid(999, wnid);
    ck_assert_str_eq(wnid, "n15075141");
    for (size_t i = 0; i < EVAL_ILSVRC_CLASSES; i++) {
        bool found = false;
        eval_ilsvrc_wnid(i, wnid);
        ck_assert(eval_ilsvrc_from_wnid(wnid, &index) && index == i);
        for (size_t id = 1; id <= EVAL_ILSVRC_CLASSES && !found; id++)
            found = eval_ilsvrc_from_id(id, &index) && index == i;
        ck_assert(found);
    }
}
END_TEST

START_TEST(predictions_of_the_development_kit)
{
    struct eval_predictions p = { 0 };
    ck_assert_int_eq(eval_predictions_parse(BYTES("1 0 0 9 9\nn02119789 1 2 3 4 1000 5 6 7 8\n"),
                                            false, &p, NULL),
                     ECAM_OK);
    ck_assert_uint_eq(p.n, 2);
    ck_assert_uint_eq(p.most_guesses, 2);
    ck_assert_uint_eq(p.guess[0][0].class_index, 278);
    ck_assert_uint_eq(p.guess[1][0].class_index, 278);
    ck_assert(p.guess[1][1].box.y1 == 8);
    eval_predictions_free(&p);
    ck_assert_int_eq(eval_predictions_parse(BYTES("999 0 0 9 9\n"), true, &p, NULL), ECAM_OK);
    ck_assert_uint_eq(p.guess[0][0].class_index, 999);
    eval_predictions_free(&p);
}
END_TEST

START_TEST(predictions_that_are_none)
{
    static const struct {
        const char *text, *want;
        bool is_index;
    } cases[] = {
        { "0 0 0 9 9\n", "line 1: label '0', expected 1 to 1000 or a WNID", false },
        { "1000 0 0 9 9\n", "expected 0 to 999 or a WNID", true },
        { "1.5 0 0 9 9\n", "label '1.5'", false },
        { "-1 0 0 9 9\n", "label '-1'", true },
        { "1 0 0 9\n", "after label 1 expected x0 y0 x1 y1", false },
        { "1 0 0 9 x\n", "after label 1", false },
        { "1 0 0 9 9 1 0 0 9 9 1 0 0 9 9 1 0 0 9 9 1 0 0 9 9 1 0 0 9 9\n", "more than 5 boxes",
          false },
    };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(cases); i++) {
        struct eval_predictions p = { 0 };
        struct ecam_error err = { .text = "" };
        ck_assert_int_eq(eval_predictions_parse(BYTES(cases[i].text), cases[i].is_index, &p, &err),
                         ECAM_ERR_FORMAT);
        ck_assert_msg(strstr(err.text, cases[i].want) != NULL, "%s", err.text);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { lines_of_any_ending,
                                   lines_not_to_be_believed,
                                   numbers_are_whole_words,
                                   kaggles_solution,
                                   solutions_that_are_none,
                                   lists_of_images,
                                   stems,
                                   two_orders_of_the_classes,
                                   predictions_of_the_development_kit,
                                   predictions_that_are_none };
    return tu_main("truth", tests, sizeof tests / sizeof *tests);
}
