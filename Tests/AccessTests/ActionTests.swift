import Access
import Store
import Testing
import Types

/// One row of the matrix: who may at least, besides the owner, and who has almost enough and may not.
struct ActionCase: Sendable, CustomTestStringConvertible {
    let action: Action
    let kind: ObjectKind
    /// On the object.
    let least: Privilege?
    /// On the object too, but not enough.
    let almost: Privilege?

    init(_ action: Action, _ kind: ObjectKind, least: Privilege?, almost: Privilege?) {
        self.action = action
        self.kind = kind
        self.least = least
        self.almost = almost
    }

    var testDescription: String { "\(action.rawValue) on \(kind.rawValue)" }
}

struct ActionTests {
    static let matrix: [ActionCase] = [
        .init(.createModel, .schema, least: .createModel, almost: .createTable),
        .init(.copyModel, .model, least: .read, almost: .usage),
        .init(.alterModel, .model, least: nil, almost: .read),
        .init(.renameModel, .model, least: nil, almost: .read),
        .init(.addVersion, .model, least: nil, almost: .read),
        .init(.alterVersion, .model, least: nil, almost: .read),
        .init(.commitVersion, .model, least: nil, almost: .read),
        .init(.dropVersion, .model, least: nil, almost: .read),
        .init(.dropModel, .model, least: nil, almost: .read),
        .init(.undropModel, .model, least: nil, almost: .read),
        .init(.describeModel, .model, least: .usage, almost: nil),
        .init(.runModel, .model, least: .usage, almost: nil),
        .init(.runModel, .model, least: .read, almost: nil),
        .init(.readModelFiles, .model, least: .read, almost: .usage),
        .init(.writeModelFiles, .model, least: nil, almost: .read),
        .init(.createDatabase, .account, least: .createDatabase, almost: .createWarehouse),
        .init(.useDatabase, .database, least: .usage, almost: .monitor),
        .init(.describeDatabase, .database, least: .monitor, almost: nil),
        .init(.alterDatabase, .database, least: .modify, almost: .usage),
        .init(.dropDatabase, .database, least: nil, almost: .modify),
        .init(.createSchema, .database, least: .createSchema, almost: .usage),
        .init(.useSchema, .schema, least: .usage, almost: .monitor),
        .init(.describeSchema, .schema, least: .usage, almost: nil),
        .init(.alterSchema, .schema, least: .modify, almost: .usage),
        .init(.dropSchema, .schema, least: nil, almost: .modify),
        .init(.createTemporaryObject, .schema, least: .usage, almost: .monitor),
        .init(.createTable, .schema, least: .createTable, almost: .createView),
        .init(.createView, .schema, least: .createView, almost: .createTable),
        .init(.describeTable, .table, least: .references, almost: nil),
        .init(.selectFromTable, .table, least: .select, almost: .insert),
        .init(.selectFromTable, .view, least: .select, almost: .references),
        .init(.insertIntoTable, .table, least: .insert, almost: .select),
        .init(.updateTable, .table, least: .update, almost: .insert),
        .init(.deleteFromTable, .table, least: .delete, almost: .truncate),
        .init(.truncateTable, .table, least: .truncate, almost: .delete),
        .init(.alterTable, .table, least: nil, almost: .update),
        .init(.dropTable, .table, least: nil, almost: .delete),
        .init(.createStage, .schema, least: .createStage, almost: .createTable),
        .init(.describeStage, .stage, least: .usage, almost: nil),
        .init(.readStage, .stage, least: .read, almost: .write),
        .init(.writeStage, .stage, least: .write, almost: .read),
        .init(.alterStage, .stage, least: nil, almost: .write),
        .init(.dropStage, .stage, least: nil, almost: .write),
        .init(.createFileFormat, .schema, least: .createFileFormat, almost: .createStage),
        .init(.useFileFormat, .fileFormat, least: .usage, almost: nil),
        .init(.alterFileFormat, .fileFormat, least: nil, almost: .usage),
        .init(.dropFileFormat, .fileFormat, least: nil, almost: .usage),
        .init(.createTag, .schema, least: .createTag, almost: .createModel),
        .init(.describeTag, .tag, least: .read, almost: nil),
        .init(.applyTag, .tag, least: .apply, almost: .read),
        .init(.alterTag, .tag, least: nil, almost: .apply),
        .init(.dropTag, .tag, least: nil, almost: .apply),
        .init(.createWarehouse, .account, least: .createWarehouse, almost: .createDatabase),
        .init(.useWarehouse, .warehouse, least: .usage, almost: .monitor),
        .init(.describeWarehouse, .warehouse, least: .monitor, almost: nil),
        .init(.operateWarehouse, .warehouse, least: .operate, almost: .usage),
        .init(.alterWarehouse, .warehouse, least: .modify, almost: .operate),
        .init(.dropWarehouse, .warehouse, least: nil, almost: .modify),
        .init(.createUser, .account, least: .createUser, almost: .createRole),
        .init(.describeUser, .user, least: .monitor, almost: nil),
        .init(.alterUser, .user, least: nil, almost: .monitor),
        .init(.dropUser, .user, least: nil, almost: .monitor),
        .init(.modifyAuthentication, .user, least: .modifyAuthentication, almost: .monitor),
        .init(.createRole, .account, least: .createRole, almost: .createUser),
        .init(.describeRole, .role, least: nil, almost: nil),
        .init(.alterRole, .role, least: nil, almost: nil),
        .init(.dropRole, .role, least: nil, almost: nil),
        .init(.grantRole, .role, least: nil, almost: nil),
        .init(.revokeRole, .role, least: nil, almost: nil),
        .init(.grantPrivilege, .model, least: nil, almost: .read),
        .init(.revokePrivilege, .model, least: nil, almost: .read),
        .init(.grantOwnership, .model, least: nil, almost: .read),
        .init(.grantOnFuture, .schema, least: nil, almost: .createModel),
        .init(.describeGrants, .model, least: .usage, almost: nil),
        .init(.monitorAccount, .account, least: .monitor, almost: .createRole),
        .init(.manageWebhooks, .account, least: .manageGrants, almost: .monitor),
    ]

    /// USAGE on everything around an object of the kind, and inside where something is made in it.
    private static func around(_ test: ActionCase) -> [(Privilege, ObjectKind)] {
        switch test.kind {
        case .account, .database, .warehouse, .user, .role: []
        case .schema:
            test.action.rawValue.hasPrefix("CREATE ") && test.action != .createTemporaryObject
                ? [(.usage, .database), (.usage, .schema)] : [(.usage, .database)]
        default: [(.usage, .database), (.usage, .schema)]
        }
    }

    @Test func everyActionHasARuleAndARowInTheMatrix() {
        for action in Action.allCases {
            #expect(action.rule != nil, "\(action)")
            #expect(action.rule?.on.isEmpty == false, "\(action)")
            #expect(Self.matrix.contains { $0.action == action }, "\(action)")
        }
    }

    @Test func everyPrivilegeOfARuleCanBeGrantedOnItsObjects() {
        for (action, rule) in ActionRule.all {
            for privilege in rule.anyOf {
                #expect(
                    rule.on.contains { $0.grantablePrivileges.contains(privilege) }, "\(action): \(privilege)")
            }
        }
    }

    @Test func leastRoleMayAndOneBelowMayNot() throws {
        let house = try House()
        for (number, test) in Self.matrix.enumerated() {
            let around = Self.around(test)
            #expect(try house.may(test.action, test.kind, as: house.admin), "\(test): its owner")

            if let least = test.least {
                let member = try house.member("LEAST_\(number)", around + [(least, test.kind)])
                #expect(try house.may(test.action, test.kind, as: member), "\(test): with \(least)")
                for missing in around.indices {
                    var fewer = around
                    fewer.remove(at: missing)
                    let outside = try house.member("OUTSIDE_\(number)_\(missing)", fewer + [(least, test.kind)])
                    let may = try house.may(test.action, test.kind, as: outside)
                    #expect(!may, "\(test): without \(around[missing])")
                }
            }
            let nobody = try house.member("NOBODY_\(number)", around.filter { $0.1 != test.kind })
            let denied = house.failure { try house.check(test.action, on: house.object(test.kind), as: nobody) }
            #expect(denied?.code == (test.kind == .account ? .permissionDenied : .notFound), "\(test): nothing on it")

            if let almost = test.almost {
                let member = try house.member("ALMOST_\(number)", around + [(almost, test.kind)])
                let error = house.failure { try house.check(test.action, on: house.object(test.kind), as: member) }
                #expect(error?.code == .permissionDenied, "\(test): with \(almost)")
                #expect(error?.hint != nil)
            }
        }
    }

    @Test func ownershipAloneIsEnoughAndReachesNoFurther() throws {
        let house = try House()
        for (number, test) in Self.matrix.enumerated() where test.kind != .account {
            let owner = try house.member("OWNER_\(number)", Self.around(test).filter { $0.1 != test.kind })
            #expect(try !house.may(test.action, test.kind, as: owner), "\(test)")
            try house.accounts.grant(
                ["OWNERSHIP"], on: .object(house.object(test.kind)), to: owner.role, currentGrants: .revoke,
                as: house.admin)
            #expect(try house.may(test.action, test.kind, as: owner), "\(test)")
            for other in ObjectKind.allCases where other != test.kind && other != .account {
                let isInside = house.object(other).name.hasPrefix(house.object(test.kind).name + ".")
                guard !isInside, other != .database, other != .schema else { continue }
                #expect(try !house.may(.grantPrivilege, other, as: owner), "\(test): \(other)")
            }
        }
    }

    @Test func actionOnTheWrongKindOfObjectIsDenied() throws {
        let house = try House()
        for action in Action.allCases {
            guard let rule = action.rule else { continue }
            for kind in ObjectKind.allCases where !rule.on.contains(kind) {
                #expect(try !house.may(action, kind, as: house.admin), "\(action) on \(kind)")
            }
        }
    }
}
