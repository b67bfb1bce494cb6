/* What the kernels are written in, for CUDA. The same words mean fibres in the emulated driver of the tests. */
typedef unsigned long long ulong_t;
typedef unsigned int uint_t;
#define KERNEL(size) extern "C" __global__ void __launch_bounds__(size)
/* The same where at least so many groups are to fit on a multiprocessor. */
#define BUSY_KERNEL(size, groups) extern "C" __global__ void __launch_bounds__(size, groups)
#define FUNCTION static __device__ __forceinline__
#define MEMBER __device__ __forceinline__
#define IN(type) const type *__restrict__
#define OUT(type) type *__restrict__
#define LOCAL __shared__
#define BARRIER() __syncthreads()
#define INFINITY __int_as_float(0x7f800000)
#define UNROLL _Pragma("unroll")
#define group_id(d) ((int)((d) == 0 ? blockIdx.x : (d) == 1 ? blockIdx.y : blockIdx.z))
#define group_count(d) ((int)((d) == 0 ? gridDim.x : (d) == 1 ? gridDim.y : gridDim.z))
#define local_id() ((int)threadIdx.x)
#define EXP(x) expf(x)
#define RSQRT(x) rsqrtf(x)

/* The upper half of x, rounded to even. Older cards than 8.0 have no such instruction, and train in 32 bits alone. */
#if __CUDA_ARCH__ >= 800
FUNCTION unsigned short narrowed(float x) {
    unsigned short upper;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(upper) : "f"(x));
    return upper;
}
#endif

FUNCTION float widened(unsigned short upper) { return __uint_as_float((uint_t)upper << 16); }
