#include "include/emulated_device.h"
#include "../../../Sources/CDevice/include/device.h"
#include "prelude.h"

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <ucontext.h>
#include <utility>
#include <vector>

// The kernels themselves.
#include "../../../Sources/INNDevice/Kernels/common.cl"
#include "../../../Sources/INNDevice/Kernels/rows.cl"
#include "../../../Sources/INNDevice/Kernels/sums.cl"
#include "../../../Sources/INNDevice/Kernels/memory.cl"
#include "../../../Sources/INNDevice/Kernels/scan.cl"
#include "../../../Sources/INNDevice/Kernels/routing.cl"

thread_local Item *currentItem;
thread_local EmulatedSizes emulatedSizes;

namespace {

// MARK: Kernels by name

using Thunk = void (*)(void **);

template <auto F> struct Call;
template <class... A, void (*F)(A...)> struct Call<F> {
    template <size_t... I> static void run(void **arguments, std::index_sequence<I...>) {
        F(*static_cast<A *>(arguments[I])...);
    }
    static void thunk(void **arguments) { run(arguments, std::index_sequence_for<A...>()); }
};

struct Kernel { const char *name; Thunk thunk; };
#define NAMED(name) { #name, Call<name>::thunk }
const Kernel kernels[] = {
    NAMED(embed), NAMED(embed_backward), NAMED(sum_neurons), NAMED(spread_neurons), NAMED(norm_forward),
    NAMED(norm_backward), NAMED(norm_weights_backward), NAMED(drop_add), NAMED(drop_backward), NAMED(gate_forward),
    NAMED(gate_backward), NAMED(cross_entropy), NAMED(column_sums), NAMED(partial_sums), NAMED(total_sum),
    NAMED(gate_rates), NAMED(adamw), NAMED(decay_rates), NAMED(decay_rates_backward), NAMED(conv_forward),
    NAMED(keep_history), NAMED(conv_backward), NAMED(conv_input_backward), NAMED(conv_weights_backward),
    NAMED(softplus_forward), NAMED(softplus_backward), NAMED(scan_forward), NAMED(scan_backward), NAMED(join_bc),
    NAMED(attend_forward), NAMED(attend_backward), NAMED(fixed_weights), NAMED(fixed_weights_backward),
};

/// A kernel as compiled for some sizes.
struct Function { Thunk thunk; EmulatedSizes sizes; };
struct Module { EmulatedSizes sizes; std::vector<std::unique_ptr<Function>> functions; };

// MARK: Groups of work-items

/// A work-item with a stack of its own, which lives from kernel to kernel. The first switch to it is by makecontext;
/// later ones are jumps, which ask nothing of the kernel of the operating system.
struct Fibre {
    jmp_buf place;
    Item item;
    bool hasStarted, isDone;
    std::vector<char> stack;
};

thread_local std::vector<std::unique_ptr<Fibre>> fibres;
thread_local jmp_buf scheduler;
thread_local Fibre *running;
thread_local Thunk runningThunk;
thread_local void **runningArguments;
thread_local bool isReversed;

/// Goes back to the scheduler until it is this fibre's turn again.
void give_way() {
    Fibre *self = running;
    if (!_setjmp(self->place)) _longjmp(scheduler, 1);
}

void live() {
    for (;;) {
        runningThunk(runningArguments);
        running->isDone = true;
        give_way();
    }
}

/// Lets a fibre run until its next barrier or its end; true when it has ended.
bool proceed(Fibre &fibre) {
    running = &fibre;
    currentItem = &fibre.item;
    if (!_setjmp(scheduler)) {
        if (fibre.hasStarted) _longjmp(fibre.place, 1);
        fibre.hasStarted = true;
        fibre.stack.resize(96 << 10);
        ucontext_t context;
        getcontext(&context);
        context.uc_stack.ss_sp = fibre.stack.data();
        context.uc_stack.ss_size = fibre.stack.size();
        context.uc_link = nullptr;
        makecontext(&context, live, 0);
        setcontext(&context);
    }
    const bool isDone = running->isDone;
    running = nullptr;
    return isDone;
}

/// Runs one group. Where its first work-item needs no barrier, the others are called without fibres.
void runGroup(Thunk thunk, void **arguments, const int group[2], const int count[2], int size) {
    while (static_cast<int>(fibres.size()) < size) fibres.push_back(std::make_unique<Fibre>());
    runningThunk = thunk;
    runningArguments = arguments;
    for (int l = 0; l < size; l++) {
        Fibre &fibre = *fibres[static_cast<size_t>(l)];
        fibre.item = { { group[0], group[1] }, { count[0], count[1] }, l };
        fibre.isDone = false;
    }
    const auto next = [&](int k) -> Fibre & { return *fibres[static_cast<size_t>(isReversed ? size - 1 - k : k)]; };
    if (proceed(next(0))) {
        for (int k = 1; k < size; k++) {
            currentItem = &next(k).item;
            thunk(arguments);
        }
        return;
    }
    // The first work-item is at its first barrier already.
    int waiting = 1;
    for (int first = 1; waiting > 0; first = 0) {
        int came = first, ended = 0;
        for (int k = first; k < size; k++) (proceed(next(k)) ? ended : came)++;
        // A barrier that not all work-items of a group reach never opens on a device.
        if (came > 0 && ended > 0) abort();
        waiting = came;
    }
}

// MARK: The driver

// Of a thread: tests run side by side.
thread_local int launchesLeft;
thread_local size_t memoryLimit, allocated;
thread_local std::map<uint64_t, size_t> blocks;

int readSize(const char *option, const char *name, int *value) {
    const std::string start = std::string("--define-macro=") + name + "=";
    if (strncmp(option, start.c_str(), start.size()) != 0) return 0;
    *value = atoi(option + start.size());
    return 1;
}

float value(const float *matrix, int isTransposed, int stride, int row, int column) {
    return isTransposed ? matrix[static_cast<size_t>(row) * stride + column]
                        : matrix[static_cast<size_t>(column) * stride + row];
}

}  // namespace

void emulator_barrier() {
    if (!running) abort();  // the first work-item of the group had no barrier
    give_way();
}

extern "C" {

static int init(unsigned) { return 0; }
static int driverVersion(int *version) { return *version = 13000, 0; }
static int errorString(int error, const char **text) {
    return *text = error == 2 ? "out of memory" : error == 719 ? "unspecified launch failure" : "unknown error", 0;
}
static int deviceCount(int *count) { return *count = 1, 0; }
static int deviceGet(int *device, int ordinal) { return *device = ordinal, ordinal == 0 ? 0 : 101; }
static int deviceName(char *name, int size, int) { return strncpy(name, "Emulated device", static_cast<size_t>(size)), 0; }
static int deviceAttribute(int *value, int attribute, int) {
    return *value = attribute == 75 ? 9 : attribute == 16 ? 1 : 0, 0;
}
static int retain(void **context, int) { return *context = &blocks, 0; }
static int release(int) { return 0; }
static int setCurrent(void *) { return 0; }
static int synchronize(void) { return 0; }
static int memoryInfo(size_t *free, size_t *total) {
    *total = memoryLimit ? memoryLimit : size_t(1) << 36;
    return *free = *total > allocated ? *total - allocated : 0, 0;
}
static int allocate(uint64_t *address, size_t bytes) {
    if (memoryLimit && allocated + bytes > memoryLimit) return 2;
    void *block = malloc(bytes);
    memset(block, 0xff, bytes);  // NaN
    *address = reinterpret_cast<uint64_t>(block);
    blocks[*address] = bytes;
    allocated += bytes;
    return 0;
}
static int deallocate(uint64_t address) {
    allocated -= blocks[address];
    blocks.erase(address);
    free(reinterpret_cast<void *>(address));
    return 0;
}
static int copyIn(uint64_t to, const void *from, size_t bytes) {
    return memcpy(reinterpret_cast<void *>(to), from, bytes), 0;
}
static int copyOut(void *to, uint64_t from, size_t bytes) {
    if (launchesLeft < 0) return 719;
    return memcpy(to, reinterpret_cast<void *>(from), bytes), 0;
}
static int copyInside(uint64_t to, uint64_t from, size_t bytes) {
    return memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes), 0;
}
static int fill(uint64_t address, unsigned value, size_t count) {
    unsigned *words = reinterpret_cast<unsigned *>(address);
    for (size_t i = 0; i < count; i++) words[i] = value;
    return 0;
}
static int loadModule(void **module, const void *image) {
    return *module = new Module { *static_cast<const EmulatedSizes *>(image), {} }, 0;
}
static int unloadModule(void *module) { return delete static_cast<Module *>(module), 0; }
static int getFunction(void **function, void *module, const char *name) {
    Module *own = static_cast<Module *>(module);
    for (const Kernel &kernel : kernels)
        if (!strcmp(kernel.name, name)) {
            own->functions.push_back(std::make_unique<Function>(Function { kernel.thunk, own->sizes }));
            return *function = own->functions.back().get(), 0;
        }
    return 500;
}
static int launch(void *function, unsigned gridX, unsigned gridY, unsigned, unsigned block, unsigned, unsigned, unsigned,
    void *, void **arguments, void **) {
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
static int compilerVersion(int *major, int *minor) { return *major = 0, *minor = 0, 0; }
static int createProgram(void **program, const char *, const char *, int, const char *const *, const char *const *) {
    return *program = new EmulatedSizes(), 0;
}
static int compileProgram(void *program, int count, const char *const *options) {
    EmulatedSizes *sizes = static_cast<EmulatedSizes *>(program);
    for (int i = 0; i < count; i++) {
        readSize(options[i], "STATES", &sizes->states);
        readSize(options[i], "TAPS", &sizes->taps);
        readSize(options[i], "NEURONS", &sizes->neurons);
        readSize(options[i], "HEAD", &sizes->head);
    }
    const bool fits = sizes->states <= MAX_STATES && sizes->taps <= MAX_TAPS && sizes->neurons <= MAX_NEURONS
        && sizes->neurons * (sizes->head + 1) <= MAX_TILE;
    return fits ? 0 : 6;
}
static int logSize(void *, size_t *size) { return *size = 1, 0; }
static int getLog(void *, char *log) { return *log = 0, 0; }
static int codeSize(void *, size_t *size) { return *size = sizeof(EmulatedSizes), 0; }
static int getCode(void *program, char *code) { return memcpy(code, program, sizeof(EmulatedSizes)), 0; }
static int destroyProgram(void **program) { return delete static_cast<EmulatedSizes *>(*program), 0; }
static int createProducts(void **handle) { return *handle = &blocks, 0; }
static int destroyProducts(void *) { return 0; }
static int product(void *, int transposeA, int transposeB, int m, int n, int k, const void *alpha, uint64_t a, int,
    int lda, long long strideA, uint64_t b, int, int ldb, long long strideB, const void *beta, uint64_t c, int, int ldc,
    long long strideC, int batch, int, int) {
    const float one = *static_cast<const float *>(alpha), kept = *static_cast<const float *>(beta);
    for (int i = 0; i < batch; i++) {
        const float *x = reinterpret_cast<const float *>(a) + i * strideA;
        const float *y = reinterpret_cast<const float *>(b) + i * strideB;
        float *z = reinterpret_cast<float *>(c) + i * strideC;
        for (int column = 0; column < n; column++)
            for (int row = 0; row < m; row++) {
                float sum = 0;
                for (int l = 0; l < k; l++)
                    sum += value(x, transposeA, lda, row, l) * value(y, transposeB, ldb, l, column);
                float &out = z[static_cast<size_t>(column) * ldc + row];
                out = one * sum + (kept == 0 ? 0 : kept * out);
            }
    }
    return 0;
}

const void *emulated_driver(void) {
    static const inn_driver driver = {
        init, driverVersion, errorString, deviceCount, deviceGet, deviceName, deviceAttribute, retain, release,
        setCurrent, synchronize, memoryInfo, allocate, deallocate, copyIn, copyOut, copyInside, fill, loadModule,
        unloadModule, getFunction, launch, compilerVersion, createProgram, compileProgram, logSize, getLog, codeSize,
        getCode, destroyProgram, createProducts, destroyProducts, product,
    };
    return &driver;
}

void emulator_reverse(int reversed) { isReversed = reversed; }
void emulator_limit_memory(size_t bytes) { memoryLimit = bytes ? allocated + bytes : 0; }
size_t emulator_allocated(void) { return allocated; }
void emulator_fail_after(int launches) { launchesLeft = launches; }

}
