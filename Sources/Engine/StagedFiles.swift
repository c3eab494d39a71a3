import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// Files of a stage as a query reads them.
struct StagedFiles: Sendable {
    let entries: [FileEntry]
    let format: FileFormat
}

extension StatementContext {
    /// The highest column of a staged file that a query may name.
    private static let mostStagedColumns = 10_000

    /// The rows of a `FROM @stage` in a query: a node with the columns `$1`, `$2`, ….
    ///
    /// - Parameter given: the files to read, where COPY reads one after the other; nil for those of the reference.
    func stagedRows(_ scan: StageScan, given: StagedFiles?) throws -> SyntaxNode {
        let files = try given ?? staged(scan)
        guard !files.entries.isEmpty else {
            throw RegistryError.missing("File", "at the stage location", near: [])
        }
        let columns = scan.columns.max() ?? 1
        guard columns <= StatementContext.mostStagedColumns else {
            throw RegistryError(
                .limitExceeded, "$\(columns) names no column of a staged file.",
                hint: "At most \(StatementContext.mostStagedColumns) columns are read.", position: scan.position)
        }
        return try trusted(try readerSQL(files, columns: columns))
    }

    private func staged(_ scan: StageScan) throws -> StagedFiles {
        let location = try fileLocation(scan.stage)
        let format = try scan.fileFormat.map { try namedFormat($0) } ?? stageFormat(location)
        return StagedFiles(entries: try files(at: location, pattern: scan.pattern), format: format)
    }

    /// The format that the stage was made with.
    func stageFormat(_ location: FileLocation) throws -> FileFormat {
        guard case .stage(let name, _) = location else { return try FileFormat(StatementOptions()) }
        let options = try engine.registry.stage(name, session: session.id, as: principal).options
        let node = try SyntaxNode(parsing: options.utf8)
        if let named = node["FORMAT_NAME"]?.text { return try namedFormat(named) }
        return try FileFormat(stored: options)
    }

    /// The options of a named file format.
    func namedFormat(_ text: String) throws -> FileFormat {
        let name = try fullName(PartialName(try Identifier.split(text)), kind: "file format")
        return try FileFormat(stored: try engine.registry.fileFormat(name, session: session.id, as: principal))
    }

    /// The format of a statement: FORMAT_NAME, or options over those of the stage.
    func format(_ options: StatementOptions, stage: FileLocation) throws -> FileFormat {
        if let value = options["FORMAT_NAME"] {
            guard let text = value.text else { throw RegistryError(.invalidArgument, "FORMAT_NAME must be a name.") }
            return try namedFormat(text)
        }
        return options.isEmpty ? try stageFormat(stage) : try FileFormat(options)
    }

    /// The engine's own query over files; the blobs are named by the engine alone.
    func readerSQL(_ files: StagedFiles, columns: Int) throws -> String {
        var format = files.format
        if format.compression == "AUTO", files.entries.allSatisfy({ $0.name.lowercased().hasSuffix(".gz") }) {
            format.compression = "GZIP"
        }
        let paths = files.entries.map { engine.registry.blobFile($0.file.blob.digest).path }
        let width = format.kind == .csv ? max(columns, try csvWidth(paths, format)) : columns
        return format.reader(paths, columns: width)
    }

    /// How many fields the first lines of CSV files have.
    private func csvWidth(_ paths: [String], _ format: FileFormat) throws -> Int {
        guard let first = paths.first else { return 1 }
        let columns = try connection.number(
            """
            SELECT len(Columns)::BIGINT
            FROM sniff_csv(\(BindingLiteral.quote(first)), \(format.csvDialect), header = false)
            """)
        return columns ?? 1
    }

    /// TABLE(INFER_SCHEMA(LOCATION => '@stage', FILE_FORMAT => 'f')): the columns of staged files.
    func inferSchema(_ call: TableFunctionCall) throws -> TextTable {
        let location = try fileLocation(.location(try StageLocation(parsing: try text(call, "LOCATION", at: 0))))
        let formatName = try text(call, "FILE_FORMAT", at: 1)
        let format = try namedFormat(formatName)
        let entries = try files(at: location, pattern: nil)
        guard !entries.isEmpty else { throw RegistryError.missing("File", "at the location of INFER_SCHEMA", near: []) }
        let list =
            "["
            + entries.map { BindingLiteral.quote(engine.registry.blobFile($0.file.blob.digest).path) }.joined(
                separator: ", ") + "]"
        let source =
            switch format.kind {
            case .parquet: "read_parquet(\(list), union_by_name = true)"
            case .csv:
                "read_csv(\(list), delim = \(BindingLiteral.quote(format.fieldDelimiter)), header = \(format.parsesHeader))"
            case .json: "read_json_auto(\(list))"
            }
        let columns = try connection.prepare("SELECT * FROM \(source)").columns
        let names = entries.map(\.name).joined(separator: ", ")
        return TextTable(
            columns: ShownRows.columns("COLUMN_NAME TYPE NULLABLE:fixed EXPRESSION FILENAMES ORDER_ID:fixed"),
            rows: columns.enumerated().map { index, column in
                let type = StatementContext.inferredType(ResultColumn(column).type)
                let path = format.kind == .csv ? "$\(index + 1)" : "$1:\(Identifier(resolved: column.name))"
                return [column.name, type, "1", "\(path)::\(type)", names, "\(index)"]
            })
    }

    /// A type as INFER_SCHEMA writes it: the client uses the text in CREATE TABLE.
    private static func inferredType(_ type: SQLType) -> String {
        switch type {
        case .fixed(let precision, let scale): "NUMBER(\(precision), \(scale))"
        case .real: "REAL"
        case .text: "TEXT"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .time: "TIME"
        case .timestampNTZ: "TIMESTAMP_NTZ"
        case .timestampLTZ: "TIMESTAMP_LTZ"
        case .timestampTZ: "TIMESTAMP_TZ"
        case .binary: "BINARY"
        case .variant, .object, .array: "VARIANT"
        }
    }
}
