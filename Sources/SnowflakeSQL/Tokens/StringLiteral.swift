import Types

/// Snowflake's string constants, decoded, and DuckDB's, encoded.
package enum StringLiteral {
    /// The value of a `'…'` or `$$…$$` token.
    ///
    /// Escapes in `'…'`: `''`, `\'`, `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, `\0`, `\ooo`, `\xHH`, `\uHHHH`; a
    /// backslash before any other character is dropped.
    ///
    /// - Throws: `syntax` when the value holds a NUL character.
    /// Source: https://docs.snowflake.com/en/sql-reference/data-types-text#escape-sequences
    package static func value(of token: Token) throws -> String {
        let value: String
        if token.kind == .dollarString {
            value = String(token.text.dropFirst(2).dropLast(2))
        } else {
            value = unescape(token.text)
        }
        guard !value.utf8.contains(0) else {
            throw RegistryError(
                .syntax, "A string must not contain the NUL character.", position: token.position)
        }
        return value
    }

    /// `text` as a literal of DuckDB and of standard SQL: quotes doubled, nothing else escaped.
    package static func quote(_ text: String) -> String { QuotedText.literal(text) }

    private static func unescape(_ literal: String) -> String {
        let bytes = Array(literal.utf8.dropFirst().dropLast())
        guard bytes.contains(UInt8(ascii: "\\")) || bytes.contains(UInt8(ascii: "'")) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "'") {
                if index < bytes.count, bytes[index] == byte { index += 1 }
                out.append(byte)
            } else if byte == UInt8(ascii: "\\"), index < bytes.count {
                escape(bytes, &index, &out)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Decodes the escape whose letter is at `index`, and moves behind it.
    private static func escape(_ bytes: [UInt8], _ index: inout Int, _ out: inout [UInt8]) {
        let letter = bytes[index]
        index += 1
        switch letter {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "x"): code(bytes, &index, &out, digits: 2, else: letter)
        case UInt8(ascii: "u"): code(bytes, &index, &out, digits: 4, else: letter)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = UInt32(letter - 0x30)
            var count = 1
            while count < 3, index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x37, value * 8 <= 0xFF {
                value = value * 8 + UInt32(bytes[index] - 0x30)
                index += 1
                count += 1
            }
            append(value, &out)
        default: out.append(letter)
        }
    }

    private static func code(
        _ bytes: [UInt8], _ index: inout Int, _ out: inout [UInt8], digits: Int, else letter: UInt8
    ) {
        guard index + digits <= bytes.count,
            let value = UInt32(String(decoding: bytes[index..<index + digits], as: UTF8.self), radix: 16)
        else {
            out.append(letter)
            return
        }
        index += digits
        append(value, &out)
    }

    private static func append(_ value: UInt32, _ out: inout [UInt8]) {
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        out.append(contentsOf: String(Character(scalar)).utf8)
    }
}
