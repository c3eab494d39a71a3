import Engine
import Foundation
import Testing

/// Streams as the Python clients read them: pyarrow, and Snowflake's own native reader where it is installed.
///
/// `ROOST_TEST_PYTHON` names a Python that has them.
struct PythonClientTests {
    static let python = ProcessInfo.processInfo.environment["ROOST_TEST_PYTHON"]

    static let script = #"""
        import datetime, decimal, glob, json, math, sys
        import pyarrow, pyarrow.ipc
        paths = sorted(glob.glob(sys.argv[1] + "/*.arrow"))
        rows = []
        for path in paths:
            data = open(path, "rb").read()
            table = pyarrow.ipc.open_stream(data).read_all()
            table.validate(full=True)
            try:
                from snowflake.connector.arrow_context import ArrowConverterContext
                from snowflake.connector.nanoarrow_arrow_iterator import PyArrowRowIterator, PyArrowTableIterator
            except ImportError:
                rows += [list(r.values()) for r in table.to_pylist()]
                continue
            context = ArrowConverterContext({"TIMEZONE": "UTC"})
            rows += list(PyArrowRowIterator(None, data, context, False, False, False, True))
            tables = list(PyArrowTableIterator(None, data, context, False, False, False, True, False))
            frame = pyarrow.concat_tables(tables).to_pandas()
            assert len(frame) == table.num_rows
            if len(paths) == 1: print(json.dumps({n: str(t) for n, t in frame.dtypes.items()}))
        if len(paths) > 1: print(len(rows), sum(r[0] for r in rows), sum(1 for r in rows if r[1] is None))
        else:
            for row in rows: print([str(v) for v in row])
        """#

    @Test(.enabled(if: python != nil, "set ROOST_TEST_PYTHON to a Python with pyarrow"))
    func everyTypeIsReadByTheClients() throws {
        let encoded = try EncodedResult(
            """
            SELECT 1 AS I, 1.50::DECIMAL(9,2) AS D, 99999999999999999999999999999999999999::HUGEINT AS H,
            0.5::DOUBLE AS R, 'é' AS T, true AS B, DATE '2024-02-29' AS DA, TIME '12:34:56.789' AS TI,
            '\\xAB'::BLOB AS BI,
            TIMESTAMP '1969-12-31 23:59:58.5' AS TS, TIMESTAMPTZ '2024-01-01 00:00:00+02' AS TZ, [1, NULL] AS A,
            {'a': 'x'} AS O, '{"a": 1}'::JSON AS V
            """, as: .arrow)
        let lines = try run(encoded)
        #expect(lines.count == 2)
        let types = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String])
        #expect(
            types["I"] == "int64" && types["D"] == "float64" && types["TS"] == "datetime64[ns]"
                && types["H"] == "object")
        #expect(
            lines[1] == """
                ['1', '1.50', '99999999999999999999999999999999999999', '0.5', 'é', 'True', '2024-02-29', \
                '12:34:56.789000', "bytearray(b'\\\\xab')", '1969-12-31 23:59:58.500000', \
                '2023-12-31 22:00:00+00:00', '[1,null]', '{"a":"x"}', '{"a":1}']
                """)
    }

    @Test(.enabled(if: python != nil, "set ROOST_TEST_PYTHON to a Python with pyarrow"))
    func manySegmentsAreReadByTheClients() throws {
        let encoded = try EncodedResult(
            """
            SELECT range AS N, if(range % 5 = 0, NULL, TIMESTAMP '2024-01-01' + to_seconds(range)) AS T
            FROM range(10000)
            """,
            as: .arrow, limits: ResultLimits(inlineRows: 100, chunkRows: 1000))
        #expect(try run(encoded) == ["10000 49995000 2000"])
    }

    private func run(_ encoded: EncodedResult) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (index, segment) in encoded.segments.enumerated() {
            try Data(segment.data).write(to: folder.appending(path: String(format: "%04d.arrow", index)))
        }
        let process = Process()
        process.executableURL = URL(filePath: PythonClientTests.python ?? "python3")
        process.arguments = ["-c", PythonClientTests.script, folder.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }
}
