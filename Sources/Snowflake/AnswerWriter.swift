import Foundation
package import Types

/// Writes the JSON of an answer straight into bytes: no tree is built, large row sets are appended as they are.
package struct AnswerWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 1024) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func open(_ key: String? = nil) { begin(key, UInt8(ascii: "{")) }
    package mutating func openArray(_ key: String? = nil) { begin(key, UInt8(ascii: "[")) }
    package mutating func close() { end(UInt8(ascii: "}")) }
    package mutating func closeArray() { end(UInt8(ascii: "]")) }

    private mutating func begin(_ key: String?, _ byte: UInt8) {
        separate(key)
        bytes.append(byte)
        needsComma = false
    }

    private mutating func end(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func separate(_ key: String?) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        if let key {
            JSONText.append(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
        }
    }

    package mutating func write(_ key: String?, _ text: String?) {
        separate(key)
        guard let text else { return bytes.append(contentsOf: "null".utf8) }
        JSONText.append(text, to: &bytes)
    }

    package mutating func write(_ key: String?, _ number: Int) {
        separate(key)
        bytes.append(contentsOf: String(number).utf8)
    }

    package mutating func write(_ key: String?, _ number: Int64) { write(key, Int(number)) }

    package mutating func write(_ key: String?, _ flag: Bool) {
        separate(key)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// Elements of an array that are JSON already, joined by commas.
    package mutating func writeElements(_ json: [UInt8]) {
        guard !json.isEmpty else { return }
        separate(nil)
        bytes.append(contentsOf: json)
    }

    /// Bytes as a string in base64.
    package mutating func writeBase64(_ key: String?, _ content: [UInt8]) {
        separate(key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: Data(content).base64EncodedData())
        bytes.append(UInt8(ascii: "\""))
    }

    /// Members of an object that are JSON already (`"a":1,"b":2`), joined in; nothing when empty.
    package mutating func writeMembers(_ json: String) {
        guard !json.isEmpty else { return }
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        bytes.append(contentsOf: json.utf8)
    }

    /// Ends the answer of a request that succeeded: its members beside `data`.
    ///
    /// - Returns: the whole answer.
    package mutating func finish(message: String? = nil, code: String? = nil) -> [UInt8] {
        write("message", message)
        write("code", code)
        write("success", true)
        close()
        return bytes
    }
}
