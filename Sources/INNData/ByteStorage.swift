import Foundation
import INNCore

/// Immutable bytes; the only place of the data code that holds raw memory for longer than a call.
///
/// A file is copied into memory of this process, so that whatever happens to it afterwards changes nothing here: a
/// mapped file that is cut short ends its reader with SIGBUS. What is too large for memory is copied into a file
/// without a name, the only one that is mapped.
///
/// Sendable because nothing can write to the memory once it is initialised.
package final class ByteStorage: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer

    package var count: Int { bytes.count }

    /// Copies bytes into memory of its own.
    ///
    /// - Throws: ``INNError`` of kind `inputOutput` when there is not enough memory.
    init(copying source: [UInt8]) throws {
        let memory = try Self.memory(source.count, for: "the text")
        memory.copyBytes(from: source)
        bytes = Self.sealed(memory, count: source.count)
    }

    /// Memory of its own that `fill` writes, all of it.
    ///
    /// - Throws: ``INNError`` of kind `inputOutput` when there is not enough memory.
    init(count: Int, for name: String, fill: (UnsafeMutableRawBufferPointer) -> Void) throws {
        let memory = try Self.memory(count, for: name)
        fill(UnsafeMutableRawBufferPointer(rebasing: memory[0..<count]))
        bytes = Self.sealed(memory, count: count)
    }

    /// Copies a file into memory of its own.
    ///
    /// - Throws: ``INNError`` of kind `inputOutput` when it cannot be read to its end, or when there is not enough
    ///   memory.
    init(reading file: SourceFile) throws {
        let memory = try Self.memory(file.count, for: file.path)
        do {
            try file.read(at: 0, into: UnsafeMutableRawBufferPointer(rebasing: memory[0..<file.count]))
        } catch {
            munmap(memory.baseAddress, memory.count)
            throw error
        }
        bytes = Self.sealed(memory, count: file.count)
    }

    /// Copies a file that is too large for memory into one without a name, and maps that: nobody else can shorten it.
    ///
    /// - Throws: ``CacheFailure`` when the cache takes no file of this size; ``INNError`` of kind `inputOutput` when
    ///   the file cannot be read to its end, or the copy cannot be mapped.
    init(copying file: SourceFile, into cache: CorpusCache) throws {
        let descriptor = try cache.storeNameless { try file.forEachPiece(of: 1 << 20, $0) }
        defer { close(descriptor) }
        guard let address = mmap(nil, file.count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw INNError(
                .inputOutput,
                """
                \(file.path) cannot be mapped into memory (\(reason(errno))): cut the text down, or keep the cache \
                on a local disk.
                """
            )
        }
        madvise(address, file.count, MADV_WILLNEED)
        bytes = UnsafeRawBufferPointer(start: address, count: file.count)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), max(bytes.count, 1)) }

    /// Pages of this process alone, which unlike those of an allocator can be refused and can be sealed.
    private static func memory(_ count: Int, for path: String) throws -> UnsafeMutableRawBufferPointer {
        guard let address = mmap(nil, max(count, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            address != MAP_FAILED
        else {
            throw INNError(
                .inputOutput,
                """
                \(path) needs \(grouped(count)) bytes of memory, which cannot be had (\(reason(errno))): cut the \
                text down.
                """
            )
        }
        #if os(Linux)
        // 100 MB in small pages take as long to be had as to be filled.
        madvise(address, max(count, 1), MADV_HUGEPAGE)
        #endif
        return UnsafeMutableRawBufferPointer(start: address, count: max(count, 1))
    }

    private static func sealed(_ memory: UnsafeMutableRawBufferPointer, count: Int) -> UnsafeRawBufferPointer {
        mprotect(memory.baseAddress, memory.count, PROT_READ)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<count])
    }
}

/// The system's words for an error number, for the middle of a sentence.
package func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
}
