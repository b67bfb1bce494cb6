#include "reference.h"

const inn_kernel_table inn_kernels_reference = {
    "reference",
#define INN_ENTRY(name, result, parameters, arguments) inn_reference_##name,
    INN_KERNEL_LIST(INN_ENTRY)
};
