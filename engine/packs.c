/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/packs.h"

#include <pthread.h>

#include "engine/alloc.h"
#include "engine/error.h"

struct pack {
    struct ecam_pack_key key;
    float *data;
    size_t n;
};

struct ecam_packs {
    const struct ecam_weight_set *set;
    pthread_mutex_t lock;
    struct pack *items; /* a few per layer: searched from the front */
    size_t n_items, cap_items;
    size_t bytes;
};

enum ecam_status ecam_packs_new(const struct ecam_weight_set *set, struct ecam_packs **out,
                                struct ecam_error *err)
{
    struct ecam_packs *packs = ecam_calloc(1, sizeof *packs);
    if (packs == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "table of packed weights");
    pthread_mutex_init(&packs->lock, NULL);
    packs->set = set;
    *out = packs;
    return ECAM_OK;
}

void ecam_packs_free(struct ecam_packs *packs)
{
    if (packs == NULL)
        return;
    for (size_t i = 0; i < packs->n_items; i++)
        ecam_free(packs->items[i].data);
    ecam_free(packs->items);
    pthread_mutex_destroy(&packs->lock);
    ecam_free(packs);
}

static bool key_equal(const struct ecam_pack_key *a, const struct ecam_pack_key *b)
{
    return a->node == b->node && a->norm == b->norm && a->isa == b->isa &&
           a->algorithm == b->algorithm && a->part == b->part;
}

enum ecam_status ecam_packs_get(struct ecam_packs *packs, const struct ecam_pack_key *key, size_t n,
                                ecam_pack_fn *fill, const void *arg, const float **out,
                                struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    float *data = NULL;
    /* Held while filling: a second session that wants the same floats waits for
     * them instead of making them twice. */
    pthread_mutex_lock(&packs->lock);
    for (size_t i = 0; i < packs->n_items; i++) {
        if (key_equal(&packs->items[i].key, key)) {
            *out = packs->items[i].data;
            goto out;
        }
    }
    void *items = packs->items;
    if (!ecam_reserve(&items, &packs->cap_items, packs->n_items, sizeof *packs->items) ||
        (packs->items = items, data = ecam_alloc_floats(n)) == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%s: %zu packed weights", key->node->name, n);
        goto out;
    }
    fill(arg, packs->set, data);
    packs->items[packs->n_items++] = (struct pack){ .key = *key, .data = data, .n = n };
    packs->bytes += n * sizeof(float);
    *out = data;
out:
    pthread_mutex_unlock(&packs->lock);
    return status;
}

size_t ecam_packs_bytes(struct ecam_packs *packs)
{
    pthread_mutex_lock(&packs->lock);
    const size_t bytes = packs->bytes;
    pthread_mutex_unlock(&packs->lock);
    return bytes;
}
