import Access
import Store
import Testing
import Types

struct AuthenticatorTests {
    private let house: House
    private let authenticator: Authenticator

    init() throws {
        house = try House()
        authenticator = Authenticator(catalog: house.catalog, cost: .cheapest, time: house.time.source)
    }

    private func outcome(_ name: String, _ credential: Credential) async throws -> Authenticator.Outcome {
        try authenticator.conclude(try await authenticator.check(try authenticator.attempt(name, credential)))
    }

    private func login(_ name: String, _ password: String) async throws -> (
        user: String?, error: RegistryError?, Duration
    ) {
        switch try await outcome(name, .password(password)) {
        case .welcome(let login): (login.user.name.name, nil, .zero)
        case .mustChangePassword(let user, _): (user.name.name, LoginRefusal.passwordChange.error, .zero)
        case .refused(let error, let delay): (nil, error, delay)
        }
    }

    @Test func rightPasswordLogsInWhateverTheCaseOfTheName() async throws {
        #expect(try await login("admin", House.password).user == "ADMIN")
        #expect(try await login("ADMIN", House.password).user == "ADMIN")
        #expect(try house.accounts.principal("ADMIN").role == "ACCOUNTADMIN")
    }

    @Test func wrongPasswordUnknownUserAndDisabledUserGetTheSameAnswer() async throws {
        var properties = Accounts.UserProperties()
        properties.password = "another secret"
        properties.isDisabled = true
        try house.accounts.createUser("SLEEPER", properties, as: house.admin)
        let answers = try await [
            login("ADMIN", "wrong"), login("nobody", "wrong"), login("SLEEPER", "another secret"), login("", "x"),
            login("OTHER", "x"), login(String(repeating: "x", count: 10_000), "x"),
        ]
        #expect(Set(answers.map { $0.error?.text }).count == 1)
        #expect(answers.allSatisfy { $0.error?.code == .unauthenticated && $0.user == nil })
        #expect(answers[0].error?.text.contains("wrong") == false)
    }

    @Test func failuresWaitLongerAndSuccessNever() async throws {
        var delays: [Duration] = []
        for _ in 0..<9 { delays.append(try await login("ADMIN", "wrong").2) }
        #expect(delays.prefix(3).allSatisfy { $0 == .zero })
        #expect(delays.dropFirst(3) == [0.5, 1, 2, 4, 8, 8].map { Duration.seconds($0) }[...])
        #expect(try await login("ADMIN", House.password).user == "ADMIN")
        #expect(try await login("ADMIN", "wrong").2 == .zero)
    }

    @Test func whoIsDroppedDisabledOrGetsAnotherPasswordDuringTheCheckIsRefused() async throws {
        var properties = Accounts.UserProperties()
        properties.password = "a good password"
        var disabled = Accounts.UserProperties()
        disabled.isDisabled = true
        var changed = Accounts.UserProperties()
        changed.password = "another password"
        let changes: [() throws -> Void] = [
            { try house.accounts.dropUser("GUEST", as: house.admin) },
            { try house.accounts.alterUser("GUEST", disabled, as: house.admin) },
            { try house.accounts.alterUser("GUEST", changed, as: house.admin) },
            {
                try house.accounts.dropUser("GUEST", as: house.admin)
                try house.accounts.createUser("GUEST", properties, as: house.admin)
            },
        ]
        for change in changes {
            try house.accounts.dropUser("GUEST", ifExists: true, as: house.admin)
            try house.accounts.createUser("GUEST", properties, as: house.admin)
            let attempt = try authenticator.attempt("GUEST", .password("a good password"))
            let checked = try await authenticator.check(attempt)
            try change()
            guard case .refused(let error, _) = try authenticator.conclude(checked) else {
                Issue.record("let in")
                continue
            }
            #expect(error.code == .unauthenticated)
        }
    }

    @Test func aFullQueueIsNoRefusalOfThePassword() async throws {
        let hashing = HashingQueue(threads: 1, waiting: 0)
        let busy = Authenticator(
            catalog: house.catalog, cost: .cheapest, hashing: hashing, time: house.time.source)
        let gate = Gate()
        try hashing.submit { gate.wait() }
        defer { gate.open() }
        let attempt = try busy.attempt("ADMIN", .password(House.password))
        let error = await #expect(throws: RegistryError.self) { try await busy.check(attempt) }
        #expect(error?.code == .unavailable)
    }

    @Test func failuresAreForgottenAfterAQuarterOfAnHour() async throws {
        for _ in 0..<5 { _ = try await login("nobody", "wrong") }
        #expect(try await login("nobody", "wrong").2 > .zero)
        #expect(try await login("other", "wrong").2 == .zero)
        house.time.advance(seconds: 901)
        #expect(try await login("nobody", "wrong").2 == .zero)
    }

    @Test func changedPasswordEndsTheOldAtOnce() async throws {
        #expect(try await login("ADMIN", House.password).user == "ADMIN")
        var properties = Accounts.UserProperties()
        properties.password = "a new password"
        try house.accounts.alterUser("ADMIN", properties, as: house.admin)
        #expect(try await login("ADMIN", House.password).user == nil)
        #expect(try await login("ADMIN", "a new password").user == "ADMIN")
    }

    @Test func resetPasswordIsAWayBackIn() async throws {
        var properties = Accounts.UserProperties()
        properties.isDisabled = true
        try house.accounts.createUser("BOSS", as: house.admin)
        try house.accounts.grantRole("ACCOUNTADMIN", to: .user, "BOSS", as: house.admin)
        try house.accounts.alterUser("ADMIN", properties, as: house.admin)
        #expect(try await login("ADMIN", House.password).user == nil)
        let password = try house.accounts.resetPassword("ADMIN")
        #expect(password.count == 20)
        #expect(try await login("ADMIN", password).user == "ADMIN")
        #expect(throws: RegistryError.self) { try house.accounts.resetPassword("NOBODY") }
        #expect(throws: RegistryError.self) { try house.accounts.resetPassword("ADMIN", to: "short") }
    }

    @Test func loginIsNotedOnceAMinute() async throws {
        _ = try await login("ADMIN", House.password)
        func last() throws -> Int64? { try house.catalog.read { try $0.userAccount("ADMIN")?.lastLoginOn } }
        let first = try last()
        house.time.advance(seconds: 10)
        _ = try await login("ADMIN", House.password)
        #expect(try last() == first)
        house.time.advance(seconds: 60)
        _ = try await login("ADMIN", House.password)
        #expect(try last() == house.time.now)
    }

    @Test(arguments: [
        (Credential.programmaticAccessToken("t"), "token"), (.keyPairJWT("t"), "keyPairFormat"),
        (.oauth("t"), "oauthNotOffered"), (.passwordChangeTicket("t"), "password"),
        (.password("roost_pat_t"), "password"),
    ])
    func nonsenseOfAnyKindIsRefused(credential: Credential, reason: String) async throws {
        guard case .refused(let error, _) = try await outcome("ADMIN", credential) else {
            Issue.record("let in")
            return
        }
        #expect(error.code == .unauthenticated && error.detail["login"] == reason)
    }

    @Test func aPasswordThatMustBeChangedIsGoodForAnotherOnlyOnce() async throws {
        var properties = Accounts.UserProperties()
        properties.password = "a first password"
        properties.mustChangePassword = true
        try house.accounts.createUser("NEW", properties, as: house.admin)
        guard case .mustChangePassword(_, let ticket) = try await outcome("NEW", .password("a first password")),
            case .mustChangePassword(let user, let next) = try await outcome("", .passwordChangeTicket(ticket))
        else {
            Issue.record("no ticket, or one that is not good")
            return
        }
        if case .mustChangePassword = try await outcome("", .passwordChangeTicket(ticket)) {
            Issue.record("the ticket was good twice")
        }
        #expect(throws: RegistryError.self) { try house.accounts.replacePassword(of: user, with: "short") }
        #expect(throws: RegistryError.self) { try house.accounts.replacePassword(of: user, with: "a first password") }
        try house.accounts.replacePassword(of: user, with: "a second password")
        if case .mustChangePassword = try await outcome("", .passwordChangeTicket(next)) {
            Issue.record("the ticket outlived the password")
        }
        #expect(try await login("NEW", "a second password").user == "NEW")
        #expect(try await login("NEW", "a second password").error == nil)
    }
}
