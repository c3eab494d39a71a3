import Types

/// A JSON value, as DuckDB's `json_serialize_sql` writes a query's syntax tree. Keys keep their order and numbers their
/// text, so that an untouched tree is written back as it was read.
package enum SyntaxNode: Sendable, Equatable {
    case object([Member])
    case array([SyntaxNode])
    case string(String)
    /// The number's text as it stood.
    case number(String)
    case bool(Bool)
    case null

    package struct Member: Sendable, Equatable {
        package let key: String
        package var value: SyntaxNode

        package init(key: String, value: SyntaxNode) {
            self.key = key
            self.value = value
        }
    }

    /// Deepest nesting that is read; deeper text is refused, so that no input can exhaust the stack.
    package static let maximumDepth = 1500
    /// Most values in one document, a constant in a query being about eleven: short text must not grow to gigabytes.
    package static let maximumValues = 4_000_000

    /// Reads JSON text.
    ///
    /// - Parameter most: most values that are read: objects, arrays and what is in them.
    /// - Throws: `RegistryError` with code `syntax` when the text is not JSON, `limitExceeded` when it is nested too
    ///   deeply or has too many values.
    package init(parsing bytes: some Collection<UInt8>, atMost most: Int = SyntaxNode.maximumValues) throws {
        var reader = SyntaxReader(bytes: Array(bytes), maximumValues: most)
        self = try reader.readDocument()
    }

    /// The member's value, nil where this is no object or has no such key.
    package subscript(key: String) -> SyntaxNode? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.first { $0.key == key }?.value
        }
        set {
            guard case .object(var members) = self else { return }
            if let index = members.firstIndex(where: { $0.key == key }) {
                if let newValue { members[index].value = newValue } else { members.remove(at: index) }
            } else if let newValue {
                members.append(Member(key: key, value: newValue))
            }
            self = .object(members)
        }
    }

    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    package var elements: [SyntaxNode] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The text of the member `key`, empty where it is missing or not a string.
    package func name(_ key: String) -> String { self[key]?.text ?? "" }

    package static func make(_ members: KeyValuePairs<String, SyntaxNode>) -> SyntaxNode {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// Writes the value as JSON text.
    package var json: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONText.append(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .string(let text): JSONText.append(text, to: &out)
        case .number(let text): out.append(contentsOf: text.utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .null: out.append(contentsOf: "null".utf8)
        }
    }
}

extension SyntaxNode {
    /// Whether a query stands somewhere in an expression.
    var holdsQuery: Bool {
        switch self {
        case .object(let members):
            name("class") == "SUBQUERY" || members.contains { $0.value.holdsQuery }
        case .array(let elements): elements.contains { $0.holdsQuery }
        default: false
        }
    }
}

/// Recursive-descent reader of JSON, bounded in depth and in the number of values.
private struct SyntaxReader {
    let bytes: [UInt8]
    let maximumValues: Int
    var position = 0
    var valuesRead = 0

    init(bytes: [UInt8], maximumValues: Int) {
        self.bytes = bytes
        self.maximumValues = maximumValues
    }

    mutating func readDocument() throws -> SyntaxNode {
        let node = try readValue(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw broken() }
        return node
    }

    private func broken() -> RegistryError {
        RegistryError(.syntax, "Invalid JSON at byte \(position).")
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 32 || (9...13).contains(bytes[position]) { position += 1 }
    }

    private mutating func readValue(depth: Int) throws -> SyntaxNode {
        guard depth < SyntaxNode.maximumDepth else {
            throw RegistryError(.limitExceeded, "The nesting is deeper than \(SyntaxNode.maximumDepth) levels.")
        }
        valuesRead += 1
        guard valuesRead <= maximumValues else {
            throw RegistryError(.limitExceeded, "There are more than \(maximumValues) values in one document.")
        }
        skipSpace()
        guard position < bytes.count else { throw broken() }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try readObject(depth: depth)
        case UInt8(ascii: "["): return try readArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return try readNumber()
        }
    }

    private mutating func readWord(_ word: String, _ node: SyntaxNode) throws -> SyntaxNode {
        guard bytes[position...].starts(with: word.utf8) else { throw broken() }
        position += word.utf8.count
        return node
    }

    private mutating func readNumber() throws -> SyntaxNode {
        let start = position
        if let word = readNumberWord() { return .number(word) }
        var isInteger = true
        scan: while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-") where position == start: break
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                isInteger = false
            default: break scan
            }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // Digits need no further look.
        let isNumber = isInteger && bytes[start..<position].last.map { $0 >= UInt8(ascii: "0") } == true
        guard isNumber || Double(text) != nil else { throw broken() }
        return .number(text)
    }

    /// DuckDB writes infinite constants as bare words.
    private mutating func readNumberWord() -> String? {
        let letter = position + (bytes[position] == UInt8(ascii: "-") ? 1 : 0)
        guard letter < bytes.count, [0x69, 0x6E, 0x49, 0x4E].contains(bytes[letter]) else { return nil }
        for word in ["inf", "-inf", "nan", "-nan", "Infinity", "-Infinity", "NaN"]
        where bytes[position...].starts(with: word.utf8) {
            let end = position + word.utf8.count
            guard end == bytes.count || [0x2C, 0x7D, 0x5D].contains(bytes[end]) else { continue }
            position = end
            return word
        }
        return nil
    }

    private mutating func readObject(depth: Int) throws -> SyntaxNode {
        position += 1
        var members: [SyntaxNode.Member] = []
        skipSpace()
        if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw broken() }
            let key = try readString()
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw broken() }
            position += 1
            members.append(SyntaxNode.Member(key: key, value: try readValue(depth: depth + 1)))
            if try readEnd(UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func readArray(depth: Int) throws -> SyntaxNode {
        position += 1
        var elements: [SyntaxNode] = []
        skipSpace()
        if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            elements.append(try readValue(depth: depth + 1))
            if try readEnd(UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    /// After an element: true at the closing byte, false after a comma.
    private mutating func readEnd(_ close: UInt8) throws -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == close || bytes[position] == UInt8(ascii: ",") else {
            throw broken()
        }
        position += 1
        return bytes[position - 1] == close
    }

    private mutating func readString() throws -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            position += 1
        }
        guard position < bytes.count else { throw broken() }
        if bytes[position] == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        }
        var out = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard position < bytes.count else { throw broken() }
            let escape = bytes[position]
            position += 1
            switch escape {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "u"): out.append(contentsOf: String(try readEscapedScalar()).utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(escape)
            default: throw broken()
            }
        }
        throw broken()
    }

    private mutating func readHex() throws -> UInt32 {
        guard position + 4 <= bytes.count, bytes[position] != UInt8(ascii: "+"),
            let value = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
        else { throw broken() }
        position += 4
        return value
    }

    private mutating func readEscapedScalar() throws -> Character {
        var value = try readHex()
        if (0xD800..<0xDC00).contains(value), position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let low = try readHex()
            guard (0xDC00..<0xE000).contains(low) else { throw broken() }
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
        }
        return Character(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
}
