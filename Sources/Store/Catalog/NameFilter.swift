package import Types

/// Which names a SHOW statement lists.
package struct NameFilter: Hashable, Sendable {
    /// A LIKE pattern, matched without regard to case: `%` any text, `_` any character, `\` before either takes it
    /// literally.
    package var like: String?
    /// A prefix, matched exactly.
    package var startsWith: String?

    package init(like: String? = nil, startsWith: String? = nil) {
        self.like = like
        self.startsWith = startsWith
    }

    /// The pattern as catalog queries want it, over names folded to upper case.
    package var foldedPattern: String? {
        guard var folded = like?.uppercased() else { return nil }
        // A lone escape at the end would be an error to PostgreSQL.
        let trailing = folded.reversed().prefix { $0 == "\\" }.count
        if trailing % 2 == 1 { folded.append("\\") }
        return folded
    }

    func condition(column: String, folded: String, bind: (CatalogValue) -> String) -> String {
        var sql = ""
        if let pattern = foldedPattern { sql += " AND \(folded) LIKE \(bind(.text(pattern))) ESCAPE '\\'" }
        if let startsWith, !startsWith.isEmpty {
            sql += " AND \(column) >= \(bind(.text(startsWith)))"
            // U+10FFFF sorts after every character that a name can hold.
            sql += " AND \(column) < \(bind(.text(startsWith + "\u{10FFFF}")))"
        }
        return sql
    }
}

extension NameFilter {
    /// Whether the name passes, for lists that the catalog does not filter itself.
    package func matches(_ name: Identifier) -> Bool {
        if let startsWith, !name.name.hasPrefix(startsWith) { return false }
        guard let pattern = foldedPattern else { return true }
        return NameFilter.matches(
            Array(name.name.uppercased().unicodeScalars)[...], Array(pattern.unicodeScalars)[...])
    }

    /// LIKE: `%` any text, `_` any character, `\\` before either takes it literally.
    private static func matches(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
        var text = text
        var pattern = pattern
        var retry: (text: ArraySlice<Unicode.Scalar>, pattern: ArraySlice<Unicode.Scalar>)?
        while true {
            if pattern.first == "%" {
                pattern = pattern.dropFirst()
                retry = (text, pattern)
                continue
            }
            let escaped = pattern.first == "\\" && pattern.count > 1
            let wanted = escaped ? pattern.dropFirst() : pattern
            if let character = text.first, let expected = wanted.first,
                character == expected || (expected == "_" && !escaped)
            {
                text = text.dropFirst()
                pattern = wanted.dropFirst()
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let last = retry, !last.text.isEmpty {
                // The last % takes one character more.
                retry = (last.text.dropFirst(), last.pattern)
                (text, pattern) = (last.text.dropFirst(), last.pattern)
            } else {
                return false
            }
        }
    }
}

/// An object with the names of what holds it.
package struct ListedObject: Hashable, Sendable {
    package let object: ObjectRow
    /// For a schema and for objects of the account: the name of what holds it.
    package let database: Identifier
    /// For a schema and for objects of the account: its own name.
    package let schema: Identifier

    package init(object: ObjectRow, database: Identifier, schema: Identifier) {
        self.object = object
        self.database = database
        self.schema = schema
    }
}
