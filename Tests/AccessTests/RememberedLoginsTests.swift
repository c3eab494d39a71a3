import Access
import Testing
import Types

struct RememberedLoginsTests {
    private let house: House
    private let logins: RememberedLogins
    private let authenticator: Authenticator

    init() throws {
        house = try House()
        logins = RememberedLogins(house.accounts)
        authenticator = Authenticator(catalog: house.catalog, cost: .cheapest, time: house.time.source)
    }

    private func login(_ name: String, _ credential: Credential, showing text: String) async throws {
        _ = try await logins.remembering(text) {
            let checked = try await authenticator.check(try authenticator.attempt(name, credential))
            guard case .welcome(let admission) = try authenticator.conclude(checked) else {
                throw RegistryError(.unauthenticated, "refused")
            }
            return (try house.accounts.entry(of: admission).principal, admission)
        }
    }

    @Test func whoShowsTheSameIsKnownForAWhile() async throws {
        #expect(logins.principal(showing: "Basic x") == nil)
        try await login("ADMIN", .password(House.password), showing: "Basic x")
        #expect(logins.principal(showing: "Basic x")?.user == "ADMIN")
        #expect(logins.principal(showing: "Basic y") == nil)
        house.time.advance(seconds: 31)
        #expect(logins.principal(showing: "Basic x") == nil)
    }

    @Test func aRefusalIsNotRemembered() async throws {
        await #expect(throws: RegistryError.self) {
            try await login("ADMIN", .password("wrong"), showing: "Basic x")
        }
        #expect(logins.principal(showing: "Basic x") == nil)
    }

    @Test func everyChangeOfUsersRolesAndGrantsForgets() async throws {
        let changes: [() throws -> Void] = [
            { try house.accounts.createUser("ANNA", Accounts.UserProperties(), as: house.admin) },
            { try house.accounts.createRole("READER", as: house.admin) },
            { try house.accounts.dropUser("ANNA", as: house.admin) },
        ]
        for change in changes {
            try await login("ADMIN", .password(House.password), showing: "Basic x")
            #expect(logins.principal(showing: "Basic x") != nil)
            try change()
            #expect(logins.principal(showing: "Basic x") == nil)
        }
    }

    @Test func manyCallersDoNotPileUp() async throws {
        for number in 0..<1100 { try await login("ADMIN", .password(House.password), showing: "Basic \(number)") }
        #expect(logins.principal(showing: "Basic 1099") != nil)
        #expect(logins.principal(showing: "Basic 0") == nil)
    }
}
