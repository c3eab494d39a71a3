import Arrow
import DuckDB
import Engine
import Foundation
import TestSupport
import Types

/// A query's result, encoded and taken apart again.
struct EncodedResult {
    let columns: [ResultColumn]
    let segments: [ResultSegment]
    let rowCount: Int

    init(
        _ sql: String, as format: ResultFormat, limits: ResultLimits = .init(), streaming: Bool = false,
        setup: String = "SELECT 1"
    ) throws {
        let connection = try NativeLibrary.connection()
        try connection.execute("SET TimeZone = 'UTC'")
        try connection.execute(setup)
        let result = try streaming ? connection.stream(sql) : connection.query(sql)
        let encoder = ResultEncoder(result, as: format, limits: limits)
        var segments: [ResultSegment] = []
        rowCount = try encoder.encode { segments.append($0) }
        self.segments = segments
        columns = encoder.columns
    }

    /// The cells of a JSON result.
    func rows() throws -> [[String?]] {
        try segments.flatMap { segment in
            let text = "[" + String(decoding: segment.data, as: UTF8.self) + "]"
            let rows = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[Any]] ?? []
            return rows.map { $0.map { $0 as? String } }
        }
    }

    /// The values of an Arrow result, row by row.
    func values() throws -> [[ArrowValue]] {
        try segments.flatMap { segment in
            var reader = try ArrowStreamReader(segment.data)
            var rows: [[ArrowValue]] = []
            while let batch = try reader.nextBatch() {
                for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.value(row) }) }
            }
            return rows
        }
    }

    /// The Arrow values written as the cells of a JSON rowset.
    func cells() throws -> [[String?]] {
        let fields = try segments.first.map { try ArrowStreamReader($0.data).fields } ?? []
        return try values().map { row in zip(row, zip(fields, columns)).map { EncodedResult.cell($0, $1.0, $1.1.type) }
        }
    }

    private static func cell(_ value: ArrowValue, _ field: ArrowField, _ type: SQLType) -> String? {
        switch value {
        case .null: return nil
        case .integer(let number):
            switch type {
            case .fixed(_, let scale): return decimal(number, scale)
            case .time(let scale): return decimal(number, scale)
            default: return "\(number)"
            }
        case .real(let number): return number.isNaN ? "NaN" : "\(number)"
        case .bool(let flag): return flag ? "1" : "0"
        case .text(let text): return text
        case .binary(let bytes): return bytes.map { String(format: "%02X", $0) }.joined()
        case .struct(let parts):
            guard case .integer(let epoch) = parts[0], case .integer(let fraction) = parts[1] else { return "?" }
            return decimal(epoch * 1_000_000_000 + fraction, 9)
        }
    }

    private static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        var digits = "\(unscaled.magnitude)"
        if scale > 0 {
            while digits.count <= scale { digits = "0" + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return (unscaled < 0 ? "-" : "") + digits
    }
}
