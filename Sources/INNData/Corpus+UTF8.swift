extension Corpus {
    /// Whether the stored bytes are valid UTF-8, so that the bytes of a text make characters; takes a pass over them.
    package var isUTF8: Bool {
        withBytes { bytes in
            var validator = UTF8Validator()
            return validator.check(bytes) == nil && validator.finish() == nil
        }
    }
}
