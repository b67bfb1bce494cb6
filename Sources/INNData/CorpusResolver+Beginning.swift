import INNCore

extension CorpusResolver {
    /// The beginning of a text that is looked at rather than learnt from: read by the same rules as a corpus - plain or
    /// compressed, regular files only, in the form of the alphabet, refused where that loses half of it - but of any
    /// length, and without the cache.
    ///
    /// - Parameters:
    ///   - path: of a text file.
    ///   - limit: most ids that are read.
    /// - Returns: at least one id.
    /// - Throws: as ``resolve(_:progress:)``; `data` when the file holds no character of the alphabet.
    package func beginning(of path: String, in alphabet: Alphabet, limit: Int) throws -> [Int32] {
        // A character takes up to four bytes.
        let most = alphabet == .bytes ? limit : 4 * limit
        let bytes = try CorpusFileReader(cache: nil).beginning(of: path, limit: most)
        if alphabet != .bytes {
            var survey = CharacterSurvey()
            do {
                try bytes.withUnsafeBytes { try survey.append($0) }
                if bytes.count < most { try survey.finish() }
            } catch let foreign as ForeignEncoding {
                throw foreign.error(path)
            }
            let loss = survey.loss(in: alphabet)
            if loss.share >= AlphabetLoss.intolerable, !isForced,
                let said = try loss.notice(path, alphabet, isChoosable: false, isForced: true)
            {
                throw INNError(.data, said)
            }
        }
        // Bytes are taken as they are, valid or not.
        let ids =
            alphabet == .bytes ? bytes.map(Int32.init) : alphabet.encode(String(decoding: bytes, as: UTF8.self))
        guard !ids.isEmpty else { throw INNError(.data, "\(path) holds no character that the network knows.") }
        return Array(ids.prefix(limit))
    }
}
