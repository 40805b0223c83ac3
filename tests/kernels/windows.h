/* SPDX-License-Identifier: BSD-2-Clause
 * The shapes on which the kernels with a sliding window are checked. */
#ifndef ECAM_KCHECK_WINDOWS_H
#define ECAM_KCHECK_WINDOWS_H

#include "layers/kernels/kernels.h"

struct window_case {
    size_t in_h, in_w, out_h, out_w;
    struct ecam_window win;
    char name[80]; /* "56x56_k3x3_s2x2_d1x1_p1_1_1_1" */
};

#define WINDOW_TIMED 5 /* the first cases: real layers */
#define WINDOW_KINDS 22
#define WINDOW_WIDTHS 25
#define WINDOW_CASES (WINDOW_TIMED + 2 * WINDOW_KINDS * WINDOW_WIDTHS)

/* Case i < WINDOW_CASES, or false where the window is larger than the padded plane. */
bool window_case(size_t i, struct window_case *out);

#endif /* ECAM_KCHECK_WINDOWS_H */
