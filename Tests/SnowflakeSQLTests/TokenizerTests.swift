import Foundation
import SnowflakeSQL
import TestSupport
import Testing
import Types

@Suite struct TokenizerTests {
    private func kinds(_ sql: String) -> [Token.Kind] {
        Tokenizer.tokenize(sql).filter { !$0.isTrivia }.map(\.kind)
    }

    private func texts(_ sql: String) -> [String] {
        Tokenizer.tokenize(sql).filter { !$0.isTrivia }.map(\.text)
    }

    @Test(arguments: [
        ("select a_1, \"B c\" from t$x", ["select", "a_1", ",", "\"B c\"", "from", "t$x"]),
        ("'it''s' 'it\\'s' '\\\\' 'x'", ["'it''s'", "'it\\'s'", "'\\\\'", "'x'"]),
        ("$$a'b \" -- $x$$ $1 $v", ["$$a'b \" -- $x$$", "$1", "$v"]),
        (
            "a::int a=>1 x->>y b->c <= >= <> != || :=",
            [
                "a", "::", "int", "a", "=>", "1", "x", "->>", "y", "b", "->", "c", "<=", ">=", "<>", "!=", "||", ":=",
            ]
        ),
        ("1 1.5 .5 1e10 1.5E-3 1. a.5", ["1", "1.5", ".5", "1e10", "1.5E-3", "1.", "a", ".", "5"]),
        ("m!f(?) :1", ["m", "!", "f", "(", "?", ")", ":", "1"]),
        ("a -- x\nb // y\nc /* z\n*/ d", ["a", "b", "c", "d"]),
        ("@db.s.\"a b\"/p/x.csv, @~/x) @%t;", ["@db.s.\"a b\"/p/x.csv", ",", "@~/x", ")", "@%t", ";"]),
        ("from snow://model/A.B.C/versions/V1/ x", ["from", "snow://model/A.B.C/versions/V1/", "x"]),
        ("put file:///tmp/a*.csv @s", ["put", "file:///tmp/a*.csv", "@s"]),
        ("sélect ñ \"\"\"\"", ["sélect", "ñ", "\"\"\"\""]),
    ])
    func splitsIntoTokens(sql: String, expected: [String]) {
        #expect(texts(sql) == expected)
    }

    @Test func tellsKindsApart() {
        #expect(
            kinds("a \"b\" 'c' $$d$$ 1 $1 ? @s snow://x ( ")
                == [
                    .word, .quotedIdentifier, .string, .dollarString, .number, .dollarName, .question, .stage, .snowURL,
                    .symbol,
                ])
        #expect(kinds("'abc") == [.unterminated])
        #expect(kinds("/* abc") == [.unterminated])
        #expect(kinds("\"abc") == [.unterminated])
        #expect(kinds("$$abc$") == [.unterminated])
    }

    @Test func knowsWhereTokensStand() throws {
        let tokens = try Tokenizer.significant("select é,\n  'x\ny' -- c\n ? , ?")
        #expect(tokens.map(\.offset) == [0, 7, 9, 13, 25, 27, 29])
        #expect(tokens.map(\.line) == [1, 1, 1, 2, 4, 4, 4])
        #expect(tokens.map(\.column) == [0, 7, 8, 2, 1, 3, 5])
        #expect(tokens.map(\.ordinal) == [0, 0, 0, 0, 1, 0, 2])
        #expect(tokens.map(\.spaced) == [false, true, false, true, true, true, true])
    }

    @Test func saysWhatIsNotClosed() {
        let error = #expect(throws: RegistryError.self) { try Tokenizer.significant("select\n 'abc") }
        #expect(error?.code == .syntax)
        #expect(error?.position == .init(line: 2, column: 1))
        #expect(error?.hint?.contains("not closed") == true)
    }

    @Test func losesNothingOnRandomBytes() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: UInt64(seed))
            let alphabet = Array("'\"$@/*-.:;()[]{}\\ \n?!#aZ09_%~é\u{0}\u{1F600}=<>|".utf8) + (0...255)
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let tokens = Tokenizer.tokenize(text)
            #expect(tokens.map(\.text).joined() == text, "seed \(seed)")
            #expect(tokens.last.map(\.end) ?? 0 == text.utf8.count, "seed \(seed)")
        }
    }

    @Test func readsTenMegabytesInLinearTime() {
        let row = "(1, 'abc', \"D\", 1.5e3), -- c\n"
        let small = String(repeating: row, count: 3_000)
        let large = String(repeating: row, count: 30_000)
        func threadNanoseconds() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
        // Of this thread alone: others run at the same time.
        func cost(_ text: String) -> Int {
            let start = threadNanoseconds()
            _ = Tokenizer.tokenize(text).count
            return threadNanoseconds() - start
        }
        let one = cost(small)
        let ten = cost(large)
        #expect(ten < one * 40, "\(one) for one part, \(ten) for ten")
        let text = "'" + String(repeating: "x", count: 10_000_000) + "'"
        #expect(Tokenizer.tokenize(text).count == 1)
    }

    @Test(arguments: [
        ("'it''s'", "it's"), ("'it\\'s'", "it's"), ("'a\\nb\\tc'", "a\nb\tc"), ("'\\\\'", "\\"),
        ("'\\x41\\u00e9'", "Aé"),
        ("'\\101'", "A"), ("'\\q'", "q"), ("$$a\\n'b$$", "a\\n'b"), ("''", ""), ("'\\xzz'", "xzz"),
    ])
    func decodesStrings(literal: String, expected: String) throws {
        let token = try #require(try Tokenizer.significant(literal).first)
        #expect(try StringLiteral.value(of: token) == expected)
    }

    @Test(arguments: ["'a\\0b'", "'\\x00'", "'\\u0000'"])
    func refusesNulInStrings(literal: String) throws {
        let token = try #require(try Tokenizer.significant(literal).first)
        #expect(throws: RegistryError.self) { try StringLiteral.value(of: token) }
    }
}
