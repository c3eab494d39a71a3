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

    /// The format of a statement: FORMAT_NAME, or options in place of those of the stage.
    ///
    /// - Throws: `invalidArgument` for options beside FORMAT_NAME, but for a TYPE that is the named format's own.
    func format(_ options: StatementOptions, stage: FileLocation) throws -> FileFormat {
        guard let named = options.entries.last(where: { $0.name == "FORMAT_NAME" }) else {
            return options.isEmpty ? try stageFormat(stage) : try FileFormat(options)
        }
        let format = try namedFormat(try optionReader(named).text())
        for other in options.entries where other.name != named.name {
            guard other.name == "TYPE", other.value.text?.uppercased() == format.kind.rawValue else {
                throw RegistryError(
                    .invalidArgument, "FORMAT_NAME and \(other.name) exclude each other.",
                    hint: "Change the file format, or write all its options here.", position: other.position)
            }
        }
        return format
    }

    /// An option with its value, also where that is bound.
    func optionReader(_ entry: StatementOptions.Entry) throws -> OptionReader {
        guard case .binding(let index) = entry.value else { return OptionReader(entry) }
        return OptionReader(.init(entry.name, .string(try boundText(index)), at: entry.position))
    }

    /// The names of files, with the ending that tells how a file without one is compressed: its first bytes say so.
    func tellingNames(_ entries: [FileEntry]) throws -> [String] {
        try entries.map { entry in
            let name = entry.name.lowercased()
            guard !name.hasSuffix(".gz"), !name.hasSuffix(".zst") else { return entry.name }
            let file = try FileHandle(forReadingFrom: engine.registry.blobFile(entry.file.blob.digest))
            defer { try? file.close() }
            let start = try file.read(upToCount: 4) ?? Data()
            return entry.name + (StatementContext.endings.first { start.starts(with: $0.magic) }?.ending ?? "")
        }
    }

    /// Source: RFC 1952, section 2.3.1; RFC 8878, section 3.1.1.
    private static let endings: [(magic: [UInt8], ending: String)] = [
        ([0x1F, 0x8B], ".gz"), ([0x28, 0xB5, 0x2F, 0xFD], ".zst"),
    ]

    /// Where the bytes of staged files are.
    func paths(_ files: StagedFiles) -> [String] {
        files.entries.map { engine.registry.blobFile($0.file.blob.digest).path }
    }

    /// The engine's own query over files for a query of the user's, which may name fewer fields than there are; the
    /// blobs are named by the engine alone.
    func readerSQL(_ files: StagedFiles, columns: Int) throws -> String {
        let format = try files.format.resolved(for: tellingNames(files.entries))
        let width = format.kind == .csv ? max(columns, try csvWidth(files)) : columns
        return format.reader(paths(files), columns: width)
    }

    /// How many fields the first lines of CSV files have at most.
    func csvWidth(_ files: StagedFiles) throws -> Int {
        let format = try files.format.resolved(for: tellingNames(files.entries))
        guard let path = paths(files).first, let name = files.entries.first?.name else { return 1 }
        do {
            let columns = try connection.number(
                """
                SELECT len(Columns)::BIGINT
                FROM sniff_csv(\(BindingLiteral.quote(path)), \(format.csvDialect), header = false, null_padding = true)
                """)
            return columns ?? 1
        } catch let error as RegistryError where error.code == .invalidValue {
            throw RegistryError(
                .invalidValue, "File '\(name)' does not fall into the fields of its file format.",
                hint: "Look at COMPRESSION, FIELD_DELIMITER, FIELD_OPTIONALLY_ENCLOSED_BY and ENCODING.",
                detail: error.detail, cause: error)
        }
    }

    /// The names in the first line of CSV files, `""` for one that is left out.
    func headerNames(_ files: StagedFiles) throws -> [String] {
        var format = try files.format.resolved(for: tellingNames(files.entries))
        format.parsesHeader = false
        format.skipHeader = 0
        let result = try connection.query("\(format.reader(paths(files), columns: try csvWidth(files))) LIMIT 1")
        guard let chunk = try result.nextChunk(), chunk.rowCount > 0 else { return [] }
        return (0..<chunk.columnCount).map { index in
            let vector = chunk.vector(index)
            return vector.validity[0] ? vector.strings.text(0) : ""
        }
    }

    /// TABLE(INFER_SCHEMA(LOCATION => '@stage', FILE_FORMAT => 'f')): the columns of staged files.
    ///
    /// All files count, and all rows of JSON: MAX_FILE_COUNT and MAX_RECORDS_PER_FILE, which bound the work, are
    /// without effect.
    func inferSchema(_ call: TableFunctionCall) throws -> TextTable {
        let known = [
            "LOCATION", "FILE_FORMAT", "FILES", "IGNORE_CASE", "MAX_FILE_COUNT", "MAX_RECORDS_PER_FILE", "KIND",
        ]
        for name in call.arguments.compactMap(\.name) where !known.contains(name) {
            throw RegistryError(
                .invalidArgument, "INFER_SCHEMA has no argument \(name.prefix(60)).",
                hint: RegistryError.nearMiss(name, known), position: call.position)
        }
        let location = try fileLocation(.location(try StageLocation(parsing: try text(call, "LOCATION", at: 0))))
        let wanted = try textList(call, "FILES")
        let entries = try chosen(wanted, of: try files(at: location, pattern: nil))
        let format = try namedFormat(try text(call, "FILE_FORMAT", at: 1))
        guard !entries.isEmpty else { throw RegistryError.missing("File", "at the location of INFER_SCHEMA", near: []) }
        let ignoresCase = call.arguments.first { $0.name == "IGNORE_CASE" }?.sql.uppercased() == "TRUE"
        let staged = StagedFiles(entries: entries, format: try format.resolved(for: tellingNames(entries)))
        let columns = try connection.prepare("SELECT * FROM \(staged.format.namedReader(paths(staged)))").columns
        let names = entries.map(\.name).joined(separator: ", ")
        return TextTable(
            columns: ShownRows.columns("COLUMN_NAME TYPE NULLABLE:fixed EXPRESSION FILENAMES ORDER_ID:fixed"),
            rows: columns.enumerated().map { index, column in
                let type = StatementContext.inferredType(ResultColumn(column).type)
                let path = format.kind == .csv ? "$\(index + 1)" : "$1:\(Identifier(resolved: column.name))"
                return [
                    ignoresCase ? column.name.uppercased() : column.name, type, "1", "\(path)::\(type)", names,
                    "\(index)",
                ]
            })
    }

    /// The files of these names below a location; all of them where no name is given.
    ///
    /// - Throws: `notFound` for a name that is none.
    func chosen(_ names: [String], of entries: [FileEntry]) throws -> [FileEntry] {
        guard !names.isEmpty else { return entries }
        for wanted in names where !entries.contains(where: { $0.name.hasSuffix("/" + wanted) }) {
            throw RegistryError.missing("File", wanted, near: entries.map(\.name))
        }
        return entries.filter { entry in names.contains { entry.name.hasSuffix("/" + $0) } }
    }

    /// The strings of an argument that is a list of them, or one; none where it is not there.
    private func textList(_ call: TableFunctionCall, _ name: String) throws -> [String] {
        guard let argument = call.arguments.first(where: { $0.name == name }) else { return [] }
        return try Tokenizer.significant(argument.sql).filter { $0.kind == .string }.compactMap {
            QuotedText.value(ofLiteral: $0.text)
        }
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
