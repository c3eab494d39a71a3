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
