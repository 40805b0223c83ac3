/* SPDX-License-Identifier: BSD-2-Clause
 * Model files that are not as ours: each is refused, with the place. */
#include <stdlib.h>
#include <string.h>

#include "layers/registry.h"
#include "tests/unit/fake_weights.h"
#include "tests/unit/tu.h"
#include "weights/model_file.h"
#include "weights/weights.h"

#define INPUT "{\"name\":\"input\",\"kind\":\"input\",\"attrs\":{\"channels\":[3]}}"
#define FC \
    "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"input\"],\"weights\":{\"weight\":\"w\"}}"
#define GRAPH "{\"nodes\":[" INPUT "," FC "],\"aliases\":{\"head\":\"fc\"},\"output\":\"fc\"}"
#define NORM "\"mean\":[0.1,0.2,0.3],\"std\":[1,1,1]"
#define PRE \
    "{\"resize\":\"none\",\"filter\":\"bilinear\",\"channels\":\"rgb\",\"scale\":1," NORM "}"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct ecam_error err;

/* Two float arrays "w" and "v", and a whole-number one. */
static struct ecam_weight_set *weights(void)
{
    static const int64_t count[1] = { 0 };
    const struct ecam_shape one = { .rank = 1, .dim = { 1 } };
    struct ecam_weight_set *set = fake_new();
    fake_add(set, FAKE_DIMS(2, 3), "w");
    fake_add(set, FAKE_DIMS(2), "v");
    ck_assert_int_eq(ecam_weight_set_add(set, "count", ECAM_DTYPE_I64, &one, NULL,
                                         (const uint8_t *)count, sizeof count, 0, &err),
                     ECAM_OK);
    return set;
}

static void add_fact(struct ecam_weight_set *set, const char *key, const char *value)
{
    if (value != NULL)
        ck_assert_int_eq(ecam_weight_set_add_fact(set, key, value, &err), ECAM_OK);
}

/* Facts as a file may hold them; NULL: left out. */
struct facts {
    const char *format, *graph, *pre, *labels, *last, *source, *key, *value;
};

static const struct facts good = {
    .format = "1", .graph = GRAPH, .pre = PRE, .labels = "[\"a\",\"b\"]", .last = "head"
};

static enum ecam_status read_facts(const struct facts *facts, struct ecam_network **out)
{
    struct ecam_weight_set *set = weights();
    add_fact(set, ECAM_KEY_FORMAT, facts->format);
    add_fact(set, ECAM_KEY_GRAPH, facts->graph);
    add_fact(set, ECAM_KEY_PREPROCESS, facts->pre);
    add_fact(set, ECAM_KEY_LABELS, facts->labels);
    add_fact(set, ECAM_KEY_LAST, facts->last);
    add_fact(set, ECAM_KEY_SOURCE, facts->source);
    if (facts->key != NULL)
        add_fact(set, facts->key, facts->value);
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    const enum ecam_status status = ecam_network_import(set, "x", NULL, ecam_layer_find, out, &err);
    if (status != ECAM_OK)
        fake_free(set);
    return status;
}

static void expect_refusal(const struct facts *facts, const char *text)
{
    struct ecam_network *network = NULL;
    const enum ecam_status status = read_facts(facts, &network);
    ck_assert_msg(status == ECAM_ERR_FORMAT || status == ECAM_ERR_UNSUPPORTED, "accepted: %s",
                  text);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' has no '%s'", err.text, text);
}

static void expect_bad_graph(const char *graph, const char *text)
{
    struct facts facts = good;
    facts.graph = graph;
    facts.last = "fc";
    expect_refusal(&facts, text);
}

static void expect_bad_preprocess(const char *pre, const char *text)
{
    struct facts facts = good;
    facts.pre = pre;
    expect_refusal(&facts, text);
}

START_TEST(a_small_model_is_read)
{
    struct ecam_network *network = NULL;
    struct facts facts = good;
    facts.source = "{\"file\":\"x.pth\",\"sha256\":\"" HASH "\"}";
    facts.key = "someone.else";
    facts.value = "\x01 not ours";
    ck_assert_msg(read_facts(&facts, &network) == ECAM_OK, "%s", err.text);
    ck_assert_uint_eq(network->graph->n_nodes, 2);
    ck_assert_uint_eq(network->graph->last, 1);
    ck_assert_uint_eq(network->graph->output, 1);
    ck_assert_str_eq(ecam_node_weight(&network->graph->nodes[1], "weight")->name, "w");
    ck_assert_str_eq(network->labels[1], "b");
    ck_assert_str_eq(ecam_network_fact(network, "last"), "head");
    ck_assert_str_eq(ecam_network_fact(network, "source_sha256"), HASH);
    ck_assert_int_eq(network->preprocess.resize, ECAM_RESIZE_NONE);
    ecam_network_free(network);
}
END_TEST

START_TEST(facts_that_must_be_there_are_missed)
{
    struct facts facts = good;
    facts.graph = NULL;
    expect_refusal(&facts, "'eigencam.graph' is missing");
    facts = good;
    facts.pre = NULL;
    expect_refusal(&facts, "'eigencam.preprocess' is missing");
    facts = good;
    facts.last = NULL;
    expect_refusal(&facts, "'eigencam.last' is missing");
    facts.last = "nowhere";
    expect_refusal(&facts, "'nowhere' is no layer");
    facts = good;
    facts.format = NULL;
    expect_refusal(&facts, "eigencam.format: '', this program reads '1'");
    facts.format = "2";
    expect_refusal(&facts, "eigencam.format: '2', this program reads '1'");
}
END_TEST

START_TEST(facts_of_a_later_version_are_not_skipped)
{
    struct facts facts = good;
    facts.key = "eigencam.quantised";
    facts.value = "yes";
    expect_refusal(&facts, "'eigencam.quantised' is not known");
    facts.key = ECAM_KEY_LAST;
    facts.value = "fc";
    expect_refusal(&facts, "'eigencam.last' twice");
}
END_TEST

START_TEST(facts_are_printable)
{
    struct facts facts = good;
    facts.key = ECAM_KEY_FAMILY;
    facts.value = "ResNet\x1b[2J";
    expect_refusal(&facts, "control characters");
    facts.key = ECAM_KEY_DATA_SHA256;
    facts.value = "123";
    expect_refusal(&facts, "not 64 hexadecimal digits");
    facts = good;
    facts.labels = "[\"a\\n\"]";
    expect_refusal(&facts, "item 0 is no text, or has control characters");
    facts.labels = "[1]";
    expect_refusal(&facts, "item 0 is no text");
    facts.labels = "{\"a\":1}";
    expect_refusal(&facts, "expected an array");
}
END_TEST

START_TEST(a_source_is_a_name_and_a_hash)
{
    static const char *const bad[] = {
        "\"x\"",
        "{}",
        "{\"file\":7}",
        "{\"file\":\"a\\u001b\"}",
        "{\"file\":\"x\",\"sha256\":\"12\"}",
        "{\"file\":\"x\",\"sha256\":12}",
        "{\"file\":\"x\",\"path\":\"/home\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct facts facts = good;
        facts.source = bad[i];
        expect_refusal(&facts, ECAM_KEY_SOURCE);
    }
}
END_TEST

#define NODES(...) "{\"nodes\":[" INPUT "," __VA_ARGS__ "],\"output\":\"fc\"}"

START_TEST(broken_graphs_are_refused_with_the_place)
{
    static const struct {
        const char *graph, *text;
    } cases[] = {
        { "", "eigencam.graph: byte 0" },
        { "[]", "expected an object" },
        { "{}", "needs an array 'nodes' and an 'output'" },
        { "{\"nodes\":[],\"output\":\"fc\"}", "output 'fc' is no node" },
        { "{\"nodes\":7,\"output\":\"fc\"}", "needs an array 'nodes'" },
        { "{\"nodes\":[" INPUT "],\"output\":\"input\"}", "'fc' is no layer" },
        { "{\"nodes\":[" INPUT "," FC "],\"output\":7}", "needs an array 'nodes'" },
        { "{\"nodes\":[" INPUT "," FC "],\"outputs\":\"fc\"}", "key 'outputs' is not known" },
        { "{\"nodes\":[" INPUT "," FC "],\"output\":\"fc\",\"output\":\"fc\"}", "'output' twice" },
        { NODES("7"), "node 1: expected an object" },
        { NODES("{\"name\":\"fc\"}"), "node 1: needs a 'name' and a 'kind'" },
        { NODES("{\"kind\":\"relu\"}"), "node 1: needs a 'name' and a 'kind'" },
        { NODES("{\"name\":\"fc\",\"kind\":\"relu\",\"mode\":1}"), "key 'mode' is not known" },
        { NODES("{\"name\":\"\",\"kind\":\"relu\",\"inputs\":[\"input\"]}"), "empty" },
        { NODES("{\"name\":\"a\\u001b\",\"kind\":\"relu\",\"inputs\":[\"input\"]}"),
          "control characters" },
        { NODES(
              "{\"name\":\"fc\",\"kind\":\"a-kind-of-layer-that-has-many-more-than-47-letters\"}"),
          "kind" },
        { NODES("{\"name\":\"fc\",\"kind\":\"relu\",\"inputs\":\"input\"}"), "is no array" },
        { NODES("{\"name\":\"fc\",\"kind\":\"relu\",\"inputs\":[0]}"),
          "'(no text)' is no earlier" },
        { NODES("{\"name\":\"fc\",\"kind\":\"relu\",\"inputs\":[\"fc\"]}"),
          "node 'fc': input 'fc' is no earlier node" },
        { NODES("{\"name\":\"fc\",\"kind\":\"relu\",\"inputs\":[\"z\"]}," FC),
          "'z' is no earlier" },
        { NODES(FC "," FC), "node 'fc': the name is taken" },
        { NODES(FC ",{\"name\":\"i\",\"kind\":\"input\"}"), "node 0 and no other is the input" },
        { "{\"nodes\":[{\"name\":\"fc\",\"kind\":\"relu\"}," INPUT "],\"output\":\"fc\"}",
          "node 0 'fc' of kind 'relu'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad_graph(cases[i].graph, cases[i].text);
}
END_TEST

#define WITH(what) NODES("{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"input\"]," what "}")

START_TEST(broken_attributes_and_weights_are_refused)
{
    static const struct {
        const char *graph, *text;
    } cases[] = {
        { WITH("\"attrs\":[]"), "'attrs' is no object" },
        { WITH("\"attrs\":{\"a\":\"x\"}"), "neither a number nor an array" },
        { WITH("\"attrs\":{\"a\":[1.5]}"), "value 0 is no whole number" },
        { WITH("\"attrs\":{\"a\":[1,\"x\"]}"), "value 1 is no whole number" },
        { WITH("\"attrs\":{\"a\":[]}"), "has 0 values" },
        { WITH("\"attrs\":{\"a\":[1,2,3,4,5,6,7,8,9]}"), "more than 8 values" },
        { WITH("\"attrs\":{\"a\":1e999}"), "not finite" },
        { WITH("\"attrs\":{\"a\":1,\"a\":2}"), "attribute 'a' twice" },
        { WITH("\"attrs\":{\"a-key-of-more-than-19-letters\":1}"), "attribute" },
        { WITH("\"weights\":7"), "'weights' is no object" },
        { WITH("\"weights\":{\"weight\":\"nowhere\"}"), "'nowhere' is not in the file" },
        { WITH("\"weights\":{\"weight\":1}"), "'(no text)' is not in the file" },
        { WITH("\"weights\":{\"weight\":\"count\"}"), "'count' is I64, expected floating point" },
        { WITH("\"weights\":{\"weight\":\"w\",\"weight\":\"v\"}"), "role 'weight' twice" },
        { WITH("\"weights\":{\"a-much-too-long-role\":\"w\"}"), "weight role" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad_graph(cases[i].graph, cases[i].text);
}
END_TEST

#define ALIASES(what) "{\"nodes\":[" INPUT "," FC "],\"output\":\"fc\",\"aliases\":" what "}"

START_TEST(broken_aliases_are_refused)
{
    expect_bad_graph(ALIASES("[]"), "'aliases' is no object");
    expect_bad_graph(ALIASES("{\"a\":1}"), "alias 'a' is of no node");
    expect_bad_graph(ALIASES("{\"a\":\"b\"}"), "alias 'a' is of no node");
    expect_bad_graph(ALIASES("{\"a\":\"fc\",\"b\":\"a\"}"), "alias 'b' is of no node");
    expect_bad_graph(ALIASES("{\"a\":\"fc\",\"a\":\"fc\"}"), "alias 'a': the name is taken");
    expect_bad_graph(ALIASES("{\"input\":\"fc\"}"), "alias 'input': the name is taken");
    expect_bad_graph(ALIASES("{\"\":\"fc\"}"), "empty");
}
END_TEST

#define PRE_OF(resize, filter, channels, scale, rest)                                              \
    "{\"resize\":" resize ",\"filter\":" filter ",\"channels\":" channels ",\"scale\":" scale rest \
    "}"

START_TEST(broken_preprocessing_is_refused)
{
    static const struct {
        const char *pre, *text;
    } cases[] = {
        { "{}", "'resize' is missing" },
        { PRE_OF("\"long\"", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'resize'" },
        { PRE_OF("\"short\"", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'size'" },
        { PRE_OF("\"short\",\"size\":[1,2]", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'size'" },
        { PRE_OF("\"squash\",\"size\":[1]", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'size'" },
        { PRE_OF("\"none\",\"size\":[1]", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'size'" },
        { PRE_OF("\"short\",\"size\":[0]", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "resize to" },
        { PRE_OF("\"short\",\"size\":[-1]", "\"bilinear\"", "\"rgb\"", "1", "," NORM), "'size'" },
        { PRE_OF("\"short\",\"size\":[65537]", "\"bilinear\"", "\"rgb\"", "1", "," NORM),
          "resize to" },
        { PRE_OF("\"none\"", "\"lanczos\"", "\"rgb\"", "1", "," NORM), "'filter'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"grb\"", "1", "," NORM), "'channels'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "\"1\"", "," NORM), "'scale'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1e999", "," NORM), "'scale'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"crop\":[1]," NORM), "'crop'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"crop\":[1,0]," NORM), "crop" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"mean\":[1,1,1]"), "'std'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"std\":[1,1,1]"), "'mean'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"mean\":[1,1,1],\"std\":[1,1,0]"),
          "std is 0" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1",
                 ",\"mean\":[1,1,1],\"std\":[1,1,1e-60]"),
          "std is 0" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"mean\":[1,1],\"std\":[1,1,1]"),
          "'mean'" },
        { PRE_OF("\"none\"", "\"bilinear\"", "\"rgb\"", "1", ",\"gamma\":1," NORM), "'gamma'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad_preprocess(cases[i].pre, cases[i].text);
}
END_TEST

START_TEST(a_set_without_graph_is_a_familys)
{
    struct ecam_weight_set *set = weights();
    struct ecam_network *network = NULL;
    ck_assert_int_eq(ecam_network_import(set, "x", NULL, ecam_layer_find, &network, &err),
                     ECAM_ERR_UNSUPPORTED);
    fake_free(set);
    set = fake_new();
    fake_squeezenet(set, 5);
    ck_assert_int_eq(
        ecam_network_import(set, "dir/a\x1b.pth", NULL, ecam_layer_find, &network, &err), ECAM_OK);
    ck_assert_str_eq(ecam_network_fact(network, "source"), "a?.pth");
    ecam_network_free(network);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_small_model_is_read,
        facts_that_must_be_there_are_missed,
        facts_of_a_later_version_are_not_skipped,
        facts_are_printable,
        a_source_is_a_name_and_a_hash,
        broken_graphs_are_refused_with_the_place,
        broken_attributes_and_weights_are_refused,
        broken_aliases_are_refused,
        broken_preprocessing_is_refused,
        a_set_without_graph_is_a_familys,
    };
    return tu_main("model_file_read", tests, sizeof tests / sizeof *tests);
}
