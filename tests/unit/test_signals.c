/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tfolder.h"
#include "tests/unit/tu.h"
#include "tools/file.h"
#include "tools/signals.h"

/* Runs the work in a child with a folder; tells how the child ended, and how many
 * files it left. */
static int run_child(void (*work)(void), size_t *n_files)
{
    int status;
    tfolder_new();
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        work();
        _exit(99); /* the work was to end by a signal */
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    *n_files = tfolder_count();
    tfolder_free();
    return status;
}

static void interrupt_while_writing(void)
{
    struct file_writer *writer;
    signals_begin();
    if (file_writer_open(tfolder_path("target"), &writer, NULL) != ECAM_OK)
        return;
    file_writer_put(writer, "half", 4);
    raise(SIGINT);
}

START_TEST(a_signal_ends_the_program_by_itself_and_removes_temporary_files)
{
    size_t n_files;
    const int status = run_child(interrupt_while_writing, &n_files);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGINT);
    ck_assert_uint_eq(n_files, 0);
}
END_TEST

static void interrupt_while_held(void)
{
    signals_begin();
    signals_hold();
    raise(SIGTERM);
    const int fd = open(tfolder_path("written"), O_CREAT | O_WRONLY, 0600);
    close(fd);
    signals_release();
}

START_TEST(a_held_signal_waits_for_the_release)
{
    size_t n_files;
    const int status = run_child(interrupt_while_held, &n_files);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGTERM);
    ck_assert_uint_eq(n_files, 1);
}
END_TEST

static void write_to_nobody(void)
{
    int ends[2];
    signals_begin();
    if (pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) < 0)
        raise(SIGINT); /* reached: SIGPIPE did not end us */
}

START_TEST(a_reader_who_has_gone_is_an_error_and_no_signal)
{
    size_t n_files;
    const int status = run_child(write_to_nobody, &n_files);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGINT);
}
END_TEST

static void ask_ignored(void)
{
    struct sigaction action = { .sa_handler = SIG_IGN };
    sigaction(SIGHUP, &action, NULL);
    signals_begin();
    raise(SIGHUP);
    raise(SIGINT); /* reached: SIGHUP stayed ignored */
}

START_TEST(what_the_caller_ignores_stays_ignored)
{
    size_t n_files;
    ck_assert_int_eq(WTERMSIG(run_child(ask_ignored, &n_files)), SIGINT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_signal_ends_the_program_by_itself_and_removes_temporary_files,
        a_held_signal_waits_for_the_release,
        a_reader_who_has_gone_is_an_error_and_no_signal,
        what_the_caller_ignores_stays_ignored,
    };
    return tu_main("signals", tests, sizeof tests / sizeof *tests);
}
