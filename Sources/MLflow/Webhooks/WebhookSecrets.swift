import Crypto
import Foundation
import Transfer
import Types

/// Keeps what deliveries are signed with unreadable in the catalog and its copies: sealed with a key that is made from
/// the server's own, which lies beside the catalog in a file of its own.
struct WebhookSecrets: Sendable {
    private let key: SymmetricKey

    init(key: SigningKey) { self.key = SymmetricKey(data: key.seal("secrets of webhooks")) }

    /// - Parameter id: the webhook's; a secret that is copied to another webhook can't be opened there.
    func seal(_ secret: String, of id: String) throws -> String {
        let box = try AES.GCM.seal(Data(secret.utf8), using: key, authenticating: Data(id.utf8))
        guard let data = box.combined else { throw RegistryError(.internal, "A secret could not be sealed.") }
        return data.base64EncodedString()
    }

    /// - Throws: `failedPrecondition` where the server's key is another one than that the secret was sealed with.
    func open(_ sealed: String, of id: String) throws -> String {
        do {
            guard let data = Data(base64Encoded: sealed) else { throw CryptoKitError.incorrectParameterSize }
            let opened = try AES.GCM.open(AES.GCM.SealedBox(combined: data), using: key, authenticating: Data(id.utf8))
            return String(decoding: opened, as: UTF8.self)
        } catch {
            throw RegistryError(
                .failedPrecondition, "The webhook's secret can't be opened: the server's key has changed.",
                hint: "Set the secret again with update_webhook.", cause: error)
        }
    }

    /// What X-MLflow-Signature carries.
    ///
    /// Source: mlflow.webhooks.delivery: `v1,` and base64 of HMAC-SHA256(secret, "<delivery id>.<timestamp>.<body>").
    static func signature(secret: String, delivery: String, timestamp: String, body: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(delivery).\(timestamp).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "v1," + Data(code).base64EncodedString()
    }
}
