#include "include/kernel_tables.h"
#include <string.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

const inn_kernel_table *inn_kernel_table_named(const char *name) {
    const inn_kernel_table *const tables[] = {
        &inn_kernels_reference,
#if defined(__x86_64__)
        &inn_kernels_avx2, &inn_kernels_avx512,
#elif defined(__aarch64__)
        &inn_kernels_neon,
#endif
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(tables[i]->name, name) == 0) return tables[i];
    return NULL;
}

const char *inn_kernel_names(void) {
#define INN_NAME(name, result, parameters, arguments) #name " "
    return INN_KERNEL_LIST(INN_NAME);
}

size_t inn_allocated_bytes(void) {
#if defined(__GLIBC__)
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}
