#include "emulator.h"
#include "include/emulated_device.h"

#include <csetjmp>
#include <cstdlib>
#include <memory>
#include <string>
#include <ucontext.h>
#include <vector>

#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_start_switch_fiber(void **, const void *, size_t) {}
static void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) {}
#endif

thread_local Item *currentItem;
thread_local EmulatedSizes emulatedSizes;

namespace {

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

void emulator_barrier(const char *file, int line) {
    if (!missingBarrier().empty() && missingBarrier() == std::string(file) + ":" + std::to_string(line)) return;
    if (!running) abort();  // the first work-item of the group had no barrier
    give_way();
}

extern "C" void emulator_reverse(int reversed) { isReversed = reversed; }
