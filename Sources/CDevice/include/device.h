#ifndef INN_DEVICE_H
#define INN_DEVICE_H

#include <stddef.h>
#include <stdint.h>

/// The entry points of the CUDA driver, NVRTC and cuBLAS that are used, found at run time: nothing here needs CUDA to
/// be built or to start. Addresses on the device are numbers. Every function returns 0 when all went well.
typedef struct inn_driver {
    // The driver, libcuda.
    int (*cuInit)(unsigned flags);
    int (*cuDriverGetVersion)(int *version);
    int (*cuGetErrorString)(int error, const char **text);
    int (*cuDeviceGetCount)(int *count);
    int (*cuDeviceGet)(int *device, int ordinal);
    int (*cuDeviceGetName)(char *name, int size, int device);
    int (*cuDeviceGetAttribute)(int *value, int attribute, int device);
    int (*cuDevicePrimaryCtxRetain)(void **context, int device);
    int (*cuDevicePrimaryCtxRelease_v2)(int device);
    int (*cuCtxSetCurrent)(void *context);
    int (*cuCtxSynchronize)(void);
    int (*cuMemGetInfo_v2)(size_t *free, size_t *total);
    int (*cuMemAlloc_v2)(uint64_t *address, size_t bytes);
    int (*cuMemFree_v2)(uint64_t address);
    int (*cuMemcpyHtoD_v2)(uint64_t to, const void *from, size_t bytes);
    int (*cuMemcpyDtoH_v2)(void *to, uint64_t from, size_t bytes);
    int (*cuMemcpyDtoD_v2)(uint64_t to, uint64_t from, size_t bytes);
    int (*cuMemsetD32_v2)(uint64_t address, unsigned value, size_t count);
    int (*cuModuleLoadData)(void **module, const void *image);
    int (*cuModuleUnload)(void *module);
    int (*cuModuleGetFunction)(void **function, void *module, const char *name);
    int (*cuLaunchKernel)(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
        unsigned blockY, unsigned blockZ, unsigned sharedBytes, void *stream, void **arguments, void **extra);
    // The run-time compiler, libnvrtc.
    int (*nvrtcVersion)(int *major, int *minor);
    int (*nvrtcCreateProgram)(void **program, const char *source, const char *name, int headers,
        const char *const *headerSources, const char *const *headerNames);
    int (*nvrtcCompileProgram)(void *program, int options, const char *const *option);
    int (*nvrtcGetProgramLogSize)(void *program, size_t *size);
    int (*nvrtcGetProgramLog)(void *program, char *log);
    int (*nvrtcGetCUBINSize)(void *program, size_t *size);
    int (*nvrtcGetCUBIN)(void *program, char *code);
    int (*nvrtcDestroyProgram)(void **program);
    // Matrix products, libcublas.
    int (*cublasCreate_v2)(void **handle);
    int (*cublasDestroy_v2)(void *handle);
    int (*cublasSetMathMode)(void *handle, int mode);
    int (*cublasGemmStridedBatchedEx)(void *handle, int transposeA, int transposeB, int m, int n, int k,
        const void *alpha, uint64_t a, int typeA, int lda, long long strideA, uint64_t b, int typeB, int ldb,
        long long strideB, const void *beta, uint64_t c, int typeC, int ldc, long long strideC, int batch, int compute,
        int algorithm);
} inn_driver;

/// Finds the libraries, first in the folders of the environment variable INN_CUDA_LIBRARIES (separated by colons), then
/// where the system looks, then in the usual places of CUDA.
///
/// @param missing  receives the name of the library or entry point that was not found.
/// @return NULL when something is missing. What is loaded stays loaded.
const inn_driver *inn_load_driver(char *missing, size_t size);

#endif
