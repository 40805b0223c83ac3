/* SPDX-License-Identifier: BSD-2-Clause
 * One model, many sessions, many threads, all at once. Whether they disturb each
 * other is seen in the bits here, and by ThreadSanitizer in the gate. */
#include <pthread.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "tests/unit/tnet.h"
#include "tests/unit/tu.h"

#define N_USERS 6
#define N_ROUNDS 4
#define N_PIXELS (3 * 19 * 19)
#define N_CLASSES 7

static const char *const tap_name = "block";

/* What one user of the model does, and what came of it. No assertion on a thread of
 * our own: Check's belong to the one that runs the test. */
struct user {
    const struct ecam_model *model;
    const float *input;
    struct ecam_session_options options;
    pthread_barrier_t *start;
    enum ecam_status status;
    struct ecam_error err;
    float logits[N_CLASSES], tap[13 * 10 * 10];
    bool is_steady; /* every round gave the bits of the first */
};

static enum ecam_status look(struct user *u, struct ecam_session *s, bool is_first)
{
    struct ecam_tensor logits, tap;
    enum ecam_status status = ecam_session_run(s, u->input, &u->err);
    if (status == ECAM_OK)
        status = ecam_session_output(s, &logits, &u->err);
    if (status == ECAM_OK)
        status = ecam_session_tap(s, tap_name, &tap, &u->err);
    if (status != ECAM_OK)
        return status;
    if (logits.c != N_CLASSES || tap.c * tap.h * tap.w != ECAM_ARRAY_LEN(u->tap))
        return ECAM_ERR_SHAPE;
    if (is_first) {
        memcpy(u->logits, logits.data, sizeof u->logits);
        memcpy(u->tap, tap.data, sizeof u->tap);
    }
    u->is_steady = u->is_steady && memcmp(u->logits, logits.data, sizeof u->logits) == 0 &&
                   memcmp(u->tap, tap.data, sizeof u->tap) == 0;
    return ECAM_OK;
}

static void *use(void *arg)
{
    struct user *u = arg;
    u->is_steady = true;
    u->status = ECAM_OK;
    if (u->start != NULL)
        pthread_barrier_wait(u->start); /* all want their packed weights at once */
    for (int round = 0; round < N_ROUNDS && u->status == ECAM_OK; round++) {
        struct ecam_session *s = NULL;
        u->status = ecam_session_new(u->model, &u->options, &s, &u->err);
        for (int i = 0; i < 2 && u->status == ECAM_OK; i++)
            u->status = look(u, s, round == 0 && i == 0);
        ecam_session_free(s);
    }
    return NULL;
}

static struct user user_of(const struct tnet *net, const float *input, enum ecam_goal goal,
                           unsigned threads)
{
    return (struct user){ .model = net->model,
                          .input = input,
                          .options = {
                              .goal = goal, .threads = threads, .taps = &tap_name, .n_taps = 1 } };
}

START_TEST(sessions_on_many_threads_do_not_disturb_each_other)
{
    float input[N_PIXELS];
    struct tnet net = tnet_small(), alone_net = tnet_small();
    for (size_t i = 0; i < N_PIXELS; i++)
        input[i] = tnet_random(&net);

    pthread_barrier_t start;
    pthread_t threads[N_USERS];
    struct user users[N_USERS];
    ck_assert_int_eq(pthread_barrier_init(&start, NULL, N_USERS), 0);
    for (unsigned i = 0; i < N_USERS; i++) {
        users[i] = user_of(&net, input, i % 2 != 0 ? ECAM_GOAL_MANY : ECAM_GOAL_ONCE, i / 2 + 1);
        users[i].start = &start;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &users[i]), 0);
    }
    for (size_t i = 0; i < N_USERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&start);

    for (size_t i = 0; i < N_USERS; i++) {
        struct user alone = user_of(&alone_net, input, users[i].options.goal, 1);
        use(&alone);
        ck_assert_msg(users[i].status == ECAM_OK, "user %zu: %s", i, users[i].err.text);
        ck_assert_msg(users[i].is_steady, "user %zu: two rounds differ", i);
        ck_assert_mem_eq(users[i].logits, alone.logits, sizeof alone.logits);
        ck_assert_mem_eq(users[i].tap, alone.tap, sizeof alone.tap);
    }
    tnet_free(&alone_net);
    tnet_free(&net);
}
END_TEST

START_TEST(sessions_of_a_kind_share_packed_weights)
{
    struct tnet net = tnet_small();
    struct ecam_session *a = NULL, *b = NULL;
    struct ecam_session_info one, two;
    ck_assert_int_eq(ecam_session_new(net.model, NULL, &a, NULL), ECAM_OK);
    ecam_session_info(a, &one);
    ck_assert_int_eq(ecam_session_new(net.model, NULL, &b, NULL), ECAM_OK);
    ecam_session_info(b, &two);
    ck_assert_uint_gt(one.packed_bytes, 0);
    ck_assert_uint_eq(two.packed_bytes, one.packed_bytes);
    ecam_session_free(b);
    ecam_session_free(a);
    tnet_free(&net);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sessions_on_many_threads_do_not_disturb_each_other,
        sessions_of_a_kind_share_packed_weights,
    };
    return tu_main("threads", tests, ECAM_ARRAY_LEN(tests));
}
