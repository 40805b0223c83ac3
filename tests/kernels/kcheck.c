/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tests/kernels/kcheck.h"

#include <float.h>
#include <fnmatch.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_BUFFERS 8
#define MAX_TIMED 128
#define MAX_SHOWN 20 /* failures; further ones are only counted */
#define CANARY 0x5C
#define SAMPLES 25
#define SAMPLE_NS 200000.0 /* far above the step of any clock */

static const struct kc_check *const checks[] = {
    &kc_check_conv,         &kc_check_wino_input, &kc_check_wino_output, &kc_check_wino_weight,
    &kc_check_wino_impulse, &kc_check_wino_rms,   &kc_check_dense,       &kc_check_blockmax,
    &kc_check_blockavg,     &kc_check_blockmean,  &kc_check_blockdw,     &kc_check_blockaffine,
    &kc_check_layouts,      &kc_check_relu,       &kc_check_binary,      &kc_check_unary,
    &kc_check_softmax,      &kc_check_lrn,        &kc_check_gram,        &kc_check_gram_pack,
};

enum side { AT_END, AT_START, SIDES };

struct buffer {
    unsigned char *map;               /* guard page, body, guard page */
    size_t body_bytes, offset, bytes; /* of the body; of the floats in it */
    bool is_input;
};

struct kc {
    uint64_t seed, random;
    const char *only;
    enum ecam_isa isa;
    enum side side;
    bool is_open, has_failed;
    size_t n_passed, n_failed;
    char name[96];
    struct buffer buffers[MAX_BUFFERS];
    size_t n_buffers, page;

    bool bench;
    double flops, bytes, *scalar_rate; /* scalar_rate: flops/ns of the case, 0 unknown */
    double samples[SAMPLES], start_ns;
    size_t n_samples, calls, calls_per_sample; /* calls: in the sample so far */
};

static sigjmp_buf trap;
static volatile sig_atomic_t is_armed, trap_signal;

static void on_trap(int sig)
{
    if (!is_armed) { /* our own fault, not a kernel's */
        signal(sig, SIG_DFL);
        raise(sig);
        return;
    }
    is_armed = 0;
    trap_signal = sig;
    siglongjmp(trap, 1);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- Cases ---- */

bool kc_begin(struct kc *kc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(kc->name, sizeof kc->name, fmt, ap);
    va_end(ap);
    kc->is_open = kc->only == NULL || fnmatch(kc->only, kc->name, 0) == 0;
    return kc->is_open;
}

void kc_fail(struct kc *kc, const char *fmt, ...)
{
    if (kc->has_failed) /* the first reason is enough */
        return;
    kc->has_failed = true;
    if (kc->n_failed >= MAX_SHOWN)
        return;
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "FAIL %s %s (buffers at the %s of their page): ", ecam_isa_name(kc->isa),
            kc->name, kc->side == AT_END ? "end" : "start");
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n  to repeat: kcheck --isa=%s --only='%s' --seed=%llu\n",
            ecam_isa_name(kc->isa), kc->name, (unsigned long long)kc->seed);
}

static bool is_canary_intact(const struct buffer *b, size_t page)
{
    const unsigned char *body = b->map + page;
    for (size_t i = 0; i < b->body_bytes; i++)
        if ((i < b->offset || i >= b->offset + b->bytes) && body[i] != CANARY)
            return false;
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(struct kc *kc)
{
    qsort(kc->samples, SAMPLES, sizeof kc->samples[0], compare_doubles);
    const double ns = kc->samples[SAMPLES / 2];
    if (kc->isa == ECAM_ISA_SCALAR)
        *kc->scalar_rate = kc->flops / ns;
    printf("%-6s %-32s %11.1f ns  %11.1f .. %11.1f", ecam_isa_name(kc->isa), kc->name, ns,
           kc->samples[SAMPLES / 10], kc->samples[SAMPLES - 1 - SAMPLES / 10]);
    printf("  %7.2f GFLOP/s  %7.2f GB/s", kc->flops / ns, kc->bytes / ns);
    if (*kc->scalar_rate > 0.0)
        printf("  %6.2f x scalar", kc->flops / ns / *kc->scalar_rate);
    putchar('\n');
}

/* Alone here, so that no local of a caller lives across the jump out of a trap. */
static void run_guarded(struct kc *kc, const struct kc_check *check, size_t i)
{
    if (sigsetjmp(trap, 1) == 0)
        check->run(kc, i, ecam_kernels_get(ECAM_ISA_SCALAR), ecam_kernels_get(kc->isa));
    else
        kc_fail(kc, "%s",
                trap_signal == SIGILL   ? "illegal instruction"
                : trap_signal == SIGFPE ? "arithmetic trap"
                                        : "touched memory that its contract does not name");
}

static void run_case(struct kc *kc, const struct kc_check *check, size_t i)
{
    kc->random = kc->seed; /* a case depends on the seed, not on those before it */
    kc->is_open = kc->has_failed = false;
    kc->n_samples = 0;
    kc->flops = kc->bytes = 0.0;
    run_guarded(kc, check, i);
    for (size_t j = 0; j < kc->n_buffers; j++) {
        if (!kc->has_failed && !is_canary_intact(&kc->buffers[j], kc->page))
            kc_fail(kc, "wrote outside buffer %zu", j);
        munmap(kc->buffers[j].map, kc->buffers[j].body_bytes + 2 * kc->page);
    }
    kc->n_buffers = 0;
    kc->n_passed += kc->is_open && !kc->has_failed;
    kc->n_failed += kc->is_open && kc->has_failed;
    if (kc->is_open && kc->bench && !kc->has_failed)
        print_times(kc);
}

/* ---- Buffers and what fills them ---- */

static float *new_buffer(struct kc *kc, size_t n, bool is_input)
{
    /* Not when timing: a masked load whose dead lanes lie in an unmapped page is
     * correct but slow. */
    const size_t spare = kc->bench ? 64 : 0;
    const size_t bytes = n * sizeof(float);
    const size_t body = (bytes + spare + kc->page) / kc->page * kc->page; /* some canary, always */
    unsigned char *map =
        mmap(NULL, body + 2 * kc->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (kc->n_buffers == MAX_BUFFERS || map == MAP_FAILED ||
        mprotect(map, kc->page, PROT_NONE) != 0 ||
        mprotect(map + kc->page + body, kc->page, PROT_NONE) != 0) {
        fprintf(stderr, "kcheck: no buffer of %zu bytes\n", bytes);
        exit(2);
    }
    const size_t offset = kc->side == AT_END ? body - spare - bytes : 0;
    memset(map + kc->page, CANARY, body);
    kc->buffers[kc->n_buffers++] = (struct buffer){
        .map = map, .body_bytes = body, .offset = offset, .bytes = bytes, .is_input = is_input
    };
    return (float *)(void *)(map + kc->page + offset);
}

float *kc_input(struct kc *kc, size_t n)
{
    return new_buffer(kc, n, true);
}

float *kc_output(struct kc *kc, size_t n)
{
    return new_buffer(kc, n, false);
}

static uint64_t next_random(struct kc *kc) /* xorshift64*, Vigna 2016 */
{
    kc->random ^= kc->random >> 12;
    kc->random ^= kc->random << 25;
    kc->random ^= kc->random >> 27;
    return kc->random * 0x2545F4914F6CDD1Du;
}

size_t kc_random(struct kc *kc, size_t below)
{
    return (size_t)((next_random(kc) >> 32) % below);
}

void kc_uniform(struct kc *kc, float *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (float)(next_random(kc) >> 40) * 0x1p-23f - 1.0f;
}

void kc_edges(struct kc *kc, float *p, size_t n)
{
    static const float edges[] = { 0.0f,    1.0f,    1.5f,  FLT_MIN,  FLT_TRUE_MIN,
                                   FLT_MAX, 0x1p64f, 3e-7f, INFINITY, NAN };
    for (size_t i = 0; i < n; i++) {
        const float v = edges[kc_random(kc, ECAM_ARRAY_LEN(edges))];
        p[i] = kc_random(kc, 2) != 0 ? v : -v;
    }
}

void kc_specials(struct kc *kc, float *p, size_t n)
{
    static const float rare[] = { INFINITY, -INFINITY, NAN };
    for (size_t i = 0; i < n; i++)
        p[i] = kc_random(kc, 32) == 0 ? rare[kc_random(kc, ECAM_ARRAY_LEN(rare))]
                                      : (float)kc_random(kc, 17) - 8.0f;
}

/* ---- Comparisons ---- */

/* --bench calls a kernel many times on the same output: there is nothing to compare. */
static void expect(struct kc *kc, const float *ref, const float *now, size_t n, bool zeros_equal)
{
    for (size_t i = 0; i < n && !kc->bench; i++) {
        const bool is_same = memcmp(&ref[i], &now[i], sizeof(float)) == 0 ||
                             (isnan(ref[i]) && isnan(now[i])) ||
                             (zeros_equal && ref[i] == 0.0f && now[i] == 0.0f);
        if (!is_same) {
            kc_fail(kc, "[%zu of %zu] is %a, the reference %a", i, n, (double)now[i],
                    (double)ref[i]);
            return;
        }
    }
}

void kc_expect_same(struct kc *kc, const float *ref, const float *now, size_t n)
{
    expect(kc, ref, now, n, false);
}

void kc_expect_equal(struct kc *kc, const float *ref, const float *now, size_t n)
{
    expect(kc, ref, now, n, true);
}

void kc_expect_within(struct kc *kc, const float *ref, const float *now, const float *bound,
                      size_t n)
{
    for (size_t i = 0; i < n && !kc->bench; i++) {
        const double off = fabs((double)now[i] - (double)ref[i]);
        const bool is_close = isnan(ref[i])   ? isnan(now[i])
                              : isinf(ref[i]) ? now[i] == ref[i]
                                              : off <= (double)bound[i]; /* NaN: false */
        if (!is_close) {
            kc_fail(kc, "[%zu of %zu] is %.9g, the reference %.9g: off by %.3g, allowed %.3g", i, n,
                    (double)now[i], (double)ref[i], off, (double)bound[i]);
            return;
        }
    }
}

float kc_sum_bound(size_t n, double mag)
{
    return (float)((double)n * (double)FLT_EPSILON * mag);
}

/* ---- Calls ---- */

static void set_inputs(struct kc *kc, int protection)
{
    for (size_t i = 0; i < kc->n_buffers; i++)
        if (kc->buffers[i].is_input &&
            mprotect(kc->buffers[i].map + kc->page, kc->buffers[i].body_bytes, protection) != 0)
            kc_fail(kc, "cannot protect buffer %zu", i);
}

void kc_work(struct kc *kc, double flops, double bytes)
{
    kc->flops = flops;
    kc->bytes = bytes;
}

void kc_call_begin(struct kc *kc)
{
    set_inputs(kc, PROT_READ);
    kc->calls = 0;
    kc->calls_per_sample = 1;
    kc->n_samples = 0;
    kc->start_ns = now_ns();
    is_armed = 1;
}

/* True as long as the kernel shall be called: once, or when benchmarking until there
 * are enough samples, each of as many calls as take SAMPLE_NS together. */
bool kc_again(struct kc *kc)
{
    if (kc->calls++ < kc->calls_per_sample)
        return true;
    const double ns = now_ns() - kc->start_ns;
    if (!kc->bench || kc->n_samples == SAMPLES) {
        is_armed = 0;
        set_inputs(kc, PROT_READ | PROT_WRITE);
        return false;
    }
    if (ns < SAMPLE_NS) /* still finding out how many calls; also the warm-up */
        kc->calls_per_sample *= 2;
    else
        kc->samples[kc->n_samples++] = ns / (double)kc->calls_per_sample;
    kc->calls = 1;
    kc->start_ns = now_ns();
    return true;
}

/* ---- The program ---- */

static void run_level(struct kc *kc, double *scalar_rate)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(checks); i++) {
        const size_t n_cases = kc->bench ? checks[i]->n_timed : checks[i]->n_cases;
        for (size_t j = 0; j < n_cases; j++) {
            if (kc->bench)
                kc->scalar_rate = scalar_rate++;
            for (int side = AT_END; side < (kc->bench ? AT_START : SIDES); side++) {
                kc->side = (enum side)side;
                run_case(kc, checks[i], j);
            }
        }
    }
}

static int run_levels(struct kc *kc, const char *only_isa)
{
    double scalar_rate[MAX_TIMED] = { 0 };
    size_t n_levels = 0, n_timed = 0;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(checks); i++)
        n_timed += checks[i]->n_timed;
    if (n_timed > MAX_TIMED) {
        fprintf(stderr, "kcheck: raise MAX_TIMED to %zu\n", n_timed);
        return 2;
    }
    for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++) {
        kc->isa = (enum ecam_isa)isa;
        const char *name = ecam_isa_name(kc->isa);
        if (only_isa != NULL && strcmp(only_isa, name) != 0)
            continue;
        if (ecam_isa_supported(kc->isa)) {
            n_levels++;
            run_level(kc, scalar_rate);
        } else if (only_isa != NULL) {
            printf("kcheck: %s cannot run on this machine or build\n", name);
            return 77; /* what meson takes as skipped */
        }
    }
    if (n_levels == 0) {
        fprintf(stderr, "kcheck: no such ISA level: %s\n", only_isa);
        return 2;
    }
    printf("kcheck: %zu passed, %zu failed\n", kc->n_passed, kc->n_failed);
    return kc->n_failed != 0 || kc->n_passed == 0; /* no case at all is no success */
}

static int usage(void)
{
    fputs("usage: kcheck [--list] [--isa=LEVEL] [--only=GLOB] [--seed=N] [--bench]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct kc kc = { .seed = 1, .page = (size_t)sysconf(_SC_PAGESIZE) };
    const char *only_isa = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++)
                if (ecam_isa_supported((enum ecam_isa)isa))
                    puts(ecam_isa_name((enum ecam_isa)isa));
            return 0;
        } else if (strncmp(argv[i], "--isa=", 6) == 0) {
            only_isa = argv[i] + 6;
        } else if (strncmp(argv[i], "--only=", 7) == 0) {
            kc.only = argv[i] + 7;
        } else if (strncmp(argv[i], "--seed=", 7) == 0) {
            kc.seed = strtoull(argv[i] + 7, NULL, 10);
        } else if (strcmp(argv[i], "--bench") == 0) {
            kc.bench = true;
        } else {
            return usage();
        }
    }
    if (kc.seed == 0) /* the one state that a xorshift generator never leaves */
        return usage();

    const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
    struct sigaction action = { .sa_handler = on_trap };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(signals); i++)
        sigaction(signals[i], &action, NULL);
    return run_levels(&kc, only_isa);
}
