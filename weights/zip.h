/* SPDX-License-Identifier: BSD-2-Clause
 * Zip archives as torch.save and numpy.savez write them, in memory. The central
 * directory is what counts; local headers must not contradict it. */
#ifndef ECAM_ZIP_H
#define ECAM_ZIP_H

#include "engine/ecam.h"
#include "engine/weight.h"

struct ecam_zip_member {
    const char *name;    /* the archive's; no control characters */
    const uint8_t *data; /* as stored in the file */
    size_t packed, bytes;
    uint64_t begin; /* of the local header */
    uint32_t crc;
    bool is_deflated;
};

struct ecam_zip {
    struct ecam_zip_member *members; /* sorted by name */
    size_t n_members;
    char *names;
    uint64_t inflate_left; /* bytes that may still be inflated */
};

/* Reads the directory of bytes[0..size), which must outlive the result. */
enum ecam_status ecam_zip_open(const uint8_t *bytes, size_t size, const struct ecam_limits *limits,
                               struct ecam_zip **out, struct ecam_error *err);
void ecam_zip_free(struct ecam_zip *zip);

/* NULL where no member has this name. */
const struct ecam_zip_member *ecam_zip_find(const struct ecam_zip *zip, const char *name);

/* The contents: stored ones in place (BORROWED), deflated ones on the heap, which
 * the caller frees or hands over. The CRC of inflated contents is compared
 * always, of stored ones where `check` asks for it. */
enum ecam_status ecam_zip_contents(struct ecam_zip *zip, const struct ecam_zip_member *member,
                                   bool check, struct ecam_storage *out, struct ecam_error *err);

#endif /* ECAM_ZIP_H */
