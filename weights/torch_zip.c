/* SPDX-License-Identifier: BSD-2-Clause
 * PyTorch's zip layout, since version 1.6: DIR/data.pkl is the object, DIR/data/KEY
 * the bytes of each storage. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/torch.h"
#include "weights/weights.h"
#include "weights/zip.h"

#define OBJECT "data.pkl"
#define MAX_KEY 64 /* keys are numbers */

struct archive {
    struct ecam_zip *zip;
    char *name;           /* room for DIR, a slash and a member's name in it */
    size_t directory;     /* bytes of DIR and its slash in `name` */
    const uint8_t **data; /* contents by member; NULL: not asked for yet */
    struct ecam_weight_set *set;
};

/* The member DIR/FILE, or NULL. */
static const struct ecam_zip_member *member(struct archive *a, const char *file)
{
    snprintf(a->name + a->directory, sizeof "data/" + MAX_KEY, "%s", file);
    return ecam_zip_find(a->zip, a->name);
}

/* DIR is where data.pkl lies, one level down. */
static enum ecam_status find_directory(struct archive *a, struct ecam_error *err)
{
    const struct ecam_zip_member *found = NULL;
    for (size_t i = 0; i < a->zip->n_members; i++) {
        const char *slash = strchr(a->zip->members[i].name, '/');
        if (slash == NULL || strcmp(slash + 1, OBJECT) != 0)
            continue;
        if (found != NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "both '%s' and '%s' could be the object",
                             found->name, a->zip->members[i].name);
        found = &a->zip->members[i];
    }
    if (found == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: no member DIR/%s", OBJECT);
    a->directory = strlen(found->name) - strlen(OBJECT);
    a->name = ecam_calloc(1, a->directory + sizeof "data/" + MAX_KEY);
    a->data = ecam_calloc(a->zip->n_members, sizeof *a->data);
    if (a->name == NULL || a->data == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "zip: list of storages");
    memcpy(a->name, found->name, a->directory);
    if (member(a, "constants.pkl") != NULL)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "a TorchScript program; in Python, torch.save(model.state_dict(), ...) "
                         "writes weights alone");
    return ECAM_OK;
}

static enum ecam_status check_byte_order(struct archive *a, struct ecam_error *err)
{
    static const char little[] = "little";
    const struct ecam_zip_member *m = member(a, "byteorder");
    struct ecam_storage text;
    if (m == NULL) /* before PyTorch 2.1: little-endian */
        return ECAM_OK;
    const enum ecam_status status = ecam_zip_contents(a->zip, m, true, &text, err);
    if (status != ECAM_OK)
        return status;
    const bool is_little =
        text.bytes == strlen(little) && memcmp(text.base, little, text.bytes) == 0;
    if (text.kind == ECAM_STORAGE_HEAP)
        ecam_free(text.base);
    return is_little
               ? ECAM_OK
               : ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: '%s' does not say little", m->name);
}

static enum ecam_status contents(struct archive *a, const struct ecam_zip_member *m,
                                 const uint8_t **out, struct ecam_error *err)
{
    const uint8_t **known = &a->data[m - a->zip->members];
    if (*known == NULL) {
        struct ecam_storage storage;
        enum ecam_status status = ecam_zip_contents(a->zip, m, false, &storage, err);
        if (status == ECAM_OK && storage.kind == ECAM_STORAGE_HEAP)
            status = ecam_weight_set_own(a->set, storage, err);
        if (status != ECAM_OK)
            return status;
        *known = storage.base;
    }
    *out = *known;
    return ECAM_OK;
}

static enum ecam_status storage(void *context, const struct ecam_pickle_value *value,
                                struct ecam_torch_storage *out, struct ecam_error *err)
{
    struct archive *a = context;
    struct ecam_torch_id id;
    char file[sizeof "data/" + MAX_KEY];
    const uint8_t *data = NULL;
    enum ecam_status status = ecam_torch_id_read(value, &id, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_pickle_value *key = id.key;
    if (key->kind != ECAM_PICKLE_TEXT || key->text.n > MAX_KEY ||
        memchr(key->text.at, '\0', key->text.n) != NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "a storage whose key is %s; a short text is expected",
                         ecam_pickle_kind_name(key->kind));
    snprintf(file, sizeof file, "data/%.*s", (int)key->text.n, key->text.at);
    const struct ecam_zip_member *m = member(a, file);
    if (m == NULL && id.bytes != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: no member '%s'", a->name);
    if (m != NULL && m->bytes != id.bytes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: member '%s' has %zu bytes, %zu are expected",
                         m->name, m->bytes, id.bytes);
    if (m != NULL)
        status = contents(a, m, &data, err);
    return status != ECAM_OK ? status : ecam_torch_storage_of(&id, data, out, err);
}

static enum ecam_status read_object(struct archive *a, const struct ecam_limits *limits,
                                    struct ecam_error *err)
{
    const struct ecam_torch_source source = { .context = a, .storage = storage };
    const struct ecam_zip_member *m = member(a, OBJECT);
    struct ecam_storage text;
    struct ecam_pickle *pickle = NULL;
    if (m->bytes > limits->max_header_bytes)
        return ecam_fail(err, ECAM_ERR_LIMIT, "zip: '%s' has %zu bytes, at most %llu are allowed",
                         m->name, m->bytes, (unsigned long long)limits->max_header_bytes);
    enum ecam_status status = ecam_zip_contents(a->zip, m, true, &text, err);
    if (status != ECAM_OK)
        return status;
    struct reader r = reader_new(text.base, text.bytes);
    status = ecam_pickle_load(&r, OBJECT, limits, &pickle, err);
    if (status == ECAM_OK && reader_left(&r) != 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "%s byte %zu: something follows the object",
                           OBJECT, reader_at(&r));
    if (status == ECAM_OK)
        status = ecam_torch_collect(ecam_pickle_root(pickle), &source, limits, a->set, err);
    ecam_pickle_free(pickle);
    if (text.kind == ECAM_STORAGE_HEAP)
        ecam_free(text.base);
    return status;
}

enum ecam_status ecam_read_torch_zip(const uint8_t *bytes, size_t size,
                                     const struct ecam_limits *limits, struct ecam_weight_set **out,
                                     struct ecam_error *err)
{
    struct archive a = { .set = ecam_weight_set_new() };
    enum ecam_status status = ECAM_OK;
    if (a.set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    a.set->format = "PyTorch zip";
    status = ecam_zip_open(bytes, size, limits, &a.zip, err);
    if (status == ECAM_OK)
        status = find_directory(&a, err);
    if (status == ECAM_OK)
        status = check_byte_order(&a, err);
    if (status == ECAM_OK)
        status = read_object(&a, limits, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(a.set, err);
    if (status != ECAM_OK)
        goto out;
    *out = a.set;
    a.set = NULL;
out:
    ecam_zip_free(a.zip);
    ecam_free(a.name);
    ecam_free(a.data);
    ecam_weight_set_free(a.set);
    return status;
}
