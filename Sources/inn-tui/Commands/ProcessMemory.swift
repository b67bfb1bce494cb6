import Foundation

/// How the C library's allocator holds on to memory that was given back.
enum ProcessMemory {
    /// Makes glibc keep few pools and hold on to what they have.
    ///
    /// By default glibc has up to eight pools per core, and takes blocks of up to 32 MiB from them after the first such block was freed.
    /// The buffers of the live analyses then break up one pool after the other, and a program that runs for a night grows although it
    /// holds on to nothing. With two pools that are not cut down in between, every analysis finds the room of the one before. The functions
    /// are looked up by name, because Swift does not import them; other C libraries have no need of them.
    static func steady() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let setOption = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        _ = setOption(Option.mmapThreshold, 4 << 20)
        _ = setOption(Option.trimThreshold, 16 << 20)
        _ = setOption(Option.poolLimit, 2)
    }

    /// Returns what lies free in the pools, also between blocks in use: for the end of work that took much and will not come again.
    static func returnFreeBlocks() { _ = trim?(0) }

    private static let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }

    /// `M_MMAP_THRESHOLD`, `M_TRIM_THRESHOLD` and `M_ARENA_MAX` of glibc's `malloc.h`.
    private enum Option {
        static let mmapThreshold: Int32 = -3, trimThreshold: Int32 = -1, poolLimit: Int32 = -8
    }
}
