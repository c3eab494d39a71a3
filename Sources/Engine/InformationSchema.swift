import Access
import Foundation
import Inference
import Logging
import Registry
import SnowflakeSQL
import Store
import Types

/// A view of INFORMATION_SCHEMA: made from the catalog when a query reads it, as the role may see it.
struct InformationSchemaView: Sendable {
    let name: String
    let database: Identifier?

    /// Nil for a name that lies in no INFORMATION_SCHEMA.
    init?(_ name: PartialName, currentDatabase: Identifier?) {
        let parts = name.parts
        guard parts.count >= 2, parts[parts.count - 2].name.uppercased() == "INFORMATION_SCHEMA" else { return nil }
        self.name = name.last.name.uppercased()
        database = parts.count == 3 ? parts[0] : currentDatabase
    }
}

extension StatementContext {
    /// Every view, with what makes its rows.
    private static let views: [String: @Sendable (StatementContext, InformationSchemaView) throws -> TextTable] = [
        "APPLICABLE_ROLES": { context, _ in try context.applicableRolesView() },
        "COLUMNS": { try $0.columnsView(try $0.database(of: $1)) },
        "DATABASES": { context, _ in try context.databasesView() },
        "ENABLED_ROLES": { context, _ in try context.enabledRolesView() },
        "FILE_FORMATS": { try $0.fileFormatsView(try $0.database(of: $1)) },
        "FUNCTIONS": { try $0.functionsView(try $0.database(of: $1)) },
        "INFORMATION_SCHEMA_CATALOG_NAME": { context, view in
            TextTable(columns: ShownRows.columns("CATALOG_NAME"), rows: [[try context.database(of: view).name]])
        },
        "MODELS": { try $0.modelsView(try $0.database(of: $1)) },
        "MODEL_FUNCTIONS": { try $0.modelFunctionsView(try $0.database(of: $1)) },
        "MODEL_HISTORY": { context, view in
            let database = try context.database(of: view)
            return context.history(try context.engine.registry.modelHistory(inDatabase: database, as: context.principal))
        },
        "MODEL_VERSIONS": { try $0.modelVersionsView(try $0.database(of: $1)) },
        "OBJECT_PRIVILEGES": { try $0.objectPrivilegesView(try $0.database(of: $1)) },
        "PACKAGES": { context, _ in context.packagesView() },
        "SCHEMATA": { try $0.schemataView(try $0.database(of: $1)) },
        "STAGES": { try $0.stagesView(try $0.database(of: $1)) },
        "TABLES": { try $0.tablesView(try $0.database(of: $1)) },
        "TABLE_PRIVILEGES": { try $0.tablePrivilegesView(try $0.database(of: $1)) },
        "TAG_REFERENCES": { try $0.tagReferencesView(try $0.database(of: $1)) },
        "USAGE_PRIVILEGES": { try $0.usagePrivilegesView(try $0.database(of: $1)) },
        "VIEWS": { try $0.viewsView(try $0.database(of: $1)) },
    ]

    /// The rows of a view of INFORMATION_SCHEMA.
    ///
    /// - Throws: `missing` for a view that there is not, or without a current database.
    func informationSchema(_ view: InformationSchemaView) throws -> TextTable {
        guard let rows = Self.views[view.name] else {
            throw RegistryError.missing(
                "Object", "INFORMATION_SCHEMA.\(view.name)", near: Self.views.keys.sorted(), asked: view.name)
        }
        return try rows(self, view)
    }

    private func database(of view: InformationSchemaView) throws -> Identifier {
        guard let database = view.database else {
            throw RegistryError(
                .invalidArgument, "INFORMATION_SCHEMA needs a current database.",
                hint: "Write DB.INFORMATION_SCHEMA.\(view.name).")
        }
        _ = try engine.registry.findDatabase(database, as: principal)
        return database
    }

    /// A time of the catalog as DuckDB reads it.
    static func timestamp(_ milliseconds: Int64) -> String {
        ResultCell.timestamp(milliseconds: milliseconds)
    }

    /// Whole days, as RETENTION_TIME has them.
    var retentionDays: String { "\(engine.registry.retention / 86_400_000)" }

    private func databasesView() throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:ltz LAST_ALTERED:ltz RETENTION_TIME:fixed TYPE"),
            rows: try engine.registry.databases(as: principal).map {
                [
                    $0.name.name, $0.owner, "NO", $0.comment, Self.timestamp($0.createdOn),
                    Self.timestamp($0.alteredOn), retentionDays, "STANDARD",
                ]
            })
    }

    private func schemataView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:fixed \
                DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH \
                CREATED:ltz LAST_ALTERED:ltz COMMENT
                """),
            rows: try engine.registry.schemas(in: database, as: principal).map {
                [
                    $0.database.name, $0.object.name.name, $0.object.owner, "NO", "NO", retentionDays, nil, nil, nil,
                    nil, Self.timestamp($0.object.createdOn), Self.timestamp($0.object.alteredOn), $0.object.comment,
                ]
            })
    }

    /// What a model's own environment may ask for: the base environment's packages.
    private func packagesView() -> TextTable {
        var rows: [[String?]] = []
        do {
            rows = try engine.runtime.basePackages().map { [$0.name, $0.version, "python", $0.pythonVersion] }
        } catch {
            // The client asks before it logs a model, which needs no Python here: it then packs its own library.
            engine.logger.warning("the base environment's packages are not known", metadata: ["error": "\(error)"])
        }
        return TextTable(columns: ShownRows.columns("PACKAGE_NAME VERSION LANGUAGE RUNTIME_VERSION"), rows: rows)
    }
}
