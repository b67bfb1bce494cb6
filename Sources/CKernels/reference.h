/// The slow, obviously right twins: plain C, one loop nest per equation. They test the vector kernels.
#pragma once
#include <math.h>
#include <string.h>
#include "kernel_table.h"

#define INN_REFERENCE(name, result, parameters, arguments) result inn_reference_##name parameters;
INN_KERNEL_LIST(INN_REFERENCE)
#undef INN_REFERENCE

static inline float reference_sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
