import Foundation

/// A value of a JSON text that others wrote: claims, keys.
enum JSONValue: Sendable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    /// The text, or those among an array's elements.
    var texts: [String] { text.map { [$0] } ?? elements?.compactMap(\.text) ?? [] }
    /// Seconds since 1970 as milliseconds, nil for anything but a number that can be a time.
    var milliseconds: Int64? {
        guard case .number(let seconds) = self, (0...1e11).contains(seconds) else { return nil }
        return Int64(seconds * 1000)
    }
}
