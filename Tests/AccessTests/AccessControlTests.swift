import Access
import Store
import Testing
import Types

struct AccessControlTests {
    private let house: House

    init() throws { house = try House() }

    private func error(_ action: Action, _ kind: ObjectKind, _ principal: Principal) -> RegistryError? {
        house.failure { try house.check(action, on: house.object(kind), as: principal) }
    }

    @Test func hiddenObjectIsToldLikeOneThatIsNot() throws {
        let outsider = try house.member("OUTSIDER")
        let inDatabase = try house.member("IN_DATABASE", [(.usage, .database)])
        let inSchema = try house.member("IN_SCHEMA", [(.usage, .database), (.usage, .schema)])
        for kind in [ObjectKind.model, .table, .view, .stage, .fileFormat, .tag] {
            let name = house.object(kind).name
            let action = kind == .model ? Action.runModel : .describeGrants
            #expect(error(action, kind, outsider)?.text == RegistryError.missing("Database", "ML").text)
            #expect(error(action, kind, inDatabase)?.text == RegistryError.missing("Schema", "ML.REGISTRY").text)
            #expect(error(action, kind, inSchema)?.text == RegistryError.missing(kind.word, name).text)
        }
        #expect(error(.useDatabase, .database, outsider)?.text == RegistryError.missing("Database", "ML").text)
        #expect(error(.useWarehouse, .warehouse, outsider)?.text == RegistryError.missing("Warehouse", "WH_1").text)
        #expect(error(.alterUser, .user, outsider)?.text == RegistryError.missing("User", "OTHER").text)
        #expect(error(.dropRole, .role, outsider)?.text == RegistryError.missing("Role", "OTHER_ROLE").text)
    }

    @Test func containerThatIsSeenButNotReachedHidesWhatIsInIt() throws {
        let monitor = try house.member("MONITOR_1", [(.monitor, .database), (.usage, .schema), (.usage, .model)])
        #expect(error(.runModel, .model, monitor)?.code == .notFound)
        let almost = try house.member("MONITOR_2", [(.usage, .database), (.monitor, .schema), (.usage, .model)])
        #expect(error(.runModel, .model, almost)?.text == RegistryError.missing("Model", "ML.REGISTRY.MODEL_1").text)
    }

    @Test func hintNamesThePrivilegeAndTheGrant() throws {
        let user = try house.member("ANALYST", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let files = error(.readModelFiles, .model, user)
        #expect(files?.message == "Insufficient privileges to operate on model 'ML.REGISTRY.MODEL_1'.")
        #expect(files?.hint == "It needs READ: GRANT READ ON MODEL ML.REGISTRY.MODEL_1 TO ROLE ANALYST;")
        let create = error(.createModel, .schema, user)
        #expect(create?.hint == "It needs CREATE MODEL: GRANT CREATE MODEL ON SCHEMA ML.REGISTRY TO ROLE ANALYST;")
        let drop = error(.dropModel, .model, user)
        #expect(drop?.hint == "It needs ownership of model 'ML.REGISTRY.MODEL_1': use a role that owns it.")
        let database = error(.createDatabase, .account, user)
        #expect(database?.message == "Insufficient privileges to operate on the account.")
        #expect(database?.hint == "It needs CREATE DATABASE: GRANT CREATE DATABASE ON ACCOUNT TO ROLE ANALYST;")
    }

    @Test func privilegesPassUpTheHierarchyAndNotDown() throws {
        let reader = try house.member("READER", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let lead = try house.member("LEAD")
        let below = try house.member("BELOW")
        try house.accounts.grantRole("READER", to: .role, "LEAD", as: house.admin)
        try house.accounts.grantRole("BELOW", to: .role, "READER", as: house.admin)
        #expect(try house.may(.runModel, .model, as: reader))
        #expect(try house.may(.runModel, .model, as: lead))
        #expect(try !house.may(.runModel, .model, as: below))
        try house.accounts.revokeRole("READER", from: .role, "LEAD", as: house.admin)
        #expect(try !house.may(.runModel, .model, as: lead))
    }

    @Test func publicIsHeldByEverybody() throws {
        let member = try house.member("SOMEBODY")
        #expect(try !house.may(.useWarehouse, .warehouse, as: member))
        try house.accounts.grant(["USAGE"], on: .object(house.object(.warehouse)), to: "PUBLIC", as: house.admin)
        #expect(try house.may(.useWarehouse, .warehouse, as: member))
        #expect(try house.may(.useWarehouse, .warehouse, as: Principal(user: "OTHER", role: "PUBLIC")))
    }

    @Test func ownerOfAContainerReachesAndDropsWhatIsInsideAndNoMore() throws {
        for kind in [ObjectKind.schema, .database] {
            let owner = try house.member("\(kind.rawValue)_OWNER", kind == .schema ? [(.usage, .database)] : [])
            try house.accounts.grant(
                ["OWNERSHIP"], on: .object(house.object(kind)), to: owner.role, currentGrants: .copy, as: house.admin)
            #expect(try house.may(.createModel, .schema, as: owner))
            #expect(try house.may(.dropModel, .model, as: owner))
            #expect(try house.may(.describeModel, .model, as: owner))
            #expect(try !house.may(.runModel, .model, as: owner))
            #expect(try !house.may(.readModelFiles, .model, as: owner))
            #expect(try !house.may(.selectFromTable, .table, as: owner))
            #expect(try !house.may(.grantPrivilege, .model, as: owner))
            #expect(error(.runModel, .model, owner)?.code == .permissionDenied)
        }
    }

    @Test func manageGrantsSeesEverythingAndUsesNothing() throws {
        let security = Principal(user: "ADMIN", role: "SECURITYADMIN")
        let theirs = try house.make(.model, "THEIRS", in: house.object(.schema), owner: "OTHER_ROLE")
        #expect(throws: Never.self) { try house.check(.grantPrivilege, on: theirs, as: security) }
        #expect(throws: Never.self) { try house.check(.describeModel, on: theirs, as: security) }
        for principal in [security, house.admin] {
            let refused = house.failure { try house.check(.runModel, on: theirs, as: principal) }
            #expect(refused?.code == .permissionDenied)
        }
    }

    @Test func principalThatIsNotWhatItSaysIsDenied() throws {
        let member = try house.member("MEMBER", [(.usage, .database)])
        for (user, role) in [
            ("MEMBER", "ACCOUNTADMIN"), ("MEMBER", "NO_SUCH_ROLE"), ("NO_SUCH_USER", "MEMBER"),
            ("NO_SUCH_USER", "PUBLIC"), ("roost", "roost"),
        ] {
            let forged = Principal(user: Identifier(resolved: user), role: Identifier(resolved: role))
            #expect(error(.useDatabase, .database, forged)?.code == .permissionDenied, "\(user) \(role)")
        }
        #expect(try house.may(.useDatabase, .database, as: member))
        var properties = Accounts.UserProperties()
        properties.isDisabled = true
        try house.accounts.alterUser("MEMBER", properties, as: house.admin)
        #expect(try !house.may(.useDatabase, .database, as: member))
    }

    @Test func changesAreSeenByTheNextQuestion() throws {
        let member = try house.member("MEMBER", [(.usage, .database), (.usage, .schema)])
        for _ in 0..<3 {
            #expect(try !house.may(.runModel, .model, as: member))
            try house.accounts.grant(["USAGE"], on: .object(house.object(.model)), to: "MEMBER", as: house.admin)
            #expect(try house.may(.runModel, .model, as: member))
            try house.accounts.revoke(["USAGE"], on: .object(house.object(.model)), from: "MEMBER", as: house.admin)
        }
        try house.accounts.dropRole("MEMBER", as: house.admin)
        #expect(try !house.may(.useDatabase, .database, as: member))
    }

    @Test func rolledBackGrantLeavesNoTrace() throws {
        let member = try house.member("MEMBER", [(.usage, .database), (.usage, .schema)])
        struct Stop: Error {}
        for _ in 0..<2 {
            do {
                try house.catalog.write { tx in
                    let role = try tx.accountObject(.role, "MEMBER")
                    try tx.insertPrivilegeGrant(
                        .usage, on: .model, house.object(.model).id, to: role?.id ?? 0, grantedBy: nil, now: 0)
                    try tx.renewAccessGeneration()
                    #expect(try house.access.may(.runModel, on: house.object(.model), as: member, in: tx))
                    throw Stop()
                }
            } catch is Stop {}
            #expect(try !house.may(.runModel, .model, as: member))
        }
    }

    @Test func manyAskWhileGrantsChange() async throws {
        let member = try house.member("MEMBER", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let catalog = house.catalog
        let access = house.access
        let model = house.object(.model)
        let stage = house.object(.stage)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        try catalog.read { reader in
                            #expect(try access.may(.runModel, on: model, as: member, in: reader))
                            // Within one snapshot the answer does not change.
                            let first = try access.may(.readStage, on: stage, as: member, in: reader)
                            #expect(try access.may(.readStage, on: stage, as: member, in: reader) == first)
                        }
                    }
                }
            }
            let accounts = house.accounts
            let admin = house.admin
            group.addTask {
                for _ in 0..<50 {
                    try accounts.grant(["READ"], on: .object(stage), to: "MEMBER", as: admin)
                    try accounts.revoke(["READ"], on: .object(stage), from: "MEMBER", as: admin)
                }
            }
            try await group.waitForAll()
        }
        #expect(try !house.may(.readStage, .stage, as: member))
    }

    @Test func droppedObjectIsMissingForEverybodyButUndrop() throws {
        try house.catalog.write { try $0.dropObject(house.object(.model).id, now: 1) }
        #expect(error(.runModel, .model, house.admin)?.code == .notFound)
        #expect(try house.may(.undropModel, .model, as: house.admin))
        let nobody = try house.member("NOBODY", [(.usage, .database), (.usage, .schema)])
        #expect(error(.undropModel, .model, nobody)?.code == .notFound)
        let unknown = ObjectRef(.model, 999_999, name: "ML.REGISTRY.NONE")
        #expect(house.failure { try house.check(.runModel, on: unknown, as: house.admin) }?.code == .notFound)
    }

    @Test func referenceOfAnotherKindOpensNothing() throws {
        let disguised = ObjectRef(.warehouse, house.object(.model).id, name: "X")
        #expect(house.failure { try house.check(.useWarehouse, on: disguised, as: house.admin) }?.code == .notFound)
    }

    @Test func listsShowWhatMayBeSeenAndNothingElse() throws {
        let schema = house.object(.schema)
        let hidden = try house.make(.schema, "HIDDEN", in: house.object(.database))
        try house.catalog.write { tx in
            let owners = try ["OTHER_ROLE", "ACCOUNTADMIN"].map {
                try tx.accountObject(.role, Identifier(resolved: $0))
            }
            for number in 0..<3000 {
                _ = try tx.createObject(
                    .model, Identifier(resolved: "M_\(number)"), in: number.isMultiple(of: 3) ? hidden.id : schema.id,
                    ownerRoleID: owners[number.isMultiple(of: 10) ? 0 : 1]?.id, now: house.time.now)
            }
        }
        let member = try house.member("MEMBER", [(.usage, .database), (.usage, .schema)])
        try house.accounts.grantRole("OTHER_ROLE", to: .role, "MEMBER", as: house.admin)
        let all = try house.catalog.read { try $0.objects(.model, within: house.object(.database).id) }
        func visible(_ principal: Principal) throws -> [ObjectRow] {
            try house.catalog.read { try house.access.visible(all, as: principal, in: $0) }
        }
        #expect(try visible(house.admin).count == all.count)
        let seen = try visible(member)
        #expect(seen.allSatisfy { $0.owner == "OTHER_ROLE" && $0.parentID == schema.id })
        #expect(seen.count == (0..<3000).count { $0.isMultiple(of: 10) && !$0.isMultiple(of: 3) })
        try house.accounts.grant(["USAGE"], on: .all(.model, in: schema), to: "MEMBER", as: house.admin)
        #expect(try visible(member).count == all.count { $0.parentID == schema.id })
        for row in try visible(member).prefix(20) {
            #expect(throws: Never.self) {
                try house.check(.describeModel, on: ObjectRef(.model, row.id, name: row.name.name), as: member)
            }
        }
        #expect(try visible(try house.member("STRANGER")).isEmpty)
    }
}
