import Store
import Testing
import Types

@testable import Access

struct AccessTokenTests {
    private let house: House
    private let authenticator: Authenticator
    private let member: Principal

    init() throws {
        house = try House()
        authenticator = Authenticator(catalog: house.catalog, cost: .cheapest, time: house.time.source)
        member = try house.member("MEMBER")
    }

    private func login(_ secret: String, _ name: String = "") async throws -> Admission? {
        let attempt = try authenticator.attempt(name, .programmaticAccessToken(secret))
        switch try authenticator.conclude(try await authenticator.check(attempt)) {
        case .welcome(let login): return login
        case .refused, .mustChangePassword: return nil
        }
    }

    private func add(_ name: Identifier, days: Int64 = 15, role: Identifier? = nil) throws -> String {
        var properties = Accounts.TokenProperties()
        properties.daysToExpiry = days
        properties.role = role
        return try house.accounts.addToken(name, properties, as: member).secret
    }

    @Test func aTokenEndsByItsTimeAndItsSessionsWithIt() async throws {
        let secret = try add("T", days: 1)
        let session = try #require(try await login(secret)).sessionUser
        house.time.advance(seconds: 86_399)
        #expect(try await login(secret) != nil)
        #expect(house.accounts.isCurrent(session))
        house.time.advance(seconds: 1)
        #expect(try await login(secret) == nil)
        #expect(!house.accounts.isCurrent(session))
        #expect(try house.accounts.tokens(as: member).map { house.accounts.isOver($0) } == [true])
        house.time.advance(seconds: 31 * 86_400)
        #expect(try house.accounts.tokens(as: member).isEmpty)
    }

    @Test func rotationShortensTheOldAndRestartsTheNew() async throws {
        let old = try add("T", days: 10)
        let session = try #require(try await login(old)).sessionUser
        house.time.advance(seconds: 86_400)
        let new = try house.accounts.rotateToken("T", oldExpiresAfterHours: 2, as: member)
        #expect(try await login(old) != nil)
        house.time.advance(seconds: 7200)
        #expect(try await login(old) == nil)
        #expect(!house.accounts.isCurrent(session))
        house.time.advance(seconds: 9 * 86_400)
        #expect(try await login(new.secret) != nil)
        house.time.advance(seconds: 86_400)
        #expect(try await login(new.secret) == nil)
    }

    @Test func aTokenOfADroppedUserIsNobodysEvenWhenTheNameComesBack() async throws {
        let secret = try add("T")
        let session = try #require(try await login(secret, "member")).sessionUser
        try house.accounts.dropUser("MEMBER", as: house.admin)
        try house.accounts.createUser("MEMBER", as: house.admin)
        #expect(try await login(secret) == nil)
        #expect(!house.accounts.isCurrent(session))
    }

    @Test func aRestrictedTokenHasNoOtherRoleAndNoSecondaryOnes() async throws {
        try house.accounts.createRole("SECOND", as: house.admin)
        #expect(throws: RegistryError.self) { try add("T", role: "SECOND") }
        try house.accounts.grantRole("SECOND", to: .user, "MEMBER", as: house.admin)
        let secret = try add("T", role: "SECOND")
        let login = try #require(try await login(secret))
        #expect(login.roles == .only(["SECOND"]))
        let entry = try house.accounts.entry(of: login, secondary: .all)
        #expect(entry.principal.role == "SECOND" && entry.principal.secondaryRoles == SecondaryRoles.none)
        #expect(entry.confinedTo == ["SECOND"])
        #expect(throws: RegistryError.self) { try house.accounts.entry(of: login, role: "MEMBER") }
        try house.accounts.revokeRole("SECOND", from: .user, "MEMBER", as: house.admin)
        #expect(throws: RegistryError.self) { try house.accounts.entry(of: login) }
        try house.accounts.dropRole("SECOND", as: house.admin)
        #expect(try await self.login(secret) == nil)
    }

    @Test func ofSeveralRolesTheFirstThatIsHeldIsTaken() throws {
        let user = try #require(try house.catalog.read { try $0.userAccount("MEMBER") })
        let entry = try house.accounts.entry(of: Admission(user, roles: .only(["ABSENT", "MEMBER", "OTHER_ROLE"])))
        #expect(entry.principal.role == "MEMBER")
        #expect(throws: RegistryError.self) {
            try house.accounts.entry(of: Admission(user, roles: .only(["ABSENT", "OTHER_ROLE"])))
        }
    }

    @Test func aUserHasFifteenTokensThatAreNotOver() throws {
        for number in 0..<15 { _ = try add(Identifier(resolved: "T\(number)"), days: 1) }
        #expect(house.failure { _ = try add("ONE_MORE") }?.code == .limitExceeded)
        house.time.advance(seconds: 86_400)
        _ = try add("ONE_MORE")
    }

    @Test func aTokenCannotMakeMoreOfItself() throws {
        _ = try add("T")
        let byToken = Principal(
            user: "MEMBER", role: "MEMBER", secondaryRoles: .none, isByToken: true)
        var password = Accounts.UserProperties()
        password.password = "another password"
        for change: () throws -> Void in [
            { _ = try house.accounts.addToken("U", as: byToken) },
            { _ = try house.accounts.rotateToken("T", as: byToken) },
            { try house.accounts.alterToken("T", comment: "x", as: byToken) },
            { try house.accounts.alterUser("MEMBER", password, as: byToken) },
        ] { #expect(house.failure(change)?.code == .permissionDenied) }
        #expect(try house.accounts.tokens(as: byToken).count == 1)
        try house.accounts.removeToken("T", as: byToken)
    }

    @Test func everyChangeIsAuditedWithoutTheSecret() throws {
        let secret = try add("T")
        let rotated = try house.accounts.rotateToken("T", as: member)
        try house.accounts.alterToken("T", newName: "U", disabled: true, as: member)
        try house.accounts.removeToken("U", as: member)
        let rows = try house.catalog.read { try $0.auditRows() }.filter { $0.action.hasSuffix("ACCESS TOKEN") }
        #expect(
            rows.map(\.action) == [
                "ADD ACCESS TOKEN", "ROTATE ACCESS TOKEN", "MODIFY ACCESS TOKEN", "REMOVE ACCESS TOKEN",
            ])
        let text = rows.map { $0.from + $0.to }.joined()
        #expect(!text.contains(secret) && !text.contains(rotated.secret))
    }
}
