/* SPDX-License-Identifier: BSD-2-Clause
 * Table 1: from lines of results to the scores. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/published.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/evaluate_scored.h"

/* ---- In memory ---- */

void scored_free(struct scored *s)
{
    for (size_t m = 0; m < s->n_methods; m++) {
        eval_located_free(&s->method[m]);
        ecam_free(s->name[m]);
    }
    ecam_free(s->method);
    ecam_free(s->name);
    ecam_free(s->class_index);
    ecam_free(s->right);
    ecam_free(s->among);
    *s = (struct scored){ 0 };
}

enum ecam_status scored_new(size_t n, const char *const *names, size_t n_rows, bool with_maps,
                            double centre, struct scored *s, struct ecam_error *err)
{
    const size_t n_methods = n_rows + N_BASELINES;
    enum ecam_status status = ECAM_OK;
    *s = (struct scored){ .images.n = n };
    s->method = ecam_calloc(n_methods, sizeof *s->method);
    s->name = ecam_calloc(n_methods, sizeof *s->name);
    s->class_index = ecam_calloc(ecam_max_size(n, 1), sizeof *s->class_index);
    s->right = ecam_calloc(ecam_max_size(n, 1), sizeof *s->right);
    s->among = ecam_calloc(ecam_max_size(n, 1), sizeof *s->among);
    if (s->method == NULL || s->name == NULL || s->class_index == NULL || s->right == NULL ||
        s->among == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", n);
    for (size_t m = 0; m < n_methods && status == ECAM_OK; m++) {
        char centred[64];
        snprintf(centred, sizeof centred, "centred box, %g of the sides", centre);
        const char *name = m < n_rows ? names[m] : m == n_rows ? centred : "whole image";
        status = eval_located_new(n, with_maps && m < n_rows, &s->method[m], err);
        s->name[m] = ecam_strdup(name);
        s->n_methods++;
        if (status == ECAM_OK && s->name[m] == NULL)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "the name of a method");
    }
    s->images.class_index = s->class_index;
    if (status != ECAM_OK)
        scored_free(s);
    return status;
}

/* ---- Reading a line ---- */

#define MAX_TRUTH 4096

static bool read_hits(const cJSON *runs, struct eval_bits *bits)
{
    if (!cJSON_IsArray(runs))
        return false;
    for (const cJSON *run = runs->child; run != NULL; run = run->next) {
        double ends[2];
        if (!evaluate_numbers(run, ends, 2) || !(ends[0] >= 0) || !(ends[0] <= ends[1]) ||
            !(ends[1] < EVAL_PERCENTS))
            return false;
        for (unsigned t = (unsigned)ends[0]; t <= (unsigned)ends[1]; t++)
            eval_bits_set(bits, t);
    }
    return true;
}

static bool read_map(const cJSON *map, struct eval_located *method, size_t i)
{
    const cJSON *hits = evaluate_member(map, "hits");
    const cJSON *hit = evaluate_member(map, "point_hit");
    const cJSON *energy = evaluate_member(map, "energy");
    for (int k = 0; k < EVAL_N_OVERLAPS; k++) {
        char key[8];
        snprintf(key, sizeof key, "%u", eval_overlap[k]);
        if (!read_hits(evaluate_member(hits, key), &method->hit[k][i]))
            return false;
    }
    method->point[i] = cJSON_IsBool(hit) ? (double)cJSON_IsTrue(hit) : (double)NAN;
    method->energy[i] = cJSON_IsNumber(energy) ? energy->valuedouble : (double)NAN;
    return true;
}

void scored_set_baselines(struct scored *s, size_t i, size_t w, size_t h, double centre,
                          const struct eval_box *truth, size_t n)
{
    const struct eval_box centred = eval_centred_box(w, h, centre);
    const struct eval_box whole = eval_centred_box(w, h, 1);
    eval_located_fixed(&s->method[s->n_methods - 2], i, &centred, truth, n);
    eval_located_fixed(&s->method[s->n_methods - 1], i, &whole, truth, n);
}

/* A miss for every method, and no map to speak of. */
static void set_failed(struct scored *s, size_t i)
{
    s->n_failed++;
    for (size_t m = 0; m + N_BASELINES < s->n_methods; m++)
        s->method[m].point[i] = s->method[m].energy[i] = (double)NAN;
}

/* Classes by their name, in the order of their coming. */
struct classes {
    char **name;
    size_t n, cap;
};

static bool find_class(struct classes *classes, const char *name, size_t *out)
{
    for (*out = 0; *out < classes->n; ++*out)
        if (strcmp(classes->name[*out], name) == 0)
            return true;
    if (!ecam_reserve((void **)&classes->name, &classes->cap, classes->n, sizeof *classes->name))
        return false;
    classes->name[classes->n] = ecam_strdup(name);
    return classes->name[classes->n++] != NULL;
}

static enum ecam_status read_line(struct results *results, size_t i, double centre,
                                  struct classes *classes, struct scored *s, struct ecam_error *err)
{
    cJSON *line = NULL;
    struct eval_box truth[64], *all = truth;
    double size[2], box[4];
    enum ecam_status status = results_line(results, i, &line, err);
    if (status != ECAM_OK)
        return status;
    const cJSON *boxes = evaluate_member(line, "truth"), *maps = evaluate_member(line, "maps");
    const cJSON *rank = evaluate_member(line, "rank");
    const char *name = cJSON_GetStringValue(evaluate_member(line, "class"));
    const size_t n = (size_t)(cJSON_IsArray(boxes) ? cJSON_GetArraySize(boxes) : 0);
    size_t k = 0, m = 0;
    if (evaluate_member(line, "error") != NULL) {
        set_failed(s, i);
        goto out;
    }
    if (n == 0 || n > MAX_TRUTH || !evaluate_numbers(evaluate_member(line, "size"), size, 2) ||
        !(size[0] >= 1) || !(size[1] >= 1)) {
        status = evaluate_bad_line(results, i, "truth", err);
        goto out;
    }
    if (n > ECAM_ARRAY_LEN(truth))
        all = ecam_calloc(n, sizeof *all);
    if (all == NULL || name == NULL || !find_class(classes, name, &s->class_index[i])) {
        status = name == NULL ? evaluate_bad_line(results, i, "class", err)
                              : ecam_fail(err, ECAM_ERR_NOMEM, "scores");
        goto out;
    }
    for (const cJSON *b = boxes->child; b != NULL; b = b->next) {
        if (!evaluate_numbers(b, box, 4)) {
            status = evaluate_bad_line(results, i, "truth", err);
            goto out;
        }
        all[k++] = (struct eval_box){ box[0], box[1], box[2], box[3] };
    }
    s->right[i] = cJSON_IsNumber(rank) && rank->valuedouble == 1;
    s->among[i] = cJSON_IsNumber(rank) && rank->valuedouble >= 1;
    for (const cJSON *map = maps == NULL ? NULL : maps->child;
         map != NULL && m + N_BASELINES < s->n_methods; map = map->next, m++)
        if (!read_map(map, &s->method[m], i))
            break;
    if (m + N_BASELINES != s->n_methods)
        status = evaluate_bad_line(results, i, "maps", err);
    scored_set_baselines(s, i, (size_t)size[0], (size_t)size[1], centre, all, n);
out:
    if (all != truth)
        ecam_free(all);
    cJSON_Delete(line);
    return status;
}

/* The names of the rows, borrowed from the header. */
static enum ecam_status row_names(const struct results *results, const char ***out, size_t *n,
                                  struct ecam_error *err)
{
    const cJSON *rows = evaluate_member(results_header(results), "rows");
    *n = (size_t)(cJSON_IsArray(rows) ? cJSON_GetArraySize(rows) : 0);
    *out = ecam_calloc(ecam_max_size(*n, 1), sizeof **out);
    if (*out == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu rows", *n);
    for (size_t i = 0; i < *n; i++) {
        (*out)[i] = cJSON_GetStringValue(cJSON_GetArrayItem(rows, (int)i));
        if ((*out)[i] == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: line 1: 'rows' is no list of names",
                             results_path(results));
    }
    return ECAM_OK;
}

static enum ecam_status read_scored(struct results *results, double centre, struct scored *s,
                                    struct ecam_error *err)
{
    struct classes classes = { 0 };
    const char **names = NULL;
    size_t n_rows = 0;
    *s = (struct scored){ 0 };
    enum ecam_status status = row_names(results, &names, &n_rows, err);
    if (status == ECAM_OK)
        status = scored_new(results_count(results), names, n_rows, true, centre, s, err);
    if (status == ECAM_OK && cJSON_IsTrue(evaluate_member(results_header(results), "classes"))) {
        s->images.class_right = s->right;
        s->images.class_among_likeliest = s->among;
    }
    for (size_t i = 0; i < s->images.n && status == ECAM_OK; i++)
        status = read_line(results, i, centre, &classes, s, err);
    for (size_t c = 0; c < classes.n; c++)
        ecam_free(classes.name[c]);
    ecam_free(classes.name);
    ecam_free(names);
    if (status != ECAM_OK)
        scored_free(s);
    return status;
}

/* ---- Tables ---- */

struct eval_table *scored_table(const char *title, bool has_maps)
{
    static const char *const columns[] = { "model",           "method",         "threshold",
                                           "top-1 loc error", "GT-known error", "top-5 loc error",
                                           "class error" };
    static const char *const map_columns[] = {
        "GT-known, crossed", "MaxBoxAcc",          "at",    "MaxBoxAccV2",
        "pointing",          "pointing, by class", "energy"
    };
    struct eval_table *table = eval_table_new(title);
    for (size_t i = 0; table != NULL && i < ECAM_ARRAY_LEN(columns); i++)
        if (has_maps || i != 2) /* predictions are boxes: nothing to compare with a threshold */
            eval_table_column(table, columns[i]);
    for (size_t i = 0; table != NULL && has_maps && i < ECAM_ARRAY_LEN(map_columns); i++)
        eval_table_column(table, map_columns[i]);
    return table;
}

void scored_add(struct eval_table *table, const char *model, const char *name,
                const struct eval_localization_scores *scores, bool is_map, bool has_maps,
                int decimals)
{
    eval_table_row(table);
    eval_table_text(table, "%s", model);
    eval_table_text(table, "%s", name);
    if (is_map)
        eval_table_text(table, "%u %%", scores->percent);
    else if (has_maps)
        eval_table_text(table, "%s", "");
    eval_table_percent(table, &scores->top1_error, decimals);
    eval_table_percent(table, &scores->known_error, decimals);
    eval_table_percent(table, &scores->top5_error, decimals);
    eval_table_percent(table, &scores->class_error, decimals);
    if (!has_maps)
        return;
    const struct eval_interval none = { 0 };
    eval_table_percent(table, is_map ? &scores->known_crossed : &none, decimals);
    eval_table_percent(table, &scores->max_box_acc, decimals);
    if (is_map)
        eval_table_text(table, "%u %%", scores->max_box_percent);
    else
        eval_table_text(table, "%s", "");
    eval_table_percent(table, &scores->max_box_acc_v2, decimals);
    eval_table_percent(table, &scores->point, decimals);
    eval_table_percent(table, &scores->point_by_class, decimals);
    eval_table_percent(table, &scores->energy, decimals);
}

/* The errors at each threshold of the paper's range. */
static void add_sweep(struct eval_table *table, const char *model, const char *name,
                      const struct eval_localization_scores *scores, bool has_classes)
{
    for (int known = has_classes ? 0 : 1; known < 2; known++) {
        const double *error = known ? scores->known_by_percent : scores->top1_by_percent;
        eval_table_row(table);
        eval_table_text(table, "%s", model);
        eval_table_text(table, "%s", name);
        eval_table_text(table, known ? "GT-known" : "top-1 loc");
        for (int t = 0; t < EVAL_N_PERCENTS; t++)
            eval_table_number(table, 100 * error[t], 2);
    }
}

static void add_notes(struct eval_table *table, const struct results *results,
                      const struct scored *s)
{
    const cJSON *total = evaluate_member(results_header(results), "images");
    const size_t n_total = cJSON_IsNumber(total) ? (size_t)total->valuedouble : 0;
    eval_table_note(table, "%s: %zu images, in %% with 95 %% bootstrap intervals.",
                    results_path(results), s->images.n);
    if (s->n_failed > 0)
        eval_table_note(table, "%zu of %zu images could not be evaluated; they count as misses.",
                        s->n_failed, s->images.n);
    if (s->images.n < n_total)
        eval_table_note(table, "%zu images of %zu are not evaluated yet.", n_total - s->images.n,
                        n_total);
}

static unsigned percent_of(const struct results *results)
{
    const cJSON *percent = evaluate_member(results_header(results), "threshold");
    return cJSON_IsNumber(percent) && percent->valuedouble >= 0 && percent->valuedouble <= 100
               ? (unsigned)percent->valuedouble
               : EVAL_LAST_PERCENT;
}

enum ecam_status evaluate_localization_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct eval_table *table = scored_table("localization (Table 1)", true);
    struct eval_table *sweep = eval_table_new("errors by threshold, % of the map's maximum");
    if (table == NULL || sweep == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a table");
    for (int i = 0; i < 3 && status == ECAM_OK; i++)
        eval_table_column(sweep, i == 0 ? "model" : i == 1 ? "method" : "error");
    for (unsigned t = EVAL_FIRST_PERCENT; t <= EVAL_LAST_PERCENT && status == ECAM_OK; t++) {
        char name[8];
        snprintf(name, sizeof name, "%u", t);
        eval_table_column(sweep, name);
    }
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        struct scored s;
        char model[EVALUATE_MODEL_NAME];
        status = read_scored(results[i], options->centre, &s, err);
        if (status != ECAM_OK)
            break;
        evaluate_model_name(results[i], model);
        for (size_t m = 0; m < s.n_methods && status == ECAM_OK; m++) {
            struct eval_localization_scores scores;
            const bool is_map = s.method[m].point != NULL;
            status =
                eval_localization(&s.images, &s.method[m], percent_of(results[i]), &scores, err);
            if (status != ECAM_OK)
                break;
            scored_add(table, model, s.name[m], &scores, is_map, true, 2);
            if (is_map)
                add_sweep(sweep, model, s.name[m], &scores, s.images.class_right != NULL);
        }
        add_notes(table, results[i], &s);
        scored_free(&s);
    }
    if (status != ECAM_OK) {
        eval_table_free(table);
        eval_table_free(sweep);
        return status;
    }
    status = evaluate_print(table, options->format, err);
    enum ecam_status also = evaluate_print(sweep, options->format, err);
    if (status == ECAM_OK && also == ECAM_OK && options->with_published)
        also = evaluate_print(eval_published(EVAL_LOCALIZATION), options->format, err);
    return status == ECAM_OK ? also : status;
}
