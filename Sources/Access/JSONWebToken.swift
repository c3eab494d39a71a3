import Foundation

/// A JSON Web Token in its compact form, taken apart. Nothing in it is true before ``isSigned(by:)`` says so.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7519 and https://www.rfc-editor.org/rfc/rfc7515
struct JSONWebToken {
    /// What is wrong with a token, as far as anybody may be told who sends one.
    enum Flaw: Error {
        case format
        case algorithm
        case notYetValid
        case expired
        case lifetime
    }

    /// Clocks may differ by this much.
    static let skewMilliseconds: Int64 = 60_000
    private static let mostBytes = 32_768

    let algorithm: String
    let keyID: String?
    let claims: [String: JSONValue]
    private let signed: Data
    private let signature: Data

    /// - Throws: `format` for what is no token, `algorithm` for one that is not signed by RS256 or ES256.
    init(_ text: String) throws(Flaw) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.mostBytes, parts.count == 3,
            let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Data(base64URL: String(parts[2])), let algorithm = header["alg"]?.text
        else { throw .format }
        guard ["RS256", "ES256"].contains(algorithm) else { throw .algorithm }
        // An extension that must be understood is not.
        guard header["crit"] == nil, !signature.isEmpty else { throw .format }
        self.algorithm = algorithm
        keyID = header["kid"]?.text
        self.claims = claims
        signed = Data("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
    }

    /// Whether the key's owner signed the token, with the algorithm that the key is for.
    func isSigned(by key: PublicKey) -> Bool {
        algorithm == key.algorithm && key.verifies(signature, of: signed)
    }

    /// Checks `exp`, `nbf` and `iat`, with ``skewMilliseconds`` for clocks that differ.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - longest: most milliseconds that a token may be valid after it was issued; `iat` must be there then.
    func checkTimes(at now: Int64, longest: Int64? = nil) throws(Flaw) {
        guard let expiry = claims["exp"]?.milliseconds else { throw .lifetime }
        guard now < expiry + Self.skewMilliseconds else { throw .expired }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let moment = claim.milliseconds else { throw .format }
            guard moment <= now + Self.skewMilliseconds else { throw .notYetValid }
        }
        guard let longest else { return }
        guard let issued = claims["iat"]?.milliseconds, expiry > issued else { throw .lifetime }
        guard now < issued + longest + Self.skewMilliseconds else { throw .expired }
    }

    private static func object(_ part: Substring) -> [String: JSONValue]? {
        Data(base64URL: String(part)).flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0) }?.members
    }
}
