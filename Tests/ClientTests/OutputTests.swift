import Foundation
import Testing
import Types

@testable import Client

@Suite("Printing results")
struct OutputTests {
    private static let columns = [
        ResultField(name: "ID", type: "fixed", scale: 0), ResultField(name: "NAME", type: "text"),
        ResultField(name: "OK", type: "boolean"), ResultField(name: "V", type: "variant"),
    ]
    private static let rows: [[String?]] = [
        ["1", "lily", "1", #"{"a":[1,2]}"#], ["20", nil, "0", nil], ["-3", "a,\"b\"\n", nil, "\"x\""],
        ["4", "", "1", "7"],
    ]

    private func printed(
        _ format: OutputFormat, _ columns: [ResultField] = columns, _ rows: [[String?]] = rows, width: Int? = nil
    ) -> String {
        var text = ""
        let writer = format.writer(columns, screenWidth: width) { text += $0 }
        for row in rows { writer.append([row]) }
        writer.finish()
        return text
    }

    @Test("A table has its numbers to the right and no line breaks in cells")
    func table() {
        #expect(
            printed(.table) == #"""
                 ID | NAME    | OK    | V
                ----+---------+-------+-------------
                  1 | lily    | true  | {"a":[1,2]}
                 20 | NULL    | false | NULL
                 -3 | a,"b"\n | NULL  | "x"
                  4 |         | true  | 7

                """#)
    }

    @Test("Without rows there is still the head of the table")
    func empty() {
        #expect(printed(.table, [ResultField(name: "N", type: "fixed")], []) == " N\n---\n")
        #expect(printed(.csv, [ResultField(name: "N", type: "fixed")], []) == "N\n")
        #expect(printed(.json, [ResultField(name: "N", type: "fixed")], []) == "[]\n")
    }

    @Test("A table that is wider than the terminal is printed line by line")
    func wide() {
        #expect(
            printed(.table, Self.columns, [Self.rows[0]], width: 20).hasPrefix("-[ row 1 ]-\nID   | 1\nNAME | lily\n"))
        #expect(printed(.table, Self.columns, [Self.rows[0]], width: 200).hasPrefix(" ID | NAME"))
    }

    @Test("CSV tells NULL from an empty text and quotes what needs it")
    func csv() {
        #expect(
            printed(.csv) == """
                ID,NAME,OK,V
                1,lily,true,"{""a"":[1,2]}"
                20,,false,
                -3,"a,""b""
                ",,\"""x\"""
                4,"",true,7

                """)
    }

    @Test("JSON is one array of objects that parsers take")
    func json() throws {
        let text = printed(.json)
        let parsed = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(parsed.count == 4)
        #expect(parsed[0]["ID"] as? Int == 1 && parsed[0]["OK"] as? Bool == true)
        #expect((parsed[0]["V"] as? [String: [Int]]) == ["a": [1, 2]])
        #expect(
            parsed[1]["NAME"] is NSNull && parsed[2]["NAME"] as? String == "a,\"b\"\n"
                && parsed[2]["V"] as? String == "x")
        #expect(text.hasPrefix("[\n{\"ID\": 1, \"NAME\": \"lily\", \"OK\": true, \"V\": {\"a\":[1,2]}},\n"))
    }

    @Test("Names that come twice get numbers, what is no JSON number becomes text")
    func jsonCorners() {
        let columns = ["A", "A", "A_2"].map { ResultField(name: $0, type: "real") }
        #expect(
            printed(.json, columns, [["1.5", "NaN", "1e+300"]])
                == "[\n{\"A\": 1.5, \"A_3\": \"NaN\", \"A_2\": 1e+300}\n]\n")
        for (text, expected) in [
            ("0", true), ("-0.5", true), ("1E5", true), ("01", false), ("-", false), ("1.", false), ("inf", false),
            ("", false),
            ("1e", false), (".5", false),
        ] {
            #expect(JSONWriter.isNumber(text) == expected, "\(text)")
        }
    }

    @Test(
        "Cells are readable",
        arguments: [
            ("19000", "date", "2022-01-08"), ("-1", "date", "1969-12-31"), ("-719529", "date", "-0001-12-31"),
            ("37230.000000000", "time", "10:20:30"), ("37230.120000000", "time", "10:20:30.120"),
            ("0.000000001", "time", "00:00:00.000000001"), ("0.000000000", "timestamp_ntz", "1970-01-01 00:00:00.000"),
            ("1700000000.123456000", "timestamp_ntz", "2023-11-14 22:13:20.123456"),
            ("-0.500000000", "timestamp_ntz", "1969-12-31 23:59:59.500"),
            ("-1.250000000", "timestamp_ltz", "1969-12-31 23:59:58.750 +0000"),
            ("1700000000.000000000 1560", "timestamp_tz", "2023-11-15 00:13:20.000 +0200"),
            ("1700000000.000000000 1410", "timestamp_tz", "2023-11-14 21:43:20.000 -0030"), ("1", "boolean", "true"),
            ("0", "boolean", "false"), ("00FF", "binary", "00FF"), ("words", "date", "words"), ("x", "text", "x"),
        ])
    func cells(_ wire: String, _ type: String, _ expected: String) {
        #expect(CellText.text(wire, type) == expected)
    }

    @Test("What would move the cursor is shown by its escape")
    func plain() {
        #expect(PlainText.oneLine("a\u{1B}[2Jb\tc\n\u{9B}\u{202E}") == #"a\u001b[2Jb\tc\n\u009b\u202e"#)
        #expect(PlainText.lines("a\nb\u{7}") == "a\nb\\u0007")
        #expect(TextWidth.columns(of: "日本e\u{301}") == 5)
    }

    @Test("A failure shows its line with a caret under the place")
    func caret() {
        func failure(_ line: Int, _ column: Int) -> StatementFailure {
            StatementFailure(
                code: "001003", sqlState: "42000", message: "no", position: .init(line: line, column: column),
                queryID: "")
        }
        #expect(failure(2, 7).excerpt(of: "select 1,\n\tselect x") == "   select x\n         ^")
        #expect(failure(1, 2).excerpt(of: "日本x") == "  日本x\n      ^")
        #expect(failure(3, 0).excerpt(of: "select") == nil)
        let long = failure(1, 500).excerpt(of: String(repeating: "x", count: 499) + ",y", width: 40)
        #expect(long?.split(separator: "\n").allSatisfy { $0.count <= 42 } == true)
        #expect(failure(1, 0).headline == "001003 (42000): no")
    }
}
