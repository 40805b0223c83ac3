/* SPDX-License-Identifier: BSD-2-Clause
 * The child sends a head (status, size, error text) and then the pixels through a
 * pipe; the parent believes nothing in them that it has not checked. */
#include "tools/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define BASE_SECONDS 20           /* of CPU, for any picture */
#define PIXELS_PER_SECOND 4194304 /* a tenth of what the slowest JPEG here needs */
#define BASE_BYTES (256u << 20)   /* address space beside what the decoder asks for */

/* A sanitizer's shadow memory is address space too. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

struct head {
    enum ecam_status status;
    uint64_t h, w;
    struct ecam_error err;
};

/* Between pipe() and the closing of its writing end no other thread may fork: its
 * child would hold this pipe open. */
static pthread_mutex_t forking = PTHREAD_MUTEX_INITIALIZER;

static bool read_exactly(int fd, void *to, size_t n)
{
    uint8_t *at = to;
    while (n > 0) {
        const ssize_t got = read(fd, at, n);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool write_exactly(int fd, const void *from, size_t n)
{
    const uint8_t *at = from;
    while (n > 0) {
        const ssize_t put = write(fd, at, n);
        if (put >= 0) {
            at += put;
            n -= (size_t)put;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* ---- In the child ---- */

static void lower_limit(int which, uint64_t soft, uint64_t hard)
{
    struct rlimit limit;
    if (getrlimit(which, &limit) != 0)
        return;
    limit.rlim_max = hard < limit.rlim_max ? (rlim_t)hard : limit.rlim_max;
    limit.rlim_cur = soft < limit.rlim_max ? (rlim_t)soft : limit.rlim_max;
    setrlimit(which, &limit);
}

/* Bytes of address space now in use, from /proc; 0 where there is none (a chroot). */
static uint64_t address_space(void)
{
    char text[64];
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t used_at_start;

void fence_allow(uint64_t pixels, uint64_t bytes)
{
    lower_limit(RLIMIT_CPU, BASE_SECONDS + pixels / PIXELS_PER_SECOND, RLIM_INFINITY);
    if (used_at_start != 0 && !IS_SANITIZED)
        lower_limit(RLIMIT_AS, used_at_start + BASE_BYTES + bytes, RLIM_INFINITY);
}

_Noreturn static void be_child(int fd, fence_work_fn *work, void *context)
{
    /* The parent's handlers tidy up the parent's files. What it ignores (nohup) stays. */
    const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(signals); i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            signal(signals[i], SIG_DFL);
    }
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXCPU, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    used_at_start = address_space();
    lower_limit(RLIMIT_CORE, 0, 0);
    lower_limit(RLIMIT_FSIZE, 0, 0);  /* writes no file */
    lower_limit(RLIMIT_NOFILE, 0, 0); /* opens none */
    fence_allow(0, 0);

    struct head head = { .status = ECAM_OK };
    struct image image = { 0 };
    head.status = work(context, &image, &head.err);
    head.h = image.h;
    head.w = image.w;
    const bool is_sent =
        write_exactly(fd, &head, sizeof head) &&
        (head.status != ECAM_OK || write_exactly(fd, image.rgb, image.h * image.w * 3));
    _exit(is_sent ? 0 : 1); /* no atexit, no stdio buffers of the parent */
}

/* ---- In the parent ---- */

/* Signals stay blocked until the child has its own handlers. */
static pid_t start_child(int *fd, fence_work_fn *work, void *context)
{
    int ends[2];
    sigset_t all, old;
    sigfillset(&all);
    pthread_mutex_lock(&forking);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid_t child = -1;
    int error = 0;
    if (pipe(ends) != 0) {
        error = errno;
    } else {
        child = fork();
        if (child == 0) {
            close(ends[0]);
            be_child(ends[1], work, context);
        }
        error = errno;
        close(ends[1]);
        if (child < 0)
            close(ends[0]);
        else
            *fd = ends[0];
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_unlock(&forking);
    errno = error;
    return child;
}

static enum ecam_status receive(int fd, uint64_t max_pixels, struct image *out, bool *is_whole,
                                struct ecam_error *err)
{
    struct head head;
    *is_whole = read_exactly(fd, &head, sizeof head);
    if (!*is_whole)
        return ECAM_ERR_FORMAT;
    if (head.status != ECAM_OK) {
        head.err.text[sizeof head.err.text - 1] = '\0';
        return ecam_fail(err, head.status, "%s", head.err.text);
    }
    if (head.h == 0 || head.w == 0 || head.h > max_pixels / head.w) {
        *is_whole = false;
        return ECAM_ERR_FORMAT;
    }
    const size_t bytes = (size_t)(head.h * head.w) * 3;
    uint8_t *rgb = malloc(bytes);
    if (rgb == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu bytes of pixels", bytes);
    *is_whole = read_exactly(fd, rgb, bytes);
    if (!*is_whole) {
        free(rgb);
        return ECAM_ERR_FORMAT;
    }
    *out = (struct image){ .rgb = rgb, .h = (size_t)head.h, .w = (size_t)head.w };
    return ECAM_OK;
}

static enum ecam_status tell_end(const char *name, int how, struct ecam_error *err)
{
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%s stopped: it took too long", name);
    if (WIFSIGNALED(how))
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s stopped by signal %d", name, WTERMSIG(how));
    return ecam_fail(err, ECAM_ERR_FORMAT, "%s ended without a picture", name);
}

enum ecam_status fence_run(fence_work_fn *work, void *context, const char *name,
                           uint64_t max_pixels, struct image *out, struct ecam_error *err)
{
    int fd = -1, how = 0;
    bool is_whole = false;
    const pid_t child = start_child(&fd, work, context);
    if (child < 0)
        return ecam_fail(err, ECAM_ERR_IO, "%s cannot be started: %s", name, strerror(errno));
    const enum ecam_status status = receive(fd, max_pixels, out, &is_whole, err);
    close(fd); /* a child that still writes gets SIGPIPE and ends */
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR) { /* the program ignores SIGCHLD: there is nothing to wait for */
            how = 0;
            break;
        }
    return is_whole ? status : tell_end(name, how, err);
}
