/// How results are printed.
package enum OutputFormat: String, Sendable, CaseIterable {
    /// For people: columns under their names.
    case table
    /// For people: one line a cell, for wide rows.
    case vertical
    /// For programs: RFC 4180 with a header; NULL is nothing, an empty text is `""`.
    case csv
    /// For programs: one array of objects; numbers, booleans and nested values as JSON has them.
    case json

    /// A writer of one result.
    ///
    /// - Parameters:
    ///   - columns: of the result.
    ///   - screenWidth: columns of the terminal that it goes to, nil where it goes elsewhere: a table that is wider is
    ///     then printed as `vertical`.
    ///   - write: takes text, as much as there is.
    package func writer(
        _ columns: [ResultField], screenWidth: Int? = nil, to write: @escaping (String) -> Void
    ) -> any ResultWriter {
        switch self {
        case .table: TableWriter(columns, screenWidth: screenWidth, to: write)
        case .vertical: VerticalWriter(columns, to: write)
        case .csv: CSVWriter(columns, to: write)
        case .json: JSONWriter(columns, to: write)
        }
    }
}

/// Prints one result while it arrives: rows of any number, then the end.
package protocol ResultWriter: AnyObject {
    /// - Parameter rows: cells in the form of the wire.
    func append(_ rows: [[String?]])
    /// Prints what was held back and what closes the result.
    func finish()
}
