/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/outnames.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hash table with open addressing: a batch may give out 100,000 names. */
struct outnames {
    char **slot; /* [cap], NULL where free; cap is a power of two */
    size_t cap, n;
};

void outname_safe(const char *text, char out[OUTNAME_BYTES])
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = 0;
    for (; text[n] != '\0' && n + 1 < OUTNAME_BYTES; n++)
        out[n] = strchr(safe, text[n]) == NULL || (n == 0 && text[n] == '.') ? '_' : text[n];
    if (n == 0)
        out[n++] = '_';
    out[n] = '\0';
}

void outname_stem(const char *path, char out[OUTNAME_BYTES])
{
    const char *slash = strrchr(path, '/');
    outname_safe(slash == NULL ? path : slash + 1, out);
    char *dot = strrchr(out, '.');
    if (dot != NULL)
        *dot = '\0';
}

struct outnames *outnames_new(void)
{
    return calloc(1, sizeof(struct outnames));
}

void outnames_free(struct outnames *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->cap; i++)
        free(names->slot[i]);
    free(names->slot);
    free(names);
}

/* Where the name is, or where it would go. */
static size_t find_slot(char *const *slot, size_t cap, const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = name; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    size_t i = (size_t)(hash & (cap - 1));
    while (slot[i] != NULL && strcmp(slot[i], name) != 0)
        i = (i + 1) & (cap - 1);
    return i;
}

static bool grow(struct outnames *names)
{
    const size_t cap = names->cap == 0 ? 64 : 2 * names->cap;
    char **slot = calloc(cap, sizeof *slot);
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < names->cap; i++)
        if (names->slot[i] != NULL)
            slot[find_slot(slot, cap, names->slot[i])] = names->slot[i];
    free(names->slot);
    names->slot = slot;
    names->cap = cap;
    return true;
}

bool outnames_take(struct outnames *names, const char *base, const char *tail,
                   char out[OUTNAME_BYTES])
{
    if (2 * names->n >= names->cap && !grow(names))
        return false;
    for (unsigned long turn = 1;; turn++) {
        char number[24] = "";
        if (turn > 1)
            snprintf(number, sizeof number, "~%lu", turn);
        const size_t fixed = strlen(number) + strlen(tail);
        const int room = fixed + 1 < OUTNAME_BYTES ? (int)(OUTNAME_BYTES - 1 - fixed) : 0;
        snprintf(out, OUTNAME_BYTES, "%.*s%s%s", room, base, number, tail);
        char **slot = &names->slot[find_slot(names->slot, names->cap, out)];
        if (*slot != NULL)
            continue;
        *slot = malloc(strlen(out) + 1);
        if (*slot == NULL)
            return false;
        strcpy(*slot, out);
        names->n++;
        return true;
    }
}
