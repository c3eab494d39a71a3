/// A resolved Snowflake identifier: the exact name of an object, after folding.
///
/// `iris` and `IRIS` resolve to `IRIS`; `"iris"` resolves to `iris`. Two identifiers are equal only when their
/// resolved names are equal, character for character.
///
/// Source: https://docs.snowflake.com/en/sql-reference/identifiers-syntax
public struct Identifier: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The resolved name, e.g. `IRIS` or `my-model`. Never empty.
    public let name: String

    /// Takes a name that is already resolved, as the catalog holds it.
    public init(resolved name: String) {
        self.name = name
    }

    /// Resolves an identifier as written in SQL: `iris`, `"my model"`, `"a""b"`.
    ///
    /// - Throws: `RegistryError` with code `invalidArgument` when the text is neither a plain nor a quoted identifier,
    ///   `limitExceeded` when the resolved name is longer than ``maximumLength`` characters.
    public init(parsing text: String) throws {
        var parts = try Identifier.split(text)
        guard parts.count == 1 else {
            throw RegistryError(.invalidArgument, "'\(text)' is not a single identifier: it has \(parts.count) parts.")
        }
        self = parts.removeFirst()
    }

    /// Longest name accepted, in characters. Source: Snowflake's limit of 255.
    public static let maximumLength = 255

    /// Splits a dotted name, `db."My Schema".m`, into its resolved parts (at least one).
    ///
    /// - Throws: as ``init(parsing:)``.
    public static func split(_ text: String) throws -> [Identifier] {
        var parts: [Identifier] = []
        var rest = text[...]
        while true {
            parts.append(try takeOne(from: &rest, whole: text))
            guard let next = rest.first else { return parts }
            guard next == "." else {
                throw RegistryError(
                    .invalidArgument, "Invalid identifier '\(text.prefix(300))': unexpected '\(next)'.",
                    hint: "Put names with special characters in double quotes.")
            }
            rest = rest.dropFirst()
        }
    }

    private static func takeOne(from rest: inout Substring, whole: String) throws -> Identifier {
        var name = ""
        if rest.first == "\"" {
            rest = rest.dropFirst()
            var closed = false
            while let character = rest.first {
                rest = rest.dropFirst()
                if character == "\"" {
                    if rest.first == "\"" {
                        rest = rest.dropFirst()
                    } else {
                        closed = true
                        break
                    }
                }
                name.append(character)
            }
            guard closed else {
                throw RegistryError(
                    .invalidArgument, "Invalid identifier '\(whole.prefix(300))': the quote is not closed.")
            }
        } else {
            while let character = rest.first, character.isIdentifierPart {
                name.append(character); rest = rest.dropFirst()
            }
            name = name.uppercased()
            if let first = name.first, first.isNumber || first == "$" { name = "" }
        }
        guard !name.isEmpty else {
            throw RegistryError(
                .invalidArgument, "Invalid identifier '\(whole.prefix(300))'.",
                hint: "A plain name starts with a letter or underscore; put any other name in double quotes.")
        }
        guard name.count <= maximumLength else {
            throw RegistryError(
                .limitExceeded,
                "Identifier of \(name.count) characters is too long: at most \(maximumLength) are allowed.")
        }
        guard !name.unicodeScalars.contains("\0") else {
            throw RegistryError(.invalidArgument, "An identifier must not contain the NUL character.")
        }
        return Identifier(resolved: name)
    }

    /// Whether the name can be written without quotes and still resolves to itself.
    public var isPlain: Bool {
        guard let first = name.unicodeScalars.first, first == "_" || ("A"..."Z").contains(first) else { return false }
        return name.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == "$" || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        }
    }

    /// The name inside double quotes, inner quotes doubled: always valid SQL, in Snowflake and in DuckDB.
    public var quoted: String { QuotedText.identifier(name) }

    /// The name as SQL shows it: plain where possible, else quoted.
    public var description: String { isPlain ? name : quoted }

    /// By the resolved names, character for character.
    public static func < (left: Identifier, right: Identifier) -> Bool { left.name < right.name }
}

extension Character {
    /// Letters, digits, `_` and `$`: what an unquoted identifier is made of.
    package var isIdentifierPart: Bool { self == "_" || self == "$" || isLetter || isNumber }
}
