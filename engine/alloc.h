/* SPDX-License-Identifier: BSD-2-Clause
 * Allocation and size products. The only caller of malloc in the library. */
#ifndef ECAM_ALLOC_H
#define ECAM_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* False on overflow; then *out is untouched. */
bool ecam_mul_size(size_t a, size_t b, size_t *out);
bool ecam_add_size(size_t a, size_t b, size_t *out);

/* NULL when there is no memory (never for size 0). Freed with ecam_free(). */
void *ecam_alloc(size_t bytes);
void *ecam_calloc(size_t n, size_t size);                 /* zeroed */
void *ecam_realloc_array(void *p, size_t n, size_t size); /* p stays valid on NULL */
char *ecam_strdup(const char *s);
void ecam_free(void *p);

/* For floats that kernels read: 64-byte aligned, 64 spare bytes behind (a masked
 * load whose dead lanes lie in an unmapped page is right, but 8 times slower).
 * The contents are undefined. Freed with ecam_free(). */
void *ecam_alloc_floats(size_t n);

/* Makes room for one more item in a growing array: *items has room for *cap, holds
 * n. False when there is no memory; then nothing changed. */
bool ecam_reserve(void **items, size_t *cap, size_t n, size_t item_bytes);

#endif /* ECAM_ALLOC_H */
