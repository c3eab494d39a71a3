import Foundation

/// The form that a version's metadata must have.
enum MetadataText {
    /// Whether the text is one JSON object.
    ///
    /// Python's NaN, Infinity and -Infinity count as numbers: clients write and read them.
    static func isObject(_ text: String) -> Bool {
        guard !text.contains("\0") else { return false }
        let data = Data(withPlainNumbers(Array(text.utf8)))
        return (try? JSONSerialization.jsonObject(with: data)) is [String: Any]
    }

    /// The text with a 0 for each of Python's three words outside strings.
    private static func withPlainNumbers(_ text: [UInt8]) -> [UInt8] {
        let words = ["NaN", "Infinity", "-Infinity"].map { Array($0.utf8) }
        var result: [UInt8] = []
        var isQuoted = false
        var at = 0
        while at < text.count {
            let byte = text[at]
            if isQuoted {
                if byte == UInt8(ascii: "\\"), at + 1 < text.count {
                    result.append(byte)
                    at += 1
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if let word = words.first(where: { text[at...].starts(with: $0) }) {
                result.append(UInt8(ascii: "0"))
                at += word.count
                continue
            }
            result.append(text[at])
            at += 1
        }
        return result
    }
}
