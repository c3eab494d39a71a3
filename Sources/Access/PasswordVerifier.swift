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
/// each wrong guess pays the whole cost. The same question, asked by many at once, is derived once.
///
/// Thread-safe; waits for its turn at the ``HashingQueue`` without holding a thread.
/// Example: `try await verifier.verify("secret", against: hash)`.
package final class PasswordVerifier: Sendable {
    private struct State {
        var successes: [Data: Int64] = [:]
        /// Those who wait for the answer to a question that is being derived.
        var askers: [Data: [CheckedContinuation<Bool, any Error>]] = [:]
    }

    private let state = Mutex(State())
    private let key = SymmetricKey(size: .bits256)
    private let rememberingMilliseconds: Int64
    private let hashing: HashingQueue
    private let time: TimeSource
    private let stranger: PasswordHash

    private static let most = 1024

    /// - Parameters:
    ///   - cost: what a guess at the name of a user who does not exist costs; the cost of new passwords.
    ///   - rememberingSeconds: seconds for which a success is remembered; 0 remembers nothing. Default five minutes.
    ///   - hashing: where keys are derived.
    ///   - time: the clock.
    package init(
        cost: PasswordHash.Cost = .standard, rememberingSeconds: Int = 300, hashing: HashingQueue = HashingQueue(),
        time: TimeSource = .wall
    ) {
        rememberingMilliseconds = 1000 * Int64(rememberingSeconds)
        self.hashing = hashing
        self.time = time
        stranger = PasswordHash(ofNobodyAt: cost)
    }

    /// Whether `password` belongs to `hash`. Without a hash (no such user, or one without a password) it answers
    /// false after the same work, so that the time does not tell who exists.
    ///
    /// - Throws: `unavailable` when too many passwords are being checked.
    package func verify(_ password: String, against hash: PasswordHash?) async throws -> Bool {
        let hash = hash ?? stranger
        let mark = mark(password, hash)
        return try await withCheckedThrowingContinuation { continuation in
            let moment = time.now()
            let isFirst = state.withLock { state -> Bool? in
                if let expiry = state.successes[mark], expiry > moment { return nil }
                state.successes[mark] = nil
                state.askers[mark, default: []].append(continuation)
                return state.askers[mark]?.count == 1
            }
            guard let isFirst else { return continuation.resume(returning: true) }
            guard isFirst else { return }
            do {
                try hashing.submit { [self] in answer(mark, with: Result { try hash.matches(password) }) }
            } catch {
                answer(mark, with: .failure(error))
            }
        }
    }

    /// Remembers a success, and tells all who asked.
    private func answer(_ mark: Data, with result: Result<Bool, any Error>) {
        let moment = time.now()
        let askers = state.withLock { state in
            if case .success(true) = result, rememberingMilliseconds > 0 {
                remember(mark, until: moment + rememberingMilliseconds, at: moment, in: &state)
            }
            return state.askers.removeValue(forKey: mark) ?? []
        }
        for asker in askers { asker.resume(with: result) }
    }

    private func mark(_ password: String, _ hash: PasswordHash) -> Data {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Array(hash.encoded.utf8))
        mac.update(data: [0])
        mac.update(data: Array(password.utf8))
        return Data(mac.finalize())
    }

    private func remember(_ mark: Data, until expiry: Int64, at moment: Int64, in state: inout State) {
        if state.successes.count >= Self.most { state.successes = state.successes.filter { $0.value > moment } }
        if state.successes.count >= Self.most { state.successes.removeAll() }
        state.successes[mark] = expiry
    }
}
