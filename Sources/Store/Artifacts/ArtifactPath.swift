import Types

/// The rules for paths of files in stages and versions: relative, `/` between parts, no way out of the tree.
package enum ArtifactPath {
    /// Longest path accepted, in bytes of UTF-8.
    package static let maximumLength = 1024

    /// The path in its one form: no `.` parts, no doubled or trailing slashes.
    ///
    /// - Throws: `invalidArgument` for an empty or absolute path, a `..` part, NUL or other control characters, a part
    ///   over 255 bytes, a path over ``maximumLength``.
    package static func normalized(_ path: String) throws -> String {
        func refuse(_ reason: String) -> RegistryError {
            let shown = String(path.unicodeScalars.prefix(100).map { $0.value < 32 ? "?" : Character($0) })
            return RegistryError(.invalidArgument, "The file path '\(shown)' \(reason).")
        }
        guard path.utf8.count <= maximumLength else { throw refuse("is longer than \(maximumLength) bytes") }
        guard !path.hasPrefix("/") else { throw refuse("is absolute; it must be relative") }
        guard !path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw refuse("holds a control character")
        }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            guard part != ".." else { throw refuse("leads out of its directory ('..')") }
            guard part.utf8.count <= 255 else { throw refuse("has a part longer than 255 bytes") }
            parts.append(part)
        }
        guard !parts.isEmpty else { throw refuse("names no file") }
        return parts.joined(separator: "/")
    }
}
