import Foundation
import Registry
import Testing
import Types

@testable import Engine

@Suite("COPY INTO")
struct CopyTests {
    private func scene() async throws -> Client {
        let client = try EngineHouse().open()
        try await client.run("CREATE STAGE ST")
        return client
    }

    /// Puts a file into the stage, as an upload does.
    private func put(_ path: String, _ text: String, _ client: Client) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "copy-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let location = FileLocation.stage(ObjectName(name("ML"), name("PUBLIC"), name("ST")), path: "")
        let (target, _) = try client.house.registry.authorizeUpload(to: location, as: EngineHouse.admin)
        try client.house.registry.recordUpload(of: try client.house.registry.ingest(file), to: target, path: path)
    }

    @Test("The statements of the stock clients work, ON_ERROR bound")
    func stockClients() async throws {
        let client = try await scene()
        try await client.run("CREATE TABLE SOURCE AS SELECT 1::REAL AS A, 'x' AS S, '2024-02-29'::TIMESTAMP_NTZ AS T")
        try await client.run(
            "COPY INTO @ST/f FROM SOURCE FILE_FORMAT = ( TYPE = parquet ) overwrite = True HEADER = True")
        try await client.run(
            "CREATE TEMP STAGE /* c */ identifier(?) FILE_FORMAT=(TYPE=PARQUET COMPRESSION=gzip BINARY_AS_TEXT=FALSE)",
            ["'\"ML\".\"PUBLIC\".\"TMP\"'"])
        try await client.run(
            "CREATE TEMP FILE FORMAT identifier(?) TYPE=PARQUET COMPRESSION=auto USE_LOGICAL_TYPE = TRUE",
            ["'\"ML\".\"PUBLIC\".\"FMT\"'"])
        #expect(
            try await client.rows(
                "SELECT COLUMN_NAME, TYPE FROM table(infer_schema(location=>?, file_format=>?))",
                ["'@ST'", "'\"ML\".\"PUBLIC\".\"FMT\"'"]) == [["A", "REAL"], ["S", "TEXT"], ["T", "TIMESTAMP_NTZ"]])
        try await client.run("CREATE TEMP TABLE T (\"A\" REAL, \"S\" TEXT, \"T\" TIMESTAMP_NTZ)")
        let copied = try await client.run(
            """
            COPY INTO identifier(?) /* Python:snowflake.connector.pandas_tools.write_pandas() */ ("A","S","T")
            FROM (SELECT $1:"A"::REAL,$1:"S"::TEXT,$1:"T"::TIMESTAMP_NTZ FROM '@"ML"."PUBLIC"."ST"')
            FILE_FORMAT=(TYPE=PARQUET USE_VECTORIZED_SCANNER=False COMPRESSION=auto BINARY_AS_TEXT=FALSE
            USE_LOGICAL_TYPE = TRUE) PURGE=TRUE ON_ERROR=?
            """, ["'\"ML\".\"PUBLIC\".\"T\"'", "'abort_statement'"])
        #expect(copied.rows.map { [$0[1], $0[2], $0[3], $0[5]] } == [["LOADED", "1", "1", "0"]])
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "1")
        #expect(try await client.rows("LIST @ST").isEmpty)
        // As session.read.csv sends it where options of COPY are set.
        try put("r.csv", "A,B\n1,x\n", client)
        try await client.run("CREATE OR REPLACE SCOPED TEMPORARY TABLE R (\"COL0\" BIGINT, \"COL1\" STRING)")
        try await client.run(
            " COPY  INTO R FROM @ST/r.csv PATTERN = '.*csv' FILE_FORMAT  = ( TYPE  = CSV  SKIP_HEADER = 1 "
                + "FIELD_DELIMITER = ',' )    ON_ERROR = 'CONTINUE' FORCE = True  ")
        #expect(try await client.rows("SELECT * FROM R") == [["1", "x"]])
    }

    @Test("A file that is left out takes nothing of the others along, in a transaction and outside")
    func transactions() async throws {
        let client = try await scene()
        try await client.run("CREATE TABLE T (A INT NOT NULL, B DATE)")
        try put("1.csv", "1,2024-01-01\n2,2024-01-02\n", client)
        try put("2.csv", "3,2024-01-03\n4,soon\n,2024-01-05\n", client)
        try put("3.csv", "6,2024-01-06\n", client)
        for begins in [false, true] {
            if begins { try await client.run("BEGIN") }
            let loads = try await client.rows("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV) ON_ERROR = SKIP_FILE")
            #expect(loads.map { $0[1] } == ["LOADED", "LOAD_FAILED", "LOADED"])
            #expect(loads[1][6] == "Date 'soon' is not recognized." && loads[1][7] == "2")
            if begins { try await client.run("COMMIT") }
        }
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "6")
        try await client.run("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV) ON_ERROR = CONTINUE PURGE = TRUE")
        #expect(try await client.rows("SELECT A FROM T WHERE A = 3") == [["3"]])
        // What was not loaded whole stays.
        #expect(try await client.rows("LIST @ST").map { $0[0] } == ["st/2.csv"])
        #expect(await client.failure("COPY INTO T FROM @ST FILE_FORMAT = (TYPE = CSV)")?.code == .invalidValue)
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "10")
    }

    @Test("PURGE in a transaction waits for its COMMIT")
    func purgeInTransaction() async throws {
        let client = try await scene()
        try await client.run("CREATE TABLE T (A INT)")
        try put("a.csv", "1\n", client)
        let load = "COPY INTO T FROM @ST/a.csv FILE_FORMAT = (TYPE = CSV) PURGE = TRUE"
        for end in ["ROLLBACK", "COMMIT"] {
            try await client.run("BEGIN")
            try await client.run(load)
            #expect(try await client.rows("LIST @ST").count == 1)
            try await client.run(end)
        }
        #expect(try await client.rows("LIST @ST").isEmpty)
        #expect(try await client.rows("SELECT A FROM T") == [["1"]])
    }

    @Test("Lines that are no CSV are counted, with the first one's place")
    func unreadableLines() async throws {
        let client = try await scene()
        try await client.run("CREATE TABLE T (A INT, B VARCHAR)")
        try put("a.csv", "a,b\n1,\"x\ny\"\n2\n\n3,z,3\n4,\"open\n", client)
        let format = "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"
        let load = try await client.rows("COPY INTO T FROM @ST/a.csv \(format) ON_ERROR = CONTINUE")
        #expect(load[0][1] == "PARTIALLY_LOADED" && load[0][3] == "1")
        #expect(load[0][6]?.hasPrefix("Number of columns in file (1) does not match") == true)
        #expect(try await client.rows("SELECT * FROM T") == [["1", "x\ny"]])
        let error = await client.failure("COPY INTO T FROM @ST/a.csv \(format)")
        #expect(error?.code == .invalidValue, "\(String(describing: error))")
        // Rows are counted, not the line ends within them.
        #expect(error?.message.contains("st/a.csv', line 3") == true, "\(String(describing: error))")
        #expect(error?.message.contains("open") == false, "\(String(describing: error))")
    }

    @Test("Types are told apart where rows are tried")
    func types() async throws {
        let client = try await scene()
        try await client.run(
            """
            CREATE TABLE T (A NUMBER(5,2), B BOOLEAN, C TIMESTAMP_NTZ, D TIME, E BINARY, F VARIANT, G OBJECT, H ARRAY)
            """)
        let good = "1.5|true|2024-01-01 10:00:00|10:00:00|00FF|{\"a\":1}|{\"a\":[1]}|[1,\"x\"]"
        var lines = [good]
        for place in 0..<8 {
            var fields = good.split(separator: "|").map(String.init)
            fields[place] = "{bad"
            lines.append(fields.joined(separator: "|"))
        }
        try put("t.csv", lines.joined(separator: "\n"), client)
        let copy = "COPY INTO T FROM @ST/t.csv FILE_FORMAT = (TYPE = CSV FIELD_DELIMITER = '|') ON_ERROR = CONTINUE"
        let load = try await client.rows(copy)
        #expect(load.first.map { [$0[2], $0[3], $0[5]] } == ["9", "1", "8"])
        #expect(load.first?[6] == "Numeric value '{bad' is not recognized." && load.first?[7] == "2")
        let row = try await client.rows("SELECT A, B, D, E, F:a, G:a[0], H[1]::VARCHAR FROM T")
        #expect(row == [["1.50", "1", "36000.000000000", "00FF", "1", "1", "x"]])
    }

    @Test("Bad options are refused before anything is read, with their place")
    func orderOfErrors() async throws {
        let client = try await scene()
        for sql in [
            "COPY INTO NO_SUCH FROM @ST NONSENSE = 1", "COPY INTO NO_SUCH FROM @ST FILE_FORMAT = (NONSENSE = 1)",
            "COPY INTO @NO_SUCH FROM T NONSENSE = 1", "CREATE FILE FORMAT F TYPE = CSV NONSENSE = 1",
            "CREATE STAGE S FILE_FORMAT = (NONSENSE = 1)", "REMOVE @ST NONSENSE = 1",
        ] {
            let error = await client.failure(sql)
            #expect(error?.code == .syntax && error?.position != nil, "\(sql): \(String(describing: error))")
        }
        #expect(await client.failure("COPY INTO T FROM @ST ON_ERROR = ?", ["'never'"])?.code == .invalidArgument)
        #expect(await client.failure("REMOVE @ST PATTERN = ?", ["'x'"])?.code == .invalidArgument)
    }
}
