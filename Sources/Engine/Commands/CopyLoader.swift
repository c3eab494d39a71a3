import Access
import DuckDB
import Registry
import SnowflakeSQL
import Store
import Types

/// Loads staged files into a table, one after the other, as ON_ERROR says.
///
/// DuckDB gives a transaction up on the first error. So where rows or files with errors are to be left out, none may
/// occur in it: rows of CSV are read as text and tried one by one; of everything else, each file is first loaded into
/// a table of its own, before the transaction begins.
struct CopyLoader {
    let context: StatementContext
    let copy: CopyIntoTable
    let options: LoadOptions
    let target: WriteTarget
    let format: FileFormat
    /// What the statement fills, in order.
    let columns: [LoadColumn]

    /// A column of the table, as rows are loaded into it.
    struct LoadColumn {
        let name: Identifier
        let type: SQLType
        /// The most characters of a text, nil for any number.
        let length: Int?
        /// The type in DuckDB's words.
        let duckType: String
        let isRequired: Bool
    }

    /// Which value of a file goes into which column.
    struct Selection {
        let columns: [LoadColumn]
        /// One a column, of the names that `source` has.
        let values: [String]
        /// What stands behind FROM.
        let source: String
        /// Whether the values are fields of CSV, all of them text.
        let isText: Bool
    }

    init(
        _ copy: CopyIntoTable, _ options: LoadOptions, into target: WriteTarget, format: FileFormat,
        context: StatementContext
    ) throws {
        self.copy = copy
        self.options = options
        self.target = target
        self.format = format
        self.context = context
        if options.match != .none {
            var other: String?
            if case .query = copy.source { other = "a query" }
            if !copy.columns.isEmpty { other = "a list of columns" }
            if let other {
                throw RegistryError(
                    .invalidArgument, "MATCH_BY_COLUMN_NAME and \(other) exclude each other.",
                    position: options.matchOption?.position)
            }
        }
        columns = try CopyLoader.columns(copy, options, target, context)
    }

    /// Loads the files; all of them, or none where it throws.
    func load(_ files: [FileEntry]) throws -> [FileLoad] {
        let files = withinSizeLimit(files)
        switch options.onError {
        case .abort:
            return try context.writing(to: target) { try files.map { try loadWhole($0) } }
        case .leaveOut, .skipFile, .skipFileOver:
            if isText { return try context.writing(to: target) { try files.map { try loadByRows($0) } } }
            guard options.onError == .skipFile(errors: 1) else {
                throw unsupportedOnError("SKIP_FILE is, for whole files; rows are told apart in CSV without a query.")
            }
            return try loadTried(files)
        }
    }

    /// Whether the rows are lines of CSV that go into the table as they are.
    private var isText: Bool {
        guard case .stage = copy.source else { return false }
        return format.kind == .csv
    }

    /// The files up to the one that exceeds SIZE_LIMIT.
    private func withinSizeLimit(_ files: [FileEntry]) -> [FileEntry] {
        guard let limit = options.sizeLimit else { return files }
        var bytes: Int64 = 0
        return Array(
            files.prefix { file in
                guard bytes <= Int64(limit) else { return false }
                bytes += Int64(file.file.blob.size)
                return true
            })
    }

    func unsupportedOnError(_ hint: String) -> RegistryError {
        options.errorOption?.unsupported(hint) ?? RegistryError(.unsupported, "This ON_ERROR is not supported.")
    }

    // MARK: Columns

    private static func columns(
        _ copy: CopyIntoTable, _ options: LoadOptions, _ target: WriteTarget, _ context: StatementContext
    ) throws -> [LoadColumn] {
        var lengths: [String: Int] = [:]
        for column in target.columns {
            guard case .text(let length) = target.type(of: Identifier(resolved: column.name)) else { continue }
            if length < SQLType.maximumTextLength { lengths[column.name] = length }
        }
        let facts = try facts(of: target, context)
        let names =
            copy.columns.isEmpty
            ? target.columns.map { Identifier(resolved: $0.name) }
            : try copy.columns.map { try context.column($0, of: target) }
        return try names.map { name in
            guard let column = target.columns.first(where: { $0.name == name.name }), let fact = facts[name.name] else {
                throw RegistryError(.internal, "A column of the table is not described: \(name).")
            }
            return LoadColumn(
                name: name, type: column.type, length: lengths[name.name], duckType: fact.type,
                isRequired: fact.isRequired)
        }
    }

    /// What DuckDB says of the table's columns, by name.
    private static func facts(
        of target: WriteTarget, _ context: StatementContext
    ) throws -> [String: (type: String, isRequired: Bool)] {
        let result = try context.connection.query(
            "SELECT column_name, column_type, \"null\" FROM (DESCRIBE \(target.sql))")
        var facts: [String: (type: String, isRequired: Bool)] = [:]
        while let chunk = try result.nextChunk() {
            let (names, types, nulls) = (chunk.vector(0), chunk.vector(1), chunk.vector(2))
            for row in 0..<chunk.rowCount {
                facts[names.strings.text(row)] = (types.strings.text(row), nulls.strings.text(row) == "NO")
            }
        }
        return facts
    }

    // MARK: Selections

    func selection(of file: FileEntry, rejects: FileFormat.Rejects? = nil) throws -> Selection {
        let staged = StagedFiles(entries: [file], format: try format.resolved(for: context.tellingNames([file])))
        switch copy.source {
        case .query(let text):
            let planned = try context.plan(text, staged: staged)
            let given = try context.columns(of: planned).count
            guard given == columns.count else {
                throw RegistryError(
                    .invalidArgument,
                    "The query of COPY INTO gives \(given) columns, the table takes \(columns.count).")
            }
            let names = columns.indices.map { "c\($0)" }
            return Selection(
                columns: columns, values: names,
                source: "(\(planned.sql)) q(\(names.joined(separator: ", ")))", isText: false)
        case .stage:
            if options.match != .none { return try matching(staged, rejects) }
            if format.kind == .csv { return try fields(of: staged, columns, at: Array(columns.indices), rejects) }
            guard columns.count == 1 else {
                throw RegistryError(
                    .invalidArgument,
                    "A file of type \(format.kind.rawValue) gives one column, the table takes \(columns.count).",
                    hint: "Use MATCH_BY_COLUMN_NAME, or COPY INTO … FROM (SELECT $1:name, … FROM @stage).")
            }
            return Selection(
                columns: columns, values: ["to_json(\"$1\")"],
                source: "(\(staged.format.reader(context.paths(staged), columns: 1))) f", isText: false)
        }
    }

    /// Fields of CSV by their places, from 0.
    private func fields(
        of staged: StagedFiles, _ columns: [LoadColumn], at places: [Int], width: Int? = nil,
        _ rejects: FileFormat.Rejects?
    ) throws -> Selection {
        var count = width ?? columns.count
        if format.skipsBlankLines, count == 1 {
            throw RegistryError(
                .unsupported, "SKIP_BLANK_LINES = TRUE for files with one field a line is not supported.",
                hint: "Leave the empty rows out in the query of COPY INTO.")
        }
        if !format.refusesOtherWidths { count = max(count, try context.csvWidth(staged)) }
        let reader = staged.format.reader(
            context.paths(staged), columns: count, misfits: format.refusesOtherWidths ? .refused : .padded,
            rejects: rejects)
        return Selection(
            columns: columns, values: places.map { "\"$\($0 + 1)\"" }, source: "(\(reader)) f", isText: true)
    }

    /// The columns of a file that the table has.
    private func matching(_ staged: StagedFiles, _ rejects: FileFormat.Rejects?) throws -> Selection {
        let reader = staged.format.namedReader(context.paths(staged))
        let present =
            format.kind == .csv
            ? try context.headerNames(staged)
            : try context.connection.prepare("SELECT * FROM \(reader)").columns.map(\.name)
        var found: [LoadColumn] = []
        var places: [Int] = []
        for column in columns {
            let wanted = column.name.name
            let place = present.firstIndex {
                options.match == .caseSensitive ? $0 == wanted : $0.uppercased() == wanted.uppercased()
            }
            guard let place else { continue }
            found.append(column)
            places.append(place)
        }
        guard let name = staged.entries.first?.name, !found.isEmpty else {
            throw RegistryError(
                .invalidArgument, "No column of the files is a column of the table '\(target.name)'.",
                hint: "The files have \(present.prefix(20).joined(separator: ", ")).")
        }
        guard format.kind != .csv || format.parsesHeader else {
            throw RegistryError(
                .invalidArgument, "The first line of '\(name)' is not read for the columns' names.",
                hint: "MATCH_BY_COLUMN_NAME needs PARSE_HEADER = TRUE in the file format of CSV files.",
                position: options.matchOption?.position)
        }
        if format.kind == .csv { return try fields(of: staged, found, at: places, width: present.count, rejects) }
        return Selection(
            columns: found, values: places.map { Identifier(resolved: present[$0]).quoted }, source: reader,
            isText: false)
    }

    // MARK: ON_ERROR = ABORT_STATEMENT

    private func loadWhole(_ file: FileEntry) throws -> FileLoad {
        let selection = try selection(of: file)
        let values = zip(selection.values, selection.columns).map { value, column in
            selection.isText ? converted(value, column) : fitted(value, column)
        }
        do {
            let query = "SELECT \(values.joined(separator: ", ")) FROM \(selection.source)"
            let count = try insert(selection.columns, query)
            return FileLoad(file: file, rowsParsed: count, rowsLoaded: count)
        } catch let error as RegistryError {
            throw error.located(in: file)
        }
    }

    func insert(_ columns: [LoadColumn], _ query: String) throws -> Int {
        let list = columns.map(\.name.quoted).joined(separator: ", ")
        return try context.connection.query("INSERT INTO \(target.sql) (\(list)) \(query)").rowsChanged
    }

    /// A field of CSV as its column takes it; what is not said here, INSERT converts.
    func converted(_ field: String, _ column: LoadColumn) -> String {
        switch column.type {
        case .binary: bytes(field)
        case .object, .array: "CAST(CAST(\(field) AS JSON) AS \(column.duckType))"
        default: fitted(field, column)
        }
    }

    func bytes(_ field: String) -> String {
        switch format.binaryFormat {
        case .hex: "from_hex(\(field))"
        case .base64: "from_base64(\(field))"
        case .utf8: "encode(\(field))"
        }
    }

    /// A text no longer than its column allows.
    func fitted(_ value: String, _ column: LoadColumn) -> String {
        guard let length = column.length else { return value }
        let text = "CAST(\(value) AS VARCHAR)"
        if options.cutsTexts { return "left(\(text), \(length))" }
        let message = BindingLiteral.quote(CopyLoader.tooLong(column.name, length))
        return "CASE WHEN length(\(text)) > \(length) THEN error(\(message)) ELSE \(text) END"
    }

    static func tooLong(_ column: Identifier, _ length: Int) -> String {
        "A text is longer than the \(length) characters that column '\(column.name)' takes"
    }
}
