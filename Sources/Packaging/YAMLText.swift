import Foundation

/// A value that is to be written as YAML, keys in their order.
indirect enum YAMLText {
    case text(String)
    /// A number, `true`, `false` or `null`, as it stands.
    case plain(String)
    case list([YAMLText])
    case map([(key: String, value: YAMLText)])

    static let null = YAMLText.plain("null")

    static func text(_ value: String?) -> YAMLText { value.map { .text($0) } ?? .null }

    static func integers(_ values: [Int]) -> YAMLText { .list(values.map { .plain("\($0)") }) }

    /// A value of JSON, keys sorted; null where the text is no JSON.
    init(json text: String) {
        let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        self = value.map(YAMLText.init(value:)) ?? .null
    }

    private init(value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let list as [Any]: self = .list(list.map(YAMLText.init(value:)))
        case let object as [String: Any]:
            self = .map(object.sorted { $0.key < $1.key }.map { ($0.key, YAMLText(value: $0.value)) })
        case let number as NSNumber:
            switch String(cString: number.objCType) {
            case "c", "B": self = .plain(number.boolValue ? "true" : "false")
            case "d", "f": self = .plain(YAMLText.float(number.doubleValue))
            default: self = .plain("\(number)")
            }
        default: self = .null
        }
    }

    /// PyYAML takes `1e-05` for a text: a number with an exponent needs a point.
    private static func float(_ number: Double) -> String {
        let text = "\(number)"
        guard let mark = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<mark] + ".0" + text[mark...]
    }

    /// The document, with a line end.
    var document: String {
        var output = ""
        write(into: &output, indent: 0, isAfterKey: false)
        return output
    }

    /// The value as JSON, as Python's `json.dumps` spaces it.
    var json: String {
        switch self {
        case .text(let text): JSONText.quoted(text)
        case .plain(let text): text
        case .list(let values): "[\(values.map(\.json).joined(separator: ", "))]"
        case .map(let entries):
            "{\(entries.map { "\(JSONText.quoted($0.key)): \($0.value.json)" }.joined(separator: ", "))}"
        }
    }

    private func write(into output: inout String, indent: Int, isAfterKey: Bool) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .plain(let text): output += (isAfterKey ? " " : "") + text + "\n"
        case .text(let text): output += (isAfterKey ? " " : "") + YAMLText.scalar(text) + "\n"
        case .list(let values):
            if values.isEmpty {
                output += (isAfterKey ? " " : "") + "[]\n"
                return
            }
            if isAfterKey { output += "\n" }
            for (index, value) in values.enumerated() {
                output += (index == 0 && !isAfterKey ? "" : margin) + "- "
                value.write(into: &output, indent: indent + 2, isAfterKey: false)
            }
        case .map(let entries):
            if entries.isEmpty {
                output += (isAfterKey ? " " : "") + "{}\n"
                return
            }
            if isAfterKey { output += "\n" }
            for (index, entry) in entries.enumerated() {
                output += (index == 0 && !isAfterKey ? "" : margin) + YAMLText.scalar(entry.key) + ":"
                let isList = if case .list = entry.value { true } else { false }
                entry.value.write(into: &output, indent: isList ? indent : indent + 2, isAfterKey: true)
            }
        }
    }

    private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

    private static func scalar(_ text: String) -> String {
        if text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*/) != nil, !words.contains(text.lowercased()) { return text }
        return JSONText.quoted(text)
    }
}

/// Texts of JSON.
enum JSONText {
    /// The text in quotes, with its escapes.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        // A text always encodes.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
