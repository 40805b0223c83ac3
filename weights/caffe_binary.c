/* SPDX-License-Identifier: BSD-2-Clause
 * A binary NetParameter (.caffemodel) -> a net. The schema says what goes where;
 * numbers of blobs stay where they lie. */
#include <string.h>

#include "engine/alloc.h"
#include "weights/caffe_schema.h"
#include "weights/protobuf.h"

struct reading {
    const struct ecam_limits *limits;
    bool with_blobs;
    size_t n_items; /* of all lists together; bounded by max_tensors */
};

static void read_message(struct reading *rd, struct ecam_pb *pb,
                         const struct ecam_caffe_message *message, uint8_t *to);

/* ---- Numbers of blobs ---- */

/* Where a blob has more than one run of numbers, they are copied behind one another. */
static void read_floats(struct ecam_pb *pb, struct ecam_caffe_blob *blob)
{
    struct ecam_pb_floats list = { blob->owned, blob->n_owned, blob->cap_owned };
    if (blob->is_double) {
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "a blob with data and double_data");
        return;
    }
    if (pb->wire == ECAM_PB_BYTES && list.n == 0 && blob->data == NULL) {
        blob->data = ecam_pb_bytes(pb, &blob->n_bytes);
        if (blob->n_bytes % sizeof(float) != 0)
            ecam_pb_fail(pb, ECAM_ERR_FORMAT, "a blob's data has %zu bytes, no whole floats",
                         blob->n_bytes);
        return;
    }
    if (blob->data != NULL) {
        struct ecam_pb first = *pb;
        first.wire = ECAM_PB_BYTES;
        first.bytes = blob->data;
        first.n_bytes = blob->n_bytes;
        ecam_pb_add_floats(&first, &list);
        blob->data = NULL;
        blob->n_bytes = 0;
    }
    ecam_pb_add_floats(pb, &list);
    blob->owned = list.items;
    blob->n_owned = list.n;
    blob->cap_owned = list.cap;
}

static void read_doubles(struct ecam_pb *pb, struct ecam_caffe_blob *blob)
{
    if (blob->data != NULL || blob->n_owned > 0) {
        ecam_pb_fail(pb, blob->is_double ? ECAM_ERR_UNSUPPORTED : ECAM_ERR_FORMAT,
                     blob->is_double ? "a blob's double_data in several pieces"
                                     : "a blob with data and double_data");
        return;
    }
    if (pb->wire != ECAM_PB_BYTES) {
        ecam_pb_fail(pb, ECAM_ERR_UNSUPPORTED, "a blob's double_data that is not packed");
        return;
    }
    blob->is_double = true;
    blob->data = ecam_pb_bytes(pb, &blob->n_bytes);
    if (blob->n_bytes % sizeof(double) != 0)
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "a blob's double_data has %zu bytes, no whole doubles",
                     blob->n_bytes);
}

/* ---- Fields ---- */

static void no_memory(struct ecam_pb *pb)
{
    ecam_pb_fail(pb, ECAM_ERR_NOMEM, "field %u", pb->field);
}

/* Counts what lists grow by, so that no small file makes large ones. */
static bool may_grow(struct reading *rd, struct ecam_pb *pb)
{
    const uint64_t most = 16 * (uint64_t)rd->limits->max_tensors;
    if (rd->n_items++ < most)
        return true;
    ecam_pb_fail(pb, ECAM_ERR_LIMIT, "more than %llu names, layers and blobs",
                 (unsigned long long)most);
    return false;
}

static void read_maybe(struct ecam_pb *pb, uint8_t *to)
{
    const struct ecam_caffe_maybe maybe = { true, ecam_pb_int(pb) };
    memcpy(to, &maybe, sizeof maybe);
}

static void read_reals(struct ecam_pb *pb, struct ecam_caffe_reals *reals)
{
    struct ecam_pb_floats list = { 0 };
    ecam_pb_add_floats(pb, &list);
    if (list.n > ECAM_CAFFE_MAX_REALS - reals->n)
        ecam_pb_fail(pb, ECAM_ERR_LIMIT, "field %u: more than %d numbers", pb->field,
                     ECAM_CAFFE_MAX_REALS);
    for (size_t i = 0; i < list.n && reals->n < ECAM_CAFFE_MAX_REALS; i++)
        reals->v[reals->n++] = list.items[i];
    ecam_free(list.items);
}

static void read_int_list(struct reading *rd, struct ecam_pb *pb, struct ecam_caffe_list *to)
{
    struct ecam_pb_ints list = { 0 };
    ecam_pb_add_ints(pb, &list);
    for (size_t i = 0; i < list.n && may_grow(rd, pb); i++)
        if (!ecam_caffe_append_int(to, list.items[i])) {
            no_memory(pb);
            break;
        }
    ecam_free(list.items);
}

static void read_text(struct ecam_pb *pb, char **to)
{
    char *const text = ecam_pb_strdup(pb);
    ecam_free(*to);
    *to = text;
}

static void read_item(struct reading *rd, struct ecam_pb *pb, struct ecam_caffe_list *list,
                      const struct ecam_caffe_message *message)
{
    struct ecam_pb inner = ecam_pb_message(pb);
    if (!may_grow(rd, pb))
        return;
    if (list->n >= rd->limits->max_tensors) {
        ecam_pb_fail(pb, ECAM_ERR_LIMIT, "field %u: more than %u of them", pb->field,
                     rd->limits->max_tensors);
        return;
    }
    void *const item = ecam_caffe_append(list, message);
    if (item == NULL)
        no_memory(pb);
    else
        read_message(rd, &inner, message, item);
}

static void read_field(struct reading *rd, struct ecam_pb *pb, const struct ecam_caffe_field *field,
                       uint8_t *message)
{
    void *const to = message + field->offset;
    struct ecam_pb inner;
    char *text;
    switch (field->kind) {
    case ECAM_CAFFE_INT:
    case ECAM_CAFFE_ENUM:
        *(int64_t *)to = ecam_pb_int(pb);
        break;
    case ECAM_CAFFE_MAYBE:
    case ECAM_CAFFE_MAYBE_ENUM:
        read_maybe(pb, to);
        break;
    case ECAM_CAFFE_BOOL:
        *(bool *)to = ecam_pb_bool(pb);
        break;
    case ECAM_CAFFE_REAL:
        *(float *)to = ecam_pb_float(pb);
        break;
    case ECAM_CAFFE_INTS: {
        struct ecam_caffe_ints *const ints = to;
        ecam_pb_few_ints(pb, ints->v, ECAM_CAFFE_MAX_INTS, &ints->n);
        break;
    }
    case ECAM_CAFFE_INT_LIST:
        read_int_list(rd, pb, to);
        break;
    case ECAM_CAFFE_REALS:
        read_reals(pb, to);
        break;
    case ECAM_CAFFE_TEXT:
        read_text(pb, to);
        break;
    case ECAM_CAFFE_TEXTS:
        text = may_grow(rd, pb) ? ecam_pb_strdup(pb) : NULL;
        if (text != NULL && !ecam_caffe_append_text(to, text))
            no_memory(pb);
        break;
    case ECAM_CAFFE_MESSAGE:
        inner = ecam_pb_message(pb);
        read_message(rd, &inner, field->more, message);
        break;
    case ECAM_CAFFE_MESSAGES:
        if (rd->with_blobs || strcmp(field->name, "blobs") != 0)
            read_item(rd, pb, to, field->more);
        break;
    case ECAM_CAFFE_PRESENCE:
        *(bool *)to = true;
        break;
    case ECAM_CAFFE_FLOATS:
        read_floats(pb, to);
        break;
    case ECAM_CAFFE_DOUBLES:
        read_doubles(pb, to);
        break;
    }
}

static void read_message(struct reading *rd, struct ecam_pb *pb,
                         const struct ecam_caffe_message *message, uint8_t *to)
{
    while (ecam_pb_next(pb))
        for (const struct ecam_caffe_field *f = message->fields; f->name != NULL; f++)
            if (f->number == pb->field) {
                read_field(rd, pb, f, to);
                break;
            }
}

enum ecam_status ecam_caffe_net_binary(const uint8_t *bytes, size_t size, bool with_blobs,
                                       const struct ecam_limits *limits,
                                       struct ecam_caffe_net **out, struct ecam_error *err)
{
    struct reading rd = { .limits = limits, .with_blobs = with_blobs };
    struct ecam_pb_source source;
    struct ecam_pb pb = ecam_pb_begin(&source, bytes, size, limits);
    struct ecam_caffe_net *net = ecam_caffe_net_new();
    if (net == NULL)
        ecam_pb_fail(&pb, ECAM_ERR_NOMEM, "net");
    else
        read_message(&rd, &pb, &ecam_caffe_net_message, (uint8_t *)net);
    enum ecam_status status = ecam_pb_status(&source, err);
    if (status == ECAM_OK)
        status = ecam_caffe_net_finish(net, err);
    if (status == ECAM_OK)
        *out = net;
    else
        ecam_caffe_net_free(net);
    return status;
}
