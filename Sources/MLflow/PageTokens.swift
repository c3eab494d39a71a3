import Crypto
import Foundation
import Transfer
import Types

/// Tokens that say where a page begins: for the search that gave them only, and not to be forged.
struct PageTokens: Sendable {
    private let key: SigningKey

    init(key: SigningKey) { self.key = key }

    /// - Parameter search: what the search asks for, its page apart.
    func token(at offset: Int, of search: String) -> String {
        let text = String(offset)
        return Data("\(text).\(seal(text, search))".utf8).base64EncodedString()
    }

    /// The offset in a token; 0 for none.
    ///
    /// - Throws: `invalidArgument` for one that is not ours, or of another search.
    func offset(_ token: String, of search: String) throws -> Int {
        guard !token.isEmpty else { return 0 }
        let parts = Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }?
            .split(separator: ".", maxSplits: 1).map(String.init)
        guard let parts, parts.count == 2, let offset = Int(parts[0]), offset >= 0,
            constantTimeEqual(parts[1], seal(parts[0], search))
        else {
            throw RegistryError(
                .invalidArgument, "Invalid page token: it is none of this server's, or belongs to another search.")
        }
        return offset
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
