import Foundation

/// A file mapped by parent and child: how far the child is, and the input it is reading. It outlives a crash of the
/// child.
final class SharedRecord {
    enum Counter: Int, CaseIterable {
        /// The number of the input that is being read, and those counted so far.
        case index, accepted, rejected, failures
        /// Largest resident memory of the child, in bytes.
        case peakMemory
        case inputLength
    }

    static let largestInput = 8 << 20
    private static let headerBytes = 4096
    private let base: UnsafeMutableRawPointer

    init(_ url: URL) throws {
        let length = Self.headerBytes + Self.largestInput
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, ftruncate(descriptor, off_t(length)) == 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(descriptor) }
        guard let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED
        else { throw CocoaError(.fileWriteUnknown) }
        base = address
    }

    deinit { munmap(base, Self.headerBytes + Self.largestInput) }

    subscript(counter: Counter) -> Int {
        get { base.load(fromByteOffset: 8 * counter.rawValue, as: Int.self) }
        set { base.storeBytes(of: newValue, toByteOffset: 8 * counter.rawValue, as: Int.self) }
    }

    var input: [UInt8] {
        get {
            [UInt8](
                UnsafeRawBufferPointer(
                    start: base + Self.headerBytes, count: min(self[.inputLength], Self.largestInput)))
        }
        set {
            let count = min(newValue.count, Self.largestInput)
            newValue.withUnsafeBytes {
                (base + Self.headerBytes).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: count)
            }
            self[.inputLength] = count
        }
    }
}
