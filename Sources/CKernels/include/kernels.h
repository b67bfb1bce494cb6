#pragma once
/// Returns the name of the instruction set that the kernels run with.
const char *inn_instruction_set(void);
