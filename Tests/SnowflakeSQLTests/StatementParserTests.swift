import SnowflakeSQL
import Testing
import Types

@Suite struct StatementParserTests {
    /// A statement as Swift prints it, without the module's name.
    static func describe(_ sql: String) -> String {
        do {
            let text = String(describing: try StatementParser.parse(sql))
            return shortened(text)
        } catch {
            return "ERROR \(error)"
        }
    }

    /// Drops what says nothing: module names and the tokens behind texts.
    private static func shortened(_ text: String) -> String {
        var text = text.split(separator: "SnowflakeSQL.", omittingEmptySubsequences: false).joined()
        text = text.split(separator: "Types.", omittingEmptySubsequences: false).joined()
        return text.replacing(
            #/Token\(kind: Token.Kind.\w+, text: ("(?:[^"\\]|\\.)*"), offset[^)]*\)/#
        ) {
            String($0.1)
        }
    }

    @Test func parsesEveryFamily() throws {
        try Golden.check("statements", Self.describe)
    }

    @Test func parsesTheUploadOfALiveVersion() throws {
        let sql = "ALTER MODEL ML.R.P COMMIT VERSION LIVE_1 RENAME TO ML.R.\"m\" RENAME VERSION TO \"V-1\";"
        guard case .alterModel(let alter) = try StatementParser.parse(sql),
            case .commitVersion(let version, let model, let renamed) = alter.action, case .name(let name)? = model
        else {
            Issue.record("not a commit")
            return
        }
        #expect(version.name == "LIVE_1")
        #expect(name.parts.map(\.name) == ["ML", "R", "m"])
        #expect(renamed?.name == "V-1")
    }

    @Test func countsBindingsOverTheWholeStatement() throws {
        guard
            case .copyIntoTable(let copy) = try StatementParser.parse(
                "COPY INTO identifier(?) (\"A\") FROM (SELECT $1:\"A\"::REAL FROM '@\"S\"') PURGE=TRUE ON_ERROR=?")
        else {
            Issue.record("not a COPY")
            return
        }
        #expect(copy.options["ON_ERROR"] == .binding(2))
        guard case .binding(1) = copy.table, case .query(let query) = copy.source else {
            Issue.record("wrong parts")
            return
        }
        #expect(query.text == "SELECT $1:\"A\"::REAL FROM '@\"S\"'")
    }

    @Test func keepsTheFilePathAsWritten() throws {
        guard
            case .put(let put) = try StatementParser.parse(
                "PUT 'file:///tmp/../a b\\'c' ? parallel=4 Overwrite = 'TRUE'")
        else {
            Issue.record("not a PUT")
            return
        }
        #expect(put.path == "/tmp/../a b'c")
        #expect(put.target == .binding(1))
        #expect(put.options["OVERWRITE"]?.boolean == true)
        #expect(put.options["PARALLEL"]?.text == "4")
    }

    struct Failure: Sendable {
        let sql: String
        let code: RegistryError.Code
        let line: Int
        let column: Int
        let text: String
    }

    @Test(arguments: [
        Failure(sql: "selec 1", code: .syntax, line: 1, column: 0, text: "unexpected 'selec'. Did you mean 'SELECT'?"),
        Failure(sql: "", code: .syntax, line: 1, column: 0, text: "<EOF>"),
        Failure(sql: " ;; ", code: .syntax, line: 1, column: 0, text: "<EOF>"),
        Failure(sql: "SELECT 1;\nSELECT 2", code: .unsupported, line: 2, column: 0, text: "Several statements"),
        Failure(
            sql: "ALTER MODEL m SET DEFAULT_VERSON = v", code: .syntax, line: 1, column: 18, text: "DEFAULT_VERSON"),
        Failure(sql: "DROP MODEL", code: .syntax, line: 1, column: 10, text: "<EOF>"),
        Failure(sql: "DROP MODEL m x", code: .syntax, line: 1, column: 13, text: "'x'"),
        Failure(sql: "SHOW MODLES", code: .syntax, line: 1, column: 5, text: "Did you mean 'MODELS'?"),
        Failure(sql: "CREATE TABL t (a int)", code: .syntax, line: 1, column: 7, text: "Did you mean 'TABLE'?"),
        Failure(
            sql: "CREATE TABLE t (a itn)", code: .syntax, line: 1, column: 18, text: "Unsupported data type 'ITN'."),
        Failure(sql: "CREATE TABLE t (a)", code: .syntax, line: 1, column: 18, text: "no data type"),
        Failure(sql: "SELECT (1", code: .syntax, line: 1, column: 7, text: "not closed"),
        Failure(sql: "SELECT 1)", code: .syntax, line: 1, column: 8, text: "')'"),
        Failure(sql: "SELECT [1)", code: .syntax, line: 1, column: 9, text: "')'"),
        Failure(sql: "DROP MODEL a.b.c.d", code: .syntax, line: 1, column: 11, text: "4 parts"),
        Failure(sql: "CREATE MODEL m FROM 'x'", code: .syntax, line: 1, column: 20, text: "stage"),
        Failure(sql: "PUT '/tmp/x' @s", code: .syntax, line: 1, column: 4, text: "file://"),
        Failure(
            sql: "CREATE OR ALTER TABLE t (a int)", code: .unsupported, line: 1, column: 16, text: "CREATE OR ALTER"),
        Failure(sql: "SELECT 1 ->> ", code: .syntax, line: 1, column: 7, text: "statement"),
    ])
    func refusesWithThePlace(failure: Failure) {
        let error = #expect(throws: RegistryError.self) { try StatementParser.parse(failure.sql) }
        #expect(error?.code == failure.code)
        #expect(error?.position == .init(line: failure.line, column: failure.column), "\(failure.sql)")
        #expect(error?.text.contains(failure.text) == true, "\(error?.text ?? "")")
    }

    @Test func refusesDeepNestingBeforeTheStackEnds() {
        let sql = "SELECT " + String(repeating: "(", count: 100_000)
        let error = #expect(throws: RegistryError.self) { try StatementParser.parse(sql) }
        #expect(error?.message.contains("nested more than") == true)
    }

    @Test(arguments: [
        ("@s", "stage(S, path: \"\")"), ("@db.\"s c\".st/a/b.csv", "stage(DB.\"s c\".ST, path: \"a/b.csv\")"),
        ("@~/x/y", "user(path: \"x/y\")"), ("@%t", "table(T, path: \"\")"),
        ("@db.s.%t/x", "table(DB.S.T, path: \"x\")"),
        ("@\"a/b\"/c", "stage(\"a/b\", path: \"c\")"), ("ML.R.S", "stage(ML.R.S, path: \"\")"),
    ])
    func parsesStageLocations(text: String, expected: String) throws {
        let location = String(describing: try StageLocation(parsing: text))
        let plain = location.replacing("Types.PartialName", with: "").replacing("SnowflakeSQL.", with: "")
        #expect(plain == expected || location == expected)
    }

    @Test func parsesModelURLs() throws {
        let snow = try SnowLocation(parsing: "snow://model/ML.R.\"m/1\"/versions/V-1/model/env/")
        #expect(snow.domain == "model")
        #expect(snow.name.parts.map(\.name) == ["ML", "R", "m/1"])
        #expect(snow.version?.name == "V-1")
        #expect(snow.path == "model/env/")
        #expect(try SnowLocation(parsing: "snow://model/m/versions/v1").version?.name == "V1")
        #expect(throws: RegistryError.self) { try SnowLocation(parsing: "snow://model") }
        #expect(throws: RegistryError.self) { try SnowLocation(parsing: "snow://model/m/other/v") }
    }
}
