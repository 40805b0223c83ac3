/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/error.h"
#include "tests/unit/tu.h"
#include "tools/fence.h"

static enum ecam_status draw(void *context, struct image *out, struct ecam_error *err)
{
    const unsigned seed = *(const unsigned *)context;
    (void)err;
    out->h = 311;
    out->w = 401;
    out->rgb = malloc(out->h * out->w * 3);
    for (size_t i = 0; i < out->h * out->w * 3; i++)
        out->rgb[i] = (uint8_t)(i * 31 + seed);
    return ECAM_OK;
}

static enum ecam_status complain(void *context, struct image *out, struct ecam_error *err)
{
    (void)context;
    (void)out;
    return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "too pretty");
}

static enum ecam_status die(void *context, struct image *out, struct ecam_error *err)
{
    (void)out;
    (void)err;
    signal(*(const int *)context, SIG_DFL); /* a sanitizer may watch it */
    raise(*(const int *)context);
    return ECAM_OK;
}

static enum ecam_status leave(void *context, struct image *out, struct ecam_error *err)
{
    (void)context;
    (void)out;
    (void)err;
    _exit(0);
}

static enum ecam_status boast(void *context, struct image *out, struct ecam_error *err)
{
    (void)context;
    (void)err;
    static uint8_t some[3];
    *out = (struct image){ .rgb = some, .h = (size_t)1 << 40, .w = (size_t)1 << 40 };
    return ECAM_OK;
}

/* Writes a file and opens one: both are forbidden inside. */
static enum ecam_status touch(void *context, struct image *out, struct ecam_error *err)
{
    (void)context;
    const int fd = dup(STDIN_FILENO);
    const DIR *dir = opendir("/");
    if (fd >= 0 || dir != NULL)
        return ecam_fail(err, ECAM_ERR_IO, "opened something");
    unsigned seed = 1;
    return draw(&seed, out, err);
}

static enum ecam_status run(fence_work_fn *work, void *context, struct image *out,
                            struct ecam_error *err)
{
    return fence_run(work, context, "test decoder", 1 << 20, out, err);
}

static size_t open_files(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    return n;
}

START_TEST(a_picture_comes_out_whole)
{
    unsigned seed = 5;
    struct image got = { 0 };
    ck_assert_int_eq(run(draw, &seed, &got, NULL), ECAM_OK);
    ck_assert_uint_eq(got.h, 311);
    ck_assert_uint_eq(got.w, 401);
    for (size_t i = 0; i < got.h * got.w * 3; i++)
        tu_assert(got.rgb[i] == (uint8_t)(i * 31 + 5));
    image_free(&got);
}
END_TEST

START_TEST(an_error_comes_out_in_its_words)
{
    struct image got = { 0 };
    struct ecam_error err;
    ck_assert_int_eq(run(complain, NULL, &got, &err), ECAM_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.text, "too pretty");
    ck_assert_ptr_null(got.rgb);
}
END_TEST

START_TEST(a_crash_is_an_error_that_names_the_signal)
{
    static const int signals[] = { SIGSEGV, SIGABRT, SIGFPE, SIGKILL };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int number = signals[i];
        struct image got = { 0 };
        struct ecam_error err;
        ck_assert_int_eq(run(die, &number, &got, &err), ECAM_ERR_FORMAT);
        ck_assert_ptr_nonnull(strstr(err.text, "test decoder stopped by signal "));
        ck_assert_int_eq(atoi(strrchr(err.text, ' ')), signals[i]);
    }
}
END_TEST

START_TEST(running_out_of_time_is_a_limit)
{
    int number = SIGXCPU;
    struct image got = { 0 };
    struct ecam_error err;
    ck_assert_int_eq(run(die, &number, &got, &err), ECAM_ERR_LIMIT);
    ck_assert_str_eq(err.text, "test decoder stopped: it took too long");
}
END_TEST

START_TEST(leaving_without_a_word_is_an_error)
{
    struct image got = { 0 };
    struct ecam_error err;
    ck_assert_int_eq(run(leave, NULL, &got, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "test decoder ended without a picture");
}
END_TEST

START_TEST(a_size_that_cannot_be_is_not_believed)
{
    struct image got = { 0 };
    ck_assert_int_eq(run(boast, NULL, &got, NULL), ECAM_ERR_FORMAT);
    ck_assert_ptr_null(got.rgb);
}
END_TEST

START_TEST(inside_no_file_can_be_opened)
{
    struct image got = { 0 };
    struct ecam_error err = { 0 };
    ck_assert_msg(run(touch, NULL, &got, &err) == ECAM_OK, "%s", err.text);
    image_free(&got);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
    const size_t before = open_files();
    int number = SIGSEGV;
    unsigned seed = 1;
    for (int i = 0; i < 20; i++) {
        struct image got = { 0 };
        run(die, &number, &got, NULL);
        run(complain, NULL, &got, NULL);
        ck_assert_int_eq(run(draw, &seed, &got, NULL), ECAM_OK);
        image_free(&got);
    }
    ck_assert_uint_eq(open_files(), before);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child, not even a dead one */
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(a_program_that_ignores_its_children_gets_its_picture)
{
    unsigned seed = 2;
    struct image got = { 0 };
    signal(SIGCHLD, SIG_IGN);
    ck_assert_int_eq(run(draw, &seed, &got, NULL), ECAM_OK);
    image_free(&got);
    ck_assert_int_eq(run(leave, NULL, &got, NULL), ECAM_ERR_FORMAT);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

static void nothing(int number)
{
    (void)number;
}

START_TEST(interrupted_calls_go_on)
{
    const struct sigaction action = { .sa_handler = nothing }; /* no SA_RESTART */
    sigaction(SIGUSR1, &action, NULL);
    const pid_t self = getpid(), nagger = fork();
    if (nagger == 0) {
        for (;;) {
            kill(self, SIGUSR1);
            nanosleep(&(const struct timespec){ .tv_nsec = 200000 }, NULL);
        }
    }
    for (unsigned i = 0; i < 50; i++) {
        struct image got = { 0 };
        ck_assert_int_eq(run(draw, &i, &got, NULL), ECAM_OK);
        ck_assert_uint_eq(got.rgb[0], (uint8_t)i);
        image_free(&got);
    }
    kill(nagger, SIGKILL);
    waitpid(nagger, NULL, 0);
}
END_TEST

static void *many(void *context)
{
    unsigned seed = *(const unsigned *)context;
    int number = SIGSEGV;
    size_t failures = 0;
    for (int i = 0; i < 25; i++) {
        struct image got = { 0 };
        failures += run(draw, &seed, &got, NULL) != ECAM_OK || got.rgb[0] != (uint8_t)seed;
        image_free(&got);
        failures += run(die, &number, &got, NULL) != ECAM_ERR_FORMAT;
    }
    return failures == 0 ? context : NULL;
}

START_TEST(many_threads_decode_at_the_same_time)
{
    pthread_t threads[4];
    unsigned seeds[4] = { 10, 20, 30, 40 };
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, many, &seeds[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        ck_assert_ptr_eq(result, &seeds[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_picture_comes_out_whole,
        an_error_comes_out_in_its_words,
        a_crash_is_an_error_that_names_the_signal,
        running_out_of_time_is_a_limit,
        leaving_without_a_word_is_an_error,
        a_size_that_cannot_be_is_not_believed,
        inside_no_file_can_be_opened,
        nothing_is_left_behind,
        a_program_that_ignores_its_children_gets_its_picture,
        interrupted_calls_go_on,
        many_threads_decode_at_the_same_time,
    };
    return tu_main("fence", tests, sizeof tests / sizeof *tests);
}
