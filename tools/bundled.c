/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bundled.h"

#if ECAM_EMBED_MODEL

/* models/bundled.S */
extern const unsigned char ecam_bundled_model[];
extern const uint64_t ecam_bundled_model_size;

enum ecam_status bundled_load(const struct ecam_limits *limits, struct ecam_model **out,
                              struct ecam_error *err)
{
    return ecam_model_load_mem(ecam_bundled_model, (size_t)ecam_bundled_model_size, "bundled model",
                               limits, out, err);
}

const char *bundled_name(void)
{
    return "bundled";
}

size_t bundled_bytes(void)
{
    return (size_t)ecam_bundled_model_size;
}

#else

#include <stdlib.h>

enum ecam_status bundled_load(const struct ecam_limits *limits, struct ecam_model **out,
                              struct ecam_error *err)
{
    return ecam_model_load(bundled_name(), limits, out, err);
}

const char *bundled_name(void)
{
    const char *path = getenv("EIGENCAM_MODEL");
    return path != NULL && path[0] != '\0' ? path : ECAM_DEFAULT_MODEL;
}

size_t bundled_bytes(void)
{
    return 0;
}

#endif
