/// The dispatch table: one function pointer per kernel, filled once per instruction set.
#pragma once
#include "include/kernels.h"

typedef struct {
    const char *name;
#define INN_MEMBER(name, result, parameters, arguments) result(*name) parameters;
    INN_KERNEL_LIST(INN_MEMBER)
#undef INN_MEMBER
} inn_kernel_table;

extern const inn_kernel_table inn_kernels_reference;
#if defined(__x86_64__)
extern const inn_kernel_table inn_kernels_avx2;
extern const inn_kernel_table inn_kernels_avx512;
#elif defined(__aarch64__)
extern const inn_kernel_table inn_kernels_neon;
#endif

/// Scrambles a counter into 32 uniform bits (splitmix64's finaliser); the source of dropout masks.
static inline uint32_t inn_counter_bits(uint64_t key, uint64_t counter) {
    uint64_t z = key + counter * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}
