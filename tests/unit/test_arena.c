/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/arena.h"
#include "tests/unit/tu.h"

#define MAX_BUFFERS 40

static uint64_t next(uint64_t *rng)
{
    *rng = *rng * 6364136223846793005u + 1442695040888963407u;
    return *rng >> 33;
}

static bool alive_together(const struct ecam_buffer *a, const struct ecam_buffer *b)
{
    return a->first <= b->last && b->first <= a->last;
}

START_TEST(no_two_buffers_that_live_together_overlap)
{
    uint64_t rng = 1;
    for (int round = 0; round < 2000; round++) {
        struct ecam_buffer b[MAX_BUFFERS];
        const size_t n = 1 + next(&rng) % MAX_BUFFERS;
        for (size_t i = 0; i < n; i++) {
            b[i].floats = 1 + next(&rng) % 500;
            b[i].first = next(&rng) % 30;
            b[i].last = b[i].first + next(&rng) % 8;
        }
        size_t total = 0;
        ck_assert_int_eq(ecam_arena_place(b, n, &total, NULL), ECAM_OK);
        for (size_t i = 0; i < n; i++) {
            tu_assert(b[i].offset % 16 == 0);
            tu_assert(b[i].offset + b[i].floats <= total);
            for (size_t j = 0; j < i; j++)
                tu_assert_msg(!alive_together(&b[i], &b[j]) ||
                                  b[i].offset + b[i].floats <= b[j].offset ||
                                  b[j].offset + b[j].floats <= b[i].offset,
                              "round %d: buffers %zu and %zu overlap", round, i, j);
        }
    }
}
END_TEST

START_TEST(a_chain_needs_no_more_than_its_largest_pair)
{
    struct ecam_buffer b[10];
    for (size_t i = 0; i < 10; i++)
        b[i] = (struct ecam_buffer){ .floats = 160, .first = i, .last = i + 1 };
    size_t total = 0;
    ck_assert_int_eq(ecam_arena_place(b, 10, &total, NULL), ECAM_OK);
    ck_assert_uint_eq(total, 320);
}
END_TEST

START_TEST(nothing_needs_nothing)
{
    size_t total = 1;
    ck_assert_int_eq(ecam_arena_place(NULL, 0, &total, NULL), ECAM_OK);
    ck_assert_uint_eq(total, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_two_buffers_that_live_together_overlap,
        a_chain_needs_no_more_than_its_largest_pair,
        nothing_needs_nothing,
    };
    return tu_main("arena", tests, sizeof tests / sizeof *tests);
}
