import Testing
import Types

@testable import Engine

@Suite("Cells of stored results")
struct ResultCellTests {
    @Test(
        "A cell of the wire becomes text that DuckDB reads back",
        arguments: [
            ("253402300799.999999000", "9999-12-31 23:59:59.999999"),
            ("253402300800.000000000", "10000-01-01 00:00:00.000000"),
            ("-62135596800.000000000", "0001-01-01 00:00:00.000000"),
            ("-62135596799.999999000", "0001-01-01 00:00:00.000001"),
            ("-62167219200.000000000", "0000-01-01 00:00:00.000000"),
            ("-62167219201.000000000", "-0001-12-31 23:59:59.000000"),
            ("-1.500000000", "1969-12-31 23:59:58.500000"), ("-0.000001000", "1969-12-31 23:59:59.999999"),
            ("0.000000000", "1970-01-01 00:00:00.000000"), ("1709210096.123456000 1440", "2024-02-29 12:34:56.123456"),
            ("9223372036854.775806000", "294247-01-10 04:00:54.775806"),
            ("-9223372022400.000000000", "-290308-12-22 00:00:00.000000"),
            ("9223372036854.775807000", "infinity"), ("-9223372036854.775807000", "-infinity"),
        ])
    func timestamps(_ wire: String, _ sql: String) {
        for type in [SQLType.timestampNTZ(scale: 9), .timestampLTZ(scale: 9), .timestampTZ(scale: 9)] {
            #expect(ResultCell.sql(ofWire: wire, type) == sql)
        }
    }

    @Test(
        "Dates and times keep their value",
        arguments: [
            (SQLType.date, "0", "1970-01-01"), (.date, "-1", "1969-12-31"), (.date, "2932896", "9999-12-31"),
            (.date, "-719162", "0001-01-01"), (.date, "-719528", "0000-01-01"),
            (.date, "-2147483646", "-5877641-06-25"), (.date, "2147483646", "5881580-07-10"),
            (.date, "2147483647", "infinity"), (.date, "-2147483647", "-infinity"),
            (.time(scale: 9), "0.000000000", "00:00:00.000000"),
            (.time(scale: 9), "86399.999999000", "23:59:59.999999"),
            (.time(scale: 9), "86400.000000000", "24:00:00.000000"),
        ] as [(SQLType, String, String)])
    func datesAndTimes(_ type: SQLType, _ wire: String, _ sql: String) {
        #expect(ResultCell.sql(ofWire: wire, type) == sql)
    }

    @Test("The greatest and least numbers, and what is no number, are text like any other")
    func extremes() {
        let types: [SQLType] = [
            .date, .time(scale: 9), .time(scale: 0), .timestampNTZ(scale: 9), .timestampLTZ(scale: 3),
            .timestampTZ(scale: 9),
        ]
        let numbers = [
            "9223372036854775807", "-9223372036854775808", "9223372036854775807.999999999",
            "-9223372036854775807.999999999",
            "99999999999999999999999999", "-99999999999999999999999999.5", "", "-", ".", "-.", " ", "x", "1.x", "1.-5",
        ]
        for type in types {
            for number in numbers { #expect(!ResultCell.sql(ofWire: number, type).isEmpty, "\(number)") }
        }
    }

    /// Statements whose dates and times lie far out, with what RESULT_SCAN must give for them.
    private static let far = """
        SELECT '9999-12-31 23:59:59.999999'::TIMESTAMP AS A, '0001-01-01'::TIMESTAMP AS B, '9999-12-31'::DATE AS C,
            '0001-01-01'::DATE AS D, '1969-12-31 23:59:59.5'::TIMESTAMP AS E, '2500-01-01'::TIMESTAMP_LTZ AS F,
            '23:59:59.999999'::TIME AS G
        """

    @Test("A result with far dates is read again as it was", arguments: [true, false])
    func resultScan(_ arrow: Bool) async throws {
        let client = try EngineHouse().open()
        let stored = try await client.run(Self.far, arrow: arrow)
        let again = try await client.run(
            "SELECT A, B, C, D, E, F, G FROM TABLE(RESULT_SCAN('\(stored.queryID)')) WHERE 1 = 1")
        let straight = try await client.run(Self.far)
        #expect(again.rows == straight.rows)
        #expect(again.columns.map(\.type.wireName) == straight.columns.map(\.type.wireName))
        #expect(try await client.value("SELECT 1") == "1")
    }
}
