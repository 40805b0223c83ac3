/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/tfolder.h"
#include "tools/file.h"

static void write_file(const char *path, const char *text)
{
    struct file_writer *w = NULL;
    ck_assert_int_eq(file_writer_open(path, &w, NULL), ECAM_OK);
    file_writer_put(w, text, strlen(text));
    ck_assert_int_eq(file_writer_commit(w, NULL), ECAM_OK);
}

static void expect_file(const char *path, const char *text)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(file_read(path, 1 << 20, &bytes, &size, NULL), ECAM_OK);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_mem_eq(bytes, text, size);
    free(bytes);
}

START_TEST(what_was_written_is_read)
{
    tfolder_new();
    char path[512];
    snprintf(path, sizeof path, "%s", tfolder_path("a.txt"));
    write_file(path, "one");
    expect_file(path, "one");
    write_file(path, "another");
    expect_file(path, "another");
    ck_assert_uint_eq(tfolder_count(), 1);
    tfolder_free();
}
END_TEST

START_TEST(many_pieces_make_one_file)
{
    tfolder_new();
    struct file_writer *w = NULL;
    static uint8_t big[200000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 >> 3);
    ck_assert_int_eq(file_writer_open(tfolder_path("b"), &w, NULL), ECAM_OK);
    for (size_t at = 0, n = 1; at < sizeof big; at += n, n = n * 3 % 70001) {
        if (n > sizeof big - at)
            n = sizeof big - at;
        file_writer_put(w, big + at, n);
    }
    ck_assert_int_eq(file_writer_commit(w, NULL), ECAM_OK);
    uint8_t *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(file_read(tfolder_path("b"), sizeof big, &bytes, &size, NULL), ECAM_OK);
    ck_assert_uint_eq(size, sizeof big);
    ck_assert_mem_eq(bytes, big, size);
    free(bytes);
    tfolder_free();
}
END_TEST

START_TEST(the_target_appears_only_when_it_is_whole)
{
    tfolder_new();
    struct file_writer *w = NULL;
    ck_assert_int_eq(file_writer_open(tfolder_path("c"), &w, NULL), ECAM_OK);
    file_writer_put(w, "half", 4);
    ck_assert_int_ne(access(tfolder_path("c"), F_OK), 0);
    ck_assert_uint_eq(tfolder_count(), 1); /* the temporary file */
    file_writer_abort(w);
    ck_assert_uint_eq(tfolder_count(), 0);
    file_writer_abort(NULL);
    tfolder_free();
}
END_TEST

START_TEST(a_signal_handler_finds_every_temporary_file)
{
    tfolder_new();
    struct file_writer *w[3] = { NULL };
    for (int i = 0; i < 3; i++) {
        char name[] = "x0";
        name[1] = (char)('0' + i);
        ck_assert_int_eq(file_writer_open(tfolder_path(name), &w[i], NULL), ECAM_OK);
    }
    ck_assert_int_eq(file_writer_commit(w[1], NULL), ECAM_OK);
    ck_assert_uint_eq(tfolder_count(), 3);
    file_writer_cleanup_on_signal();
    ck_assert_uint_eq(tfolder_count(), 1);
    ck_assert_int_eq(access(tfolder_path("x1"), F_OK), 0);
    file_writer_abort(w[0]);
    file_writer_abort(w[2]);
    tfolder_free();
}
END_TEST

START_TEST(the_umask_decides_the_mode)
{
    tfolder_new();
    struct stat info;
    const mode_t old = umask(027);
    write_file(tfolder_path("d"), "x");
    umask(old);
    ck_assert_int_eq(stat(tfolder_path("d"), &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0640);
    tfolder_free();
}
END_TEST

START_TEST(a_link_stays_and_its_target_changes)
{
    tfolder_new();
    struct stat info;
    write_file(tfolder_path("real"), "old");
    char link[512];
    snprintf(link, sizeof link, "%s", tfolder_path("link"));
    ck_assert_int_eq(symlink("real", link), 0);
    write_file(link, "new");
    ck_assert_int_eq(lstat(link, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    expect_file(tfolder_path("real"), "new");
    tfolder_free();
}
END_TEST

START_TEST(a_device_is_written_and_not_replaced)
{
    struct stat info;
    write_file("/dev/null", "gone");
    ck_assert_int_eq(stat("/dev/null", &info), 0);
    ck_assert(S_ISCHR(info.st_mode));
}
END_TEST

START_TEST(a_full_disk_is_told_at_the_end)
{
    struct file_writer *w = NULL;
    struct ecam_error err;
    if (access("/dev/full", W_OK) != 0)
        return;
    ck_assert_int_eq(file_writer_open("/dev/full", &w, &err), ECAM_OK);
    file_writer_put(w, "x", 1);
    ck_assert_int_eq(file_writer_commit(w, &err), ECAM_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/dev/full: cannot be written"));
}
END_TEST

START_TEST(a_folder_that_takes_no_files_is_an_error)
{
    struct file_writer *w = NULL;
    struct ecam_error err;
    ck_assert_int_eq(file_writer_open("/proc/no.png", &w, &err), ECAM_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/proc/no.png: cannot be created"));
    ck_assert_int_eq(file_writer_open("/no/such/folder/a.png", &w, &err), ECAM_ERR_IO);
    ck_assert_int_eq(file_writer_open("/", &w, &err), ECAM_ERR_IO);
    ck_assert_ptr_null(w);
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    struct ecam_error err;
    ck_assert_int_eq(file_read("/no/such/file", 9, &bytes, &size, &err), ECAM_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/no/such/file: "));
    ck_assert_int_eq(file_read("/", 9, &bytes, &size, &err), ECAM_ERR_IO);
    ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(more_than_the_limit_is_refused)
{
    tfolder_new();
    uint8_t *bytes = NULL;
    size_t size = 0;
    struct ecam_error err;
    write_file(tfolder_path("e"), "12345");
    ck_assert_int_eq(file_read(tfolder_path("e"), 5, &bytes, &size, &err), ECAM_OK);
    free(bytes);
    ck_assert_int_eq(file_read(tfolder_path("e"), 4, &bytes, &size, &err), ECAM_ERR_LIMIT);
    /* What has no size of its own is stopped on the way. */
    ck_assert_int_eq(file_read("/dev/zero", 300000, &bytes, &size, &err), ECAM_ERR_LIMIT);
    tfolder_free();
}
END_TEST

START_TEST(a_file_that_has_a_temporary_name_is_left_alone)
{
    tfolder_new();
    char name[64];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, ".eigencam-%ld-%d.tmp", (long)getpid(), i);
        FILE *file = fopen(tfolder_path(name), "w");
        fputs("mine", file);
        fclose(file);
    }
    write_file(tfolder_path("f"), "other");
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, ".eigencam-%ld-%d.tmp", (long)getpid(), i);
        expect_file(tfolder_path(name), "mine");
    }
    expect_file(tfolder_path("f"), "other");
    tfolder_free();
}
END_TEST

/* Standard input becomes a pipe into which a child writes n thousand bytes. */
static pid_t feed(int n)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        char block[1000];
        memset(block, 'p', sizeof block);
        for (int i = 0; i < n; i++) {
            if (write(ends[1], block, sizeof block) < 0)
                _exit(1);
            if (i % 50 == 0)
                nanosleep(&(const struct timespec){ .tv_nsec = 20000000 }, NULL);
        }
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return child;
}

static void nothing(int number)
{
    (void)number;
}

START_TEST(a_pipe_is_read_to_its_end_through_signals)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    const struct sigaction action = { .sa_handler = nothing }; /* no SA_RESTART */
    sigaction(SIGUSR1, &action, NULL);
    const pid_t self = getpid(), nagger = fork();
    while (nagger == 0) {
        kill(self, SIGUSR1);
        nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    const pid_t child = feed(300);
    ck_assert_int_eq(file_read("-", 300000, &bytes, &size, NULL), ECAM_OK);
    kill(nagger, SIGKILL);
    waitpid(nagger, NULL, 0);
    ck_assert_uint_eq(size, 300000);
    ck_assert_uint_eq(bytes[299999], 'p');
    free(bytes);
    waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_pipe_of_one_byte_too_many_is_refused)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    struct ecam_error err;
    const pid_t child = feed(3);
    ck_assert_int_eq(file_read("-", 2999, &bytes, &size, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "standard input: more than the limit of 2999"));
    waitpid(child, NULL, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_written_is_read,
        many_pieces_make_one_file,
        the_target_appears_only_when_it_is_whole,
        a_signal_handler_finds_every_temporary_file,
        the_umask_decides_the_mode,
        a_link_stays_and_its_target_changes,
        a_device_is_written_and_not_replaced,
        a_full_disk_is_told_at_the_end,
        a_folder_that_takes_no_files_is_an_error,
        what_cannot_be_read_is_named,
        more_than_the_limit_is_refused,
        a_file_that_has_a_temporary_name_is_left_alone,
        a_pipe_is_read_to_its_end_through_signals,
        a_pipe_of_one_byte_too_many_is_refused,
    };
    return tu_main("file", tests, sizeof tests / sizeof *tests);
}
