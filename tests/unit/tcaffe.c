/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tcaffe.h"

#include <string.h>

#include "layers/registry.h"
#include "tests/unit/tu.h"
#include "weights/weights.h"

struct ecam_weight_set *tc_set;
struct ecam_network *tc_net;
static struct ecam_error err;

void tc_begin(void)
{
    tc_set = fake_new();
    fake_add(tc_set, FAKE_DIMS(8, 3, 3, 3), "c.0");
    fake_add(tc_set, FAKE_DIMS(8), "c.1");
    for (int i = 1; i <= 13; i++) { /* of chains of layers */
        fake_add(tc_set, FAKE_DIMS(3, 3, 3, 3), "x%d.0", i);
        fake_add(tc_set, FAKE_DIMS(3), "x%d.1", i);
    }
    fake_add(tc_set, FAKE_DIMS(3), "n.0");
    fake_add(tc_set, FAKE_DIMS(3), "n.1");
    fake_add(tc_set, FAKE_DIMS(1), "n.2");
}

void tc_end(void)
{
    ecam_network_free(tc_net); /* with the set */
    tc_net = NULL;
    tc_set = NULL;
}

/* Imports `text` with the weights of `set`, which the network takes over. */
void tc_import(const char *text)
{
    tc_set->graph = (const uint8_t *)text;
    tc_set->graph_bytes = strlen(text);
    tc_set->graph_is_text = true;
    ck_assert_msg(ecam_network_import(tc_set, "x", NULL, ecam_layer_find, &tc_net, &err) == ECAM_OK,
                  "%s", err.text);
    ck_assert_msg(ecam_graph_check(tc_net->graph, &err) == ECAM_OK, "%s", err.text);
}

/* The same of a text that must be refused. */
void tc_refused(const char *text, enum ecam_status status, const char *part)
{
    struct ecam_network *none = NULL;
    tc_begin();
    tc_set->graph = (const uint8_t *)text;
    tc_set->graph_bytes = strlen(text);
    tc_set->graph_is_text = true;
    const enum ecam_status got =
        ecam_network_import(tc_set, "x", NULL, ecam_layer_find, &none, &err);
    ck_assert_msg(got == status, "%s: %s (%s)", text, ecam_status_name(got),
                  got == ECAM_OK ? "" : err.text);
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' is not in '%s'", part, err.text);
    fake_free(tc_set);
}

const struct ecam_node *tc_node(const char *name)
{
    const uint32_t at = ecam_graph_find(tc_net->graph, name);
    ck_assert_msg(at != ECAM_NO_NODE, "no '%s'", name);
    return &tc_net->graph->nodes[at];
}

void tc_has_kind(const char *name, const char *kind)
{
    ck_assert_msg(strcmp(tc_node(name)->kind, kind) == 0, "%s is %s", name, tc_node(name)->kind);
}

/* The attribute has these values; none may be there where values end at once. */
void tc_has_ints(const char *name, const char *key, const int64_t *want, size_t n)
{
    const struct ecam_attr *attr = ecam_node_attr(tc_node(name), key);
    ck_assert_msg((attr == NULL) == (n == 0), "%s.%s", name, key);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(!attr->is_real && attr->n == n && attr->value[i] == want[i], "%s.%s[%zu]",
                      name, key, i);
}

void tc_has_real(const char *name, const char *key, double want)
{
    const struct ecam_attr *attr = ecam_node_attr(tc_node(name), key);
    ck_assert_msg(attr != NULL && attr->is_real && attr->real == want, "%s.%s", name, key);
}

const char *tc_source(const char *name, size_t i)
{
    ck_assert_uint_lt(i, tc_node(name)->n_inputs);
    return tc_net->graph->nodes[tc_node(name)->inputs[i]].name;
}

const struct ecam_weight *tc_weight(const char *name, const char *role)
{
    const struct ecam_weight *w = ecam_node_weight(tc_node(name), role);
    ck_assert_msg(w != NULL, "%s has no %s", name, role);
    return w;
}
