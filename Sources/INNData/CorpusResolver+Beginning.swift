import INNCore

extension CorpusResolver {
    /// The beginning of a text that is looked at rather than learnt from: read by the same rules as a corpus - plain or
    /// compressed, regular files only, in the form of the alphabet - but of any length, and without the cache.
    ///
    /// - Parameters:
    ///   - path: of a text file.
    ///   - limit: most ids that are read.
    /// - Returns: at least one id.
    /// - Throws: as ``resolve(_:progress:)``; `data` when the file holds no character of the alphabet.
    package func beginning(of path: String, limit: Int) throws -> [Int32] {
        let alphabet = alphabet ?? .text8
        let bytes = try CorpusFileReader(cache: nil).beginning(
            of: path, conversion: alphabet == .text8 ? .text8 : .verbatim, limit: limit)
        guard !bytes.isEmpty else { throw INNError(.data, "\(path) holds no character that the network knows.") }
        let table = alphabet.idTable
        return bytes.map { table[Int($0)] }
    }
}
