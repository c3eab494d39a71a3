import Arrow
import DuckDB
import Engine
import TestSupport
import Testing
import Types

struct EncodingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let sql: String
        let type: SQLType
        /// The JSON rowset's cell.
        let cell: String?
        var testDescription: String { sql }

        init(_ sql: String, _ type: SQLType, _ cell: String?) {
            self.sql = sql
            self.type = type
            self.cell = cell
        }
    }

    static let cases = [
        Case("1::TINYINT", .integer, "1"), Case("-2::SMALLINT", .integer, "-2"), Case("3::INTEGER", .integer, "3"),
        Case("(-9223372036854775808)::BIGINT", .integer, "-9223372036854775808"), Case("5::HUGEINT", .integer, "5"),
        Case("99999999999999999999999999999999999999::HUGEINT", .integer, "99999999999999999999999999999999999999"),
        Case("-99999999999999999999999999999999999999::HUGEINT", .integer, "-99999999999999999999999999999999999999"),
        Case("255::UTINYINT", .integer, "255"), Case("65535::USMALLINT", .integer, "65535"),
        Case("4294967295::UINTEGER", .integer, "4294967295"), Case("7::UBIGINT", .integer, "7"),
        Case("18446744073709551615::UBIGINT", .integer, "18446744073709551615"), Case("8::UHUGEINT", .integer, "8"),
        Case("1.50::DECIMAL(4,2)", .fixed(precision: 4, scale: 2), "1.50"),
        Case("-0.05::DECIMAL(9,2)", .fixed(precision: 9, scale: 2), "-0.05"),
        Case("12.000001::DECIMAL(18,6)", .fixed(precision: 18, scale: 6), "12.000001"),
        Case("1.25::DECIMAL(38,20)", .fixed(precision: 38, scale: 20), "1.25000000000000000000"),
        Case("7::DECIMAL(38,0)", .fixed(precision: 38, scale: 0), "7"),
        Case("-12345678901234567890.123::DECIMAL(38,3)", .fixed(precision: 38, scale: 3), "-12345678901234567890.123"),
        Case("0.1::DOUBLE", .real, "0.1"), Case("1.5::FLOAT", .real, "1.5"), Case("'NaN'::DOUBLE", .real, "NaN"),
        Case("'-inf'::DOUBLE", .real, "-inf"), Case("1e300::DOUBLE", .real, "1e+300"),
        Case("true", .boolean, "1"), Case("false", .boolean, "0"),
        Case("'h\u{E9} \"\\ ' || chr(10) || chr(1)", .string, "h\u{E9} \"\\ \n\u{1}"), Case("''", .string, ""),
        Case("'\\xAA\\xBB'::BLOB", .binary(length: 8_388_608), "AABB"),
        Case("''::BLOB", .binary(length: 8_388_608), ""),
        Case("DATE '2024-02-29'", .date, "19782"), Case("DATE '1969-12-31'", .date, "-1"),
        Case("TIME '12:34:56.789'", .time(scale: 9), "45296.789000000"),
        Case("TIMESTAMP '2024-02-29 12:34:56.123456'", .timestampNTZ(scale: 9), "1709210096.123456000"),
        Case("TIMESTAMP '1969-12-31 23:59:58.5'", .timestampNTZ(scale: 9), "-1.500000000"),
        Case("TIMESTAMP_NS '2024-01-01 00:00:00.123456789'", .timestampNTZ(scale: 9), "1704067200.123456789"),
        Case("TIMESTAMP_MS '2024-01-01 00:00:00.123'", .timestampNTZ(scale: 9), "1704067200.123000000"),
        Case("TIMESTAMP_S '2024-01-01 00:00:00'", .timestampNTZ(scale: 9), "1704067200.000000000"),
        Case("TIMESTAMPTZ '2024-01-01 00:00:00+02'", .timestampLTZ(scale: 9), "1704060000.000000000"),
        Case("'{\"a\": [1, 2 ], \"b c\": \" \\\" \"}'::JSON", .variant, "{\"a\":[1,2],\"b c\":\" \\\" \"}"),
        Case("[1, NULL, 3]", .array, "[1,null,3]"), Case("[]::INTEGER[]", .array, "[]"),
        Case("[[1.5::DOUBLE, 'NaN'], NULL]", .array, "[[1.5,NaN],null]"), Case("[1, 2]::INTEGER[2]", .array, "[1,2]"),
        Case("['{\"a\":1}'::JSON, '\"x\"'::JSON]", .array, "[{\"a\":1},\"x\"]"),
        Case("{'a': 1, 'B': 'x\"y', 'c': NULL}", .object, "{\"a\":1,\"B\":\"x\\\"y\",\"c\":null}"),
        Case(
            "{'t': TIMESTAMP '2024-01-01 01:02:03', 'd': DATE '2024-01-01'}", .object,
            "{\"t\":\"2024-01-01 01:02:03.000000\",\"d\":\"2024-01-01\"}"),
        Case(
            "{'b': '\\xAA'::BLOB, 'n': 1.50::DECIMAL(9,2), 'f': true}", .object,
            "{\"b\":\"AA\",\"n\":1.50,\"f\":true}"),
        Case("MAP {'k': 1.0::DOUBLE, 'l': NULL}", .object, "{\"k\":1.0,\"l\":null}"),
        Case("MAP {1: [1]}", .object, "{\"1\":[1]}"),
        Case("union_value(n := 5)", .object, "5"),
        Case("UUID 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", .string, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        Case("INTERVAL '1 year 2 months 3 days 4 hours'", .string, "1 year 2 months 3 days 04:00:00"),
        Case("INTERVAL 0 SECOND", .string, "00:00:00"),
        Case("'010110011'::BIT", .string, "010110011"), Case("'y'::ENUM('x', 'y')", .string, "y"),
        Case("'12:00:00+01:30'::TIMETZ", .string, "12:00:00.000000+01:30"),
        Case("NULL::VARCHAR", .string, nil), Case("NULL::STRUCT(a INTEGER)", .object, nil), Case("NULL", .integer, nil),
    ]

    @Test(arguments: cases)
    func aValueTravelsInBothForms(_ example: Case) throws {
        let sql = "SELECT \(example.sql) AS \"X\" UNION ALL SELECT NULL"
        let json = try EncodedResult(sql, as: .json)
        #expect(json.columns == [ResultColumn("X", example.type)])
        #expect(try json.rows() == [[example.cell], [nil]])
        let arrow = try EncodedResult(sql, as: .arrow)
        #expect(arrow.columns == json.columns)
        let cells = try arrow.cells()
        #expect(cells == [[example.cell], [nil]])
        let field = try #require(try ArrowStreamReader(arrow.segments[0].data).fields.first)
        #expect(field.metadata("logicalType") == example.type.wireName.uppercased())
    }

    @Test(arguments: [
        "DATE 'infinity'", "TIMESTAMP '-infinity'", "100000000000000000000000000000000000000::HUGEINT",
        "340282366920938463463374607431768211455::UHUGEINT",
    ])
    func valuesWithoutASnowflakeFormAreRefusedInArrow(_ value: String) throws {
        #expect(failure { _ = try EncodedResult("SELECT \(value)", as: .arrow) }?.code == .invalidValue)
    }

    @Test func wideColumnsAreNarrowWhereAllValuesFit() throws {
        func types(_ sql: String, streaming: Bool = false) throws -> [ArrowType] {
            let encoded = try EncodedResult(sql, as: .arrow, streaming: streaming)
            return try ArrowStreamReader(encoded.segments[0].data).fields.map(\.type)
        }
        let sql = "SELECT sum(range) AS a, sum(range::DECIMAL(38,2)) AS b FROM range(10)"
        #expect(try types(sql) == [.int64, .int64])
        #expect(try types(sql, streaming: true)[0] == .decimal128(precision: 38, scale: 0))
        let mixed = "SELECT range::HUGEINT << (range * 20)::INTEGER AS a FROM range(4)"
        #expect(try types(mixed) == [.int64])
        #expect(
            try types("SELECT (9223372036854775807::HUGEINT + range) AS a FROM range(2)") == [
                .decimal128(precision: 38, scale: 0)
            ])
    }

    @Test(arguments: [ResultFormat.arrow, .json])
    func aResultWithoutRowsHasNoSegment(_ format: ResultFormat) throws {
        let encoded = try EncodedResult("SELECT 1 AS a WHERE false", as: format)
        #expect(encoded.segments.isEmpty && encoded.rowCount == 0 && encoded.columns.count == 1)
    }

    @Test func namesAndTypesCanBeGiven() throws {
        let result = try NativeLibrary.connection().query("SELECT 1 AS a")
        let encoder = ResultEncoder(
            result, as: .arrow, columns: [ResultColumn("OTHER", .fixed(precision: 10, scale: 0))])
        var fields: [ArrowField] = []
        _ = try encoder.encode { fields = try ArrowStreamReader($0.data).fields }
        #expect(fields.first?.name == "OTHER" && fields.first?.metadata("precision") == "10")
    }

    @Test func aTypeThatCannotBeReadIsNamed() throws {
        let error = failure { _ = try EncodedResult("SELECT 123::BIGNUM AS a", as: .arrow) }
        #expect(error?.code == .unsupported && error?.message.contains("BIGNUM") == true)
    }
}
