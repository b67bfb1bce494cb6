#ifndef INN_EMULATED_DEVICE_H
#define INN_EMULATED_DEVICE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A CUDA driver, compiler and cuBLAS for computers without a GPU: the kernels' own source compiled as C++, every
/// work-item a fibre that gives way at barriers. Fresh memory is NaN, and what is written behind the end of a buffer is
/// an illegal memory access when memory is read next.
///
/// The same is built as a library under CUDA's own names, `libinn-emulated-cuda`, for tests of the program. Both heed
/// two environment variables. `INN_EMULATED_DEVICE` holds numbers, separated by commas: `memory=` bytes and `launches=`
/// before the card is lost, of every thread; `driver=` the version, `init=` the error with which the driver does not
/// start, `compiler=` the compiler's version, with which compiled kernels are kept, `capability=` the compute
/// capability, 90 for 9.0; and `short=` the allocation, counted from 1, that is made two bytes too short: half a float,
/// or a bfloat. `INN_EMULATED_MISSING_BARRIER` names a barrier that is left out, such as `scan.cl:42`.
///
/// @return an `inn_driver`.
const void *emulated_driver(void);

/// The rest is about the calling thread alone.
///
/// In which order the work-items of a group take turns. A missing barrier changes the bits between the two.
void emulator_reverse(int isReversed);

/// Bytes of memory that the device has, for tests of what happens without enough; 0 for no limit.
void emulator_limit_memory(size_t bytes);

/// Bytes that are allocated at present.
size_t emulator_allocated(void);

/// Makes the nth work from now on fail, as when a card is lost; 0 for never.
void emulator_fail_after(int launches);

#ifdef __cplusplus
}
#endif

#endif
