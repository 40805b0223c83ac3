/* SPDX-License-Identifier: BSD-2-Clause
 * What a JPEG's or PNG's header tells beside the pixels. exif_orientation() is
 * declared in image.h. */
#ifndef ECAM_TOOLS_EXIF_H
#define ECAM_TOOLS_EXIF_H

#include "engine/ecam.h"

struct jpeg_facts {
    unsigned orientation; /* 1 to 8 */
    unsigned process;     /* of the frame: 0 baseline to 15; 2 is progressive */
    unsigned components;  /* of the frame; 0 where no frame was found */
    bool has_adobe;       /* an APP14 marker of Adobe: four components are inverted CMYK */
    bool has_scan;
    bool is_whole;        /* no segment reaches beyond the end of the file */
    bool is_huffman_sane; /* no table of more codes than there are values, none cut */
};

/* Walks the markers of the whole file. Damage ends the walk. */
struct jpeg_facts jpeg_facts(const uint8_t *bytes, size_t size);

#endif /* ECAM_TOOLS_EXIF_H */
