/* SPDX-License-Identifier: BSD-2-Clause
 * Questions to the values of a pickle. */
#include <string.h>

#include "weights/pickle_machine.h"

const struct ecam_pickle_value *ecam_pickle_root(const struct ecam_pickle *pickle)
{
    return pickle->root;
}

size_t ecam_pickle_n_persids(const struct ecam_pickle *pickle)
{
    return pickle->n_persids;
}

const struct ecam_pickle_value *ecam_pickle_persid(const struct ecam_pickle *pickle, size_t i)
{
    return pickle->persids[i];
}

bool ecam_pickle_is_text(const struct ecam_pickle_value *v, const char *text)
{
    /* Python 2 texts arrive as bytes in some files. */
    return v != NULL && (v->kind == ECAM_PICKLE_TEXT || v->kind == ECAM_PICKLE_BYTES) &&
           v->text.n == strlen(text) && memcmp(v->text.at, text, v->text.n) == 0;
}

const struct ecam_pickle_value *ecam_pickle_get(const struct ecam_pickle_value *v, const char *key)
{
    if (v == NULL || v->kind != ECAM_PICKLE_DICT)
        return NULL;
    for (size_t i = v->list.n; i >= 2; i -= 2)
        if (ecam_pickle_is_text(v->list.items[i - 2], key))
            return v->list.items[i - 1];
    return NULL;
}

const struct ecam_pickle_value *ecam_pickle_item(const struct ecam_pickle_value *v, size_t i)
{
    if (v == NULL || (v->kind != ECAM_PICKLE_TUPLE && v->kind != ECAM_PICKLE_LIST))
        return NULL;
    return i < v->list.n ? v->list.items[i] : NULL;
}

bool ecam_pickle_size(const struct ecam_pickle_value *v, size_t *out)
{
    if (v == NULL || v->kind != ECAM_PICKLE_INT || v->integer < 0 ||
        (uint64_t)v->integer > SIZE_MAX)
        return false;
    *out = (size_t)v->integer;
    return true;
}

const char *ecam_pickle_kind_name(enum ecam_pickle_kind kind)
{
    switch (kind) {
    case ECAM_PICKLE_NONE:
        return "None";
    case ECAM_PICKLE_BOOL:
        return "a truth value";
    case ECAM_PICKLE_INT:
    case ECAM_PICKLE_BIG_INT:
        return "an integer";
    case ECAM_PICKLE_FLOAT:
        return "a number";
    case ECAM_PICKLE_TEXT:
        return "a text";
    case ECAM_PICKLE_BYTES:
        return "bytes";
    case ECAM_PICKLE_TUPLE:
        return "a tuple";
    case ECAM_PICKLE_LIST:
        return "a list";
    case ECAM_PICKLE_DICT:
        return "a dictionary";
    case ECAM_PICKLE_GLOBAL:
        return "a class or function";
    case ECAM_PICKLE_OBJECT:
        return "an object";
    case ECAM_PICKLE_PERSID:
        return "a stored object";
    }
    return "nothing";
}
