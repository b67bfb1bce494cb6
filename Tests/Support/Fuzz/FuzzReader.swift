import Foundation
import INNKit

/// A reader of files under test: what valid files look like, how they are changed, and the code that reads them.
protocol FuzzReader: AnyObject, SendableMetatype {
    static var name: String { get }

    /// - Parameter scratch: a folder of its own, in memory where the system has such.
    init(scratch: URL) throws

    /// Valid files.
    var seeds: [[UInt8]] { get }

    /// A changed file.
    func mutated(_ mutator: inout Mutator) throws -> [UInt8]

    /// Reads a file as the program does and uses what it read.
    ///
    /// - Throws: what the program's code throws; anything but ``INNError`` counts as a failure.
    func read(_ bytes: [UInt8]) throws
}

extension FuzzReader {
    func mutated(_ mutator: inout Mutator) throws -> [UInt8] { mutator.bytes(mutator.pick(seeds), donors: seeds) }
}

/// The readers by name.
enum FuzzReaders {
    static let all: [any FuzzReader.Type] = [
        SafetensorsFuzz.self, CheckpointFuzz.self, OfficialFuzz.self, NeuronFuzz.self, ConfigFuzz.self, FieldFuzz.self,
        RunFuzz.self, TextFuzz.self, ArchiveFuzz.self, InterventionFuzz.self,
        SettingsFuzz.self,
    ]

    static func named(_ name: String) -> (any FuzzReader.Type)? {
        (all + [SelfTestFuzz.self]).first { $0.name == name }
    }
}

/// What is wrong with an error message that a user would see; nil when it is one plain sentence.
func flaw(in error: INNError) -> String? {
    let message = error.message
    guard message.hasSuffix(".") || message.hasSuffix(".)") else { return "it does not end with a full stop" }
    guard message.count <= 700 else { return "it has \(message.count) characters" }
    let isPlain = message.unicodeScalars.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }
    guard isPlain else { return "it has control characters" }
    return error.kind == .software ? "it blames the program" : nil
}
