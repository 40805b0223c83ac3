/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/photo_options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/error.h"
#include "tools/mean_file.h"
#include "tools/numbers.h"
#include "tools/output.h"

#define MAX_PIXELS 65536 /* a side */

/* ---- Values ---- */

bool photo_set_preset(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    const char *name;
    int used = snprintf(why, CLI_WHY_BYTES, "expected one of");
    for (size_t i = 0; (name = ecam_preprocess_preset_name(i, NULL)) != NULL; i++) {
        if (strcmp(name, value) == 0) {
            *(const char **)to = name;
            return true;
        }
        if (used < CLI_WHY_BYTES)
            used += snprintf(why + used, CLI_WHY_BYTES - (size_t)used, " %s", name);
    }
    return false;
}

static bool set_squash(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct photo_size *squash = to;
    snprintf(why, CLI_WHY_BYTES, "expected HxW, as in 224x224, at most %d a side", MAX_PIXELS);
    return number_size(value, &squash->h, &squash->w) && squash->h <= MAX_PIXELS &&
           squash->w <= MAX_PIXELS;
}

static bool set_triple(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct photo_triple *triple = to;
    char part[64];
    snprintf(why, CLI_WHY_BYTES, "expected three numbers, as in 0.485,0.456,0.406");
    for (int i = 0; i < 3; i++) {
        double real;
        const size_t len = strcspn(value, ",");
        if (len >= sizeof part || (value[len] == ',') != (i < 2))
            return false;
        memcpy(part, value, len);
        part[len] = '\0';
        if (!number_real(part, &real) || real > 1e6 || real < -1e6)
            return false;
        triple->value[i] = (float)real;
        value += len + (i < 2);
    }
    triple->file = NULL;
    return triple->is_given = true;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* The name of a file, or else numbers. */
static bool set_mean(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct photo_triple *triple = to;
    const bool has_comma = strchr(value, ',') != NULL;
    double number;
    if (!ends_with(value, ".npy") && !ends_with(value, ".binaryproto") &&
        (has_comma || value[0] == '\0' || number_real(value, &number)))
        return set_triple(value, to, why);
    triple->file = value;
    return triple->is_given = true;
}

static bool set_std(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    const struct photo_triple *triple = to;
    if (!set_triple(value, to, why))
        return false;
    snprintf(why, CLI_WHY_BYTES, "each must be above 0");
    return triple->value[0] > 0 && triple->value[1] > 0 && triple->value[2] > 0;
}

struct cli_group photo_options(struct photo_options *photo, struct cli_option *table)
{
    static const char *const filters[] = { "bilinear", "bicubic", NULL };
    const struct cli_option options[PHOTO_OPTIONS] = {
        { .name = "preset", .kind = CLI_CALL, .to = &photo->preset, .call = photo_set_preset },
        { .name = "resize", .kind = CLI_COUNT, .to = &photo->resize, .max = MAX_PIXELS },
        { .name = "squash", .kind = CLI_CALL, .to = &photo->squash, .call = set_squash },
        { .name = "crop", .kind = CLI_COUNT, .to = &photo->crop, .max = MAX_PIXELS },
        { .name = "scale", .kind = CLI_REAL, .to = &photo->scale, .min = 1e-6, .max = 1e6 },
        { .name = "mean", .kind = CLI_CALL, .to = &photo->mean, .call = set_mean },
        { .name = "std", .kind = CLI_CALL, .to = &photo->std, .call = set_std },
        { .name = "bgr", .kind = CLI_FLAG, .to = &photo->is_bgr },
        { .name = "rgb", .kind = CLI_FLAG, .to = &photo->is_rgb },
        { .name = "filter", .kind = CLI_CHOICE, .to = &photo->filter, .choices = filters },
    };
    *photo =
        (struct photo_options){ .resize = PHOTO_NOT_GIVEN, .crop = PHOTO_NOT_GIVEN, .filter = -1 };
    memcpy(table, options, sizeof options);
    return (struct cli_group){ table, PHOTO_OPTIONS };
}

const char *photo_options_fault(const struct photo_options *photo)
{
    if (photo->is_bgr && photo->is_rgb)
        return "--bgr and --rgb exclude each other";
    if (photo->squash.h != 0 && photo->resize != PHOTO_NOT_GIVEN)
        return "--squash and --resize exclude each other";
    return NULL;
}

/* ---- What they make of a preprocessing ---- */

enum ecam_status photo_preset(const char *name, const struct ecam_model *model,
                              struct ecam_preprocess *out, struct ecam_error *err)
{
    size_t c, h, w;
    struct ecam_preprocess pre;
    if (ecam_preprocess_preset(name, &pre) != ECAM_OK)
        return ecam_fail(err, ECAM_ERR_NAME, "no preset is named '%s'", name);
    ecam_model_input(model, &c, &h, &w);
    ecam_preprocess_fit(&pre, h, w);
    *out = pre;
    return ECAM_OK;
}

static enum ecam_status read_mean(const char *path, const struct ecam_limits *limits, bool is_quiet,
                                  struct ecam_preprocess *pre, struct ecam_error *err)
{
    struct mean_file file;
    char shape[OUT_SHAPE_BYTES];
    const enum ecam_status status = mean_file_read(path, limits, &file, err);
    if (status != ECAM_OK)
        return status;
    memcpy(pre->mean, file.mean, sizeof pre->mean);
    if (!is_quiet)
        out_say("%s: an array of %s, by channel %.7g %.7g %.7g", path,
                out_shape(&file.shape, shape), (double)file.mean[0], (double)file.mean[1],
                (double)file.mean[2]);
    return ECAM_OK;
}

static void apply_sizes(const struct photo_options *photo, struct ecam_preprocess *pre)
{
    if (photo->resize != PHOTO_NOT_GIVEN) {
        pre->resize = photo->resize == 0 ? ECAM_RESIZE_NONE : ECAM_RESIZE_SHORT;
        pre->resize_h = (uint32_t)photo->resize;
        pre->resize_w = 0;
    }
    if (photo->squash.h != 0) {
        pre->resize = ECAM_RESIZE_SQUASH;
        pre->resize_h = (uint32_t)photo->squash.h;
        pre->resize_w = (uint32_t)photo->squash.w;
        pre->crop_h = pre->crop_w = 0;
    }
    if (photo->crop != PHOTO_NOT_GIVEN)
        pre->crop_h = pre->crop_w = (uint32_t)photo->crop;
    if (photo->filter >= 0)
        pre->filter = (enum ecam_filter)photo->filter;
}

enum ecam_status photo_options_apply(const struct photo_options *photo,
                                     const struct ecam_model *model,
                                     const struct ecam_limits *limits, bool is_quiet,
                                     struct ecam_preprocess *out, bool *is_changed,
                                     struct ecam_error *err)
{
    const struct ecam_preprocess *before = ecam_model_preprocess(model);
    struct ecam_preprocess pre = *before;
    enum ecam_status status = ECAM_OK;
    if (photo->preset != NULL)
        status = photo_preset(photo->preset, model, &pre, err);
    if (photo->preset != NULL && photo->crop != PHOTO_NOT_GIVEN)
        ecam_preprocess_fit(&pre, photo->crop, photo->crop); /* a frame for this crop */
    apply_sizes(photo, &pre);
    if (photo->scale != 0)
        pre.scale = (float)photo->scale;
    if (photo->is_bgr || photo->is_rgb)
        pre.is_bgr = photo->is_bgr;
    if (photo->mean.is_given && photo->mean.file == NULL)
        memcpy(pre.mean, photo->mean.value, sizeof pre.mean);
    else if (photo->mean.is_given && status == ECAM_OK)
        status = read_mean(photo->mean.file, limits, is_quiet, &pre, err);
    if (photo->std.is_given)
        memcpy(pre.std, photo->std.value, sizeof pre.std);
    *is_changed = memcmp(before, &pre, sizeof pre) != 0;
    *out = pre;
    return status;
}
