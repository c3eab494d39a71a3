import Types
import Yams

/// A place in a YAML file that is read with errors that name the file and the key.
struct YAMLReader {
    /// The file's name in messages, e.g. `MANIFEST.yml`.
    let file: String
    /// The key path from the root, e.g. `methods[0].inputs`; empty at the root.
    let path: String
    let node: Node

    /// Parses a file's text.
    ///
    /// - Throws: `invalidPackage` for text that is not YAML or is nested too deeply, with the line.
    init(file: String, text: String) throws {
        self.file = file
        path = ""
        guard YAMLReader.depth(text) <= 200 else {
            throw RegistryError(.invalidPackage, "\(file) is nested too deeply.")
        }
        do {
            node = try Yams.compose(yaml: text) ?? Node("", Tag(.null))
        } catch let error as YamlError {
            throw RegistryError(
                .invalidPackage, "\(file) is not valid YAML\(YAMLReader.place(error)).", cause: error)
        }
    }

    init(file: String, path: String, node: Node) {
        self.file = file
        self.path = path
        self.node = node
    }

    /// At least the deepest nesting that the text can reach: by brackets, by indentation, by `- - -` on a line.
    ///
    /// The parser is recursive, and a hostile text must not exhaust the stack.
    static func depth(_ text: String) -> Int {
        var brackets = 0
        var indents: [Int] = []
        var deepest = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let start = line.prefix { $0 == UInt8(ascii: " ") }.count
            while let last = indents.last, last >= start { indents.removeLast() }
            indents.append(start)
            var markers = 0
            for byte in line {
                if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: ":") {
                    markers += 1
                } else if byte != UInt8(ascii: " ") {
                    break
                }
            }
            deepest = max(deepest, indents.count + markers)
            for byte in line {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { brackets += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { brackets = max(0, brackets - 1) }
                deepest = max(deepest, brackets)
            }
        }
        return deepest
    }

    private static func place(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            " at line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            ": the key '\(keys.first.map { "\($0)" } ?? "")' stands twice"
        default: ""
        }
    }

    func fail(_ reason: String) -> RegistryError {
        RegistryError(.invalidPackage, path.isEmpty ? "\(file) \(reason)." : "\(file): '\(path)' \(reason).")
    }

    var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "null", "Null", "NULL", "~"].contains(scalar.string)
    }

    /// Whether the value is a single text, number or null.
    var isScalar: Bool { node.scalar != nil }

    var isMapping: Bool { node.mapping != nil }

    /// The value under the key, nil where it is absent or null.
    func optional(_ key: String) throws -> YAMLReader? {
        guard case .mapping(let mapping) = node else {
            if isNull { return nil }
            throw fail("is not a mapping")
        }
        guard let value = mapping.first(where: { $0.key.scalar?.string == key })?.value else { return nil }
        let found = YAMLReader(file: file, path: path.isEmpty ? key : "\(path).\(key)", node: value)
        return found.isNull ? nil : found
    }

    /// Whether the key is there, null or not.
    func has(_ key: String) -> Bool {
        guard case .mapping(let mapping) = node else { return false }
        return mapping.contains { $0.key.scalar?.string == key }
    }

    func required(_ key: String) throws -> YAMLReader {
        guard let found = try optional(key) else { throw fail("has no '\(key)'") }
        return found
    }

    /// The scalar's text as written, whatever YAML takes it for: `3.11` and `ON` stay themselves.
    func string() throws -> String {
        guard case .scalar(let scalar) = node else { throw fail("is not a text") }
        return scalar.string
    }

    func bool() throws -> Bool {
        switch try string().lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw fail("is neither true nor false")
        }
    }

    func integer() throws -> Int {
        guard let number = Int(try string()) else { throw fail("is not an integer") }
        return number
    }

    func list() throws -> [YAMLReader] {
        guard case .sequence(let sequence) = node else { throw fail("is not a list") }
        return sequence.enumerated().map {
            YAMLReader(file: file, path: "\(path)[\($0.offset)]", node: $0.element)
        }
    }

    /// The entries of a mapping with text keys, in the file's order.
    func entries() throws -> [(key: String, value: YAMLReader)] {
        guard case .mapping(let mapping) = node else { throw fail("is not a mapping") }
        return try mapping.map { entry in
            guard let key = entry.key.scalar?.string else { throw fail("has a key that is not a text") }
            let value = YAMLReader(file: file, path: path.isEmpty ? key : "\(path).\(key)", node: entry.value)
            return (key, value)
        }
    }

    func optionalString(_ key: String) throws -> String? { try optional(key)?.string() }

    func strings(_ key: String) throws -> [String] { try optional(key)?.list().map { try $0.string() } ?? [] }

    /// A mapping of texts, empty where the key is absent or null.
    func table(_ key: String) throws -> [String: String] {
        guard let entries = try optional(key)?.entries() else { return [:] }
        var table: [String: String] = [:]
        for entry in entries where !entry.value.isNull { table[entry.key] = try entry.value.string() }
        return table
    }
}
