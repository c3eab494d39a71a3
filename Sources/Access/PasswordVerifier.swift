import Crypto
package import Store
import Synchronization
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Checks passwords against their hashes, remembering recent successes so that repeated logins are cheap.
///
/// What is remembered is an HMAC of (hash, password) under a key that lives in this process only: no password is kept,
/// and a changed password is a changed hash, so nothing has to be forgotten by hand. Failures are never remembered:
/// each wrong guess pays the whole cost. At most two derivations run at a time, which bounds memory (32 MiB each at
/// the standard cost).
///
/// Thread-safe; blocks. Example: `try verifier.verify("secret", against: hash)`.
package final class PasswordVerifier: Sendable {
    private struct State {
        var successes: [Data: Int64] = [:]
    }

    private let state = Mutex(State())
    private let firstTurn = Mutex(())
    private let secondTurn = Mutex(())
    private let key = SymmetricKey(size: .bits256)
    private let rememberingMilliseconds: Int64
    private let time: TimeSource
    private let stranger: PasswordHash

    private static let most = 1024

    /// - Parameters:
    ///   - cost: what a guess at the name of a user who does not exist costs; the cost of new passwords.
    ///   - rememberingSeconds: seconds for which a success is remembered; 0 remembers nothing. Default five minutes.
    ///   - time: the clock.
    package init(
        cost: PasswordHash.Cost = .standard, rememberingSeconds: Int = 300,
        time: TimeSource = .wall
    ) throws {
        rememberingMilliseconds = 1000 * Int64(rememberingSeconds)
        self.time = time
        stranger = try PasswordHash(of: SessionTokens.randomText(), cost: cost)
    }

    /// Whether `password` belongs to `hash`. Without a hash (no such user, or one without a password) it answers
    /// false after the same work, so that the time does not tell who exists.
    package func verify(_ password: String, against hash: PasswordHash?) throws -> Bool {
        guard let hash else {
            _ = try derive { try stranger.matches(password) }
            return false
        }
        let mark = mark(password, hash)
        let moment = time.now()
        let remembered = state.withLock { state in
            guard let expiry = state.successes[mark] else { return false }
            if expiry > moment { return true }
            state.successes[mark] = nil
            return false
        }
        if remembered { return true }
        guard try derive({ try hash.matches(password) }) else { return false }
        if rememberingMilliseconds > 0 { remember(mark, until: moment + rememberingMilliseconds, at: moment) }
        return true
    }

    private func derive(_ body: () throws -> Bool) throws -> Bool {
        // Whoever finds both busy waits for the second.
        if let result = try firstTurn.withLockIfAvailable({ _ in try body() }) { return result }
        return try secondTurn.withLock { _ in try body() }
    }

    private func mark(_ password: String, _ hash: PasswordHash) -> Data {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Array(hash.encoded.utf8))
        mac.update(data: [0])
        mac.update(data: Array(password.utf8))
        return Data(mac.finalize())
    }

    private func remember(_ mark: Data, until expiry: Int64, at moment: Int64) {
        state.withLock { state in
            if state.successes.count >= Self.most { state.successes = state.successes.filter { $0.value > moment } }
            if state.successes.count >= Self.most { state.successes.removeAll() }
            state.successes[mark] = expiry
        }
    }
}
