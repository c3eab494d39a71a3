import Types

/// A Python distribution that a package needs: a name and limits on its version, and nothing that runs or fetches.
package struct Requirement: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name on the Python package index, as written.
    package let name: String
    package let extras: [String]
    /// Version limits such as `>=1.9`, all of which must hold. May be empty.
    package let specifiers: [String]
    /// An environment marker such as `python_version < "3.9"`, nil where there is none.
    package let marker: String?

    /// As a line of requirements.txt.
    package var description: String {
        let extra = extras.isEmpty ? "" : "[\(extras.joined(separator: ","))]"
        return name + extra + specifiers.joined(separator: ",") + (marker.map { "; \($0)" } ?? "")
    }

    package init(name: String, extras: [String] = [], specifiers: [String] = [], marker: String? = nil) {
        self.name = name
        self.extras = extras
        self.specifiers = specifiers
        self.marker = marker
    }

    /// The name in the index's one form: lower case, runs of `-`, `_`, `.` as one `-`.
    ///
    /// Source: https://packaging.python.org/en/latest/specifications/name-normalization/
    package var normalizedName: String {
        name.lowercased().split(whereSeparator: { "-_.".contains($0) }).joined(separator: "-")
    }

    /// Parses one requirement: `name[extra,…]specifier,… ; marker`.
    ///
    /// - Parameters:
    ///   - style: conda writes `name=1.2` for `name==1.2.*`, and may part name and version by a space.
    ///   - place: file and line for the error, e.g. `env/conda.yml line 4`.
    /// - Throws: `invalidPackage` for URLs, paths, options and anything else that is not a name with limits.
    package init(parsing text: String, style: Style, place: String) throws {
        func refuse(_ reason: String) -> RegistryError {
            RegistryError(
                .invalidPackage, "\(place): '\(text.prefix(200))' \(reason).",
                hint: "Only package names with version limits are accepted.")
        }
        let line = text.trimmed
        guard !line.hasPrefix("-") else { throw refuse("is an option of the installer") }
        guard !line.contains("://"), !line.contains("@"), !line.contains("/"), !line.contains("\\"),
            !line.hasPrefix(".")
        else { throw refuse("is a URL or a path") }
        guard line.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 32 && $0.value != 127 }) else {
            throw refuse("holds characters that no package name has")
        }
        let halves = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let head = String(halves[0]).trimmed
        name = String(head.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) })
        guard let first = name.first, let last = name.last, first.isLetter || first.isNumber,
            last.isLetter || last.isNumber
        else { throw refuse("does not begin with a package name") }
        var rest = String(head.dropFirst(name.count)).trimmed
        var extras: [String] = []
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw refuse("has a bracket that is not closed") }
            extras = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",").map { String($0).trimmed }
            guard
                extras.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } })
            else { throw refuse("has an extra that is not a name") }
            rest = String(rest[rest.index(after: end)...]).trimmed
        }
        self.extras = extras
        if rest.hasPrefix("("), rest.hasSuffix(")") { rest = String(rest.dropFirst().dropLast()) }
        guard let specifiers = Requirement.specifiers(rest, style: style) else {
            throw refuse("has a version limit that can't be read")
        }
        self.specifiers = specifiers
        marker = try halves.count == 2 ? Requirement.marker(String(halves[1]).trimmed, refuse) : nil
    }

    /// Whose notation a requirement is in.
    package enum Style: Sendable {
        case pip
        case conda
    }

    private static func specifiers(_ text: String, style: Style) -> [String]? {
        if text.isEmpty { return [] }
        var result: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let limit = String(part).trimmed
            if style == .conda, limit == "*" { continue }
            let sign = String(limit.prefix { "<>=!~".contains($0) })
            var version = String(limit.dropFirst(sign.count)).trimmed
            guard !version.isEmpty else { return nil }
            switch sign {
            case "==", "!=", "<=", ">=", "<", ">", "~=", "===": break
            case "=" where style == .conda, "" where style == .conda:
                // `1.2=py311_0` names a build of conda, which the index does not have.
                version = String(version.prefix { $0 != "=" })
                guard isVersion(version) else { return nil }
                result.append(sign == "" || version.hasSuffix("*") ? "==\(version)" : "==\(version).*")
                continue
            default: return nil
            }
            guard isVersion(version) else { return nil }
            result.append(sign + version)
        }
        return result
    }

    private static func isVersion(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".*+!_-".contains($0)) }
    }

    private static func marker(_ text: String, _ refuse: (String) -> RegistryError) throws -> String {
        let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " ._<>=!~'\"()-".contains($0)) }
        guard allowed, !text.isEmpty, !text.hasPrefix("-"), isMarker(text) else {
            throw refuse("has a marker that can't be read")
        }
        return text
    }

    /// Whether a text is made of the variables, operators and quoted texts of environment markers.
    ///
    /// Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
    private static func isMarker(_ text: String) -> Bool {
        let words: Set<String> = [
            "python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system",
            "platform_version", "platform_machine", "platform_python_implementation", "implementation_name",
            "implementation_version", "extra", "and", "or", "in", "not",
        ]
        var rest = text[...]
        while let character = rest.first {
            if character == "'" || character == "\"" {
                guard let end = rest.dropFirst().firstIndex(of: character) else { return false }
                rest = rest[rest.index(after: end)...]
            } else if character.isLetter || character == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                guard words.contains(String(word)) else { return false }
                rest = rest.dropFirst(word.count)
            } else {
                guard " <>=!~()".contains(character) else { return false }
                rest = rest.dropFirst()
            }
        }
        return true
    }
}

extension String {
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
