import CVersion

/// The version that `--version` prints and that runs record: the tag that was built, or what the next one will be.
package let programVersion = version(ofTag: inn_version_tag().map { String(cString: $0) })

/// - Parameter tag: such as `v0.2.0`.
func version(ofTag tag: String?) -> String {
    guard let tag, tag.first == "v", tag.dropFirst().first?.isNumber == true else { return "0.1.0" }
    return String(tag.dropFirst())
}
