import Testing

@testable import Types

struct QuotedTextTests {
    /// To Swift, a quote and what stands before or after it are one character here.
    static let texts = [
        "", "'", "''", "it's", "\"", "a\"b", "A\u{600}'", "'\u{301}", "'\u{200D}x", "\u{600}''; DROP", "\r\n'", "é'",
        "\"\u{301}", "\u{600}\"", "日本'語",
    ]

    @Test(arguments: texts)
    func everyQuoteIsDoubled(_ text: String) {
        for (quoted, mark) in [
            (QuotedText.literal(text), UInt8(ascii: "'")), (QuotedText.identifier(text), UInt8(ascii: "\"")),
        ] {
            let inside = Array(quoted.utf8.dropFirst().dropLast())
            #expect(quoted.utf8.first == mark && quoted.utf8.last == mark)
            #expect(inside.filter { $0 == mark }.count == 2 * text.utf8.filter { $0 == mark }.count)
        }
        #expect(QuotedText.value(ofLiteral: QuotedText.literal(text)).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test func whatIsNoLiteralHasNoValue() {
        for text in ["", "'", "a", "'a", "a'", "1"] { #expect(QuotedText.value(ofLiteral: text) == nil) }
    }
}
