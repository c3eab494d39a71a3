import Foundation
import Inference
import Testing
import Types

extension RealWorkers {
    /// Real models in real workers.
    struct PredictionTests {
        private struct Expected: Decodable {
            var inputs: [[Double]]
            var predict: [Double]
            var probabilities: [[Double]]?
        }

        private static func expected(_ package: String) throws -> Expected {
            let url = try ModelFixture.packages.get().appending(path: "\(package)/expected.json")
            return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: url))
        }

        private static let features = (0..<30).map { ("F\($0)", "FLOAT") }

        @Test(arguments: [true, false])
        func aForestPredictsAsInThisProcess(usesEstimators: Bool) throws {
            let runtime = try ModelFixture.runtime { $0.usesEstimators = usesEstimators }
            defer { runtime.shutdown() }
            let expected = try Self.expected("forest")
            let columns = expected.inputs.map { TestColumn(.double, $0.map(Optional.some)) }
            let rows = expected.inputs[0].count
            let method = try ModelFixture.load(
                "forest", in: runtime, inputs: Self.features, outputs: [("output_feature_0", "BIGINT")])
            let probabilities = try ModelFixture.load(
                "forest", "predict_proba", in: runtime, inputs: Self.features,
                outputs: (0..<3).map { ("output_feature_\($0)", "FLOAT") })
            // The estimator comes in after the first batch: both ways must give the same.
            for round in 0..<2 {
                let output = try method.run(columns, rows: rows)
                #expect(output.columns[0].numbers(as: Int64.self).map(Double.init) == expected.predict)
                #expect(output.usedEstimator == (usesEstimators && round > 0))
                let chances = try probabilities.run(columns, rows: rows)
                for index in 0..<3 {
                    #expect(Array(chances.columns[index].numbers(as: Double.self)) == expected.probabilities?[index])
                }
            }
        }

        @Test func aMixedFrameKeepsItsTypes() throws {
            let expected = try Self.expected("regressor")
            let method = try ModelFixture.load(
                "regressor", inputs: [("A", "FLOAT"), ("N", "BIGINT")], outputs: [("output_feature_0", "FLOAT")])
            let columns = [
                TestColumn(.double, expected.inputs[0].map(Optional.some)),
                TestColumn(.int64, expected.inputs[1].map { Optional(Int64($0)) }),
            ]
            for _ in 0..<4 {
                let output = try method.run(columns, rows: expected.predict.count)
                // Not bit for bit: the order of a sum depends on how the matrix lies in memory.
                for (value, wanted) in zip(output.columns[0].numbers(as: Double.self), expected.predict) {
                    #expect(abs(value - wanted) <= 1e-12 * max(1, abs(wanted)))
                }
            }
        }

        @Test func rowsAreGatheredInPieces() throws {
            let method = try ModelFixture.load(
                "params", inputs: [("X", "FLOAT")], parameters: [("factor", "FLOAT"), ("word", "VARCHAR")],
                outputs: [("Y", "FLOAT"), ("W", "VARCHAR")])
            let batch = try method.makeBatch(capacity: 500)
            var wanted: [Double?] = []
            for count in [1, 63, 64, 65, 100, 7] {
                let values = (0..<count).map { row -> Double? in (wanted.count + row) % 5 == 3 ? nil : Double(row) }
                let column = TestColumn(.double, values)
                try batch.append([column.column, .absent, .absent], rows: count)
                wanted += values.map { $0.map { $0 * 2 } }
            }
            #expect(batch.room == 200)
            let output = try batch.run()
            #expect(output.columns[0].optionals(Double.self) == wanted)
            #expect(output.columns[1].strings == Array(repeating: "x", count: 300))
            #expect(batch.rows == 0)
        }

        @Test func parametersHaveTheirDefaultsAndTheirValues() throws {
            let method = try ModelFixture.load(
                "params", inputs: [("X", "FLOAT")], parameters: [("factor", "FLOAT"), ("word", "VARCHAR")],
                outputs: [("Y", "FLOAT"), ("W", "VARCHAR")])
            let x = TestColumn(.double, [1.0, 2, 3] as [Double?])
            let given = try method.run(
                [x, TestColumn(.double, [10.0, 10, 10] as [Double?]), TestColumn(["ä", "ä", "ä"])], rows: 3)
            #expect(given.columns[0].optionals(Double.self) == [10, 20, 30])
            #expect(given.columns[1].strings == ["ä", "ä", "ä"])
            #expect(throws: RegistryError.self, "a parameter must be constant") {
                try method.run(
                    [x, TestColumn(.double, [1.0, 2, 3] as [Double?]), TestColumn(["a", "a", "a"])], rows: 3)
            }
        }

        @Test func everyTypeGoesThereAndBack() throws {
            let types = [
                ("B", "BOOLEAN"), ("I", "BIGINT"), ("S", "SMALLINT"), ("D", "DOUBLE"), ("F", "FLOAT"), ("T", "VARCHAR"),
                ("Y", "BINARY"), ("TS", "TIMESTAMP_NTZ"), ("L", "ARRAY"),
            ]
            let method = try ModelFixture.load("types", inputs: types, outputs: types.map { ("OUT_" + $0.0, $0.1) })
            let long = String(repeating: "long text ", count: 50)
            let columns = [
                TestColumn(.boolean, [1, nil, 0] as [UInt8?]), TestColumn(.int64, [Int64.max, nil, -5] as [Int64?]),
                TestColumn(.int64, [7, nil, -7] as [Int64?]), TestColumn(.double, [1e300, nil, -0.5] as [Double?]),
                TestColumn(.double, [0.5, nil, 2] as [Double?]), TestColumn(["ü€😀", nil, long]),
                // The client's handler has no NULL for bytes, so none is given.
                TestColumn(bytes: [[0, 1, 255], [7], []], .binary),
                TestColumn(.timestamp, [1_709_210_096_789_012, nil, -1_000_000] as [Int64?]),
                TestColumn(["[1.5, 2]", nil, "[]"], .json),
            ]
            let output = try method.run(columns, rows: 3)
            #expect(output.columns[0].optionals(UInt8.self) == [1, nil, 0])
            #expect(output.columns[1].optionals(Int64.self) == [Int64.max, nil, -5])
            #expect(output.columns[2].optionals(Int64.self) == [7, nil, -7])
            #expect(output.columns[3].optionals(Double.self) == [1e300, nil, -0.5])
            #expect(output.columns[4].optionals(Double.self) == [0.5, nil, 2])
            #expect(output.columns[5].strings == ["ü€😀", nil, long])
            #expect(Array(output.columns[6].bytes(1)) == [7])
            #expect(Array(output.columns[6].bytes(0)) == [0, 1, 255])
            #expect(output.columns[6].bytes(2).isEmpty)
            #expect(output.columns[7].optionals(Int64.self) == [1_709_210_096_789_012, nil, -1_000_000])
            #expect(output.columns[8].strings == ["[1.5,2]", nil, "[]"])
        }

        @Test func outputsOfEveryShapeAreEncoded() throws {
            let outputs = [
                ("F", "FLOAT"), ("T", "VARCHAR"), ("A", "ARRAY"), ("L", "ARRAY"), ("D", "TIMESTAMP_NTZ"),
                ("B", "BINARY"),
                ("O", "BOOLEAN"),
            ]
            let method = try ModelFixture.load("types", "shapes", inputs: [("X", "FLOAT")], outputs: outputs)
            let rows = 1000
            let output = try method.run([TestColumn(.double, (0..<rows).map { Optional(Double($0)) })], rows: rows)
            let numbers: [Double?] = (0..<rows).map { $0 % 3 == 0 ? nil : Double($0) * 0.5 }
            let texts: [String?] = (0..<rows).map { $0 % 3 == 0 ? nil : "Zeile \($0) ü€😀" }
            #expect(output.columns[0].optionals(Double.self) == numbers)
            #expect(output.columns[1].strings == texts)
            #expect(output.columns[2].string(999) == "[999,1000]")
            #expect(output.columns[3].string(0) == "[1.5,null,null]")
            #expect(output.columns[4].optionals(Int64.self) == Array(repeating: 1_709_210_096_789_012, count: rows))
            #expect(Array(output.columns[5].bytes(258)) == [2, 0, 255])
            let flags: [UInt8?] = (0..<rows).map { UInt8($0 % 2) }
            #expect(output.columns[6].optionals(UInt8.self) == flags)
        }

        @Test func unknownOutputsComeAsObjects() throws {
            let method = try ModelFixture.load("types", "shapes", inputs: [("X", "FLOAT")], outputs: [])
            let output = try method.run([TestColumn(.double, [1.0, 2] as [Double?])], rows: 2)
            #expect(output.columns[0].kind == .json)
            #expect(output.columns[0].string(1)?.contains(#""A":[1,2]"#) == true)
            #expect(output.columns[0].string(0)?.contains(#""F":null"#) == true)
        }

        @Test func aWideMethodTakesAnObject() throws {
            let names = (0..<600).map { ("C\($0)", "FLOAT") }
            let method = try ModelFixture.load(
                "wide", inputs: names, parameters: [("factor", "FLOAT")], outputs: [("SUM", "FLOAT")], isWide: true)
            func objects(_ more: String = "") -> TestColumn {
                TestColumn(
                    (0..<3).map { row in
                        "{" + names.map { "\"\($0.0)\": \(row)" }.joined(separator: ",") + more + "}"
                    }, .json)
            }
            func sums(_ columns: [TestColumn], absent: Int = 0) throws -> [Double?] {
                try method.run(columns, rows: 3, absent: absent).columns[0].optionals(Double.self)
            }
            #expect(try sums([objects()]) == [0, 600, 1200])
            #expect(try sums([objects()], absent: 1) == [0, 600, 1200])
            #expect(try sums([objects(", \"factor\": 2")]) == [0, 1200, 2400])
            #expect(try sums([objects(), TestColumn(.double, [0.5, 0.5, 0.5] as [Double?])]) == [0, 300, 600])
            #expect(try sums([objects(), TestColumn(.double, [nil, nil, nil] as [Double?])]) == [0, 600, 1200])
            let columns = names.map { _ in TestColumn(.double, [1.0, 2.0, nil] as [Double?]) }
            #expect(try sums(columns, absent: 1)[..<2] == [600, 1200])
        }

        @Test func aHandlerGetsNoMoreRowsThanItWants() throws {
            let method = try ModelFixture.load("small", inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")])
            let output = try method.run([TestColumn(.double, (0..<25).map { Optional(Double($0)) })], rows: 25)
            let counts: [Int64?] = Array(repeating: 10, count: 20) + Array(repeating: 5, count: 5)
            #expect(output.columns[0].optionals(Int64.self) == counts)
        }

        @Test func partitionsGiveAnyNumberOfRows() throws {
            let method = try ModelFixture.load(
                "parts", inputs: [("X", "FLOAT")], outputs: [("TOTAL", "FLOAT")], isPartitioned: true)
            let x = TestColumn(.double, [1.0, 2, 3, 4, 5] as [Double?])
            let output = try method.run([x], rows: 5, partitions: [2, 3])
            #expect(output.columns[0].optionals(Double.self) == [3, 2, 12, 3])
            #expect(output.partitions == [2, 2])
            #expect(try method.run([x], rows: 5).columns[0].optionals(Double.self) == [15, 5])
            let each = try ModelFixture.load("parts", "each", inputs: [("X", "FLOAT")], outputs: [("DOUBLED", "FLOAT")])
            #expect(try each.run([x], rows: 5).columns[0].optionals(Double.self) == [2, 4, 6, 8, 10])
        }

        @Test func aBareOutputIsTakenFromASeries() throws {
            let method = try ModelFixture.load(
                "single", inputs: [("A", "FLOAT"), ("B", "FLOAT")], outputs: [("output_feature_0", "FLOAT")])
            let column = TestColumn(.double, [0.1, 0.2] as [Double?])
            #expect(
                try method.run([column, column], rows: 2).columns[0].optionals(Double.self).allSatisfy { $0 != nil })
        }

        @Test func anEmptyBatchGivesNoRows() throws {
            let method = try ModelFixture.load("small", inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")])
            #expect(try method.makeBatch(capacity: 10).run().rows == 0)
        }

        @Test func wrongColumnsAreRefused() throws {
            let method = try ModelFixture.load("small", inputs: [("X", "FLOAT")], outputs: [("ROWS", "BIGINT")])
            let column = TestColumn(.double, [1.0] as [Double?])
            let batch = try method.makeBatch(capacity: 2)
            #expect(throws: RegistryError.self) { try batch.append([column.column, column.column], rows: 1) }
            try batch.append([column.column], rows: 1)
            #expect(throws: RegistryError.self) {
                try batch.append([TestColumn(.int64, [1 as Int64?]).column], rows: 1)
            }
            #expect(throws: RegistryError.self) { try batch.append([column.column], rows: 2) }
            #expect(throws: RegistryError.self) { try method.makeBatch(capacity: 0) }
        }

        @Test(arguments: [("fraction", "fraction"), ("text", "no number"), ("list", "list"), ("range", "range")])
        func aMisfitNamesItsOutput(_ what: String, _ why: String) throws {
            let method = try ModelFixture.load("wrong", inputs: [("WHAT", "VARCHAR")], outputs: [("N", "BIGINT")])
            let error = #expect(throws: RegistryError.self) { try method.run([TestColumn(["good", what])], rows: 2) }
            #expect(error?.message.contains("output 'N' is declared BIGINT") == true)
            #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
            #expect(
                try method.run([TestColumn(["good", "null"])], rows: 2).columns[0].optionals(Int64.self) == [7, nil])
        }

        @Test func fourThreadsShareTheWorkers() throws {
            let method = try ModelFixture.load(
                "params", inputs: [("X", "FLOAT")], parameters: [("factor", "FLOAT"), ("word", "VARCHAR")],
                outputs: [("Y", "FLOAT"), ("W", "VARCHAR")])
            let failures = Failures()
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                for round in 0..<25 {
                    do {
                        let rows = 1 + (thread * 37 + round * 101) % 3000
                        let output = try method.run(
                            [TestColumn(.double, (0..<rows).map { Optional(Double($0 + thread)) })], rows: rows,
                            absent: 2)
                        let wanted = (0..<rows).map { Double($0 + thread) * 2 }
                        if Array(output.columns[0].numbers(as: Double.self)) != wanted {
                            failures.add("\(thread) \(round)")
                        }
                    } catch {
                        failures.add("\(error)")
                    }
                }
            }
            #expect(failures.all.isEmpty)
        }

        @Test func resultsOutgrowTheFirstSegment() throws {
            let method = try ModelFixture.load(
                "params", inputs: [("X", "FLOAT")], parameters: [("factor", "FLOAT"), ("word", "VARCHAR")],
                outputs: [("Y", "FLOAT"), ("W", "VARCHAR")])
            let word = String(repeating: "w", count: 5000)
            let rows = 2000
            for _ in 0..<3 {
                let output = try method.run(
                    [
                        TestColumn(.double, (0..<rows).map { Optional(Double($0)) }),
                        TestColumn(.double, Array(repeating: Optional(1.0), count: rows)),
                        TestColumn(Array(repeating: word, count: rows)),
                    ], rows: rows)
                #expect(output.columns[1].string(rows - 1) == word)
            }
        }
    }
}

/// What went wrong on other threads.
final class Failures: @unchecked Sendable {  // under a lock
    private let lock = NSLock()
    private var list: [String] = []
    func add(_ text: String) { lock.withLock { list.append(text) } }
    var all: [String] { lock.withLock { list } }
}
