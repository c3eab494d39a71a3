import Access
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// Tags, and the statements that many kinds of object share: ALTER, DROP, COMMENT, DESCRIBE.
extension StatementContext {
    func createTag(_ create: CreateTag) throws -> StatementResult {
        let name = try resolve(create.name, kind: "tag")
        let created = try engine.registry.createTag(
            name, allowedValues: create.allowedValues,
            mode: try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            comment: create.comment ?? "", as: principal)
        return createdStatus("Tag", name.name.description, created)
    }

    // MARK: ALTER

    func alterObject(_ alter: AlterObject) throws -> StatementResult {
        if alter.kind == .user { return try alterUser(alter) }
        guard let reference = alter.name else {
            throw RegistryError(.unsupported, "ALTER \(alter.kind.rawValue) needs a name.", position: alter.position)
        }
        do {
            try change(alter, reference)
        } catch let error as RegistryError where error.code == .notFound && alter.ifExists {
            return status("Statement executed successfully.")
        }
        return status("Statement executed successfully.")
    }

    private func change(_ alter: AlterObject, _ reference: ObjectReference) throws {
        let registry = engine.registry
        let unsupported = RegistryError(
            .unsupported, "This change of a \(alter.kind.rawValue.lowercased()) is not supported.",
            position: alter.position)
        switch (alter.kind, alter.action) {
        case (.database, .rename(let new)):
            let newName = try simpleName(new, kind: "database")
            let id = try registry.findDatabase(try simpleName(reference, kind: "database"), as: principal).id
            try registry.renameDatabase(try simpleName(reference, kind: "database"), to: newName, as: principal)
            try engine.databases.detach(id)
            try engine.databases.attach(id, name: newName)
        case (.database, .set(let options)):
            guard let comment = options["COMMENT"]?.text else { throw unsupported }
            try registry.setDatabaseComment(try simpleName(reference, kind: "database"), comment, as: principal)
        case (.schema, .set(let options)):
            guard let comment = options["COMMENT"]?.text else { throw unsupported }
            try registry.setSchemaComment(try namespace(reference), comment, as: principal)
        case (.schema, .rename):
            throw RegistryError(.unsupported, "Renaming a schema is not supported.", position: alter.position)
        case (.view, .rename), (.view, .set), (.view, .unset):
            guard try alterView(try resolve(reference, kind: "view"), alter.action) else { throw unsupported }
        case (.warehouse, _): guard try alterWarehouse(alter, reference) else { throw unsupported }
        case (.role, .rename(let new)):
            try engine.accounts.alterRole(
                try simpleName(reference, kind: "role"), newName: try simpleName(new, kind: "role"), as: principal)
        case (.role, .set(let options)):
            guard let comment = options["COMMENT"]?.text else { throw unsupported }
            try engine.accounts.alterRole(try simpleName(reference, kind: "role"), comment: comment, as: principal)
        case (.role, .unset(let words)) where words == ["COMMENT"]:
            try engine.accounts.alterRole(try simpleName(reference, kind: "role"), comment: "", as: principal)
        case (_, .setTags(let tags)):
            let name = try resolve(reference, kind: alter.kind.rawValue.lowercased())
            for tag in tags {
                try registry.setTag(
                    try resolve(tag.tag, kind: "tag"), to: tag.value, on: try registryKind(alter.kind), name,
                    as: principal)
            }
        case (_, .unsetTags(let tags)):
            let name = try resolve(reference, kind: alter.kind.rawValue.lowercased())
            for tag in tags {
                try registry.unsetTag(
                    try resolve(tag, kind: "tag"), on: try registryKind(alter.kind), name, as: principal)
            }
        default: throw unsupported
        }
    }

    // MARK: DROP

    func dropObject(_ drop: DropStatement) throws -> StatementResult {
        let registry = engine.registry
        let dropped: Bool
        let shown: Identifier
        switch drop.kind {
        case .database: return try dropDatabase(drop)
        case .schema: return try dropSchema(drop)
        case .table: return try dropTable(drop, kind: .table)
        case .view: return try dropTable(drop, kind: .view)
        case .model:
            let name = try resolve(drop.name, kind: "model")
            dropped = try registry.dropModel(name, ifExists: drop.ifExists, as: principal) != nil
            shown = name.name
        case .stage:
            let name = try resolve(drop.name, kind: "stage")
            dropped = try registry.dropStage(name, ifExists: drop.ifExists, session: session.id, as: principal) != nil
            shown = name.name
        case .fileFormat:
            let name = try resolve(drop.name, kind: "file format")
            dropped =
                try registry.dropFileFormat(name, ifExists: drop.ifExists, session: session.id, as: principal) != nil
            shown = name.name
        case .tag:
            let name = try resolve(drop.name, kind: "tag")
            dropped = try registry.dropTag(name, ifExists: drop.ifExists, as: principal) != nil
            shown = name.name
        case .warehouse:
            shown = try simpleName(drop.name, kind: "warehouse")
            dropped = try registry.dropWarehouse(shown, ifExists: drop.ifExists, as: principal) != nil
        case .role:
            shown = try simpleName(drop.name, kind: "role")
            dropped = try engine.accounts.dropRole(shown, ifExists: drop.ifExists, as: principal)
        case .user:
            shown = try simpleName(drop.name, kind: "user")
            dropped = try engine.accounts.dropUser(shown, ifExists: drop.ifExists, as: principal)
        case .function, .procedure, .sequence, .account:
            throw RegistryError(.unsupported, "DROP \(drop.kind.rawValue) is not supported.", position: drop.position)
        }
        return status(
            dropped
                ? "\(shown) successfully dropped." : "Drop statement executed successfully (\(shown) already dropped).")
    }

    // MARK: COMMENT

    func setComment(_ comment: CommentStatement) throws -> StatementResult {
        let registry = engine.registry
        guard comment.column == nil else { throw RegistryError(.unsupported, "COMMENT ON COLUMN is not supported.") }
        do {
            switch comment.kind {
            case .model:
                try registry.setModelComment(try resolve(comment.name, kind: "model"), comment.comment, as: principal)
            case .table:
                try registry.setTableComment(
                    .table, try resolve(comment.name, kind: "table"), comment.comment, as: principal)
            case .view:
                try registry.setTableComment(
                    .view, try resolve(comment.name, kind: "view"), comment.comment, as: principal)
            case .database:
                try registry.setDatabaseComment(
                    try simpleName(comment.name, kind: "database"), comment.comment, as: principal)
            case .schema: try registry.setSchemaComment(try namespace(comment.name), comment.comment, as: principal)
            case .warehouse:
                try registry.setWarehouseComment(
                    try simpleName(comment.name, kind: "warehouse"), comment.comment, as: principal)
            case .role:
                try engine.accounts.alterRole(
                    try simpleName(comment.name, kind: "role"), comment: comment.comment, as: principal)
            case .user:
                var properties = Accounts.UserProperties()
                properties.comment = comment.comment
                try engine.accounts.alterUser(
                    try simpleName(comment.name, kind: "user"), properties, as: principal)
            default:
                throw RegistryError(.unsupported, "COMMENT ON \(comment.kind.rawValue) is not supported.")
            }
        } catch let error as RegistryError where error.code == .notFound && comment.ifExists {
            return status("Statement executed successfully.")
        }
        return status("Statement executed successfully.")
    }

    // MARK: DESCRIBE

    func runDescribe(_ describe: DescribeStatement) throws -> StatementResult {
        let shown = try description(describe)
        guard request.describeOnly else { return table(shown.columns, shown.rows) }
        return StatementResult(columns: shown.columns, rows: .described, rowCount: 0, type: .other)
    }

    private func description(_ describe: DescribeStatement) throws -> ShownRows {
        switch describe.kind {
        case "TABLE", "VIEW":
            guard let reference = describe.name else { throw RegistryError(.syntax, "DESCRIBE needs a name.") }
            return try describedTable(try resolve(reference, kind: describe.kind.lowercased()))
        case "MODEL": return try describedModel(describe)
        case "SCHEMA", "DATABASE", "WAREHOUSE": return try describedContents(describe)
        case "STAGE", "FILE FORMAT": return try describedOptions(describe)
        case "RESULT":
            guard let id = describe.queryID ?? session.queryID(-1) else {
                throw RegistryError(.invalidArgument, "There is no last query to describe.")
            }
            return ShownRows(
                Self.describedColumns,
                try storedResult(id).columns.map { Self.describedRow($0.name, $0.type.sqlName, nil) })
        case "USER":
            guard let reference = describe.name else { throw RegistryError(.syntax, "DESCRIBE needs a name.") }
            return try describedUser(try simpleName(reference, kind: "user"))
        case "ARTIFACT REPOSITORY":
            throw RegistryError.missing(
                "Artifact repository", try describe.name.map { try partialName($0).description } ?? "")
        default:
            throw RegistryError(
                .unsupported, "DESCRIBE \(describe.kind) is not supported.",
                hint: "DESCRIBE MODEL, TABLE, VIEW, SCHEMA, DATABASE, STAGE, FILE FORMAT, WAREHOUSE, USER and RESULT are.",
                position: describe.position)
        }
    }

    private static let describedColumns = ShownRows.columns(
        "name type kind null? default primary#key unique#key check expression comment policy#name"
    ).map { ResultColumn($0.name.split(separator: "#").joined(separator: " "), $0.type) }

    private static func describedRow(_ name: String, _ type: String, _ column: StoredColumn?) -> [String?] {
        [
            name, type, "COLUMN", column?.isNullable ?? true ? "Y" : "N", column?.defaultText,
            column?.isPrimaryKey ?? false ? "Y" : "N", column?.isUnique ?? false ? "Y" : "N", nil, nil, column?.comment,
            nil,
        ]
    }

    func describedTable(_ name: ObjectName) throws -> ShownRows {
        switch session.temporary(name) {
        case .table(_, let given, _):
            return ShownRows(Self.describedColumns, given.map { Self.describedRow($0.name, $0.type.sqlName, nil) })
        case .view(let text, let names, _):
            let given = try columns(of: try plan(try SQLText(parsing: text), home: name.namespace, runsModels: false))
            return ShownRows(
                Self.describedColumns, zip(names, given).map { Self.describedRow($0.name, $1.type.sqlName, nil) })
        case nil:
            let stored = try storedTable(name, for: .describeTable, as: principal)
            return ShownRows(Self.describedColumns, stored.columns.map { Self.describedRow($0.name, $0.type, $0) })
        }
    }
}
