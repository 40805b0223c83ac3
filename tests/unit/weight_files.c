/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/weight_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"

const char *wf_path(const char *file, char buf[WF_PATH])
{
    const char *fixtures = getenv("ECAM_FIXTURES");
    const int n =
        snprintf(buf, WF_PATH, "%s/../%s", fixtures != NULL ? fixtures : "tests/fixtures", file);
    ck_assert(n > 0 && n < WF_PATH);
    return buf;
}

uint8_t *wf_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s (run in the source tree or by meson)", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    const long n = ftell(file);
    ck_assert_int_ge(n, 0);
    rewind(file);
    uint8_t *bytes = malloc(n > 0 ? (size_t)n : 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)n, file), (size_t)n);
    fclose(file);
    *size = (size_t)n;
    return bytes;
}

static float value_at(const char *name, size_t i)
{
    size_t sum = 7 * i;
    for (const char *c = name; *c != '\0'; c++)
        sum += (unsigned char)*c;
    return (float)((int)(sum % 31) - 15) / 8.0f;
}

void wf_check_values(const struct ecam_weight_set *set, const char *what)
{
    for (size_t k = 0; k < set->n_items; k++) {
        const struct ecam_weight *w = &set->items[k];
        size_t n;
        ck_assert(ecam_shape_count(&w->shape, &n));
        if (!ecam_weight_is_float(w)) {
            int64_t counter;
            memcpy(&counter, w->data, sizeof counter);
            ck_assert_int_eq(w->dtype, ECAM_DTYPE_I64);
            ck_assert_int_eq(counter, 1000);
            continue;
        }
        float *got = malloc(n * sizeof *got), *want = malloc(n * sizeof *want);
        ck_assert(got != NULL && want != NULL);
        ecam_weight_read(w, 0, n, got);
        for (size_t i = 0; i < n; i++)
            want[i] = value_at(w->name, i);
        char place[256];
        snprintf(place, sizeof place, "%s: %s", what, w->name);
        tu_close(place, got, want, n, 0);
        free(got);
        free(want);
    }
}

void wf_touch(const struct ecam_weight_set *set)
{
    for (size_t k = 0; k < set->n_items; k++) {
        const struct ecam_weight *w = &set->items[k];
        float piece[64];
        size_t n = 0;
        ck_assert(ecam_shape_count(&w->shape, &n));
        for (size_t i = 0; ecam_weight_is_float(w) && i < n; i += 64)
            ecam_weight_read(w, i, n - i < 64 ? n - i : 64, piece);
    }
}

int wf_each(const char *folder, void (*fn)(const char *folder, const char *name))
{
    char path[WF_PATH];
    struct dirent *entry;
    int n = 0;
    DIR *dir = opendir(wf_path(folder, path));
    ck_assert_msg(dir != NULL, "no folder %s", path);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        fn(folder, entry->d_name);
        n++;
    }
    closedir(dir);
    return n;
}
