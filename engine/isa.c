/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/isa.h"

#include <stdlib.h>
#include <string.h>

#include "engine/error.h"

static const char *const names[ECAM_ISA_COUNT] = {
    [ECAM_ISA_AUTO] = "auto", [ECAM_ISA_SCALAR] = "scalar", [ECAM_ISA_NEON] = "neon",
    [ECAM_ISA_AVX2] = "avx2", [ECAM_ISA_AVX512] = "avx512",
};

const char *ecam_isa_name(enum ecam_isa isa)
{
    return isa < ECAM_ISA_COUNT ? names[isa] : "unknown";
}

bool ecam_isa_supported(enum ecam_isa isa)
{
#if ECAM_HAVE_X86
    /* The compiler's run-time support also asks the OS (XGETBV) whether it saves
     * the wide registers; CPUID alone does not answer that. It has no word for
     * F16C, which every CPU with AVX2 and FMA has. */
    __builtin_cpu_init();
    if (isa == ECAM_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == ECAM_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
#if ECAM_HAVE_NEON
    if (isa == ECAM_ISA_NEON)
        return true; /* part of the AArch64 baseline */
#endif
    return isa == ECAM_ISA_SCALAR;
}

enum ecam_status ecam_isa_parse(const char *name, enum ecam_isa *out, struct ecam_error *err)
{
    for (int isa = 0; isa < ECAM_ISA_COUNT; isa++) {
        if (strcmp(name, names[isa]) == 0) {
            *out = (enum ecam_isa)isa;
            return ECAM_OK;
        }
    }
    return ecam_fail(err, ECAM_ERR_ISA,
                     "ISA level '%.40s' is not known: auto, scalar, neon, avx2 or avx512", name);
}

enum ecam_status ecam_isa_resolve(enum ecam_isa want, enum ecam_isa *out, struct ecam_error *err)
{
    const char *env = want == ECAM_ISA_AUTO ? getenv("ECAM_ISA") : NULL;
    if (env != NULL && *env != '\0') {
        const enum ecam_status status = ecam_isa_parse(env, &want, err);
        if (status != ECAM_OK)
            return ecam_error_at(err, status, "ECAM_ISA");
    }
    if (want == ECAM_ISA_AUTO) {
        int isa = ECAM_ISA_COUNT - 1;
        while (!ecam_isa_supported((enum ecam_isa)isa))
            isa--;
        want = (enum ecam_isa)isa;
    }
    if (!ecam_isa_supported(want))
        return ecam_fail(err, ECAM_ERR_ISA, "ISA level '%s' cannot run on this machine or build",
                         ecam_isa_name(want));
    *out = want;
    return ECAM_OK;
}
