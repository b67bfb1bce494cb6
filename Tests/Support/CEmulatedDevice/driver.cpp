// The entry points of CUDA's driver, run-time compiler and cuBLAS, under their own names: this target is also built as
// a library, which the program finds as it finds NVIDIA's.
#include "../../../Sources/CDevice/include/device.h"
#include "emulator.h"
#include "include/emulated_device.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

namespace {

// Of a thread: tests run side by side.
thread_local int launchesLeft = static_cast<int>(emulatedSetting("launches"));
thread_local size_t memoryLimit = static_cast<size_t>(emulatedSetting("memory")), allocated;
/// Of the process: counts down to the allocation that is made too short.
std::atomic<long> untilShort = emulatedSetting("short");

/// Stands before each block of memory. Behind it, in words that are no numbers, is where nobody may write.
struct alignas(64) Block {
    size_t size;
    Block *previous, *next;
    char *end() { return reinterpret_cast<char *>(this + 1) + size; }
    bool isWhole() {
        for (size_t i = 0; i < guardSize / sizeof guard; i++)
            if (memcmp(end() + i * sizeof guard, &guard, sizeof guard)) return false;
        return true;
    }
    static constexpr uint32_t guard = 0xffa5ffa5;
#if __has_feature(address_sanitizer)
    static constexpr size_t guardSize = 0;  // which sees for itself
#else
    static constexpr size_t guardSize = 64;
#endif
};

std::mutex blocksLock;
Block blocks = { 0, &blocks, &blocks };

/// Whether something was written behind the end of any block.
bool isDamaged() {
    const std::lock_guard lock(blocksLock);
    for (Block *block = blocks.next; block != &blocks; block = block->next)
        if (!block->isWhole()) return true;
    return false;
}

/// What machine code begins with, so that a file that is none is known.
constexpr uint64_t imageMark = 0x6e696d6d6f6e6b65;
struct Image { uint64_t mark; EmulatedSizes sizes; };

/// A kernel as compiled for some sizes.
struct Function { Thunk thunk; EmulatedSizes sizes; };
struct Module { EmulatedSizes sizes; std::vector<std::unique_ptr<Function>> functions; };

int readSize(const char *option, const char *name, int *value) {
    const std::string start = std::string("--define-macro=") + name + "=";
    if (strncmp(option, start.c_str(), start.size()) != 0) return 0;
    *value = atoi(option + start.size());
    return 1;
}

/// A matrix as cuBLAS is given it, column by column.
struct Matrix {
    uint64_t address;
    int type, stride;
    long long batchStride;
    bool isFloat() const { return type == 0; }
    bool isBfloat() const { return type == 14; }
    size_t place(int batch, int row, int column) const {
        return static_cast<size_t>(batch) * batchStride + static_cast<size_t>(column) * stride + row;
    }
    float value(size_t at) const {
        return isFloat() ? reinterpret_cast<const float *>(address)[at]
                         : widened(reinterpret_cast<const unsigned short *>(address)[at]);
    }
    void set(size_t at, float x) const {
        if (isFloat())
            reinterpret_cast<float *>(address)[at] = x;
        else
            reinterpret_cast<unsigned short *>(address)[at] = narrowed(x);
    }
    /// Rows of all columns, or columns of all rows, one after the other in 32 bits.
    std::vector<float> lines(int batch, int count, int length, bool isTransposed) const {
        std::vector<float> all(static_cast<size_t>(count) * length);
        for (int line = 0; line < count; line++)
            for (int i = 0; i < length; i++)
                all[static_cast<size_t>(line) * length + i] =
                    value(isTransposed ? place(batch, i, line) : place(batch, line, i));
        return all;
    }
};

/// What cuBLAS keeps: how products are added up.
struct Products { int mathMode; };

}  // namespace

long emulatedSetting(const char *name) {
    const char *all = getenv("INN_EMULATED_DEVICE");
    const std::string start = std::string(",") + name + "=", text = std::string(",") + (all ? all : "");
    const size_t at = text.find(start);
    return at == std::string::npos ? 0 : atol(text.c_str() + at + start.size());
}

extern "C" {

int cuInit(unsigned) { return static_cast<int>(emulatedSetting("init")); }
int cuDriverGetVersion(int *version) {
    const long asked = emulatedSetting("driver");
    return *version = asked ? static_cast<int>(asked) : 13000, 0;
}
int cuGetErrorString(int error, const char **text) {
    static const struct { int error; const char *text; } texts[] = {
        { 2, "out of memory" }, { 100, "no CUDA-capable device is detected" },
        { 200, "device kernel image is invalid" }, { 700, "an illegal memory access was encountered" },
        { 719, "unspecified launch failure" },
        { 803, "system has unsupported display driver / cuda driver combination" },
    };
    *text = "unknown error";
    for (const auto &known : texts)
        if (known.error == error) *text = known.text;
    return 0;
}
int cuDeviceGetCount(int *count) { return *count = 1, 0; }
int cuDeviceGet(int *device, int ordinal) { return *device = ordinal, ordinal == 0 ? 0 : 101; }
int cuDeviceGetName(char *name, int size, int) {
    return strncpy(name, "Emulated device", static_cast<size_t>(size)), 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
    const int asked = static_cast<int>(emulatedSetting("capability")), capability = asked ? asked : 90;
    return *value = attribute == 75 ? capability / 10 : attribute == 76 ? capability % 10 : attribute == 16, 0;
}
int cuDevicePrimaryCtxRetain(void **context, int) { return *context = &blocks, 0; }
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuCtxSynchronize(void) { return 0; }
int cuMemGetInfo_v2(size_t *free, size_t *total) {
    *total = memoryLimit ? memoryLimit : size_t(1) << 36;
    return *free = *total > allocated ? *total - allocated : 0, 0;
}
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    if (memoryLimit && allocated + bytes > memoryLimit) return 2;
    // A planted mistake: the block ends half a float, or one bfloat, too soon.
    const bool isShort = untilShort > 0 && --untilShort == 0 && bytes >= 8;
    if (isShort) fprintf(stderr, "emulated device: two bytes less in %zu bytes\n", bytes);
    const size_t size = isShort ? bytes - 2 : bytes;
    void *memory;
    if (posix_memalign(&memory, alignof(Block), sizeof(Block) + size + Block::guardSize)) return 2;
    Block *block = new (memory) Block { size, nullptr, nullptr };
    *address = reinterpret_cast<uint64_t>(block + 1);
    memset(block + 1, 0xff, size);  // NaN
    for (size_t i = 0; i < Block::guardSize; i += sizeof Block::guard)
        memcpy(block->end() + i, &Block::guard, sizeof Block::guard);
    allocated += size;
    const std::lock_guard lock(blocksLock);
    block->next = blocks.next;
    block->previous = &blocks;
    blocks.next->previous = block;
    blocks.next = block;
    return 0;
}
int cuMemFree_v2(uint64_t address) {
    Block *block = reinterpret_cast<Block *>(address) - 1;
    allocated -= block->size;
    const std::lock_guard lock(blocksLock);
    block->previous->next = block->next;
    block->next->previous = block->previous;
    free(block);
    return 0;
}
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    return memcpy(reinterpret_cast<void *>(to), from, bytes), 0;
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    if (launchesLeft < 0) return 719;
    if (isDamaged()) return 700;
    return memcpy(to, reinterpret_cast<void *>(from), bytes), 0;
}
int cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
    return memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes), 0;
}
int cuMemsetD32_v2(uint64_t address, unsigned value, size_t count) {
    unsigned *words = reinterpret_cast<unsigned *>(address);
    for (size_t i = 0; i < count; i++) words[i] = value;
    return 0;
}
int cuModuleLoadData(void **module, const void *image) {
    const Image *own = static_cast<const Image *>(image);
    if (own->mark != imageMark) return 200;
    return *module = new Module { own->sizes, {} }, 0;
}
int cuModuleUnload(void *module) { return delete static_cast<Module *>(module), 0; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
    Module *own = static_cast<Module *>(module);
    const Thunk thunk = own->sizes.storesBfloats ? findBfloatKernel(name) : findFloatKernel(name);
    if (!thunk) return 500;
    own->functions.push_back(std::make_unique<Function>(Function { thunk, own->sizes }));
    return *function = own->functions.back().get(), 0;
}
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned, unsigned block, unsigned, unsigned,
    unsigned, void *, void **arguments, void **) {
    if (launchesLeft < 0 || (launchesLeft > 0 && --launchesLeft == 0)) return launchesLeft = -1, 719;
    const Function &own = *static_cast<const Function *>(function);
    const int count[2] = { static_cast<int>(gridX), static_cast<int>(gridY) };
    emulatedSizes = own.sizes;
    for (int y = 0; y < count[1]; y++)
        for (int x = 0; x < count[0]; x++) {
            const int group[2] = { x, y };
            runGroup(own.thunk, arguments, group, count, static_cast<int>(block));
        }
    return 0;
}
int nvrtcVersion(int *major, int *minor) {
    return *major = static_cast<int>(emulatedSetting("compiler")), *minor = 0, 0;
}
int nvrtcCreateProgram(void **program, const char *, const char *, int, const char *const *, const char *const *) {
    return *program = new EmulatedSizes(), 0;
}
int nvrtcCompileProgram(void *program, int count, const char *const *options) {
    EmulatedSizes *sizes = static_cast<EmulatedSizes *>(program);
    for (int i = 0; i < count; i++) {
        readSize(options[i], "STATES", &sizes->states);
        readSize(options[i], "TAPS", &sizes->taps);
        readSize(options[i], "NEURONS", &sizes->neurons);
        readSize(options[i], "HEAD", &sizes->head);
        if (!strcmp(options[i], "--define-macro=STORED=bfloat")) sizes->storesBfloats = true;
    }
    const bool fits = sizes->states <= MAX_STATES && sizes->taps <= MAX_TAPS && sizes->neurons <= MAX_NEURONS
        && sizes->neurons * (sizes->head + 1) <= MAX_TILE;
    return fits ? 0 : 6;
}
int nvrtcGetProgramLogSize(void *, size_t *size) { return *size = 1, 0; }
int nvrtcGetProgramLog(void *, char *log) { return *log = 0, 0; }
int nvrtcGetCUBINSize(void *, size_t *size) { return *size = sizeof(Image), 0; }
int nvrtcGetCUBIN(void *program, char *code) {
    const Image image = { imageMark, *static_cast<const EmulatedSizes *>(program) };
    return memcpy(code, &image, sizeof image), 0;
}
int nvrtcDestroyProgram(void **program) { return delete static_cast<EmulatedSizes *>(*program), 0; }
int cublasCreate_v2(void **handle) { return *handle = new Products(), 0; }
int cublasDestroy_v2(void *handle) { return delete static_cast<Products *>(handle), 0; }
int cublasSetMathMode(void *handle, int mode) { return static_cast<Products *>(handle)->mathMode = mode, 0; }
int cublasGemmStridedBatchedEx(void *handle, int transposeA, int transposeB, int m, int n, int k, const void *alpha,
    uint64_t a, int typeA, int lda, long long strideA, uint64_t b, int typeB, int ldb, long long strideB,
    const void *beta, uint64_t c, int typeC, int ldc, long long strideC, int batch, int compute, int) {
    const float one = *static_cast<const float *>(alpha), kept = *static_cast<const float *>(beta);
    const Matrix x = { a, typeA, lda, strideA }, y = { b, typeB, ldb, strideB }, z = { c, typeC, ldc, strideC };
    // Factors of one kind, results of the same or in 32 bits; 16-bit ones are added up in 32 bits, also in parts.
    const bool isFloat = x.isFloat() && y.isFloat() && z.isFloat() && (compute == 68 || compute == 77);
    const bool isBfloat = x.isBfloat() && y.isBfloat() && (z.isBfloat() || z.isFloat()) && compute == 68
        && static_cast<const Products *>(handle)->mathMode == 16;
    if (!isFloat && !isBfloat) return 15;
    for (int i = 0; i < batch; i++) {
        const std::vector<float> rows = x.lines(i, m, k, transposeA), columns = y.lines(i, n, k, !transposeB);
        for (int column = 0; column < n; column++)
            for (int row = 0; row < m; row++) {
                const float *p = &rows[static_cast<size_t>(row) * k], *q = &columns[static_cast<size_t>(column) * k];
                float sum = 0;
                for (int l = 0; l < k; l++) sum += p[l] * q[l];
                const size_t at = z.place(i, row, column);
                z.set(at, one * sum + (kept == 0 ? 0 : kept * z.value(at)));
            }
    }
    return 0;
}

const void *emulated_driver(void) {
    static const inn_driver driver = {
        cuInit, cuDriverGetVersion, cuGetErrorString, cuDeviceGetCount, cuDeviceGet, cuDeviceGetName,
        cuDeviceGetAttribute, cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRelease_v2, cuCtxSetCurrent,
        cuCtxSynchronize, cuMemGetInfo_v2, cuMemAlloc_v2, cuMemFree_v2, cuMemcpyHtoD_v2, cuMemcpyDtoH_v2,
        cuMemcpyDtoD_v2, cuMemsetD32_v2, cuModuleLoadData, cuModuleUnload, cuModuleGetFunction, cuLaunchKernel,
        nvrtcVersion, nvrtcCreateProgram, nvrtcCompileProgram, nvrtcGetProgramLogSize, nvrtcGetProgramLog,
        nvrtcGetCUBINSize, nvrtcGetCUBIN, nvrtcDestroyProgram, cublasCreate_v2, cublasDestroy_v2, cublasSetMathMode,
        cublasGemmStridedBatchedEx,
    };
    return &driver;
}

void emulator_limit_memory(size_t bytes) { memoryLimit = bytes ? allocated + bytes : 0; }
size_t emulator_allocated(void) { return allocated; }
void emulator_fail_after(int launches) { launchesLeft = launches; }

}
