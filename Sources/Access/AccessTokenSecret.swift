import Crypto
import Foundation

/// The secret of an access token: `roost_pat_` and 256 random bits. Only its hash is kept, so it can be shown once.
///
/// The hash needs no salt and no cost: nobody guesses 256 bits. The beginning tells a secret from a password, and lets
/// tools find secrets that lie where they should not.
enum AccessTokenSecret {
    static let beginning = "roost_pat_"

    static func random() -> String {
        beginning + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64URL
    }

    /// Whether a text that was given as a password is to be taken for a secret.
    static func isLike(_ text: String) -> Bool { text.hasPrefix(beginning) }

    /// SHA-256 in hex.
    static func hash(_ secret: String) -> String {
        SHA256.hash(data: Array(secret.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
