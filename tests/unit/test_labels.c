/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/labels.h"

static enum ecam_status parse(const char *text, struct labels *out)
{
    return labels_parse(text, strlen(text), out, NULL);
}

START_TEST(lines_lose_their_wordnet_number)
{
    struct labels labels;
    ck_assert_int_eq(
        parse("n01440764 tench, Tinca tinca\nn01443537\tgoldfish\r\nn1234567 \tx\nplain", &labels),
        ECAM_OK);
    ck_assert_uint_eq(labels.n, 4);
    ck_assert_str_eq(labels.name[0], "tench, Tinca tinca");
    ck_assert_str_eq(labels.name[1], "goldfish");
    ck_assert_str_eq(labels.name[2], "n1234567 \tx");
    ck_assert_str_eq(labels.name[3], "plain");
    labels_free(&labels);
}
END_TEST

START_TEST(an_empty_line_counts_but_the_last)
{
    struct labels labels;
    ck_assert_int_eq(parse("a\n\nb\n\n", &labels), ECAM_OK);
    ck_assert_uint_eq(labels.n, 3);
    ck_assert_str_eq(labels.name[1], "");
    labels_free(&labels);
}
END_TEST

START_TEST(json_lists_and_objects_are_read)
{
    struct labels labels;
    ck_assert_int_eq(parse(" [\"a\", \"b\"]", &labels), ECAM_OK);
    ck_assert_uint_eq(labels.n, 2);
    ck_assert_str_eq(labels.name[1], "b");
    labels_free(&labels);
    ck_assert_int_eq(parse("{\"1\": [\"n2\", \"b\"], \"0\": \"a\"}", &labels), ECAM_OK);
    ck_assert_str_eq(labels.name[0], "a");
    ck_assert_str_eq(labels.name[1], "b");
    labels_free(&labels);
}
END_TEST

START_TEST(lists_of_imagenet_are_read_in_their_forms)
{
    static const char *const forms[] = {
        "n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n",
        "\xef\xbb\xbfn01440764 tench, Tinca tinca\r\nn01443537 goldfish, Carassius auratus\r\n",
        "tench, Tinca tinca\ngoldfish, Carassius auratus",
        "\xef\xbb\xbf[\"tench, Tinca tinca\", \"goldfish, Carassius auratus\"]",
        "{\"0\": \"tench, Tinca tinca\", \"1\": \"goldfish, Carassius auratus\"}\r\n",
        ("\xef\xbb\xbf\r\n{\"1\": [\"n01443537\", \"goldfish, Carassius auratus\"],\r\n"
         " \"0\": [\"n01440764\", \"tench, Tinca tinca\"]}"),
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct labels labels;
        ck_assert_int_eq(parse(forms[i], &labels), ECAM_OK);
        ck_assert_uint_eq(labels.n, 2);
        ck_assert_str_eq(labels.name[0], "tench, Tinca tinca");
        ck_assert_str_eq(labels.name[1], "goldfish, Carassius auratus");
        labels_free(&labels);
    }
}
END_TEST

START_TEST(what_names_no_classes_is_refused)
{
    static const char *const bad[] = { "",
                                       "\xef\xbb\xbf",
                                       "\xef\xbb\xbf\r\n",
                                       "[]",
                                       "{}",
                                       "[\"a\", 1]",
                                       "[\"a\"",
                                       "{\"0\": \"a\", \"2\": \"b\"}",
                                       "{\"x\": \"a\"}",
                                       "[[]]",
                                       "{\"0\": \"a\", \"0\": \"b\"}" };
    struct labels labels;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(parse(bad[i], &labels), ECAM_ERR_FORMAT);
    ck_assert_int_eq(labels_parse("a\0b", 3, &labels, NULL), ECAM_ERR_FORMAT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lines_lose_their_wordnet_number,  an_empty_line_counts_but_the_last,
        json_lists_and_objects_are_read,  lists_of_imagenet_are_read_in_their_forms,
        what_names_no_classes_is_refused,
    };
    return tu_main("labels", tests, sizeof tests / sizeof *tests);
}
