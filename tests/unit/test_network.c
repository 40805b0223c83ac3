/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/network.h"
#include "tests/unit/tu.h"

static struct ecam_error err;

START_TEST(a_fact_is_set_found_and_replaced)
{
    struct ecam_network *network = ecam_network_new();
    ck_assert_ptr_nonnull(network);
    ck_assert_ptr_null(ecam_network_fact(network, "family"));
    ck_assert_int_eq(ecam_network_set_fact(network, "family", "ResNet-50", &err), ECAM_OK);
    ck_assert_int_eq(ecam_network_set_fact(network, "license", "", &err), ECAM_OK);
    ck_assert_int_eq(ecam_network_set_fact(network, "family", "VGG-16", &err), ECAM_OK);
    ck_assert_uint_eq(network->n_facts, 2);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "VGG-16");
    ck_assert_str_eq(ecam_network_fact(network, "license"), "");
    ck_assert_ptr_null(ecam_network_fact(network, "famil"));
    ecam_network_free(network);
}
END_TEST

START_TEST(labels_are_copied_and_replaced)
{
    struct ecam_network *network = ecam_network_new();
    char cat[] = "cat";
    const char *const two[] = { cat, "dog" }, *const one[] = { "tree" };
    ck_assert_int_eq(ecam_network_set_labels(network, two, 2, &err), ECAM_OK);
    cat[0] = 'b';
    ck_assert_uint_eq(network->n_labels, 2);
    ck_assert_str_eq(network->labels[0], "cat");
    ck_assert_int_eq(ecam_network_set_labels(network, one, 1, &err), ECAM_OK);
    ck_assert_uint_eq(network->n_labels, 1);
    ck_assert_str_eq(network->labels[0], "tree");
    ck_assert_int_eq(ecam_network_set_labels(network, NULL, 0, &err), ECAM_OK);
    ck_assert_ptr_null(network->labels);
    ecam_network_free(network);
    ecam_network_free(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_fact_is_set_found_and_replaced,
        labels_are_copied_and_replaced,
    };
    return tu_main("network", tests, sizeof tests / sizeof *tests);
}
