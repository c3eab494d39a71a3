import Registry
import SnowflakeSQL
import Store
import Types

/// SHOW MODELS, VERSIONS and FUNCTIONS.
///
/// Source of the columns: https://docs.snowflake.com/en/sql-reference/sql/show-models and SNOWFLAKE.md §8.
extension StatementContext {
    func showModels(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        let scope = try scope(show.scope)
        let models =
            try show.moment.map { try engine.registry.models(in: scope, filter, asOf: moment($0), as: principal) }
            ?? (show.history
                ? engine.registry.modelsWithDropped(in: scope, filter, as: principal)
                : engine.registry.models(in: scope, filter, as: principal))
        let rows = models.map { model -> [String?] in
            let row: [String?] = [
                ShownRows.time(model.object.createdOn), model.object.name.name, model.modelType, model.database.name,
                model.schema.name, model.object.comment, model.object.owner, model.defaultVersionName?.name,
                ShownRows.json(model.versionNames), ShownRows.json(model.aliases),
            ]
            return show.history ? row + [model.object.droppedOn.map(ShownRows.time)] : row
        }
        return ShownRows(
            ShownRows.columns(
                "created_on:ltz name model_type database_name schema_name comment owner default_version_name versions aliases"
                    + (show.history ? " dropped_on:ltz" : "")),
            rows)
    }

    func showVersions(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        guard case .model(let reference, _)? = show.scope else {
            throw RegistryError(.syntax, "SHOW VERSIONS needs IN MODEL name.", position: show.position)
        }
        let name = try resolve(reference, kind: "model")
        let withSpec = request.parameters["SHOW_MODEL_DETAILS_IN_SHOW_VERSIONS_IN_MODEL"]?.lowercased() == "true"
        var columns = ShownRows.columns(
            """
            created_on:ltz name aliases comment database_name schema_name model_name is_default_version functions metadata \
            user_data model_attributes size:fixed environment runnable_in inference_services
            """)
        if withSpec { columns.append(ResultColumn("model_spec", .string)) }
        let versions =
            try show.moment.map {
                try engine.registry.versions(
                    of: name, filter, asOf: moment($0), withModelSpec: withSpec, as: principal)
            } ?? engine.registry.versions(of: name, filter, withModelSpec: withSpec, as: principal)
        let rows = versions.map { version -> [String?] in
            let record = version.record
            let row: [String?] = [
                ShownRows.time(record.createdOn), record.name.name,
                // As SQL writes them: the client reads each as an identifier.
                ShownRows.json(version.aliases.map { Identifier(resolved: $0).description }), record.comment,
                name.database.name, name.schema.name, name.name.name, version.isDefault ? "true" : "false",
                ShownRows.json(version.functions), record.metadata, record.userData, record.attributes,
                "\(record.size)",
                record.environment, record.runnableIn, "[]",
            ]
            return withSpec ? row + [version.modelSpec ?? ""] : row
        }
        return ShownRows(columns, rows)
    }

    func showFunctions(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        guard case .model(let reference, let version)? = show.scope else {
            throw RegistryError(
                .unsupported, "SHOW FUNCTIONS is supported for models only.",
                hint: "Write SHOW FUNCTIONS IN MODEL name.",
                position: show.position)
        }
        let name = try resolve(reference, kind: "model")
        let columns = ShownRows.columns(
            """
            created_on:ltz name schema_name is_builtin is_aggregate is_ansi min_num_arguments:fixed max_num_arguments:fixed \
            arguments description catalog_name is_table_function valid_for_clustering is_secure is_external_function \
            language is_memoizable is_data_metric model_version return_type
            """)
        let rows = try engine.registry.functions(of: name, version: version, filter, as: principal).map {
            function -> [String?] in
            let signature = function.signature
            let inputs =
                (signature.isWide ? ["OBJECT"] : signature.inputs.map(\.typeName))
                + signature.parameters.map(\.field.typeName)
            let isTable = signature.kind == .tableFunction
            let returned = signature.returnText
            let required = inputs.count - signature.parameters.filter { $0.defaultSQL != nil }.count
            return [
                ShownRows.time(function.version.createdOn), signature.name.name, name.schema.name, "N", "N", "N",
                "\(required)",
                "\(inputs.count)", "\(signature.name)\(signature.argumentsText) RETURN \(returned)", "",
                name.database.name, isTable ? "Y" : "N", "N", "N", "N", "PYTHON", "N", "N", function.version.name.name,
                returned,
            ]
        }
        return ShownRows(columns, rows)
    }
}
