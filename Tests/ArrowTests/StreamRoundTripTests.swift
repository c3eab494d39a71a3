import Arrow
import TestSupport
import Testing
import Types

/// Streams that are written and read back give the same values, and damaged ones give an error.
struct StreamRoundTripTests {
    @Test(arguments: 0..<60)
    func anyColumnsComeBackAsWritten(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let fields = (0..<Int.random(in: 0...6, using: &random)).map {
            ArrowField("C\($0)", random.type(), metadata: ["k": "v\($0)"])
        }
        let writer = ArrowStreamWriter(fields)
        var expected: [[[ArrowValue]]] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let rows = Int.random(in: 1...300, using: &random)
            expected.append(try writer.columns.map { try random.fill($0, rows: rows) })
            writer.endBatch(rows: rows)
        }
        var reader = try ArrowStreamReader(writer.finish())
        #expect(reader.fields == fields, "seed \(seed)")
        for columns in expected {
            let batch = try #require(try reader.nextBatch())
            let found = batch.columns.map { column in (0..<batch.rowCount).map { column.value($0) } }
            #expect(found == columns, "seed \(seed)")
        }
        #expect(try reader.nextBatch() == nil)
    }

    @Test func aWriterStartsAnotherStreamAfterFinishing() throws {
        let writer = ArrowStreamWriter([ArrowField("N", .int64)])
        for value in [7 as Int64, 8] {
            writer.columns[0].addFixed(1, as: Int64.self)[0] = value
            writer.endBatch(rows: 1)
            var reader = try ArrowStreamReader(writer.finish())
            #expect(try reader.nextBatch()?.columns[0].value(0) == .integer(Int128(value)))
            #expect(try reader.nextBatch() == nil)
        }
    }

    @Test func bitmapsOfWholeWordsAndOddTailsJoin() throws {
        let writer = ArrowStreamWriter([ArrowField("N", .int64)])
        let column = writer.columns[0]
        var expected: [Bool] = []
        for rows in [64, 3, 64, 1, 130] {
            let words = (0..<3).map { _ in UInt64.random(in: .min ... .max) }
            column.addFixed(rows, as: Int64.self).update(repeating: 1, count: rows)
            column.appendValidity(words, rows)
            expected += (0..<rows).map { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
        }
        writer.endBatch(rows: expected.count)
        var reader = try ArrowStreamReader(writer.finish())
        let batch = try #require(try reader.nextBatch())
        #expect((0..<expected.count).map { batch.columns[0].isValid($0) } == expected)
    }

    @Test(arguments: 0..<40)
    func damagedStreamsAreRefusedOrReadButNeverCrash(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 1000)
        let writer = ArrowStreamWriter([ArrowField("A", .utf8), ArrowField("B", .timestamp), ArrowField("C", .bool)])
        for column in writer.columns { _ = try random.fill(column, rows: 20) }
        writer.endBatch(rows: 20)
        let whole = writer.finish()
        for _ in 0..<50 {
            var bytes = whole
            if Bool.random(using: &random) {
                bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
            } else {
                for _ in 0..<4 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do {
                var reader = try ArrowStreamReader(bytes)
                while let batch = try reader.nextBatch() {
                    for column in batch.columns { for row in 0..<min(batch.rowCount, 20) { _ = column.value(row) } }
                }
            } catch let error as RegistryError {
                #expect(error.code == .corrupt)
            }
        }
    }

    @Test func everyFieldCarriesTheKeysThatClientsRead() {
        for type in [
            SQLType.integer, .real, .string, .boolean, .date, .time(scale: 9), .timestampNTZ(scale: 9), .variant,
        ] {
            let field = ArrowField(ResultColumn("X", type), storage: .int64)
            for key in ["logicalType", "precision", "scale", "charLength", "byteLength"] {
                #expect(field.metadata(key) != nil, "\(key) of \(type)")
            }
            #expect(field.metadata("logicalType") == type.wireName.uppercased())
        }
        #expect(
            ArrowField(ResultColumn("X", .timestampTZ(scale: 9)), storage: .timestampTZ).metadata("byteLength") == "16")
        #expect(ArrowField(ResultColumn("X", .fixed(precision: 9, scale: 2)), storage: .int64).metadata("scale") == "2")
    }
}

extension SeededRandom {
    mutating func type() -> ArrowType {
        let types: [ArrowType] = [
            .int8, .int16, .int32, .int64, .float64, .bool, .utf8, .binary, .date32,
            .decimal128(precision: 38, scale: 2), .timestamp, .timestampTZ,
        ]
        return types[Int.random(in: 0..<types.count, using: &self)]
    }

    /// Appends random values and returns them.
    mutating func fill(_ column: ArrowColumn, rows: Int) throws -> [ArrowValue] {
        let nulls = Int.random(in: 0...2, using: &self)
        var valid = [UInt64](repeating: .max, count: (rows + 63) / 64)
        if nulls > 0 && column.field.isNullable {
            for index in valid.indices { valid[index] = nulls == 2 ? next() : next() | next() }
        }
        let values = try (0..<rows).map { _ in try append(to: column) }
        let children = try column.children.map { try fill($0, rows: rows) }
        column.appendValidity(valid, rows)
        return (0..<rows).map { row in
            guard valid[row / 64] >> UInt64(row % 64) & 1 == 1 else { return .null }
            return children.isEmpty ? values[row] : .struct(children.map { $0[row] })
        }
    }

    private mutating func append(to column: ArrowColumn) throws -> ArrowValue {
        func fixed<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) -> ArrowValue {
            column.addFixed(1, as: Value.self)[0] = value
            return .integer(Int128(value))
        }
        switch column.field.type {
        case .int8: return fixed(Int8(truncatingIfNeeded: next()))
        case .int16: return fixed(Int16(truncatingIfNeeded: next()))
        case .int32, .date32: return fixed(Int32(truncatingIfNeeded: next()))
        case .int64: return fixed(Int64(truncatingIfNeeded: next()))
        case .decimal128: return fixed(Int128(truncatingIfNeeded: next()) << 40)
        case .float64:
            let value = Double(Int64(truncatingIfNeeded: next())) / 1000
            column.addFixed(1, as: Double.self)[0] = value
            return .real(value)
        case .bool:
            let byte = UInt8(next() & 1)
            withUnsafePointer(to: byte) { column.appendBools($0, 1) }
            return .bool(byte == 1)
        case .utf8:
            let text = String(repeating: "é", count: Int(next() % 9))
            column.content.append(text)
            try column.endText()
            return .text(text)
        case .binary:
            let bytes = (0..<Int(next() % 9)).map { _ in UInt8(truncatingIfNeeded: next()) }
            bytes.withUnsafeBytes { column.content.append($0) }
            try column.endText()
            return .binary(bytes)
        case .struct: return .struct([])
        }
    }
}
