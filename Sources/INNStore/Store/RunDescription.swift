import INNCore

/// What a run trains, in the words that listings show.
public struct RunDescription: Codable, Sendable, Equatable {
    /// The model family: `inn`, `lstm`, `transformer` or `mamba`.
    public var model: String
    /// The preset that the configuration started from, for example `small`.
    public var preset: String
    /// The corpus, for example `text8`, or the file name of the user's text.
    public var corpus: String
    /// Number of trained parameters.
    public var parameters: Int

    public init(model: String, preset: String, corpus: String, parameters: Int) {
        self.model = model
        self.preset = preset
        self.corpus = corpus
        self.parameters = parameters
    }
}

/// The content of a run's `config.json`: what listings need, and the configuration, which is opaque here.
public struct RunConfig<Settings> {
    /// Number of the file's form, see ``ConfigForm``; nil in files from before forms had numbers, which are of
    /// form 1.
    public private(set) var schema: Int? = ConfigForm.current
    public var description: RunDescription
    /// Seconds since 1970 at which the run was created.
    public var createdAt: Double
    /// The version of the program that created it.
    public var createdBy: String
    public var settings: Settings

    public init(description: RunDescription, createdAt: Double, createdBy: String, settings: Settings) {
        self.description = description
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.settings = settings
    }
}

extension RunConfig {
    /// What tells this run from every other one, also after it was renamed or copied; its checkpoints carry it.
    public var identity: String { "\(createdAt)" }
}

/// Settings of any shape, where only the rest of the configuration is needed.
struct AnySettings: Decodable {
    /// What the run's losses are counted per.
    let unit: TextUnit

    private enum CodingKeys: String, CodingKey { case alphabet }

    init(from decoder: any Decoder) throws {
        let values = try? decoder.container(keyedBy: CodingKeys.self)
        unit = (try? values?.decode(String.self, forKey: .alphabet)) == "bytes" ? .byte : .character
    }
}

/// The form of `config.json`; files with a number above ``current`` are refused. See docs/RUN_FOLDER.md.
struct ConfigForm: Decodable {
    static let current = 1

    let schema: Int?
}

extension RunConfig: Encodable where Settings: Encodable {}
extension RunConfig: Decodable where Settings: Decodable {}
extension RunConfig: Sendable where Settings: Sendable {}
extension RunConfig: Equatable where Settings: Equatable {}
