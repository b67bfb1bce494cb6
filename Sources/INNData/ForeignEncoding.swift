import INNCore

/// Why a text cannot be read as characters.
enum ForeignEncoding: Error, Equatable {
    /// An encoding that is recognised, by the name that iconv has for it.
    case named(String)
    /// Bytes that are no UTF-8, from an offset on.
    case invalid(offset: Int)

    private var finding: String {
        switch self {
        case .named(let name): "is \(name), not UTF-8"
        case .invalid(let offset): "is not valid UTF-8 at byte \(offset)"
        }
    }

    private var remedy: String {
        switch self {
        case .named(let name): "convert it (iconv -f \(name) -t UTF-8)"
        case .invalid: "convert the file to UTF-8"
        }
    }

    /// - Parameter source: what to call the text, for example its path.
    func error(_ source: String) -> INNError {
        INNError(.data, "\(source) \(finding): \(remedy), or train on its raw bytes with --alphabet bytes.")
    }

    /// What is said where bytes were chosen because of it.
    func notice(_ source: String) -> String {
        "\(source) \(finding), so it is read as bytes: \(remedy) to have its characters."
    }
}

/// Encodings of letters by ASCII characters between escape sequences (ISO 2022), which are valid UTF-8 and mean nothing
/// in it.
enum EscapedEncoding: String, CaseIterable {
    case japanese = "ISO-2022-JP"
    case korean = "ISO-2022-KR"
    case chinese = "ISO-2022-CN"

    /// What the first ``WideEncoding/probed`` bytes of a text announce; nil for what may be UTF-8.
    init?(of bytes: UnsafeRawBufferPointer) {
        let sample = [UInt8](bytes.prefix(WideEncoding.probed))
        for start in sample.indices where sample[start] == 0x1B {
            let rest = sample[(start + 1)...]
            for form in Self.allCases where form.designations.contains(where: { rest.starts(with: $0.utf8) }) {
                self = form
                return
            }
        }
        return nil
    }

    /// What follows the escape character where a set of characters is announced that no control sequence of a terminal
    /// begins like.
    private var designations: [String] {
        switch self {
        case .japanese: ["$@", "$B", "$(D"]
        case .korean: ["$)C"]
        case .chinese: ["$)A", "$)G", "$*H"]
        }
    }
}
