/* SPDX-License-Identifier: BSD-2-Clause
 * Values of a pickle that stand for a tensor, in all the ways PyTorch has had. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/torch.h"

/* A Parameter around a Variable around a tensor is the longest chain known. */
#define MAX_WRAPPERS 8

typedef struct ecam_pickle_value value;

static size_t count_of(const value *v)
{
    return v != NULL && (v->kind == ECAM_PICKLE_TUPLE || v->kind == ECAM_PICKLE_LIST) ? v->list.n
                                                                                      : 0;
}

/* One step towards the tensor inside an object. Sets *args where it was the last:
 * then they are (storage, offset, size, stride, ...). */
static const value *unwrap(const struct ecam_pickle_object *object, const value **args,
                           bool *is_typed)
{
    enum ecam_pickle_role role = object->callee->role;
    const value *given = object->args;
    if (role == ECAM_ROLE_REBUILD_AS_TYPE) {
        const value *function = ecam_pickle_item(given, 0);
        if (function == NULL || function->kind != ECAM_PICKLE_GLOBAL)
            return NULL;
        role = function->global->role;
        given = ecam_pickle_item(given, 2);
    } else if ((role == ECAM_ROLE_TENSOR || role == ECAM_ROLE_PARAMETER) && count_of(given) == 0) {
        if (count_of(object->state) == 4) { /* of a tensor; of a Variable it has 5 */
            *args = object->state;
            return NULL;
        }
        return ecam_pickle_item(object->state, 0);
    }
    if (role == ECAM_ROLE_PARAMETER)
        return ecam_pickle_item(given, 0);
    if (role == ECAM_ROLE_REBUILD || role == ECAM_ROLE_REBUILD_TYPED)
        *args = given;
    *is_typed = role == ECAM_ROLE_REBUILD_TYPED;
    return NULL;
}

/* What is inside all wrappers: a persistent id (in *id) or arguments (in *args). */
static bool find_inside(const value *v, const value **id, const value **args, bool *is_typed)
{
    *id = *args = NULL;
    *is_typed = false;
    for (int i = 0; i < MAX_WRAPPERS && v != NULL; i++) {
        if (v->kind == ECAM_PICKLE_PERSID) {
            *id = v->inner;
            return true;
        }
        if (v->kind != ECAM_PICKLE_OBJECT)
            return false;
        v = unwrap(&v->object, args, is_typed);
        if (*args != NULL)
            return true;
    }
    return false;
}

bool ecam_torch_is_tensor(const value *v, const struct ecam_torch_source *source)
{
    const value *id, *args;
    bool is_typed;
    return find_inside(v, &id, &args, &is_typed) && (id == NULL || source->tensor != NULL);
}

/* A tuple of sizes or strides, bare or as torch.Size. */
static enum ecam_status read_sizes(const value *v, const char *what, uint32_t *rank, size_t *out,
                                   struct ecam_error *err)
{
    if (v != NULL && v->kind == ECAM_PICKLE_OBJECT && v->object.callee->role == ECAM_ROLE_SIZE)
        v = ecam_pickle_item(v->object.args, 0);
    if (v == NULL || (v->kind != ECAM_PICKLE_TUPLE && v->kind != ECAM_PICKLE_LIST))
        return ecam_fail(err, ECAM_ERR_FORMAT, "a tensor's %s is %s, not a tuple", what,
                         v == NULL ? "missing" : ecam_pickle_kind_name(v->kind));
    if (v->list.n > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "a tensor of rank %zu, at most %d are possible",
                         v->list.n, ECAM_MAX_RANK);
    for (size_t i = 0; i < v->list.n; i++)
        if (!ecam_pickle_size(v->list.items[i], &out[i]))
            return ecam_fail(err, ECAM_ERR_FORMAT, "a tensor's %s holds a number that is no size",
                             what);
    *rank = (uint32_t)v->list.n;
    return ECAM_OK;
}

enum ecam_status ecam_torch_tensor_read(const value *v, const struct ecam_torch_source *source,
                                        struct ecam_torch_tensor *out, struct ecam_error *err)
{
    const value *id, *args;
    bool is_typed;
    if (!find_inside(v, &id, &args, &is_typed) || (id != NULL && source->tensor == NULL))
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s is no tensor", ecam_pickle_kind_name(v->kind));
    if (id != NULL)
        return source->tensor(source->context, id, out, err);

    const value *storage = ecam_pickle_item(args, 0);
    uint32_t n_strides = 0;
    if (storage == NULL || storage->kind != ECAM_PICKLE_PERSID)
        return ecam_fail(err, ECAM_ERR_FORMAT, "a tensor without a storage");
    enum ecam_status status = source->storage(source->context, storage->inner, &out->storage, err);
    if (status != ECAM_OK)
        return status;
    if (!ecam_pickle_size(ecam_pickle_item(args, 1), &out->offset))
        return ecam_fail(err, ECAM_ERR_FORMAT, "a tensor's offset is no size");
    status = read_sizes(ecam_pickle_item(args, 2), "shape", &out->shape.rank, out->shape.dim, err);
    if (status == ECAM_OK)
        status = read_sizes(ecam_pickle_item(args, 3), "stride", &n_strides, out->stride, err);
    if (status == ECAM_OK && n_strides != out->shape.rank)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "a tensor of rank %u with %u strides",
                           out->shape.rank, n_strides);
    out->dtype = out->storage.dtype;
    if (status == ECAM_OK && is_typed) {
        const value *dtype = ecam_pickle_item(args, 6);
        if (dtype == NULL || dtype->kind != ECAM_PICKLE_GLOBAL ||
            dtype->global->role != ECAM_ROLE_DTYPE)
            return ecam_fail(err, ECAM_ERR_FORMAT, "a tensor without its dtype");
        out->dtype = dtype->global->dtype;
    }
    return status;
}

enum ecam_status ecam_torch_id_read(const value *id, struct ecam_torch_id *out,
                                    struct ecam_error *err)
{
    const value *type = ecam_pickle_item(id, 1);
    if (ecam_pickle_is_text(ecam_pickle_item(id, 0), "module"))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "the file holds a whole model, not weights; in Python, "
                         "torch.save(model.state_dict(), ...) writes weights alone");
    if (!ecam_pickle_is_text(ecam_pickle_item(id, 0), "storage") || type == NULL ||
        type->kind != ECAM_PICKLE_GLOBAL || ecam_pickle_item(id, 4) == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "a persistent id that names no storage");
    out->type = type->global;
    out->key = ecam_pickle_item(id, 2);
    out->view = ecam_pickle_item(id, 5);
    if (out->type->role != ECAM_ROLE_STORAGE && out->type->role != ECAM_ROLE_BYTE_STORAGE &&
        out->type->role != ECAM_ROLE_OTHER_STORAGE)
        return ecam_fail(err, ECAM_ERR_FORMAT, "'%s.%s' is no class of storages", out->type->module,
                         out->type->name);
    if (!ecam_pickle_size(ecam_pickle_item(id, 4), &out->elements) ||
        !ecam_mul_size(out->elements, ecam_dtype_bytes(out->type->dtype), &out->bytes))
        return ecam_fail(err, ECAM_ERR_FORMAT, "a storage whose number of elements is no size");
    return ECAM_OK;
}

enum ecam_status ecam_torch_storage_of(const struct ecam_torch_id *id, const uint8_t *data,
                                       struct ecam_torch_storage *out, struct ecam_error *err)
{
    if (id->type->role == ECAM_ROLE_OTHER_STORAGE)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "a tensor in a '%s.%s'", id->type->module,
                         id->type->name);
    *out = (struct ecam_torch_storage){ id->type->dtype, data, id->bytes };
    return ECAM_OK;
}

enum ecam_status ecam_torch_check_system(const value *facts, struct ecam_error *err)
{
    const value *little = ecam_pickle_get(facts, "little_endian");
    if (facts->kind != ECAM_PICKLE_DICT || little == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "the system facts do not tell the byte order");
    if (little->kind != ECAM_PICKLE_BOOL || little->integer == 0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "the file was written big-endian");
    return ECAM_OK;
}
