/* SPDX-License-Identifier: BSD-2-Clause
 * Which fields of Caffe's messages are read, and where they go: one table for the
 * text and the binary form, so that both fill the same structs. */
#ifndef ECAM_CAFFE_SCHEMA_H
#define ECAM_CAFFE_SCHEMA_H

#include "weights/caffe_net.h"

enum ecam_caffe_kind {
    ECAM_CAFFE_INT,        /* int64_t */
    ECAM_CAFFE_MAYBE,      /* struct ecam_caffe_maybe */
    ECAM_CAFFE_BOOL,       /* bool */
    ECAM_CAFFE_REAL,       /* float */
    ECAM_CAFFE_ENUM,       /* int64_t; the words are in `more` */
    ECAM_CAFFE_MAYBE_ENUM, /* struct ecam_caffe_maybe */
    ECAM_CAFFE_INTS,       /* struct ecam_caffe_ints */
    ECAM_CAFFE_INT_LIST,   /* list of int64_t */
    ECAM_CAFFE_REALS,      /* struct ecam_caffe_reals */
    ECAM_CAFFE_TEXT,       /* char * */
    ECAM_CAFFE_TEXTS,      /* list of char * */
    ECAM_CAFFE_MESSAGE,    /* the struct of the message in `more`, merged */
    ECAM_CAFFE_MESSAGES,   /* list of them */
    ECAM_CAFFE_PRESENCE,   /* bool: the field is there */
    ECAM_CAFFE_FLOATS,     /* struct ecam_caffe_blob, at 0: its numbers; binary form only */
    ECAM_CAFFE_DOUBLES
};

struct ecam_caffe_field {
    const char *name;
    uint32_t number; /* 0: text form only */
    enum ecam_caffe_kind kind;
    size_t offset;    /* in the message's struct */
    const void *more; /* struct ecam_caffe_message, or struct ecam_caffe_word list */
};

struct ecam_caffe_message {
    const char *name;
    const struct ecam_caffe_field *fields; /* ends with a NULL name */
    size_t bytes;                          /* of its struct, where it stands in lists */
    void (*init)(void *item);              /* sets defaults in a zeroed struct; or NULL */
};

/* Words of an enumeration; ends with a NULL word. */
struct ecam_caffe_word {
    const char *word;
    int64_t value;
};

extern const struct ecam_caffe_message ecam_caffe_net_message;

/* caffe_words.c */
extern const struct ecam_caffe_word ecam_caffe_phases[], ecam_caffe_pool_methods[],
    ecam_caffe_round_modes[], ecam_caffe_operations[], ecam_caffe_regions[], ecam_caffe_v1_types[];

/* The type name of today for an old type's number, NULL where there is none. */
const char *ecam_caffe_v1_type(int64_t number);

/* A new zeroed item of a list with the message's defaults; NULL: no memory. */
void *ecam_caffe_append(struct ecam_caffe_list *list, const struct ecam_caffe_message *message);

bool ecam_caffe_append_int(struct ecam_caffe_list *list, int64_t value);

/* Adds a text, taken over also on failure. */
bool ecam_caffe_append_text(struct ecam_caffe_list *list, char *text);

/* An empty net; NULL: no memory. */
struct ecam_caffe_net *ecam_caffe_net_new(void);

/* Turns old layers into today's and checks that each has name and type. */
enum ecam_status ecam_caffe_net_finish(struct ecam_caffe_net *net, struct ecam_error *err);

#endif /* ECAM_CAFFE_SCHEMA_H */
