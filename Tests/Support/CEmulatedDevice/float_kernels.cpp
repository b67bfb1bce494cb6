#define STORED float
#define FIND_KERNEL findFloatKernel
#include "kernels.h"
