/* SPDX-License-Identifier: BSD-2-Clause
 * Messages of protocol buffers, read in place, one field after the other:
 *
 *     struct ecam_pb_source source;
 *     struct ecam_pb net = ecam_pb_begin(&source, bytes, size, limits);
 *     while (ecam_pb_next(&net))
 *         switch (net.field) {
 *         case 1: name = ecam_pb_strdup(&net); break;
 *         case 2: layer = ecam_pb_message(&net); read_layer(&layer, ...); break;
 *         }
 *     return ecam_pb_status(&source, err);
 *
 * Fields that nobody asks for are skipped. Failure is sticky and belongs to the
 * source: after the first one, in whatever message, no next() gives a field, and
 * every value is 0, empty or NULL. Sizes are size_t throughout: files may be beyond
 * the 2 GiB at which other readers stop. */
#ifndef ECAM_PROTOBUF_H
#define ECAM_PROTOBUF_H

#include "engine/common.h"
#include "engine/ecam.h"
#include "weights/reader.h"

enum ecam_pb_wire {
    ECAM_PB_VARINT = 0,
    ECAM_PB_FIXED64 = 1,
    ECAM_PB_BYTES = 2, /* texts, messages, packed lists */
    ECAM_PB_FIXED32 = 5
};

/* What all messages of one file share. */
struct ecam_pb_source {
    const uint8_t *base;
    uint32_t max_nesting;
    enum ecam_status status;
    char what[160]; /* why it failed: "byte 812: ..." */
};

/* A message, at one of its fields. May be copied, to read it again from there. */
struct ecam_pb {
    struct ecam_pb_source *source;
    struct reader r; /* the message's bytes; at: behind the field */
    uint32_t depth;  /* messages around this one */
    uint32_t field;  /* its number, 1 to 2^29 - 1 */
    enum ecam_pb_wire wire;
    const uint8_t *at;    /* where its tag begins */
    uint64_t value;       /* a number's bits */
    const uint8_t *bytes; /* ECAM_PB_BYTES: in place */
    size_t n_bytes;
};

/* The outermost message. The limits have no zero fields. */
struct ecam_pb ecam_pb_begin(struct ecam_pb_source *source, const uint8_t *bytes, size_t size,
                             const struct ecam_limits *limits);

/* Goes to the next field; false at the end of the message or after a failure. */
bool ecam_pb_next(struct ecam_pb *pb);

/* The failure, if there was one, in err. */
enum ecam_status ecam_pb_status(const struct ecam_pb_source *source, struct ecam_error *err);

/* Makes the source fail for a reason that the schema knows; "byte N: " (of the field)
 * is put before. The first failure stays. */
void ecam_pb_fail(struct ecam_pb *pb, enum ecam_status status, const char *fmt, ...)
    ECAM_PRINTF(3, 4);

/* ---- The value of the field; another wire type is a failure ---- */

uint64_t ecam_pb_uint(struct ecam_pb *pb); /* uint32, uint64 */
int64_t ecam_pb_int(struct ecam_pb *pb);   /* int32, int64, enums */
bool ecam_pb_bool(struct ecam_pb *pb);
float ecam_pb_float(struct ecam_pb *pb);
double ecam_pb_double(struct ecam_pb *pb);
const uint8_t *ecam_pb_bytes(struct ecam_pb *pb, size_t *n); /* in place, any alignment */

/* The message inside the field; one level deeper, which is bounded. */
struct ecam_pb ecam_pb_message(struct ecam_pb *pb);

/* A text without NUL inside, ecam_free()d by the caller; NULL on failure. */
char *ecam_pb_strdup(struct ecam_pb *pb);
bool ecam_pb_text_is(struct ecam_pb *pb, const char *text);

/* ---- Repeated numbers: each call appends what the field has, packed or not ---- */

/* More than `cap` in all are ECAM_ERR_LIMIT. */
void ecam_pb_few_ints(struct ecam_pb *pb, int64_t *items, size_t cap, uint32_t *n);

/* Growing lists; at most one item for each byte of the file. items is ecam_free()d. */
struct ecam_pb_ints {
    int64_t *items;
    size_t n, cap;
};
struct ecam_pb_floats {
    float *items;
    size_t n, cap;
};
struct ecam_pb_doubles {
    double *items;
    size_t n, cap;
};
void ecam_pb_add_ints(struct ecam_pb *pb, struct ecam_pb_ints *list);
void ecam_pb_add_floats(struct ecam_pb *pb, struct ecam_pb_floats *list);
void ecam_pb_add_doubles(struct ecam_pb *pb, struct ecam_pb_doubles *list);

#endif /* ECAM_PROTOBUF_H */
