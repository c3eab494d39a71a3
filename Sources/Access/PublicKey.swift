import Crypto
import CryptoExtras
import Foundation
import Types

/// A public key that signatures of tokens are checked with: RSA of 2048 bits and more, or EC on the curve P-256.
///
/// A plain value, usable from any thread.
package struct PublicKey: Sendable {
    private enum Key: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)

        init?(der: Data) {
            if let key = try? _RSA.Signing.PublicKey(derRepresentation: der) {
                self = .rsa(key)
            } else if let key = try? P256.Signing.PublicKey(derRepresentation: der) {
                self = .p256(key)
            } else {
                return nil
            }
        }
    }

    private let key: Key
    /// The key as SubjectPublicKeyInfo in DER, as it was given.
    private let der: Data

    private static let mostCharacters = 8192

    /// Reads a key as `ALTER USER … SET RSA_PUBLIC_KEY = '…'` has it: the body of a PEM file, with or without the
    /// lines around it.
    ///
    /// - Throws: `invalidArgument` for what is no such key.
    package init(pemBody text: String) throws {
        let lines = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let body = lines.replacing("-----BEGIN PUBLIC KEY-----", with: "")
            .replacing("-----END PUBLIC KEY-----", with: "").replacing(" ", with: "")
        guard text.count <= Self.mostCharacters, let der = Data(base64Encoded: body), let key = Key(der: der) else {
            throw RegistryError(
                .invalidArgument,
                "The public key can't be used: it must be an RSA key of at least 2048 bits or an EC "
                    + "key on P-256, as the body of a PEM file.",
                hint: "openssl rsa -in key.p8 -pubout writes one; leave out its first and last line.")
        }
        self.key = key
        self.der = der
    }

    /// A key of a JSON Web Key Set; nil for kinds that are not offered and keys for other uses.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc7517 and https://www.rfc-editor.org/rfc/rfc7518#section-6
    init?(jwk: [String: JSONValue]) {
        func part(_ name: String) -> Data? { jwk[name]?.text.flatMap { Data(base64URL: $0) } }
        guard jwk["use"]?.text ?? "sig" == "sig" else { return nil }
        switch jwk["kty"]?.text {
        case "RSA":
            guard let n = part("n"), let e = part("e"), let key = try? _RSA.Signing.PublicKey(n: n, e: e) else {
                return nil
            }
            self.key = .rsa(key)
            der = key.derRepresentation
        case "EC":
            guard jwk["crv"]?.text == "P-256", let x = part("x"), let y = part("y"), x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            self.key = .p256(key)
            der = key.derRepresentation
        default: return nil
        }
        if let algorithm = jwk["alg"]?.text, algorithm != self.algorithm { return nil }
    }

    /// The one algorithm of JSON Web Tokens that the key is for: a token can't choose another.
    var algorithm: String {
        switch key {
        case .rsa: "RS256"
        case .p256: "ES256"
        }
    }

    /// The body of the key's PEM file, without line ends.
    package var pemBody: String { der.base64EncodedString() }

    /// Base64 of the SHA-256 of the key's bytes, as issuers of tokens name it.
    package var fingerprint: String { Data(SHA256.hash(data: der)).base64EncodedString() }

    /// Whether the key's owner signed the bytes with ``algorithm``.
    func verifies(_ signature: Data, of bytes: some DataProtocol) -> Bool {
        switch key {
        case .rsa(let key):
            return key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes))
        }
    }
}

extension Data {
    /// Unpadded base64 of the alphabet for URLs; nil for anything else.
    init?(base64URL text: String) {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
        else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }

    /// Unpadded base64 of the alphabet for URLs.
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
