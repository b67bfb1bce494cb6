#if defined(__x86_64__)
#include "kernel_table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), \
    apply_to = function)
#define LANES 16
#define TABLE inn_kernels_avx512
#define TABLE_NAME "avx512"
#include "vector_kernels.h"
#pragma clang attribute pop
#endif
