import Access
import Testing
import Types

struct SessionTokensTests {
    private let clock = HandClock()

    private func tokens() -> SessionTokens {
        SessionTokens(lifetimes: .init(sessionSeconds: 60, masterSeconds: 600), time: clock.source)
    }

    private func code(_ body: () throws -> Void) -> RegistryError.Code? {
        do { try body() } catch { return (error as? RegistryError)?.code }
        return nil
    }

    @Test func tokenLeadsToItsSession() throws {
        let tokens = tokens()
        let one = tokens.issue(session: 1)
        let two = tokens.issue(session: 2)
        #expect(try tokens.session(one.sessionToken) == 1)
        #expect(try tokens.session(two.sessionToken) == 2)
        #expect(one.sessionSeconds == 60 && one.masterSeconds == 600)
        #expect(one.sessionToken.utf8.count == 43 && one.sessionToken != one.masterToken)
    }

    @Test func unknownTokenIsNotExpired() {
        let tokens = tokens()
        _ = tokens.issue(session: 1)
        for text in ["", "x", SessionTokens.randomText()] {
            #expect(code { _ = try tokens.session(text) } == .unauthenticated)
            #expect(code { _ = try tokens.renew(master: text) } == .unauthenticated)
        }
    }

    @Test func masterTokenOpensNoSessionAndSessionTokenRenewsNothing() {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        #expect(code { _ = try tokens.session(pair.masterToken) } == .unauthenticated)
        #expect(code { _ = try tokens.renew(master: pair.sessionToken) } == .unauthenticated)
    }

    @Test func sessionTokenExpiresExactlyAtItsEnd() throws {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        clock.advance(seconds: 59)
        #expect(try tokens.session(pair.sessionToken) == 1)
        clock.advance(seconds: 1)
        #expect(code { _ = try tokens.session(pair.sessionToken) } == .sessionExpired)
        #expect(code { _ = try tokens.extend(pair.sessionToken) } == .sessionExpired)
    }

    @Test func renewalGivesNewTokensAndEndsTheOld() throws {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        clock.advance(seconds: 100)
        let next = try tokens.renew(master: pair.masterToken, old: pair.sessionToken)
        #expect(try tokens.session(next.sessionToken) == 1)
        #expect(code { _ = try tokens.session(pair.sessionToken) } == .sessionExpired)
        clock.advance(seconds: Int64(SessionTokens.repeatableSeconds))
        #expect(code { _ = try tokens.renew(master: pair.masterToken) } == .unauthenticated)
    }

    @Test func renewalRepeatedWithinAMinuteGivesTheSamePair() throws {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        let next = try tokens.renew(master: pair.masterToken, old: pair.sessionToken)
        #expect(next.sessionToken != pair.sessionToken && next.masterToken != pair.masterToken)
        #expect(next.sessionToken != next.masterToken && next.sessionToken.utf8.count == 43)
        #expect(try tokens.renew(master: pair.masterToken, old: pair.sessionToken) == next)
        clock.advance(seconds: 59)
        let late = try tokens.renew(master: pair.masterToken)
        #expect(late.sessionToken == next.sessionToken && late.masterToken == next.masterToken)
        #expect(late.sessionSeconds == 1 && late.masterSeconds == 541)
        #expect(try tokens.session(late.sessionToken) == 1)
        clock.advance(seconds: 1)
        #expect(code { _ = try tokens.renew(master: pair.masterToken) } == .unauthenticated)
        // The pair that was given twice goes on as if it had been given once.
        let third = try tokens.renew(master: late.masterToken, old: late.sessionToken)
        #expect(try tokens.session(third.sessionToken) == 1)
    }

    @Test func onlyTheMasterTokenBeforeRenewsAgainAndNothingAfterTheEnd() throws {
        let tokens = tokens()
        let first = tokens.issue(session: 1)
        let second = try tokens.renew(master: first.masterToken)
        let third = try tokens.renew(master: second.masterToken)
        #expect(code { _ = try tokens.renew(master: first.masterToken) } == .unauthenticated)
        #expect(try tokens.renew(master: second.masterToken) == third)
        let other = tokens.issue(session: 2)
        #expect(
            code { _ = try tokens.renew(master: second.masterToken, old: other.sessionToken) } == .unauthenticated)
        tokens.revoke(session: 1)
        for pair in [first, second, third] {
            #expect(code { _ = try tokens.renew(master: pair.masterToken) } == .unauthenticated)
        }
    }

    @Test func twoServersDeriveDifferentTokens() throws {
        let (one, two) = (tokens(), tokens())
        let pair = one.issue(session: 1)
        let next = try one.renew(master: pair.masterToken)
        #expect(code { _ = try two.session(next.sessionToken) } == .unauthenticated)
        #expect(code { _ = try two.renew(master: pair.masterToken) } == .unauthenticated)
    }

    @Test func sessionsOfAUserAreKnownAndEnd() throws {
        let tokens = tokens()
        let (alice, bob) = (SessionUser(id: 1, name: "ALICE"), SessionUser(id: 2, name: "BOB"))
        let one = tokens.issue(session: 1, user: alice)
        let two = tokens.issue(session: 2, user: bob)
        let nobody = tokens.issue(session: 3)
        let holder = try tokens.holder(one.sessionToken)
        #expect(holder.sessionID == 1 && holder.user == alice)
        let renewed = try tokens.renew(master: one.masterToken)
        #expect(try tokens.holder(renewed.sessionToken).user == alice)
        #expect(tokens.user(ofSession: 2) == bob)
        #expect(tokens.revokeSessions { $0.id == 1 } == [1])
        #expect(code { _ = try tokens.session(renewed.sessionToken) } == .unauthenticated)
        #expect(try tokens.session(two.sessionToken) == 2)
        #expect(try tokens.session(nobody.sessionToken) == 3)
    }

    @Test func expiredMasterTokenSaysSo() throws {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        clock.advance(seconds: 600)
        do {
            _ = try tokens.renew(master: pair.masterToken)
            Issue.record("an expired master token renewed")
        } catch let error as RegistryError {
            #expect(error.code == .sessionExpired && error.detail["token"] == "master")
        }
    }

    @Test func masterTokenOfAnotherSessionRenewsNothing() {
        let tokens = tokens()
        let one = tokens.issue(session: 1)
        let two = tokens.issue(session: 2)
        #expect(code { _ = try tokens.renew(master: one.masterToken, old: two.sessionToken) } == .unauthenticated)
    }

    @Test func heartbeatLetsBothTokensRunTheirFullTimeAgain() throws {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        for _ in 0..<30 {
            clock.advance(seconds: 50)
            #expect(try tokens.extend(pair.sessionToken) == 1)
        }
        #expect(try tokens.renew(master: pair.masterToken).sessionID == 1)
    }

    @Test func revokedSessionIsUnknown() {
        let tokens = tokens()
        let pair = tokens.issue(session: 1)
        tokens.revoke(session: 1)
        tokens.revoke(session: 1)
        #expect(code { _ = try tokens.session(pair.sessionToken) } == .unauthenticated)
        #expect(code { _ = try tokens.renew(master: pair.masterToken) } == .unauthenticated)
    }

    @Test func sweepNamesSessionsThatCannotBeRenewed() throws {
        let tokens = tokens()
        _ = tokens.issue(session: 1)
        clock.advance(seconds: 400)
        let late = tokens.issue(session: 2)
        #expect(tokens.removeExpired() == [])
        clock.advance(seconds: 200)
        #expect(tokens.removeExpired() == [1])
        #expect(try tokens.renew(master: late.masterToken).sessionID == 2)
    }

    @Test func oldestReplacedTokensAreForgotten() throws {
        let tokens = tokens()
        let first = tokens.issue(session: 1)
        var pair = first
        for _ in 0..<6 { pair = try tokens.renew(master: pair.masterToken) }
        #expect(code { _ = try tokens.session(first.sessionToken) } == .unauthenticated)
        #expect(try tokens.session(pair.sessionToken) == 1)
    }
}
