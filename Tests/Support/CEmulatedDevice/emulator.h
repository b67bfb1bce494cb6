// Between the emulated driver and what runs its kernels.
#pragma once
#include "prelude.h"

/// Calls a kernel with the addresses of its arguments.
using Thunk = void (*)(void **);

/// The kernel of that name with activations that are floats, or bfloats; null when there is none.
Thunk findFloatKernel(const char *name);
Thunk findBfloatKernel(const char *name);

/// Runs one group of work-items.
void runGroup(Thunk thunk, void **arguments, const int group[2], const int count[2], int size);

/// One number of the environment variable INN_EMULATED_DEVICE, such as 5 for `memory` in "memory=5,driver=12000"; 0 for
/// what is not said.
long emulatedSetting(const char *name);
