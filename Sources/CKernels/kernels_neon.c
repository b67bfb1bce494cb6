#if defined(__aarch64__)
#include "kernel_table.h"
#include <math.h>
#include <string.h>
#define LANES 4
#define TABLE inn_kernels_neon
#define TABLE_NAME "neon"
#include "vector_kernels.h"
#endif
