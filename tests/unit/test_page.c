/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"

static void check(const char *template, const char *values, const char *want)
{
    cJSON *tree = cJSON_Parse(values);
    struct page page = { 0 };
    struct ecam_error err = { .text = "" };
    ck_assert_ptr_nonnull(tree);
    const enum ecam_status status = page_render(&page, template, strlen(template), tree, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    ck_assert_str_eq(page.text, want);
    page_free(&page);
    cJSON_Delete(tree);
}

START_TEST(texts_are_put_in)
{
    check("", "{}", "");
    check("no { tag } here", "{}", "no { tag } here");
    check("{{a}}-{{b}}", "{\"a\":\"x\",\"b\":\"\"}", "x-");
    check("{{{a}}}{{a}}", "{\"a\":\"<&\"}", "<&&lt;&amp;");
}
END_TEST

START_TEST(sections_repeat)
{
    check("{{#l}}<{{k}}>{{/l}}", "{\"l\":[{\"k\":\"1\"},{\"k\":\"2\"}]}", "<1><2>");
    check("{{#l}}<{{.}}>{{/l}}", "{\"l\":[\"1\",\"&\"]}", "<1><&amp;>");
    check("{{#o}}{{k}}{{/o}}", "{\"o\":{\"k\":\"in\"},\"k\":\"out\"}", "in");
    check("{{#o}}{{up}}{{/o}}", "{\"o\":{\"k\":\"in\"},\"up\":\"out\"}", "out");
    check("{{#t}}{{up}}{{.}}{{/t}}", "{\"t\":\"text\",\"up\":\"out\"}", "outtext");
    check("{{#b}}yes{{/b}}{{^b}}no{{/b}}", "{\"b\":true}", "yes");
    const char *nothing[] = { "{}", "{\"b\":false}", "{\"b\":null}", "{\"b\":[]}", "{\"b\":\"\"}" };
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        check("{{#b}}yes{{/b}}{{^b}}no{{/b}}", nothing[i], "no");
    check("{{#a}}{{#a}}{{k}}{{/a}}{{/a}}", "{\"a\":{\"a\":[{\"k\":\"x\"},{\"k\":\"y\"}]}}", "xy");
}
END_TEST

START_TEST(what_comes_from_outside_stays_text)
{
    struct page page = { 0 };
    page_put_escaped(&page, "<a href='x' title=\"y\">&amp;</a>");
    ck_assert_str_eq(page.text,
                     "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;");
    page_free(&page);
    page_put_escaped(&page, "tab\tline\n\x01\x1B\x7F|\xC3\xA9\xF0\x9F\x90\xB1|\xC2\x85\xC2\xA0");
    ck_assert_str_eq(page.text, "tab\tline\n\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xC3\xA9"
                                "\xF0\x9F\x90\xB1|\xEF\xBF\xBD\xC2\xA0");
    page_free(&page);
    page_put_escaped(&page, "\xFF\xC0\x80\xED\xA0\x80\xE2\x82");
    for (size_t i = 0; i < page.len; i += 3)
        ck_assert_int_eq(memcmp(page.text + i, "\xEF\xBF\xBD", 3), 0);
    page_free(&page);
    check("<i title=\"{{a}}\">", "{\"a\":\"{{b}} \\\"{{#c}}\"}",
          "<i title=\"{{b}} &quot;{{#c}}\">"); /* no template in it */
}
END_TEST

START_TEST(templates_that_do_not_nest_are_refused)
{
    const struct {
        const char *template, *part;
    } bad[] = {
        { "{{a", "a bad tag" },
        { "{{}}", "a bad tag" },
        { "{{{a}}", "a bad tag" },
        { "{{a}", "a bad tag" },
        { "{{#a}}x", "is not closed" },
        { "{{#a}}x{{b", "a bad tag inside" },
        { "{{#a}}{{#b}}{{/a}}{{/b}}", "closes another section" },
        { "x{{/a}}", "closes what is not open" },
        { "{{missing}}", "there is no such text" },
        { "{{list}}", "there is no such text" },
        { "{{this_key_is_longer_than_any_that_a_template_may_use}}", "a bad tag" },
        { "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}x"
          "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}",
          "nested too deep" },
    };
    cJSON *tree = cJSON_Parse("{\"a\":true,\"b\":true,\"list\":[\"x\"]}");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct page page = { 0 };
        struct ecam_error err = { .text = "" };
        ck_assert_int_eq(page_render(&page, bad[i].template, strlen(bad[i].template), tree, &err),
                         ECAM_ERR_FORMAT);
        ck_assert_msg(strstr(err.text, bad[i].part) != NULL, "%s: '%s' lacks '%s'", bad[i].template,
                      err.text, bad[i].part);
        page_free(&page);
    }
    cJSON_Delete(tree);
}
END_TEST

START_TEST(a_tree_is_built)
{
    bool failed = false;
    cJSON *tree = cJSON_CreateObject();
    cJSON *list = page_list(tree, "list", &failed);
    page_string(list, NULL, "one", &failed);
    page_format(page_object(list, NULL, &failed), "n", &failed, "%d of %s", 2, "3");
    page_number(tree, "third", 1.0 / 3, &failed);
    page_float(tree, "tenth", 0.1f, &failed);
    page_number(tree, "none", (double)INFINITY, &failed);
    ck_assert(!failed);
    char *text = cJSON_PrintUnformatted(tree);
    ck_assert_str_eq(text,
                     "{\"list\":[\"one\",{\"n\":\"2 of 3\"}],\"third\":\"0.3333333333333333\","
                     "\"tenth\":\"0.1\",\"none\":\"none\"}");
    cJSON_free(text);
    page_string(NULL, "key", "no parent: it could not be made", &failed);
    ck_assert(failed);
    cJSON_Delete(tree);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { texts_are_put_in, sections_repeat,
                                   what_comes_from_outside_stays_text,
                                   templates_that_do_not_nest_are_refused, a_tree_is_built };
    return tu_main("page", tests, sizeof tests / sizeof *tests);
}
