import Foundation

/// A statement's text as runs, the history and logs may keep it.
enum StatementText {
    /// Most bytes that are kept of a statement.
    static let longest = 100_000

    /// The text with every password replaced by asterisks, cut to ``longest`` bytes.
    static func kept(of sql: String) -> String {
        let shown = withoutSecrets(sql)
        guard shown.utf8.count > longest else { return shown }
        var end = shown.utf8.index(shown.startIndex, offsetBy: longest)
        while end.samePosition(in: shown.unicodeScalars) == nil { end = shown.utf8.index(before: end) }
        return String(shown[..<end])
    }

    private static func withoutSecrets(_ sql: String) -> String {
        // Most statements have none: a look at the bytes is enough.
        guard mayHoldSecrets(sql) else { return sql }
        // Words after which a literal is a secret.
        let secret =
            #/(?i)\b(password|token|secret|private_key|rsa_public_key(?:_2)?)(\s*=?\s*)('(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$)/#
        return sql.replacing(secret) { match in "\(match.output.1)\(match.output.2)'***'" }
    }

    /// Whether a word stands in the text that a secret may follow.
    private static func mayHoldSecrets(_ sql: String) -> Bool {
        var sql = sql
        return sql.withUTF8 { bytes in
            bytes.indices.contains { index in
                switch bytes[index] | 0x20 {
                case UInt8(ascii: "p"): holds("password", at: index, in: bytes)
                case UInt8(ascii: "t"): holds("token", at: index, in: bytes)
                case UInt8(ascii: "s"): holds("secret", at: index, in: bytes)
                case UInt8(ascii: "_") | 0x20: holds("_key", at: index, in: bytes)
                default: false
                }
            }
        }
    }

    /// Whether a word in lower case stands at an index, in any case.
    private static func holds(_ word: StaticString, at start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard start + word.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<word.utf8CodeUnitCount).allSatisfy { offset in
            let (byte, wanted) = (bytes[start + offset], word.utf8Start[offset])
            return byte == wanted || (byte | 0x20 == wanted && wanted >= UInt8(ascii: "a"))
        }
    }
}
