/* SPDX-License-Identifier: BSD-2-Clause
 * Which cases of the ONNX backend test data are run, told from a model's nodes alone: the
 * importer is not asked, so that what it refuses by mistake is a failure. */
#ifndef ECAM_ONNX_RULE_H
#define ECAM_ONNX_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "weights/onnx.h"

#define MAX_REASON 160
#define MAX_CASE_NODES 256

/* A model's nodes, and the operators of the list among them. */
struct onnx_case {
    struct ecam_onnx_model model;
    struct ecam_onnx_node nodes[MAX_CASE_NODES];
    size_t n_nodes;
    const char *ops[MAX_CASE_NODES]; /* each once */
    size_t n_ops;
};

/* The operators that docs/onnx.md promises; ends with NULL. */
extern const char *const onnx_listed_ops[];

/* Reads a model; false: it is none. To be freed in any case. */
bool onnx_case_read(const unsigned char *bytes, size_t size, struct onnx_case *out);
void onnx_case_free(struct onnx_case *c);

/* Whether the case is run. Else why not: it is outside the rule (*is_inside false), or it
 * asks for something that is documented as refused. */
bool onnx_case_is_run(const struct onnx_case *c, bool *is_inside, char reason[MAX_REASON]);

#endif /* ECAM_ONNX_RULE_H */
