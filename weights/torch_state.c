/* SPDX-License-Identifier: BSD-2-Clause
 * Where the weights are in what torch.save was given: a state dict, or a
 * checkpoint of a training run that holds one. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/torch.h"

#define MAX_LEVELS 3         /* {"model": {"state_dict": {...}}} is seen in practice */
#define MAX_STEPS (1u << 24) /* a dictionary may hold itself many times over */
#define MAX_WRAPPERS 4
#define AVERAGED "n_averaged" /* torch.optim.swa_utils keeps a counter beside "module." */

typedef struct ecam_pickle_value value;

struct search {
    const struct ecam_torch_source *source;
    const struct ecam_limits *limits;
    struct ecam_error *err;
    uint32_t steps;
    const value *found;
};

/* Where training scripts put the state dict, the likeliest first. */
static const char *const keys[] = {
    "state_dict", "model_state_dict", "model_state", "model",     "net",
    "network",    "module",           "params",      "weights",   "state_dict_ema",
    "model_ema",  "ema_state_dict",   "ema",         "params_ema"
};

/* What wrappers put before every name. */
static const char *const prefixes[] = { "module.", "_orig_mod.", "model.", "net." };

static bool is_text(const value *v)
{
    return v->kind == ECAM_PICKLE_TEXT || v->kind == ECAM_PICKLE_BYTES;
}

/* A dictionary with at least one tensor under a name. */
static bool is_state_dict(struct search *s, const value *v)
{
    if (v == NULL || v->kind != ECAM_PICKLE_DICT)
        return false;
    for (size_t i = 0; i < v->list.n && s->steps < MAX_STEPS; i += 2, s->steps++)
        if (is_text(v->list.items[i]) && ecam_torch_is_tensor(v->list.items[i + 1], s->source))
            return true;
    return false;
}

/* The one state dict among the values of a dictionary or list. */
static enum ecam_status find_only(struct search *s, const value *v)
{
    const bool is_dict = v->kind == ECAM_PICKLE_DICT;
    if (!is_dict && v->kind != ECAM_PICKLE_LIST && v->kind != ECAM_PICKLE_TUPLE)
        return ECAM_OK;
    for (size_t i = is_dict ? 1 : 0; i < v->list.n; i += is_dict ? 2 : 1) {
        const value *candidate = v->list.items[i];
        if (candidate == s->found || !is_state_dict(s, candidate))
            continue;
        if (s->found != NULL)
            return ecam_fail(s->err, ECAM_ERR_UNSUPPORTED,
                             "the checkpoint holds several state dicts; save the one that counts "
                             "alone, or under the key 'state_dict'");
        s->found = candidate;
    }
    return ECAM_OK;
}

static enum ecam_status find(struct search *s, const value *v, int level)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(keys) && s->found == NULL; i++) {
        const value *candidate = ecam_pickle_get(v, keys[i]);
        s->steps += v->kind == ECAM_PICKLE_DICT ? (uint32_t)(v->list.n / 4) : 0;
        if (is_state_dict(s, candidate))
            s->found = candidate;
        if (candidate == NULL || candidate->kind != ECAM_PICKLE_DICT || level == MAX_LEVELS ||
            s->steps >= MAX_STEPS)
            continue;
        /* "model" may hold another checkpoint. */
        const enum ecam_status status = find(s, candidate, level + 1);
        if (status != ECAM_OK)
            return status;
    }
    if (s->found == NULL && is_state_dict(s, v))
        s->found = v;
    return s->found == NULL ? find_only(s, v) : ECAM_OK;
}

/* ---- Names ---- */

static bool name_begins(const value *name, size_t at, const char *prefix)
{
    const size_t n = strlen(prefix);
    return name->text.n > at + n && memcmp(name->text.at + at, prefix, n) == 0;
}

/* The key of entry i where it is a tensor's, or NULL. */
static const value *tensor_name(const struct search *s, size_t i)
{
    const value *name = s->found->list.items[i];
    return is_text(name) && ecam_torch_is_tensor(s->found->list.items[i + 1], s->source) ? name
                                                                                         : NULL;
}

static bool all_begin(const struct search *s, size_t at, const char *prefix)
{
    bool any = false;
    for (size_t i = 0; i < s->found->list.n; i += 2) {
        const value *name = tensor_name(s, i);
        if (name == NULL || ecam_pickle_is_text(name, AVERAGED))
            continue;
        if (!name_begins(name, at, prefix))
            return false;
        any = true;
    }
    return any;
}

/* Bytes that every name begins with and that no network gave them. */
static size_t common_prefix(const struct search *s)
{
    size_t at = 0;
    for (int wrapper = 0; wrapper < MAX_WRAPPERS; wrapper++)
        for (size_t i = 0; i < ECAM_ARRAY_LEN(prefixes); i++)
            if (all_begin(s, at, prefixes[i]))
                at += strlen(prefixes[i]);
    return at;
}

static enum ecam_status add(const struct search *s, struct ecam_weight_set *set, const char *name,
                            const value *v)
{
    struct ecam_torch_tensor t = { .offset = 0 };
    size_t offset;
    const enum ecam_status status = ecam_torch_tensor_read(v, s->source, &t, s->err);
    if (status != ECAM_OK) {
        char place[80];
        snprintf(place, sizeof place, "tensor '%.60s'", name);
        return ecam_error_at(s->err, status, place);
    }
    if (!ecam_mul_size(t.offset, ecam_dtype_bytes(t.dtype), &offset))
        return ecam_fail(s->err, ECAM_ERR_FORMAT, "tensor '%s': offset of %zu elements", name,
                         t.offset);
    return ecam_weight_set_add(set, name, t.dtype, &t.shape, t.stride, t.storage.data,
                               t.storage.bytes, offset, s->err);
}

static enum ecam_status add_all(const struct search *s, struct ecam_weight_set *set)
{
    const size_t prefix = common_prefix(s);
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < s->found->list.n && status == ECAM_OK; i += 2) {
        const value *name = tensor_name(s, i);
        if (name == NULL || (prefix > 0 && ecam_pickle_is_text(name, AVERAGED)))
            continue;
        if (set->n_items >= s->limits->max_tensors)
            return ecam_fail(s->err, ECAM_ERR_LIMIT, "more than %u tensors",
                             s->limits->max_tensors);
        if (memchr(name->text.at, '\0', name->text.n) != NULL)
            return ecam_fail(s->err, ECAM_ERR_FORMAT, "a tensor whose name holds a NUL");
        const size_t n = name->text.n - prefix;
        char *copy = ecam_alloc(n + 1);
        if (copy == NULL)
            return ecam_fail(s->err, ECAM_ERR_NOMEM, "name of a tensor");
        memcpy(copy, name->text.at + prefix, n);
        copy[n] = '\0';
        status = add(s, set, copy, s->found->list.items[i + 1]);
        ecam_free(copy);
    }
    return status;
}

enum ecam_status ecam_torch_collect(const struct ecam_pickle_value *root,
                                    const struct ecam_torch_source *source,
                                    const struct ecam_limits *limits, struct ecam_weight_set *set,
                                    struct ecam_error *err)
{
    struct search s = { .source = source, .limits = limits, .err = err };
    enum ecam_status status = find(&s, root, 1);
    if (status == ECAM_OK && s.steps >= MAX_STEPS)
        status = ecam_fail(err, ECAM_ERR_LIMIT, "the saved object is too large to search");
    if (status == ECAM_OK && s.found == NULL)
        status = ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                           "no state dict (names with tensors) in the saved object, which is %s",
                           ecam_pickle_kind_name(root->kind));
    if (status == ECAM_OK)
        status = add_all(&s, set);
    return status;
}
