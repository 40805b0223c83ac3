/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/file_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/tdir.h"
#include "tests/unit/tu.h"

static struct ecam_error err;

static void expect_content(const char *path, const char *text)
{
    size_t size;
    uint8_t *bytes = tdir_read(path, &size);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_int_eq(memcmp(bytes, text, size), 0);
    free(bytes);
}

START_TEST(a_file_appears_when_it_is_whole)
{
    char path[TDIR_PATH];
    struct ecam_file_out *file = NULL;
    struct stat st;
    tdir_open();
    ck_assert_int_eq(ecam_file_out_open(tdir_path("x", path), &file, &err), ECAM_OK);
    ecam_file_out_put(file, "hello ", 6);
    ecam_file_out_put(file, "world", 5);
    ecam_file_out_patch(file, 1, "a", 1);
    ck_assert_int_ne(stat(path, &st), 0);
    ecam_file_out_put(file, "!", 1);
    ck_assert_int_eq(ecam_file_out_commit(file, &err), ECAM_OK);
    expect_content(path, "hallo world!");
    ck_assert_uint_eq(tdir_count(), 1);
    tdir_close();
}
END_TEST

START_TEST(an_old_file_stays_until_the_new_one_is_whole)
{
    char path[TDIR_PATH];
    struct ecam_file_out *file = NULL;
    tdir_open();
    FILE *old = fopen(tdir_path("x", path), "w");
    ck_assert_ptr_nonnull(old);
    fputs("old", old);
    fclose(old);
    ck_assert_int_eq(ecam_file_out_open(path, &file, &err), ECAM_OK);
    ecam_file_out_put(file, "new", 3);
    expect_content(path, "old");
    ecam_file_out_abort(file);
    expect_content(path, "old");
    ck_assert_uint_eq(tdir_count(), 1);

    ck_assert_int_eq(ecam_file_out_open(path, &file, &err), ECAM_OK);
    ecam_file_out_put(file, "new", 3);
    ck_assert_int_eq(ecam_file_out_commit(file, &err), ECAM_OK);
    expect_content(path, "new");
    ck_assert_uint_eq(tdir_count(), 1);
    ecam_file_out_abort(NULL);
    tdir_close();
}
END_TEST

START_TEST(two_writers_of_one_file_do_not_meet)
{
    char path[TDIR_PATH];
    struct ecam_file_out *first = NULL, *second = NULL;
    tdir_open();
    ck_assert_int_eq(ecam_file_out_open(tdir_path("x", path), &first, &err), ECAM_OK);
    ck_assert_int_eq(ecam_file_out_open(path, &second, &err), ECAM_OK);
    ecam_file_out_put(first, "first", 5);
    ecam_file_out_put(second, "second", 6);
    ck_assert_int_eq(ecam_file_out_commit(first, &err), ECAM_OK);
    expect_content(path, "first");
    ck_assert_int_eq(ecam_file_out_commit(second, &err), ECAM_OK);
    expect_content(path, "second");
    ck_assert_uint_eq(tdir_count(), 1);
    tdir_close();
}
END_TEST

START_TEST(what_cannot_be_written_is_told)
{
    char path[TDIR_PATH];
    struct ecam_file_out *file = NULL;
    tdir_open();
    ck_assert_int_eq(ecam_file_out_open(tdir_path("no/such/folder", path), &file, &err),
                     ECAM_ERR_IO);
    /* A folder in the place of the target: seen when the file is renamed. */
    ck_assert_int_eq(mkdir(tdir_path("x", path), 0777), 0);
    ck_assert_int_eq(ecam_file_out_open(path, &file, &err), ECAM_OK);
    ck_assert_int_eq(ecam_file_out_commit(file, &err), ECAM_ERR_IO);
    ck_assert_uint_eq(tdir_count(), 1);
    tdir_close();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_file_appears_when_it_is_whole,
        an_old_file_stays_until_the_new_one_is_whole,
        two_writers_of_one_file_do_not_meet,
        what_cannot_be_written_is_told,
    };
    return tu_main("file_out", tests, sizeof tests / sizeof *tests);
}
