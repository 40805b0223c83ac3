/* SPDX-License-Identifier: BSD-2-Clause
 * PNM: P1 to P6, up to 16 bits. */
#ifndef ECAM_TOOLS_PNM_H
#define ECAM_TOOLS_PNM_H

#include "tools/image.h"

enum ecam_status pnm_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err);

/* Samples are scaled from 0..maxval to 0..255, half to even. The caller has bounded
 * the size. */
enum ecam_status pnm_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err);

#endif /* ECAM_TOOLS_PNM_H */
