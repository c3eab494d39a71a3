import Crypto
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes and checks URLs that are their own authorisation: for one target, one operation, a short time.
///
/// `<base>/transfer/v1/<token>/<file name>`: the token is the base64url of a claim (operation, target, expiry, size
/// limit) and its HMAC-SHA256; the last part is the plain file name, which clients look at. Nothing about a URL is kept
/// by the server. Whoever mints has asked ``AccessControl`` before. A plain value, usable from any thread.
/// ```
/// let url = urls.mint(.stageUpload(stageID: 7, path: "model/model.yaml"), expiresAt: now + 3_600_000, base: base)
/// let claim = try urls.verify(path: request.path, operation: .put, now: now)
/// ```
package struct SignedURL: Sendable {
    /// Why a URL is refused: in the error's detail under `refusal`.
    package enum Refusal: String, Sendable {
        /// It was good once: a new one can be asked for.
        case expired
        /// It is not one of this server's, or was changed.
        case forged
        /// It is good for the other operation.
        case operation
    }

    /// What a good URL allows.
    package struct Grant: Hashable, Sendable {
        package let target: TransferTarget
        /// Milliseconds since 1970.
        package let expiresAt: Int64
        /// Most bytes that may be sent, nil for the server's own limit.
        package let maximumBytes: Int64?
    }

    /// Where all these URLs' paths begin; the door's route is this, then two parts.
    package static let pathPrefix = "/transfer/v1/"

    private let key: SigningKey
    private static let signatureLength = 32
    private static let longestToken = 8192

    package init(key: SigningKey) {
        self.key = key
    }

    /// The whole URL. The operation is the target's own: PUT for uploads, GET for downloads.
    ///
    /// - Parameters:
    ///   - expiresAt: milliseconds since 1970.
    ///   - maximumBytes: most bytes that may be sent, nil for the server's own limit.
    ///   - base: what ``PublicAddress/base(requestHost:)`` gives.
    package func mint(
        _ target: TransferTarget, expiresAt: Int64, maximumBytes: Int64? = nil, base: String
    ) -> String {
        base + path(target, expiresAt: expiresAt, maximumBytes: maximumBytes)
    }

    /// The URL's path, from the slash on.
    package func path(_ target: TransferTarget, expiresAt: Int64, maximumBytes: Int64? = nil) -> String {
        let claim = TransferClaim(
            operation: target.operation, target: target, expiresAt: expiresAt, maximumBytes: maximumBytes)
        let bytes = claim.encoded
        let token = Self.base64url(bytes + signature(bytes))
        return Self.pathPrefix + token + "/" + PercentEncoding.encode(target.fileName)
    }

    /// Checks a URL that came back.
    ///
    /// - Parameters:
    ///   - path: the path of the request, still percent-encoded, without query.
    ///   - operation: the request's method; ask with `.get` for HEAD.
    ///   - now: milliseconds since 1970.
    /// - Throws: `permissionDenied` with a ``Refusal`` under `refusal` in the detail. Nothing is said of the target,
    ///   and expiry is told only of a URL whose signature is right.
    package func verify(path: String, operation: TransferOperation, now: Int64) throws -> Grant {
        guard path.hasPrefix(Self.pathPrefix) else { throw Self.refused(.forged) }
        let parts = path.dropFirst(Self.pathPrefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= Self.longestToken, let name = PercentEncoding.decode(parts[1]),
            let bytes = Self.bytes(base64url: parts[0]), bytes.count > Self.signatureLength
        else { throw Self.refused(.forged) }
        let claimBytes = bytes.prefix(bytes.count - Self.signatureLength)
        guard isValid(bytes.suffix(Self.signatureLength), for: claimBytes),
            let claim = TransferClaim(encoded: claimBytes), claim.target.fileName == name
        else { throw Self.refused(.forged) }
        guard claim.expiresAt > now else { throw Self.refused(.expired) }
        guard claim.operation == operation, claim.target.operation == operation else { throw Self.refused(.operation) }
        return Grant(target: claim.target, expiresAt: claim.expiresAt, maximumBytes: claim.maximumBytes)
    }

    private func signature(_ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key.key))
    }

    /// Compares in constant time.
    private func isValid(_ signature: ArraySlice<UInt8>, for bytes: ArraySlice<UInt8>) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(Data(signature), authenticating: Data(bytes), using: key.key)
    }

    private static func refused(_ refusal: Refusal) -> RegistryError {
        let message =
            switch refusal {
            case .expired: "This URL has expired."
            case .forged: "This URL is not valid: it was not made by this server, or it was changed."
            case .operation: "This URL is not valid for this method."
            }
        return RegistryError(
            .permissionDenied, message, hint: refusal == .expired ? "Run the statement, or begin the upload, again for a new one." : nil,
            detail: ["refusal": refusal.rawValue])
    }

    private static func base64url(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Nil for anything but the one encoding that ``base64url(_:)`` gives.
    private static func bytes(base64url text: Substring) -> [UInt8]? {
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding) else { return nil }
        let bytes = Array(data)
        return base64url(bytes) == text ? bytes : nil
    }
}
