/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/tar.h"

#include <string.h>

#include "engine/common.h"
#include "engine/error.h"

#define BLOCK 512
#define CHECKSUM_AT 148
#define CHECKSUM_BYTES 8

/* A header with what the extension headers before it said. */
struct header {
    const char *name;
    size_t name_bytes;
    uint64_t bytes;
    char type;
    const char *next_name; /* from a PAX or GNU header, for the next member */
    size_t next_name_bytes;
    uint64_t next_bytes;
    bool has_next_bytes;
};

/* Octal digits, or big-endian bytes where the first bit is set. False: neither. */
static bool read_number(const uint8_t *field, size_t n, uint64_t *out)
{
    uint64_t number = 0;
    size_t i = 0;
    if (field[0] == 0x80) {
        for (i = 1; i < n; i++) {
            if (number >> 56 != 0)
                return false;
            number = number << 8 | field[i];
        }
        *out = number;
        return true;
    }
    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
        number = number << 3 | (uint64_t)(field[i] - '0'); /* at most 12 digits: 36 bits */
    *out = number;
    return i == n || field[i] == ' ' || field[i] == '\0';
}

static bool checksum_fits(const uint8_t *block)
{
    uint64_t recorded, sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? ' ' : block[i];
    return read_number(block + CHECKSUM_AT, CHECKSUM_BYTES, &recorded) && recorded == sum;
}

static size_t text_length(const uint8_t *field, size_t n)
{
    const uint8_t *end = memchr(field, '\0', n);
    return end != NULL ? (size_t)(end - field) : n;
}

/* PAX: records "LENGTH key=value\n", the length that of the whole record. */
static bool read_pax(const uint8_t *body, size_t n, struct header *h)
{
    while (n > 0) {
        size_t length = 0, i = 0;
        for (; i < n && i < 9 && body[i] >= '0' && body[i] <= '9'; i++)
            length = length * 10 + (size_t)(body[i] - '0');
        if (i == n || body[i] != ' ' || length <= i + 1 || length > n || body[length - 1] != '\n')
            return false;
        const char *record = (const char *)body + i + 1;
        const size_t rest = length - i - 2;
        if (rest > 5 && memcmp(record, "path=", 5) == 0) {
            h->next_name = record + 5;
            h->next_name_bytes = rest - 5;
        } else if (rest > 5 && rest <= 5 + 18 && memcmp(record, "size=", 5) == 0) {
            h->next_bytes = 0;
            h->has_next_bytes = true;
            for (size_t k = 5; k < rest; k++) {
                if (record[k] < '0' || record[k] > '9')
                    return false;
                h->next_bytes = h->next_bytes * 10 + (uint64_t)(record[k] - '0');
            }
        }
        body += length;
        n -= length;
    }
    return true;
}

/* Name, size and type of a member, from its own header and what came before it. */
static bool read_header(const uint8_t *block, struct header *h)
{
    h->type = (char)block[156];
    h->name = (const char *)block;
    h->name_bytes = text_length(block, 100);
    if (!checksum_fits(block) || !read_number(block + 124, 12, &h->bytes))
        return false;
    const bool is_extension = h->type == 'x' || h->type == 'g' || h->type == 'L' || h->type == 'K';
    if (is_extension)
        return true;
    if (h->next_name != NULL) {
        h->name = h->next_name;
        h->name_bytes = h->next_name_bytes;
        h->next_name = NULL;
    }
    if (h->has_next_bytes)
        h->bytes = h->next_bytes;
    h->has_next_bytes = false;
    return true;
}

static enum ecam_status keep(struct ecam_tar_member *members, size_t n, const struct header *h,
                             const uint8_t *data, struct ecam_error *err)
{
    const char *name = h->name;
    size_t bytes = h->name_bytes;
    if (bytes > 2 && memcmp(name, "./", 2) == 0) {
        name += 2;
        bytes -= 2;
    }
    for (size_t i = 0; i < n; i++) {
        if (strlen(members[i].name) != bytes || memcmp(members[i].name, name, bytes) != 0)
            continue;
        if (members[i].data != NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tar: member '%s' occurs twice",
                             members[i].name);
        members[i].data = data;
        members[i].bytes = (size_t)h->bytes;
    }
    return ECAM_OK;
}

enum ecam_status ecam_tar_find(const uint8_t *bytes, size_t size, struct ecam_tar_member *members,
                               size_t n, struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    struct header h = { .name = NULL };
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < n; i++)
        members[i].data = NULL;
    while (status == ECAM_OK && reader_left(&r) >= BLOCK) {
        static const uint8_t zeros[BLOCK];
        const size_t at = reader_at(&r);
        const uint8_t *block = reader_take(&r, BLOCK);
        if (memcmp(block, zeros, BLOCK) == 0)
            return ECAM_OK;
        if (!read_header(block, &h))
            return ecam_fail(err, ECAM_ERR_FORMAT, "tar: byte %zu: damaged header", at);
        const uint8_t *data = reader_take(&r, h.bytes);
        if (data == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tar: byte %zu: member of %llu bytes is cut off",
                             at, (unsigned long long)h.bytes);
        /* The last block is full in every tar; where it is not, the loop ends. */
        reader_take(&r, ecam_min_size((BLOCK - h.bytes % BLOCK) % BLOCK, reader_left(&r)));
        if (h.type == 'x' && !read_pax(data, (size_t)h.bytes, &h))
            return ecam_fail(err, ECAM_ERR_FORMAT, "tar: byte %zu: damaged PAX header", at);
        if (h.type == 'L') {
            h.next_name = (const char *)data;
            h.next_name_bytes = text_length(data, (size_t)h.bytes);
        }
        if (h.type == '0' || h.type == '\0' || h.type == '7')
            status = keep(members, n, &h, data, err);
    }
    return status;
}
