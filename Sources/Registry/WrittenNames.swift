package import Types

/// Names as clients without SQL write them: a plain one resolves as in SQL (`iris` is `IRIS`), one in double quotes is
/// exact, as in SQL, and so is any other (`my-model`).
extension Identifier {
    package init(written text: String) {
        if text.count > 1, text.hasPrefix("\""), text.hasSuffix("\""), let quoted = try? Identifier(parsing: text) {
            self = quoted
        } else {
            self.init(resolved: Self.isPlain(text) ? text.uppercased() : text)
        }
    }

    /// The text that is this name when such a client writes it.
    package var written: String { Identifier(written: name) == self ? name : quoted }

    private static func isPlain(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 }
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || $0 == 36 || (48...57).contains($0) }
    }
}
