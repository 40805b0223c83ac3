/* SPDX-License-Identifier: BSD-2-Clause
 * Table 2: curves of all images of a class, and what is read from them. */
#include <math.h>
#include <string.h>

#include "bench/eval/curve.h"
#include "bench/eval/published.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"

#define MAX_CLASSES 64

enum { TRAIN, TEST, N_SPLITS };

/* One class, all rows: histogram [row][split]. */
struct pool {
    char *name;
    struct eval_histogram *histogram;
    size_t images[N_SPLITS];
};

struct pools {
    struct pool pool[MAX_CLASSES];
    size_t n, n_rows, n_failed;
};

static void pools_free(struct pools *pools)
{
    for (size_t c = 0; c < pools->n; c++) {
        for (size_t i = 0; i < pools->n_rows * N_SPLITS; i++)
            eval_histogram_free(&pools->pool[c].histogram[i]);
        ecam_free(pools->pool[c].histogram);
        ecam_free(pools->pool[c].name);
    }
}

/* That of a class, which is made when it is the first of its class; NULL with an error. */
static struct pool *find_pool(struct pools *pools, const char *name, struct ecam_error *err)
{
    for (size_t c = 0; c < pools->n; c++)
        if (strcmp(pools->pool[c].name, name) == 0)
            return &pools->pool[c];
    if (pools->n == MAX_CLASSES) {
        ecam_fail(err, ECAM_ERR_LIMIT, "more than %d classes", MAX_CLASSES);
        return NULL;
    }
    struct pool *pool = &pools->pool[pools->n];
    enum ecam_status status = ECAM_OK;
    pool->name = ecam_strdup(name);
    pool->histogram =
        ecam_calloc(ecam_max_size(pools->n_rows * N_SPLITS, 1), sizeof *pool->histogram);
    if (pool->name == NULL || pool->histogram == NULL) {
        ecam_free(pool->name);
        ecam_free(pool->histogram);
        ecam_fail(err, ECAM_ERR_NOMEM, "the curves of a class");
        return NULL;
    }
    pools->n++;
    for (size_t i = 0; i < pools->n_rows * N_SPLITS && status == ECAM_OK; i++)
        status = eval_histogram_new(&pool->histogram[i], err);
    return status == ECAM_OK ? pool : NULL;
}

/* One map a row, of the image of line i. */
static enum ecam_status add_maps(const struct results *results, size_t i, const cJSON *maps,
                                 size_t side, struct pools *pools, struct pool *pool,
                                 struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    pool->images[side]++;
    for (size_t r = 0; r < pools->n_rows && status == ECAM_OK; r++) {
        const char *text =
            cJSON_GetStringValue(evaluate_member(cJSON_GetArrayItem(maps, (int)r), "histogram"));
        status = text == NULL
                     ? evaluate_bad_line(results, i, "histogram", err)
                     : eval_histogram_add_packed(&pool->histogram[r * N_SPLITS + side], text, err);
        if (status == ECAM_ERR_FORMAT)
            status = evaluate_bad_line(results, i, "histogram", err);
    }
    return status;
}

static enum ecam_status read_line(struct results *results, size_t i, struct pools *pools,
                                  struct ecam_error *err)
{
    cJSON *line = NULL;
    enum ecam_status status = results_line(results, i, &line, err);
    if (status != ECAM_OK)
        return status;
    const char *name = cJSON_GetStringValue(evaluate_member(line, "class"));
    const char *split = cJSON_GetStringValue(evaluate_member(line, "split"));
    const cJSON *maps = evaluate_member(line, "maps");
    if (evaluate_member(line, "error") != NULL) {
        pools->n_failed++;
        cJSON_Delete(line);
        return ECAM_OK;
    }
    if (name == NULL || split == NULL ||
        (strcmp(split, "train") != 0 && strcmp(split, "test") != 0))
        status = evaluate_bad_line(results, i, "class", err);
    else if (!cJSON_IsArray(maps) || (size_t)cJSON_GetArraySize(maps) != pools->n_rows)
        status = evaluate_bad_line(results, i, "maps", err);
    else {
        struct pool *pool = find_pool(pools, name, err);
        const size_t side = strcmp(split, "test") == 0 ? TEST : TRAIN;
        status = pool == NULL ? err->status : add_maps(results, i, maps, side, pools, pool, err);
    }
    cJSON_Delete(line);
    return status;
}

static void add_percent(struct eval_table *table, double value, bool is_defined)
{
    eval_table_number(table, is_defined ? 100 * value : (double)NAN, 2);
}

/* Means over classes. */
struct means {
    double eer, precision, recall;
    size_t n, n_trained;
};

static void add_class(struct eval_table *table, const char *model, const char *row_name,
                      const struct pool *pool, size_t r, struct means *means)
{
    const struct eval_histogram *test = &pool->histogram[r * N_SPLITS + TEST];
    struct eval_curve train_curve, curve;
    struct eval_point point = { 0 };
    eval_curve(&pool->histogram[r * N_SPLITS + TRAIN], &train_curve);
    eval_curve(test, &curve);
    eval_curve_at(test, train_curve.eer_threshold, &point);
    const bool has_both = curve.is_defined && train_curve.is_defined;
    eval_table_row(table);
    eval_table_text(table, "%s", model);
    eval_table_text(table, "%s", row_name);
    eval_table_text(table, "%s", pool->name);
    eval_table_number(table, (double)pool->images[TEST], 0);
    add_percent(table, curve.eer, curve.is_defined);
    add_percent(table, train_curve.eer_threshold, train_curve.is_defined);
    add_percent(table, point.precision, has_both);
    add_percent(table, point.recall, has_both);
    add_percent(table, curve.best_f, curve.is_defined);
    add_percent(table, curve.best_iou, curve.is_defined);
    if (curve.is_defined) {
        means->eer += curve.eer;
        means->n++;
    }
    if (has_both) {
        means->precision += point.precision;
        means->recall += point.recall;
        means->n_trained++;
    }
}

static void add_mean(struct eval_table *table, const char *model, const char *row_name,
                     const struct means *means)
{
    eval_table_row(table);
    eval_table_text(table, "%s", model);
    eval_table_text(table, "%s", row_name);
    eval_table_text(table, "mean of %zu classes", means->n);
    eval_table_text(table, "%s", "");
    add_percent(table, means->eer / (double)means->n, means->n > 0);
    eval_table_text(table, "%s", "");
    add_percent(table, means->precision / (double)means->n_trained, means->n_trained > 0);
    add_percent(table, means->recall / (double)means->n_trained, means->n_trained > 0);
    eval_table_text(table, "%s", "");
    eval_table_text(table, "%s", "");
}

static enum ecam_status add_results(struct eval_table *table, struct results *results,
                                    struct ecam_error *err)
{
    const cJSON *rows = evaluate_member(results_header(results), "rows");
    enum ecam_status status = ECAM_OK;
    char model[EVALUATE_MODEL_NAME];
    struct pools *pools = ecam_calloc(1, sizeof *pools);
    if (pools == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the curves of classes");
    evaluate_model_name(results, model);
    pools->n_rows = (size_t)(cJSON_IsArray(rows) ? cJSON_GetArraySize(rows) : 0);
    for (size_t i = 0; i < results_count(results) && status == ECAM_OK; i++)
        status = read_line(results, i, pools, err);
    for (size_t r = 0; r < pools->n_rows && status == ECAM_OK; r++) {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(rows, (int)r));
        struct means means = { 0 };
        for (size_t c = 0; c < pools->n; c++)
            add_class(table, model, name == NULL ? "?" : name, &pools->pool[c], r, &means);
        add_mean(table, model, name == NULL ? "?" : name, &means);
    }
    eval_table_note(table,
                    "%s: %zu images; precision and recall over the pooled pixels of a "
                    "class, in %%. Best F and IoU: at the threshold that is best on the test "
                    "images themselves.",
                    results_path(results), results_count(results));
    if (pools->n_failed > 0)
        eval_table_note(table, "%zu of %zu images could not be evaluated; they are left out.",
                        pools->n_failed, results_count(results));
    pools_free(pools);
    ecam_free(pools);
    return status;
}

enum ecam_status evaluate_segmentation_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err)
{
    static const char *const columns[] = { "model",
                                           "method",
                                           "class",
                                           "test images",
                                           "precision at EER",
                                           "train threshold",
                                           "test precision there",
                                           "test recall there",
                                           "best F",
                                           "best IoU" };
    struct eval_table *table = eval_table_new("segmentation (Table 2)");
    enum ecam_status status = table == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a table") : ECAM_OK;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(columns) && status == ECAM_OK; i++)
        eval_table_column(table, columns[i]);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        status = add_results(table, results[i], err);
    if (status != ECAM_OK) {
        eval_table_free(table);
        return status;
    }
    status = evaluate_print(table, options->format, err);
    if (status == ECAM_OK && options->with_published)
        status = evaluate_print(eval_published(EVAL_SEGMENTATION), options->format, err);
    return status;
}
