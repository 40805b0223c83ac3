/* SPDX-License-Identifier: BSD-2-Clause
 * Between the parts of the lesson: report_lesson.c finds and runs what is worked out,
 * report_by_hand.c works out single values, report_directions.c shows filters, feature
 * maps and how the first direction is found. */
#ifndef ECAM_TOOLS_REPORT_LESSON_H
#define ECAM_TOOLS_REPORT_LESSON_H

#include "engine/graph.h"
#include "tools/report.h"

struct lesson {
    const struct reporter *reporter;
    const struct report_photo *photo;
    const struct ecam_graph *graph;
    struct ecam_layers *layers;
    struct ecam_session *session;
    uint32_t conv, pool, dense; /* nodes; ECAM_NO_NODE: there is none */
    uint32_t after[2];          /* what follows the convolution, value by value */
    double hot[2];              /* where the map is hottest, in parts of height and width */
    cJSON *tree;
    bool failed;
};

/* The row of a node in the table of layers. */
const struct ecam_layer_info *lesson_info(const struct lesson *lesson, uint32_t node);
/* What a node gave. */
enum ecam_status lesson_value(const struct lesson *lesson, uint32_t node, struct ecam_tensor *out,
                              struct ecam_error *err);

/* A number of many, of which the largest are shown. */
struct lesson_term {
    size_t at;
    double value;
};
/* For qsort(): the largest magnitude first. */
int lesson_by_size(const void *a, const void *b);

/* Each adds its part to the tree. */
enum ecam_status lesson_put_conv(struct lesson *lesson, struct ecam_error *err);
enum ecam_status lesson_put_pool(struct lesson *lesson, struct ecam_error *err);
enum ecam_status lesson_put_dense(struct lesson *lesson, struct ecam_error *err);
enum ecam_status lesson_put_filters(struct lesson *lesson, struct ecam_error *err);
enum ecam_status lesson_put_features(struct lesson *lesson, const struct ecam_tensor *act,
                                     struct ecam_error *err);
enum ecam_status lesson_put_power(struct lesson *lesson, const struct ecam_tensor *act,
                                  struct ecam_error *err);

#endif /* ECAM_TOOLS_REPORT_LESSON_H */
