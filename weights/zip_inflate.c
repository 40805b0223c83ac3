/* SPDX-License-Identifier: BSD-2-Clause
 * The contents of zip members: in place, or inflated within the limits. */
#include <string.h>
#include <zlib.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/weights.h"
#include "weights/zip.h"

#define STEP ((size_t)1 << 30) /* zlib counts in unsigned int */

static void *zlib_alloc(void *opaque, unsigned n, unsigned size)
{
    (void)opaque;
    return ecam_calloc(n, size);
}

static void zlib_free(void *opaque, void *p)
{
    (void)opaque;
    ecam_free(p);
}

static uint32_t crc_of(const uint8_t *bytes, size_t n)
{
    uLong crc = crc32(0, NULL, 0);
    while (n > 0) {
        const size_t step = ecam_min_size(n, STEP);
        crc = crc32(crc, bytes, (uInt)step);
        bytes += step;
        n -= step;
    }
    return (uint32_t)crc;
}

static enum ecam_status check_crc(const struct ecam_zip_member *member, const uint8_t *bytes,
                                  struct ecam_error *err)
{
    const uint32_t found = crc_of(bytes, member->bytes);
    if (found != member->crc)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: member '%s' is damaged: CRC %08x, recorded is %08x", member->name,
                         found, member->crc);
    return ECAM_OK;
}

/* Exactly member->bytes bytes come out of exactly member->packed. */
static enum ecam_status inflate_all(const struct ecam_zip_member *member, uint8_t *out,
                                    struct ecam_error *err)
{
    z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free };
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return ecam_fail(err, ECAM_ERR_NOMEM, "zip: inflating '%s'", member->name);
    size_t in_left = member->packed, out_left = member->bytes;
    const uint8_t *in = member->data;
    int result = Z_OK;
    do {
        z.avail_in = (uInt)ecam_min_size(in_left, STEP);
        z.avail_out = (uInt)ecam_min_size(out_left, STEP);
        const size_t given_in = z.avail_in, given_out = z.avail_out;
        z.next_in = (Bytef *)(uintptr_t)in; /* not written to */
        z.next_out = out;
        result = inflate(&z, Z_NO_FLUSH);
        in += given_in - z.avail_in;
        in_left -= given_in - z.avail_in;
        out += given_out - z.avail_out;
        out_left -= given_out - z.avail_out;
    } while (result == Z_OK); /* without progress: Z_BUF_ERROR */
    inflateEnd(&z);
    if (result == Z_MEM_ERROR)
        return ecam_fail(err, ECAM_ERR_NOMEM, "zip: inflating '%s'", member->name);
    if (result != Z_STREAM_END || in_left != 0 || out_left != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: member '%s' is damaged: does not inflate to its %zu bytes",
                         member->name, member->bytes);
    return ECAM_OK;
}

enum ecam_status ecam_zip_contents(struct ecam_zip *zip, const struct ecam_zip_member *member,
                                   bool check, struct ecam_storage *out, struct ecam_error *err)
{
    if (!member->is_deflated) {
        const enum ecam_status status = check ? check_crc(member, member->data, err) : ECAM_OK;
        if (status == ECAM_OK)
            *out = (struct ecam_storage){ ECAM_STORAGE_BORROWED, (uint8_t *)(uintptr_t)member->data,
                                          member->bytes };
        return status;
    }
    if (member->bytes > zip->inflate_left)
        return ecam_fail(err, ECAM_ERR_LIMIT,
                         "zip: member '%s' inflates to %zu bytes, %llu are left of those allowed",
                         member->name, member->bytes, (unsigned long long)zip->inflate_left);
    uint8_t *bytes = ecam_alloc(member->bytes);
    if (bytes == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "zip: %zu bytes of '%s'", member->bytes,
                         member->name);
    enum ecam_status status = inflate_all(member, bytes, err);
    if (status == ECAM_OK)
        status = check_crc(member, bytes, err);
    if (status == ECAM_OK) {
        zip->inflate_left -= member->bytes;
        *out = (struct ecam_storage){ ECAM_STORAGE_HEAP, bytes, member->bytes };
        bytes = NULL;
    }
    ecam_free(bytes);
    return status;
}

enum ecam_status ecam_zip_verify(const uint8_t *bytes, size_t size,
                                 const struct ecam_limits *limits, struct ecam_error *err)
{
    static const uint8_t signature[4] = { 'P', 'K', 3, 4 };
    struct ecam_zip *zip = NULL;
    if (size < sizeof signature || memcmp(bytes, signature, sizeof signature) != 0)
        return ECAM_OK;
    enum ecam_status status = ecam_zip_open(bytes, size, limits, &zip, err);
    for (size_t i = 0; status == ECAM_OK && i < zip->n_members; i++) {
        struct ecam_storage contents = { .kind = ECAM_STORAGE_BORROWED };
        status = ecam_zip_contents(zip, &zip->members[i], true, &contents, err);
        if (contents.kind == ECAM_STORAGE_HEAP)
            ecam_free(contents.base);
    }
    ecam_zip_free(zip);
    return status;
}
