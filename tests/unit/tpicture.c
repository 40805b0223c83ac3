/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tpicture.h"

#include <stdio.h>
#include <stdlib.h>

const char *tpicture_path(const char *name)
{
    static char path[1024];
    const char *fixtures = getenv("ECAM_FIXTURES"); /* the build sets it */
    ck_assert_ptr_nonnull(fixtures);
    snprintf(path, sizeof path, "%s/photo/%s", fixtures, name);
    return path;
}

/* Not through our own reader, which is what is tested. */
void tpicture_expected(const char *name, struct image *out)
{
    char ppm[256];
    snprintf(ppm, sizeof ppm, "%s.ppm", name);
    FILE *file = fopen(tpicture_path(ppm), "rb");
    ck_assert_msg(file != NULL, "%s", tpicture_path(ppm));
    ck_assert_int_eq(fscanf(file, "P6 %zu %zu 255", &out->w, &out->h), 2);
    ck_assert_int_eq(fgetc(file), '\n');
    out->rgb = malloc(out->h * out->w * 3);
    ck_assert_ptr_nonnull(out->rgb);
    ck_assert_uint_eq(fread(out->rgb, 3, out->h * out->w, file), out->h * out->w);
    fclose(file);
}

void tpicture_close(const char *name, const struct image *got, const struct image *want, int most)
{
    ck_assert_msg(got->h == want->h && got->w == want->w, "%s: %zu x %zu instead of %zu x %zu",
                  name, got->h, got->w, want->h, want->w);
    for (size_t i = 0; i < 3 * want->h * want->w; i++)
        tu_assert_msg(abs(got->rgb[i] - want->rgb[i]) <= most,
                      "%s: row %zu, column %zu, channel %zu: %d instead of %d", name,
                      i / 3 / want->w, i / 3 % want->w, i % 3, got->rgb[i], want->rgb[i]);
}
