package import Types

/// One row of a catalog query: values by column name, copied out of the database.
package struct CatalogRow: Sendable {
    let columns: CatalogColumns
    package let values: [CatalogValue]

    /// The value of the column, `.null` where there is no such column.
    package subscript(_ column: String) -> CatalogValue {
        columns.names.firstIndex(of: column).map { values[$0] } ?? .null
    }

    /// The integer in the column.
    ///
    /// - Throws: `corrupt` where the value is not an integer (NULL included).
    package func int(_ column: String) throws -> Int64 {
        guard case .int(let value) = self[column] else { throw wrong(column, "an integer") }
        return value
    }

    /// The text in the column.
    ///
    /// - Throws: `corrupt` where the value is not text (NULL included).
    package func text(_ column: String) throws -> String {
        guard case .text(let value) = self[column] else { throw wrong(column, "text") }
        return value
    }

    /// Whether the column holds 1.
    ///
    /// - Throws: `corrupt` where the value is neither 0 nor 1.
    package func bool(_ column: String) throws -> Bool {
        switch self[column] {
        case .int(0): return false
        case .int(1): return true
        default: throw wrong(column, "0 or 1")
        }
    }

    /// The integer in the column, nil for NULL and for anything else.
    package func optionalInt(_ column: String) -> Int64? {
        if case .int(let value) = self[column] { value } else { nil }
    }

    /// The text in the column, nil for NULL and for anything else.
    package func optionalText(_ column: String) -> String? {
        if case .text(let value) = self[column] { value } else { nil }
    }

    /// The integer in the column of this number.
    ///
    /// - Throws: `corrupt` where the value is not an integer (NULL included).
    package func int(at index: Int) throws -> Int64 {
        guard case .int(let value) = values[index] else { throw wrong(columns.names[index], "an integer") }
        return value
    }

    /// The text in the column of this number.
    ///
    /// - Throws: `corrupt` where the value is not text (NULL included).
    package func text(at index: Int) throws -> String {
        guard case .text(let value) = values[index] else { throw wrong(columns.names[index], "text") }
        return value
    }

    /// The integer in the column of this number, nil for NULL and for anything else.
    package func optionalInt(at index: Int) -> Int64? {
        if case .int(let value) = values[index] { value } else { nil }
    }

    /// The text in the column of this number, nil for NULL and for anything else.
    package func optionalText(at index: Int) -> String? {
        if case .text(let value) = values[index] { value } else { nil }
    }

    /// The text in the column as a resolved identifier.
    ///
    /// - Throws: `corrupt` where the value is not text (NULL included).
    package func identifier(_ column: String) throws -> Identifier {
        Identifier(resolved: try text(column))
    }

    private func wrong(_ column: String, _ wanted: String) -> RegistryError {
        RegistryError(.corrupt, "The catalog's column '\(column)' does not hold \(wanted).")
    }
}

/// The column names of a result, shared by its rows.
final class CatalogColumns: Sendable {
    /// A result has few columns: to go through them is faster than to hash a name.
    let names: [String]

    init(_ names: [String]) {
        self.names = names
    }
}
