/* SPDX-License-Identifier: BSD-2-Clause
 * The options that commands share. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/numbers.h"
#include "tools/output.h"
#include "tools/photo_options.h"
#include "tools/runner.h"

#define MAX_THREADS 1024

/* Every limit that --limit can move. A count is of items, the rest are bytes. */
static const struct limit {
    const char *name;
    size_t offset;
    bool is_32_bit, is_count;
} limits[] = {
    { "file-bytes", offsetof(struct run_options, limits.max_file_bytes), false, false },
    { "inflated-bytes", offsetof(struct run_options, limits.max_inflated_bytes), false, false },
    { "header-bytes", offsetof(struct run_options, limits.max_header_bytes), false, false },
    { "macs", offsetof(struct run_options, limits.max_macs), false, true },
    { "arena-bytes", offsetof(struct run_options, limits.max_arena_bytes), false, false },
    { "tensors", offsetof(struct run_options, limits.max_tensors), true, true },
    { "nesting", offsetof(struct run_options, limits.max_nesting), true, true },
    { "photo-pixels", offsetof(struct run_options, photo_limits.max_pixels), false, true },
    { "photo-bytes", offsetof(struct run_options, photo_limits.max_file_bytes), false, false },
};

/* "16G": k, M, G, T are powers of 1024 for bytes, of 1000 for counts. */
static bool parse_amount(const char *text, bool is_count, uint64_t *out)
{
    static const char suffixes[] = "kMGT";
    char digits[24];
    const size_t len = strspn(text, "0123456789");
    size_t value;
    if (len >= sizeof digits)
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (!number_count(digits, &value) || value == 0)
        return false;
    uint64_t amount = value;
    if (text[len] != '\0') {
        const char *suffix = strchr(suffixes, text[len] == 'K' ? 'k' : text[len]);
        if (suffix == NULL || text[len + 1] != '\0')
            return false;
        for (const char *s = suffixes; s <= suffix; s++) {
            const uint64_t factor = is_count ? 1000 : 1024;
            if (amount > UINT64_MAX / factor)
                return false;
            amount *= factor;
        }
    }
    *out = amount;
    return true;
}

static bool set_limit(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    const char *equals = strchr(value, '=');
    const char *names[ECAM_ARRAY_LEN(limits)];
    for (size_t i = 0; i < ECAM_ARRAY_LEN(limits); i++) {
        const struct limit *limit = &limits[i];
        names[i] = limit->name;
        if (equals == NULL || strlen(limit->name) != (size_t)(equals - value) ||
            memcmp(limit->name, value, (size_t)(equals - value)) != 0)
            continue;
        uint64_t amount;
        if (!parse_amount(equals + 1, limit->is_count, &amount) ||
            (limit->is_32_bit && amount > UINT32_MAX)) {
            snprintf(why, CLI_WHY_BYTES, "expected a whole number, as in %s=%s", limit->name,
                     limit->is_count ? "1000000" : "16G");
            return false;
        }
        unsigned char *field = (unsigned char *)to + limit->offset;
        const uint32_t amount_32 = (uint32_t)amount;
        memcpy(field, limit->is_32_bit ? (const void *)&amount_32 : (const void *)&amount,
               limit->is_32_bit ? sizeof amount_32 : sizeof amount);
        return true;
    }
    int used = snprintf(why, CLI_WHY_BYTES, "expected NAME=NUMBER with NAME one of");
    for (size_t i = 0; i < ECAM_ARRAY_LEN(names) && used < CLI_WHY_BYTES; i++)
        used += snprintf(why + used, CLI_WHY_BYTES - (size_t)used, " %s", names[i]);
    return false;
}

static uint64_t limit_value(const struct run_options *run, const struct limit *limit)
{
    uint64_t value = 0;
    uint32_t value_32 = 0;
    const unsigned char *field = (const unsigned char *)run + limit->offset;
    if (!limit->is_32_bit) {
        memcpy(&value, field, sizeof value);
        return value;
    }
    memcpy(&value_32, field, sizeof value_32);
    return value_32;
}

void run_limits_json(struct json *json, const struct run_options *run)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(limits); i++) {
        const uint64_t value = limit_value(run, &limits[i]);
        if (value != 0) {
            json_key(json, limits[i].name);
            json_uint(json, value);
        }
    }
}

static bool set_isa(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct ecam_error err;
    enum ecam_isa isa, resolved;
    if (ecam_isa_parse(value, &isa, &err) != ECAM_OK ||
        (isa != ECAM_ISA_AUTO && ecam_isa_resolve(isa, &resolved, &err) != ECAM_OK)) {
        snprintf(why, CLI_WHY_BYTES, "%.*s", CLI_WHY_BYTES - 1, err.text);
        return false;
    }
    *(enum ecam_isa *)to = isa;
    return true;
}

struct cli_group run_model_options(struct run_options *run, struct cli_option *table)
{
    const struct cli_option options[RUN_MODEL_OPTIONS] = {
        { .name = "model", .letter = 'm', .kind = CLI_STRING, .to = &run->model },
        { .name = "graph", .kind = CLI_STRING, .to = &run->graph },
        { .name = "limit", .kind = CLI_CALL, .to = run, .call = set_limit },
        { .name = "json", .kind = CLI_FLAG, .to = &run->is_json },
        { .name = "quiet", .letter = 'q', .kind = CLI_FLAG, .to = &run->is_quiet },
    };
    memcpy(table, options, sizeof options);
    return (struct cli_group){ table, RUN_MODEL_OPTIONS };
}

struct cli_group run_engine_options(struct run_options *run, struct cli_option *table)
{
    static const char *const goals[] = { "once", "many", NULL };
    const struct cli_option options[RUN_ENGINE_OPTIONS] = {
        { .name = "isa", .kind = CLI_CALL, .to = &run->isa, .call = set_isa },
        { .name = "threads", .kind = CLI_COUNT, .to = &run->threads, .max = MAX_THREADS },
        { .name = "plan", .kind = CLI_CHOICE, .to = &run->goal, .choices = goals },
    };
    memcpy(table, options, sizeof options);
    return (struct cli_group){ table, RUN_ENGINE_OPTIONS };
}

struct cli_group run_input_options(struct run_options *run, struct cli_option *table)
{
    const struct cli_option options[RUN_INPUT_OPTIONS] = {
        { .name = "list", .kind = CLI_STRING, .to = &run->list },
        { .name = "recursive", .letter = 'r', .kind = CLI_FLAG, .to = &run->is_recursive },
    };
    memcpy(table, options, sizeof options);
    return (struct cli_group){ table, RUN_INPUT_OPTIONS };
}

struct cli_group run_photo_options(struct run_options *run, struct cli_option *table)
{
    const struct cli_option options[RUN_PHOTO_OPTIONS] = {
        { .name = "preset", .kind = CLI_CALL, .to = &run->preset, .call = photo_set_preset },
        { .name = "labels", .kind = CLI_STRING, .to = &run->labels },
    };
    memcpy(table, options, sizeof options);
    return (struct cli_group){ table, RUN_PHOTO_OPTIONS };
}

int run_collect(const char *command, const struct run_options *run, char *const *words,
                size_t n_words, struct inputs *inputs)
{
    struct ecam_error err;
    enum ecam_status status = ECAM_OK;
    if (n_words == 0 && run->list == NULL)
        return cli_usage(command, "no photo is given");
    size_t n_stdin = run->list != NULL && strcmp(run->list, "-") == 0;
    for (size_t i = 0; i < n_words; i++)
        n_stdin += strcmp(words[i], "-") == 0;
    if (n_stdin > 1)
        return cli_usage(command, "standard input ('-') can be read only once");
    for (size_t i = 0; i < n_words && status == ECAM_OK; i++)
        status = inputs_add(inputs, words[i], run->is_recursive, &err);
    if (status == ECAM_OK && run->list != NULL)
        status = inputs_add_list(inputs, run->list, run->is_recursive, &err);
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        return CLI_EXIT_FAILED;
    }
    if (inputs->n == 0)
        out_say("%s: names no photo", run->list);
    return inputs->n == 0 ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}
