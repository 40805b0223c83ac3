/* SPDX-License-Identifier: BSD-2-Clause
 * A folder for one test, removed with all that is in it. */
#ifndef ECAM_TFOLDER_H
#define ECAM_TFOLDER_H

#include "tests/unit/tu.h"

void tfolder_new(void);
const char *tfolder_path(const char *name); /* valid until the next call */
size_t tfolder_count(void);                 /* files in it, hidden ones too */
void tfolder_free(void);

#endif /* ECAM_TFOLDER_H */
