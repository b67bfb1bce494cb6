#if defined(__x86_64__)
#include "kernel_table.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define TABLE inn_kernels_avx2
#define TABLE_NAME "avx2"
#include "vector_kernels.h"
#pragma clang attribute pop
#endif
