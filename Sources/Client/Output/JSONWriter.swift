import Foundation
import Types

/// One JSON array of objects, one object a line; `[]` where there are no rows.
///
/// Numbers and booleans are JSON's own, what JSON has no number for (`NaN`) is a text; VARIANT, OBJECT and ARRAY are
/// nested; all else is text. A column whose name another one has gets a number behind it: `A`, `A_2`.
final class JSONWriter: ResultWriter {
    private let columns: [ResultField]
    private let names: [String]
    private let write: (String) -> Void
    private var isFirst = true

    init(_ columns: [ResultField], to write: @escaping (String) -> Void) {
        self.columns = columns
        self.write = write
        var taken = Set(columns.map(\.name))
        var seen: Set<String> = []
        names = columns.map { column in
            var name = column.name
            var number = 2
            if seen.contains(name) {
                while taken.contains("\(column.name)_\(number)") { number += 1 }
                name = "\(column.name)_\(number)"
                taken.insert(name)
            }
            seen.insert(name)
            return JSONText.string(name)
        }
        write("[")
    }

    func append(_ rows: [[String?]]) {
        var text = ""
        for row in rows {
            text += isFirst ? "\n{" : ",\n{"
            isFirst = false
            for (index, cell) in row.enumerated() where columns.indices.contains(index) {
                if index > 0 { text += ", " }
                text += "\(names[index]): \(cell.map { JSONWriter.value($0, columns[index].type) } ?? "null")"
            }
            text += "}"
        }
        write(text)
    }

    func finish() { write(isFirst ? "]\n" : "\n]\n") }

    private static func value(_ wire: String, _ type: String) -> String {
        switch type {
        case "fixed", "real": isNumber(wire) ? wire : JSONText.string(wire)
        case "boolean": CellText.text(wire, type)
        case "variant", "object", "array": isJSON(wire) ? wire : JSONText.string(wire)
        default: JSONText.string(CellText.text(wire, type))
        }
    }

    /// Whether the text is a number in JSON's grammar.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc8259#section-6
    static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("-") { rest.removeFirst() }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        guard !whole.isEmpty, whole == "0" || !whole.hasPrefix("0") else { return false }
        rest = rest.dropFirst(whole.count)
        if rest.hasPrefix(".") {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            guard !rest.isEmpty, rest.allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
            return true
        }
        return rest.isEmpty
    }

    private static func isJSON(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }
}
