// What the kernels are written in, for a host compiler: see cuda_prelude.cl.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

typedef unsigned long long ulong_t;
typedef unsigned int uint_t;

/// Where a work-item stands.
struct Item { int group[2], count[2], local; };
extern thread_local Item *currentItem;
/// Gives way until all work-items of the group have come here.
void emulator_barrier(const char *file, int line);
/// What CUDA's kernels are compiled for, taken from the options that the compiler is given.
struct EmulatedSizes {
    int states, taps, neurons, head;
    bool storesBfloats;
};
extern thread_local EmulatedSizes emulatedSizes;

static inline unsigned short narrowed(float x) {
    if (x != x) return 0x7fff;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return static_cast<unsigned short>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline float widened(unsigned short upper) {
    const uint32_t bits = static_cast<uint32_t>(upper) << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define KERNEL(size) static void
#define BUSY_KERNEL(size, groups) static void
#define FUNCTION static inline
#define MEMBER inline
#define IN(type) const type *
#define OUT(type) type *
#define LOCAL static thread_local
#define BARRIER() emulator_barrier(__FILE_NAME__, __LINE__)
#define UNROLL
#define group_id(d) (currentItem->group[d])
#define group_count(d) (currentItem->count[d])
#define local_id() (currentItem->local)
#define EXP(x) expf(x)
#define RSQRT(x) (1 / sqrtf(x))
#define STATES (emulatedSizes.states)
#define TAPS (emulatedSizes.taps)
#define NEURONS (emulatedSizes.neurons)
#define HEAD (emulatedSizes.head)
#define MAX_STATES 32
#define MAX_TAPS 8
#define MAX_NEURONS 32
#define MAX_TILE 2048
