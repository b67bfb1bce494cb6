import INNCore

/// The checked header of a safetensors file: where each tensor lies, and the free-form metadata.
struct SafetensorsHeader: Sendable {
    struct Entry: Sendable {
        var type: SafetensorsType
        var shape: [Int]
        /// Byte range inside the data section.
        var range: Range<Int>
    }

    var entries: [String: Entry]
    var metadata: [String: String]

    /// Larger headers are refused before anything is read; ours are a few kilobytes.
    static let maximumBytes = 16 << 20
    static let maximumRank = 16

    /// Parses and checks a header.
    ///
    /// As in the reference implementation the tensors must tile the data section: no overlap, no gap, nothing left
    /// over.
    ///
    /// - Parameters:
    ///   - json: the bytes after the length field.
    ///   - dataBytes: the size of the data section.
    init(json: [UInt8], dataBytes: Int) throws {
        var parser = SafetensorsHeaderParser(json)
        let raw = try parser.parse()
        metadata = raw.metadata
        entries = [:]
        entries.reserveCapacity(raw.tensors.count)
        for tensor in raw.tensors {
            let entry = try Self.checked(tensor, dataBytes: dataBytes)
            guard entries.updateValue(entry, forKey: tensor.name) == nil else {
                throw SafetensorsProblem("it names the tensor '\(tensor.name.shortened)' twice")
            }
        }
        try checkTiling(dataBytes: dataBytes)
    }

    private static func checked(_ tensor: SafetensorsHeaderParser.Tensor, dataBytes: Int) throws -> Entry {
        let name = tensor.name.shortened
        guard let type = SafetensorsType(rawValue: tensor.dtype) else {
            throw SafetensorsProblem("tensor '\(name)' has the unknown element type '\(tensor.dtype.shortened)'")
        }
        guard tensor.begin <= tensor.end, tensor.end <= dataBytes else {
            throw SafetensorsProblem("tensor '\(name)' lies outside the file")
        }
        var bytes = type.size
        for length in tensor.shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
            guard !overflow else { throw SafetensorsProblem("the shape of tensor '\(name)' is too large") }
            bytes = product
        }
        guard bytes == tensor.end - tensor.begin else {
            throw SafetensorsProblem("the shape of tensor '\(name)' does not fit its size in bytes")
        }
        return Entry(type: type, shape: tensor.shape, range: tensor.begin..<tensor.end)
    }

    private func checkTiling(dataBytes: Int) throws {
        let inOrder = entries.sorted { left, right in
            (left.value.range.lowerBound, left.value.range.upperBound) < (
                right.value.range.lowerBound, right.value.range.upperBound
            )
        }
        var end = 0
        for (name, entry) in inOrder {
            guard entry.range.lowerBound >= end else {
                throw SafetensorsProblem("tensor '\(name.shortened)' overlaps another")
            }
            guard entry.range.lowerBound == end else {
                throw SafetensorsProblem("there is a gap before tensor '\(name.shortened)'")
            }
            end = entry.range.upperBound
        }
        guard end == dataBytes else { throw SafetensorsProblem("bytes are left over after the last tensor") }
    }
}

/// What is wrong with a safetensors file, as a phrase; ``SafetensorsFile`` puts it into a sentence with the path.
struct SafetensorsProblem: Error {
    let phrase: String
    init(_ phrase: String) { self.phrase = phrase }
}
