/* SPDX-License-Identifier: BSD-2-Clause
 * Presets: the ways in which published networks want their photos, by name. Their
 * public face is ecam_preprocess_preset() and its neighbours in engine/ecam.h. */
#ifndef ECAM_WEIGHTS_PRESET_H
#define ECAM_WEIGHTS_PRESET_H

#include "engine/ecam.h"

struct ecam_preset {
    const char *name;
    const char *purpose; /* for a list: whose networks want it */
    struct ecam_preprocess preprocess;
};

/* Every preset; ends with a NULL name. */
extern const struct ecam_preset ecam_presets[];

#endif /* ECAM_WEIGHTS_PRESET_H */
