/* SPDX-License-Identifier: BSD-2-Clause
 * The network as a drawing: its blocks one below the other, and in each the layers with
 * their branches side by side. */
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "engine/graph.h"
#include "engine/model.h"
#include "engine/network.h"
#include "tools/output.h"
#include "tools/report.h"

/* Sizes of the drawing. */
enum {
    LEFT = 250,
    CELL_W = 132,
    BOX_W = 120,
    CELL_H = 28,
    BOX_H = 18,
    GAP = 14,
    FIELD = 6,
    MARGIN = 36
};

struct drawing {
    const struct reporter *reporter;
    const struct report_photo *photo;
    const struct ecam_graph *graph;
    const struct ecam_layers *layers;
    size_t *row, *column; /* [n_nodes] within the block */
    size_t *used;         /* [n_nodes] boxes in each row of the block at hand */
    int *x, *y;           /* [n_nodes] of the box */
    bool *is_narrow;      /* [n_nodes] the last of a block */
    cJSON *blocks, *lines, *boxes;
    int width, bottom;
    bool failed;
};

static bool is_explained(const struct drawing *d, uint32_t node)
{
    for (size_t i = 0; i < d->photo->n_layers; i++)
        if (ecam_graph_find(d->graph, d->photo->layer[i].facts.layer) == node)
            return true;
    return false;
}

static void put_box(struct drawing *d, uint32_t node)
{
    const struct ecam_node *n = &d->graph->nodes[node];
    const bool is_marked = is_explained(d, node);
    cJSON *box = page_object(d->boxes, NULL, &d->failed);
    page_format(box, "x", &d->failed, "%d", d->x[node]);
    page_format(box, "y", &d->failed, "%d", d->y[node]);
    page_format(box, "text_x", &d->failed, "%d", d->x[node] + BOX_W / 2);
    page_format(box, "text_y", &d->failed, "%d", d->y[node] + 13);
    page_format(box, "kind", &d->failed, "%.20s%s", n->kind, is_marked ? " \xE2\x97\x86" : "");
    page_string(box, "name", n->name, &d->failed);
    page_string(box, "class", is_marked ? "node marked" : "node", &d->failed);
}

/* What would run behind boxes of its own column goes round them, on the left. */
static void put_line(struct drawing *d, int x1, int y1, int x2, int y2)
{
    const int round = BOX_W, lead = CELL_H;
    cJSON *line = page_object(d->lines, NULL, &d->failed);
    if (x1 == x2 && y2 - y1 > CELL_H + GAP)
        page_format(line, "d", &d->failed, "M%d %dC%d %d %d %d %d %d", x1, y1, x1 - round,
                    y1 + lead, x2 - round, y2 - lead, x2, y2);
    else
        page_format(line, "d", &d->failed, "M%d %dL%d %d", x1, y1, x2, y2);
}

/* The nodes behind `before` up to `last`, through which everything passes. */
static void put_block(struct drawing *d, size_t before, size_t last)
{
    size_t rows = 0;
    memset(d->used, 0, (last - before + 1) * sizeof *d->used);
    for (size_t i = before + 1; i <= last; i++) {
        const struct ecam_node *node = &d->graph->nodes[i];
        d->row[i] = 0;
        for (size_t k = 0; k < node->n_inputs; k++)
            if (node->inputs[k] > before)
                d->row[i] = ecam_max_size(d->row[i], d->row[node->inputs[k]] + 1);
        d->column[i] = d->used[d->row[i]]++;
        rows = ecam_max_size(rows, d->row[i] + 1);
        d->x[i] = LEFT + MARGIN + (int)d->column[i] * CELL_W;
        d->y[i] = d->bottom + FIELD + (int)d->row[i] * CELL_H;
        d->width = d->x[i] + CELL_W > d->width ? d->x[i] + CELL_W : d->width;
    }
    const int height = (int)rows * CELL_H - (CELL_H - BOX_H) + 2 * FIELD;
    char shape[OUT_SHAPE_BYTES];
    cJSON *block = page_object(d->blocks, NULL, &d->failed);
    page_string(block, "name", d->graph->nodes[last].name, &d->failed);
    page_string(block, "shape", out_shape(&ecam_layers_get(d->layers, last - 1)->out, shape),
                &d->failed);
    page_format(block, "y", &d->failed, "%d", d->bottom);
    page_format(block, "height", &d->failed, "%d", height);
    page_format(block, "name_y", &d->failed, "%d", d->bottom + FIELD + 11);
    page_format(block, "shape_y", &d->failed, "%d", d->bottom + FIELD + 23);
    for (size_t i = before + 1; i <= last; i++) {
        const struct ecam_node *node = &d->graph->nodes[i];
        put_box(d, (uint32_t)i);
        for (size_t k = 0; k < node->n_inputs; k++) {
            const size_t from = node->inputs[k];
            const int x = d->x[i] + BOX_W / 2;
            if (from > before)
                put_line(d, d->x[from] + BOX_W / 2, d->y[from] + BOX_H, x, d->y[i]);
            else if (before > 0)
                put_line(d, d->x[before] + BOX_W / 2, d->y[before] + BOX_H, x, d->y[i]);
        }
    }
    d->bottom += height + GAP;
}

static void put_blocks(struct drawing *d)
{
    size_t before = 0;
    for (size_t i = 1; i < d->graph->n_nodes; i++) {
        if (!d->is_narrow[i] && i + 1 < d->graph->n_nodes)
            continue;
        put_block(d, before, i);
        before = i;
    }
}

enum ecam_status report_graph(const struct reporter *reporter, const struct report_photo *photo,
                              cJSON *values, struct ecam_error *err)
{
    const struct ecam_model *model = reporter->runner.model;
    const size_t n = model->network->graph->n_nodes;
    struct ecam_layers *layers = NULL;
    struct drawing d = {
        .reporter = reporter,
        .photo = photo,
        .graph = model->network->graph,
        .row = calloc(n, sizeof(size_t)),
        .column = calloc(n, sizeof(size_t)),
        .used = calloc(n + 1, sizeof(size_t)),
        .x = calloc(n, sizeof(int)),
        .y = calloc(n, sizeof(int)),
        .is_narrow = calloc(n, sizeof(bool)),
        .bottom = GAP,
    };
    enum ecam_status status =
        d.row == NULL || d.column == NULL || d.used == NULL || d.x == NULL || d.y == NULL ||
                d.is_narrow == NULL
            ? ecam_fail(err, ECAM_ERR_NOMEM, "a drawing of %zu layers", n)
            : ecam_layers_new(model, photo->input.h, photo->input.w, &layers, err);
    if (status == ECAM_OK)
        status = report_narrow(d.graph, d.is_narrow, err);
    if (status == ECAM_OK) {
        cJSON *graph = page_object(values, "graph", &d.failed);
        d.layers = layers;
        d.blocks = page_list(graph, "blocks", &d.failed);
        d.lines = page_list(graph, "lines", &d.failed);
        d.boxes = page_list(graph, "boxes", &d.failed);
        put_blocks(&d);
        page_format(graph, "width", &d.failed, "%d", d.width + GAP);
        page_format(graph, "height", &d.failed, "%d", d.bottom);
        page_format(graph, "block_w", &d.failed, "%d", d.width - LEFT);
        page_format(graph, "block_x", &d.failed, "%d", LEFT);
        page_format(graph, "name_x", &d.failed, "%d", LEFT - 8);
        if (d.failed)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "a drawing of %zu layers", n);
    }
    ecam_layers_free(layers);
    free(d.row);
    free(d.column);
    free(d.used);
    free(d.x);
    free(d.y);
    free(d.is_narrow);
    return status;
}
