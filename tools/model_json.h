/* SPDX-License-Identifier: BSD-2-Clause
 * What a model is and how photos are prepared for it, as JSON. */
#ifndef ECAM_TOOLS_MODEL_JSON_H
#define ECAM_TOOLS_MODEL_JSON_H

#include "engine/ecam.h"
#include "tools/json.h"

struct model_size {
    bool is_known; /* false: the network does not fit its own input size */
    size_t n_layers;
    uint64_t parameters, macs;
};
struct model_size model_size(const struct ecam_model *model);

/* Each writes one object. */
void model_json(struct json *json, const struct ecam_model *model, const char *name);
void preprocess_json(struct json *json, const struct ecam_preprocess *pre);

#endif /* ECAM_TOOLS_MODEL_JSON_H */
