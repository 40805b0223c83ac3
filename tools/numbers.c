/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/numbers.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool number_count(const char *text, size_t *out)
{
    if (text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0' || errno != 0 || value > SIZE_MAX)
        return false;
    *out = (size_t)value;
    return true;
}

bool number_real(const char *text, double *out)
{
    char *end;
    if (text[0] == '\0' || strchr(" \t\n\v\f\r", text[0]) != NULL)
        return false;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool number_size(const char *text, size_t *h, size_t *w)
{
    char rows[24];
    const char *x = strchr(text, 'x');
    size_t parsed_h, parsed_w;
    if (x == NULL || (size_t)(x - text) >= sizeof rows)
        return false;
    memcpy(rows, text, (size_t)(x - text));
    rows[x - text] = '\0';
    if (!number_count(rows, &parsed_h) || !number_count(x + 1, &parsed_w) || parsed_h == 0 ||
        parsed_w == 0)
        return false;
    *h = parsed_h;
    *w = parsed_w;
    return true;
}
