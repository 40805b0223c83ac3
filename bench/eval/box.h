/* SPDX-License-Identifier: BSD-2-Clause
 * Boxes as annotations and predictions give them, and how far two agree. */
#ifndef ECAM_EVAL_BOX_H
#define ECAM_EVAL_BOX_H

/* Pixels, both ends inclusive, counted as the file counts them: from 0 in ILSVRC, from
 * 1 in PASCAL VOC. Real numbers: some annotations have them. */
struct eval_box {
    double x0, y0, x1, y1;
};

static inline double eval_box_area(const struct eval_box *box)
{
    return (box->x1 - box->x0 + 1) * (box->y1 - box->y0 + 1);
}

/* Intersection over union with inclusive pixels: a box from 3 to 5 is three wide. As the
 * development kits of ILSVRC (compute_overlap) and VOC (VOCevaldet) count. */
static inline double eval_iou(const struct eval_box *a, const struct eval_box *b)
{
    const double x0 = a->x0 > b->x0 ? a->x0 : b->x0, x1 = a->x1 < b->x1 ? a->x1 : b->x1;
    const double y0 = a->y0 > b->y0 ? a->y0 : b->y0, y1 = a->y1 < b->y1 ? a->y1 : b->y1;
    if (x1 - x0 + 1 <= 0 || y1 - y0 + 1 <= 0)
        return 0;
    const double both = (x1 - x0 + 1) * (y1 - y0 + 1);
    return both / (eval_box_area(a) + eval_box_area(b) - both);
}

#endif /* ECAM_EVAL_BOX_H */
