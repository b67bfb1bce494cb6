/// Lets tests call the kernels of one instruction set, whatever set the process runs with.
#pragma once
#include "../../../Sources/CKernels/kernel_table.h"

/// The kernels of an instruction set by name, or NULL when this build does not have it.
const inn_kernel_table *inn_kernel_table_named(const char *name);

/// The names of all kernels, separated by spaces.
const char *inn_kernel_names(void);

/// Bytes that the process holds from malloc, or 0 where the platform does not say.
size_t inn_allocated_bytes(void);
