import Access
import Foundation
import Testing
import Types

struct PasswordTests {
    @Test func hashOfAPasswordMatchesOnlyThatPassword() throws {
        let hash = try PasswordHash(of: "päßword ☃", cost: .cheapest)
        #expect(try hash.matches("päßword ☃"))
        #expect(try !hash.matches("päßword ☃ "))
        #expect(try !hash.matches(""))
        #expect(try !hash.matches(String(repeating: "x", count: 5000)))
    }

    @Test func encodedTextReadsBackAndCarriesItsCost() throws {
        let hash = try PasswordHash(of: "secret", cost: .init(logRounds: 6, blockSize: 2, parallelism: 3))
        let again = try PasswordHash(encoded: hash.encoded)
        #expect(again == hash)
        #expect(hash.encoded.hasPrefix("$scrypt$ln=6,r=2,p=3$"))
        #expect(try again.matches("secret"))
    }

    @Test func samePasswordHasAnotherSaltEachTime() throws {
        #expect(
            try PasswordHash(of: "secret", cost: .cheapest).encoded
                != PasswordHash(of: "secret", cost: .cheapest).encoded)
    }

    /// Source: RFC 7914, section 12, the third vector; its first 32 bytes are what 32 bytes are asked for.
    @Test func agreesWithTheVectorOfTheStandard() throws {
        let hash = try PasswordHash(
            encoded: "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI")
        #expect(try hash.matches("pleaseletmein"))
        #expect(try !hash.matches("pleaseletmeim"))
    }

    @Test(arguments: [
        "", "plain", "$scrypt$ln=15,r=8,p=3$$", "$bcrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$scrypt$ln=40,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=15,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=15,r=8,p=x$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func brokenStoredHashIsCorruptAndNotWrong(text: String) {
        let error = #expect(throws: RegistryError.self) { try PasswordHash(encoded: text) }
        #expect(error?.code == .corrupt)
    }

    @Test func standardCostIsThirtyTwoMebibytes() throws {
        let cost = PasswordHash.Cost.standard
        #expect(128 * cost.blockSize << cost.logRounds == 32 << 20)
        let hash = try PasswordHash(of: "once at the real cost")
        #expect(try hash.matches("once at the real cost"))
    }

    @Test func emptyAndHugePasswordsAreRefused() {
        #expect(throws: RegistryError.self) { try PasswordHash(of: "", cost: .cheapest) }
        #expect(throws: RegistryError.self) {
            try PasswordHash(of: String(repeating: "x", count: 4097), cost: .cheapest)
        }
    }

    @Test func verifierRemembersSuccessForMinutesAndNeverFailure() throws {
        let clock = HandClock()
        let verifier = try PasswordVerifier(cost: .cheapest, rememberingSeconds: 300, time: clock.source)
        let dear = try PasswordHash(of: "secret", cost: .init(logRounds: 15, blockSize: 8, parallelism: 1))
        func work(_ password: String, right: Bool) throws -> Double {
            let before = Self.threadSeconds()
            #expect(try verifier.verify(password, against: dear) == right)
            return Self.threadSeconds() - before
        }
        let first = try work("secret", right: true)
        let second = try work("secret", right: true)
        #expect(second < first / 5)
        let wrong = try work("wrong", right: false)
        let wrongAgain = try work("wrong", right: false)
        #expect(min(wrong, wrongAgain) > first / 5)
        clock.advance(seconds: 301)
        #expect(try work("secret", right: true) > first / 5)
    }

    /// CPU time of this thread, which other tests do not disturb.
    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func unknownUserNeverMatches() throws {
        let verifier = try PasswordVerifier(cost: .cheapest)
        #expect(try !verifier.verify("anything", against: nil))
    }
}
