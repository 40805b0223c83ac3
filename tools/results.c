/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/file.h"
#include "weights/json_read.h"
#include "weights/weights.h"

#define MAX_LINE ((size_t)64 << 20)

static enum ecam_status fail_errno(struct ecam_error *err, const char *path, const char *what)
{
    return ecam_fail(err, errno == ENOMEM ? ECAM_ERR_NOMEM : ECAM_ERR_IO, "%s: %s: %s", path, what,
                     strerror(errno));
}

/* ---- Reading ---- */

struct line {
    char *image;
    off_t at;
    size_t n, number; /* bytes without the end; in the file, from 1 */
};

struct results {
    char *path, *header_text, *text; /* text: of the line asked for last */
    size_t cap_text;
    cJSON *header;
    FILE *file;
    struct line *line; /* sorted by image */
    size_t n, cap;
    off_t whole; /* bytes up to the end of the last whole line */
};

void results_free(struct results *results)
{
    if (results == NULL)
        return;
    for (size_t i = 0; i < results->n; i++)
        ecam_free(results->line[i].image);
    ecam_free(results->line);
    ecam_free(results->path);
    free(results->header_text);
    free(results->text);
    cJSON_Delete(results->header);
    if (results->file != NULL)
        fclose(results->file);
    ecam_free(results);
}

static enum ecam_status parse(const char *path, size_t number, const char *text, cJSON **out,
                              struct ecam_error *err)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    char what[32];
    snprintf(what, sizeof what, "line %zu", number);
    const enum ecam_status status = ecam_json_parse(text, what, &limits, out, err);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}

/* A line begins {"image":"NAME": the name is read without parsing the rest. NULL: it does
 * not, or there is no memory. */
static char *image_of(const char *text)
{
    static const char begin[] = "{\"image\":\"";
    const char *name = text + sizeof begin - 2; /* with its quotes */
    const char *end = NULL;
    if (strncmp(text, begin, sizeof begin - 1) != 0)
        return NULL;
    cJSON *value = cJSON_ParseWithOpts(name, &end, false);
    const char *image = cJSON_GetStringValue(value);
    char *copy = image != NULL && (*end == ',' || *end == '}') ? ecam_strdup(image) : NULL;
    cJSON_Delete(value);
    return copy;
}

static int by_image(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    const int order = strcmp(x->image, y->image);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static enum ecam_status index_lines(struct results *results, struct ecam_error *err)
{
    size_t number = 0;
    ssize_t n;
    while ((n = getline(&results->text, &results->cap_text, results->file)) > 0) {
        char *text = results->text;
        if (text[n - 1] != '\n') /* cut short: the run that wrote it was killed */
            break;
        number++;
        text[--n] = '\0';
        if ((size_t)n > MAX_LINE || strlen(text) != (size_t)n)
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: line %zu: no line of results",
                             results->path, number);
        if (number == 1) {
            results->header_text = strdup(text);
            const enum ecam_status status =
                results->header_text == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%s", results->path)
                                             : parse(results->path, 1, text, &results->header, err);
            if (status != ECAM_OK)
                return status;
            if (!cJSON_IsNumber(
                    cJSON_GetObjectItemCaseSensitive(results->header, "eigencam_results")))
                return ecam_fail(err, ECAM_ERR_FORMAT, "%s: line 1: no file of results",
                                 results->path);
        } else {
            char *image = image_of(text);
            if (image == NULL || !ecam_reserve((void **)&results->line, &results->cap, results->n,
                                               sizeof *results->line)) {
                ecam_free(image);
                return ecam_fail(err, ECAM_ERR_FORMAT,
                                 "%s: line %zu: found '%.30s', expected {\"image\":...",
                                 results->path, number, text);
            }
            results->line[results->n++] = (struct line){
                .image = image, .at = results->whole, .n = (size_t)n, .number = number
            };
        }
        results->whole += n + 1;
    }
    return ferror(results->file) ? fail_errno(err, results->path, "cannot be read") : ECAM_OK;
}

static enum ecam_status drop_repeated(struct results *results, struct ecam_error *err)
{
    size_t kept = 0;
    if (results->n > 0)
        qsort(results->line, results->n, sizeof *results->line, by_image);
    for (size_t i = 0; i < results->n; i++) {
        struct line *line = &results->line[i];
        if (kept == 0 || strcmp(results->line[kept - 1].image, line->image) != 0) {
            results->line[kept++] = *line;
            continue;
        }
        const char *text = NULL;
        size_t n;
        enum ecam_status status = results_text(results, kept - 1, &text, &n, err);
        char *before = status == ECAM_OK ? strdup(text) : NULL;
        if (status == ECAM_OK)
            status = results_text(results, i, &text, &n, err);
        if (status == ECAM_OK && (before == NULL || strcmp(before, text) != 0))
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "%s: lines %zu and %zu: image %s twice",
                          results->path, results->line[kept - 1].number, line->number, line->image);
        free(before);
        if (status != ECAM_OK)
            return status;
        ecam_free(line->image);
        line->image = NULL;
    }
    results->n = kept;
    return ECAM_OK;
}

static enum ecam_status read_file(const char *path, struct results **out, struct ecam_error *err)
{
    struct results *results = ecam_calloc(1, sizeof *results);
    enum ecam_status status = ECAM_OK;
    if (results == NULL || (results->path = ecam_strdup(path)) == NULL) {
        ecam_free(results);
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", path);
    }
    results->file = fopen(path, "rbe");
    status = results->file == NULL ? fail_errno(err, path, "cannot be opened")
                                   : index_lines(results, err);
    if (status == ECAM_OK)
        *out = results;
    else
        results_free(results);
    return status;
}

enum ecam_status results_read(const char *path, struct results **out, struct ecam_error *err)
{
    struct results *results = NULL;
    enum ecam_status status = read_file(path, &results, err);
    if (status == ECAM_OK && results->header == NULL)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "%s: empty, expected results", path);
    if (status == ECAM_OK)
        status = drop_repeated(results, err);
    if (status == ECAM_OK)
        *out = results;
    else
        results_free(results);
    return status;
}

const char *results_path(const struct results *results)
{
    return results->path;
}

const char *results_header_text(const struct results *results)
{
    return results->header_text;
}

const cJSON *results_header(const struct results *results)
{
    return results->header;
}

size_t results_count(const struct results *results)
{
    return results->n;
}

const char *results_image(const struct results *results, size_t i)
{
    return results->line[i].image;
}

enum ecam_status results_text(struct results *results, size_t i, const char **text, size_t *n,
                              struct ecam_error *err)
{
    const struct line *line = &results->line[i];
    if (results->cap_text < line->n + 1) {
        char *grown = realloc(results->text, line->n + 1);
        if (grown == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "%s: a line of %zu bytes", results->path,
                             line->n);
        results->text = grown;
        results->cap_text = line->n + 1;
    }
    if (fseeko(results->file, line->at, SEEK_SET) != 0 ||
        fread(results->text, 1, line->n, results->file) != line->n)
        return fail_errno(err, results->path, "cannot be read");
    results->text[line->n] = '\0';
    *text = results->text;
    *n = line->n;
    return ECAM_OK;
}

enum ecam_status results_line(struct results *results, size_t i, cJSON **out,
                              struct ecam_error *err)
{
    const char *text = NULL;
    size_t n;
    const enum ecam_status status = results_text(results, i, &text, &n, err);
    return status == ECAM_OK ? parse(results->path, results->line[i].number, text, out, err)
                             : status;
}

/* ---- Writing ---- */

struct results_writer {
    char *path;
    int fd;
    char **done; /* [n] sorted */
    size_t n;
};

void results_close(struct results_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    for (size_t i = 0; i < writer->n; i++)
        ecam_free(writer->done[i]);
    ecam_free(writer->done);
    ecam_free(writer->path);
    ecam_free(writer);
}

static enum ecam_status write_line(struct results_writer *writer, const char *text,
                                   struct ecam_error *err)
{
    const size_t n = strlen(text);
    char *line = ecam_alloc(n + 1); /* one write: a reader sees all of it or nothing */
    if (line == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: a line of %zu bytes", writer->path, n);
    memcpy(line, text, n);
    line[n] = '\n';
    for (size_t at = 0; at < n + 1;) {
        const ssize_t put = write(writer->fd, line + at, n + 1 - at);
        if (put < 0 && errno != EINTR) {
            ecam_free(line);
            return fail_errno(err, writer->path, "cannot be written");
        }
        at += put > 0 ? (size_t)put : 0;
    }
    ecam_free(line);
    return ECAM_OK;
}

/* The first setting in which two headers differ, for the message. */
static const char *first_difference(const cJSON *a, const cJSON *b)
{
    for (const cJSON *item = a->child; item != NULL; item = item->next) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(b, item->string);
        if (other == NULL || !cJSON_Compare(item, other, true))
            return item->string;
    }
    return "the number of settings";
}

static enum ecam_status compare_headers(const struct results *results, const char *header,
                                        const char *with, struct ecam_error *err)
{
    cJSON *mine = NULL;
    if (strcmp(results->header_text, header) == 0)
        return ECAM_OK;
    enum ecam_status status = parse(with, 1, header, &mine, err);
    if (status == ECAM_OK)
        status = ecam_fail(err, ECAM_ERR_ARG, "%s: made with other settings than %s: '%s' differs",
                           results->path, with, first_difference(results->header, mine));
    cJSON_Delete(mine);
    return status;
}

/* Takes what is done from the file, and from the file what was cut short. */
static enum ecam_status take_over(struct results_writer *writer, const char *header,
                                  struct ecam_error *err)
{
    struct results *results = NULL;
    enum ecam_status status = read_file(writer->path, &results, err);
    if (status != ECAM_OK)
        return status;
    if (results->header != NULL)
        status = compare_headers(results, header, "this run", err);
    if (status == ECAM_OK)
        status = drop_repeated(results, err);
    if (status == ECAM_OK && truncate(writer->path, results->whole) != 0)
        status = fail_errno(err, writer->path, "cannot be written");
    if (status == ECAM_OK && results->n > 0) {
        writer->done = ecam_calloc(results->n, sizeof *writer->done);
        if (writer->done == NULL)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu images", results->n);
    }
    for (size_t i = 0; status == ECAM_OK && i < results->n; i++) {
        writer->done[writer->n++] = results->line[i].image;
        results->line[i].image = NULL;
    }
    if (status == ECAM_OK && results->header == NULL)
        status = write_line(writer, header, err);
    results_free(results);
    return status;
}

/* Two runs that append to one file would do each image twice. A lock of the process, not
 * of the open file: a decoder's child that outlives a killed run for a moment does not
 * hold it. It is gone once the process closes any descriptor of the file, so whoever has
 * read the file locks again. A file system without locks is trusted. */
static enum ecam_status lock(const struct results_writer *writer, struct ecam_error *err)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(writer->fd, F_SETLK, &whole) == 0 || (errno != EACCES && errno != EAGAIN))
        return ECAM_OK;
    return ecam_fail(err, ECAM_ERR_IO, "%s: another run is writing it", writer->path);
}

enum ecam_status results_open(const char *path, const char *header, bool is_resumed,
                              struct results_writer **out, struct ecam_error *err)
{
    struct results_writer *writer = ecam_calloc(1, sizeof *writer);
    enum ecam_status status = ECAM_OK;
    if (writer == NULL || (writer->path = ecam_strdup(path)) == NULL) {
        ecam_free(writer);
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", path);
    }
    writer->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (writer->fd >= 0) {
        status = lock(writer, err);
        if (status == ECAM_OK)
            status = write_line(writer, header, err);
    } else if (errno != EEXIST) {
        status = fail_errno(err, path, "cannot be created");
    } else if (!is_resumed) {
        status = ecam_fail(err, ECAM_ERR_IO,
                           "%s: is there already; --resume goes on with it, else remove it", path);
    } else {
        writer->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        status = writer->fd < 0 ? fail_errno(err, path, "cannot be written") : lock(writer, err);
        if (status == ECAM_OK)
            status = take_over(writer, header, err);
        if (status == ECAM_OK)
            status = lock(writer, err);
    }
    if (status == ECAM_OK)
        *out = writer;
    else
        results_close(writer);
    return status;
}

static int by_string(const void *key, const void *item)
{
    return strcmp(key, *(char *const *)item);
}

bool results_has(const struct results_writer *writer, const char *image)
{
    return writer->n > 0 &&
           bsearch(image, writer->done, writer->n, sizeof *writer->done, by_string) != NULL;
}

size_t results_n_done(const struct results_writer *writer)
{
    return writer->n;
}

enum ecam_status results_add(struct results_writer *writer, const struct json *line,
                             struct ecam_error *err)
{
    if (line->failed)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: a line of results", writer->path);
    return write_line(writer, line->text, err);
}

/* ---- Merging ---- */

struct place {
    size_t part, line;
    const char *image;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const int order = strcmp(x->image, y->image);
    return order != 0 ? order : (x->part > y->part) - (x->part < y->part);
}

/* Writes the lines in order; an image of two parts once, if they agree. */
static enum ecam_status write_places(struct file_writer *file, struct results **part,
                                     const struct place *place, size_t n, size_t *n_written,
                                     struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    char *last = NULL;
    *n_written = 0;
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        const char *text = NULL;
        size_t bytes = 0;
        const bool is_repeated = i > 0 && strcmp(place[i - 1].image, place[i].image) == 0;
        status = results_text(part[place[i].part], place[i].line, &text, &bytes, err);
        if (status != ECAM_OK)
            break;
        if (is_repeated && strcmp(last, text) != 0) {
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "image %s: other results in %s than in %s",
                          place[i].image, part[place[i].part]->path, part[place[i - 1].part]->path);
            break;
        }
        if (!is_repeated) {
            file_writer_put(file, text, bytes);
            file_writer_put(file, "\n", 1);
            ++*n_written;
        }
        free(last);
        last = strdup(text);
        if (last == NULL)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "a line of %zu bytes", bytes);
    }
    free(last);
    return status;
}

enum ecam_status results_merge(const char *path, const char *const *parts, size_t n_parts,
                               size_t *n_images, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct file_writer *file = NULL;
    struct place *place = NULL;
    size_t n = 0, n_open = 0;
    struct results **part = ecam_calloc(n_parts, sizeof(struct results *));
    if (part == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu files", n_parts);
    for (; n_open < n_parts && status == ECAM_OK; n_open++) {
        status = results_read(parts[n_open], &part[n_open], err);
        if (status != ECAM_OK)
            break;
        if (n_open > 0)
            status = compare_headers(part[n_open], part[0]->header_text, part[0]->path, err);
        n += part[n_open]->n;
    }
    if (status == ECAM_OK) {
        place = ecam_calloc(ecam_max_size(n, 1), sizeof *place);
        status = place == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%zu lines", n)
                               : file_writer_open(path, &file, err);
    }
    if (status == ECAM_OK) {
        size_t at = 0;
        for (size_t p = 0; p < n_parts; p++)
            for (size_t i = 0; i < part[p]->n; i++)
                place[at++] = (struct place){ p, i, part[p]->line[i].image };
        if (n > 0)
            qsort(place, n, sizeof *place, by_place);
        file_writer_put(file, part[0]->header_text, strlen(part[0]->header_text));
        file_writer_put(file, "\n", 1);
        status = write_places(file, part, place, n, n_images, err);
        if (status == ECAM_OK)
            status = file_writer_commit(file, err);
        else
            file_writer_abort(file);
    }
    ecam_free(place);
    for (size_t p = 0; p < n_parts; p++)
        results_free(part[p]);
    ecam_free(part);
    return status;
}
