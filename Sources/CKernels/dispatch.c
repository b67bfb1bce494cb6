#include "kernel_table.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(const inn_kernel_table *) current;

static int is_supported(const inn_kernel_table *table) {
#if defined(__x86_64__)
    if (table == &inn_kernels_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (table == &inn_kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
    return table == &inn_kernels_reference
#if defined(__aarch64__)
        || table == &inn_kernels_neon
#endif
        ;
}

static const inn_kernel_table *const candidates[] = {
#if defined(__x86_64__)
    &inn_kernels_avx512,
    &inn_kernels_avx2,
#elif defined(__aarch64__)
    &inn_kernels_neon,
#endif
    &inn_kernels_reference,
};
enum { candidate_count = sizeof candidates / sizeof *candidates };

static const inn_kernel_table *find(const char *name) {
    for (int i = 0; i < candidate_count; i++)
        if (is_supported(candidates[i]) && (name == NULL || strcmp(name, candidates[i]->name) == 0))
            return candidates[i];
    return NULL;
}

static const inn_kernel_table *kernels(void) {
    const inn_kernel_table *table = atomic_load_explicit(&current, memory_order_relaxed);
    if (table) return table;
    table = find(getenv("INN_SIMD"));
    if (!table) table = find(NULL);
    atomic_store_explicit(&current, table, memory_order_relaxed);
    return table;
}

const char *inn_available_instruction_sets(void) {
    static _Thread_local char names[64];
    names[0] = 0;
    for (int i = 0; i < candidate_count; i++)
        if (is_supported(candidates[i])) {
            if (names[0]) strcat(names, " ");
            strcat(names, candidates[i]->name);
        }
    return names;
}

const char *inn_instruction_set(void) { return kernels()->name; }

int inn_select_instruction_set(const char *name) {
    const inn_kernel_table *table = find(name);
    if (!table) return 0;
    atomic_store_explicit(&current, table, memory_order_relaxed);
    return 1;
}

size_t inn_scan_scratch_floats(int channels, int stateSize) {
    size_t lanes = 16, padded = ((size_t)channels + lanes - 1) / lanes * lanes;
    return (size_t)stateSize * padded + 2 * INN_SCAN_CHUNK * (size_t)stateSize * lanes + 64;
}

size_t inn_attention_scratch_floats(int neurons, int heads, int headDim) {
    size_t n = (size_t)neurons, d = (size_t)heads * (size_t)headDim, lanes = 16;
    return (8 * n * d + 3 * n + 2 * n * n) * lanes + 64;
}

size_t inn_attention_stream_scratch_floats(int neurons, int headDim) {
    size_t n = (size_t)neurons, lanes = 16;
    return (8 * n * (size_t)headDim + 3 * n) * lanes + 64;
}

size_t inn_attention_choose_scratch_floats(int neurons, int headDim, int topK, int capacity) {
    size_t n = (size_t)neurons, lanes = 16;
    return (2 * n * (size_t)headDim + 5 * n + (size_t)topK + 2 * (2 * (size_t)capacity + 16)) * lanes + 64;
}

size_t inn_attention_search_scratch_floats(int neurons, int headDim, int topK) {
    size_t n = (size_t)neurons, d = (size_t)headDim, lanes = 16, padded = (d + lanes - 1) / lanes * lanes;
    size_t blocks = (n + INN_SEARCH_BLOCK - 1) / INN_SEARCH_BLOCK, room = blocks * INN_SEARCH_BLOCK;
    return (2 * d + 3 * blocks + 2 * room + (size_t)topK + 16) * lanes + n * padded + room * (d + 2) + 2 * blocks * d
        + 7 * n + blocks + 64;
}

size_t inn_attention_chosen_scratch_floats(int neurons, int headDim) {
    size_t lanes = 16, padded = ((size_t)headDim + lanes - 1) / lanes * lanes;
    return (4 * padded + 2) * (size_t)neurons + 4 * padded + 64;
}

#define INN_DISPATCH(name, result, parameters, arguments) \
    result inn_##name parameters { return kernels()->name arguments; }
INN_KERNEL_LIST(INN_DISPATCH)
