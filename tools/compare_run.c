/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/compare_run.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/outnames.h"

#define GROUP_BYTES ((size_t)512 << 20) /* of taps that are kept at a time */
#define CHUNK 4096                      /* floats of a reference that are read at a time */

void compare_rows_free(struct compare_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        free(rows->row[i].fault);
    free(rows->row);
    free(rows->missing);
    ecam_names_free(rows->names);
    *rows = (struct compare_rows){ 0 };
}

bool compare_departs(const struct compare_row *row, double tolerance)
{
    return row->fault != NULL || !(row->result.max_rel <= tolerance);
}

/* ---- Arrays and layers ---- */

static int by_place(const void *a, const void *b)
{
    const struct compare_row *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The name of the model that is meant: the same, or one that 'eigencam tap' would make
 * this file name of. NULL: none. */
static const char *model_name(const struct ecam_names *names, const char *wanted)
{
    const char *found = NULL;
    for (size_t i = 0; i < ecam_names_count(names); i++) {
        char safe[OUTNAME_BYTES];
        const char *name = ecam_names_get(names, i);
        if (strcmp(name, wanted) == 0)
            return name;
        outname_safe(name, safe);
        if (found == NULL && strcmp(safe, wanted) == 0)
            found = name;
    }
    return found;
}

static bool is_output_name(const char *name)
{
    return strcmp(name, "output") == 0 || strcmp(name, "logits") == 0;
}

static enum ecam_status match_array(const struct reference_array *array,
                                    const struct runner *runner, struct compare_rows *rows,
                                    struct ecam_error *err)
{
    struct compare_row row = { .name = array->name, .reference = array->weight };
    row.tap = model_name(rows->names, array->name);
    if (row.tap != NULL) {
        const enum ecam_status status = ecam_names_place(runner->model, row.tap, &row.place, err);
        if (status != ECAM_OK)
            return status;
        row.layer = ecam_names_get(rows->names, row.place);
    } else if (is_output_name(array->name)) {
        row.place = SIZE_MAX;
    } else {
        rows->missing[rows->n_missing++] = array->name;
        return ECAM_OK;
    }
    rows->row[rows->n++] = row;
    return ECAM_OK;
}

enum ecam_status compare_match(const struct reference *reference, const struct runner *runner,
                               struct compare_rows *out, struct ecam_error *err)
{
    struct compare_rows rows = { 0 };
    enum ecam_status status = ecam_names_all(runner->model, &rows.names, err);
    if (status != ECAM_OK)
        return status;
    rows.row = calloc(reference->n + 1, sizeof *rows.row);
    rows.missing = calloc(reference->n + 1, sizeof *rows.missing);
    if (rows.row == NULL || rows.missing == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a table of %zu arrays", reference->n);
    for (size_t i = 0; i < reference->n && status == ECAM_OK; i++)
        status = match_array(&reference->array[i], runner, &rows, err);
    if (status == ECAM_OK && rows.n == 0)
        status = ecam_fail(err, ECAM_ERR_NAME,
                           "none of %zu arrays (%.60s%s) has the name of a layer; 'eigencam "
                           "layers' lists them",
                           reference->n, reference->n == 0 ? "" : reference->array[0].name,
                           reference->n > 1 ? ", ..." : "");
    if (status != ECAM_OK) {
        compare_rows_free(&rows);
        return status;
    }
    qsort(rows.row, rows.n, sizeof *rows.row, by_place);
    for (size_t i = 0; i < rows.n; i++)
        if (rows.row[i].layer != NULL && rows.row[i].place > 0 &&
            (i == 0 || rows.row[i].place != rows.row[i - 1].place))
            rows.n_covered++;
    /* Names come with those of containers after the layers' own. */
    while (rows.n_layers + 1 < ecam_names_count(rows.names)) {
        size_t place;
        if (ecam_names_place(runner->model, ecam_names_get(rows.names, rows.n_layers + 1), &place,
                             NULL) != ECAM_OK ||
            place != rows.n_layers + 1)
            break;
        rows.n_layers++;
    }
    *out = rows;
    return ECAM_OK;
}

/* ---- Running ---- */

struct job {
    const struct runner *runner;
    const struct compare_input *input;
    struct compare_rows *rows;
    bool no_winograd;
};

static void set_fault(struct compare_row *row, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    row->fault = malloc(bytes);
    if (row->fault != NULL)
        memcpy(row->fault, text, bytes);
}

static enum ecam_status compare_values(struct compare_row *row, const struct ecam_tensor *tensor,
                                       struct ecam_error *err)
{
    const struct ecam_weight *reference = row->reference;
    float chunk[CHUNK];
    char text[128 + 2 * ECAM_SHAPE_TEXT], have[ECAM_SHAPE_TEXT], want[ECAM_SHAPE_TEXT];
    row->shape =
        (struct ecam_shape){ tensor->rank, { tensor->n, tensor->c, tensor->h, tensor->w } };
    if (!ecam_weight_is_float(reference)) {
        snprintf(text, sizeof text, "the reference holds %s, expected floats",
                 ecam_dtype_name(reference->dtype));
        set_fault(row, text);
    } else if (!compare_fits(&row->shape, &reference->shape)) {
        snprintf(text, sizeof text, "shape %s, the reference has %s",
                 ecam_shape_text(&row->shape, have), ecam_shape_text(&reference->shape, want));
        set_fault(row, text);
    } else {
        size_t n = 1;
        for (uint32_t i = 0; i < row->shape.rank; i++)
            n *= row->shape.dim[i]; /* fits: the values are in memory */
        for (size_t at = 0; at < n;) {
            const size_t now = ecam_min_size(n - at, CHUNK);
            ecam_weight_read(reference, at, now, chunk);
            compare_add(&row->compare, tensor->data + at, chunk, now);
            at += now;
        }
        row->result = compare_result(&row->compare);
        return ECAM_OK;
    }
    return row->fault != NULL ? ECAM_OK : ecam_fail(err, ECAM_ERR_NOMEM, "a message");
}

/* One session for rows first .. end - 1. */
static enum ecam_status run_session(const struct job *job, size_t first, size_t end,
                                    struct ecam_error *err)
{
    struct compare_row *row = job->rows->row;
    struct ecam_session *session = NULL;
    size_t n_taps = 0;
    const char **taps = calloc(end - first, sizeof *taps);
    if (taps == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the names of layers");
    for (size_t i = first; i < end; i++)
        if (row[i].tap != NULL)
            taps[n_taps++] = row[i].tap;
    const struct ecam_session_options options = {
        .isa = job->runner->isa,
        .goal = (enum ecam_goal)job->runner->run->goal,
        .threads = (unsigned)job->runner->run->threads,
        .stop_after_taps = n_taps == end - first,
        .n = job->input->n,
        .h = job->input->h,
        .w = job->input->w,
        .taps = taps,
        .n_taps = n_taps,
        .no_winograd = job->no_winograd,
    };
    enum ecam_status status = ecam_session_new(job->runner->model, &options, &session, err);
    if (status == ECAM_OK)
        status = ecam_session_run(session, job->input->values, err);
    for (size_t i = first; i < end && status == ECAM_OK; i++) {
        struct ecam_tensor tensor;
        status = row[i].tap != NULL ? ecam_session_tap(session, row[i].tap, &tensor, err)
                                    : ecam_session_output(session, &tensor, err);
        if (status == ECAM_OK)
            status = compare_values(&row[i], &tensor, err);
    }
    if (status == ECAM_OK)
        ecam_session_info(session, &job->rows->info);
    ecam_session_free(session);
    free(taps);
    return status;
}

/* Halves what cannot be run together, so that a layer behind which nothing works
 * leaves the others to be compared. */
static enum ecam_status run_rows(const struct job *job, size_t first, size_t end,
                                 struct ecam_error *err)
{
    struct ecam_error why;
    const size_t middle = first + (end - first) / 2;
    enum ecam_status status = run_session(job, first, end, &why);
    switch (status) {
    case ECAM_OK:
        return ECAM_OK;
    case ECAM_ERR_UNSUPPORTED:
    case ECAM_ERR_SHAPE:
    case ECAM_ERR_LIMIT:
    case ECAM_ERR_NOMEM:
        break;
    default:
        return ecam_fail(err, status, "%s", why.text);
    }
    if (end - first == 1) {
        if (status != ECAM_ERR_NOMEM)
            set_fault(&job->rows->row[first], why.text);
        return job->rows->row[first].fault != NULL ? ECAM_OK
                                                   : ecam_fail(err, status, "%s", why.text);
    }
    status = run_rows(job, first, middle, err);
    return status == ECAM_OK ? run_rows(job, middle, end, err) : status;
}

enum ecam_status compare_run(const struct runner *runner, bool no_winograd,
                             const struct compare_input *input, struct compare_rows *rows,
                             struct ecam_error *err)
{
    const struct job job = { runner, input, rows, no_winograd };
    enum ecam_status status = ECAM_OK;
    for (size_t first = 0, end; first < rows->n && status == ECAM_OK; first = end) {
        size_t bytes = 0, count = 0;
        for (end = first; end < rows->n && (end == first || bytes < GROUP_BYTES); end++)
            if (ecam_shape_count(&rows->row[end].reference->shape, &count))
                bytes += count > GROUP_BYTES / 4 ? GROUP_BYTES : 4 * count;
        status = run_rows(&job, first, end, err);
    }
    return status;
}
