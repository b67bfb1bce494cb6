import Foundation

/// How the C library's allocator holds on to memory that was given back.
package enum ProcessMemory {
    /// Makes glibc return large blocks to the system at once and keep few pools for small ones.
    ///
    /// By default glibc takes blocks of up to 32 MiB from its pools after the first such block was freed, and has up to
    /// eight pools per core. The buffers of the analyses then break the pools up, and a program that runs for a night
    /// grows although it holds on to nothing. The functions are looked up by name, because Swift does not import
    /// `mallopt`; other C libraries have no need of it.
    package static func returnLargeBlocks() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let setOption = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        _ = setOption(Option.mmapThreshold, 128 << 10)
        _ = setOption(Option.poolLimit, 2)
    }

    /// Returns what lies free in the pools, also between blocks in use: for the end of work that took much for a short
    /// time.
    static func returnFreeBlocks() { _ = trim?(0) }

    private static let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }

    /// `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's `malloc.h`.
    private enum Option {
        static let mmapThreshold: Int32 = -3, poolLimit: Int32 = -8
    }
}
