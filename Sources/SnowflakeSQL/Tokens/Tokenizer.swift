import Types

/// Splits Snowflake's SQL text into tokens, in one pass over its UTF-8, without losing a byte.
///
/// It never fails: what is not closed becomes one `unterminated` token, and an unknown character is a symbol.
/// Time and memory are linear in the length of the text.
///
/// Source: https://docs.snowflake.com/en/sql-reference/data-types-text#string-constants
package struct Tokenizer {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var column = 0
    private var questions = 0
    private var tokens: [Token] = []

    private init(_ sql: String) {
        bytes = Array(sql.utf8)
    }

    /// All tokens of `sql`, trivia included: their texts joined are `sql`.
    package static func tokenize(_ sql: String) -> [Token] {
        var tokenizer = Tokenizer(sql)
        tokenizer.run()
        return tokenizer.tokens
    }

    /// The tokens of `sql` without trivia, each knowing whether some stood before it.
    ///
    /// - Throws: `syntax` where a quote or a comment is not closed.
    package static func significant(_ sql: String) throws -> [Token] {
        var result: [Token] = []
        var spaced = false
        for var token in tokenize(sql) {
            if token.isTrivia {
                spaced = true
                continue
            }
            guard token.kind != .unterminated else {
                throw SyntaxError.unterminated(token)
            }
            token.spaced = spaced
            spaced = false
            result.append(token)
        }
        return result
    }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    private mutating func run() {
        while at < bytes.count {
            let (kind, end) = next()
            take(kind, to: end)
        }
    }

    /// The kind of the token that starts here, and where it ends.
    private func next() -> (Token.Kind, Int) {
        let first = bytes[at]
        switch first {
        case 0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D: return (.whitespace, skip(while: Tokenizer.isSpace))
        case UInt8(ascii: "-") where byte(at + 1) == first, UInt8(ascii: "/") where byte(at + 1) == first:
            return (.comment, skip { $0 != 0x0A })
        case UInt8(ascii: "/") where byte(at + 1) == UInt8(ascii: "*"): return blockComment()
        case UInt8(ascii: "'"): return quoted(.string, by: first, backslash: true)
        case UInt8(ascii: "\""): return quoted(.quotedIdentifier, by: first, backslash: false)
        case UInt8(ascii: "$"): return dollar()
        case UInt8(ascii: "@"): return (.stage, location(from: at + 1))
        case UInt8(ascii: "?"): return (.question, at + 1)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return (.number, number())
        case UInt8(ascii: ".") where Tokenizer.isDigit(byte(at + 1)) && !followsOperand: return (.number, number())
        case _ where Tokenizer.isWordStart(first): return word()
        default: return (.symbol, symbol())
        }
    }

    private mutating func take(_ kind: Token.Kind, to end: Int) {
        let text = String(decoding: bytes[at..<end], as: UTF8.self)
        if kind == .question { questions += 1 }
        tokens.append(
            Token(
                kind, text, offset: at, line: line, column: column, ordinal: kind == .question ? questions : 0))
        for byte in bytes[at..<end] {
            if byte == 0x0A {
                line += 1
                column = 0
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        at = end
    }

    private func skip(while condition: (UInt8) -> Bool) -> Int {
        var end = at
        while end < bytes.count, condition(bytes[end]) { end += 1 }
        return end
    }

    private func blockComment() -> (Token.Kind, Int) {
        var end = at + 2
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return (.comment, end + 2) }
            end += 1
        }
        return (.unterminated, bytes.count)
    }

    /// A quoted piece; a doubled quote stands for one, and with `backslash` so does an escaped one.
    private func quoted(_ kind: Token.Kind, by quote: UInt8, backslash: Bool) -> (Token.Kind, Int) {
        var end = at + 1
        while end < bytes.count {
            if backslash, bytes[end] == UInt8(ascii: "\\") {
                end += 2
            } else if bytes[end] == quote {
                if byte(end + 1) != quote { return (kind, end + 1) }
                end += 2
            } else {
                end += 1
            }
        }
        return (.unterminated, bytes.count)
    }

    private func dollar() -> (Token.Kind, Int) {
        guard byte(at + 1) != UInt8(ascii: "$") else {
            var end = at + 2
            while end + 1 < bytes.count {
                if bytes[end] == UInt8(ascii: "$"), bytes[end + 1] == UInt8(ascii: "$") {
                    return (.dollarString, end + 2)
                }
                end += 1
            }
            return (.unterminated, bytes.count)
        }
        var end = at + 1
        while end < bytes.count, Tokenizer.isWordPart(bytes[end]) { end += 1 }
        return (end > at + 1 ? .dollarName : .symbol, end)
    }

    /// Where a stage path or URL ends: at white space, a bracket, a comma or a semicolon outside double quotes.
    private func location(from start: Int) -> Int {
        var end = start
        var inQuotes = false
        while end < bytes.count {
            let next = bytes[end]
            if next == UInt8(ascii: "\"") {
                inQuotes.toggle()
            } else if !inQuotes {
                if Tokenizer.isSpace(next) || "(),;'".utf8.contains(next) { break }
            }
            end += 1
        }
        return end
    }

    private func number() -> Int {
        var end = at
        while Tokenizer.isDigit(byte(end)) { end += 1 }
        if byte(end) == UInt8(ascii: ".") {
            end += 1
            while Tokenizer.isDigit(byte(end)) { end += 1 }
        }
        if byte(end) | 0x20 == UInt8(ascii: "e") {
            var exponent = end + 1
            if byte(exponent) == UInt8(ascii: "+") || byte(exponent) == UInt8(ascii: "-") { exponent += 1 }
            if Tokenizer.isDigit(byte(exponent)) {
                end = exponent
                while Tokenizer.isDigit(byte(end)) { end += 1 }
            }
        }
        return end
    }

    private func word() -> (Token.Kind, Int) {
        let end = skip(while: Tokenizer.isWordPart)
        let rest = "://".utf8
        if end - at == 4, bytes.count >= end + 3, bytes[end..<end + 3].elementsEqual(rest) {
            let lower = String(decoding: bytes[at..<end], as: UTF8.self).lowercased()
            if lower == "snow" { return (.snowURL, location(from: end)) }
            if lower == "file" { return (.fileURL, location(from: end)) }
        }
        return (.word, end)
    }

    /// The end of an operator: the longest of `->>`, `::`, `=>`, `->`, `<=`, `>=`, `<>`, `!=`, `||`, `:=`, `==`, or
    /// one byte.
    private func symbol() -> Int {
        switch (bytes[at], byte(at + 1)) {
        case (UInt8(ascii: "-"), UInt8(ascii: ">")): byte(at + 2) == UInt8(ascii: ">") ? at + 3 : at + 2
        case (UInt8(ascii: ":"), UInt8(ascii: ":")), (UInt8(ascii: ":"), UInt8(ascii: "=")),
            (UInt8(ascii: "="), UInt8(ascii: ">")), (UInt8(ascii: "="), UInt8(ascii: "=")),
            (UInt8(ascii: "<"), UInt8(ascii: "=")), (UInt8(ascii: "<"), UInt8(ascii: ">")),
            (UInt8(ascii: ">"), UInt8(ascii: "=")), (UInt8(ascii: "!"), UInt8(ascii: "=")),
            (UInt8(ascii: "|"), UInt8(ascii: "|")):
            at + 2
        default: at + 1
        }
    }

    /// Whether the token directly before is one after which `.5` can't be a number.
    private var followsOperand: Bool {
        guard let last = tokens.last else { return false }
        switch last.kind {
        case .word, .quotedIdentifier, .dollarName: return true
        case .symbol: return last.text == ")" || last.text == "]"
        default: return false
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isWordStart(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F || byte >= 0x80
    }
    private static func isWordPart(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) || byte == 0x24 }
}
