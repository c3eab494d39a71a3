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

    @Test func verifierRemembersSuccessForMinutesAndNeverFailure() async throws {
        let clock = HandClock()
        let hashing = HashingQueue()
        let verifier = PasswordVerifier(
            cost: .cheapest, rememberingSeconds: 300, hashing: hashing, time: clock.source)
        let hash = try PasswordHash(of: "secret", cost: .cheapest)
        func derivations(_ password: String, right: Bool) async throws -> Int {
            let before = hashing.begun
            #expect(try await verifier.verify(password, against: hash) == right)
            return hashing.begun - before
        }
        #expect(try await derivations("secret", right: true) == 1)
        #expect(try await derivations("secret", right: true) == 0)
        #expect(try await derivations("wrong", right: false) == 1)
        #expect(try await derivations("wrong", right: false) == 1)
        clock.advance(seconds: 301)
        #expect(try await derivations("secret", right: true) == 1)
        #expect(try await derivations("secret", right: true) == 0)
    }

    @Test func sameQuestionAskedByManyAtOnceIsDerivedOnce() async throws {
        let hashing = HashingQueue(threads: 1, waiting: 1)
        let verifier = PasswordVerifier(cost: .cheapest, hashing: hashing)
        let hash = try PasswordHash(of: "secret", cost: .cheapest)
        let gate = Gate()
        try hashing.submit { gate.wait() }
        // The thread is taken and one place is left: all hundred share it.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { try await verifier.verify("secret", against: hash) } }
            group.addTask {
                gate.open()
                return true
            }
            for try await answer in group { #expect(answer) }
        }
        #expect(hashing.begun == 2)
    }

    @Test func unknownUserNeverMatches() async throws {
        let verifier = PasswordVerifier(cost: .cheapest)
        #expect(try await !verifier.verify("anything", against: nil))
    }
}
