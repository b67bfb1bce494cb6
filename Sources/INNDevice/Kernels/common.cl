/* One source, two compilers: NVRTC behind cuda_prelude.cl, and C++ behind the prelude of the emulated driver in the
   tests. Sums run in a fixed order, without atomics, so that a step is the same bits every time.

   N neurons, B streams, T characters: a tile is one neuron and one stream, a row one neuron, stream and character.
   Compile-time sizes: STATES of the scan, TAPS of the convolution, NEURONS, and HEAD, the width of a head; each has a
   MAX_ for the size of arrays, which the emulator compiles once for all. */
#define DELTA_LIMIT 2.5f
#define CHUNK 16

/* The upper half of a float. Written, it is rounded, to the even one of two that are equally near; read, it is a float
   again. Nothing becomes one in passing, so that CUDA's compiler refuses `c ? x[i] : 0`, an integer, for
   `c ? (float)x[i] : 0`. */
struct bfloat {
    unsigned short bits;
    bfloat() = default;
    template <typename T> bfloat(T) = delete;
    MEMBER operator float() const { return widened(bits); }
    MEMBER bfloat &operator=(float x) {
        bits = narrowed(x);
        return *this;
    }
};

/* What activations and their gradients are between kernels: STORED is float or bfloat. Whatever sums up over rows,
   streams or time, and what trains, is a float whatever they are. */
typedef STORED stored_t;

FUNCTION float sigmoid(float x) { return 1 / (1 + EXP(-x)); }

/* Item of a flat grid of groups of 256. In 32 bits, as a division of 64 bits takes longer than the rest of a kernel. */
FUNCTION uint_t flat_id(void) { return (uint_t)group_id(0) * 256 + (uint_t)local_id(); }

/* splitmix64's finaliser over a counter, as the host's dropout. */
FUNCTION uint_t counter_bits(ulong_t key, ulong_t counter) {
    ulong_t z = key + counter * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (uint_t)((z ^ (z >> 31)) >> 32);
}

/* x, or 0 where dropout takes it; what is kept is scaled up. */
FUNCTION float dropped(float x, ulong_t key, ulong_t index, uint_t threshold, float scale) {
    return threshold == 0 || counter_bits(key, index) >= threshold ? x * scale : 0;
}
