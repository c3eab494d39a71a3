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
    /// The rows of a view of INFORMATION_SCHEMA.
    ///
    /// - Throws: `missing` for a view that there is not, or without a current database.
    func informationSchema(_ view: InformationSchemaView) throws -> TextTable {
        switch view.name {
        case "PACKAGES": return packages()
        case "DATABASES":
            return TextTable(
                columns: ShownRows.columns("DATABASE_NAME DATABASE_OWNER COMMENT CREATED:ltz"),
                rows: try engine.registry.databases(as: principal).map {
                    [$0.name.name, $0.owner, $0.comment, Self.timestamp($0.createdOn)]
                })
        case "SCHEMATA":
            return TextTable(
                columns: ShownRows.columns("CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER COMMENT CREATED:ltz"),
                rows: try engine.registry.schemas(in: try database(of: view), as: principal).map {
                    [
                        $0.database.name, $0.object.name.name, $0.object.owner, $0.object.comment,
                        Self.timestamp($0.object.createdOn),
                    ]
                })
        case "TABLES": return try tables(of: view)
        case "VIEWS":
            return TextTable(
                columns: ShownRows.columns(
                    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION COMMENT CREATED:ltz"),
                rows: try engine.registry.tables([.view], in: .database(try database(of: view)), as: principal).map {
                    row in
                    let object = row.listed.object
                    return [
                        row.listed.database.name, row.listed.schema.name, object.name.name, object.owner,
                        row.definition,
                        object.comment, Self.timestamp(object.createdOn),
                    ]
                })
        case "COLUMNS": return try columns(of: view)
        case "STAGES":
            return TextTable(
                columns: ShownRows.columns("STAGE_CATALOG STAGE_SCHEMA STAGE_NAME STAGE_OWNER COMMENT CREATED:ltz"),
                rows: try engine.registry.stages(
                    in: .database(try database(of: view)), session: session.id, as: principal
                ).map {
                    [
                        $0.listed.database.name, $0.listed.schema.name, $0.listed.object.name.name,
                        $0.listed.object.owner,
                        $0.listed.object.comment, Self.timestamp($0.listed.object.createdOn),
                    ]
                })
        default:
            throw RegistryError.missing(
                "Object", "INFORMATION_SCHEMA.\(view.name)",
                near: ["PACKAGES", "DATABASES", "SCHEMATA", "TABLES", "VIEWS", "COLUMNS", "STAGES"])
        }
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
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    }

    /// What a model's own environment may ask for: the base environment's packages.
    private func packages() -> TextTable {
        var rows: [[String?]] = []
        do {
            rows = try engine.runtime.basePackages().map { [$0.name, $0.version, "python", $0.pythonVersion] }
        } catch {
            // The client asks before it logs a model, which needs no Python here: it then packs its own library.
            engine.logger.warning("the base environment's packages are not known", metadata: ["error": "\(error)"])
        }
        return TextTable(columns: ShownRows.columns("PACKAGE_NAME VERSION LANGUAGE RUNTIME_VERSION"), rows: rows)
    }

    private func tables(of view: InformationSchemaView) throws -> TextTable {
        let rows = try engine.registry.tables(in: .database(try database(of: view)), as: principal)
        return TextTable(
            columns: ShownRows.columns(
                "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE COMMENT CREATED:ltz LAST_ALTERED:ltz"),
            rows: rows.map { row in
                let object = row.listed.object
                return [
                    row.listed.database.name, row.listed.schema.name, object.name.name, object.owner,
                    object.kind == .view ? "VIEW" : "BASE TABLE", object.comment, Self.timestamp(object.createdOn),
                    Self.timestamp(object.alteredOn),
                ]
            })
    }

    private func columns(of view: InformationSchemaView) throws -> TextTable {
        let rows = try engine.registry.tables(in: .database(try database(of: view)), as: principal)
        return TextTable(
            columns: ShownRows.columns(
                "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:fixed COLUMN_DEFAULT IS_NULLABLE DATA_TYPE COMMENT"
            ),
            rows: try rows.flatMap { row in
                try StoredColumn.decode(row.columns).enumerated().map { index, column in
                    [
                        row.listed.database.name, row.listed.schema.name, row.listed.object.name.name, column.name,
                        "\(index + 1)",
                        column.defaultText, column.isNullable ? "YES" : "NO",
                        String(column.type.prefix { $0 != "(" }), column.comment,
                    ]
                }
            })
    }
}
