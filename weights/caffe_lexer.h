/* SPDX-License-Identifier: BSD-2-Clause
 * The words of a prototxt. Failure is sticky, and tells line and column. */
#ifndef ECAM_CAFFE_LEXER_H
#define ECAM_CAFFE_LEXER_H

#include "engine/common.h"
#include "engine/ecam.h"

#define ECAM_CAFFE_MAX_WORD 128 /* bytes of a name or number */

struct ecam_caffe_text {
    const char *base, *at, *end;
    const struct ecam_limits *limits;
    uint32_t depth;
    size_t n_items; /* of all lists together */
    enum ecam_status status;
    struct ecam_error *err;
};

/* A value that is no message. */
struct ecam_caffe_scalar {
    const char *at;
    bool is_text;                   /* was in quotes */
    char word[ECAM_CAFFE_MAX_WORD]; /* else */
    char *text;                     /* ecam_free()d, where is_text */
};

/* The first failure counts. */
void ecam_caffe_text_fail(struct ecam_caffe_text *t, const char *at, enum ecam_status status,
                          const char *fmt, ...) ECAM_PRINTF(4, 5);

/* The byte here, 0 at the end and after a failure. */
char ecam_caffe_text_peek(const struct ecam_caffe_text *t);

/* Goes past space and comments. */
void ecam_caffe_text_space(struct ecam_caffe_text *t);

/* Whether the next byte after space is this one; then it is taken. */
bool ecam_caffe_text_accept(struct ecam_caffe_text *t, char c);

/* A name or number. `expected` is for the message where there is none. */
void ecam_caffe_text_word(struct ecam_caffe_text *t, char word[ECAM_CAFFE_MAX_WORD],
                          const char *expected);

/* A value that is no message; texts that follow one another are one. */
void ecam_caffe_text_scalar(struct ecam_caffe_text *t, struct ecam_caffe_scalar *s);

#endif /* ECAM_CAFFE_LEXER_H */
