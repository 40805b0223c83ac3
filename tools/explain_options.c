/* SPDX-License-Identifier: BSD-2-Clause
 * The command line of the explain command. */
#include <stdio.h>
#include <string.h>

#include "tools/explain.h"
#include "tools/numbers.h"

#define MAX_TOP 100000
#define MAX_COMPONENTS 100000

const char *const explain_save_names[SAVE_COUNT + 1] = { "overlay",  "heat",  "panel", "mask",
                                                         "salience", "fused", "raw",   "map",
                                                         "json",     NULL };

static bool set_save(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct explain_options *options = to;
    memset(options->saves, 0, sizeof options->saves);
    options->is_save_given = true;
    while (true) {
        const size_t len = strcspn(value, ",");
        size_t i = 0;
        while (i < SAVE_COUNT && (strlen(explain_save_names[i]) != len ||
                                  memcmp(explain_save_names[i], value, len) != 0))
            i++;
        if (i == SAVE_COUNT) {
            snprintf(why, CLI_WHY_BYTES,
                     "'%.*s' cannot be saved, expected some of overlay, heat, panel, mask, "
                     "salience, fused, raw, map, json",
                     len < 40 ? (int)len : 40, value);
            return false;
        }
        options->saves[i] = true;
        if (value[len] == '\0')
            return true;
        value += len + 1;
    }
}

static bool set_components(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct explain_options *options = to;
    size_t count;
    double share;
    options->components = 0;
    options->share = 0;
    if (number_count(value, &count) && count >= 1 && count <= MAX_COMPONENTS)
        options->components = count;
    else if (!number_count(value, &count) && number_real(value, &share) && share > 0 && share <= 1)
        options->share = share;
    snprintf(why, CLI_WHY_BYTES, "expected a number of components, or a share such as 0.9");
    return options->components != 0 || options->share != 0;
}

/* NULL where the options go together; else what is wrong. Fills in the defaults that
 * depend on other options. */
static const char *settle_options(struct explain_options *options)
{
    if (options->component != 0 && (options->components != 0 || options->share != 0))
        return "--component and --components exclude each other";
    if (options->top != 0 && !options->predicts)
        return "--top and --no-predict exclude each other";
    if (options->top == 0)
        options->top = 5;
    const bool wants_fused = options->fuse || options->saves[SAVE_FUSED];
    if (options->salience < 0 &&
        (wants_fused || options->saves[SAVE_SALIENCE] || options->salience_layer != NULL))
        options->salience = ECAM_SALIENCE_MEAN;
    options->fuse = wants_fused;
    if (!options->is_save_given) {
        options->saves[SAVE_OVERLAY] = options->saves[SAVE_JSON] = true;
        options->saves[SAVE_SALIENCE] = options->salience >= 0;
        options->saves[SAVE_FUSED] = options->fuse;
    }
    return NULL;
}

enum cli_result explain_parse(int argc, char **argv, struct explain_options *e, size_t *n_words)
{
    static const char *const modes[] = { "paper", "centered", NULL };
    static const char *const signs[] = { "auto", "absmax", "flip", NULL };
    static const char *const scales[] = { "max", "minmax", "clamp", NULL };
    static const char *const saliences[] = { "mean", "pca", NULL };
    const char *colormaps[ECAM_COLORMAP_COUNT + 1] = { NULL };
    for (int i = 0; i < ECAM_COLORMAP_COUNT; i++)
        colormaps[i] = ecam_colormap_name((enum ecam_colormap)i);
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS],
        input[RUN_INPUT_OPTIONS], photo[RUN_PHOTO_OPTIONS];
    const struct cli_option own[] = {
        { .name = "layers", .letter = 'l', .kind = CLI_STRING, .to = &e->layers },
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &e->folder },
        { .name = "mode", .kind = CLI_CHOICE, .to = &e->mode, .choices = modes },
        { .name = "component",
          .kind = CLI_COUNT,
          .to = &e->component,
          .min = 1,
          .max = MAX_COMPONENTS },
        { .name = "components", .kind = CLI_CALL, .to = e, .call = set_components },
        { .name = "sign", .kind = CLI_CHOICE, .to = &e->sign, .choices = signs },
        { .name = "scale", .kind = CLI_CHOICE, .to = &e->scale, .choices = scales },
        { .name = "salience", .kind = CLI_CHOICE, .to = &e->salience, .choices = saliences },
        { .name = "salience-layer", .kind = CLI_STRING, .to = &e->salience_layer },
        { .name = "fuse", .kind = CLI_FLAG, .to = &e->fuse },
        { .name = "save", .kind = CLI_CALL, .to = e, .call = set_save },
        { .name = "threshold", .kind = CLI_REAL, .to = &e->threshold, .min = 0, .max = 1 },
        { .name = "no-box", .kind = CLI_FLAG, .to = &e->hides_box },
        { .name = "colormap", .kind = CLI_CHOICE, .to = &e->colormap, .choices = colormaps },
        { .name = "alpha", .kind = CLI_REAL, .to = &e->alpha, .min = 0, .max = 1 },
        { .name = "alpha-by-value", .kind = CLI_FLAG, .to = &e->alpha_by_value },
        { .name = "top", .kind = CLI_COUNT, .to = &e->top, .min = 1, .max = MAX_TOP },
        { .name = "no-predict", .kind = CLI_UNFLAG, .to = &e->predicts },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },        run_model_options(&e->run, model),
        run_engine_options(&e->run, engine), run_input_options(&e->run, input),
        run_photo_options(&e->run, photo),
    };
    const enum cli_result result =
        cli_parse("explain", groups, ECAM_ARRAY_LEN(groups), argc, argv, n_words);
    const char *wrong = result == CLI_RUN ? settle_options(e) : NULL;
    if (wrong != NULL)
        cli_usage("explain", "%s", wrong);
    return wrong != NULL ? CLI_USAGE : result;
}
