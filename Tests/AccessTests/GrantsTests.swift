import Access
import Store
import Testing
import Types

struct GrantsTests {
    private let house: House
    private let model: ObjectRef
    private let schema: ObjectRef

    init() throws {
        house = try House()
        model = house.object(.model)
        schema = house.object(.schema)
    }

    private func privileges(_ object: ObjectRef, of role: String) throws -> Set<String> {
        Set(try house.accounts.grants(on: object, as: house.admin).filter { $0.granteeName == role }.map(\.privilege))
    }

    private func lastAudit() throws -> AuditRow? {
        try house.catalog.read { try $0.auditRows(limit: 100_000).last }
    }

    @Test func grantShowsAndRevokeTakesItAway() throws {
        _ = try house.member("R")
        try house.accounts.grant(["USAGE", "READ"], on: .object(model), to: "R", as: house.admin)
        let listed = try house.accounts.grants(on: model, as: house.admin)
        #expect(listed.first?.privilege == "OWNERSHIP" && listed.first?.granteeName == "ACCOUNTADMIN")
        let usage = listed.first { $0.privilege == "USAGE" }
        #expect(usage?.name == "ML.REGISTRY.MODEL_1" && usage?.grantedOn == "MODEL" && usage?.grantedTo == "ROLE")
        #expect(usage?.grantedBy == "ACCOUNTADMIN" && usage?.createdOn == house.time.now && usage?.grantOption == false)
        #expect(try house.accounts.grants(toRole: "R", as: house.admin).map(\.privilege) == ["READ", "USAGE"])
        try house.accounts.revoke(["USAGE"], on: .object(model), from: "R", as: house.admin)
        #expect(try privileges(model, of: "R") == ["READ"])
        try house.accounts.revoke(["ALL PRIVILEGES"], on: .object(model), from: "R", as: house.admin)
        #expect(try privileges(model, of: "R") == [])
    }

    @Test func allPrivilegesAreThoseOfTheKind() throws {
        _ = try house.member("R")
        for kind in ObjectKind.allCases where kind != .role {
            try house.accounts.grant(["ALL"], on: .object(house.object(kind)), to: "R", as: house.admin)
            #expect(
                try privileges(house.object(kind), of: "R") == Set(kind.grantablePrivileges.map(\.rawValue)), "\(kind)")
        }
    }

    @Test func privilegeOfAnotherKindIsRefusedWithThoseThatAre() throws {
        let error = house.failure {
            try house.accounts.grant(["SELECT"], on: .object(model), to: "PUBLIC", as: house.admin)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.text == "'SELECT' is no privilege on a model. There are USAGE, READ, OWNERSHIP.")
        let near = house.failure {
            try house.accounts.grant(["USEAGE"], on: .object(model), to: "PUBLIC", as: house.admin)
        }
        #expect(near?.hint == "Did you mean 'USAGE'?")
        let mixed = house.failure {
            try house.accounts.grant(["USAGE", "OWNERSHIP"], on: .object(model), to: "PUBLIC", as: house.admin)
        }
        #expect(mixed?.code == .invalidArgument)
    }

    @Test func onlyOwnersAndManagersGrant() throws {
        let user = try house.member("R", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let refused = house.failure { try house.accounts.grant(["USAGE"], on: .object(model), to: "PUBLIC", as: user) }
        #expect(refused?.code == .permissionDenied)
        let hidden = house.failure {
            try house.accounts.grant(["USAGE"], on: .object(house.object(.warehouse)), to: "PUBLIC", as: user)
        }
        #expect(hidden?.code == .notFound)
        let security = Principal(user: "ADMIN", role: "SECURITYADMIN")
        try house.accounts.grant(["READ"], on: .object(model), to: "R", as: security)
        #expect(try privileges(model, of: "R") == ["USAGE", "READ"])
    }

    @Test func grantOptionLetsARoleHandOnWhatItHas() throws {
        let user = try house.member("R", [(.usage, .database), (.usage, .schema)])
        try house.accounts.grant(["USAGE"], on: .object(model), to: "R", withGrantOption: true, as: house.admin)
        try house.accounts.grant(["USAGE"], on: .object(model), to: "OTHER_ROLE", as: user)
        #expect(try privileges(model, of: "OTHER_ROLE") == ["USAGE"])
        let more = house.failure { try house.accounts.grant(["READ"], on: .object(model), to: "OTHER_ROLE", as: user) }
        #expect(more?.code == .permissionDenied)
        try house.accounts.revoke(["USAGE"], on: .object(model), from: "R", grantOptionOnly: true, as: house.admin)
        #expect(try privileges(model, of: "R") == ["USAGE"])
        let gone = house.failure { try house.accounts.grant(["USAGE"], on: .object(model), to: "PUBLIC", as: user) }
        #expect(gone?.code == .permissionDenied)
    }

    @Test func ownershipMovesWithTheOtherGrantsCopiedOrRevoked() throws {
        let owner = try house.member("R", [(.usage, .database), (.usage, .schema)])
        try house.accounts.grant(["USAGE"], on: .object(model), to: "OTHER_ROLE", as: house.admin)
        let stuck = house.failure {
            try house.accounts.grant(["OWNERSHIP"], on: .object(model), to: "R", as: house.admin)
        }
        #expect(stuck?.code == .failedPrecondition)
        try house.accounts.grant(["OWNERSHIP"], on: .object(model), to: "R", currentGrants: .copy, as: house.admin)
        #expect(try privileges(model, of: "OTHER_ROLE") == ["USAGE"])
        #expect(try privileges(model, of: "R") == ["OWNERSHIP"])
        #expect(try house.may(.alterModel, .model, as: owner))
        #expect(try !house.may(.alterModel, .model, as: house.admin))
        #expect(try lastAudit()?.from == #"{"owner":"ACCOUNTADMIN"}"#)
        #expect(try lastAudit()?.to == #"{"owner":"R"}"#)
        try house.accounts.grant(
            ["OWNERSHIP"], on: .object(model), to: "ACCOUNTADMIN", currentGrants: .revoke, as: house.admin)
        #expect(try privileges(model, of: "OTHER_ROLE") == [])
        #expect(
            house.failure { try house.accounts.revoke(["OWNERSHIP"], on: .object(model), from: "R", as: house.admin) }?
                .code == .invalidArgument)
    }

    @Test func futureGrantsReachLaterObjectsOnly() throws {
        _ = try house.member("R")
        try house.accounts.grant(["USAGE"], on: .future(.model, in: schema), to: "R", as: house.admin)
        #expect(try privileges(model, of: "R") == [])
        let later = try house.make(.model, "LATER", in: schema)
        let table = try house.make(.table, "LATER_TABLE", in: schema)
        #expect(try privileges(later, of: "R") == ["USAGE"])
        #expect(try privileges(table, of: "R") == [])
        #expect(try house.accounts.futureGrants(in: schema, as: house.admin).map(\.name) == ["ML.REGISTRY.<MODEL>"])
        #expect(try house.accounts.futureGrants(toRole: "R", as: house.admin).map(\.privilege) == ["USAGE"])
        try house.accounts.revoke(["USAGE"], on: .future(.model, in: schema), from: "R", as: house.admin)
        #expect(try privileges(try house.make(.model, "STILL_LATER", in: schema), of: "R") == [])
    }

    @Test func futureGrantsOfTheSchemaHideThoseOfTheDatabase() throws {
        let database = house.object(.database)
        _ = try house.member("R")
        _ = try house.member("S")
        try house.accounts.grant(["USAGE"], on: .future(.model, in: database), to: "R", as: house.admin)
        #expect(try privileges(try house.make(.model, "A", in: schema), of: "R") == ["USAGE"])
        try house.accounts.grant(["READ"], on: .future(.model, in: schema), to: "S", as: house.admin)
        let both = try house.make(.model, "B", in: schema)
        #expect(try privileges(both, of: "R") == [])
        #expect(try privileges(both, of: "S") == ["READ"])
        try house.accounts.grant(["OWNERSHIP"], on: .future(.model, in: schema), to: "R", as: house.admin)
        #expect(try privileges(try house.make(.model, "C", in: schema), of: "R") == ["OWNERSHIP"])
    }

    @Test func newSchemaGetsTheDatabasesFutureGrants() throws {
        _ = try house.member("R")
        try house.accounts.grant(["USAGE"], on: .future(.schema, in: house.object(.database)), to: "R", as: house.admin)
        #expect(try privileges(try house.make(.schema, "LATER", in: house.object(.database)), of: "R") == ["USAGE"])
    }

    @Test func grantOnAllReachesPresentObjectsOfTheKind() throws {
        _ = try house.member("R")
        let second = try house.make(.model, "SECOND", in: schema)
        #expect(
            try house.accounts.grant(["USAGE"], on: .all(.model, in: house.object(.database)), to: "R", as: house.admin)
                == 2)
        #expect(try privileges(model, of: "R") == ["USAGE"])
        #expect(try privileges(second, of: "R") == ["USAGE"])
        #expect(try privileges(house.object(.stage), of: "R") == [])
        let wrong = house.failure {
            try house.accounts.grant(["USAGE"], on: .all(.warehouse, in: schema), to: "R", as: house.admin)
        }
        #expect(wrong?.code == .invalidArgument)
    }

    @Test func grantOnAllStopsWholeWhereOneObjectIsForbidden() throws {
        let owner = try house.member("R", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let own = try house.make(.model, "OWN", in: schema, owner: "R")
        let refused = house.failure {
            try house.accounts.grant(["USAGE"], on: .all(.model, in: schema), to: "OTHER_ROLE", as: owner)
        }
        #expect(refused?.code == .permissionDenied)
        #expect(try privileges(own, of: "OTHER_ROLE") == [])
    }

    @Test func cycleOfRolesIsRefused() throws {
        for name in ["A", "B", "C"] { try house.accounts.createRole(Identifier(resolved: name), as: house.admin) }
        try house.accounts.grantRole("A", to: .role, "B", as: house.admin)
        try house.accounts.grantRole("B", to: .role, "C", as: house.admin)
        for (role, grantee) in [("C", "A"), ("B", "A"), ("A", "A"), ("ACCOUNTADMIN", "SYSADMIN")] {
            let error = house.failure {
                try house.accounts.grantRole(
                    Identifier(resolved: role), to: .role, Identifier(resolved: grantee), as: house.admin)
            }
            #expect(error?.code == .invalidArgument, "\(role) to \(grantee)")
        }
        try house.accounts.grantRole("A", to: .role, "C", as: house.admin)
    }

    @Test func managingGrantsMakesNoAdministrator() throws {
        _ = try house.member("GUARD")
        try house.accounts.grantRole("SECURITYADMIN", to: .user, "GUARD", as: house.admin)
        let security = Principal(user: "GUARD", role: "SECURITYADMIN")
        for kind in [ObjectKind.user, .role] {
            let error = house.failure {
                try house.accounts.grantRole("ACCOUNTADMIN", to: kind, "GUARD", as: security)
            }
            #expect(error?.code == .permissionDenied)
        }
        let taken = house.failure {
            try house.accounts.revokeRole("ACCOUNTADMIN", from: .user, "ADMIN", as: security)
        }
        #expect(taken?.code == .permissionDenied)
        try house.accounts.grantRole("SYSADMIN", to: .user, "GUARD", as: security)
    }

    @Test func grantsOfARoleNameItsHolders() throws {
        _ = try house.member("R")
        try house.accounts.grantRole("R", to: .role, "SYSADMIN", as: house.admin)
        let holders = try house.accounts.roleGrants(ofRole: "R", as: house.admin)
        #expect(holders.map(\.grantee.name) == ["SYSADMIN", "R"])
        #expect(holders.map(\.granteeKind) == [.role, .user])
        #expect(try house.accounts.roleGrants(toUser: "R", as: house.admin).map(\.role.name) == ["R"])
        let up = try house.accounts.grants(toRole: "SYSADMIN", as: house.admin)
        #expect(up.contains { $0.privilege == "USAGE" && $0.grantedOn == "ROLE" && $0.name == "R" })
    }

    @Test func unknownRoleIsMissing() throws {
        let error = house.failure {
            try house.accounts.grant(["USAGE"], on: .object(model), to: "NONE", as: house.admin)
        }
        #expect(error?.text == RegistryError.missing("Role", "NONE").text)
    }

    @Test func everyChangeIsInTheAuditLogAndNoRefusalIs() throws {
        let before = try lastAudit()?.sequence ?? 0
        let user = try house.member("R")
        try house.accounts.grant(["USAGE"], on: .object(model), to: "R", as: house.admin)
        try house.accounts.grant(["USAGE"], on: .object(model), to: "R", as: house.admin)
        _ = house.failure { try house.accounts.grant(["USAGE"], on: .object(model), to: "R", as: user) }
        try house.accounts.revoke(["USAGE"], on: .object(model), from: "R", as: house.admin)
        try house.accounts.dropUser("R", as: house.admin)
        try house.accounts.dropRole("R", as: house.admin)
        let rows = try house.catalog.read { try $0.auditRows(after: before) }
        #expect(
            rows.map(\.action) == [
                "CREATE ROLE", "CREATE USER", "GRANT ROLE", "GRANT", "REVOKE", "DROP USER", "DROP ROLE",
            ])
        #expect(rows.allSatisfy { $0.user == "ADMIN" && $0.role == "ACCOUNTADMIN" })
        #expect(rows[3].objectName == model.name && rows[3].to == #"{"privileges":"USAGE","role":"R"}"#)
        #expect(try house.catalog.read { try $0.verifyAudit() } > 0)
    }
}
