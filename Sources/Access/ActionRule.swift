package import Types

/// The least that allows an action. OWNERSHIP of the object always allows it too.
///
/// Source: https://docs.snowflake.com/en/user-guide/security-access-control-privileges and the "Access control
/// requirements" of each statement's page.
package struct ActionRule: Sendable {
    /// The kinds of object that the action is asked about: for CREATE, what the new object is made in.
    package let on: Set<ObjectKind>
    /// Any one of these on the object is enough. Empty: ownership is needed.
    package let anyOf: [Privilege]
    /// Any one of these on the account is enough too.
    package let orOnAccount: [Privilege]
    /// Whether the owner of the schema or database around the object may do it.
    package let containerOwner: Bool
    /// Whether whoever sees the object may do it.
    package let whoeverSees: Bool
    /// Whether it is asked about objects that are dropped.
    package let dropped: Bool

    private init(
        _ on: Set<ObjectKind>, _ anyOf: [Privilege], orOnAccount: [Privilege] = [], containerOwner: Bool = false,
        whoeverSees: Bool = false, dropped: Bool = false
    ) {
        self.on = on
        self.anyOf = anyOf
        self.orOnAccount = orOnAccount
        self.containerOwner = containerOwner
        self.whoeverSees = whoeverSees
        self.dropped = dropped
    }

    /// What a single privilege allows, outside the table.
    init(_ privilege: Privilege, on kind: ObjectKind) {
        self.init([kind], privilege == .ownership ? [] : [privilege])
    }

    /// Whether the action makes a new object.
    var creates: Bool { anyOf.contains { $0.rawValue.hasPrefix("CREATE ") } }

    /// Whether the action makes a new object in the one it is asked about, and so must reach inside it.
    var createsInside: Bool { on == [.schema] && creates }

    private static func having(_ privileges: Privilege..., on kinds: ObjectKind...) -> ActionRule {
        ActionRule(Set(kinds), privileges)
    }

    private static func creating(_ privilege: Privilege, in kind: ObjectKind) -> ActionRule {
        ActionRule([kind], [privilege], containerOwner: true)
    }

    private static func owning(_ kinds: ObjectKind...) -> ActionRule { ActionRule(Set(kinds), []) }

    private static func dropping(_ kinds: ObjectKind...) -> ActionRule {
        ActionRule(Set(kinds), [], containerOwner: true)
    }

    /// What needs no privilege but to see the object.
    static func seeing(_ kinds: ObjectKind...) -> ActionRule {
        ActionRule(Set(kinds), [], whoeverSees: true)
    }

    private static func managing(_ kinds: Set<ObjectKind>) -> ActionRule {
        ActionRule(kinds, [], orOnAccount: [.manageGrants])
    }

    /// The table. What has no row here is allowed to nobody.
    package static let all: [Action: ActionRule] = [
        .createModel: creating(.createModel, in: .schema),
        .copyModel: having(.read, on: .model),
        .alterModel: owning(.model),
        .renameModel: owning(.model),
        .addVersion: owning(.model),
        .alterVersion: owning(.model),
        .commitVersion: owning(.model),
        .dropVersion: owning(.model),
        .dropModel: dropping(.model),
        .undropModel: ActionRule([.model], [], containerOwner: true, dropped: true),
        .describeModel: seeing(.model),
        .runModel: having(.usage, .read, on: .model),
        .readModelFiles: having(.read, on: .model),
        .writeModelFiles: owning(.model),

        .createDatabase: having(.createDatabase, on: .account),
        .useDatabase: having(.usage, on: .database),
        .describeDatabase: seeing(.database),
        .alterDatabase: having(.modify, on: .database),
        .dropDatabase: owning(.database),
        .createSchema: creating(.createSchema, in: .database),
        .useSchema: ActionRule([.schema], [.usage], containerOwner: true),
        .describeSchema: seeing(.schema),
        .alterSchema: having(.modify, on: .schema),
        .dropSchema: dropping(.schema),
        .createTemporaryObject: ActionRule([.schema], [.usage], containerOwner: true),

        .createTable: creating(.createTable, in: .schema),
        .createView: creating(.createView, in: .schema),
        .describeTable: seeing(.table, .view),
        .selectFromTable: having(.select, on: .table, .view),
        .insertIntoTable: having(.insert, on: .table),
        .updateTable: having(.update, on: .table),
        .deleteFromTable: having(.delete, on: .table),
        .truncateTable: having(.truncate, on: .table),
        .alterTable: owning(.table, .view),
        .dropTable: dropping(.table, .view),

        .createStage: creating(.createStage, in: .schema),
        .describeStage: seeing(.stage),
        .readStage: having(.read, on: .stage),
        .writeStage: having(.write, on: .stage),
        .alterStage: owning(.stage),
        .dropStage: dropping(.stage),
        .createFileFormat: creating(.createFileFormat, in: .schema),
        .useFileFormat: having(.usage, on: .fileFormat),
        .alterFileFormat: owning(.fileFormat),
        .dropFileFormat: dropping(.fileFormat),

        .createTag: creating(.createTag, in: .schema),
        .describeTag: seeing(.tag),
        .applyTag: ActionRule([.tag], [.apply], orOnAccount: [.applyTag]),
        .alterTag: owning(.tag),
        .dropTag: dropping(.tag),

        .createWarehouse: having(.createWarehouse, on: .account),
        .useWarehouse: having(.usage, on: .warehouse),
        .describeWarehouse: seeing(.warehouse),
        .operateWarehouse: having(.operate, on: .warehouse),
        .alterWarehouse: having(.modify, on: .warehouse),
        .dropWarehouse: owning(.warehouse),

        .createUser: having(.createUser, on: .account),
        .describeUser: seeing(.user),
        .alterUser: owning(.user),
        .dropUser: owning(.user),
        .modifyAuthentication: having(.modifyAuthentication, on: .user),
        .createRole: having(.createRole, on: .account),
        .describeRole: seeing(.role),
        .alterRole: owning(.role),
        .dropRole: owning(.role),
        .grantRole: managing([.role]),
        .revokeRole: managing([.role]),
        .grantPrivilege: managing(everyKind),
        .revokePrivilege: managing(everyKind),
        .grantOwnership: managing(everyKind),
        .grantOnFuture: managing([.schema, .database]),
        .describeGrants: ActionRule(everyKind, [], whoeverSees: true),

        .monitorAccount: having(.monitor, on: .account),
        // Webhooks tell of every model, and MANAGE GRANTS sees every model.
        .manageWebhooks: having(.manageGrants, on: .account),
    ]

    private static let everyKind = Set(ObjectKind.allCases)
}

extension Action {
    /// What the action needs, nil where the table has no row for it: then nobody may do it.
    package var rule: ActionRule? { ActionRule.all[self] }
}
