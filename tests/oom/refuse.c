/* SPDX-License-Identifier: BSD-2-Clause
 * Over glibc's own entries below malloc; another libc has no such names. */
#include "tests/oom/refuse.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *p);

static atomic_long live, made, refused_at;
static atomic_bool refuses_onwards;

void refuse_begin(long at, bool onwards)
{
    made = 0;
    refuses_onwards = onwards;
    refused_at = at;
}

long refuse_end(void)
{
    refused_at = 0;
    return made;
}

long refuse_live(void)
{
    return live;
}

static bool is_refused(void)
{
    const long now = ++made, at = refused_at;
    if (at == 0 || now < at || (now > at && !refuses_onwards))
        return false;
    errno = ENOMEM;
    return true;
}

static void *count(void *p)
{
    live += p != NULL;
    return p;
}

void *malloc(size_t bytes)
{
    return is_refused() ? NULL : count(__libc_malloc(bytes));
}

void *calloc(size_t n, size_t size)
{
    return is_refused() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t bytes)
{
    if (is_refused())
        return NULL;
    void *moved = __libc_realloc(p, bytes);
    if (p == NULL)
        count(moved);
    else if (bytes == 0 && moved == NULL) /* freed */
        live--;
    return moved;
}

void *memalign(size_t alignment, size_t bytes)
{
    return is_refused() ? NULL : count(__libc_memalign(alignment, bytes));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    void *p = memalign(alignment, bytes);
    if (p == NULL)
        return ENOMEM;
    *out = p;
    return 0;
}

void free(void *p)
{
    live -= p != NULL;
    __libc_free(p);
}
