/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/annotation.h"

#include "bench/eval/lines.h"
#include "bench/eval/xml.h"
#include "engine/alloc.h"
#include "engine/error.h"

#define MAX_OBJECTS 65536

void eval_annotation_free(struct eval_annotation *annotation)
{
    for (size_t i = 0; i < annotation->n; i++)
        ecam_free(annotation->object[i].name);
    ecam_free(annotation->object);
    ecam_free(annotation->filename);
    *annotation = (struct eval_annotation){ 0 };
}

/* What the elements of an annotation add up to. Memory is no fault of the file. */
struct eval_reader {
    struct eval_xml xml;
    struct eval_annotation annotation;
    bool is_out_of_memory;
};

static double read_number(struct eval_reader *r, const char *what)
{
    double value = 0;
    const char *text = eval_xml_content(&r->xml);
    if (!eval_number(text, &value))
        eval_xml_fail(&r->xml, "%s is '%.40s', expected a number", what, text);
    return value;
}

/* The text of an element in place of what was read before. */
static void read_string(struct eval_reader *r, char **out)
{
    char *copy = ecam_strdup(eval_xml_content(&r->xml));
    ecam_free(*out);
    *out = copy;
    r->is_out_of_memory = r->is_out_of_memory || copy == NULL;
}

static void read_size(struct eval_reader *r)
{
    while (eval_xml_next(&r->xml) && r->xml.event != EVAL_XML_CLOSE) {
        if (r->xml.event != EVAL_XML_OPEN)
            continue;
        const bool is_width = eval_xml_is(&r->xml, "width");
        if (!is_width && !eval_xml_is(&r->xml, "height")) {
            eval_xml_skip(&r->xml);
            continue;
        }
        const double value = read_number(r, is_width ? "width" : "height");
        if (value < 0)
            eval_xml_fail(&r->xml, "a size below 0");
        else if (is_width)
            r->annotation.w = (size_t)value;
        else
            r->annotation.h = (size_t)value;
    }
}

static void read_box(struct eval_reader *r, struct eval_box *box)
{
    double *const side[4] = { &box->x0, &box->y0, &box->x1, &box->y1 };
    static const char *const names[4] = { "xmin", "ymin", "xmax", "ymax" };
    unsigned found = 0;
    const size_t line = r->xml.event_line;
    while (eval_xml_next(&r->xml) && r->xml.event != EVAL_XML_CLOSE) {
        if (r->xml.event != EVAL_XML_OPEN)
            continue;
        unsigned k = 0;
        while (k < 4 && !eval_xml_is(&r->xml, names[k]))
            k++;
        if (k == 4) {
            eval_xml_skip(&r->xml);
        } else {
            *side[k] = read_number(r, names[k]);
            found |= 1u << k;
        }
    }
    for (unsigned k = 0; k < 4; k++)
        if ((found >> k & 1u) == 0)
            eval_xml_fail(&r->xml, "the box that begins on line %zu has no %s", line, names[k]);
    if (box->x1 < box->x0 || box->y1 < box->y0)
        eval_xml_fail(&r->xml, "a box from %g,%g to %g,%g: it ends before it begins", box->x0,
                      box->y0, box->x1, box->y1);
}

static void read_object(struct eval_reader *r)
{
    struct eval_object object = { 0 };
    bool has_box = false;
    const size_t line = r->xml.event_line;
    while (eval_xml_next(&r->xml) && r->xml.event != EVAL_XML_CLOSE) {
        if (r->xml.event != EVAL_XML_OPEN)
            continue;
        if (eval_xml_is(&r->xml, "name")) {
            read_string(r, &object.name);
        } else if (eval_xml_is(&r->xml, "bndbox")) {
            read_box(r, &object.box);
            has_box = true;
        } else if (eval_xml_is(&r->xml, "difficult")) {
            object.is_difficult = read_number(r, "difficult") != 0;
        } else {
            eval_xml_skip(&r->xml);
        }
    }
    struct eval_annotation *a = &r->annotation;
    if (!has_box || object.name == NULL || object.name[0] == '\0')
        eval_xml_fail(&r->xml, "the object that begins on line %zu has no %s", line,
                      has_box ? "name" : "bndbox");
    else if (a->n == MAX_OBJECTS)
        eval_xml_fail(&r->xml, "more than %d objects", MAX_OBJECTS);
    const bool is_kept = r->xml.status == ECAM_OK && !r->is_out_of_memory;
    if (is_kept && ecam_reserve((void **)&a->object, &a->cap, a->n, sizeof *a->object)) {
        a->object[a->n++] = object;
    } else {
        r->is_out_of_memory = r->is_out_of_memory || is_kept;
        ecam_free(object.name);
    }
}

enum ecam_status eval_annotation_parse(const uint8_t *bytes, size_t size,
                                       struct eval_annotation *out, struct ecam_error *err)
{
    struct eval_reader r = { .xml = eval_xml_begin(bytes, size) };
    if (eval_xml_next(&r.xml) && !eval_xml_is(&r.xml, "annotation"))
        eval_xml_fail(&r.xml, "found <%.*s>, expected <annotation>",
                      (int)ecam_min_size(r.xml.name.n, 40), (const char *)r.xml.name.at);
    while (!r.is_out_of_memory && eval_xml_next(&r.xml)) {
        if (r.xml.event != EVAL_XML_OPEN)
            continue;
        if (eval_xml_is(&r.xml, "object"))
            read_object(&r);
        else if (eval_xml_is(&r.xml, "size"))
            read_size(&r);
        else if (eval_xml_is(&r.xml, "filename"))
            read_string(&r, &r.annotation.filename);
        else
            eval_xml_skip(&r.xml);
    }
    const enum ecam_status status = r.is_out_of_memory
                                        ? ecam_fail(err, ECAM_ERR_NOMEM, "an annotation")
                                        : eval_xml_status(&r.xml, err);
    if (status == ECAM_OK)
        *out = r.annotation;
    else
        eval_annotation_free(&r.annotation);
    return status;
}
