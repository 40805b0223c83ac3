/* SPDX-License-Identifier: BSD-2-Clause
 * XML as annotation files have it, read in place, one piece after the other:
 *
 *     struct eval_xml xml = eval_xml_begin(bytes, size);
 *     while (eval_xml_next(&xml))
 *         switch (xml.event) { ... }
 *     return eval_xml_status(&xml, err);
 *
 * Elements and text are given; attributes, comments and processing instructions are
 * checked and skipped. What could make a small file large or open another one (an internal
 * DTD, entities of one's own) is refused, and so is what is no XML. Nothing recurses,
 * nothing is allocated. */
#ifndef ECAM_EVAL_XML_H
#define ECAM_EVAL_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/common.h"
#include "engine/ecam.h"

#define EVAL_XML_NESTING 64
#define EVAL_XML_TEXT 1024 /* bytes of one text; the rest of a longer one is a fault */

enum eval_xml_event { EVAL_XML_OPEN, EVAL_XML_CLOSE, EVAL_XML_TEXT_PIECE };

struct eval_xml_name {
    const uint8_t *at;
    size_t n;
};

struct eval_xml {
    const uint8_t *at, *end;
    size_t line;                                 /* of `at`, from 1 */
    struct eval_xml_name open[EVAL_XML_NESTING]; /* elements round this place */
    size_t depth;
    bool is_begun, is_ended; /* the root element was opened, closed */
    bool closes_now;         /* an empty element: its end comes next */
    enum ecam_status status;
    char what[200]; /* why it failed */

    enum eval_xml_event event;
    struct eval_xml_name name; /* of OPEN and CLOSE */
    char text[EVAL_XML_TEXT];  /* of TEXT_PIECE: with entities resolved, blanks at the ends
                                  taken away; never empty */
    size_t event_line;
};

struct eval_xml eval_xml_begin(const uint8_t *bytes, size_t size);
bool eval_xml_next(struct eval_xml *xml); /* false at the end or after a failure */
enum ecam_status eval_xml_status(const struct eval_xml *xml, struct ecam_error *err);

/* Whether the event's element is called that. */
bool eval_xml_is(const struct eval_xml *xml, const char *name);

/* Goes behind the end of the element that was opened by this event. */
void eval_xml_skip(struct eval_xml *xml);

/* The text of the element that was opened by this event, with nothing else in it; goes
 * behind its end. "" where it is empty. Valid until the next event. */
const char *eval_xml_content(struct eval_xml *xml);

/* Makes it fail, with the event's line before the text. The first failure stays. */
void eval_xml_fail(struct eval_xml *xml, const char *fmt, ...) ECAM_PRINTF(2, 3);

#endif /* ECAM_EVAL_XML_H */
