import DuckDB
import TestSupport
import Testing
import Types

struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let sql: String
        let code: RegistryError.Code
        var message: String?
        var hint: String?
        var position: RegistryError.Position?
        var testDescription: String { sql }
    }

    static let cases = [
        Case(
            sql: "SELEC 1", code: .syntax, message: "Syntax error at or near \"SELEC\".",
            position: .init(line: 1, column: 0)),
        Case(sql: "SELECT 1,\n  2 FROM WHERE", code: .syntax, position: .init(line: 2, column: 9)),
        Case(sql: "SELECT 1 +", code: .syntax),
        Case(
            sql: "SELECT nme FROM people", code: .unknownColumn, message: "invalid identifier 'nme': no such column in this query.",
            hint: "Did you mean 'name'?", position: .init(line: 1, column: 7)),
        Case(sql: "SELECT p.x.y FROM people", code: .unknownColumn),
        Case(sql: "SELECT name FROM people a, people b", code: .unknownColumn),
        Case(
            sql: "SELECT * FROM peple", code: .notFound, message: "Table 'peple' does not exist or not authorized.",
            hint: "Did you mean 'people'?"),
        Case(sql: "SELECT * FROM no.people", code: .notFound),
        Case(
            sql: "SELECT * FROM no.main.people", code: .notFound,
            message: "Database 'no' does not exist or not authorized."),
        Case(sql: "DROP TABLE nothing", code: .notFound),
        Case(sql: "SELECT no_such(1)", code: .unknownFunction, message: "Function 'no_such' does not exist."),
        Case(sql: "SELECT uper('a')", code: .unknownFunction, hint: "Did you mean 'upper'?"),
        Case(
            sql: "SELECT sqrt('a', 2)", code: .unknownFunction,
            message: "No function takes these arguments: sqrt(VARCHAR, INTEGER).", hint: "It takes: sqrt(DOUBLE)."),
        Case(sql: "SELECT round('a')", code: .unknownFunction),
        Case(sql: "SELECT ?", code: .invalidArgument),
        Case(sql: "SELECT strptime('x', '%Y')", code: .invalidValue),
        Case(
            sql: "SELECT 'a''b'::INTEGER", code: .invalidValue, message: "Numeric value 'a'b' is not recognized.",
            position: .init(line: 1, column: 13)),
        Case(sql: "SELECT 'abc'::BOOLEAN", code: .invalidValue, message: "Boolean value 'abc' is not recognized."),
        Case(sql: "SELECT 'abc'::DATE", code: .invalidValue, message: "Date 'abc' is not recognized."),
        Case(sql: "SELECT 'abc'::TIMESTAMP", code: .invalidValue, message: "Timestamp 'abc' is not recognized."),
        Case(
            sql: "SELECT 300::TINYINT", code: .invalidValue,
            message: "Numeric value '300' is out of range for TINYINT."),
        Case(
            sql: "SELECT x::BIGINT FROM (SELECT 9223372036854775808::HUGEINT AS x)", code: .invalidValue,
            message: "Numeric value '9223372036854775808' is out of range for BIGINT."),
        Case(
            sql: "SELECT x::DECIMAL(5,2) FROM (SELECT TIME '10:00:00' AS x)", code: .invalidValue,
            message: "A value of type TIME can't be converted to DECIMAL(5,2)."),
        Case(
            sql: "SELECT * FROM (SELECT 1 AS a) t, LATERAL (SELECT sum(t.a)) s", code: .invalidArgument,
            message: "A LATERAL subquery or a table function can't take aggregates of the table beside it."),
        Case(sql: "SELECT 9223372036854775807::BIGINT + 1", code: .invalidValue),
        Case(sql: "SELECT DATE '2024-13-01'", code: .invalidValue),
        Case(sql: "SELECT '{'::JSON", code: .invalidValue),
        Case(sql: "SELECT error('stop')", code: .invalidValue, message: "Stop."),
        Case(sql: "CREATE TABLE people (a INT)", code: .alreadyExists, message: "Table 'people' already exists."),
        Case(sql: "CREATE SCHEMA main", code: .alreadyExists, message: "Schema 'main' already exists."),
        Case(sql: "INSERT INTO people VALUES (1, 'x')", code: .constraintViolation),
        Case(sql: "INSERT INTO people VALUES (NULL, 'x')", code: .constraintViolation),
        Case(sql: "INSERT INTO people VALUES (1)", code: .invalidArgument),
        Case(sql: "UPDATE people SET nothing = 1", code: .unknownColumn),
        Case(sql: "ALTER TABLE people DROP COLUMN nothing", code: .unknownColumn),
        Case(sql: "SELECT id FROM people GROUP BY name", code: .invalidArgument),
        Case(sql: "COMMIT", code: .failedPrecondition),
        Case(sql: "SET no_such_setting = 1", code: .invalidArgument),
        Case(sql: "SELECT * FROM read_csv('/no/such/file.csv')", code: .notFound),
        Case(sql: "ATTACH '/no/such/folder/x.duckdb'", code: .unavailable),
        Case(
            sql: "ATTACH '/no/such/my folder/x y.duckdb'", code: .unavailable,
            message: "Cannot open file \"x y.duckdb\": No such file or directory."),
    ]

    @Test(arguments: cases)
    func anErrorHasItsCodeAndSaysWhat(_ example: Case) throws {
        let connection = try NativeLibrary.connection()
        try connection.execute(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR); INSERT INTO people VALUES (1, 'a')")
        let error = try #require(failure { try connection.execute(example.sql) })
        #expect(error.code == example.code, "\(error)")
        if let message = example.message { #expect(error.message == message) }
        if let hint = example.hint { #expect(error.hint == hint) }
        if let position = example.position { #expect(error.position == position) }
        #expect(!error.text.contains("LINE ") && !error.text.contains("Candidate") && !error.text.contains("/no/such"))
        // Preparing finds the same error where it can find it without running.
        if let early = failure({ _ = try connection.prepare(example.sql) }) { #expect(early.code == example.code) }
        #expect(!error.message.contains("^") && !error.message.contains("\n"))
    }

    @Test func aPositionFarInALongLineIsExact() throws {
        let connection = try NativeLibrary.connection()
        let list = (0..<60).map { "\($0) AS column_number_\($0)" }.joined(separator: ", ")
        let sql = "SELECT\n\(list), nothing_here, \(list) FROM range(1)"
        let error = try #require(failure { try connection.execute(sql) })
        #expect(error.position == RegistryError.Position(line: 2, column: list.count + 2))
    }

    @Test func twoTransactionsThatChangeOneRowConflict() throws {
        let database = try Database(library: NativeLibrary.load())
        let first = try database.connect()
        let second = try database.connect()
        try first.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
        try first.execute("BEGIN; UPDATE t SET a = 2")
        try second.execute("BEGIN")
        let error = failure { try second.execute("UPDATE t SET a = 3") }
        #expect(error?.code == .conflict)
        let after = failure { try second.execute("SELECT 1") }
        #expect(after?.code == .failedPrecondition)
    }

    @Test func aLockedConfigurationIsADeniedPermission() throws {
        let connection = try NativeLibrary.connection()
        try connection.execute("SET lock_configuration = true")
        #expect(failure { try connection.execute("SET threads = 1") }?.code == .permissionDenied)
    }
}
