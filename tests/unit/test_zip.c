/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"
#include "weights/weights.h"
#include "weights/zip.h"

static uint8_t *bytes;
static size_t size;
static struct ecam_limits limits;

static struct ecam_zip *open_zip(const char *file)
{
    char path[WF_PATH];
    struct ecam_zip *zip = NULL;
    bytes = wf_read(wf_path(file, path), &size);
    limits = ecam_limits_filled(NULL);
    ck_assert_int_eq(ecam_zip_open(bytes, size, &limits, &zip, NULL), ECAM_OK);
    return zip;
}

static void close_zip(struct ecam_zip *zip)
{
    ecam_zip_free(zip);
    free(bytes);
}

START_TEST(members_are_found_by_their_exact_name)
{
    struct ecam_zip *zip = open_zip("bad/zip/ok-plain.pth");
    ck_assert_uint_eq(zip->n_members, 2);
    ck_assert_str_eq(ecam_zip_find(zip, "a/data/0")->name, "a/data/0");
    ck_assert_uint_eq(ecam_zip_find(zip, "a/data/0")->bytes, 24);
    ck_assert_ptr_null(ecam_zip_find(zip, "a/data/1"));
    ck_assert_ptr_null(ecam_zip_find(zip, "a/data/"));
    ck_assert_ptr_null(ecam_zip_find(zip, ""));
    close_zip(zip);
}
END_TEST

START_TEST(stored_contents_are_in_place_and_deflated_ones_equal_them)
{
    struct ecam_zip *zip = open_zip("bad/zip/ok-plain.pth");
    struct ecam_storage stored;
    ck_assert_int_eq(ecam_zip_contents(zip, ecam_zip_find(zip, "a/data/0"), true, &stored, NULL),
                     ECAM_OK);
    ck_assert_int_eq(stored.kind, ECAM_STORAGE_BORROWED);
    ck_assert(stored.base >= bytes && stored.base + stored.bytes <= bytes + size);
    uint8_t copy[24];
    memcpy(copy, stored.base, sizeof copy);
    close_zip(zip);

    zip = open_zip("bad/zip/ok-deflated.pth");
    struct ecam_storage inflated;
    ck_assert_int_eq(ecam_zip_contents(zip, ecam_zip_find(zip, "a/data/0"), false, &inflated, NULL),
                     ECAM_OK);
    ck_assert_int_eq(inflated.kind, ECAM_STORAGE_HEAP);
    ck_assert_uint_eq(inflated.bytes, sizeof copy);
    ck_assert_int_eq(memcmp(inflated.base, copy, sizeof copy), 0);
    ecam_free(inflated.base);
    close_zip(zip);
}
END_TEST

START_TEST(what_may_be_inflated_is_counted_over_all_members)
{
    struct ecam_zip *zip = open_zip("bad/zip/ok-deflated.pth");
    const struct ecam_zip_member *m = ecam_zip_find(zip, "a/data/0");
    struct ecam_storage storage;
    zip->inflate_left = 2 * m->bytes - 1;
    ck_assert_int_eq(ecam_zip_contents(zip, m, true, &storage, NULL), ECAM_OK);
    ecam_free(storage.base);
    ck_assert_int_eq(ecam_zip_contents(zip, m, true, &storage, NULL), ECAM_ERR_LIMIT);
    close_zip(zip);
}
END_TEST

START_TEST(the_number_of_members_is_limited)
{
    char path[WF_PATH];
    struct ecam_zip *zip = NULL;
    bytes = wf_read(wf_path("fixtures/weights/checkpoint-model.pth", path), &size);
    limits = ecam_limits_filled(&(struct ecam_limits){ .max_tensors = 1 });
    ck_assert_int_eq(ecam_zip_open(bytes, size, &limits, &zip, NULL), ECAM_OK);
    ecam_zip_free(zip);
    free(bytes);
    /* 70 members of nothing, more than one tensor and what surrounds it. */
    enum { N = 70, LOCAL = 30 + 2, CENTRAL = 46 + 2 };
    uint8_t many[N * (LOCAL + CENTRAL) + 22] = { 0 };
    for (size_t i = 0; i < N; i++) {
        uint8_t *local = many + i * LOCAL, *central = many + N * LOCAL + i * CENTRAL;
        memcpy(local, "PK\3\4", 4);
        memcpy(central, "PK\1\2", 4);
        local[26] = central[28] = 2;
        local[30] = central[46] = (uint8_t)('A' + i / 10);
        local[31] = central[47] = (uint8_t)('0' + i % 10);
        central[42] = (uint8_t)(i * LOCAL % 256);
        central[43] = (uint8_t)(i * LOCAL / 256);
    }
    uint8_t *end = many + N * (LOCAL + CENTRAL);
    memcpy(end, "PK\5\6", 4);
    end[8] = end[10] = N;
    end[12] = (uint8_t)(N * CENTRAL % 256);
    end[13] = (uint8_t)(N * CENTRAL / 256);
    end[16] = (uint8_t)(N * LOCAL % 256);
    end[17] = (uint8_t)(N * LOCAL / 256);
    ck_assert_int_eq(ecam_zip_open(many, sizeof many, &limits, &zip, NULL), ECAM_ERR_LIMIT);
    limits.max_tensors = 6;
    ck_assert_int_eq(ecam_zip_open(many, sizeof many, &limits, &zip, NULL), ECAM_OK);
    ck_assert_uint_eq(zip->n_members, N);
    ecam_zip_free(zip);
}
END_TEST

START_TEST(verify_sees_a_changed_bit_that_reading_does_not)
{
    static const char *const files[] = { "fixtures/weights/zip-p2.pth",
                                         "fixtures/weights/plain.npz" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ecam_zip *zip = open_zip(files[i]);
        ck_assert_int_eq(ecam_zip_verify(bytes, size, &limits, NULL), ECAM_OK);
        const struct ecam_zip_member *largest = NULL;
        for (size_t k = 0; k < zip->n_members; k++)
            if (strstr(zip->members[k].name, "data.pkl") == NULL &&
                (largest == NULL || zip->members[k].bytes > largest->bytes))
                largest = &zip->members[k];
        ck_assert_ptr_nonnull(largest);
        bytes[(size_t)(largest->data - bytes) + largest->packed - 1] ^= 0x10;
        struct ecam_weight_set *set = NULL;
        struct ecam_error err;
        ck_assert_int_eq(ecam_weights_open_mem(bytes, size, "x", NULL, &set, NULL), ECAM_OK);
        ecam_weight_set_free(set);
        ck_assert_int_eq(ecam_zip_verify(bytes, size, &limits, &err), ECAM_ERR_FORMAT);
        ck_assert_ptr_nonnull(strstr(err.text, largest->name));
        close_zip(zip);
    }
}
END_TEST

START_TEST(verify_has_nothing_to_say_about_other_files)
{
    limits = ecam_limits_filled(NULL);
    const uint8_t other[] = "\x93NUMPY and so on";
    ck_assert_int_eq(ecam_zip_verify(other, sizeof other, &limits, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_zip_verify(other, 0, &limits, NULL), ECAM_OK);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        members_are_found_by_their_exact_name,
        stored_contents_are_in_place_and_deflated_ones_equal_them,
        what_may_be_inflated_is_counted_over_all_members,
        the_number_of_members_is_limited,
        verify_sees_a_changed_bit_that_reading_does_not,
        verify_has_nothing_to_say_about_other_files,
    };
    return tu_main("zip", tests, sizeof tests / sizeof *tests);
}
