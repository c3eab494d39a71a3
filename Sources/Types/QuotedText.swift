/// Text within quotes, as SQL writes it: every quote inside is doubled.
///
/// Bytes count, not characters: to a database a quote that a combining mark follows is still a quote, while to Swift the
/// two are one `Character` that is not equal to a quote.
package enum QuotedText {
    /// `it's` → `'it''s'`
    package static func literal(_ text: some StringProtocol) -> String { quote(text, UInt8(ascii: "'")) }

    /// `a"b` → `"a""b"`
    package static func identifier(_ name: some StringProtocol) -> String { quote(name, UInt8(ascii: "\"")) }

    /// `'it''s'` → `it's`; nil for what is no literal.
    package static func value(ofLiteral literal: some StringProtocol) -> String? {
        let mark = UInt8(ascii: "'")
        let bytes = Array(literal.utf8)
        guard bytes.count >= 2, bytes.first == mark, bytes.last == mark else { return nil }
        var value: [UInt8] = []
        value.reserveCapacity(bytes.count)
        var index = 1
        while index < bytes.count - 1 {
            value.append(bytes[index])
            let isDoubled = bytes[index] == mark && index + 1 < bytes.count - 1 && bytes[index + 1] == mark
            index += isDoubled ? 2 : 1
        }
        return String(decoding: value, as: UTF8.self)
    }

    private static func quote(_ text: some StringProtocol, _ mark: UInt8) -> String {
        var out: [UInt8] = [mark]
        out.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            if byte == mark { out.append(mark) }
            out.append(byte)
        }
        out.append(mark)
        return String(decoding: out, as: UTF8.self)
    }
}
