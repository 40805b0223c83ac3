/* SPDX-License-Identifier: BSD-2-Clause
 * From what was found out to the page: the values of its templates. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/file.h"
#include "tools/output.h"
#include "tools/report.h"
#include "weights/sha256.h"

/* page.S */
#define PART(name)                          \
    extern const char ecam_report_##name[]; \
    extern const uint64_t ecam_report_##name##_size
PART(begin);
PART(photo);
PART(network);
PART(compare);
PART(index);
PART(end);
PART(style);
PART(script);

const char *const report_mode_names[] = { "paper", "centered", NULL };
const char *const report_sign_names[] = { "auto", "absmax", "flip", NULL };
const char *const report_scale_names[] = { "max", "minmax", "clamp", NULL };

const char *report_last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash == NULL ? path : slash + 1;
}

static const char *model_title(const struct reporter *reporter)
{
    const char *family = ecam_model_fact(reporter->runner.model, "family");
    return family != NULL ? family : report_last_part(reporter->runner.name);
}

static enum ecam_status render(struct page *page, const char *part, uint64_t size, cJSON *values,
                               bool failed, struct ecam_error *err)
{
    const enum ecam_status status = failed ? ecam_fail(err, ECAM_ERR_NOMEM, "a page")
                                           : page_render(page, part, (size_t)size, values, err);
    cJSON_Delete(values);
    return status;
}

/* ---- Begin and end ---- */

/* What a Content-Security-Policy calls a text that it allows: base64 of its SHA-256. */
static void put_hash(cJSON *values, const char *key, const char *text, size_t n, bool *failed)
{
    char hex[ECAM_SHA256_HEX];
    uint8_t digest[32];
    ecam_sha256_hex(text, n, hex);
    for (size_t i = 0; i < sizeof digest; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        digest[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    char *base64 = report_base64("", digest, sizeof digest);
    page_string(values, key, base64, failed);
    free(base64);
}

/* A part of the page as a text of the tree. */
static void put_part(cJSON *values, const char *key, const char *part, uint64_t size, bool *failed)
{
    char *text = malloc((size_t)size + 1);
    if (text != NULL) {
        memcpy(text, part, (size_t)size);
        text[size] = '\0';
    }
    page_string(values, key, text, failed);
    free(text);
}

/* Takes the values, which hold title, model and layer_words. */
static enum ecam_status put_begin(struct page *page, cJSON *values, bool failed,
                                  struct ecam_error *err)
{
    put_hash(values, "style_hash", ecam_report_style, (size_t)ecam_report_style_size, &failed);
    put_hash(values, "script_hash", ecam_report_script, (size_t)ecam_report_script_size, &failed);
    put_part(values, "style", ecam_report_style, ecam_report_style_size, &failed);
    page_string(values, "version", ecam_version(), &failed);
    return render(page, ecam_report_begin, ecam_report_begin_size, values, failed, err);
}

enum ecam_status report_put_begin(struct page *page, const struct reporter *reporter,
                                  const struct inputs *inputs, struct ecam_error *err)
{
    cJSON *values = cJSON_CreateObject();
    bool failed = false;
    page_string(values, "model", model_title(reporter), &failed);
    if (inputs->n == 1)
        page_format(values, "title", &failed, "What a network saw in %s",
                    report_last_part(inputs->path[0]));
    else
        page_format(values, "title", &failed, "What a network saw in %zu photos", inputs->n);
    const size_t n_layers = ecam_names_count(reporter->layers);
    if (n_layers == 1)
        page_format(values, "layer_words", &failed, "layer %s",
                    ecam_names_get(reporter->layers, 0));
    else
        page_format(values, "layer_words", &failed, "%zu layers", n_layers);
    if (inputs->n > 1) {
        cJSON *contents = page_object(values, "contents", &failed);
        cJSON *entries = page_list(contents, "entries", &failed);
        for (size_t i = 0; i < inputs->n; i++) {
            cJSON *entry = page_object(entries, NULL, &failed);
            page_format(entry, "id", &failed, "photo-%zu", i + 1);
            page_string(entry, "name", report_last_part(inputs->path[i]), &failed);
        }
    }
    return put_begin(page, values, failed, err);
}

static enum ecam_status put_end(struct page *page, struct ecam_error *err)
{
    cJSON *values = cJSON_CreateObject();
    bool failed = false;
    put_part(values, "script", ecam_report_script, ecam_report_script_size, &failed);
    page_string(values, "version", ecam_version(), &failed);
    return render(page, ecam_report_end, ecam_report_end_size, values, failed, err);
}

enum ecam_status report_put_end(struct page *page, const struct reporter *reporter,
                                const struct report_photo *photo, struct ecam_error *err)
{
    cJSON *values = cJSON_CreateObject();
    enum ecam_status status = report_network(reporter, photo, values, err);
    if (status != ECAM_OK) {
        cJSON_Delete(values);
        return status;
    }
    status = render(page, ecam_report_network, ecam_report_network_size, values, false, err);
    return status == ECAM_OK ? put_end(page, err) : status;
}

/* A whole page around one part, whose values it takes. */
static enum ecam_status put_whole(struct page *page, const char *title, const char *about,
                                  const char *more, const char *part, uint64_t size,
                                  cJSON *part_values, struct ecam_error *err)
{
    cJSON *values = cJSON_CreateObject();
    bool failed = false;
    page_string(values, "title", title, &failed);
    page_string(values, "model", about, &failed);
    page_string(values, "layer_words", more, &failed);
    enum ecam_status status = put_begin(page, values, failed, err);
    if (status == ECAM_OK)
        status = render(page, part, size, part_values, false, err);
    else
        cJSON_Delete(part_values);
    return status == ECAM_OK ? put_end(page, err) : status;
}

enum ecam_status report_put_comparison(struct page *page, const char *a, const char *b,
                                       cJSON *comparison, struct ecam_error *err)
{
    char about[512], more[512];
    snprintf(about, sizeof about, "A is %s", report_last_part(a));
    snprintf(more, sizeof more, "B is %s", report_last_part(b));
    return put_whole(page, "Two explanations compared", about, more, ecam_report_compare,
                     ecam_report_compare_size, comparison, err);
}

enum ecam_status report_put_index(struct page *page, size_t n, cJSON *index, struct ecam_error *err)
{
    char about[64];
    snprintf(about, sizeof about, "%zu maps", n);
    return put_whole(page, "What networks saw", about, "with how strong each is", ecam_report_index,
                     ecam_report_index_size, index, err);
}

enum ecam_status report_write(const char *path, const struct page *page, struct ecam_error *err)
{
    struct file_writer *writer = NULL;
    enum ecam_status status = file_writer_open(path, &writer, err);
    if (status != ECAM_OK)
        return status;
    file_writer_put(writer, page->text, page->len);
    status = file_writer_commit(writer, err);
    if (status == ECAM_OK && strcmp(path, "-") != 0) {
        out_text(path);
        putchar('\n');
    }
    return status;
}

enum ecam_status report_render_photo(struct page *page, cJSON *values, bool failed,
                                     struct ecam_error *err)
{
    return render(page, ecam_report_photo, ecam_report_photo_size, values, failed, err);
}
