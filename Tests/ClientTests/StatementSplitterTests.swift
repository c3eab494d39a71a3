import Testing

@testable import Client

@Suite("Splitting a text into statements")
struct StatementSplitterTests {
    @Test(
        "Semicolons end statements but in quotes, comments and $$ texts",
        arguments: [
            ("select 1; select 2", ["select 1", "select 2"]), ("", []), (" ; ;\n;", []),
            ("select ';' ; select \"a;b\"", ["select ';'", "select \"a;b\""]),
            ("select 'it''s;' -- no; end\n;x", ["select 'it''s;'", "x"]),
            ("/* a; */ select 1 /* b; */;", ["select 1"]), ("select $$a;b$$;", ["select $$a;b$$"]),
            ("put file:///tmp/a.csv @s;list @s;", ["put file:///tmp/a.csv @s", "list @s"]),
            ("select 'a\\';b'; y", ["select 'a\\';b'", "y"]), ("// c;\nselect 1", ["select 1"]),
        ] as [(String, [String])])
    func pieces(_ text: String, _ expected: [String]) {
        #expect(StatementSplitter.split(text).map(\.text) == expected)
    }

    @Test("Each piece knows its line and how it ends")
    func lines() {
        let pieces = StatementSplitter.split("\n-- first\nselect\n 1;\n\nselect 'open")
        #expect(pieces.map(\.line) == [3, 6])
        #expect(pieces.map(\.isTerminated) == [true, false])
        #expect(pieces.map(\.isOpen) == [false, true])
    }

    @Test(
        "A text can be run when it ends with a semicolon, or is nothing",
        arguments: [
            ("select 1;", true), ("select 1; -- done", true), ("select 1", false), ("", true), ("  \n", true),
            ("select ';", false), ("select 1; select", false), ("/* open;", false), ("-- words", true),
        ])
    func complete(_ text: String, _ expected: Bool) {
        #expect(StatementSplitter.isComplete(text) == expected)
    }
}
