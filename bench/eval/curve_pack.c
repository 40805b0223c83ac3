/* SPDX-License-Identifier: BSD-2-Clause
 * Histograms as text, and back. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bench/eval/curve.h"
#include "engine/alloc.h"
#include "engine/error.h"

#define MAX_COUNT ((uint64_t)1 << 40)
#define MOST_BYTES ((size_t)EVAL_LEVELS * (3 + 6 + 6)) /* LEB128 of a gap and two counts */
#define ZLIB_LEVEL 6                                   /* part of the format: same text */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- LEB128 ---- */

static size_t put_number(uint8_t *to, uint64_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        to[n++] = (uint8_t)(value | 0x80);
    to[n++] = (uint8_t)value;
    return n;
}

static bool get_number(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 42 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        *out |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return *out < MAX_COUNT;
    }
    return false;
}

/* ---- Base64 (RFC 4648) ---- */

static char *encode(const uint8_t *bytes, size_t n)
{
    char *text = malloc((n + 2) / 3 * 4 + 1), *to = text;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < n; i += 3) {
        const size_t here = n - i < 3 ? n - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= here > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= here > 2 ? (uint32_t)bytes[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= here ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    *to = '\0';
    return text;
}

/* The bytes of a text, in place of it being longer than them; false where it is none. */
static bool decode(const char *text, size_t n, uint8_t *out, size_t *n_out)
{
    *n_out = 0;
    if (n % 4 != 0)
        return false;
    for (size_t i = 0; i < n; i += 4) {
        uint32_t group = 0;
        size_t there = 4;
        while (there > 0 && text[i + there - 1] == '=')
            there--;
        if (there < 2 || (there < 4 && i + 4 < n))
            return false;
        for (size_t k = 0; k < 4; k++) {
            const char *digit = k < there ? strchr(digits, text[i + k]) : digits;
            if (digit == NULL)
                return false;
            group = group << 6 | (uint32_t)(digit - digits);
        }
        for (size_t k = 0; k + 1 < there; k++)
            out[(*n_out)++] = (uint8_t)(group >> (16 - 8 * k));
    }
    return true;
}

/* ---- Both ways ---- */

char *eval_histogram_pack(const struct eval_histogram *histogram)
{
    char *text = NULL;
    size_t n = 0, last = 0;
    uint8_t *numbers = ecam_alloc(MOST_BYTES), *deflated = NULL;
    uLongf n_deflated = compressBound(MOST_BYTES);
    if (numbers == NULL)
        return NULL;
    for (size_t l = 0; l < EVAL_LEVELS; l++) {
        if (histogram->object[l] == 0 && histogram->other[l] == 0)
            continue;
        n += put_number(numbers + n, l - last);
        n += put_number(numbers + n, histogram->object[l]);
        n += put_number(numbers + n, histogram->other[l]);
        last = l;
    }
    deflated = ecam_alloc(n_deflated);
    if (deflated != NULL && compress2(deflated, &n_deflated, numbers, n, ZLIB_LEVEL) == Z_OK)
        text = encode(deflated, n_deflated);
    ecam_free(numbers);
    ecam_free(deflated);
    return text;
}

/* All numbers are looked at before any is added. */
static bool add_numbers(struct eval_histogram *histogram, const uint8_t *bytes, size_t n,
                        bool is_added)
{
    const uint8_t *at = bytes, *end = bytes + n;
    uint64_t level = 0;
    while (at < end) {
        uint64_t gap, object, other;
        const bool is_first = at == bytes;
        if (!get_number(&at, end, &gap) || !get_number(&at, end, &object) ||
            !get_number(&at, end, &other) || (gap == 0 && !is_first))
            return false;
        level += gap;
        if (level >= EVAL_LEVELS)
            return false;
        if (is_added) {
            histogram->object[level] += object;
            histogram->other[level] += other;
        }
    }
    return true;
}

enum ecam_status eval_histogram_add_packed(struct eval_histogram *histogram, const char *text,
                                           struct ecam_error *err)
{
    const size_t n = strlen(text);
    size_t n_deflated = 0;
    uLongf n_numbers = MOST_BYTES;
    enum ecam_status status = ECAM_OK;
    if (n / 4 * 3 > compressBound(MOST_BYTES))
        return ecam_fail(err, ECAM_ERR_LIMIT, "a histogram of %zu characters", n);
    uint8_t *deflated = ecam_alloc(n / 4 * 3 + 1), *numbers = ecam_alloc(MOST_BYTES);
    if (deflated == NULL || numbers == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a histogram");
    else if (!decode(text, n, deflated, &n_deflated) ||
             uncompress(numbers, &n_numbers, deflated, n_deflated) != Z_OK ||
             !add_numbers(histogram, numbers, n_numbers, false))
        status = ecam_fail(err, ECAM_ERR_FORMAT, "no histogram: '%.20s...'", text);
    else
        add_numbers(histogram, numbers, n_numbers, true);
    ecam_free(deflated);
    ecam_free(numbers);
    return status;
}
