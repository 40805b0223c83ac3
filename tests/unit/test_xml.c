/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/xml.h"

#include <stdio.h>
#include <string.h>

#include "bench/eval/annotation.h"
#include "tests/unit/tu.h"

static struct eval_xml begin(const char *text)
{
    return eval_xml_begin((const uint8_t *)text, strlen(text));
}

/* All events as text: "<a", "'text'", ">a". */
static enum ecam_status events_of(const char *text, char *out, size_t size, struct ecam_error *err)
{
    struct eval_xml xml = begin(text);
    size_t at = 0;
    out[0] = '\0';
    while (eval_xml_next(&xml) && at < size) {
        const char *sign = xml.event == EVAL_XML_OPEN ? "<" : ">";
        at += (size_t)(xml.event == EVAL_XML_TEXT_PIECE
                           ? snprintf(out + at, size - at, "'%s'", xml.text)
                           : snprintf(out + at, size - at, "%s%.*s", sign, (int)xml.name.n,
                                      (const char *)xml.name.at));
    }
    return eval_xml_status(&xml, err);
}

static void check(const char *text, const char *want)
{
    char got[512];
    struct ecam_error err = { .text = "" };
    ck_assert_msg(events_of(text, got, sizeof got, &err) == ECAM_OK, "%s: %s", text, err.text);
    ck_assert_str_eq(got, want);
}

static void check_error(const char *text, const char *want)
{
    char got[2048];
    struct ecam_error err = { .text = "" };
    ck_assert_int_eq(events_of(text, got, sizeof got, &err), ECAM_ERR_FORMAT);
    ck_assert_msg(strstr(err.text, want) != NULL, "%.60s: found '%s', expected '%s'", text,
                  err.text, want);
}

START_TEST(elements_and_text)
{
    check("<a>b</a>", "<a'b'>a");
    check("<a/>", "<a>a");
    check(" <a ><b />\n  c </a > ", "<a<b>b'c'>a");
    check("\xEF\xBB\xBF<a></a>", "<a>a");
    check("<?xml version=\"1.0\"?><!-- x --><!DOCTYPE a SYSTEM \"a.dtd\"><a/><!-- y --><?z?>",
          "<a>a");
    check("<a x='1' y=\"2 > 1\">t</a>", "<a't'>a");
    check("<a>one<!-- - -- -->two<?p?></a>", "<a'onetwo'>a");
    check("<n:a.b-c_1>\r\n\t</n:a.b-c_1>", "<n:a.b-c_1>n:a.b-c_1");
}
END_TEST

START_TEST(characters_by_their_names)
{
    check("<a>&lt;&gt;&amp;&quot;&apos;</a>", "<a'<>&\"''>a");
    check("<a>&#65;&#x42;&#xe9;&#8364;&#x1F600;</a>",
          "<a'AB\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80'>a");
    check("<a><![CDATA[<&]]> ]]&gt;</a>", "<a'<& ]]>'>a");
    check_error("<a>&nbsp;</a>", "line 1: an entity that is none of XML's own");
    check_error("<a>&#0;</a>", "an entity");
    check_error("<a>&#xD800;</a>", "an entity");
    check_error("<a>&#x110000;</a>", "an entity");
    check_error("<a>&#65 ;</a>", "an entity");
    check_error("<a>&#;</a>", "an entity");
    check_error("<a>&#xG;</a>", "an entity");
}
END_TEST

START_TEST(what_is_no_xml)
{
    check_error("", "no element at all");
    check_error(" \n", "no element at all");
    check_error("\xFF\xFE<", "UTF-16");
    check_error("a", "found 'a' outside of the element");
    check_error("<a>", "the file ends inside <a>");
    check_error("<a>\n<b>\n</a>", "line 3: found </a>, expected </b>");
    check_error("</a>", "an end without a begin");
    check_error("<a/></a>", "an end without a begin");
    check_error("<a/><b/>", "a second element");
    check_error("<a/>b", "found 'b' outside");
    check_error("<a", "<a without '>'");
    check_error("<a></a", "</a without '>'");
    check_error("<1/>", "line 1");
    check_error("<a b></a>", "attribute 'b' has no value");
    check_error("<a b=c></a>", "in no quotes");
    check_error("<a b='c></a>", "does not end");
    check_error("<a b='<'></a>", "does not end");
    check_error("<a><!-- </a>", "a comment without end");
    check_error("<?a ", "an instruction without end");
    check_error("<a><![CDATA[x</a>", "CDATA");
    check_error("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "DOCTYPE with declarations");
    check_error("<!DOCTYPE a", "DOCTYPE");
    check_error("<a><!DOCTYPE a></a>", "DOCTYPE");
    check_error("<a>\x01</a>", "found byte 1");
}
END_TEST

START_TEST(what_is_too_much)
{
    char text[2 * EVAL_XML_TEXT + 32];
    size_t n = 0;
    for (int i = 0; i <= EVAL_XML_NESTING; i++, n += 3)
        memcpy(text + n, "<a>", 4);
    check_error(text, "nested deeper than 64");
    memset(text, 'x', sizeof text);
    memcpy(text, "<a>", 3);
    memcpy(text + 3 + EVAL_XML_TEXT - 1, "</a>", 5);
    struct eval_xml xml = begin(text);
    ck_assert(eval_xml_next(&xml));
    ck_assert_uint_eq(strlen(eval_xml_content(&xml)), EVAL_XML_TEXT - 1);
    memset(text + 3, 'x', EVAL_XML_TEXT);
    memcpy(text + 3 + EVAL_XML_TEXT, "</a>", 5);
    check_error(text, "a text of more than 1023 bytes");
    memcpy(text + 3, "<![CDATA[", 9);
    check_error(text, "CDATA");
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
    static const char text[] = "<a>b<![CDATA[\0]]></a>";
    struct eval_xml xml = eval_xml_begin((const uint8_t *)text, sizeof text - 1);
    while (eval_xml_next(&xml))
        continue;
    ck_assert_int_eq(eval_xml_status(&xml, NULL), ECAM_ERR_FORMAT);
}
END_TEST

START_TEST(skipping_and_content)
{
    struct eval_xml xml = begin("<a><b><c>1</c></b><d>2</d><e/><f>3<g/></f></a>");
    ck_assert(eval_xml_next(&xml) && eval_xml_is(&xml, "a"));
    ck_assert(eval_xml_next(&xml) && eval_xml_is(&xml, "b") && !eval_xml_is(&xml, "bb"));
    eval_xml_skip(&xml);
    ck_assert(eval_xml_next(&xml) && eval_xml_is(&xml, "d"));
    ck_assert_str_eq(eval_xml_content(&xml), "2");
    ck_assert(eval_xml_next(&xml) && eval_xml_is(&xml, "e"));
    ck_assert_str_eq(eval_xml_content(&xml), "");
    ck_assert(eval_xml_next(&xml) && eval_xml_is(&xml, "f"));
    eval_xml_content(&xml);
    struct ecam_error err = { .text = "" };
    ck_assert_int_eq(eval_xml_status(&xml, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "line 1: found <g>, expected text");
}
END_TEST

/* ---- Annotations ---- */

static enum ecam_status parse(const char *text, struct eval_annotation *out, struct ecam_error *err)
{
    return eval_annotation_parse((const uint8_t *)text, strlen(text), out, err);
}

START_TEST(an_annotation_of_ilsvrc)
{
    struct eval_annotation a = { 0 };
    ck_assert_int_eq(
        parse("<annotation>\n\t<folder>val</folder>\n\t<filename>ILSVRC2012_val_00000001</filename>"
              "<source><database>ILSVRC_2012</database></source>"
              "<size><width>500</width><height>375</height><depth>3</depth></size>"
              "<segmented>0</segmented><object><name>n01751748</name><pose>Unspecified</pose>"
              "<truncated>0</truncated><difficult>0</difficult><bndbox><xmin>111</xmin>"
              "<ymin>108</ymin><xmax>441</xmax><ymax>193</ymax></bndbox></object></annotation>",
              &a, NULL),
        ECAM_OK);
    ck_assert_str_eq(a.filename, "ILSVRC2012_val_00000001");
    ck_assert_uint_eq(a.w, 500);
    ck_assert_uint_eq(a.h, 375);
    ck_assert_uint_eq(a.n, 1);
    ck_assert_str_eq(a.object[0].name, "n01751748");
    ck_assert(a.object[0].box.x0 == 111 && a.object[0].box.y0 == 108);
    ck_assert(a.object[0].box.x1 == 441 && a.object[0].box.y1 == 193);
    ck_assert(!a.object[0].is_difficult);
    eval_annotation_free(&a);
}
END_TEST

/* VOC: any order, parts with boxes of their own, reals. */
START_TEST(an_object_has_its_own_box)
{
    struct eval_annotation a = { 0 };
    ck_assert_int_eq(parse("<annotation><object><part><name>head</name><bndbox><xmin>1</xmin>"
                           "<ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
                           "<bndbox><ymax>50.5</ymax><xmax>40</xmax><ymin>20</ymin>"
                           "<other/><xmin>10</xmin></bndbox><difficult>1</difficult>"
                           "<name>a &amp; b</name></object></annotation>",
                           &a, NULL),
                     ECAM_OK);
    ck_assert_uint_eq(a.n, 1);
    ck_assert_str_eq(a.object[0].name, "a & b");
    ck_assert(a.object[0].is_difficult);
    ck_assert(a.object[0].box.x0 == 10 && a.object[0].box.y1 == 50.5);
    ck_assert_ptr_null(a.filename);
    eval_annotation_free(&a);
}
END_TEST

START_TEST(annotations_that_are_none)
{
#define BOX(xmin, rest) "<bndbox><xmin>" xmin "</xmin><ymin>1</ymin><xmax>9</xmax>" rest "</bndbox>"
#define OBJECT(inside) "<annotation>\n<object>" inside "</object></annotation>"
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "<html/>", "found <html>, expected <annotation>" },
        { OBJECT("<name>a</name>"), "line 2: the object that begins on line 2 has no bndbox" },
        { OBJECT(BOX("1", "<ymax>9</ymax>")), "has no name" },
        { OBJECT("<name/>" BOX("1", "<ymax>9</ymax>")), "has no name" },
        { OBJECT("<name>a</name>" BOX("1", "")), "has no ymax" },
        { OBJECT("<name>a</name>" BOX("x", "<ymax>9</ymax>")), "xmin is 'x', expected a number" },
        { OBJECT("<name>a</name>" BOX("nan", "<ymax>9</ymax>")), "expected a number" },
        { OBJECT("<name>a</name>" BOX("1e9", "<ymax>9</ymax>")), "expected a number" },
        { OBJECT("<name>a</name>" BOX("", "<ymax>9</ymax>")), "expected a number" },
        { OBJECT("<name>a</name>" BOX("10", "<ymax>9</ymax>")), "it ends before it begins" },
        { "<annotation><size><width>-1</width></size></annotation>", "a size below 0" },
        { "<annotation><size><width>w</width></size></annotation>", "width is 'w'" },
        { "<annotation><filename><b/></filename></annotation>", "expected text" },
        { "<annotation>", "the file ends inside <annotation>" },
    };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(cases); i++) {
        struct eval_annotation a = { 0 };
        struct ecam_error err = { .text = "" };
        ck_assert_int_eq(parse(cases[i].text, &a, &err), ECAM_ERR_FORMAT);
        ck_assert_msg(strstr(err.text, cases[i].want) != NULL, "found '%s', expected '%s'",
                      err.text, cases[i].want);
        ck_assert(a.n == 0 && a.object == NULL);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { elements_and_text,        characters_by_their_names,
                                   what_is_no_xml,           what_is_too_much,
                                   a_zero_byte_is_refused,   skipping_and_content,
                                   an_annotation_of_ilsvrc,  an_object_has_its_own_box,
                                   annotations_that_are_none };
    return tu_main("xml", tests, sizeof tests / sizeof *tests);
}
