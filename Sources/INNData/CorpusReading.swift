import INNCore

/// How the bytes of a text become a corpus: the one place where an alphabet is chosen or made, what it loses is
/// measured, and a text of which it loses too much is refused.
struct CorpusReading {
    let choice: AlphabetChoice
    let isForced: Bool
    /// Whether the bytes are in text8 form as they are.
    let isText8Form: Bool

    typealias Opened = (storage: ByteStorage, loss: AlphabetLoss?)

    /// Whether the text is brought into text8 form.
    var isNormalised: Bool { !isText8Form && named == .text8 }

    /// The alphabet where it is no matter of the text.
    private var named: Alphabet? {
        switch choice {
        case .named(let alphabet), .network(let alphabet): alphabet
        case .unicode, .auto: nil
        }
    }

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - verbatim: opens the bytes of the text.
    ///   - text8: opens its text8 form.
    /// - Throws: ``INNError`` when it cannot be opened, is no UTF-8 where characters are wanted, has too few of them,
    ///   or loses too much.
    func corpus(
        name: String, path: String?, isPrefix: Bool = false, notice: String? = nil,
        verbatim: () throws -> ByteStorage, text8: (() throws -> Opened)?
    ) throws -> Corpus {
        let place = path ?? name
        func made(_ alphabet: Alphabet, _ opened: Opened, saying: String? = nil) throws -> Corpus {
            let said = try opened.loss.flatMap { loss in
                // Of a text that is too short for any alphabet, that is what has to be said.
                loss.characters < Corpus.minimumCount
                    ? nil : try loss.notice(place, alphabet, isChoosable: isChoosable, isForced: isForced)
            }
            let notices = [notice, said, saying].compactMap { $0 }
            return try Corpus(
                name: name, storage: opened.storage, alphabet: alphabet, isPrefix: isPrefix,
                notice: notices.isEmpty ? nil : notices.joined(separator: " "), sourcePath: path, loss: opened.loss)
        }
        func normalised() throws -> Corpus {
            guard !isText8Form, let text8 else { return try made(.text8, (verbatim(), nil)) }
            return try made(.text8, text8())
        }
        func characters(_ table: CharacterTable, _ storage: ByteStorage, _ survey: CharacterSurvey) throws -> Corpus {
            let ids = try UnicodeText.ids(storage.bytes, count: survey.characters, table, name: place)
            return try made(.unicode(table), (ids, survey.loss(in: .unicode(table))))
        }
        switch choice {
        case .named(.text8), .network(.text8): return try normalised()
        case .named(.bytes), .network(.bytes): return try made(.bytes, (verbatim(), nil))
        case .named(.unicode(let table)), .network(.unicode(let table)):
            let storage = try verbatim()
            return try characters(table, storage, surveyed(storage, place))
        case .unicode(let lowercase):
            let storage = try verbatim()
            let survey = try surveyed(storage, place)
            return try characters(survey.table(lowercase: lowercase), storage, survey)
        case .auto(let lowercase):
            let storage = try verbatim()
            let survey: CharacterSurvey
            do {
                survey = try Self.survey(storage)
            } catch let foreign as ForeignEncoding {
                return try made(.bytes, (storage, nil), saying: foreign.notice(place))
            }
            guard survey.characters >= Corpus.minimumCount else { return try made(.bytes, (storage, nil)) }
            if survey.loss(in: .text8).share < AlphabetLoss.noticeable { return try normalised() }
            let table = try survey.table(lowercase: lowercase)
            guard survey.loss(in: .unicode(table)).share < AlphabetLoss.noticeable else {
                return try made(.bytes, (storage, nil))
            }
            return try characters(table, storage, survey)
        }
    }

    private var isChoosable: Bool { if case .network = choice { false } else { true } }

    /// - Throws: ``INNError`` of kind `data` for what is no UTF-8 or too short.
    private func surveyed(_ storage: ByteStorage, _ place: String) throws -> CharacterSurvey {
        let survey: CharacterSurvey
        do {
            survey = try Self.survey(storage)
        } catch let foreign as ForeignEncoding {
            throw foreign.error(place)
        }
        guard survey.characters >= Corpus.minimumCount else {
            throw INNError(
                .data,
                """
                \(place) holds only \(survey.characters) characters to learn from: a corpus needs at least \
                \(Corpus.minimumCount).
                """)
        }
        return survey
    }

    /// - Throws: ``ForeignEncoding``.
    private static func survey(_ storage: ByteStorage) throws -> CharacterSurvey {
        var survey = CharacterSurvey()
        try survey.append(storage.bytes)
        try survey.finish()
        return survey
    }
}
