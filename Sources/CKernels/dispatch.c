#include "kernels.h"
const char *inn_instruction_set(void) { return "reference"; }
