import Arrow
import Engine
import TestSupport
import Testing
import Types

struct TextResultTests {
    static let columns = [
        ResultColumn("T", .string), ResultColumn("N", .fixed(precision: 10, scale: 2)), ResultColumn("B", .boolean),
        ResultColumn("R", .real), ResultColumn("D", .date), ResultColumn("S", .timestampLTZ(scale: 9)),
        ResultColumn("Z", .timestampTZ(scale: 9)), ResultColumn("X", .binary(length: 4)), ResultColumn("V", .variant),
        ResultColumn("C", .time(scale: 9)),
    ]
    static let rows: [[String?]] = [
        [
            "a \"b\"", "-1.50", "1", "0.25", "19782", "-1.500000000", "1704067200.000000001 1500", "AB01", "{}",
            "1.000000000",
        ],
        [nil, nil, nil, nil, nil, nil, nil, nil, nil, nil],
    ]

    @Test func rowsAreWrittenAsJSON() {
        let segment = TextResult(columns: TextResultTests.columns, rows: TextResultTests.rows).json()
        #expect(
            String(decoding: segment.data, as: UTF8.self) == """
                ["a \\"b\\"","-1.50","1","0.25","19782","-1.500000000","1704067200.000000001 1500","AB01","{}",\
                "1.000000000"],\
                [null,null,null,null,null,null,null,null,null,null]
                """)
        #expect(segment.rowCount == 2)
    }

    @Test func rowsAreWrittenAsArrow() throws {
        let segment = try TextResult(columns: TextResultTests.columns, rows: TextResultTests.rows).arrow()
        var reader = try ArrowStreamReader(segment.data)
        let batch = try #require(try reader.nextBatch())
        #expect(
            batch.columns.map { $0.value(0) } == [
                .text("a \"b\""), .integer(-150), .bool(true), .real(0.25), .integer(19782),
                .struct([.integer(-2), .integer(500_000_000)]),
                .struct([.integer(1_704_067_200), .integer(1), .integer(1500)]), .binary([0xAB, 1]), .text("{}"),
                .integer(1_000_000_000),
            ])
        #expect(batch.columns.allSatisfy { $0.value(1) == .null })
    }

    @Test func aCellOfTheWrongFormIsAnError() {
        let result = TextResult(columns: [ResultColumn("N", .integer)], rows: [["one"]])
        #expect(failure { _ = try result.arrow() }?.code == .internal)
    }
}
