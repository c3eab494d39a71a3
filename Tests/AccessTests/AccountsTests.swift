import Access
import Foundation
import Store
import TestSupport
import Testing
import Types

struct AccountsTests {
    private let house: House

    init() throws { house = try House() }

    @Test func firstStartMakesRolesAdministratorAndWarehouseOnce() throws {
        let roles = try house.accounts.roles(as: house.admin).map(\.name.name)
        #expect(Set(SystemRole.allCases.map(\.rawValue)).isSubset(of: roles))
        #expect(try house.accounts.bootstrap(password: "another password") == nil)
        #expect(
            try house.accounts.availableRoles("ADMIN").map(\.name) == [
                "ACCOUNTADMIN", "PUBLIC", "SECURITYADMIN", "SYSADMIN", "USERADMIN",
            ])
        let warehouse = try house.ref(.warehouse, "COMPUTE_WH")
        #expect(throws: Never.self) {
            try house.check(.useWarehouse, on: warehouse, as: Principal(user: "OTHER", role: "PUBLIC"))
        }
    }

    @Test func sessionIsCurrentWhileItsUserIsThereEnabledAndOfThatName() throws {
        let accounts = house.accounts
        func user(_ name: String) throws -> SessionUser {
            SessionUser(id: try house.ref(.user, name).id, name: Identifier(resolved: name))
        }
        var (disabled, enabled) = (Accounts.UserProperties(), Accounts.UserProperties())
        (disabled.isDisabled, enabled.isDisabled) = (true, false)
        try accounts.createUser("GUEST", as: house.admin)
        let guest = try user("GUEST")
        let other = try user("OTHER")
        let admin = try user("ADMIN")
        #expect(accounts.isCurrent(guest))
        try accounts.alterUser("GUEST", disabled, as: house.admin)
        #expect(!accounts.isCurrent(guest) && accounts.isCurrent(other))
        try accounts.alterUser("GUEST", enabled, as: house.admin)
        #expect(accounts.isCurrent(guest))
        try accounts.renameUser("GUEST", to: "VISITOR", as: house.admin)
        let visitor = try user("VISITOR")
        #expect(!accounts.isCurrent(guest) && accounts.isCurrent(visitor))
        try accounts.dropUser("VISITOR", as: house.admin)
        #expect(!accounts.isCurrent(visitor))
        try accounts.createUser("GUEST", as: house.admin)
        let namesake = try user("GUEST")
        #expect(!accounts.isCurrent(guest) && accounts.isCurrent(namesake))
        // What fails changes nothing.
        #expect(throws: RegistryError.self) { try accounts.dropUser("ADMIN", as: house.admin) }
        #expect(throws: RegistryError.self) { try accounts.alterUser("ADMIN", disabled, as: house.admin) }
        #expect(accounts.isCurrent(admin) && accounts.isCurrent(other))
    }

    @Test func generatedPasswordIsGivenOnceAndNotStored() throws {
        let house = try House()
        let fresh = try CatalogStore(file: house.directory.appending(path: "fresh.sqlite"), clock: house.time.source)
        let accounts = Accounts(catalog: fresh, access: AccessControl(), cost: .cheapest, time: house.time.source)
        let start = try #require(try accounts.bootstrap())
        let password = try #require(start.generatedPassword)
        let stored = try fresh.read { try $0.userAccount(start.administrator)?.passwordHash }
        #expect(try PasswordHash(encoded: stored ?? "").matches(password))
        #expect(stored?.contains(password) == false)
        #expect(try accounts.bootstrap() == nil)
    }

    @Test func systemRolesCannotBeDroppedRenamedOrTakenApart() throws {
        for role in SystemRole.allCases {
            #expect(throws: RegistryError.self) { try house.accounts.dropRole(role.name, as: house.admin) }
            #expect(throws: RegistryError.self) {
                try house.accounts.alterRole(role.name, newName: "X", as: house.admin)
            }
        }
        #expect(throws: RegistryError.self) {
            try house.accounts.revokeRole("SYSADMIN", from: .role, "ACCOUNTADMIN", as: house.admin)
        }
    }

    @Test func lastAdministratorStays() throws {
        var properties = Accounts.UserProperties()
        properties.isDisabled = true
        #expect(
            house.failure { try house.accounts.alterUser("ADMIN", properties, as: house.admin) }?.code
                == .failedPrecondition)
        #expect(
            house.failure {
                try house.accounts.revokeRole("ACCOUNTADMIN", from: .user, "ADMIN", as: house.admin)
            }?.code == .failedPrecondition)
        #expect(house.failure { try house.accounts.dropUser("ADMIN", as: house.admin) }?.code == .failedPrecondition)
        #expect(try house.accounts.principal("ADMIN") == house.admin)
    }

    @Test func droppedRoleLeavesItsObjectsToWhoDropsIt() throws {
        _ = try house.member("R", [(.usage, .database), (.usage, .schema)])
        let model = try house.make(.model, "THEIRS", in: house.object(.schema), owner: "R")
        try house.accounts.dropRole("R", as: house.admin)
        #expect(try house.catalog.read { try $0.object(model.id)?.owner } == "ACCOUNTADMIN")
        #expect(try house.accounts.principal("R").role == "PUBLIC")
        try house.accounts.createRole("R", as: house.admin)
        #expect(try house.accounts.grants(toRole: "R", as: house.admin).isEmpty)
        #expect(try house.accounts.availableRoles("R").map(\.name) == ["PUBLIC"])
    }

    @Test func userWithoutTheRoleCannotTakeItOn() throws {
        let error = house.failure { _ = try house.accounts.principal("OTHER", role: "ACCOUNTADMIN") }
        let missing = house.failure { _ = try house.accounts.principal("OTHER", role: "NO_SUCH_ROLE") }
        #expect(error?.text == RegistryError.missing("Role", "ACCOUNTADMIN").text)
        #expect(missing?.text == RegistryError.missing("Role", "NO_SUCH_ROLE").text)
        #expect(try house.accounts.principal("ADMIN", role: "SYSADMIN").role == "SYSADMIN")
        #expect(house.failure { _ = try house.accounts.principal("NO_SUCH_USER") }?.code == .permissionDenied)
    }

    @Test func userMayChangeItsOwnPasswordAndNothingElse() throws {
        let member = try house.member("MEMBER")
        var own = Accounts.UserProperties()
        own.password = "my new password"
        own.defaultRole = "MEMBER"
        try house.accounts.alterUser("MEMBER", own, as: member)
        #expect(try house.accounts.principal("MEMBER") == member)
        var more = Accounts.UserProperties()
        more.comment = "important"
        #expect(house.failure { try house.accounts.alterUser("MEMBER", more, as: member) }?.code == .permissionDenied)
        #expect(house.failure { try house.accounts.alterUser("OTHER", own, as: member) }?.code == .notFound)
        #expect(house.failure { try house.accounts.createUser("NEW", as: member) }?.code == .permissionDenied)
        #expect(house.failure { try house.accounts.createRole("NEW", as: member) }?.code == .permissionDenied)
    }

    @Test func propertiesAreKeptAndTheAuditHoldsNoPassword() throws {
        var properties = Accounts.UserProperties()
        properties.password = "a quiet secret"
        properties.defaultRole = "SYSADMIN"
        properties.defaultWarehouse = "COMPUTE_WH"
        properties.defaultNamespace = "ML.REGISTRY"
        properties.email = "ada@example.com"
        properties.comment = "first"
        try house.accounts.createUser("ADA", properties, as: house.admin)
        let user = try #require(try house.accounts.users(as: house.admin).first { $0.name == "ADA" })
        #expect(
            user.defaultRole == "SYSADMIN" && user.defaultNamespace == "ML.REGISTRY" && user.email == "ada@example.com")
        #expect(user.object.comment == "first" && user.object.owner == "ACCOUNTADMIN" && !user.isDisabled)
        #expect(try house.accounts.principal("ADA").role == "PUBLIC", "a default role that is not granted")
        let rows = try house.catalog.read { try $0.auditRows(limit: 100_000) }
        #expect(!rows.contains { $0.to.contains("quiet") || $0.to.contains("scrypt") })
        #expect(rows.last?.to.contains(#""password":"set""#) == true)
    }

    @Test func namesAreTakenOnceAndIfNotExistsSaysSo() throws {
        #expect(house.failure { try house.accounts.createRole("OTHER_ROLE", as: house.admin) }?.code == .alreadyExists)
        #expect(house.failure { try house.accounts.createUser("OTHER", as: house.admin) }?.code == .alreadyExists)
        #expect(try !house.accounts.createRole("OTHER_ROLE", ifNotExists: true, as: house.admin))
        #expect(try !house.accounts.createUser("OTHER", ifNotExists: true, as: house.admin))
        #expect(try !house.accounts.dropUser("NONE", ifExists: true, as: house.admin))
        #expect(try !house.accounts.dropRole("NONE", ifExists: true, as: house.admin))
        try house.accounts.dropUser("OTHER", as: house.admin)
        #expect(try house.accounts.createUser("OTHER", as: house.admin))
    }

    @Test func renamingKeepsGrants() throws {
        let member = try house.member("BEFORE", [(.usage, .database)])
        try house.accounts.alterRole("BEFORE", newName: "AFTER", as: house.admin)
        let after = Principal(user: member.user, role: "AFTER")
        #expect(try house.may(.useDatabase, .database, as: after))
        #expect(try !house.may(.useDatabase, .database, as: member))
        try house.accounts.renameUser("BEFORE", to: "LATER", as: house.admin)
        #expect(try house.may(.useDatabase, .database, as: Principal(user: "LATER", role: "AFTER")))
        #expect(try !house.may(.useDatabase, .database, as: after))
    }

    @Test func rolesAndUsersListWhatMayBeSeen() throws {
        let member = try house.member("MEMBER")
        #expect(try house.accounts.roles(as: member).map(\.name.name) == ["MEMBER", "PUBLIC"])
        #expect(try house.accounts.users(as: member).map(\.name.name) == ["MEMBER"])
        #expect(try house.accounts.users(as: house.admin).count >= 3)
    }

    @Test(arguments: 0..<20)
    func catalogsRolesAreReachabilityWhateverIsGrantedAndRevoked(seed: Int) throws {
        var generator = SeededRandom(seed: UInt64(seed))
        let names = (0..<8).map { Identifier(resolved: "N\($0)") }
        for name in names { try house.accounts.createRole(name, as: house.admin) }
        try house.accounts.createUser("WALKER", as: house.admin)
        var edges: Set<[Identifier]> = []
        for _ in 0..<40 {
            let role = names[Int.random(in: 0..<8, using: &generator)]
            let grantee = names[Int.random(in: 0..<8, using: &generator)]
            if Bool.random(using: &generator) || Bool.random(using: &generator) {
                let error = house.failure { try house.accounts.grantRole(role, to: .role, grantee, as: house.admin) }
                if error == nil { edges.insert([role, grantee]) }
            } else {
                try house.accounts.revokeRole(role, from: .role, grantee, as: house.admin)
                edges.remove([role, grantee])
            }
        }
        let top = names[Int.random(in: 0..<8, using: &generator)]
        try house.accounts.grantRole(top, to: .user, "WALKER", as: house.admin)
        var expected: Set<Identifier> = [top, "PUBLIC"]
        for _ in 0..<8 { for edge in edges where expected.contains(edge[1]) { expected.insert(edge[0]) } }
        #expect(Set(try house.accounts.availableRoles("WALKER")) == expected, "seed \(seed)")
    }
}
