import Crypto
import Engine
import Foundation
import Store
import Transfer
import Types

/// Tokens that say where a page begins: behind a row, by what the rows are ordered by. They count for the search that
/// gave them and the user who made it, and can't be forged.
struct PageTokens: Sendable {
    private let key: SigningKey

    init(key: SigningKey) { self.key = key }

    /// - Parameter search: what the search asks for, its page apart.
    func token(at end: PageKey, of search: String) -> String {
        let text = JSON.array(end.values.map { .string(Self.text($0)) }).json
        return Data("\(seal(text, search)).\(text)".utf8).base64EncodedString()
    }

    /// Where the page before ends; nil for no token.
    ///
    /// - Throws: `invalidArgument` for one that is not ours, or of another search.
    func end(_ token: String, of search: String) throws -> PageKey? {
        guard !token.isEmpty else { return nil }
        let parts = Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }?
            .split(separator: ".", maxSplits: 1).map(String.init)
        guard let parts, parts.count == 2, constantTimeEqual(parts[0], seal(parts[1], search)),
            let end = Self.end(parts[1])
        else {
            throw RegistryError(
                .invalidArgument, "Invalid page token: it is none of this server's, or belongs to another search.")
        }
        return end
    }

    /// A value, exactly: its kind's letter, then what it is.
    private static func text(_ value: CatalogValue) -> String {
        switch value {
        case .null: "n"
        case .int(let number): "i\(number)"
        case .real(let number): "r\(number.bitPattern)"
        case .text(let text): "t\(text)"
        case .blob(let bytes): "b\(Data(bytes).base64EncodedString())"
        }
    }

    private static func end(_ text: String) -> PageKey? {
        guard let list = try? JSON(parsing: text.utf8) else { return nil }
        var values: [CatalogValue] = []
        for element in list.elements {
            guard let text = element.text, let value = value(text) else { return nil }
            values.append(value)
        }
        return PageKey(values)
    }

    private static func value(_ text: String) -> CatalogValue? {
        // By scalars: the letter and what follows it may be one character.
        let rest = String(text.unicodeScalars.dropFirst())
        return switch text.unicodeScalars.first {
        case "n": .null
        case "i": Int64(rest).map(CatalogValue.int)
        case "r": UInt64(rest).map { .real(Double(bitPattern: $0)) }
        case "t": .text(rest)
        case "b": Data(base64Encoded: rest).map { .blob(Array($0)) }
        default: nil
        }
    }

    private func seal(_ text: String, _ search: String) -> String {
        key.seal("page\0\(text)\0\(search)").prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private func constantTimeEqual(_ left: String, _ right: String) -> Bool {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
