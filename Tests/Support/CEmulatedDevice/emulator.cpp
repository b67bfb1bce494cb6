#include "emulator.h"
#include "include/emulated_device.h"

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <ucontext.h>
#include <utility>
#include <vector>

#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_start_switch_fiber(void **, const void *, size_t) {}
static void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) {}
#endif

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

// MARK: Groups of work-items

/// A work-item with a stack of its own, which lives from kernel to kernel. The first switch to it is by makecontext;
/// later ones are jumps, which ask nothing of the kernel of the operating system.
struct Fibre {
    jmp_buf place;
    Item item;
    bool hasStarted, isDone;
    std::vector<char> stack;
    void *sanitizer;  // what AddressSanitizer keeps of it while others run
};

#if __has_feature(address_sanitizer)
constexpr size_t stackSize = 512 << 10;  // its frames are larger
#else
constexpr size_t stackSize = 96 << 10;
#endif
thread_local std::vector<std::unique_ptr<Fibre>> fibres;
thread_local jmp_buf scheduler;
thread_local struct { const void *bottom; size_t size; void *sanitizer; } schedulerStack;
thread_local Fibre *running;
thread_local Thunk runningThunk;
thread_local void **runningArguments;
thread_local bool isReversed;

/// Goes back to the scheduler until it is this fibre's turn again.
void give_way() {
    Fibre *self = running;
    if (!_setjmp(self->place)) {
        __sanitizer_start_switch_fiber(&self->sanitizer, schedulerStack.bottom, schedulerStack.size);
        _longjmp(scheduler, 1);
    }
    __sanitizer_finish_switch_fiber(self->sanitizer, &schedulerStack.bottom, &schedulerStack.size);
}

void live() {
    __sanitizer_finish_switch_fiber(nullptr, &schedulerStack.bottom, &schedulerStack.size);
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
        if (!fibre.hasStarted) fibre.stack.resize(stackSize);
        __sanitizer_start_switch_fiber(&schedulerStack.sanitizer, fibre.stack.data(), fibre.stack.size());
        if (fibre.hasStarted) _longjmp(fibre.place, 1);
        fibre.hasStarted = true;
        ucontext_t context;
        getcontext(&context);
        context.uc_stack.ss_sp = fibre.stack.data();
        context.uc_stack.ss_size = fibre.stack.size();
        context.uc_link = nullptr;
        makecontext(&context, live, 0);
        setcontext(&context);
    }
    __sanitizer_finish_switch_fiber(schedulerStack.sanitizer, nullptr, nullptr);
    const bool isDone = running->isDone;
    running = nullptr;
    return isDone;
}

/// The barrier that is left out, such as "scan.cl:42"; empty for none.
const std::string &missingBarrier() {
    static const std::string place = [] {
        const char *asked = getenv("INN_EMULATED_MISSING_BARRIER");
        return std::string(asked ? asked : "");
    }();
    return place;
}

}  // namespace

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

Thunk findKernel(const char *name) {
    for (const Kernel &kernel : kernels)
        if (!strcmp(kernel.name, name)) return kernel.thunk;
    return nullptr;
}

void emulator_barrier(const char *file, int line) {
    if (!missingBarrier().empty() && missingBarrier() == std::string(file) + ":" + std::to_string(line)) return;
    if (!running) abort();  // the first work-item of the group had no barrier
    give_way();
}

extern "C" void emulator_reverse(int reversed) { isReversed = reversed; }
