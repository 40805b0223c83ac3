/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/ilsvrc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bench/eval/ilsvrc_table.h"

bool eval_ilsvrc_from_wnid(const char *wnid, size_t *index)
{
    uint32_t number = 0;
    if (wnid[0] != 'n' || strlen(wnid) != 9)
        return false;
    for (const char *c = wnid + 1; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return false;
        number = 10 * number + (uint32_t)(*c - '0');
    }
    size_t low = 0, high = EVAL_ILSVRC_CLASSES;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (eval_ilsvrc[middle].wnid < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == EVAL_ILSVRC_CLASSES || eval_ilsvrc[low].wnid != number)
        return false;
    *index = low;
    return true;
}

bool eval_ilsvrc_from_id(size_t id, size_t *index)
{
    for (size_t i = 0; i < EVAL_ILSVRC_CLASSES; i++) {
        if (eval_ilsvrc[i].id == id) {
            *index = i;
            return true;
        }
    }
    return false;
}

void eval_ilsvrc_wnid(size_t index, char wnid[10])
{
    assert(index < EVAL_ILSVRC_CLASSES);
    snprintf(wnid, 10, "n%08u", (unsigned)eval_ilsvrc[index].wnid % 100000000u);
}
