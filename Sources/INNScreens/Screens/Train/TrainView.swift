/// What a user has chosen on the train screen.
struct TrainView: Codable, Equatable, Sendable {
    /// Width of the visible window in steps, nil for all.
    var span: Double?
    /// Last visible step, nil to follow the newest.
    var end: Double?
    var isLogarithmic = false
    var smoothing = Smoothing.medium
    /// Step under the inspect cursor, nil when it is off.
    var cursor: Double?

    enum Smoothing: Double, CaseIterable, Codable, Sendable {
        case off = 0
        case light = 0.8
        case medium = 0.9
        case strong = 0.98
    }
}
