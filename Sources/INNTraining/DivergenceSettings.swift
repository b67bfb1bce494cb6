import INNCore

/// What happens when training goes wrong: losses that are not finite, or that jump and stay up.
public struct DivergenceSettings: Codable, Sendable, Equatable {
    /// Updates in a row that must go wrong before training ends or rolls back.
    public var patience: Int
    /// How often training may go back to its last good weights with half the learning rate instead of ending.
    public var rollbacks: Int

    public init(patience: Int = 10, rollbacks: Int = 0) {
        self.patience = patience
        self.rollbacks = rollbacks
    }

    /// - Throws: ``INNError`` of kind `usage` naming the option.
    package func validate() throws {
        guard patience >= 1 else { throw INNError(.usage, "--patience is \(patience), but must be at least 1.") }
        guard rollbacks >= 0 else { throw INNError(.usage, "--rollback is \(rollbacks), but must be at least 0.") }
    }
}

extension KeyedDecodingContainer {
    /// Settings without this part, as a shipped model has, mean the defaults.
    package func decode(_ type: DivergenceSettings.Type, forKey key: Key) throws -> DivergenceSettings {
        try decodeIfPresent(type, forKey: key) ?? DivergenceSettings()
    }
}
