// The kernels themselves, for activations that are STORED, and FIND_KERNEL, which finds one by its name. Each form is a
// file of its own.
#include "emulator.h"

#include <cstring>
#include <utility>

#include "../../../Sources/INNDevice/Kernels/common.cl"
#include "../../../Sources/INNDevice/Kernels/rows.cl"
#include "../../../Sources/INNDevice/Kernels/sums.cl"
#include "../../../Sources/INNDevice/Kernels/memory.cl"
#include "../../../Sources/INNDevice/Kernels/scan.cl"
#include "../../../Sources/INNDevice/Kernels/routing.cl"

namespace {

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
    NAMED(gate_backward), NAMED(cross_entropy), NAMED(column_sums), NAMED(stored_column_sums), NAMED(partial_sums),
    NAMED(total_sum), NAMED(gate_rates), NAMED(copy_weights), NAMED(adamw), NAMED(decay_rates),
    NAMED(decay_rates_backward), NAMED(conv_forward), NAMED(keep_history), NAMED(conv_backward),
    NAMED(conv_input_backward), NAMED(conv_weights_backward), NAMED(softplus_forward), NAMED(softplus_backward),
    NAMED(scan_forward), NAMED(scan_backward), NAMED(join_bc), NAMED(attend_forward), NAMED(attend_backward),
    NAMED(fixed_weights), NAMED(fixed_weights_backward),
};

}  // namespace

Thunk FIND_KERNEL(const char *name) {
    for (const Kernel &kernel : kernels)
        if (!strcmp(kernel.name, name)) return kernel.thunk;
    return nullptr;
}
