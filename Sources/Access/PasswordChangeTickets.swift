import Store
import Synchronization

/// Proofs that somebody who must change the password has shown the present one, a moment ago: good for one try.
///
/// The stock client shows no password in the request that brings the new one, only the ticket that it was given.
/// Thread-safe, does not block. Example: `tickets.redeem(tickets.issue(to: user))`.
final class PasswordChangeTickets: Sendable {
    private struct Ticket {
        let userID: Int64
        let passwordHash: String?
        let expiresOn: Int64
    }

    private let tickets = Mutex<[String: Ticket]>([:])
    private let time: TimeSource
    private static let validMilliseconds: Int64 = 600_000
    private static let most = 1000

    init(time: TimeSource) {
        self.time = time
    }

    /// A new ticket for a user whose password was right.
    func issue(to user: UserRow) -> String {
        let text = SessionTokens.randomText()
        let now = time.now()
        tickets.withLock { tickets in
            if tickets.count >= Self.most { tickets = tickets.filter { $0.value.expiresOn > now } }
            if tickets.count >= Self.most { tickets.removeAll() }
            tickets[text] = Ticket(
                userID: user.object.id, passwordHash: user.passwordHash, expiresOn: now + Self.validMilliseconds)
        }
        return text
    }

    /// Takes a ticket back.
    ///
    /// - Returns: the user's id and the hash of the password that was right; nil where there is no such ticket.
    func redeem(_ text: String) -> (userID: Int64, passwordHash: String?)? {
        guard let ticket = tickets.withLock({ $0.removeValue(forKey: text) }), ticket.expiresOn > time.now() else {
            return nil
        }
        return (ticket.userID, ticket.passwordHash)
    }
}
