/* SPDX-License-Identifier: BSD-2-Clause
 * The model that is used where no -m is given. */
#ifndef ECAM_TOOLS_BUNDLED_H
#define ECAM_TOOLS_BUNDLED_H

#include <stddef.h>

#include "engine/ecam.h"

/* Loads the model carried inside the program; in a program built without one, the
 * file $EIGENCAM_MODEL or the installed default.safetensors. */
enum ecam_status bundled_load(const struct ecam_limits *limits, struct ecam_model **out,
                              struct ecam_error *err);

/* What stands for it in messages and JSON: "bundled", or the file's path. */
const char *bundled_name(void);

/* Bytes carried inside the program; 0: none. */
size_t bundled_bytes(void);

#endif /* ECAM_TOOLS_BUNDLED_H */
