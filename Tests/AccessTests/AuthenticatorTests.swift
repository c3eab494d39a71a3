import Access
import Store
import Testing
import Types

struct AuthenticatorTests {
    private let house: House
    private let authenticator: Authenticator

    init() throws {
        house = try House()
        authenticator = try Authenticator(catalog: house.catalog, cost: .cheapest, time: house.time.source)
    }

    private func login(_ name: String, _ password: String) throws -> (user: String?, error: RegistryError?, Duration) {
        switch try authenticator.login(name, .password(password)) {
        case .welcome(let user): (user.name.name, nil, .zero)
        case .refused(let error, let delay): (nil, error, delay)
        }
    }

    @Test func rightPasswordLogsInWhateverTheCaseOfTheName() throws {
        #expect(try login("admin", House.password).user == "ADMIN")
        #expect(try login("ADMIN", House.password).user == "ADMIN")
        #expect(try house.accounts.principal("ADMIN").role == "ACCOUNTADMIN")
    }

    @Test func wrongPasswordUnknownUserAndDisabledUserGetTheSameAnswer() throws {
        var properties = Accounts.UserProperties()
        properties.password = "another secret"
        properties.isDisabled = true
        try house.accounts.createUser("SLEEPER", properties, as: house.admin)
        let answers = try [
            login("ADMIN", "wrong"), login("nobody", "wrong"), login("SLEEPER", "another secret"), login("", "x"),
            login("OTHER", "x"), login(String(repeating: "x", count: 10_000), "x"),
        ]
        #expect(Set(answers.map { $0.error?.text }).count == 1)
        #expect(answers.allSatisfy { $0.error?.code == .unauthenticated && $0.user == nil })
        #expect(answers[0].error?.text.contains("wrong") == false)
    }

    @Test func failuresWaitLongerAndSuccessNever() throws {
        var delays: [Duration] = []
        for _ in 0..<9 { delays.append(try login("ADMIN", "wrong").2) }
        #expect(delays.prefix(3).allSatisfy { $0 == .zero })
        #expect(delays.dropFirst(3) == [0.5, 1, 2, 4, 8, 8].map { Duration.seconds($0) }[...])
        #expect(try login("ADMIN", House.password).user == "ADMIN")
        #expect(try login("ADMIN", "wrong").2 == .zero)
    }

    @Test func failuresAreForgottenAfterAQuarterOfAnHour() throws {
        for _ in 0..<5 { _ = try login("nobody", "wrong") }
        #expect(try login("nobody", "wrong").2 > .zero)
        #expect(try login("other", "wrong").2 == .zero)
        house.time.advance(seconds: 901)
        #expect(try login("nobody", "wrong").2 == .zero)
    }

    @Test func changedPasswordEndsTheOldAtOnce() throws {
        #expect(try login("ADMIN", House.password).user == "ADMIN")
        var properties = Accounts.UserProperties()
        properties.password = "a new password"
        try house.accounts.alterUser("ADMIN", properties, as: house.admin)
        #expect(try login("ADMIN", House.password).user == nil)
        #expect(try login("ADMIN", "a new password").user == "ADMIN")
    }

    @Test func resetPasswordIsAWayBackIn() throws {
        var properties = Accounts.UserProperties()
        properties.isDisabled = true
        try house.accounts.createUser("BOSS", as: house.admin)
        try house.accounts.grantRole("ACCOUNTADMIN", to: .user, "BOSS", as: house.admin)
        try house.accounts.alterUser("ADMIN", properties, as: house.admin)
        #expect(try login("ADMIN", House.password).user == nil)
        let password = try house.accounts.resetPassword("ADMIN")
        #expect(password.count == 20)
        #expect(try login("ADMIN", password).user == "ADMIN")
        #expect(throws: RegistryError.self) { try house.accounts.resetPassword("NOBODY") }
        #expect(throws: RegistryError.self) { try house.accounts.resetPassword("ADMIN", to: "short") }
    }

    @Test func loginIsNotedOnceAMinute() throws {
        _ = try login("ADMIN", House.password)
        func last() throws -> Int64? { try house.catalog.read { try $0.userAccount("ADMIN")?.lastLoginOn } }
        let first = try last()
        house.time.advance(seconds: 10)
        _ = try login("ADMIN", House.password)
        #expect(try last() == first)
        house.time.advance(seconds: 60)
        _ = try login("ADMIN", House.password)
        #expect(try last() == house.time.now)
    }

    @Test(arguments: [Credential.programmaticAccessToken("t"), .keyPairJWT("t"), .oauth("t")])
    func otherCredentialsAreRefusedByName(credential: Credential) throws {
        guard case .refused(let error, _) = try authenticator.login("ADMIN", credential) else {
            Issue.record("let in")
            return
        }
        #expect(error.code == .unauthenticated && error.message.contains("not offered"))
    }
}
