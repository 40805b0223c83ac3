/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tpb.h"

#include <stdlib.h>
#include <string.h>

void tpb_free(struct tpb *pb)
{
    free(pb->data);
    *pb = (struct tpb){ 0 };
}

void tpb_raw(struct tpb *pb, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    if (n > pb->cap - pb->n) {
        pb->cap = 2 * (pb->cap + n);
        pb->data = realloc(pb->data, pb->cap);
        if (pb->data == NULL)
            abort();
    }
    memcpy(pb->data + pb->n, bytes, n);
    pb->n += n;
}

static void put_varint(struct tpb *pb, uint64_t value)
{
    uint8_t byte;
    do {
        byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        tpb_raw(pb, &byte, 1);
        value >>= 7;
    } while (value != 0);
}

void tpb_int(struct tpb *pb, uint32_t field, int64_t value)
{
    put_varint(pb, (uint64_t)field << 3);
    put_varint(pb, (uint64_t)value);
}

void tpb_float(struct tpb *pb, uint32_t field, float value)
{
    put_varint(pb, (uint64_t)field << 3 | 5);
    tpb_raw(pb, &value, sizeof value); /* tests run on little-endian machines */
}

void tpb_bytes(struct tpb *pb, uint32_t field, const void *bytes, size_t n)
{
    put_varint(pb, (uint64_t)field << 3 | 2);
    put_varint(pb, n);
    tpb_raw(pb, bytes, n);
}

void tpb_text(struct tpb *pb, uint32_t field, const char *text)
{
    tpb_bytes(pb, field, text, strlen(text));
}

void tpb_message(struct tpb *pb, uint32_t field, struct tpb *inner)
{
    tpb_bytes(pb, field, inner->data, inner->n);
    tpb_free(inner);
}
