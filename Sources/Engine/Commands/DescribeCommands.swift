import Registry
import SnowflakeSQL
import Store
import Types

/// DESCRIBE of models, containers, stages and file formats.
extension StatementContext {
    /// `DESCRIBE MODEL m [VERSION v]`: a row for every property. Roost's own: Snowflake has no such statement.
    func describedModel(_ describe: DescribeStatement) throws -> ShownRows {
        let name = try describedName(describe, kind: "model")
        let model = try engine.registry.model(name, as: principal)
        var facts: [(String, String?)] = [
            ("name", name.name.name), ("database_name", name.database.name), ("schema_name", name.schema.name),
            ("model_type", model.modelType), ("owner", model.object.owner), ("comment", model.object.comment),
            ("created_on", Self.timestamp(model.object.createdOn)),
            ("last_altered_on", Self.timestamp(model.object.alteredOn)),
            ("default_version_name", model.defaultVersionName?.name), ("versions", ShownRows.json(model.versionNames)),
            ("aliases", ShownRows.json(model.aliases)),
        ]
        if let version = describe.version {
            let record = try engine.registry.resolveVersion(version, of: name, as: principal)
            let functions = try engine.registry.functions(of: name, version: version, as: principal)
            facts = [
                ("model_name", name.name.name), ("name", record.name.name), ("number", "\(record.number)"),
                ("aliases", ShownRows.json(model.aliases.filter { $0.version == record.name.name }.map(\.name))),
                ("is_default_version", record.id == model.defaultVersionID ? "true" : "false"),
                ("comment", record.comment), ("created_by", record.createdBy),
                ("created_on", Self.timestamp(record.createdOn)),
                ("last_altered_on", Self.timestamp(record.alteredOn)), ("metadata", record.metadata),
                ("user_data", record.userData), ("model_attributes", record.attributes),
                ("environment", record.environment), ("runnable_in", record.runnableIn), ("size", "\(record.size)"),
                ("digest", record.digest), ("source", record.source),
            ]
            facts += functions.map {
                ("function", "\($0.signature.name)\($0.signature.argumentsText) RETURN \($0.signature.returnText)")
            }
        }
        return ShownRows(ShownRows.columns("property value"), facts.map { [$0.0, $0.1] })
    }

    /// What is in a schema or database, or the warehouse itself.
    func describedContents(_ describe: DescribeStatement) throws -> ShownRows {
        guard let reference = describe.name else { throw RegistryError(.syntax, "DESCRIBE needs a name.") }
        let found: [(name: String, kind: Types.ObjectKind, createdOn: Int64)]
        switch describe.kind {
        case "SCHEMA":
            found = try engine.registry.contents(of: try namespace(reference), session: session.id, as: principal).map {
                ($0.object.name.name, $0.object.kind, $0.object.createdOn)
            }
        case "DATABASE":
            let database = try simpleName(reference, kind: "database")
            found = try engine.registry.schemas(in: database, as: principal).map {
                ($0.object.name.name, .schema, $0.object.createdOn)
            }
        default:
            let warehouse = try engine.registry.warehouse(
                try simpleName(reference, kind: "warehouse"), as: principal)
            found = [(warehouse.object.name.name, .warehouse, warehouse.object.createdOn)]
        }
        return ShownRows(
            ShownRows.columns("created_on:ltz name kind"),
            found.map {
                let kind = $0.kind.rawValue.split(separator: "_").joined(separator: " ")
                return [ShownRows.time($0.createdOn), $0.name, kind]
            })
    }

    /// The options that a stage's or file format's definition gives.
    func describedOptions(_ describe: DescribeStatement) throws -> ShownRows {
        if describe.kind == "STAGE" {
            let name = try describedName(describe, kind: "stage")
            let stage = try engine.registry.stage(name, session: session.id, as: principal)
            let rows = try Self.options(stage.options).map { [$0.0, "String", $0.1, ""] }
            return ShownRows(
                ShownRows.columns("parent_property property property_type property_value property_default"),
                rows.map { ["STAGE_FILE_FORMAT"] + $0 } + [["STAGE_LOCATION", "URL", "String", "", ""]])
        }
        let name = try describedName(describe, kind: "file format")
        let options = try engine.registry.fileFormat(name, session: session.id, as: principal)
        var rows = try Self.options(options)
        if !rows.contains(where: { $0.0 == "TYPE" }) { rows.insert(("TYPE", "CSV"), at: 0) }
        return ShownRows(
            ShownRows.columns("property property_type property_value property_default"),
            rows.map { [$0.0, "String", $0.1, $0.0 == "TYPE" ? "CSV" : ""] })
    }

    private static func options(_ json: String) throws -> [(String, String)] {
        guard case .object(let members) = try SyntaxNode(parsing: json.utf8) else { return [] }
        return members.map { ($0.key, $0.value.text ?? $0.value.json) }
    }

    private func describedName(_ describe: DescribeStatement, kind: String) throws -> ObjectName {
        guard let reference = describe.name else { throw RegistryError(.syntax, "DESCRIBE needs a name.") }
        return try resolve(reference, kind: kind)
    }
}
