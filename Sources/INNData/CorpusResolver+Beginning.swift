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
        let reader = CorpusFileReader(cache: nil)
        let isNormalised = alphabet == .text8
        // A character takes up to four bytes.
        let most = alphabet == .bytes ? limit : 4 * limit
        let bytes = try reader.beginning(of: path, conversion: .verbatim, limit: most)
        if alphabet != .bytes {
            var survey = CharacterSurvey(source: path)
            try bytes.withUnsafeBytes { try survey.append($0) }
            if bytes.count < most { try survey.finish() }
            let loss = survey.loss(in: alphabet)
            if loss.share >= AlphabetLoss.intolerable, !isForced,
                let said = try loss.notice(path, alphabet, isChoosable: false, isForced: true)
            {
                throw INNError(.data, said)
            }
        }
        let ids: [Int32]
        if isNormalised {
            let table = alphabet.idTable
            ids = try reader.beginning(of: path, conversion: .text8, limit: limit).map { table[Int($0)] }
        } else if alphabet == .bytes {
            ids = bytes.map(Int32.init)
        } else {
            ids = Array(alphabet.encode(String(decoding: bytes, as: UTF8.self)).prefix(limit))
        }
        guard !ids.isEmpty else { throw INNError(.data, "\(path) holds no character that the network knows.") }
        return ids
    }
}
