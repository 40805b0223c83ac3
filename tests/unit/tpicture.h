/* SPDX-License-Identifier: BSD-2-Clause
 * The pictures of tests/fixtures/photo. */
#ifndef ECAM_TPICTURE_H
#define ECAM_TPICTURE_H

#include "tests/unit/tu.h"
#include "tools/image.h"

const char *tpicture_path(const char *name); /* valid until the next call */
/* NAME.ppm: what Pillow reads from NAME. */
void tpicture_expected(const char *name, struct image *out);
/* Fails, naming the picture, unless the sizes are equal and no value differs by
 * more than `most`. */
void tpicture_close(const char *name, const struct image *got, const struct image *want, int most);

#endif /* ECAM_TPICTURE_H */
