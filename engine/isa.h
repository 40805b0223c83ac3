/* SPDX-License-Identifier: BSD-2-Clause
 * ISA levels: which there are, which run here. Naming and forcing one is in the
 * public header. */
#ifndef ECAM_ISA_H
#define ECAM_ISA_H

#include <stdbool.h>

#include "engine/ecam.h"

/* True for SCALAR always; for a SIMD level, if this build has it and CPU and
 * system can run it. */
bool ecam_isa_supported(enum ecam_isa isa);

#endif /* ECAM_ISA_H */
