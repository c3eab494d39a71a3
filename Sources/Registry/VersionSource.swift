package import Types

/// What a new version is made from.
package enum VersionSource: Hashable, Sendable {
    /// The directory of a stage that holds MANIFEST.yml.
    case stage(ObjectName, path: String)
    /// A version of a model (nil for its default version), or the directory below its root.
    case version(ObjectName, version: Identifier?, path: String = "")
}

/// An address of files in a version: `snow://model/DB.SCHEMA.MODEL/versions/VERSION/path`.
package struct ArtifactURL: Hashable, Sendable {
    /// One to three parts, to be completed by the session.
    package let model: PartialName
    /// A version's name or an alias.
    package let version: Identifier
    /// Below the version, as written: perhaps empty, perhaps with a trailing slash.
    package let path: String

    /// Whether the text is an address of this kind at all.
    package static func matches(_ text: String) -> Bool { text.lowercased().hasPrefix("snow://model/") }

    /// - Throws: `invalidArgument` for anything but an address of a model's version.
    package init(parsing text: String) throws {
        func refuse() -> RegistryError {
            RegistryError(
                .invalidArgument, "Invalid address '\(text.prefix(300))'.",
                hint: "Write snow://model/<model>/versions/<version>/<path>.")
        }
        guard ArtifactURL.matches(text) else { throw refuse() }
        var rest = text.dropFirst("snow://model/".count)
        let model = ArtifactURL.takePart(&rest)
        guard ArtifactURL.takePart(&rest).lowercased() == "versions" else { throw refuse() }
        let version = ArtifactURL.takePart(&rest)
        guard !model.isEmpty, !version.isEmpty else { throw refuse() }
        let parts = try Identifier.split(model)
        guard parts.count <= 3 else { throw refuse() }
        self.model = PartialName(parts)
        do {
            self.version = try Identifier(parsing: version)
        } catch let error as RegistryError where !version.hasPrefix("\"") && error.code == .invalidArgument {
            // LIST shows names without quotes: `versions/V-1/…` names the version "V-1".
            self.version = try Identifier(parsing: Identifier(resolved: version).quoted)
        }
        path = String(rest)
    }

    /// Takes the text up to the next slash outside double quotes.
    private static func takePart(_ rest: inout Substring) -> String {
        var isQuoted = false
        var part = ""
        while let character = rest.popFirst() {
            if character == "\"" { isQuoted.toggle() }
            if character == "/" && !isQuoted { break }
            part.append(character)
        }
        return part
    }
}
