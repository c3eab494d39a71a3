/// Comma-separated values with a header, lines end with `\n`. NULL is an empty field, an empty text is `""`.
///
/// Source: https://www.rfc-editor.org/rfc/rfc4180
final class CSVWriter: ResultWriter {
    private let columns: [ResultField]
    private let write: (String) -> Void

    init(_ columns: [ResultField], to write: @escaping (String) -> Void) {
        self.columns = columns
        self.write = write
        write(columns.map { CSVWriter.field($0.name) }.joined(separator: ",") + "\n")
    }

    func append(_ rows: [[String?]]) {
        var text = ""
        for row in rows {
            for (index, cell) in row.enumerated() where columns.indices.contains(index) {
                if index > 0 { text += "," }
                if let cell { text += CSVWriter.field(CellText.text(cell, columns[index].type)) }
            }
            text += "\n"
        }
        write(text)
    }

    func finish() {}

    private static func field(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}
