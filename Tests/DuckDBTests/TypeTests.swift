import DuckDB
import TestSupport
import Testing
import Types

struct TypeTests {
    static let types: [LogicalType] = [
        .boolean, .tinyint, .smallint, .integer, .bigint, .hugeint, .utinyint, .usmallint, .uinteger, .ubigint,
        .uhugeint, .float, .double, .decimal(width: 4, scale: 1), .decimal(width: 38, scale: 10), .varchar, .json,
        .blob,
        .bit, .uuid, .bignum, .date, .time, .timeTZ, .timestamp, .timestampS, .timestampMS, .timestampNS, .timestampTZ,
        .interval, .enum(["a", "it's"]), .list(.json), .list(.list(.integer)), .array(.double, count: 3),
        .map(.varchar, .json), .struct([Field("a", .integer), Field("B \"c\"", .list(.varchar))]),
        .union([Field("n", .bigint), Field("s", .varchar)]),
    ]

    @Test(arguments: types)
    func aTypeComesBackFromItsSQLName(_ type: LogicalType) throws {
        let connection = try NativeLibrary.connection()
        #expect(try connection.prepare("SELECT NULL::\(type.sqlName) AS x").columns == [Column("x", type)])
    }

    @Test(arguments: types)
    func aFunctionCanReturnTheType(_ type: LogicalType) throws {
        let connection = try NativeLibrary.connection()
        try ScalarFunction.register(
            on: connection, name: "f", arguments: [type], returns: type, handlesNulls: true
        ) { input, output in
            for row in 0..<input.rowCount { output.setNull(row) }
        }
        let result = try connection.query("SELECT f(NULL::\(type.sqlName)) AS x FROM range(3)")
        #expect(result.columns == [Column("x", type)])
        let chunk = try #require(try result.nextChunk())
        #expect(chunk.rowCount == 3 && !chunk.vector(0).validity[2])
    }

    @Test func anAppenderAddsChunksOfEveryShape() throws {
        let connection = try NativeLibrary.connection()
        try connection.execute("CREATE TABLE t (a BIGINT, b VARCHAR, c JSON, d DOUBLE[], e STRUCT(x INTEGER))")
        let appender = try Appender(connection, table: "t")
        let chunk = try DataChunk(types: appender.types)
        for _ in 0..<3 {
            chunk.reset()
            let rows = DataChunk.capacity
            let numbers = chunk.vector(0).values(as: Int64.self)
            let lists = chunk.vector(3)
            try lists.reserveListChild(rows)
            let elements = lists.listChild.values(as: Double.self)
            let fields = chunk.vector(4).structChild(0).values(as: Int32.self)
            for row in 0..<rows {
                numbers[row] = Int64(row)
                chunk.vector(1).setString(row, "text that is long enough \(row)")
                if row % 2 == 0 {
                    chunk.vector(2).setNull(row)
                } else {
                    chunk.vector(2).setString(row, "{\"a\":\(row)}")
                }
                lists.listEntries[row] = ListEntry(offset: UInt64(row), length: 1)
                elements[row] = 0.5
                fields[row] = 2
            }
            lists.setListChildCount(rows)
            chunk.rowCount = rows
            try appender.append(chunk)
        }
        try appender.close()
        let result = try connection.query(
            """
            SELECT count(*), count(c), sum(d[1]), sum(e.x)::BIGINT, sum((c->>'a')::BIGINT)::BIGINT, count(DISTINCT b)
            FROM t
            """
        )
        let row = try #require(try result.nextChunk())
        #expect(row.vector(0).values(as: Int64.self)[0] == 6144)
        #expect(row.vector(1).values(as: Int64.self)[0] == 3072)
        #expect(row.vector(2).values(as: Double.self)[0] == 3072)
        #expect(row.vector(3).values(as: Int64.self)[0] == 12_288)
        #expect(row.vector(4).values(as: Int64.self)[0] == 3 * 1024 * 1024)
        #expect(row.vector(5).values(as: Int64.self)[0] == 2048)
    }

    @Test func anAppenderReportsAMissingTableAndABrokenConstraint() throws {
        let connection = try NativeLibrary.connection()
        #expect(failure { _ = try Appender(connection, table: "nothing") }?.code == .notFound)
        try connection.execute("CREATE TABLE u (a BIGINT PRIMARY KEY)")
        let appender = try Appender(connection, catalog: "memory", schema: "main", table: "u")
        let chunk = try DataChunk(types: appender.types)
        chunk.vector(0).values(as: Int64.self)[0] = 1
        chunk.vector(0).values(as: Int64.self)[1] = 1
        chunk.rowCount = 2
        let error = failure {
            try appender.append(chunk)
            try appender.close()
        }
        #expect(error?.code == .constraintViolation)
    }
}
