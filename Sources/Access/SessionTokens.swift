import Crypto
package import Store
import Synchronization
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The tokens of the sessions that are open now: which token belongs to which session, and until when.
///
/// A session has a session token (an hour) and a master token (four hours) that only renews it. Tokens are 256 random
/// bits; this table keeps their SHA-256, so that a memory dump gives nobody a session. Nothing survives the process.
///
/// A renewal may be repeated for a minute: a client whose answer got lost, or two of its threads that renew at once,
/// get the same new pair. For that a new pair is an HMAC, under a key of this process, of the master token before it.
///
/// Thread-safe, does not block. Example:
/// ```
/// let pair = tokens.issue(session: 42, user: alice)
/// try tokens.session(pair.sessionToken)          // 42
/// let next = try tokens.renew(master: pair.masterToken, old: pair.sessionToken)
/// ```
/// Source: SNOWFLAKE.md §1 and the connector's handling of codes 390112 (renew) and 390114 (log in again).
package final class SessionTokens: Sendable {
    /// How long tokens are valid.
    package struct Lifetimes: Sendable {
        /// Seconds of a session token. Default 3600.
        package let sessionSeconds: Int
        /// Seconds of a master token. Default 14400.
        package let masterSeconds: Int

        package init(sessionSeconds: Int = 3600, masterSeconds: Int = 14400) {
            self.sessionSeconds = sessionSeconds
            self.masterSeconds = masterSeconds
        }
    }

    /// Whose session a token belongs to.
    package struct Holder: Sendable, Hashable {
        /// The session, as the caller numbered it.
        package let sessionID: Int64
        /// Who logged in, nil where nobody did.
        package let user: SessionUser?
    }

    /// What a login or a renewal hands to the client.
    package struct Pair: Sendable, Equatable {
        /// The session this pair belongs to, as the caller numbered it.
        package let sessionID: Int64
        /// The session token: goes with every call.
        package let sessionToken: String
        /// Seconds from now for which the session token is valid.
        package let sessionSeconds: Int
        /// The master token: only renews.
        package let masterToken: String
        /// Seconds from now for which the master token is valid.
        package let masterSeconds: Int
    }

    private typealias Mark = SHA256Digest

    private struct Entry {
        let user: SessionUser?
        var session: Mark
        var sessionExpiry: Int64
        var master: Mark
        var masterExpiry: Int64
        /// The session tokens before this one: they say "renew", not "unknown", to a thread that was late.
        var replaced: [Mark] = []
        /// The master token before this one, and until when it may renew once more.
        var oldMaster: (mark: Mark, expiry: Int64)?
    }

    private struct State {
        var entries: [Int64: Entry] = [:]
        var sessions: [Mark: Int64] = [:]
        var masters: [Mark: Int64] = [:]
    }

    private let state = Mutex(State())
    private let lifetimes: Lifetimes
    private let time: TimeSource
    private let key = SymmetricKey(size: .bits256)
    private static let replacedKept = 4

    /// Seconds for which a master token that was replaced gives the pair that replaced it.
    package static let repeatableSeconds = 60

    package init(lifetimes: Lifetimes = Lifetimes(), time: TimeSource = .wall) {
        self.lifetimes = lifetimes
        self.time = time
    }

    /// Makes the tokens of a new session. A session that had tokens loses them.
    package func issue(session id: Int64, user: SessionUser? = nil) -> Pair {
        let pair = pair(id, Self.randomText(), Self.randomText())
        state.withLock { state in
            Self.remove(id, from: &state)
            insert(pair, of: user, in: &state)
        }
        return pair
    }

    /// The session that a session token belongs to.
    ///
    /// - Throws: `sessionExpired` (detail `token`: `session`) for a token whose time is over or that was renewed: a
    ///   renewal helps. `unauthenticated` for one that this server does not know: only a new login helps.
    package func session(_ token: String) throws -> Int64 { try holder(token).sessionID }

    /// The session that a session token belongs to, and who logged in to it. Throws as ``session(_:)``.
    package func holder(_ token: String) throws -> Holder {
        let mark = Self.mark(token)
        let moment = time.now()
        return try state.withLock { state in
            guard let id = state.sessions[mark], let entry = state.entries[id] else { throw Self.unknown() }
            guard entry.session == mark, entry.sessionExpiry > moment else { throw Self.expired("session") }
            return Holder(sessionID: id, user: entry.user)
        }
    }

    /// Who logged in to a session, nil where nobody did or it has no tokens.
    package func user(ofSession id: Int64) -> SessionUser? { state.withLock { $0.entries[id]?.user } }

    /// Exchanges a master token for a new pair. The old session token is invalid afterwards; the old master token gives
    /// the same pair again for ``repeatableSeconds``, and is unknown then.
    ///
    /// - Parameter old: the session token being renewed, where the client sends one: it must belong to the session.
    /// - Throws: `sessionExpired` (detail `token`: `master`) when the master token's time is over; `unauthenticated`
    ///   when it is unknown or belongs to another session than `old`.
    package func renew(master: String, old: String? = nil) throws -> Pair {
        let mark = Self.mark(master)
        let oldMark = old.map(Self.mark)
        let moment = time.now()
        return try state.withLock { state in
            guard let id = state.masters[mark], let entry = state.entries[id] else { throw Self.unknown() }
            if let oldMark, state.sessions[oldMark] != id { throw Self.unknown() }
            guard entry.masterExpiry > moment else { throw Self.expired("master") }
            if entry.master != mark {
                guard let expiry = entry.oldMaster?.expiry, expiry > moment else { throw Self.unknown() }
                return successor(of: master, id, from: moment, until: entry.sessionExpiry, entry.masterExpiry)
            }
            let pair = pair(id, derived("session", from: master), derived("master", from: master))
            let replaced = ([entry.session] + entry.replaced).prefix(Self.replacedKept)
            Self.remove(id, from: &state)
            insert(
                pair, of: entry.user, replacing: Array(replaced),
                oldMaster: (mark, moment + 1000 * Int64(Self.repeatableSeconds)), in: &state)
            return pair
        }
    }

    /// The pair that a renewal by `master` gave, with the time that is left of it.
    private func successor(
        of master: String, _ id: Int64, from moment: Int64, until sessionExpiry: Int64, _ masterExpiry: Int64
    ) -> Pair {
        Pair(
            sessionID: id, sessionToken: derived("session", from: master),
            sessionSeconds: Int(max(0, sessionExpiry - moment) / 1000), masterToken: derived("master", from: master),
            masterSeconds: Int(max(0, masterExpiry - moment) / 1000))
    }

    /// A heartbeat: lets both tokens of the session run their full time again.
    ///
    /// - Returns: the session.
    /// - Throws: as ``session(_:)``; an expired token can't be extended.
    package func extend(_ token: String) throws -> Int64 {
        let id = try session(token)
        let moment = time.now()
        state.withLock { state in
            state.entries[id]?.sessionExpiry = moment + 1000 * Int64(lifetimes.sessionSeconds)
            state.entries[id]?.masterExpiry = moment + 1000 * Int64(lifetimes.masterSeconds)
        }
        return id
    }

    /// Ends a session: its tokens become unknown. A session without tokens is left alone.
    package func revoke(session id: Int64) {
        state.withLock { Self.remove(id, from: &$0) }
    }

    /// Ends the sessions of the users whom `isGone` names.
    ///
    /// - Returns: their ids, for the caller to close what they hold. O(sessions).
    package func revokeSessions(where isGone: (SessionUser) -> Bool) -> [Int64] {
        let users = state.withLock { state in state.entries.compactMapValues(\.user) }
        let gone = users.filter { isGone($0.value) }.keys.sorted()
        state.withLock { state in for id in gone { Self.remove(id, from: &state) } }
        return gone
    }

    /// Forgets sessions that can't be renewed any more.
    ///
    /// - Returns: their ids, for the caller to close what they hold. O(sessions).
    package func removeExpired() -> [Int64] {
        let moment = time.now()
        return state.withLock { state in
            let gone = state.entries.filter { $0.value.masterExpiry <= moment && $0.value.sessionExpiry <= moment }
            for id in gone.keys { Self.remove(id, from: &state) }
            return gone.keys.sorted()
        }
    }

    /// 256 random bits as 43 characters that are safe in a header and a URL.
    package static func randomText() -> String {
        text(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })
    }

    private static func text(_ bytes: Data) -> String {
        String(bytes.base64EncodedString().prefix { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// The token that replaces one of the pair with this master token: only who has that, and this process, can tell.
    private func derived(_ kind: String, from master: String) -> String {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Array("\(kind):\(master)".utf8))
        return Self.text(Data(mac.finalize()))
    }

    private func pair(_ id: Int64, _ sessionToken: String, _ masterToken: String) -> Pair {
        Pair(
            sessionID: id, sessionToken: sessionToken, sessionSeconds: lifetimes.sessionSeconds,
            masterToken: masterToken, masterSeconds: lifetimes.masterSeconds)
    }

    private func insert(
        _ pair: Pair, of user: SessionUser?, replacing replaced: [Mark] = [],
        oldMaster: (mark: Mark, expiry: Int64)? = nil, in state: inout State
    ) {
        let moment = time.now()
        let entry = Entry(
            user: user, session: Self.mark(pair.sessionToken),
            sessionExpiry: moment + 1000 * Int64(pair.sessionSeconds),
            master: Self.mark(pair.masterToken),
            masterExpiry: moment + 1000 * Int64(pair.masterSeconds), replaced: replaced, oldMaster: oldMaster)
        state.entries[pair.sessionID] = entry
        state.sessions[entry.session] = pair.sessionID
        state.masters[entry.master] = pair.sessionID
        for mark in entry.replaced { state.sessions[mark] = pair.sessionID }
        if let oldMaster { state.masters[oldMaster.mark] = pair.sessionID }
    }

    private static func remove(_ id: Int64, from state: inout State) {
        guard let entry = state.entries.removeValue(forKey: id) else { return }
        state.sessions[entry.session] = nil
        state.masters[entry.master] = nil
        if let old = entry.oldMaster { state.masters[old.mark] = nil }
        for mark in entry.replaced { state.sessions[mark] = nil }
    }

    private static func mark(_ token: String) -> Mark { SHA256.hash(data: Array(token.utf8)) }

    private static func unknown() -> RegistryError {
        RegistryError(
            .unauthenticated, "The session does not exist.", hint: "Log in again.", detail: ["token": "unknown"])
    }

    private static func expired(_ token: String) -> RegistryError {
        RegistryError(
            .sessionExpired, "The \(token) token has expired.",
            hint: token == "session" ? "Renew the session with its master token." : "Log in again.",
            detail: ["token": token])
    }
}
