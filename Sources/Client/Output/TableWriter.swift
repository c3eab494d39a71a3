/// A table for people:
///
///      NAME | SPEED
///     ------+-------
///      lily |  12.5
///
/// The first rows decide how wide the columns are; a later cell that is wider pushes the rest of its line. Characters
/// that would move the cursor are shown by their escapes.
final class TableWriter: ResultWriter {
    /// Rows that are held back to find the widths.
    private static let sample = 1000

    private let columns: [ResultField]
    private let screenWidth: Int?
    private let write: (String) -> Void
    private var held: [[String]] = []
    private var widths: [Int]?
    private var vertical: VerticalWriter?

    init(_ columns: [ResultField], screenWidth: Int?, to write: @escaping (String) -> Void) {
        self.columns = columns
        self.screenWidth = screenWidth
        self.write = write
    }

    func append(_ rows: [[String?]]) {
        for row in rows {
            if let vertical {
                vertical.append([row])
                continue
            }
            let cells = zip(row, columns).map { cell, column in
                cell.map { PlainText.oneLine(CellText.text($0, column.type)) } ?? "NULL"
            }
            if let widths { write(line(cells, widths)) } else { hold(cells, row) }
        }
    }

    /// The wire's rows of what is held, in case that they turn out too wide.
    private var heldRows: [[String?]] = []

    private func hold(_ cells: [String], _ row: [String?]) {
        held.append(cells)
        if screenWidth != nil { heldRows.append(row) }
        if held.count == TableWriter.sample { release() }
    }

    private func release() {
        let names = columns.map { PlainText.oneLine($0.name) }
        var widths = names.map { TextWidth.columns(of: $0) }
        for row in held {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TextWidth.columns(of: cell)) }
        }
        if let screenWidth, columns.count > 1, widths.reduce(0, +) + 3 * widths.count - 1 > screenWidth {
            let vertical = VerticalWriter(columns, to: write)
            vertical.append(heldRows)
            self.vertical = vertical
        } else {
            write(TableWriter.joined(zip(names, widths).map { TableWriter.padded($0, $1, toRight: false) }))
            write(widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+") + "\n")
            for row in held { write(line(row, widths)) }
            self.widths = widths
        }
        held = []
        heldRows = []
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        TableWriter.joined(
            cells.enumerated().map { index, cell in
                TableWriter.padded(cell, widths[index], toRight: columns[index].isNumber)
            })
    }

    private static func padded(_ text: String, _ width: Int, toRight: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - TextWidth.columns(of: text)))
        return toRight ? space + text : text + space
    }

    private static func joined(_ cells: [String]) -> String {
        var line = " " + cells.joined(separator: " | ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line + "\n"
    }

    func finish() {
        if widths == nil, vertical == nil { release() }
        vertical?.finish()
    }
}

/// One line a cell:
///
///     -[ row 1 ]-
///     NAME  | lily
///     SPEED | 12.5
final class VerticalWriter: ResultWriter {
    private let columns: [ResultField]
    private let names: [String]
    private let write: (String) -> Void
    private var count = 0

    init(_ columns: [ResultField], to write: @escaping (String) -> Void) {
        self.columns = columns
        self.write = write
        let plain = columns.map { PlainText.oneLine($0.name) }
        let width = plain.map { TextWidth.columns(of: $0) }.max() ?? 0
        names = plain.map { $0 + String(repeating: " ", count: width - TextWidth.columns(of: $0)) }
    }

    func append(_ rows: [[String?]]) {
        for row in rows {
            count += 1
            write("-[ row \(count) ]-\n")
            for (index, cell) in row.enumerated() where columns.indices.contains(index) {
                let text = cell.map { PlainText.oneLine(CellText.text($0, columns[index].type)) } ?? "NULL"
                write(text.isEmpty ? "\(names[index]) |\n" : "\(names[index]) | \(text)\n")
            }
        }
    }

    func finish() {}
}

/// Text that does nothing to a terminal but stand there.
package enum PlainText {
    /// Line breaks, tabs and all other control characters as their escapes: `\n`, `\t`, `\u001b`.
    package static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": plain.append(contentsOf: "\\n".unicodeScalars)
            case "\r": plain.append(contentsOf: "\\r".unicodeScalars)
            case "\t": plain.append(contentsOf: "\\t".unicodeScalars)
            default: plain.append(contentsOf: isControl(scalar) ? escape(scalar) : [scalar])
            }
        }
        return String(plain)
    }

    /// As ``oneLine(_:)`` for a text of several lines, e.g. a message: line breaks stay.
    package static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { oneLine(String($0)) }
            .joined(separator: "\n")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        let digits = String(scalar.value, radix: 16)
        return Array(("\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits).unicodeScalars)
    }
}
