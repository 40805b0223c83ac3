/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/file_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define MAX_TRIES 100 /* names taken by what earlier, killed runs left behind */
#define SUFFIX_BYTES 48

struct ecam_file_out {
    char *path, *temporary;
    int fd;
    int error; /* errno of the first failure */
};

static void free_file(struct ecam_file_out *file)
{
    ecam_free(file->path);
    ecam_free(file->temporary);
    ecam_free(file);
}

enum ecam_status ecam_file_out_open(const char *path, struct ecam_file_out **out,
                                    struct ecam_error *err)
{
    const size_t bytes = strlen(path) + SUFFIX_BYTES;
    struct ecam_file_out *file = ecam_calloc(1, sizeof *file);
    if (file != NULL) {
        file->path = ecam_strdup(path);
        file->temporary = ecam_alloc(bytes);
    }
    if (file == NULL || file->path == NULL || file->temporary == NULL) {
        if (file != NULL)
            free_file(file);
        return ecam_fail(err, ECAM_ERR_NOMEM, "name of a temporary file");
    }
    for (unsigned i = 0; i < MAX_TRIES; i++) {
        snprintf(file->temporary, bytes, "%s.part-%ld-%u", path, (long)getpid(), i);
        file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0 || errno != EEXIST)
            break;
    }
    if (file->fd < 0) {
        const int error = errno;
        free_file(file);
        return ecam_fail(err, ECAM_ERR_IO, "cannot be written: %s", strerror(error));
    }
    *out = file;
    return ECAM_OK;
}

void ecam_file_out_put(struct ecam_file_out *file, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0 && file->error == 0) {
        const ssize_t done = write(file->fd, p, n);
        if (done < 0 && errno != EINTR)
            file->error = errno;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
}

void ecam_file_out_patch(struct ecam_file_out *file, uint64_t at, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0 && file->error == 0) {
        const ssize_t done = pwrite(file->fd, p, n, (off_t)at);
        if (done < 0 && errno != EINTR)
            file->error = errno;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
            at += (uint64_t)done;
        }
    }
}

enum ecam_status ecam_file_out_commit(struct ecam_file_out *file, struct ecam_error *err)
{
    /* Some file systems tell of a full disk only here. */
    if (file->error == 0 && fsync(file->fd) != 0)
        file->error = errno;
    if (close(file->fd) != 0 && file->error == 0)
        file->error = errno;
    if (file->error == 0 && rename(file->temporary, file->path) != 0)
        file->error = errno;
    const int error = file->error;
    if (error != 0)
        unlink(file->temporary);
    free_file(file);
    return error == 0 ? ECAM_OK
                      : ecam_fail(err, ECAM_ERR_IO, "cannot be written: %s", strerror(error));
}

void ecam_file_out_abort(struct ecam_file_out *file)
{
    if (file == NULL)
        return;
    close(file->fd);
    unlink(file->temporary);
    free_file(file);
}
