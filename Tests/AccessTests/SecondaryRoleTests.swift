import Access
import Store
import Testing
import Types

struct SecondaryRoleTests {
    private let house: House
    private let alone: Principal

    init() throws {
        house = try House()
        alone = try house.member("MEMBER", [(.usage, .database), (.usage, .schema)])
        let models = try house.member(
            "MODELS", [(.usage, .model), (.createModel, .schema), (.createDatabase, .account)])
        try house.accounts.grantRole(models.role, to: .user, "MEMBER", as: house.admin)
    }

    private func acting(_ secondary: SecondaryRoles, role: Identifier = "MEMBER") -> Principal {
        Principal(user: "MEMBER", role: role, secondaryRoles: secondary)
    }

    @Test func theRightsOfSecondaryRolesCount() throws {
        #expect(try !house.may(.runModel, .model, as: alone))
        #expect(try house.may(.runModel, .model, as: acting(.all)))
        #expect(try house.may(.runModel, .model, as: acting(.some(["MODELS"]))))
        #expect(try !house.may(.runModel, .model, as: acting(.some(["OTHER_ROLE", "NEVER_WAS"]))))
    }

    @Test func butNotForMakingSomething() throws {
        for (action, kind) in [(Action.createModel, ObjectKind.schema), (.createDatabase, .account)] {
            let error = house.failure { try house.check(action, on: house.object(kind), as: acting(.all)) }
            #expect(error?.code == .permissionDenied, "\(action)")
            #expect(error?.hint?.contains("active role") == true)
        }
        // The other way round the active role may, and needs USAGE of its own.
        #expect(try house.may(.createDatabase, .account, as: acting(.all, role: "MODELS")))
        #expect(try !house.may(.createModel, .schema, as: acting(.all, role: "MODELS")))
    }

    @Test func whatIsTakenFromTheUserCountsNoMore() throws {
        try house.accounts.revokeRole("MODELS", from: .user, "MEMBER", as: house.admin)
        #expect(try !house.may(.runModel, .model, as: acting(.all)))
        #expect(try !house.may(.runModel, .model, as: acting(.some(["MODELS"]))))
    }

    @Test func aRoleThatNobodyHoldsIsNoWayAroundTheActiveOne() throws {
        #expect(throws: RegistryError.self) { try house.accounts.principal("MEMBER", role: "ACCOUNTADMIN") }
        #expect(try !house.may(.dropUser, .user, as: acting(.some(["ACCOUNTADMIN"]))))
    }

    @Test func theRolesThatCountAreTold() throws {
        #expect(try house.accounts.effectiveRoles(alone).map(\.name) == ["MEMBER", "PUBLIC"])
        #expect(try house.accounts.effectiveRoles(acting(.all)).map(\.name) == ["MEMBER", "MODELS", "PUBLIC"])
    }
}
