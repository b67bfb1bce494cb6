import INNKit

/// What a network has read and under which changes: all that it takes to be where it is once more.
public struct TextCourse: Codable, Equatable, Sendable {
    /// From which character (0-based) on which changes hold.
    public struct Change: Codable, Equatable, Sendable {
        public var start: Int
        public var interventions: InterventionSet

        public init(start: Int, interventions: InterventionSet) {
            (self.start, self.interventions) = (start, interventions)
        }
    }

    /// The characters, of a file those that were read; `ids` instead where the alphabet does not give them back.
    public var text: String?
    public var ids: [Int32]?
    /// How many of them were given, rather than drawn.
    public var promptCount: Int
    /// Characters read, and the furthest place that was read to.
    public var position: Int, furthest: Int
    public var temperature: Double, topK: Int?, seed: UInt64
    public var changes: [Change]
    /// The file that is read instead of drawing characters, and how many characters it has.
    public var file: String?, fileLength: Int?

    public init(
        text: String?, ids: [Int32]?, promptCount: Int, position: Int, furthest: Int, sampling: SamplingChoice,
        changes: [Change], file: String? = nil, fileLength: Int? = nil
    ) {
        (self.text, self.ids, self.promptCount) = (text, ids, promptCount)
        (self.position, self.furthest, self.changes) = (position, furthest, changes)
        (temperature, topK, seed) = (sampling.temperature, sampling.topK, sampling.seed)
        (self.file, self.fileLength) = (file, fileLength)
    }

    public var sampling: SamplingChoice { SamplingChoice(temperature: temperature, topK: topK, seed: seed) }
}
