/* SPDX-License-Identifier: BSD-2-Clause
 * Files of results: begun, cut, gone on with, merged. */
#include "tools/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/common.h"
#include "tests/unit/tfolder.h"
#include "tests/unit/tu.h"

#define HEADER "{\"eigencam_results\":1,\"what\":\"x\",\"n\":3}"
#define LINE(image, value) "{\"image\":\"" image "\",\"v\":" value "}"

static void put(const char *name, const char *text)
{
    FILE *f = fopen(tfolder_path(name), "wb");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void check_file(const char *name, const char *want)
{
    char got[1024];
    FILE *f = fopen(tfolder_path(name), "rb");
    ck_assert_ptr_nonnull(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(got, want);
}

static void add(struct results_writer *writer, const char *image)
{
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "image");
    json_string(&json, image);
    json_object_end(&json);
    ck_assert_int_eq(results_add(writer, &json, NULL), ECAM_OK);
    json_free(&json);
}

static enum ecam_status open_file(const char *name, bool is_resumed, struct results_writer **out,
                                  struct ecam_error *err)
{
    return results_open(tfolder_path(name), HEADER, is_resumed, out, err);
}

START_TEST(a_file_is_begun_and_gone_on_with)
{
    tfolder_new();
    struct results_writer *w = NULL;
    ck_assert_int_eq(open_file("a", false, &w, NULL), ECAM_OK);
    add(w, "b");
    ck_assert(!results_has(w, "b")); /* only what was there before */
    results_close(w);
    check_file("a", HEADER "\n{\"image\":\"b\"}\n");
    ck_assert_int_eq(open_file("a", true, &w, NULL), ECAM_OK);
    ck_assert_uint_eq(results_n_done(w), 1);
    ck_assert(results_has(w, "b") && !results_has(w, "a"));
    add(w, "a");
    results_close(w);
    check_file("a", HEADER "\n{\"image\":\"b\"}\n{\"image\":\"a\"}\n");
    ck_assert_int_eq(open_file("a", true, &w, NULL), ECAM_OK);
    add(w, "\"\\\x1F\xC3\xA9"); /* changed by JSON, and back */
    results_close(w);
    ck_assert_int_eq(open_file("a", true, &w, NULL), ECAM_OK);
    ck_assert(results_has(w, "\"\\\x1F\xC3\xA9"));
    results_close(w);
    tfolder_free();
}
END_TEST

START_TEST(nothing_is_written_over)
{
    tfolder_new();
    struct results_writer *w = NULL;
    struct ecam_error err = { .text = "" };
    put("b", "mine\n");
    ck_assert_int_eq(open_file("b", false, &w, &err), ECAM_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "is there already; --resume goes on with it"));
    ck_assert_int_eq(open_file("b", true, &w, &err), ECAM_ERR_FORMAT);
    check_file("b", "mine\n");
    put("b", "{\"eigencam_results\":1,\"what\":\"x\",\"n\":4}\n");
    ck_assert_int_eq(open_file("b", true, &w, &err), ECAM_ERR_ARG);
    ck_assert_ptr_nonnull(strstr(err.text, "'n' differs"));
    ck_assert_int_eq(open_file("no/b", false, &w, &err), ECAM_ERR_IO);
    tfolder_free();
}
END_TEST

/* Wherever a run was killed, all whole lines are kept and nothing else. */
static bool is_refused_to_another_process(const char *name)
{
    fflush(NULL);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct results_writer *w = NULL;
        struct ecam_error err = { .text = "" };
        const enum ecam_status status = open_file(name, true, &w, &err);
        _exit(status == ECAM_ERR_IO && strstr(err.text, "another run is writing it") != NULL);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status) != 0;
}

START_TEST(one_run_writes_a_file)
{
    tfolder_new();
    struct results_writer *w = NULL;
    ck_assert_int_eq(open_file("a", false, &w, NULL), ECAM_OK);
    ck_assert(is_refused_to_another_process("a"));
    add(w, "b");
    results_close(w);
    ck_assert(!is_refused_to_another_process("a"));
    ck_assert_int_eq(open_file("a", true, &w, NULL), ECAM_OK); /* has read it meanwhile */
    ck_assert(is_refused_to_another_process("a"));

    /* A child of the run, such as a decoder's, outlives it: the file is free all the same. */
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char end;
        close(ends[1]);
        _exit(read(ends[0], &end, 1) != 0);
    }
    results_close(w);
    ck_assert(!is_refused_to_another_process("a"));
    close(ends[0]);
    close(ends[1]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    tfolder_free();
}
END_TEST

START_TEST(a_cut_file_is_gone_on_with)
{
    tfolder_new();
    static const char whole[] = HEADER "\n" LINE("a", "1") "\n" LINE("b", "2") "\n";
    const size_t first = strlen(HEADER "\n"), second = first + strlen(LINE("a", "1") "\n");
    for (size_t n = 0; n < sizeof whole; n++) {
        char cut[sizeof whole] = "", want[sizeof whole] = HEADER "\n";
        struct results_writer *w = NULL;
        memcpy(cut, whole, n);
        put("cut", cut);
        memcpy(want, whole, n >= sizeof whole - 1 ? n : n >= second ? second : first);
        ck_assert_int_eq(open_file("cut", true, &w, NULL), ECAM_OK);
        ck_assert_uint_eq(results_n_done(w), n >= sizeof whole - 1 ? 2 : n >= second ? 1 : 0);
        results_close(w);
        check_file("cut", want);
    }
    tfolder_free();
}
END_TEST

START_TEST(lines_in_the_order_of_images)
{
    tfolder_new();
    struct results *r = NULL;
    const char *text = NULL;
    size_t n = 0;
    cJSON *line = NULL;
    put("r", HEADER "\n" LINE("b", "1") "\n" LINE("a\\\"/", "2") "\n" LINE("b", "1") "\n");
    ck_assert_int_eq(results_read(tfolder_path("r"), &r, NULL), ECAM_OK);
    ck_assert_uint_eq(results_count(r), 2);
    ck_assert_str_eq(results_image(r, 0), "a\"/");
    ck_assert_str_eq(results_header_text(r), HEADER);
    ck_assert_int_eq(results_text(r, 1, &text, &n, NULL), ECAM_OK);
    ck_assert_str_eq(text, LINE("b", "1"));
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_int_eq(results_line(r, 0, &line, NULL), ECAM_OK);
    ck_assert(cJSON_GetObjectItem(line, "v")->valuedouble == 2);
    cJSON_Delete(line);
    results_free(r);
    tfolder_free();
}
END_TEST

START_TEST(files_that_are_no_results)
{
    tfolder_new();
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "empty, expected results" },
        { HEADER, "empty, expected results" },
        { "{}\n", "line 1: no file of results" },
        { "x\n", "line 1" },
        { HEADER "\n{\"img\":\"a\"}\n",
          "line 2: found '{\"img\":\"a\"}', expected {\"image\":..." },
        { HEADER "\n" LINE("a", "1") "\n" LINE("a", "2") "\n", "image a twice" },
        { HEADER "\n{\"image\":\"a\n", "line 2" },
    };
    struct ecam_error err;
    struct results *r = NULL;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(cases); i++) {
        put("bad", cases[i].text);
        err.text[0] = '\0';
        ck_assert_int_eq(results_read(tfolder_path("bad"), &r, &err), ECAM_ERR_FORMAT);
        ck_assert_msg(strstr(err.text, cases[i].want) != NULL, "found '%s', expected '%s'",
                      err.text, cases[i].want);
    }
    ck_assert_int_eq(results_read(tfolder_path("none"), &r, &err), ECAM_ERR_IO);
    put("bad", HEADER "\n{\"image\":\"a\",}\n"); /* told when the line is asked for */
    ck_assert_int_eq(results_read(tfolder_path("bad"), &r, &err), ECAM_OK);
    cJSON *line = NULL;
    ck_assert_int_eq(results_line(r, 0, &line, &err), ECAM_ERR_FORMAT);
    results_free(r);
    tfolder_free();
}
END_TEST

START_TEST(parts_merge_in_order)
{
    tfolder_new();
    char part[3][512];
    const char *parts[3];
    struct ecam_error err = { .text = "" };
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%zu", i);
        snprintf(part[i], sizeof part[i], "%s", tfolder_path(name));
        parts[i] = part[i];
    }
    put("p0", HEADER "\n" LINE("c", "3") "\n");
    put("p1", HEADER "\n" LINE("b", "2") "\n" LINE("a", "1") "\n");
    put("p2", HEADER "\n" LINE("b", "2") "\n");
    ck_assert_int_eq(results_merge(tfolder_path("all"), parts, 3, &n, NULL), ECAM_OK);
    ck_assert_uint_eq(n, 3);
    check_file("all", HEADER "\n" LINE("a", "1") "\n" LINE("b", "2") "\n" LINE("c", "3") "\n");
    put("p2", HEADER "\n" LINE("b", "7") "\n");
    ck_assert_int_eq(results_merge(tfolder_path("other"), parts, 3, &n, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "image b: other results in"));
    put("p2", "{\"eigencam_results\":1,\"what\":\"y\",\"n\":3}\n");
    ck_assert_int_eq(results_merge(tfolder_path("other"), parts, 3, &n, &err), ECAM_ERR_ARG);
    ck_assert_ptr_nonnull(strstr(err.text, "'what' differs"));
    ck_assert_ptr_null(fopen(tfolder_path("other"), "rb")); /* nothing half-written */
    tfolder_free();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { a_file_is_begun_and_gone_on_with,
                                   nothing_is_written_over,
                                   one_run_writes_a_file,
                                   a_cut_file_is_gone_on_with,
                                   lines_in_the_order_of_images,
                                   files_that_are_no_results,
                                   parts_merge_in_order };
    return tu_main("results", tests, sizeof tests / sizeof *tests);
}
