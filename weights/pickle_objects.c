/* SPDX-License-Identifier: BSD-2-Clause
 * Opcodes of the pickle machine that name classes and functions and "call" them.
 * A call makes a value that tells callee and arguments, and nothing else. */
#include <string.h>

#include "weights/pickle_machine.h"

static bool begins(const char *text, size_t n, const char *prefix)
{
    return n >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static void push_global(struct machine *m, const char *module, size_t module_bytes,
                        const char *name, size_t name_bytes)
{
    const struct ecam_pickle_global *g =
        ecam_pickle_global_find(module, module_bytes, name, name_bytes);
    if (g == NULL) {
        const bool is_module = begins(module, module_bytes, "torch.nn.") ||
                               begins(module, module_bytes, "torchvision.") ||
                               begins(module, module_bytes, "__main__");
        pickle_fail(m, ECAM_ERR_UNSUPPORTED, "%s'%.*s.%.*s' is not on the list of what may occur%s",
                    is_module ? "the file holds a whole model, not weights: " : "",
                    (int)ecam_min_size(module_bytes, 60), module,
                    (int)ecam_min_size(name_bytes, 60), name,
                    "; in Python, torch.save(model.state_dict(), ...) writes weights alone");
        return;
    }
    value *v = pickle_new(m, ECAM_PICKLE_GLOBAL);
    v->global = g;
    pickle_push(m, v);
}

void pickle_op_global(struct machine *m)
{
    size_t module_bytes, name_bytes;
    const char *module = pickle_line(m, &module_bytes);
    const char *name = pickle_line(m, &name_bytes);
    if (!m->r.failed)
        push_global(m, module, module_bytes, name, name_bytes);
}

void pickle_op_stack_global(struct machine *m)
{
    const value *name = pickle_pop(m), *module = pickle_pop(m);
    if (m->status != ECAM_OK)
        return;
    if (name->kind != ECAM_PICKLE_TEXT || module->kind != ECAM_PICKLE_TEXT)
        pickle_fail(m, ECAM_ERR_FORMAT, "a class is named by %s and %s",
                    ecam_pickle_kind_name(module->kind), ecam_pickle_kind_name(name->kind));
    else
        push_global(m, module->text.at, module->text.n, name->text.at, name->text.n);
}

/* OrderedDict([[key, value], ...]), as Python 2 wrote it; the items may also come
 * later, and defaultdict(list) has none here. */
static value *dict_from(struct machine *m, const value *args)
{
    value *dict = pickle_new(m, ECAM_PICKLE_DICT);
    const value *pairs = ecam_pickle_item(args, 0);
    if (pairs == NULL || pairs->kind != ECAM_PICKLE_LIST)
        return dict;
    for (size_t i = 0; i < pairs->list.n && m->status == ECAM_OK; i++) {
        const value *pair = pairs->list.items[i];
        if (ecam_pickle_item(pair, 1) == NULL || pair->list.n != 2) {
            pickle_fail(m, ECAM_ERR_FORMAT, "%s where a pair was expected",
                        ecam_pickle_kind_name(pair->kind));
            break;
        }
        pickle_append(m, dict, pair->list.items[0]);
        pickle_append(m, dict, pair->list.items[1]);
    }
    return dict;
}

static void push_call(struct machine *m, const value *callee, const value *args)
{
    if (m->status != ECAM_OK)
        return;
    if (callee->kind != ECAM_PICKLE_GLOBAL || args->kind != ECAM_PICKLE_TUPLE) {
        pickle_fail(m, ECAM_ERR_FORMAT, "%s is called with %s", ecam_pickle_kind_name(callee->kind),
                    ecam_pickle_kind_name(args->kind));
        return;
    }
    if (callee->global->role == ECAM_ROLE_DICT) {
        pickle_push(m, dict_from(m, args));
        return;
    }
    value *v = pickle_new(m, ECAM_PICKLE_OBJECT);
    if (m->status == ECAM_OK) {
        v->object = (struct ecam_pickle_object){ callee->global, args, NULL };
        v->depth = args->depth;
    }
    pickle_push(m, v);
}

void pickle_op_reduce(struct machine *m)
{
    const value *args = pickle_pop(m);
    push_call(m, pickle_pop(m), args);
}

void pickle_op_newobj(struct machine *m)
{
    pickle_op_reduce(m);
}

void pickle_op_newobj_ex(struct machine *m)
{
    pickle_pop(m); /* keyword arguments: no object that matters has them */
    pickle_op_reduce(m);
}

/* Protocol 0 and 1: arguments above a mark, after the class or before its name. */
void pickle_op_obj(struct machine *m)
{
    size_t n;
    value **items = pickle_pop_mark(m, &n);
    if (m->status == ECAM_OK && n == 0)
        pickle_fail(m, ECAM_ERR_FORMAT, "an object without a class");
    if (m->status == ECAM_OK) {
        const value *callee = items[0];
        push_call(m, callee, pickle_tuple(m, items + 1, n - 1));
    }
}

void pickle_op_inst(struct machine *m)
{
    size_t n;
    value **items = pickle_pop_mark(m, &n);
    const value *args = pickle_tuple(m, items, n);
    pickle_op_global(m);
    if (!m->r.failed)
        push_call(m, pickle_pop(m), args);
}

void pickle_op_build(struct machine *m)
{
    const value *state = pickle_pop(m);
    value *v = pickle_top(m);
    if (m->status != ECAM_OK)
        return;
    if (v->kind == ECAM_PICKLE_OBJECT)
        v->object.state = state;
    else if (v->kind != ECAM_PICKLE_DICT) /* a state dict's _metadata: not needed */
        pickle_fail(m, ECAM_ERR_FORMAT, "%s is given a state", ecam_pickle_kind_name(v->kind));
}
