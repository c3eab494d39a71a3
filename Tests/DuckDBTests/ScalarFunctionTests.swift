import DuckDB
import TestSupport
import Testing
import Types

struct ScalarFunctionTests {
    @Test func aFunctionComputesRowByRowAndNullsSpread() throws {
        let connection = try NativeLibrary.connection()
        try ScalarFunction.register(on: connection, name: "twice", arguments: [.double], returns: .double) {
            input, output in
            let x = input.vector(0).values(as: Double.self)
            let y = output.values(as: Double.self)
            for row in 0..<input.rowCount { y[row] = 2 * x[row] }
        }
        let result = try connection.query(
            "SELECT sum(twice(range)), count(twice(if(range % 10 = 0, NULL, range))) FROM range(100000)")
        let chunk = try #require(try result.nextChunk())
        #expect(chunk.vector(0).values(as: Double.self)[0] == 9_999_900_000)
        #expect(chunk.vector(1).values(as: Int64.self)[0] == 90_000)
        #expect(try connection.query("SELECT (twice(NULL) IS NULL)::VARCHAR").texts() == [["true"]])
    }

    @Test func aThrownErrorComesOutAsItWasThrown() throws {
        let connection = try NativeLibrary.connection()
        try ScalarFunction.register(on: connection, name: "refuse", arguments: [.bigint], returns: .bigint) {
            input, _ in
            let x = input.vector(0).values(as: Int64.self)
            for row in 0..<input.rowCount where x[row] == 70_000 {
                throw RegistryError(.modelFailed, "No \"70000\".", hint: "Leave it out.", detail: ["row": "\(row)"])
            }
        }
        for sql in ["SELECT refuse(range) FROM range(100000)", "SELECT refuse(70000)"] {
            let error = failure { try connection.execute(sql) }
            #expect(error?.code == .modelFailed && error?.message == "No \"70000\".")
            #expect(error?.hint == "Leave it out." && error?.detail["row"] != nil)
        }
        let streamed = failure {
            let result = try connection.stream("SELECT refuse(range) FROM range(100000)")
            while try result.nextChunk() != nil {}
        }
        #expect(streamed?.code == .modelFailed)
        let prepared = failure { _ = try connection.prepare("SELECT refuse(?::BIGINT)").execute([.int64(70_000)]) }
        #expect(prepared?.code == .modelFailed)
    }

    @Test func anyArgumentsAreSeenWithTheirTypes() throws {
        let connection = try NativeLibrary.connection()
        try ScalarFunction.register(
            on: connection, name: "types_of", arguments: [.varchar], varargs: .any, returns: .varchar,
            handlesNulls: true
        ) { input, output in
            for row in 0..<input.rowCount { output.setString(row, input.types.map(\.sqlName).joined(separator: " ")) }
        }
        let result = try connection.query(
            "SELECT types_of('x', 1, [1.5], {'a': NULL}, NULL, DATE '2024-01-01') FROM range(3)")
        let text = try #require(try result.texts().last?[0])
        #expect(text.hasPrefix("VARCHAR INTEGER DECIMAL(2,1)[] STRUCT(\"a\" ") && text.hasSuffix(" DATE"))
    }

    @Test func structsListsAndNullsAreWritten() throws {
        let connection = try NativeLibrary.connection()
        let returns = LogicalType.struct([Field("label", .varchar), Field("scores", .list(.double))])
        try ScalarFunction.register(
            on: connection, name: "classify", arguments: [.integer], returns: returns, isVolatile: true
        ) { input, output in
            let x = input.vector(0).values(as: Int32.self)
            let label = output.structChild(0)
            let scores = output.structChild(1)
            try scores.reserveListChild(input.rowCount * 2)
            let elements = scores.listChild.values(as: Double.self)
            for row in 0..<input.rowCount {
                guard x[row] != 3 else {
                    output.setNull(row)
                    continue
                }
                label.setString(row, "a label longer than twelve bytes \(x[row])")
                scores.listEntries[row] = ListEntry(offset: UInt64(row * 2), length: 2)
                elements[row * 2] = Double(x[row])
                elements[row * 2 + 1] = 0.5
            }
            scores.setListChildCount(input.rowCount * 2)
        }
        let result = try connection.query(
            """
            SELECT count(r), count(*), sum(r.scores[1]), max(r['label']), sum(len(r.scores))
            FROM (SELECT classify(range::INTEGER) AS r FROM range(5000))
            """)
        let chunk = try #require(try result.nextChunk())
        #expect(chunk.vector(0).values(as: Int64.self)[0] == 4999)
        #expect(chunk.vector(1).values(as: Int64.self)[0] == 5000)
        #expect(chunk.vector(2).values(as: Double.self)[0] == 12_497_497)
        #expect(chunk.vector(3).strings.text(0) == "a label longer than twelve bytes 999")
    }

    @Test func nestedArgumentsOfAnyShapeAreReadFlat() throws {
        let connection = try NativeLibrary.connection()
        let item = LogicalType.struct([Field("k", .varchar), Field("v", .bigint)])
        try ScalarFunction.register(
            on: connection, name: "total", arguments: [.list(item)], returns: .bigint
        ) { input, output in
            let lists = input.vector(0)
            let values = lists.listChild.structChild(1)
            let keys = lists.listChild.structChild(0).strings
            let numbers = values.values(as: Int64.self)
            let sums = output.values(as: Int64.self)
            for row in 0..<input.rowCount where lists.validity[row] {
                sums[row] = 0
                for index in lists.listEntries[row].range where values.validity[index] {
                    sums[row] += numbers[index] + Int64(keys[index].count)
                }
            }
        }
        // Constants, slices, dictionaries (joins, filters) and lists made on the way.
        let queries = [
            ("SELECT sum(total([{'k': 'ab', 'v': range}, {'k': 'c', 'v': 1}])) FROM range(3000)", 4_510_500),
            ("SELECT sum(total(l)) FROM (SELECT [{'k': 'ab', 'v': 5}] AS l FROM range(3000))", 21_000),
            (
                """
                SELECT sum(total(list_filter(l, x -> x.v > 1))) FROM
                (SELECT [{'k': 'a', 'v': 1}, {'k': 'bb', 'v': i}] AS l FROM range(3000) r(i)) WHERE l[2].v % 2 = 0
                """, 2_251_498
            ),
            (
                """
                SELECT sum(total(b.l)) FROM range(4000) a(i) JOIN
                (SELECT range AS i, [{'k': 'x', 'v': range}] AS l FROM range(50)) b ON a.i % 50 = b.i
                """, 102_000
            ),
            ("SELECT sum(total(array_agg({'k': 'k' || i, 'v': i}))) OVER () FROM range(10) r(i) LIMIT 1", 65),
            ("SELECT total(l[2:3]) FROM (SELECT [{'k': 'a', 'v': i} for i in range(10)] AS l)", 5),
        ]
        for (sql, expected) in queries {
            let chunk = try #require(try connection.query("SELECT (\(sql))::BIGINT").nextChunk())
            #expect(chunk.vector(0).values(as: Int64.self)[0] == Int64(expected), "\(sql)")
        }
    }

    @Test func aFunctionIsReplacedByTheSameNameAndBelongsToItsTransaction() throws {
        let database = try Database(library: NativeLibrary.load())
        let connection = try database.connect()
        let other = try database.connect()
        func register(_ value: Double) throws {
            try ScalarFunction.register(on: connection, name: "f", arguments: [.double], returns: .double) {
                input, output in
                let y = output.values(as: Double.self)
                for row in 0..<input.rowCount { y[row] = value }
            }
        }
        try connection.execute("BEGIN")
        try register(1)
        #expect(failure { try other.execute("SELECT f(0)") }?.code == .unknownFunction)
        try connection.execute("ROLLBACK")
        #expect(failure { try connection.execute("SELECT f(0)") }?.code == .unknownFunction)
        try register(1)
        try register(2)
        #expect(try other.query("SELECT f(0)::VARCHAR").texts() == [["2.0"]])
    }

    @Test func functionsAreRegisteredFromManyThreads() async throws {
        let database = try Database(library: NativeLibrary.load())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let connection = try database.connect()
                    for index in 0..<20 {
                        try ScalarFunction.register(
                            on: connection, name: "f_\(task)_\(index)", arguments: [.bigint], returns: .bigint
                        ) { input, output in
                            output.values(as: Int64.self).update(repeating: Int64(index), count: input.rowCount)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try database.connect().query("SELECT (f_7_19(0) + f_0_3(range))::VARCHAR FROM range(1)").texts() == [["22"]]
        )
    }

    @Test func tokensOfErrorsCannotBeGuessed() throws {
        let connection = try NativeLibrary.connection()
        let error = failure { try connection.execute("SELECT error('[roost:1:0]')") }
        #expect(error?.code == .invalidValue)
    }
}
