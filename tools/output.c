/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/output.h"

#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define SAY_BYTES 1024

static char visible(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F ? '?' : c;
}

void out_say(const char *fmt, ...)
{
    char text[SAY_BYTES];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (char *c = text; *c != '\0'; c++)
        *c = visible(*c);
    fprintf(stderr, "eigencam: %s\n", text);
}

void out_text(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(visible(*text));
}

/* Columns a UTF-8 text takes, where each character takes one. */
static int columns(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

void out_column(const char *text, int width)
{
    const int fill = (width < 0 ? -width : width) - columns(text);
    if (width > 0 && fill > 0)
        printf("%*s", fill, "");
    out_text(text);
    if (width < 0 && fill > 0)
        printf("%*s", fill, "");
}

const char *out_shape(const struct ecam_shape *shape, char text[OUT_SHAPE_BYTES])
{
    int used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < shape->rank && i < ECAM_MAX_RANK; i++)
        used += snprintf(text + used, OUT_SHAPE_BYTES - (size_t)used, "%s%zu", i == 0 ? "" : "x",
                         shape->dim[i]);
    return text;
}

const char *out_amount(double value, const char *unit, char text[32])
{
    static const char *const thousands[] = { "", "k", "M", "G", "T", "P", "E" };
    size_t i = 0;
    for (; value >= 999.5 && i + 1 < ECAM_ARRAY_LEN(thousands); i++)
        value /= 1000;
    snprintf(text, 32,
             i == 0       ? "%.0f %s%s"
             : value < 10 ? "%.2f %s%s"
                          : "%.1f %s%s",
             value, thousands[i], unit);
    return text;
}

bool out_json(struct json *json)
{
    bool is_written = !json->failed;
    if (json->failed)
        out_say("no memory for a line of JSON");
    else
        puts(json->text);
    json_free(json);
    return out_flush() && is_written;
}

bool out_json_error(const char *input, const struct ecam_error *err)
{
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "input");
    json_string(&json, input);
    json_key(&json, "error");
    json_object_begin(&json);
    json_key(&json, "status");
    json_string(&json, ecam_status_name(err->status));
    json_key(&json, "text");
    json_string(&json, err->text);
    json_object_end(&json);
    json_object_end(&json);
    return out_json(&json);
}

bool out_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    struct pollfd end = { .fd = STDOUT_FILENO, .events = POLLOUT };
    const bool has_left = poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
    if (!has_left)
        out_say("standard output: could not be written");
    return false;
}
