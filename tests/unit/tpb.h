/* SPDX-License-Identifier: BSD-2-Clause
 * Writes messages of protocol buffers, for tests. */
#ifndef ECAM_TPB_H
#define ECAM_TPB_H

#include <stddef.h>
#include <stdint.h>

/* A growing message; tpb_free() or hand it to tpb_message(). */
struct tpb {
    uint8_t *data;
    size_t n, cap;
};

void tpb_free(struct tpb *pb);
void tpb_raw(struct tpb *pb, const void *bytes, size_t n);
void tpb_int(struct tpb *pb, uint32_t field, int64_t value);
void tpb_float(struct tpb *pb, uint32_t field, float value);
void tpb_bytes(struct tpb *pb, uint32_t field, const void *bytes, size_t n);
void tpb_text(struct tpb *pb, uint32_t field, const char *text);

/* Puts a message in, and frees it. */
void tpb_message(struct tpb *pb, uint32_t field, struct tpb *inner);

#endif /* ECAM_TPB_H */
