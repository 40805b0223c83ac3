/* SPDX-License-Identifier: BSD-2-Clause
 * Table 1 in memory: what each image of a file gave, some bytes an image and method. */
#ifndef ECAM_TOOLS_EVALUATE_SCORED_H
#define ECAM_TOOLS_EVALUATE_SCORED_H

#include "bench/eval/localization.h"
#include "bench/eval/table.h"

#define N_BASELINES 2 /* the centred box, the whole image */

struct scored {
    struct eval_located_images images;
    size_t *class_index;
    double *right, *among;
    struct eval_located *method; /* [n_methods]: rows of the file, then the baselines */
    char **name;
    size_t n_methods, n_failed;
};

#define N_BASELINES 2

/* names: of the n_rows methods before the baselines. */
enum ecam_status scored_new(size_t n, const char *const *names, size_t n_rows, bool with_maps,
                            double centre, struct scored *s, struct ecam_error *err);
void scored_free(struct scored *s); /* empties it */

/* The baselines need the picture's size and the true boxes alone. */
void scored_set_baselines(struct scored *s, size_t i, size_t w, size_t h, double centre,
                          const struct eval_box *truth, size_t n);

/* A table with the columns of scores, those of maps too; NULL: no memory. */
struct eval_table *scored_table(const char *title, bool has_maps);

/* A row of it. is_map: it had a threshold. */
void scored_add(struct eval_table *table, const char *model, const char *name,
                const struct eval_localization_scores *scores, bool is_map, bool has_maps,
                int decimals);

#endif /* ECAM_TOOLS_EVALUATE_SCORED_H */
