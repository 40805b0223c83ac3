/* SPDX-License-Identifier: BSD-2-Clause
 * roofline: the limits of this machine, as a table. */
#include <stdio.h>

#include "bench/limits.h"
#include "engine/isa.h"
#include "engine/pool.h"

int main(void)
{
    static const struct {
        const char *name;
        size_t bytes;
    } memories[] = {
        { "L1, 32 KiB", 32u << 10 },
        { "L2, 512 KiB", 512u << 10 },
        { "L3, 8 MiB", (size_t)8 << 20 },
        { "memory, 256 MiB", (size_t)256 << 20 },
    };
    const unsigned cores = ecam_pool_cores();
    enum ecam_isa best = ECAM_ISA_SCALAR;
    ecam_isa_resolve(ECAM_ISA_AUTO, &best, NULL);
    printf("| limit | 1 thread | %u threads |\n|---|--:|--:|\n", cores);
    for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++)
        if (ecam_isa_supported((enum ecam_isa)isa))
            printf("| multiply-adds, %s, GFLOP/s | %.1f | %.1f |\n",
                   ecam_isa_name((enum ecam_isa)isa), limits_gflops((enum ecam_isa)isa, 1),
                   limits_gflops((enum ecam_isa)isa, cores));
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        printf("| reads, %s, GB/s | %.1f | %.1f |\n", memories[i].name,
               limits_read_gbs(best, memories[i].bytes, 1),
               limits_read_gbs(best, memories[i].bytes, cores));
    return 0;
}
