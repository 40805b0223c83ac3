/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/packs.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

/* Packed floats lie side by side in slabs, whose pages of 2 MiB cost a fraction of the
 * page faults that an allocation a pack would. A pack that is too large for the rest
 * of a slab opens one of its own size, or the usual. */
#define SLAB_FLOATS ((size_t)1 << 20)
#define ALIGN_FLOATS 16 /* a cache line */

struct pack {
    struct ecam_pack_job job;
    unsigned char arg[ECAM_PACK_ARG];
    float *data;
    size_t first_task;     /* among those of all packs to be filled */
    atomic_size_t n_to_do; /* tasks */
};

struct ecam_packs {
    const struct ecam_weight_set *set;
    pthread_mutex_t lock;
    struct pack *items; /* a few per layer: searched from the front */
    size_t n_items, cap_items;
    size_t n_filled, n_tasks; /* tasks of the packs behind the filled ones */
    float **slabs;
    size_t n_slabs, cap_slabs;
    float *free; /* in the newest slab, n_free floats */
    size_t n_free;
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
    for (size_t i = 0; i < packs->n_slabs; i++)
        ecam_free(packs->slabs[i]);
    ecam_free((void *)packs->slabs);
    ecam_free(packs->items);
    pthread_mutex_destroy(&packs->lock);
    ecam_free(packs);
}

static bool key_equal(const struct ecam_pack_key *a, const struct ecam_pack_key *b)
{
    return a->node == b->node && memcmp(&a->norms, &b->norms, sizeof a->norms) == 0 &&
           a->isa == b->isa && a->algorithm == b->algorithm && a->part == b->part;
}

/* Room for n floats and the spare ones that ecam_alloc_floats() gives; NULL: none. */
static float *take(struct ecam_packs *packs, size_t n)
{
    size_t floats;
    if (!ecam_add_size(n, 2 * ALIGN_FLOATS - 1, &floats))
        return NULL;
    floats -= floats % ALIGN_FLOATS;
    if (floats > packs->n_free) {
        void *slabs = (void *)packs->slabs;
        const size_t room = ecam_max_size(floats, SLAB_FLOATS);
        if (!ecam_reserve(&slabs, &packs->cap_slabs, packs->n_slabs, sizeof *packs->slabs))
            return NULL;
        packs->slabs = slabs;
        float *slab = ecam_alloc_floats(room);
        if (slab == NULL)
            return NULL;
        packs->slabs[packs->n_slabs++] = slab;
        packs->free = slab;
        packs->n_free = room;
    }
    float *data = packs->free;
    packs->free += floats;
    packs->n_free -= floats;
    return data;
}

/* The spare floats behind a pack hold a mark while it is filled: a task that writes beyond
 * its own pack would spoil its neighbour, or not, as threads go. */
#define MARK 0x5ac1f00du

static void set_mark(float *data, size_t n)
{
    const uint32_t mark = MARK;
    for (size_t i = 0; i < ALIGN_FLOATS; i++)
        memcpy(data + n + i, &mark, sizeof mark);
}

static bool has_mark(const float *data, size_t n)
{
    const uint32_t mark = MARK;
    for (size_t i = 0; i < ALIGN_FLOATS; i++)
        if (memcmp(data + n + i, &mark, sizeof mark) != 0)
            return false;
    return true;
}

void ecam_packs_begin(struct ecam_packs *packs)
{
    pthread_mutex_lock(&packs->lock);
}

enum ecam_status ecam_packs_get(struct ecam_packs *packs, const struct ecam_pack_job *job,
                                const float **out, struct ecam_error *err)
{
    assert(job->n_tasks > 0 && job->arg_bytes <= ECAM_PACK_ARG);
    for (size_t i = 0; i < packs->n_items; i++) {
        if (key_equal(&packs->items[i].job.key, &job->key)) {
            *out = packs->items[i].data;
            return ECAM_OK;
        }
    }
    void *items = packs->items;
    float *data = NULL;
    if (!ecam_reserve(&items, &packs->cap_items, packs->n_items, sizeof *packs->items) ||
        (packs->items = items, data = take(packs, job->n)) == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: %zu packed weights", job->key.node->name,
                         job->n);
    struct pack *pack = &packs->items[packs->n_items++];
    pack->job = *job;
    pack->data = data;
    set_mark(data, job->n);
    pack->first_task = packs->n_tasks;
    atomic_init(&pack->n_to_do, job->n_tasks);
    memcpy(pack->arg, job->arg, job->arg_bytes);
    packs->n_tasks += job->n_tasks;
    packs->bytes += job->n * sizeof(float);
    *out = data;
    return ECAM_OK;
}

static void fill_task(void *arg, size_t number, unsigned worker)
{
    struct ecam_packs *packs = arg;
    size_t low = packs->n_filled, high = packs->n_items;
    (void)worker;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (packs->items[middle].first_task <= number)
            low = middle;
        else
            high = middle;
    }
    struct pack *pack = &packs->items[low];
    const struct ecam_weight *source = pack->job.source;
    pack->job.fill(pack->arg, packs->set, number - pack->first_task, pack->data);
    if (atomic_fetch_sub(&pack->n_to_do, 1) == 1 && source != NULL) {
        size_t count = 0;
        ecam_shape_count(&source->shape, &count);
        ecam_weight_drop(packs->set, source, 0, count);
    }
}

void ecam_packs_finish(struct ecam_packs *packs, struct ecam_pool *pool)
{
    if (packs->n_tasks > 0)
        ecam_pool_run(pool, packs->n_tasks, fill_task, packs);
    for (size_t i = packs->n_filled; i < packs->n_items; i++)
        assert(has_mark(packs->items[i].data, packs->items[i].job.n));
    (void)has_mark; /* without assertions */
    packs->n_filled = packs->n_items;
    packs->n_tasks = 0;
    pthread_mutex_unlock(&packs->lock);
}

size_t ecam_packs_bytes(struct ecam_packs *packs)
{
    pthread_mutex_lock(&packs->lock);
    const size_t bytes = packs->bytes;
    pthread_mutex_unlock(&packs->lock);
    return bytes;
}
