/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tdir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tu.h"

static char folder[128];

void tdir_open(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ecam-test-XXXXXX", base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

const char *tdir_path(const char *name, char out[TDIR_PATH])
{
    snprintf(out, TDIR_PATH, "%s/%s", folder, name);
    return out;
}

/* Counts the files; removes them too. */
static size_t walk(bool remove_them)
{
    size_t n = 0;
    char path[TDIR_PATH + 256];
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (remove_them)
            ck_assert_int_eq(remove(path), 0);
        n++;
    }
    closedir(dir);
    return n;
}

size_t tdir_count(void)
{
    return walk(false);
}

void tdir_close(void)
{
    walk(true);
    ck_assert_int_eq(rmdir(folder), 0);
}

uint8_t *tdir_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}
