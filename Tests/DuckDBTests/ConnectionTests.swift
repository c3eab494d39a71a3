import DuckDB
import Foundation
import TestSupport
import Testing
import Types

struct ConnectionTests {
    @Test func theLibraryIsOfThePinnedVersion() throws {
        #expect(try NativeLibrary.load().version() == Library.expectedVersion)
    }

    @Test func aResultGivesItsColumnsRowsAndValues() throws {
        let connection = try NativeLibrary.connection()
        let result = try connection.query("SELECT range AS n, 'row ' || range AS \"Text\" FROM range(5000)")
        #expect(result.columns == [Column("n", .bigint), Column("Text", .varchar)])
        #expect(result.rowCount == 5000)
        #expect(result.hasRows && result.statementType == .select && result.rowsChanged == 0)
        var next: Int64 = 0
        while let chunk = try result.nextChunk() {
            let numbers = chunk.vector(0).values(as: Int64.self)
            let texts = chunk.vector(1).strings
            for row in 0..<chunk.rowCount {
                #expect(numbers[row] == next && texts.text(row) == "row \(next)")
                next += 1
            }
        }
        #expect(next == 5000)
    }

    @Test func aMaterialisedResultCanBeReadByChunkAndThenInOrder() throws {
        let result = try NativeLibrary.connection().query("SELECT range FROM range(5000)")
        #expect((0..<result.chunkCount).reduce(0) { $0 + (result.chunk(at: $1)?.rowCount ?? 0) } == 5000)
        #expect(result.chunk(at: 99) == nil)
        var rows = 0
        while let chunk = try result.nextChunk() { rows += chunk.rowCount }
        #expect(rows == 5000)
    }

    @Test func aChunkOutlivesItsResultAndConnection() throws {
        var chunk: DataChunk?
        do {
            chunk = try NativeLibrary.connection().query("SELECT repeat('long text ', 20) FROM range(100)").nextChunk()
        }
        let kept = try #require(chunk)
        #expect(kept.vector(0).strings.text(99) == String(repeating: "long text ", count: 20))
    }

    @Test func changedRowsAreCounted() throws {
        let connection = try NativeLibrary.connection()
        try connection.execute("CREATE TABLE t (a INTEGER)")
        #expect(try connection.query("INSERT INTO t SELECT range FROM range(7)").rowsChanged == 7)
        let update = try connection.query("UPDATE t SET a = a + 1 WHERE a > 3")
        #expect(update.rowsChanged == 3 && !update.hasRows && update.statementType == .update)
    }

    @Test func aStreamedResultGivesTheSameRows() throws {
        let result = try NativeLibrary.connection().stream("SELECT range FROM range(100000)")
        #expect(result.rowCount == nil)
        var sum: Int64 = 0
        while let chunk = try result.nextChunk() {
            let values = chunk.vector(0).values(as: Int64.self)
            for row in 0..<chunk.rowCount { sum += values[row] }
        }
        #expect(sum == 4_999_950_000)
    }

    @Test func aStreamedResultThrowsWhatStopsIt() throws {
        let connection = try NativeLibrary.connection()
        let error = failure {
            let result = try connection.stream("SELECT (90000 - range)::UINTEGER FROM range(100000)")
            while try result.nextChunk() != nil {}
        }
        #expect(error?.code == .invalidValue)
    }

    @Test func aPreparedStatementKnowsItsColumnsWithoutRunning() throws {
        let connection = try NativeLibrary.connection()
        try connection.execute("CREATE SEQUENCE s")
        let statement = try connection.prepare("SELECT nextval('s') AS n, 1.50 AS d, {'a': [1]} AS o, '{}'::JSON AS j")
        #expect(
            statement.columns == [
                Column("n", .bigint), Column("d", .decimal(width: 3, scale: 2)),
                Column("o", .struct([Field("a", .list(.integer))])), Column("j", .json),
            ])
        #expect(statement.statementType == .select && statement.parameterCount == 0)
        #expect(try connection.query("SELECT nextval('s')::VARCHAR").texts() == [["1"]])
    }

    @Test func everyKindOfValueIsBound() throws {
        let statement = try NativeLibrary.connection().prepare(
            """
            SELECT concat_ws('|', $1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR,
                $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, coalesce($11::VARCHAR, 'null'))
            """)
        #expect(statement.parameterCount == 11)
        let result = try statement.execute([
            .bool(true), .int64(-5), .hugeint(-170_141_183_460_469_231_731),
            .decimal(unscaled: -150, width: 9, scale: 2),
            .double(0.25), .text("é|\u{1F600}"), .blob([0xAB, 0x41]), .date(days: 19782), .time(micros: 1_500_000),
            .timestamp(micros: -1_500_000), .null,
        ])
        #expect(
            try result.texts()[0][0]
                == "true|-5|-170141183460469231731|-1.50|0.25|é|\u{1F600}|\\xABA|2024-02-29|00:00:01.5|"
                + "1969-12-31 23:59:58.5|null")
    }

    @Test func aWrongNumberOfValuesIsRefused() throws {
        let statement = try NativeLibrary.connection().prepare("SELECT ?::INTEGER + ?::INTEGER")
        #expect(failure { _ = try statement.execute([.int64(1)]) }?.code == .invalidArgument)
        #expect(try statement.execute([.int64(1), .int64(2)]).rowCount == 1)
    }

    @Test func statementsAreCountedAndSeveralAreRefusedWhenPreparing() throws {
        let connection = try NativeLibrary.connection()
        #expect(try connection.statementCount("SELECT 1; SELECT ';'; -- end") == 2)
        #expect(failure { _ = try connection.prepare("SELECT 1; SELECT 2") }?.code == .unsupported)
        #expect(failure { _ = try connection.prepare("  ") }?.code == .syntax)
    }

    @Test func tablesOfAStatementAreNamed() throws {
        let connection = try NativeLibrary.connection()
        let names = try connection.tableNames("SELECT * FROM a.b.\"c d\" JOIN x ON (SELECT 1 FROM \"Y\") WHERE 1 = 1")
        #expect(Set(names) == ["a.b.\"c d\"", "x", "Y"])
    }

    @Test func anotherThreadInterruptsARunningStatement() async throws {
        let connection = try NativeLibrary.connection()
        let finished = Finished()
        let interrupter = Thread {
            // Interrupts count only while the statement runs, so they go on until it ends.
            while !finished.isSet {
                connection.interrupt()
                usleep(2000)
            }
        }
        interrupter.start()
        defer { finished.set() }
        let error = failure {
            try connection.execute(
                "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE (a.range + b.range) % 7 = 3")
        }
        #expect(error?.code == .cancelled)
    }

    @Test func theSameConnectionWorksAfterAnError() throws {
        let connection = try NativeLibrary.connection()
        _ = failure { try connection.execute("SELECT nothing") }
        #expect(try connection.query("SELECT 1").rowCount == 1)
    }

    @Test func aFileKeepsItsTables() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.duckdb").path
        let library = try NativeLibrary.load()
        do { try Database(library: library, path: path).connect().execute("CREATE TABLE kept AS SELECT 42 AS n") }
        #expect(try Database(library: library, path: path).connect().query("FROM kept").rowCount == 1)
        let error = failure { _ = try Database(library: library, path: folder.appending(path: "no/such").path) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(folder.path) == false)
        #expect(
            failure { _ = try Database(library: library, configuration: ["no_such": "1"]) }?.code == .invalidArgument)
    }

    @Test func aMissingLibraryNamesTheCommandThatMendsIt() throws {
        // The library of this process is open already or not: either answer is right, a crash is not.
        if let error = failure({ _ = try Library.load(directory: "/no/such/directory") }) {
            #expect(error.code == .unavailable)
            #expect(error.hint?.contains("make setup") == true)
        }
    }
}

private final class Finished: @unchecked Sendable {  // guarded by the lock
    private let lock = NSLock()
    private var value = false
    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
