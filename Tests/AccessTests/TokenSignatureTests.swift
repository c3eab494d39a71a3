import Crypto
import Foundation
import Store
import Testing
import Types

@testable import Access

/// Tokens that others sign: key pairs and OAuth issuers.
struct TokenSignatureTests {
    private let house: House
    private static let key = P256.Signing.PrivateKey()

    init() throws { house = try House() }

    private static func part(_ value: some Encodable) throws -> String {
        try JSONEncoder().encode(value).base64URL
    }

    private func token(_ algorithm: String, _ claims: [String: String], times: [String: Int64] = [:]) throws -> String {
        var members = claims.map { "\"\($0)\":\"\($1)\"" }
        members += times.map { "\"\($0)\":\(house.time.now / 1000 + $1)" }
        let signed = [
            Data("{\"alg\":\"\(algorithm)\",\"kid\":\"k\"}".utf8).base64URL,
            Data("{\(members.joined(separator: ","))}".utf8).base64URL,
        ].joined(separator: ".")
        let signature = try Self.key.signature(for: Data(signed.utf8)).rawRepresentation
        return "\(signed).\(signature.base64URL)"
    }

    private func issuer(_ change: (inout [String: String]) -> Void = { _ in }) throws -> OAuthIssuer {
        let raw = Self.key.publicKey.rawRepresentation
        var jwk = [
            "kty": "EC", "crv": "P-256", "kid": "k", "x": raw.prefix(32).base64URL, "y": raw.suffix(32).base64URL,
        ]
        change(&jwk)
        let file = house.directory.appending(path: "keys.json")
        try JSONEncoder().encode(["keys": [jwk]]).write(to: file)
        return try OAuthIssuer(
            OAuthConfiguration(issuer: "https://i", audience: ["roost"], keysFile: file.path, userClaim: "email"))
    }

    @Test func aTokenOfTheIssuerNamesItsUserByTheConfiguredClaim() throws {
        let claims = ["iss": "https://i", "aud": "roost", "email": "a@b", "scp": "session:role:R x"]
        let grant = try issuer().grant(of: try token("ES256", claims, times: ["exp": 60]), at: house.time.now)
        #expect(grant.user == "a@b" && grant.roles == .only(["R"]))
    }

    @Test func clocksMayDifferByAMinute() throws {
        let claims = ["iss": "https://i", "aud": "roost", "email": "a"]
        let issuer = try issuer()
        for (times, isRight) in [
            (["exp": Int64(-59)], true), (["exp": -60], false), (["exp": 60, "nbf": 60], true),
            (["exp": 60, "nbf": 61], false), (["exp": 60, "iat": 61], false), ([:], false),
        ] {
            let text = try token("ES256", claims, times: times)
            let grant = try? issuer.grant(of: text, at: house.time.now)
            #expect((grant != nil) == isRight, "\(times)")
        }
    }

    @Test func keysForOtherUsesAndKindsAreNoKeys() throws {
        for change: (inout [String: String]) -> Void in [
            { $0["use"] = "enc" }, { $0["kty"] = "oct" }, { $0["crv"] = "P-384" }, { $0["alg"] = "ES384" },
            { $0["x"] = "AAAA" }, { $0["y"] = $0["x"] },
        ] { #expect(throws: RegistryError.self) { try issuer(change) } }
    }

    @Test func anECKeyDoesNotVerifyWhatSaysRS256() throws {
        let claims = ["iss": "https://i", "aud": "roost", "email": "a"]
        let text = try token("RS256", claims, times: ["exp": 60])
        #expect(throws: OAuthIssuer.Refusal.self) { try issuer().grant(of: text, at: house.time.now) }
    }

    @Test func aKeyPairTokenNamesUserAndKey() async throws {
        var properties = Accounts.UserProperties()
        let key = try PublicKey(pemBody: Self.key.publicKey.pemRepresentation)
        properties.publicKeys[2] = .some(key)
        try house.accounts.createUser("FIRST.LAST", properties, as: house.admin)
        let authenticator = Authenticator(catalog: house.catalog, cost: .cheapest, time: house.time.source)
        func login(_ text: String) async throws -> String {
            let attempt = try authenticator.attempt("", .keyPairJWT(text))
            switch try authenticator.conclude(try await authenticator.check(attempt)) {
            case .welcome(let login): return login.user.name.name
            case .refused(let error, _): return error.detail["login"] ?? ""
            case .mustChangePassword: return "?"
            }
        }
        func claims(_ user: String, _ mark: String) -> [String: String] {
            ["iss": "ACCOUNT.\(user).SHA256:\(mark)", "sub": "ACCOUNT.\(user)"]
        }
        let good = try token("ES256", claims("FIRST.LAST", key.fingerprint), times: ["iat": 0, "exp": 60])
        #expect(try await login(good) == "FIRST.LAST")
        for (text, reason) in [
            (try token("ES256", claims("ADMIN", key.fingerprint), times: ["iat": 0, "exp": 60]), "keyPairInvalid"),
            (try token("ES256", claims("FIRST.LAST", "AAAA"), times: ["iat": 0, "exp": 60]), "keyPairInvalid"),
            (
                try token("ES384", claims("FIRST.LAST", key.fingerprint), times: ["iat": 0, "exp": 60]),
                "keyPairAlgorithm"
            ),
            (
                try token("ES256", claims("FIRST.LAST", key.fingerprint), times: ["iat": -3660, "exp": 60]),
                "keyPairExpired"
            ),
            (
                try token("ES256", claims("FIRST.LAST", key.fingerprint), times: ["iat": 0, "exp": -1]),
                "keyPairLifetime"
            ),
            (String(good.dropLast(4)) + "AAAA", "keyPairInvalid"),
        ] { #expect(try await login(text) == reason) }
        house.time.advance(seconds: 121)
        #expect(try await login(good) == "keyPairExpired")
    }

    @Test(arguments: ["", "a", "a.b", "a.b.c.d", "..", "e30.e30.e30", "!!.e30.AAAA", "bnVsbA.e30.AAAA"])
    func whatIsNoTokenIsSaidToBeNone(text: String) {
        #expect(throws: JSONWebToken.Flaw.self) { try JSONWebToken(text) }
    }

    @Test func base64ForURLsComesBackAsItWas() {
        for count in 0..<70 {
            let data = Data((0..<count).map { _ in UInt8.random(in: 0...255) })
            #expect(Data(base64URL: data.base64URL) == data)
        }
        #expect(Data(base64URL: "AA==") == nil && Data(base64URL: "A+A") == nil)
    }
}
