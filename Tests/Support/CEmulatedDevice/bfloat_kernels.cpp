#define STORED bfloat
#define FIND_KERNEL findBfloatKernel
#include "kernels.h"
