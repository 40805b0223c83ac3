/* SPDX-License-Identifier: BSD-2-Clause
 * What is on a picture, as PASCAL VOC and ILSVRC write it down: an XML file a picture. */
#ifndef ECAM_EVAL_ANNOTATION_H
#define ECAM_EVAL_ANNOTATION_H

#include <stdbool.h>

#include "bench/eval/box.h"
#include "engine/ecam.h"

struct eval_object {
    char *name;
    struct eval_box box;
    bool is_difficult;
};

struct eval_annotation {
    char *filename;             /* NULL where there is none */
    size_t w, h;                /* 0: not told */
    struct eval_object *object; /* [n] */
    size_t n, cap;
};

/* Elements in any order; unknown ones are skipped. An object has its own name and box; the
 * parts in it do not count. A box that is incomplete, not finite or ends before it begins
 * is an error. */
enum ecam_status eval_annotation_parse(const uint8_t *bytes, size_t size,
                                       struct eval_annotation *out, struct ecam_error *err);
void eval_annotation_free(struct eval_annotation *annotation); /* empties it */

#endif /* ECAM_EVAL_ANNOTATION_H */
