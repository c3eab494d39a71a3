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
