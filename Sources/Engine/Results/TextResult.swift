import Arrow
package import Types

/// A small result made by the engine itself (SHOW, DESCRIBE, DDL, counts): cells as the JSON rowset writes them.
///
/// A cell is nil for NULL, otherwise the text that a JSON rowset has: numbers plain, booleans `1` or `0`,
/// timestamps as seconds with nine digits after the point.
package struct TextResult: Sendable, Hashable {
    package let columns: [ResultColumn]
    /// As many cells a row as there are columns.
    package var rows: [[String?]]

    package init(columns: [ResultColumn], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }

    /// One column and one row: the answer of most commands.
    package static func status(_ message: String) -> TextResult {
        TextResult(columns: [ResultColumn("status", .string)], rows: [[message]])
    }

    /// The rows as JSON, joined by commas, without the outer brackets.
    package func json() -> ResultSegment {
        let buffer = GrowingBuffer()
        for (number, row) in rows.enumerated() {
            if number > 0 { buffer.append(byte: UInt8(ascii: ",")) }
            buffer.append(byte: UInt8(ascii: "["))
            for (index, cell) in row.enumerated() {
                if index > 0 { buffer.append(byte: UInt8(ascii: ",")) }
                guard var cell else {
                    buffer.append("null")
                    continue
                }
                buffer.append(byte: UInt8(ascii: "\""))
                cell.withUTF8 { buffer.appendEscaped(UnsafeRawBufferPointer($0)) }
                buffer.append(byte: UInt8(ascii: "\""))
            }
            buffer.append(byte: UInt8(ascii: "]"))
        }
        return ResultSegment(data: Array(buffer.bytes), rowCount: rows.count)
    }

    /// The rows as one Arrow stream.
    ///
    /// - Throws: `internal` where a cell is not of its column's form.
    package func arrow() throws -> ResultSegment {
        let writer = ArrowStreamWriter(columns.map { ArrowField($0, storage: TextResult.storage($0.type)) })
        for (index, column) in writer.columns.enumerated() {
            for row in rows {
                try TextResult.append(row[index] ?? nil, columns[index], to: column)
                column.appendValidity(row[index] != nil)
            }
        }
        writer.endBatch(rows: rows.count)
        return ResultSegment(data: writer.finish(), rowCount: rows.count)
    }

    private static func storage(_ type: SQLType) -> ArrowType {
        switch type {
        case .fixed(let precision, let scale): .decimal128(precision: precision, scale: scale)
        case .real: .float64
        case .text, .variant, .object, .array: .utf8
        case .boolean: .bool
        case .date: .date32
        case .time: .int64
        case .timestampNTZ, .timestampLTZ: .timestamp
        case .timestampTZ: .timestampTZ
        case .binary: .binary
        }
    }

    private static func append(_ cell: String?, _ column: ResultColumn, to target: ArrowColumn) throws {
        func parsed<Value>(_ parse: (String) -> Value?, _ empty: Value) throws -> Value {
            guard let cell else { return empty }
            guard let value = parse(cell) else {
                throw RegistryError(
                    .internal, "A cell of column '\(column.name)' is not a \(column.type.sqlName).")
            }
            return value
        }
        switch column.type {
        case .fixed(_, let scale):
            target.addFixed(1, as: Int128.self)[0] = try parsed({ scaled($0, digits: scale) }, 0)
        case .real: target.addFixed(1, as: Double.self)[0] = try parsed({ Double($0) }, 0)
        case .boolean:
            let value = try parsed({ $0 == "1" ? 1 as UInt8 : $0 == "0" ? 0 : nil }, 0)
            withUnsafePointer(to: value) { target.appendBools($0, 1) }
        case .date: target.addFixed(1, as: Int32.self)[0] = try parsed({ Int32($0) }, 0)
        case .time(let scale):
            target.addFixed(1, as: Int64.self)[0] = Int64(clamping: try parsed({ scaled($0, digits: scale) }, 0))
        case .timestampNTZ, .timestampLTZ, .timestampTZ:
            let parts = cell?.split(separator: " ") ?? []
            let nanos = try parsed({ _ in parts.first.flatMap { scaled(String($0), digits: 9) } }, 0)
            let (seconds, fraction) = Int64(clamping: nanos).flooredQuotientAndRemainder(dividingBy: 1_000_000_000)
            target.children[0].addFixed(1, as: Int64.self)[0] = seconds
            target.children[1].addFixed(1, as: Int32.self)[0] = Int32(truncatingIfNeeded: fraction)
            if target.children.count > 2 {
                target.children[2].addFixed(1, as: Int32.self)[0] = parts.count > 1 ? Int32(parts[1]) ?? 1440 : 1440
            }
        case .binary:
            let bytes = try parsed({ hex($0) }, [])
            bytes.withUnsafeBytes { target.content.append($0) }
            try target.endText()
        case .text, .variant, .object, .array:
            target.content.append(cell ?? "")
            try target.endText()
        }
    }

    /// A decimal text times 10 to the power of `digits`; nil where it is no number or has more digits.
    private static func scaled(_ text: String, digits: Int) -> Int128? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : ""
        guard fraction.utf8.count <= digits else { return nil }
        return Int128(parts[0] + fraction + String(repeating: "0", count: digits - fraction.utf8.count))
    }

    private static func hex(_ text: String) -> [UInt8]? {
        let digits = Array(text)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
