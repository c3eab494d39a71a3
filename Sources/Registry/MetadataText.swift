import Foundation

/// The form that a version's metadata must have.
package enum MetadataText {
    /// Whether the text is one JSON object.
    ///
    /// Python's NaN, Infinity and -Infinity count as numbers: clients write and read them.
    static func isObject(_ text: String) -> Bool {
        guard !text.contains("\0") else { return false }
        return object(text) != nil
    }

    /// The text as JSON, Python's words for numbers as texts; nil where it is no object.
    private static func object(_ text: String) -> [String: Any]? {
        let data = Data(withQuotedWords(Array(text.utf8)))
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    }

    /// The metrics in a version's metadata that are numbers, by name: as the Snowflake client keeps them.
    package static func metrics(_ text: String) -> [(name: String, value: Double)] {
        guard text != "{}", let metrics = object(text)?["metrics"] as? [String: Any] else { return [] }
        return metrics.sorted { $0.key < $1.key }.compactMap { name, value in
            switch value {
            case let number as NSNumber: (name, number.doubleValue)
            case "NaN" as String: (name, .nan)
            case "Infinity" as String: (name, .infinity)
            case "-Infinity" as String: (name, -.infinity)
            default: nil
            }
        }
    }

    /// Metadata that holds metrics, as the Snowflake client writes it: `{"metrics": {…}, …}`, `{}` for none.
    ///
    /// - Parameter limit: bytes; metrics that would go beyond it are left out.
    static func withMetrics(_ metrics: [(name: String, value: Double)], atMost limit: Int) throws -> String {
        guard !metrics.isEmpty else { return "{}" }
        var room = limit - 100
        let members = try metrics.map { metric in
            let name = String(decoding: try JSONEncoder().encode(metric.name), as: UTF8.self)
            let value =
                metric.value.isNaN
                ? "NaN" : metric.value.isInfinite ? (metric.value > 0 ? "Infinity" : "-Infinity") : "\(metric.value)"
            return "\(name): \(value)"
        }.prefix { member in
            room -= member.utf8.count + 2
            return room >= 0
        }
        return "{\"metrics\": {\(members.joined(separator: ", "))}, \"snowpark_ml_schema_version\": \"2024-01-01\"}"
    }

    /// The text with quotes around each of Python's three words outside strings.
    private static func withQuotedWords(_ text: [UInt8]) -> [UInt8] {
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
                result += [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")]
                at += word.count
                continue
            }
            result.append(text[at])
            at += 1
        }
        return result
    }
}
