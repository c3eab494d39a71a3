import Foundation
import Synchronization
import Types

/// Who issues the OAuth tokens that this server accepts: from the server's configuration.
package struct OAuthConfiguration: Sendable {
    /// What `iss` must be.
    package let issuer: String
    /// What `aud` must name one of.
    package let audience: Set<String>
    /// Path of the issuer's keys, a JSON Web Key Set.
    package let keysFile: String
    /// The claim that names the user.
    package let userClaim: String

    /// - Parameter userClaim: default `sub`.
    package init(issuer: String, audience: Set<String>, keysFile: String, userClaim: String = "sub") {
        self.issuer = issuer
        self.audience = audience
        self.keysFile = keysFile
        self.userClaim = userClaim
    }
}

/// Checks tokens of the configured issuer against its keys. The file of keys is read again when it changes.
///
/// Thread-safe; blocks as long as reading a small file takes.
/// Source: https://docs.snowflake.com/en/user-guide/oauth-ext-overview for claims and scopes.
package final class OAuthIssuer: Sendable {
    /// What a token says once its signature was found right.
    struct Grant {
        /// The name that its user logs in with.
        let user: String
        let roles: LoginRoles
    }

    /// Why a token is refused.
    enum Refusal: Error {
        case expired
        case invalid
    }

    private struct KeySet {
        var mark = ""
        /// Keys by id; a set of one key may leave its id out, which is `""` here.
        var keys: [String: PublicKey] = [:]
    }

    private let configuration: OAuthConfiguration
    private let keySet = Mutex(KeySet())
    private static let scopePrefix = "session:role:"
    private static let anyRole = "session:role-any"
    private static let mostBytes = 1 << 20

    /// - Throws: `invalidArgument` when the file of keys can't be read or holds no key that can be used.
    package init(_ configuration: OAuthConfiguration) throws {
        self.configuration = configuration
        _ = try keys()
    }

    /// Checks a token's signature, issuer, audience and times.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Throws: a ``Refusal``; `invalidArgument` when the keys can't be read any more.
    func grant(of text: String, at now: Int64) throws -> Grant {
        guard let token = try? JSONWebToken(text) else { throw Refusal.invalid }
        let keys = try keys()
        let named = token.keyID.map { keys[$0] } ?? (keys.count == 1 ? keys.first?.value : nil)
        guard let key = named, token.isSigned(by: key), token.claims["iss"]?.text == configuration.issuer,
            !configuration.audience.isDisjoint(with: token.claims["aud"]?.texts ?? [])
        else { throw Refusal.invalid }
        do {
            try token.checkTimes(at: now)
        } catch {
            throw error == .expired ? Refusal.expired : Refusal.invalid
        }
        guard let user = token.claims[configuration.userClaim]?.text, !user.isEmpty else { throw Refusal.invalid }
        return Grant(user: user, roles: Self.roles(in: token.claims))
    }

    /// The roles that the scopes name; without any the user's default role alone.
    private static func roles(in claims: [String: JSONValue]) -> LoginRoles {
        let texts = (claims["scp"]?.texts ?? []) + (claims["scope"]?.texts ?? [])
        let scopes = texts.joined(separator: " ").split(separator: " ").map { String($0) }
        if scopes.contains(where: { $0.lowercased() == anyRole }) { return .any }
        let named = scopes.filter { $0.lowercased().hasPrefix(scopePrefix) }
        guard !named.isEmpty else { return .defaultOnly }
        return .only(Set(named.compactMap { try? Identifier(parsing: String($0.dropFirst(scopePrefix.count))) }))
    }

    private func keys() throws -> [String: PublicKey] {
        let path = configuration.keysFile
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mark = [FileAttributeKey.modificationDate, .size, .systemFileNumber].map { key in
            attributes?[key].map { "\($0)" } ?? ""
        }.joined(separator: "|")
        if attributes != nil, let known = keySet.withLock({ $0.mark == mark ? $0.keys : nil }) { return known }
        func unusable(_ why: String, _ cause: (any Error)? = nil) -> RegistryError {
            RegistryError(
                .invalidArgument, "The keys of the OAuth issuer can't be used: the file '\(path)' \(why).",
                hint: "oauth-keys must name a JSON Web Key Set with RSA or P-256 keys.", cause: cause)
        }
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw unusable("can't be read", error) }
        guard data.count <= Self.mostBytes else { throw unusable("has more than \(Self.mostBytes) bytes") }
        let value: JSONValue
        do { value = try JSONDecoder().decode(JSONValue.self, from: data) } catch {
            throw unusable("is no JSON", error)
        }
        guard let list = value.members?["keys"]?.elements else { throw unusable("has no list 'keys'") }
        var keys: [String: PublicKey] = [:]
        for member in list.compactMap(\.members) {
            guard let key = PublicKey(jwk: member) else { continue }
            keys[member["kid"]?.text ?? ""] = key
        }
        guard !keys.isEmpty else { throw unusable("has no key that can be used") }
        let read = KeySet(mark: mark, keys: keys)
        keySet.withLock { $0 = read }
        return read.keys
    }
}
