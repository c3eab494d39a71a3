import Registry
import Store
import Types

/// Models, their versions, methods, tags and past in INFORMATION_SCHEMA.
extension StatementContext {
    func modelsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                CATALOG_NAME SCHEMA_NAME MODEL_NAME MODEL_TYPE COMMENT OWNER DEFAULT_VERSION_NAME VERSION_NAMES ALIASES \
                CREATED_ON:ltz LAST_ALTERED_ON:ltz
                """),
            rows: try engine.registry.models(in: .database(database), as: principal).map { model in
                [
                    model.database.name, model.schema.name, model.object.name.name, model.modelType,
                    model.object.comment, model.object.owner, model.defaultVersionName?.name,
                    ShownRows.json(model.versionNames), ShownRows.json(model.aliases),
                    Self.timestamp(model.object.createdOn), Self.timestamp(model.object.alteredOn),
                ]
            })
    }

    func modelVersionsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                CATALOG_NAME SCHEMA_NAME MODEL_NAME MODEL_VERSION_NAME METADATA COMMENT OWNER FUNCTIONS CREATED_ON:ltz \
                LAST_ALTERED_ON:ltz IS_DEFAULT_VERSION ALIASES
                """),
            rows: try engine.registry.versions(inDatabase: database, as: principal).map { version in
                let record = version.row.record
                return [
                    version.row.model.database.name, version.row.model.schema.name, version.row.model.name.name,
                    record.name.name, record.metadata, record.comment, version.owner,
                    ShownRows.json(version.row.functions), Self.timestamp(record.createdOn),
                    Self.timestamp(record.alteredOn), version.row.isDefault ? "YES" : "NO",
                    ShownRows.json(version.row.aliases),
                ]
            })
    }

    func modelFunctionsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                CATALOG_NAME SCHEMA_NAME MODEL_NAME MODEL_VERSION_NAME FUNCTION_NAME FUNCTION_TYPE ARGUMENTS RETURN_TYPE
                """),
            rows: try engine.registry.functions(inDatabase: database, as: principal).map { function in
                let signature = function.signature
                return [
                    function.model.database.name, function.model.schema.name, function.model.name.name,
                    function.version.name, signature.name.name,
                    signature.kind == .tableFunction ? "TABLE_FUNCTION" : "FUNCTION", signature.argumentsText,
                    signature.returnText,
                ]
            })
    }

    func tagReferencesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN"),
            rows: try engine.registry.tagReferences(inDatabase: database, as: principal).map { reference in
                [
                    reference.tag.database.name, reference.tag.schema.name, reference.tag.name.name, reference.value,
                    reference.object.database.name, reference.object.schema.name, reference.object.object.name.name,
                    // Models are MODULE to the client, as in the table function of this name.
                    reference.object.object.kind == .model ? "MODULE" : reference.object.object.kind.rawValue,
                ]
            })
    }

    /// The columns of MODEL_HISTORY, as a view and as a table function: one row for every change of one field.
    func history(_ changes: [ModelChange]) -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                CHANGED_ON:ltz USER_NAME ROLE_NAME ACTION CATALOG_NAME SCHEMA_NAME MODEL_NAME MODEL_VERSION_NAME \
                FIELD FIELD_KEY OLD_VALUE NEW_VALUE QUERY_ID AUDIT_ID:fixed
                """),
            rows: changes.map { change in
                [
                    Self.timestamp(change.at), change.user, change.role, change.action, change.model.database.name,
                    change.model.schema.name, change.model.name.name, change.version, change.field, change.key,
                    change.from, change.to, change.queryID.isEmpty ? nil : change.queryID, "\(change.sequence)",
                ]
            })
    }
}

extension MethodSignature {
    /// The arguments as SHOW FUNCTIONS lists them: `(A FLOAT, B VARCHAR)`.
    var argumentsText: String {
        let inputs = isWide ? ["INPUT OBJECT"] : inputs.map { "\($0.name) \($0.typeName)" }
        return "(\((inputs + parameters.map { "\($0.field.name) \($0.field.typeName)" }).joined(separator: ", ")))"
    }

    /// What a call gives: `OBJECT`, a bare type, or `TABLE (…)`.
    var returnText: String {
        if kind == .tableFunction {
            return "TABLE (\(outputs.map { "\($0.name) \($0.typeName)" }.joined(separator: ", ")))"
        }
        return returnsBareValue ? outputs.first?.typeName ?? "OBJECT" : "OBJECT"
    }
}

extension ShownRows {
    /// Aliases as a JSON object from alias to version.
    static func json(_ aliases: [ModelRecord.Alias]) -> String {
        var out: [UInt8] = [UInt8(ascii: "{")]
        for (index, alias) in aliases.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.append(alias.name, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONText.append(alias.version, to: &out)
        }
        out.append(UInt8(ascii: "}"))
        return String(decoding: out, as: UTF8.self)
    }
}
