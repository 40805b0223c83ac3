/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "weights/tar.h"

#define BLOCK 512

static uint8_t archive[16 * BLOCK];
static size_t used;

static void begin(void)
{
    memset(archive, 0, sizeof archive);
    used = 0;
}

static void seal(uint8_t *header)
{
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

/* Adds a member; returns its header, for a test to change and seal again. */
static uint8_t *add(const char *name, char type, const void *data, size_t n)
{
    uint8_t *header = archive + used;
    ck_assert_uint_le(used + BLOCK + n + BLOCK, sizeof archive);
    memcpy(header, name, strlen(name) < 100 ? strlen(name) : 100);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)n);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar", 6);
    seal(header);
    memcpy(header + BLOCK, data, n);
    used += BLOCK + (n + BLOCK - 1) / BLOCK * BLOCK;
    return header;
}

static enum ecam_status find_one(struct ecam_tar_member *m, const char *name)
{
    *m = (struct ecam_tar_member){ .name = name };
    return ecam_tar_find(archive, used, m, 1, NULL);
}

static void expect(const char *name, const char *data)
{
    struct ecam_tar_member m;
    ck_assert_int_eq(find_one(&m, name), ECAM_OK);
    ck_assert_ptr_nonnull(m.data);
    ck_assert_uint_eq(m.bytes, strlen(data));
    ck_assert_int_eq(memcmp(m.data, data, m.bytes), 0);
}

START_TEST(members_are_found_by_name_and_missing_ones_have_no_data)
{
    struct ecam_tar_member m;
    begin();
    add("a", '0', "first", 5);
    add("b", '\0', "second", 6);
    add("./c", '7', "third", 5);
    expect("a", "first");
    expect("b", "second");
    expect("c", "third");
    ck_assert_int_eq(find_one(&m, "d"), ECAM_OK);
    ck_assert_ptr_null(m.data);
}
END_TEST

START_TEST(folders_and_links_are_no_members)
{
    struct ecam_tar_member m;
    begin();
    add("a", '5', "", 0);
    add("a", '1', "", 0);
    add("a", '2', "", 0);
    add("a", '0', "file", 4);
    expect("a", "file");
    ck_assert_int_eq(find_one(&m, "a"), ECAM_OK);
}
END_TEST

START_TEST(a_pax_header_renames_and_resizes_the_next_member_alone)
{
    begin();
    add("x", 'x', "16 path=renamed\n", 16);
    add("a", '0', "first", 5);
    add("b", '0', "second", 6);
    expect("renamed", "first");
    expect("b", "second");
    begin();
    add("x", 'x', "10 size=3\n19 comment=ignored\n", 29);
    add("a", '0', "first", 5);
    add("b", '0', "second", 6);
    expect("a", "fir");
    expect("b", "second");
}
END_TEST

START_TEST(a_global_pax_header_changes_no_name)
{
    begin();
    add("g", 'g', "16 path=renamed\n", 16);
    add("a", '0', "first", 5);
    expect("a", "first");
}
END_TEST

START_TEST(a_gnu_long_name_counts_for_the_next_member)
{
    begin();
    add("././@LongLink", 'L', "renamed", 8);
    add("a", '0', "first", 5);
    add("b", '0', "second", 6);
    expect("renamed", "first");
    expect("b", "second");
}
END_TEST

START_TEST(a_size_may_be_binary)
{
    begin();
    uint8_t *header = add("a", '0', "first", 5);
    memset(header + 124, 0, 12);
    header[124] = 0x80;
    header[135] = 5;
    seal(header);
    expect("a", "first");
}
END_TEST

START_TEST(a_changed_header_is_refused)
{
    struct ecam_tar_member m;
    begin();
    uint8_t *header = add("a", '0', "first", 5);
    header[0] = 'b';
    ck_assert_int_eq(find_one(&m, "a"), ECAM_ERR_FORMAT);
}
END_TEST

START_TEST(the_end_is_two_blocks_of_zeros_or_the_end_of_the_file)
{
    struct ecam_tar_member m;
    begin();
    add("a", '0', "first", 5);
    expect("a", "first");
    used += 2 * BLOCK;
    add("b", '0', "behind the end", 14);
    ck_assert_int_eq(find_one(&m, "b"), ECAM_OK);
    ck_assert_ptr_null(m.data);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        members_are_found_by_name_and_missing_ones_have_no_data,
        folders_and_links_are_no_members,
        a_pax_header_renames_and_resizes_the_next_member_alone,
        a_global_pax_header_changes_no_name,
        a_gnu_long_name_counts_for_the_next_member,
        a_size_may_be_binary,
        a_changed_header_is_refused,
        the_end_is_two_blocks_of_zeros_or_the_end_of_the_file,
    };
    return tu_main("tar", tests, sizeof tests / sizeof *tests);
}
