import Crypto
import Store
import Synchronization
package import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Who the callers are that show their credential with every request: remembered for half a minute, so that a call costs
/// no login.
///
/// What was remembered is forgotten at once when users, roles, grants or tokens change, and ends with the user or token.
/// Kept is an HMAC of the credential under a key that lives in this process only. Thread-safe; does not block.
/// ```
/// if let principal = logins.principal(showing: header) { return principal }
/// return try await logins.remembering(header) { try await login(header) }
/// ```
package final class RememberedLogins: Sendable {
    private struct Login {
        let principal: Principal
        let renewals: Int
        /// Milliseconds since 1970.
        let end: Int64
    }

    private let logins = Mutex<[Data: Login]>([:])
    private let key = SymmetricKey(size: .bits256)
    private let catalog: CatalogStore
    private let time: TimeSource

    private static let longestMilliseconds: Int64 = 30_000
    private static let most = 1024

    package init(_ accounts: Accounts) {
        catalog = accounts.catalog
        time = accounts.time
    }

    /// Who showed the same before; nil for who has to log in.
    ///
    /// - Parameter credential: all that says who calls, e.g. the Authorization header.
    package func principal(showing credential: String) -> Principal? {
        let mark = mark(credential)
        guard let login = logins.withLock({ $0[mark] }), login.renewals == catalog.accessRenewals,
            login.end > time.now()
        else { return nil }
        return login.principal
    }

    /// Runs a login and remembers who it was. A change of users or grants meanwhile makes it count for this once only.
    package func remembering(
        _ credential: String, _ login: () async throws -> (principal: Principal, admission: Admission)
    ) async throws -> Principal {
        let renewals = catalog.accessRenewals
        let (principal, admission) = try await login()
        let now = time.now()
        let end = min(now + Self.longestMilliseconds, admission.expiresOn ?? .max)
        let mark = mark(credential)
        logins.withLock { logins in
            if logins.count >= Self.most {
                logins = logins.filter { $0.value.end > now && $0.value.renewals == renewals }
                if logins.count >= Self.most { logins = [:] }
            }
            logins[mark] = Login(principal: principal, renewals: renewals, end: end)
        }
        return principal
    }

    private func mark(_ credential: String) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(credential.utf8), using: key))
    }
}
