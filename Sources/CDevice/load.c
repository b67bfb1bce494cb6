#define _GNU_SOURCE
#include "include/device.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// Where CUDA's installers, containers and Windows' Linux put libraries that the linker's cache may not know.
static const char *const usualFolders[] = {
    "/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib", "/usr/local/nvidia/lib64",
    "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib", "/opt/cuda/lib64",
};

/// Opens the first file that matches `pattern` in `folder`.
static void *open_in(const char *folder, const char *pattern, int mode) {
    char path[4096];
    glob_t found;
    void *library = NULL;
    if (snprintf(path, sizeof path, "%s/%s", folder, pattern) >= (int)sizeof path) return NULL;
    if (glob(path, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && !library; i++) {
            struct stat facts;
            // Opening a pipe would wait for its other end.
            if (stat(found.gl_pathv[i], &facts) == 0 && S_ISREG(facts.st_mode))
                library = dlopen(found.gl_pathv[i], mode);
        }
        globfree(&found);
    }
    return library;
}

/// Opens a library by the first of its names that the system knows, or by `pattern` in the folders.
static void *open_library(const char *const *names, const char *pattern, int mode) {
    const char *chosen = getenv("INN_CUDA_LIBRARIES");
    void *library = NULL;
    if (chosen && *chosen) {
        char *folders = strdup(chosen), *rest = folders, *folder;
        while (folders && !library && (folder = strsep(&rest, ":"))) library = open_in(folder, pattern, mode);
        free(folders);
    }
    for (int i = 0; !library && names[i]; i++) library = dlopen(names[i], mode);
    for (size_t i = 0; !library && i < sizeof usualFolders / sizeof *usualFolders; i++)
        library = open_in(usualFolders[i], pattern, mode);
    return library;
}

typedef struct { const char *name; void **place; } entry;

static int find_entries(
    void *library, const char *name, const entry *entries, size_t count, char *missing, size_t size) {
    for (size_t i = 0; i < count; i++) {
        *entries[i].place = dlsym(library, entries[i].name);
        if (*entries[i].place) continue;
        snprintf(missing, size, "%s in %s", entries[i].name, name);
        return 0;
    }
    return 1;
}

#define ENTRY(name) { #name, (void **)&driver.name }
#define COUNT(array) (sizeof array / sizeof *array)

const inn_driver *inn_load_driver(char *missing, size_t size) {
    static inn_driver driver;
    static int isLoaded;
    static const entry driverEntries[] = {
        ENTRY(cuInit), ENTRY(cuDriverGetVersion), ENTRY(cuGetErrorString), ENTRY(cuDeviceGetCount),
        ENTRY(cuDeviceGet), ENTRY(cuDeviceGetName), ENTRY(cuDeviceGetAttribute), ENTRY(cuDevicePrimaryCtxRetain),
        ENTRY(cuDevicePrimaryCtxRelease_v2), ENTRY(cuCtxSetCurrent), ENTRY(cuCtxSynchronize), ENTRY(cuMemGetInfo_v2),
        ENTRY(cuMemAlloc_v2), ENTRY(cuMemFree_v2), ENTRY(cuMemcpyHtoD_v2), ENTRY(cuMemcpyDtoH_v2),
        ENTRY(cuMemcpyDtoD_v2), ENTRY(cuMemsetD32_v2), ENTRY(cuModuleLoadData), ENTRY(cuModuleUnload),
        ENTRY(cuModuleGetFunction), ENTRY(cuLaunchKernel),
    };
    static const entry compilerEntries[] = {
        ENTRY(nvrtcVersion), ENTRY(nvrtcCreateProgram), ENTRY(nvrtcCompileProgram), ENTRY(nvrtcGetProgramLogSize),
        ENTRY(nvrtcGetProgramLog), ENTRY(nvrtcGetCUBINSize), ENTRY(nvrtcGetCUBIN), ENTRY(nvrtcDestroyProgram),
    };
    static const entry productEntries[] = {
        ENTRY(cublasCreate_v2), ENTRY(cublasDestroy_v2), ENTRY(cublasSetMathMode), ENTRY(cublasGemmStridedBatchedEx),
    };
    static const char *const driverNames[] = { "libcuda.so.1", "libcuda.so", NULL };
    static const char *const builtinNames[] = { NULL };
    static const char *const compilerNames[] = { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", NULL };
    static const char *const productNames[] = { "libcublas.so.13", "libcublas.so.12", "libcublas.so", NULL };
    if (isLoaded) return &driver;

    void *library = open_library(driverNames, "libcuda.so.1", RTLD_NOW);
    if (!library) return snprintf(missing, size, "libcuda.so.1"), NULL;
    if (!find_entries(library, "libcuda.so.1", driverEntries, COUNT(driverEntries), missing, size)) return NULL;

    // The compiler looks for its built-in functions by name alone, which finds what is loaded already.
    open_library(builtinNames, "libnvrtc-builtins.so*", RTLD_NOW | RTLD_GLOBAL);
    library = open_library(compilerNames, "libnvrtc.so*", RTLD_NOW);
    if (!library) return snprintf(missing, size, "libnvrtc.so"), NULL;
    if (!find_entries(library, "libnvrtc.so", compilerEntries, COUNT(compilerEntries), missing, size)) return NULL;

    library = open_library(productNames, "libcublas.so*", RTLD_NOW);
    if (!library) return snprintf(missing, size, "libcublas.so"), NULL;
    if (!find_entries(library, "libcublas.so", productEntries, COUNT(productEntries), missing, size)) return NULL;
    isLoaded = 1;
    return &driver;
}
