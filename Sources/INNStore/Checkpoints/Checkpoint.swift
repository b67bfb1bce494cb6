import Foundation
import INNCore

/// A saved state of training, opened for reading.
///
/// It is a safetensors file: weights under their own names, the optimizer's moments under `optimizer.m.NAME` and
/// `optimizer.v.NAME`, memory carried between batches under `carried.NAME`; the metadata holds the ``CheckpointState``
/// and the configurations as JSON text. The file's checksum has been verified.
public struct Checkpoint: Sendable {
    /// What a tensor of a checkpoint is; the raw value is the prefix of its name in the file.
    public enum Group: String, Sendable, CaseIterable {
        case weights = ""
        /// Adam's running mean of the gradient.
        case firstMoment = "optimizer.m."
        /// Adam's running mean of the squared gradient.
        case secondMoment = "optimizer.v."
        /// Recurrent state carried from one batch to the next.
        case carried = "carried."
    }

    /// A tensor to be saved. It borrows the values, which must stay valid and unchanged until the file is written.
    public struct Tensor {
        package let entry: SafetensorsEntry

        public init(_ group: Group, _ name: String, shape: [Int], _ values: UnsafeBufferPointer<Float>) {
            precondition(group != .weights || Group.of(name) == .weights, "the weight name '\(name)' is reserved")
            entry = SafetensorsEntry(name: group.rawValue + name, shape: shape, floats: values)
        }
    }

    public let url: URL
    public let state: CheckpointState
    /// The model's configuration as JSON text, opaque here.
    public let modelConfig: String
    /// The training configuration as JSON text, opaque here.
    public let trainingConfig: String
    /// Which run wrote it, see ``RunConfig/identity``; nil in files from before runs had one.
    public let run: String?
    private let file: SafetensorsFile

    /// Opens a checkpoint and verifies all of its bytes.
    ///
    /// - Throws: ``INNError`` of kind `noInput` (missing, unreadable), `data` (damaged, or no checkpoint of this
    ///   program).
    public init(_ url: URL) throws {
        self.url = url
        file = try SafetensorsFile(url)
        if let format = file.metadata[Key.format], Self.isNewer(format) {
            throw INNError(
                .data,
                "The checkpoint '\(url.path)' was written by a newer version of inn-tui; update inn-tui to open it.")
        }
        guard
            file.metadata[Key.format] == Self.format, let state = file.metadata[Key.state],
            let modelConfig = file.metadata[Key.modelConfig], let trainingConfig = file.metadata[Key.trainingConfig]
        else {
            throw INNError(
                .data,
                """
                The file '\(url.path)' is no checkpoint that this version can read; use a file from a run's \
                checkpoints folder.
                """
            )
        }
        guard try file.verifyChecksum() else { throw SafetensorsFile.damaged(url.path, "its checksum is missing") }
        do {
            self.state = try JSONDecoder().decode(CheckpointState.self, from: Data(state.utf8))
        } catch {
            throw SafetensorsFile.damaged(url.path, "its training state cannot be read")
        }
        guard self.state.isPossible else {
            throw SafetensorsFile.damaged(url.path, "its training state holds impossible numbers")
        }
        self.modelConfig = modelConfig
        self.trainingConfig = trainingConfig
        run = file.metadata[Key.run]
    }

    /// Names of the tensors of a group, without prefix, sorted.
    public func names(_ group: Group) -> [String] {
        file.names.filter { Group.of($0) == group }.map { String($0.dropFirst(group.rawValue.count)) }
    }

    /// - Throws: ``INNError`` of kind `data` when there is no such tensor.
    public func tensor(_ group: Group, _ name: String) throws -> SafetensorsTensor {
        try file.tensor(named: group.rawValue + name)
    }

    /// Number of trained values in the file.
    package var weightCount: Int {
        names(.weights).reduce(0) { $0 + ((try? tensor(.weights, $1).count) ?? 0) }
    }

    /// Writes a checkpoint file; it appears under its name only when complete and synced to disk.
    ///
    /// - Parameters:
    ///   - run: ``RunConfig/identity`` of the run that it is of.
    ///   - isComplete: called when all of it is on disk, before it gets its name.
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`; the file that was there before is untouched.
    public static func write(
        _ tensors: [Tensor], state: CheckpointState, modelConfig: String, trainingConfig: String, run: String? = nil,
        to url: URL, isComplete: () -> Void = {}
    ) throws {
        var metadata = try metadata(state, modelConfig, trainingConfig)
        metadata[Key.run] = run
        try SafetensorsWriter.write(tensors.map(\.entry), metadata: metadata, to: url, isComplete: isComplete)
    }

    /// Writes a checkpoint to a file that the user named, as ``OutputFile`` does.
    ///
    /// - Throws: ``INNError`` of kind `cannotCreate` or `inputOutput`.
    public static func export(
        _ tensors: [Tensor], state: CheckpointState, modelConfig: String, trainingConfig: String, to url: URL
    ) throws {
        try SafetensorsWriter.export(
            tensors.map(\.entry), metadata: metadata(state, modelConfig, trainingConfig), to: url)
    }

    private static func metadata(
        _ state: CheckpointState, _ modelConfig: String, _ trainingConfig: String
    ) throws -> [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [
            Key.format: format, Key.state: String(decoding: try encoder.encode(state), as: UTF8.self),
            Key.modelConfig: modelConfig, Key.trainingConfig: trainingConfig,
        ]
    }

    static let formatName = "inn-checkpoint-"
    private static let formatVersion = 1
    private static let format = "\(formatName)\(formatVersion)"

    private static func isNewer(_ format: String) -> Bool {
        format.hasPrefix(formatName) && Int(format.dropFirst(formatName.count)).map { $0 > formatVersion } == true
    }

    package enum Key {
        package static let format = "format"
        package static let state = "state"
        package static let modelConfig = "modelConfig"
        package static let trainingConfig = "trainingConfig"
        package static let run = "run"
    }
}

extension Checkpoint.Group {
    /// The group that a name in the file belongs to.
    package static func of(_ name: String) -> Self {
        allCases.first { !$0.rawValue.isEmpty && name.hasPrefix($0.rawValue) } ?? .weights
    }
}
