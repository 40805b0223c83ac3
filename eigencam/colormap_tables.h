/* SPDX-License-Identifier: BSD-2-Clause
 *
 * colormap_tables.h - the colour maps that have no formula. */
#ifndef ECAM_COLORMAP_TABLES_H
#define ECAM_COLORMAP_TABLES_H

#include <stdint.h>

extern const uint8_t ecam_colormap_viridis[256][3], ecam_colormap_inferno[256][3],
    ecam_colormap_magma[256][3], ecam_colormap_turbo[256][3];

#endif /* ECAM_COLORMAP_TABLES_H */
