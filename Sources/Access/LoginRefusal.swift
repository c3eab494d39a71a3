package import Types

/// Why a login is refused, as far as the caller may be told: what is wrong with what it showed, never who exists.
///
/// Doors find the reason in the error's detail, under `login`.
package enum LoginRefusal: Hashable, Sendable {
    case password
    /// The password is right and must be changed.
    case passwordChange
    case token
    case keyPairInvalid
    case keyPairFormat
    case keyPairAlgorithm
    case keyPairExpired
    case keyPairNotYetValid
    case keyPairLifetime
    case oauth
    case oauthExpired
    case oauthNotOffered

    static func keyPair(_ flaw: JSONWebToken.Flaw?) -> LoginRefusal {
        switch flaw {
        case nil: .keyPairInvalid
        case .format: .keyPairFormat
        case .algorithm: .keyPairAlgorithm
        case .expired: .keyPairExpired
        case .notYetValid: .keyPairNotYetValid
        case .lifetime: .keyPairLifetime
        }
    }

    /// The error that says so.
    package var error: RegistryError {
        RegistryError(.unauthenticated, message, hint: hint, detail: ["login": "\(self)"])
    }

    private var message: String {
        switch self {
        case .password: "Incorrect username or password was specified."
        case .passwordChange: "The password must be changed before the user can log in."
        case .token: "Programmatic access token is invalid."
        case .keyPairInvalid: "JWT token is invalid."
        case .keyPairFormat: "JWT token is invalid: it is not of the expected form."
        case .keyPairAlgorithm: "JWT token is invalid: its algorithm is not offered."
        case .keyPairExpired: "JWT token is invalid: it has expired."
        case .keyPairNotYetValid: "JWT token is invalid: it is not valid yet."
        case .keyPairLifetime: "JWT token is invalid: its times are missing or not in order."
        case .oauth: "Invalid OAuth access token."
        case .oauthExpired: "OAuth access token expired."
        case .oauthNotOffered: "OAuth login is not offered by this server."
        }
    }

    private var hint: String? {
        switch self {
        case .password: nil
        case .passwordChange: "Connect with password_callback, a function that gives the new password."
        case .token: "It may be unknown, expired, disabled, or another user's."
        case .keyPairInvalid: "The user's RSA_PUBLIC_KEY must be the key that it is signed with."
        case .keyPairFormat: "iss is ACCOUNT.USER.SHA256:<fingerprint>, and sub is ACCOUNT.USER."
        case .keyPairAlgorithm: "RS256 and ES256 are."
        case .keyPairExpired: "A token counts for at most an hour; see that the clocks agree."
        case .keyPairNotYetValid: "See that the clocks agree."
        case .keyPairLifetime: "It needs iat and a later exp."
        case .oauth, .oauthExpired: nil
        case .oauthNotOffered: "Its administrator can name an issuer with oauth-issuer."
        }
    }
}
