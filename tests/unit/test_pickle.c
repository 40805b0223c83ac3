/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "weights/pickle.h"
#include "weights/weights.h"

typedef const struct ecam_pickle_value value;

/* Loads a pickle that is written as a C string with an explicit length. */
static enum ecam_status load(const char *text, size_t n, const struct ecam_limits *limits,
                             struct ecam_pickle **out, struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    struct reader r = reader_new((const uint8_t *)text, n);
    return ecam_pickle_load(&r, "p", &filled, out, err);
}

#define LOAD(text) loaded(text, sizeof(text) - 1)

static struct ecam_pickle *loaded(const char *text, size_t n)
{
    struct ecam_pickle *pickle = NULL;
    struct ecam_error err = { .text = "" };
    ck_assert_msg(load(text, n, NULL, &pickle, &err) == ECAM_OK, "%s", err.text);
    return pickle;
}

static void check_int(const char *text, size_t n, int64_t want)
{
    struct ecam_pickle *pickle = loaded(text, n);
    ck_assert_int_eq(ecam_pickle_root(pickle)->kind, ECAM_PICKLE_INT);
    ck_assert_int_eq(ecam_pickle_root(pickle)->integer, want);
    ecam_pickle_free(pickle);
}
#define CHECK_INT(text, want) check_int(text, sizeof(text) - 1, want)

static void check_text(const char *text, size_t n, const char *want)
{
    struct ecam_pickle *pickle = loaded(text, n);
    ck_assert(ecam_pickle_is_text(ecam_pickle_root(pickle), want));
    ecam_pickle_free(pickle);
}
#define CHECK_TEXT(text, want) check_text(text, sizeof(text) - 1, want)

static void check_refused(const char *text, size_t n, enum ecam_status want, const char *message)
{
    struct ecam_pickle *pickle = NULL;
    struct ecam_error err = { .text = "" };
    ck_assert_int_eq(load(text, n, NULL, &pickle, &err), want);
    ck_assert_ptr_null(pickle);
    ck_assert_msg(strstr(err.text, message) != NULL, "'%s' does not tell '%s'", err.text, message);
}
#define CHECK_REFUSED(text, want, message) check_refused(text, sizeof(text) - 1, want, message)

START_TEST(integers_of_every_opcode_have_their_value)
{
    CHECK_INT("K\xff.", 255);
    CHECK_INT("M\x01\x02.", 513);
    CHECK_INT("J\xff\xff\xff\xff.", -1);
    CHECK_INT("J\x00\x00\x00\x80.", INT32_MIN);
    CHECK_INT("I-42\n.", -42);
    CHECK_INT("L123456789012L\n.", 123456789012);
    CHECK_INT("L7\n.", 7);
    CHECK_INT("\x8a\x00.", 0);
    CHECK_INT("\x8a\x01\xff.", -1);
    CHECK_INT("\x8a\x02\xff\x00.", 255);
    CHECK_INT("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", INT64_MIN);
    CHECK_INT("\x8b\x03\x00\x00\x00\x00\x00\x01.", 65536);
}
END_TEST

START_TEST(truth_values_of_both_kinds_are_known)
{
    struct ecam_pickle *pickle = LOAD("(I01\nI00\n\x88\x89Nt.");
    value *root = ecam_pickle_root(pickle);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(ecam_pickle_item(root, i)->kind, ECAM_PICKLE_BOOL);
        ck_assert_int_eq(ecam_pickle_item(root, i)->integer, i % 2 == 0);
    }
    ck_assert_int_eq(ecam_pickle_item(root, 4)->kind, ECAM_PICKLE_NONE);
    ck_assert_ptr_null(ecam_pickle_item(root, 5));
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(integers_of_more_than_64_bits_keep_their_bytes)
{
    struct ecam_pickle *pickle = LOAD("\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09.");
    value *root = ecam_pickle_root(pickle);
    ck_assert_int_eq(root->kind, ECAM_PICKLE_BIG_INT);
    ck_assert_uint_eq(root->text.n, 9);
    ecam_pickle_free(pickle);
    pickle = LOAD("L1234567890123456789L\n.");
    root = ecam_pickle_root(pickle);
    ck_assert_int_eq(root->kind, ECAM_PICKLE_BIG_INT);
    ck_assert_int_eq(memcmp(root->text.at, "1234567890123456789", root->text.n), 0);
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(texts_of_every_opcode_have_their_bytes)
{
    CHECK_TEXT("X\x02\x00\x00\x00hi.", "hi");
    CHECK_TEXT("\x8c\x02hi.", "hi");
    CHECK_TEXT("\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi.", "hi");
    CHECK_TEXT("U\x02hi.", "hi");
    CHECK_TEXT("T\x02\x00\x00\x00hi.", "hi");
    CHECK_TEXT("C\x02hi.", "hi");
    CHECK_TEXT("B\x02\x00\x00\x00hi.", "hi");
    CHECK_TEXT("\x96\x02\x00\x00\x00\x00\x00\x00\x00hi.", "hi");
    CHECK_TEXT("S'hi'\n.", "hi");
    CHECK_TEXT("S\"a\\'\\n\\\\\\x41\"\n.", "a'\n\\A");
    CHECK_TEXT("Vhi\n.", "hi");
    CHECK_TEXT("V\\u20ac\\u20AC\n.", "\xe2\x82\xac\xe2\x82\xac");
    CHECK_TEXT("V\\u00e9\xe9\\U0001f431\n.", "\xc3\xa9\xc3\xa9\xf0\x9f\x90\xb1");
}
END_TEST

START_TEST(containers_nest_and_dictionaries_give_the_last_value)
{
    struct ecam_pickle *pickle = LOAD("\x80\x02}(U\x01"
                                      "aK\x01U\x01"
                                      "b](K\x02K\x03"
                                      "eU\x01"
                                      "aK\x04uU\x01"
                                      "c)s.");
    value *root = ecam_pickle_root(pickle);
    size_t n = 0;
    ck_assert_int_eq(root->kind, ECAM_PICKLE_DICT);
    ck_assert(ecam_pickle_size(ecam_pickle_get(root, "a"), &n));
    ck_assert_uint_eq(n, 4);
    ck_assert(ecam_pickle_size(ecam_pickle_item(ecam_pickle_get(root, "b"), 1), &n));
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(ecam_pickle_get(root, "c")->kind, ECAM_PICKLE_TUPLE);
    ck_assert_ptr_null(ecam_pickle_get(root, "d"));
    ck_assert_ptr_null(ecam_pickle_get(ecam_pickle_get(root, "b"), "a"));
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(the_memo_gives_the_same_value_again)
{
    struct ecam_pickle *pickle = LOAD("](K\x05\x94q\x01h\x01h\x00j\x01\x00\x00\x00g1\ne.");
    value *root = ecam_pickle_root(pickle);
    ck_assert_uint_eq(root->list.n, 5);
    for (size_t i = 1; i < 5; i++)
        ck_assert_ptr_eq(root->list.items[i], root->list.items[0]);
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(a_call_tells_callee_arguments_and_state)
{
    struct ecam_pickle *pickle = LOAD("ctorch\nSize\n(K\x02K\x03t\x85R}U\x01xK\x01sb.");
    value *root = ecam_pickle_root(pickle);
    ck_assert_int_eq(root->kind, ECAM_PICKLE_OBJECT);
    ck_assert_str_eq(root->object.callee->name, "Size");
    ck_assert_int_eq(root->object.callee->role, ECAM_ROLE_SIZE);
    ck_assert_uint_eq(ecam_pickle_item(root->object.args, 0)->list.n, 2);
    ck_assert_ptr_nonnull(ecam_pickle_get(root->object.state, "x"));
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(objects_of_old_protocols_are_calls_too)
{
    struct ecam_pickle *pickle = LOAD("((cargparse\nNamespace\no(iargparse\nNamespace\nt.");
    value *root = ecam_pickle_root(pickle);
    for (size_t i = 0; i < 2; i++)
        ck_assert_str_eq(ecam_pickle_item(root, i)->object.callee->name, "Namespace");
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(an_ordered_dict_is_a_dictionary_in_both_forms)
{
    struct ecam_pickle *pickle = LOAD("ccollections\nOrderedDict\n)RU\x01"
                                      "aK\x01s}b.");
    ck_assert_ptr_nonnull(ecam_pickle_get(ecam_pickle_root(pickle), "a"));
    ecam_pickle_free(pickle);
    pickle = LOAD("ccollections\nOrderedDict\n(](](U\x01"
                  "aK\x01"
                  "eetR.");
    ck_assert_ptr_nonnull(ecam_pickle_get(ecam_pickle_root(pickle), "a"));
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(persistent_ids_are_listed_in_their_order)
{
    struct ecam_pickle *pickle = LOAD("(K\x07QP12\nt.");
    size_t n = 0;
    ck_assert_uint_eq(ecam_pickle_n_persids(pickle), 2);
    ck_assert(ecam_pickle_size(ecam_pickle_persid(pickle, 0)->inner, &n));
    ck_assert_uint_eq(n, 7);
    ck_assert(ecam_pickle_is_text(ecam_pickle_persid(pickle, 1)->inner, "12"));
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(names_that_are_not_on_the_list_are_refused_with_their_place)
{
    CHECK_REFUSED("cos\nsystem\n(U\x04trueltR.", ECAM_ERR_UNSUPPORTED, "p byte 0: 'os.system'");
    CHECK_REFUSED("NU\x02osU\x06system\x93.", ECAM_ERR_UNSUPPORTED, "p byte 13: 'os.system'");
    CHECK_REFUSED("(ios\nsystem\n.", ECAM_ERR_UNSUPPORTED, "p byte 1: 'os.system'");
    CHECK_REFUSED("cbuiltins\neval\n.", ECAM_ERR_UNSUPPORTED, "'builtins.eval'");
    CHECK_REFUSED("ctorch.nn.modules.conv\nConv2d\n.", ECAM_ERR_UNSUPPORTED, "a whole model");
    CHECK_REFUSED("ctorc\nhSize\n.", ECAM_ERR_UNSUPPORTED, "'torc.hSize'");
    CHECK_REFUSED("ctorch\nSiz\n.", ECAM_ERR_UNSUPPORTED, "'torch.Siz'");
    CHECK_REFUSED("ctorch\nSize2\n.", ECAM_ERR_UNSUPPORTED, "'torch.Size2'");
    CHECK_REFUSED("c\n\n.", ECAM_ERR_UNSUPPORTED, "'.'");
}
END_TEST

START_TEST(opcodes_that_reach_outside_are_refused)
{
    CHECK_REFUSED("\x82\x01.", ECAM_ERR_UNSUPPORTED, "opcode 0x82");
    CHECK_REFUSED("\x83\x01\x00.", ECAM_ERR_UNSUPPORTED, "opcode 0x83");
    CHECK_REFUSED("\x84\x01\x00\x00\x00.", ECAM_ERR_UNSUPPORTED, "opcode 0x84");
    CHECK_REFUSED("\x97.", ECAM_ERR_UNSUPPORTED, "opcode 0x97");
    CHECK_REFUSED("\x98.", ECAM_ERR_UNSUPPORTED, "opcode 0x98");
}
END_TEST

START_TEST(a_mark_cannot_be_popped_through)
{
    CHECK_REFUSED("K\x01(0a.", ECAM_ERR_FORMAT, "p byte 4: the stack is empty");
    CHECK_REFUSED("](a.", ECAM_ERR_FORMAT, "the stack is empty");
}
END_TEST

START_TEST(nesting_is_limited_and_the_limit_can_be_raised)
{
    char text[2 * 300 + 2];
    struct ecam_pickle *pickle = NULL;
    for (size_t depth = 60; depth < 70; depth++) {
        memset(text, ']', depth);
        memset(text + depth, 'a', depth - 1);
        text[2 * depth - 1] = '.';
        const enum ecam_status status = load(text, 2 * depth, NULL, &pickle, NULL);
        ck_assert_int_eq(status, depth <= 65 ? ECAM_OK : ECAM_ERR_LIMIT);
        if (status == ECAM_OK)
            ecam_pickle_free(pickle);
    }
    const struct ecam_limits deep = { .max_nesting = 300 };
    memset(text, ']', 299);
    memset(text + 299, 'a', 298);
    text[597] = '.';
    ck_assert_int_eq(load(text, 598, &deep, &pickle, NULL), ECAM_OK);
    ecam_pickle_free(pickle);
}
END_TEST

START_TEST(a_small_pickle_cannot_ask_for_much_memory)
{
    /* A tuple of 200 items, then doubled again and again by OrderedDict's copy. */
    const struct ecam_limits little = { .max_header_bytes = 4096 };
    char text[4096];
    size_t n = 0;
    struct ecam_pickle *pickle = NULL;
    text[n++] = ']';
    text[n++] = '(';
    for (int i = 0; i < 400; i++) {
        memcpy(text + n, "NN\x86", 3);
        n += 3;
    }
    memcpy(text + n, "eq\x01", 3);
    n += 3;
    const char copy[] = "ccollections\nOrderedDict\nh\x01\x85R";
    while (n + sizeof copy < sizeof text) {
        memcpy(text + n, copy, sizeof copy - 1);
        n += sizeof copy - 1;
    }
    text[n++] = '.';
    ck_assert_int_eq(load(text, n, &little, &pickle, NULL), ECAM_ERR_LIMIT);
}
END_TEST

START_TEST(a_long_pickle_is_cut_by_the_limit_not_by_the_file)
{
    const struct ecam_limits little = { .max_header_bytes = 40 };
    struct ecam_pickle *pickle = NULL;
    struct ecam_error err;
    const char text[] = "T\x32\0\0\0"
                        "12345678901234567890123456789012345678901234567890.";
    ck_assert_int_eq(load(text, sizeof text - 1, &little, &pickle, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "longer than 40 bytes"));
}
END_TEST

START_TEST(the_reader_stands_behind_the_pickle)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    const char two[] = "K\x01.K\x02.";
    struct reader r = reader_new((const uint8_t *)two, sizeof two - 1);
    for (int64_t i = 1; i <= 2; i++) {
        struct ecam_pickle *pickle = NULL;
        ck_assert_int_eq(ecam_pickle_load(&r, "p", &limits, &pickle, NULL), ECAM_OK);
        ck_assert_int_eq(ecam_pickle_root(pickle)->integer, i);
        ecam_pickle_free(pickle);
    }
    ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

START_TEST(sizes_are_not_negative_and_no_truth_values)
{
    struct ecam_pickle *pickle = LOAD("(K\x05J\xff\xff\xff\xff\x88NU\x01"
                                      "5t.");
    value *root = ecam_pickle_root(pickle);
    size_t n = 0;
    ck_assert(ecam_pickle_size(ecam_pickle_item(root, 0), &n) && n == 5);
    for (size_t i = 1; i < 6; i++)
        ck_assert(!ecam_pickle_size(ecam_pickle_item(root, i), &n));
    ecam_pickle_free(pickle);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        integers_of_every_opcode_have_their_value,
        truth_values_of_both_kinds_are_known,
        integers_of_more_than_64_bits_keep_their_bytes,
        texts_of_every_opcode_have_their_bytes,
        containers_nest_and_dictionaries_give_the_last_value,
        the_memo_gives_the_same_value_again,
        a_call_tells_callee_arguments_and_state,
        objects_of_old_protocols_are_calls_too,
        an_ordered_dict_is_a_dictionary_in_both_forms,
        persistent_ids_are_listed_in_their_order,
        names_that_are_not_on_the_list_are_refused_with_their_place,
        opcodes_that_reach_outside_are_refused,
        a_mark_cannot_be_popped_through,
        nesting_is_limited_and_the_limit_can_be_raised,
        a_small_pickle_cannot_ask_for_much_memory,
        a_long_pickle_is_cut_by_the_limit_not_by_the_file,
        the_reader_stands_behind_the_pickle,
        sizes_are_not_negative_and_no_truth_values,
    };
    return tu_main("pickle", tests, sizeof tests / sizeof *tests);
}
