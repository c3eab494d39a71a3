import Foundation
import Registry
import Store
import Types

/// Tables, views, columns, stages and file formats in INFORMATION_SCHEMA.
///
/// Source of the columns: https://docs.snowflake.com/en/sql-reference/info-schema
extension StatementContext {
    func tablesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY \
                ROW_COUNT:fixed BYTES:fixed RETENTION_TIME:fixed CREATED:ltz LAST_ALTERED:ltz COMMENT
                """),
            rows: try engine.registry.tables(in: .database(database), as: principal).map { row in
                let object = row.listed.object
                return [
                    row.listed.database.name, row.listed.schema.name, object.name.name, object.owner,
                    object.kind == .view ? "VIEW" : "BASE TABLE", "NO", nil, nil, nil, nil,
                    Self.timestamp(object.createdOn), Self.timestamp(object.alteredOn), object.comment,
                ]
            })
    }

    func viewsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE \
                INSERTABLE_INTO IS_SECURE CREATED:ltz LAST_ALTERED:ltz COMMENT
                """),
            rows: try engine.registry.tables([.view], in: .database(database), as: principal).map { row in
                let object = row.listed.object
                return [
                    row.listed.database.name, row.listed.schema.name, object.name.name, object.owner, row.definition,
                    "NONE", "NO", "NO", "NO", Self.timestamp(object.createdOn), Self.timestamp(object.alteredOn),
                    object.comment,
                ]
            })
    }

    func columnsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:fixed COLUMN_DEFAULT IS_NULLABLE \
                DATA_TYPE CHARACTER_MAXIMUM_LENGTH:fixed NUMERIC_PRECISION:fixed NUMERIC_SCALE:fixed COMMENT
                """),
            rows: try engine.registry.tables(in: .database(database), as: principal).flatMap { row in
                try StoredColumn.decode(row.columns).enumerated().map { index, column -> [String?] in
                    let type = column.type.prefix { $0 != "(" }
                    let numbers = column.type.dropFirst(type.count).split { !$0.isNumber }.map(String.init)
                    let isNumber = type == "NUMBER"
                    return [
                        row.listed.database.name, row.listed.schema.name, row.listed.object.name.name, column.name,
                        "\(index + 1)", column.defaultText, column.isNullable ? "YES" : "NO",
                        type == "VARCHAR" ? "TEXT" : String(type),
                        ["VARCHAR", "BINARY"].contains(type) ? numbers.first : nil,
                        isNumber ? numbers.first : nil, isNumber && numbers.count > 1 ? numbers[1] : nil,
                        column.comment,
                    ]
                }
            })
    }

    func stagesView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                STAGE_CATALOG STAGE_SCHEMA STAGE_NAME STAGE_URL STAGE_REGION STAGE_TYPE STAGE_OWNER COMMENT CREATED:ltz \
                LAST_ALTERED:ltz
                """),
            rows: try engine.registry.stages(in: .database(database), session: session.id, as: principal).map {
                let object = $0.listed.object
                return [
                    $0.listed.database.name, $0.listed.schema.name, object.name.name, nil, nil, "Internal Named",
                    object.owner, object.comment, Self.timestamp(object.createdOn), Self.timestamp(object.alteredOn),
                ]
            })
    }

    func fileFormatsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                FILE_FORMAT_CATALOG FILE_FORMAT_SCHEMA FILE_FORMAT_NAME FILE_FORMAT_OWNER FILE_FORMAT_TYPE \
                CREATED:ltz LAST_ALTERED:ltz COMMENT
                """),
            rows: try engine.registry.fileFormats(in: .database(database), session: session.id, as: principal).map {
                let object = $0.listed.object
                return [
                    $0.listed.database.name, $0.listed.schema.name, object.name.name, object.owner,
                    Self.formatType($0.options), Self.timestamp(object.createdOn), Self.timestamp(object.alteredOn),
                    object.comment,
                ]
            })
    }

    /// Functions and procedures of users: there are none. Models' methods are in MODEL_FUNCTIONS.
    func functionsView(_ database: Identifier) throws -> TextTable {
        TextTable(
            columns: ShownRows.columns(
                """
                FUNCTION_CATALOG FUNCTION_SCHEMA FUNCTION_NAME FUNCTION_OWNER ARGUMENT_SIGNATURE DATA_TYPE \
                FUNCTION_LANGUAGE FUNCTION_DEFINITION CREATED:ltz LAST_ALTERED:ltz COMMENT
                """), rows: [])
    }
}
