import Arrow
import DuckDB
import Types

/// Collects rows as Arrow columns in the forms that Snowflake's clients read.
final class ArrowResultEncoder: SegmentSink {
    private let writer: ArrowStreamWriter
    private let types: [LogicalType]
    private(set) var rowCount = 0

    init(_ columns: [ResultColumn], _ types: [LogicalType], widths: IntegerWidths) {
        self.types = types
        writer = ArrowStreamWriter(
            zip(columns, types).enumerated().map { index, pair in
                let storage = ArrowResultEncoder.storage(pair.1, isNarrow: widths.fits(index, pair.1))
                return ArrowField(pair.0, storage: storage)
            })
    }

    var byteCount: Int { writer.pendingByteCount }

    func takeSegment() -> ResultSegment {
        writer.endBatch(rows: rowCount)
        defer { rowCount = 0 }
        return ResultSegment(data: writer.finish(), rowCount: rowCount)
    }

    func append(_ chunk: DataChunk, _ rows: Range<Int>) throws {
        for (index, column) in writer.columns.enumerated() {
            let vector = chunk.vector(index)
            try append(vector, rows, to: column)
            column.appendValidity(vector.validity.words.map { UnsafePointer($0 + rows.lowerBound / 64) }, rows.count)
        }
        rowCount += rows.count
    }

    private static func storage(_ type: LogicalType, isNarrow: Bool) -> ArrowType {
        switch type {
        case .boolean: .bool
        case .tinyint, .smallint, .integer, .bigint, .utinyint, .usmallint, .uinteger: .int64
        case .hugeint, .uhugeint, .ubigint: isNarrow ? .int64 : .decimal128(precision: 38, scale: 0)
        case .decimal(let width, let scale): isNarrow ? .int64 : .decimal128(precision: width, scale: scale)
        case .float, .double: .float64
        case .blob: .binary
        case .date: .date32
        case .time, .timeNS: .int64
        case .timestamp, .timestampS, .timestampMS, .timestampNS, .timestampTZ: .timestamp
        default: .utf8
        }
    }

    // MARK: Values

    private func append(_ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn) throws {
        let isNarrow = column.field.type == .int64
        switch vector.type {
        case .bigint, .double: copy(vector, rows, to: column, as: Int64.self)
        case .tinyint: widen(vector, rows, to: column, as: Int8.self)
        case .smallint: widen(vector, rows, to: column, as: Int16.self)
        case .integer: widen(vector, rows, to: column, as: Int32.self)
        case .utinyint: widen(vector, rows, to: column, as: UInt8.self)
        case .usmallint: widen(vector, rows, to: column, as: UInt16.self)
        case .uinteger: widen(vector, rows, to: column, as: UInt32.self)
        case .hugeint, .uhugeint:
            if isNarrow {
                narrow(vector, rows, to: column)
            } else {
                try require38Digits(vector, rows)
                copy(vector, rows, to: column, as: Int128.self)
            }
        case .ubigint:
            if isNarrow {
                copy(vector, rows, to: column, as: Int64.self)
            } else {
                map(vector, rows, to: column, as: UInt64.self) { Int128($0) }
            }
        case .decimal(let width, _):
            switch width {
            case ...4: widen(vector, rows, to: column, as: Int16.self)
            case ...9: widen(vector, rows, to: column, as: Int32.self)
            case ...18: copy(vector, rows, to: column, as: Int64.self)
            default:
                if isNarrow {
                    narrow(vector, rows, to: column)
                } else {
                    copy(vector, rows, to: column, as: Int128.self)
                }
            }
        case .float: map(vector, rows, to: column, as: Float.self) { Double($0) }
        case .boolean:
            column.appendBools(UnsafePointer(vector.values(as: UInt8.self) + rows.lowerBound), rows.count)
        case .varchar, .blob: try copyTexts(vector, rows, to: column)
        case .date:
            try requireFinite(vector, rows, as: Int32.self)
            copy(vector, rows, to: column, as: Int32.self)
        case .time: map(vector, rows, to: column, as: Int64.self) { $0 &* 1000 }
        case .timeNS: copy(vector, rows, to: column, as: Int64.self)
        case .timestamp, .timestampTZ: try split(vector, rows, to: column, perSecond: 1_000_000)
        case .timestampS: try split(vector, rows, to: column, perSecond: 1)
        case .timestampMS: try split(vector, rows, to: column, perSecond: 1000)
        case .timestampNS: try split(vector, rows, to: column, perSecond: 1_000_000_000)
        default: try write(vector, rows, to: column)
        }
    }

    private func copy<Value: BitwiseCopyable>(
        _ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn, as _: Value.Type
    ) {
        column.appendFixed(
            vector.values(as: Value.self) + rows.lowerBound, byteCount: rows.count * MemoryLayout<Value>.stride)
    }

    private func widen<Value: FixedWidthInteger & BitwiseCopyable>(
        _ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn, as type: Value.Type
    ) {
        map(vector, rows, to: column, as: type) { Int64(truncatingIfNeeded: $0) }
    }

    private func narrow(_ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn) {
        map(vector, rows, to: column, as: Int128.self) { Int64(truncatingIfNeeded: $0) }
    }

    @inline(__always)
    private func map<Value: BitwiseCopyable, Target: BitwiseCopyable>(
        _ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn, as _: Value.Type, _ convert: (Value) -> Target
    ) {
        let source = vector.values(as: Value.self) + rows.lowerBound
        let target = column.addFixed(rows.count, as: Target.self)
        for index in 0..<rows.count { target[index] = convert(source[index]) }
    }

    private func split(_ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn, perSecond: Int64) throws {
        try requireFinite(vector, rows, as: Int64.self)
        let source = vector.values(as: Int64.self) + rows.lowerBound
        let epoch = column.children[0].addFixed(rows.count, as: Int64.self)
        let fraction = column.children[1].addFixed(rows.count, as: Int32.self)
        let nanos = 1_000_000_000 / perSecond
        for index in 0..<rows.count {
            let (seconds, units) = source[index].flooredQuotientAndRemainder(dividingBy: perSecond)
            epoch[index] = seconds
            fraction[index] = Int32(truncatingIfNeeded: units &* nanos)
        }
    }

    private func copyTexts(_ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn) throws {
        let strings = vector.strings
        let validity = vector.validity
        var byteCount = 0
        for row in rows where validity[row] { byteCount += strings[row].count }
        try ResultRoom.require(column.content.count + byteCount)
        try column.appendTexts(rows.count, byteCount: byteCount) { index, target in
            let row = rows.lowerBound + index
            guard validity[row] else { return 0 }
            let text = strings[row]
            if let start = text.baseAddress { target.copyMemory(from: start, byteCount: text.count) }
            return text.count
        }
    }

    /// JSON, nested values, and types that travel as their text.
    private func write(_ vector: Vector, _ rows: Range<Int>, to column: ArrowColumn) throws {
        let reader = try CellReader(vector)
        for row in rows {
            try ResultRoom.require(column.content.count + reader.textBytes(row))
            reader.appendText(row, to: column.content)
            try column.endText()
        }
    }

    // MARK: Values that Snowflake has no form for

    private func requireFinite<Value: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
        _ vector: Vector, _ rows: Range<Int>, as _: Value.Type
    ) throws {
        let values = vector.values(as: Value.self)
        let validity = vector.validity
        for row in rows where (values[row] == Value.max || values[row] == -Value.max) && validity[row] {
            throw RegistryError(
                .invalidValue, "An infinite date or timestamp can't be returned.", hint: "Cast it to VARCHAR.")
        }
    }

    /// What of UHUGEINT doesn't fit into Int128 reads as negative.
    private func require38Digits(_ vector: Vector, _ rows: Range<Int>) throws {
        let values = vector.values(as: Int128.self)
        let validity = vector.validity
        let isSigned = vector.type == .hugeint
        let bound = ArrowResultEncoder.tenToThe38
        for row in rows where validity[row] {
            guard values[row] < bound, values[row] > -bound, isSigned || values[row] >= 0 else {
                throw RegistryError(
                    .invalidValue, "A number of more than 38 digits can't be returned.", hint: "Cast it to VARCHAR.")
            }
        }
    }

    private static let tenToThe38: Int128 = (0..<38).reduce(1) { power, _ in power * 10 }
}
