/* SPDX-License-Identifier: BSD-2-Clause
 * Bounded reads; writes into a temporary file beside the target, renamed when whole. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "tools/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/error.h"

#define FIRST_READ 65536 /* of what does not tell its size */
#define BUFFER_BYTES 65536
#define MAX_WRITERS 64 /* open at the same time */
#define MAX_TEMP_PATH 4096
#define MAX_TRIES 1000 /* for a free temporary name */

/* Names of temporary files, where a signal handler finds them. The strings stay in
 * place, so that a handler on another thread never reads freed memory. */
enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LIVE };
static struct slot {
    atomic_int state;
    char path[MAX_TEMP_PATH];
} slots[MAX_WRITERS];
static atomic_uint serial;

struct file_writer {
    int fd;
    bool is_stdout;    /* which is not ours to close */
    int error;         /* errno of the first failure, or 0 */
    struct slot *slot; /* the temporary file; NULL where bytes go straight to the target */
    char *target;      /* where the temporary file goes: `path` with its links followed */
    char *path;        /* as the caller names it */
    size_t used;       /* of buffer */
    uint8_t buffer[BUFFER_BYTES];
};

static enum ecam_status fail_errno(struct ecam_error *err, const char *path, const char *what,
                                   int number)
{
    const enum ecam_status status = number == ENOMEM ? ECAM_ERR_NOMEM : ECAM_ERR_IO;
    ecam_fail(err, status, "%s: %s", what, strerror(number));
    return ecam_error_at(err, status, path);
}

static ssize_t read_some(int fd, uint8_t *at, size_t n)
{
    ssize_t got;
    do
        got = read(fd, at, n < SSIZE_MAX ? n : SSIZE_MAX);
    while (got < 0 && errno == EINTR);
    return got;
}

/* One byte more than max is enough to know that there are too many. */
static enum ecam_status read_all(int fd, size_t expected, uint64_t max_bytes, uint8_t **out,
                                 size_t *size, struct ecam_error *err, const char *path)
{
    enum ecam_status status = ECAM_OK;
    size_t room = 0, used = 0;
    uint8_t *bytes = NULL;
    for (;;) {
        if (used == room) {
            const size_t more = room == 0 ? expected : room;
            const bool fits = more < SIZE_MAX - room;
            uint8_t *grown = fits ? realloc(bytes, room + more + 1) : NULL;
            if (grown == NULL) {
                ecam_fail(err, ECAM_ERR_NOMEM, "no memory for more than %zu bytes", used);
                status = ecam_error_at(err, ECAM_ERR_NOMEM, path);
                goto out;
            }
            bytes = grown;
            room += more + 1; /* 1: the end of a file of the size expected is seen at once */
        }
        const ssize_t got = read_some(fd, bytes + used, room - used);
        if (got < 0) {
            status = fail_errno(err, path, "cannot be read", errno);
            goto out;
        }
        used += (size_t)got;
        if (used > max_bytes) {
            ecam_fail(err, ECAM_ERR_LIMIT, "more than the limit of %llu bytes",
                      (unsigned long long)max_bytes);
            status = ecam_error_at(err, ECAM_ERR_LIMIT, path);
            goto out;
        }
        if (got == 0)
            break;
    }
    *out = bytes;
    *size = used;
    bytes = NULL;
out:
    free(bytes);
    return status;
}

enum ecam_status file_read(const char *path, uint64_t max_bytes, uint8_t **out, size_t *size,
                           struct ecam_error *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, name, "cannot be opened", errno);

    enum ecam_status status = ECAM_OK;
    struct stat info;
    size_t expected = FIRST_READ;
    if (fstat(fd, &info) != 0) {
        status = fail_errno(err, name, "cannot be read", errno);
    } else if (S_ISDIR(info.st_mode)) {
        status = fail_errno(err, name, "cannot be read", EISDIR);
    } else if (S_ISREG(info.st_mode) && !is_stdin) {
        const uint64_t told = (uint64_t)info.st_size;
        if (told > max_bytes || told >= SIZE_MAX) {
            ecam_fail(err, ECAM_ERR_LIMIT, "%llu bytes, the limit is %llu",
                      (unsigned long long)told, (unsigned long long)max_bytes);
            status = ecam_error_at(err, ECAM_ERR_LIMIT, name);
        }
        expected = (size_t)told;
    }
    if (status == ECAM_OK)
        status = read_all(fd, expected, max_bytes, out, size, err, name);
    if (!is_stdin)
        close(fd);
    return status;
}

static struct slot *take_slot(void)
{
    for (size_t i = 0; i < MAX_WRITERS; i++) {
        int expected = SLOT_FREE;
        if (atomic_compare_exchange_strong(&slots[i].state, &expected, SLOT_TAKEN))
            return &slots[i];
    }
    return NULL;
}

/* The kernel applies the umask to 0666, as it would to the target itself. */
static int open_temp(const char *target, struct slot *slot)
{
    const char *slash = strrchr(target, '/');
    const size_t folder = slash == NULL ? 0 : (size_t)(slash - target) + 1;
    if (folder > MAX_TEMP_PATH - 64) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(slot->path, target, folder);
    for (int i = 0; i < MAX_TRIES; i++) {
        snprintf(slot->path + folder, MAX_TEMP_PATH - folder, ".eigencam-%ld-%u.tmp",
                 (long)getpid(), atomic_fetch_add(&serial, 1));
        /* Known to the handler before it exists; removing what is not there is harmless. */
        atomic_store(&slot->state, SLOT_LIVE);
        const int fd = open(slot->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
        atomic_store(&slot->state, SLOT_TAKEN);
    }
    return -1;
}

/* Opens w->fd, through a temporary file or straight. 0 or an errno. */
static int open_target(struct file_writer *w)
{
    struct stat info;
    if (strcmp(w->path, "-") == 0) {
        w->fd = STDOUT_FILENO;
        w->is_stdout = true;
        return 0;
    }
    if (stat(w->path, &info) == 0) {
        if (!S_ISREG(info.st_mode)) { /* a folder fails here with the right reason */
            w->fd = open(w->path, O_WRONLY | O_CLOEXEC);
            return w->fd < 0 ? errno : 0;
        }
        if (access(w->path, W_OK) != 0)
            return errno;
        w->target = realpath(w->path, NULL); /* a link stays, its target is replaced */
    } else {
        w->target = strdup(w->path);
    }
    if (w->target == NULL)
        return errno;
    w->slot = take_slot();
    if (w->slot == NULL)
        return EMFILE;
    w->fd = open_temp(w->target, w->slot);
    if (w->fd >= 0)
        return 0;
    const int error = errno;
    atomic_store(&w->slot->state, SLOT_FREE);
    w->slot = NULL;
    return error;
}

enum ecam_status file_writer_open(const char *path, struct file_writer **out,
                                  struct ecam_error *err)
{
    struct file_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return fail_errno(err, path, "cannot be written", ENOMEM);
    w->fd = -1;
    w->path = strdup(path);
    const int error = w->path == NULL ? ENOMEM : open_target(w);
    if (error != 0) {
        file_writer_abort(w);
        return fail_errno(err, path, "cannot be created", error);
    }
    *out = w;
    return ECAM_OK;
}

static void write_all(struct file_writer *w, const uint8_t *bytes, size_t size)
{
    while (w->error == 0 && size > 0) {
        const ssize_t put = write(w->fd, bytes, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (put >= 0) {
            bytes += put;
            size -= (size_t)put;
        } else if (errno != EINTR) {
            w->error = errno;
        }
    }
}

void file_writer_put(struct file_writer *w, const void *bytes, size_t size)
{
    if (size > BUFFER_BYTES - w->used) {
        write_all(w, w->buffer, w->used);
        w->used = 0;
    }
    if (size >= BUFFER_BYTES) {
        write_all(w, bytes, size);
    } else if (size > 0) {
        memcpy(w->buffer + w->used, bytes, size);
        w->used += size;
    }
}

enum ecam_status file_writer_commit(struct file_writer *w, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    write_all(w, w->buffer, w->used);
    if (!w->is_stdout && close(w->fd) != 0 && w->error == 0)
        w->error = errno;
    w->fd = -1;
    if (w->error == 0 && w->slot != NULL) {
        if (rename(w->slot->path, w->target) == 0) {
            atomic_store(&w->slot->state, SLOT_FREE);
            w->slot = NULL;
        } else {
            w->error = errno;
        }
    }
    if (w->error != 0)
        status = fail_errno(err, w->path, "cannot be written", w->error);
    file_writer_abort(w);
    return status;
}

void file_writer_abort(struct file_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0 && !w->is_stdout)
        close(w->fd);
    if (w->slot != NULL) {
        unlink(w->slot->path);
        atomic_store(&w->slot->state, SLOT_FREE);
    }
    free(w->target);
    free(w->path);
    free(w);
}

void file_writer_cleanup_on_signal(void)
{
    const int saved = errno;
    for (size_t i = 0; i < MAX_WRITERS; i++)
        if (atomic_load(&slots[i].state) == SLOT_LIVE)
            unlink(slots[i].path);
    errno = saved;
}
