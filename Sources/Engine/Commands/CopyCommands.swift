import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// COPY INTO table: staged files to rows. COPY INTO @stage: rows to a staged file.
extension StatementContext {
    func runCopy(_ copy: CopyIntoTable) throws -> StatementResult {
        let columns = [
            ResultColumn("file", .string), ResultColumn("status", .string), ResultColumn("rows_parsed", .integer),
            ResultColumn("rows_loaded", .integer), ResultColumn("error_limit", .integer),
            ResultColumn("errors_seen", .integer),
            ResultColumn("first_error", .string), ResultColumn("first_error_line", .integer),
            ResultColumn("first_error_character", .integer), ResultColumn("first_error_column_name", .string),
        ]
        let target = try writeTarget(copy.table, action: .insertIntoTable)
        return try describingOnly(columns) {
            let source = try copySource(copy)
            let files = try source.entries.filter { entry in
                copy.files.isEmpty || copy.files.contains { entry.name.hasSuffix("/" + $0) }
            }
            for wanted in copy.files where !files.contains(where: { $0.name.hasSuffix("/" + wanted) }) {
                throw RegistryError.missing("File", wanted, near: source.entries.map(\.name))
            }
            guard !files.isEmpty else {
                return table(Self.statusColumn, [["Copy executed with 0 files processed."]], type: .other)
            }
            let stopsAtError = try errorMode(copy) == "ABORT_STATEMENT"
            var rows: [[String?]] = []
            var loaded: [FileEntry] = []
            try writing(to: target) {
                for file in files {
                    do {
                        let count = try load(file, source.format, copy, into: target)
                        rows.append([file.name, "LOADED", "\(count)", "\(count)", "1", "0", nil, nil, nil, nil])
                        loaded.append(file)
                    } catch let error as RegistryError where !stopsAtError && error.code == .invalidValue {
                        rows.append([file.name, "LOAD_FAILED", "0", "0", "1", "1", error.message, nil, nil, nil])
                    }
                }
            }
            if copy.options["PURGE"]?.boolean == true { try purge(copy, loaded) }
            return table(columns, rows, type: .other)
        }
    }

    private func errorMode(_ copy: CopyIntoTable) throws -> String {
        guard let value = copy.options["ON_ERROR"] else { return "ABORT_STATEMENT" }
        let text: String
        if case .binding(let index) = value { text = try boundText(index) } else { text = value.text ?? "" }
        let mode = text.uppercased()
        guard mode == "ABORT_STATEMENT" || mode == "CONTINUE" || mode.hasPrefix("SKIP_FILE") else {
            throw RegistryError(
                .invalidArgument, "ON_ERROR is ABORT_STATEMENT, CONTINUE or SKIP_FILE, not '\(text.prefix(60))'.")
        }
        return mode
    }

    private func copySource(_ copy: CopyIntoTable) throws -> StagedFiles {
        let reference: StageReference
        switch copy.source {
        case .stage(let stage): reference = stage
        case .query(let text):
            let rewritten = try QueryRewriter().rewrite(text, context: rewriteContext)
            guard rewritten.stageReferences.count == 1 else {
                throw RegistryError(.invalidArgument, "The query of COPY INTO must read from exactly one stage.")
            }
            reference = rewritten.stageReferences[0].stage
        }
        let location = try fileLocation(reference)
        return StagedFiles(
            entries: try files(at: location, pattern: copy.pattern),
            format: try format(copy.fileFormat, stage: location))
    }

    /// Loads one file; gives the number of its rows.
    private func load(
        _ file: FileEntry, _ format: FileFormat, _ copy: CopyIntoTable, into target: WriteTarget
    ) throws -> Int {
        let staged = StagedFiles(entries: [file], format: format)
        let names = try copy.columns.map { try column($0, of: target) }
        let list = names.isEmpty ? "" : " (\(names.map(\.quoted).joined(separator: ", ")))"
        switch copy.source {
        case .query(let text):
            let planned = try plan(text, staged: staged)
            return try connection.query("INSERT INTO \(target.sql)\(list) \(planned.sql)").rowsChanged
        case .stage:
            let match = copy.options["MATCH_BY_COLUMN_NAME"]?.text?.uppercased() ?? "NONE"
            if match != "NONE" {
                return try connection.query(
                    "INSERT INTO \(target.sql) BY NAME \(try matching(staged, target, match))"
                ).rowsChanged
            }
            let into = names.isEmpty ? target.columns.map { Identifier(resolved: $0.name) } : names
            let columns = format.kind == .csv ? into.count : 1
            guard columns == into.count else {
                throw RegistryError(
                    .invalidArgument,
                    "A file of type \(format.kind.rawValue) gives one column, the table takes \(into.count).",
                    hint: "Use MATCH_BY_COLUMN_NAME, or COPY INTO … FROM (SELECT $1:name, … FROM @stage).")
            }
            let wanted = (1...columns).map { format.kind == .csv ? "\"$\($0)\"" : "to_json(\"$\($0)\")" }
            return try connection.query(
                "INSERT INTO \(target.sql)\(list) SELECT \(wanted.joined(separator: ", ")) FROM (\(try readerSQL(staged, columns: columns))) f"
            ).rowsChanged
        }
    }

    /// The columns of a file that the table has, under the table's names.
    private func matching(_ staged: StagedFiles, _ target: WriteTarget, _ match: String) throws -> String {
        let list =
            "["
            + staged.entries.map { BindingLiteral.quote(engine.registry.blobFile($0.file.blob.digest).path) }
            .joined(separator: ", ") + "]"
        let source =
            switch staged.format.kind {
            case .parquet: "read_parquet(\(list))"
            case .json: "read_json_auto(\(list))"
            case .csv: "read_csv(\(list), delim = \(BindingLiteral.quote(staged.format.fieldDelimiter)), header = true)"
            }
        let present = try connection.prepare("SELECT * FROM \(source)").columns.map(\.name)
        let pairs = target.columns.compactMap { column -> String? in
            let found = present.first {
                match == "CASE_SENSITIVE" ? $0 == column.name : $0.uppercased() == column.name.uppercased()
            }
            return found.map { "\(Identifier(resolved: $0).quoted) AS \(Identifier(resolved: column.name).quoted)" }
        }
        guard !pairs.isEmpty else {
            throw RegistryError(.invalidArgument, "No column of the file is a column of the table '\(target.name)'.")
        }
        return "SELECT \(pairs.joined(separator: ", ")) FROM \(source)"
    }

    private func purge(_ copy: CopyIntoTable, _ files: [FileEntry]) throws {
        let gone = Set(files.map(\.name))
        let reference: StageReference
        switch copy.source {
        case .stage(let stage): reference = stage
        case .query(let text):
            reference = try QueryRewriter().rewrite(text, context: rewriteContext).stageReferences[0].stage
        }
        _ = try engine.registry.removeFiles(at: try fileLocation(reference), session: session.id, as: principal) {
            gone.contains($0)
        }
    }

    // MARK: Unloading

    /// COPY INTO @stage FROM …: DuckDB writes the file, which then is taken in like any upload.
    func runUnload(_ copy: CopyIntoStage) throws -> StatementResult {
        let columns = [
            ResultColumn("rows_unloaded", .integer), ResultColumn("input_bytes", .integer),
            ResultColumn("output_bytes", .integer),
        ]
        guard copy.partitionBy == nil else {
            throw RegistryError(.unsupported, "COPY INTO @stage … PARTITION BY is not supported.")
        }
        let location = try fileLocation(copy.target)
        let format = try self.format(copy.fileFormat, stage: location)
        let planned: PlannedQuery =
            switch copy.source {
            case .query(let text): try plan(text)
            case .table(let reference): try plan(try SQLText(parsing: "SELECT * FROM \(try partialName(reference))"))
            }
        return try describingOnly(columns) {
            let (target, directory) = try engine.registry.authorizeUpload(
                to: location, session: session.id, as: principal)
            let path = unloadPath(copy, format, directory, location)
            if copy.options["OVERWRITE"]?.boolean != true, try !files(at: exact(location, path), pattern: nil).isEmpty {
                throw RegistryError(
                    .alreadyExists, "The file '\(path)' already exists.", hint: "Add OVERWRITE = TRUE.")
            }
            let file = engine.results.scratchFile(run.id)
            defer { try? FileManager.default.removeItem(at: file) }
            let written = try connection.query(
                "COPY (\(try unloadQuery(planned, format))) TO \(BindingLiteral.quote(file.path)) (\(unloadOptions(copy, format, isWholeRow: try isWholeRow(planned, format))))"
            )
            let blob = try engine.registry.ingest(file)
            try engine.registry.recordUpload(of: blob, to: target, path: path)
            return table(columns, [["\(written.rowsChanged)", "\(blob.size)", "\(blob.size)"]])
        }
    }

    /// The query to unload. Parquet has no 128-bit integers: DuckDB would write them as DOUBLE and lose digits.
    private func unloadQuery(_ planned: PlannedQuery, _ format: FileFormat) throws -> String {
        if try isWholeRow(planned, format) {
            return "SELECT CAST(to_json(c0) AS VARCHAR) FROM (\(planned.sql)) q(c0)"
        }
        let columns = try connection.prepare(planned.sql).columns
        guard format.kind == .parquet, columns.contains(where: { $0.type == .hugeint }) else { return planned.sql }
        let names = columns.indices.map { "c\($0)" }
        let items = columns.enumerated().map { index, column in
            let value = column.type == .hugeint ? "CAST(c\(index) AS DECIMAL(38,0))" : "c\(index)"
            return "\(value) AS \(Identifier(resolved: column.name).quoted)"
        }
        return "SELECT \(items.joined(separator: ", ")) FROM (\(planned.sql)) q(\(names.joined(separator: ", ")))"
    }

    private func exact(_ location: FileLocation, _ path: String) -> FileLocation {
        switch location {
        case .stage(let name, _): .stage(name, path: path)
        case .version(let name, let version, _): .version(name, version: version, path: path)
        }
    }

    /// The file's path in the stage: the given one for SINGLE, else the given prefix with Snowflake's numbering.
    private func unloadPath(
        _ copy: CopyIntoStage, _ format: FileFormat, _ directory: String, _ location: FileLocation
    ) -> String {
        let given: String =
            switch location {
            case .stage(_, let path): path
            case .version(_, _, let path): path
            }
        if copy.options["SINGLE"]?.boolean == true, !given.isEmpty, !given.hasSuffix("/") { return directory }
        let suffix =
            switch format.kind {
            case .csv: compresses(format) ? "csv.gz" : "csv"
            case .json: compresses(format) ? "json.gz" : "json"
            case .parquet: "snappy.parquet"
            }
        if directory.isEmpty { return "data_0_0_0.\(suffix)" }
        return given.hasSuffix("/") ? "\(directory)/data_0_0_0.\(suffix)" : "\(directory)_0_0_0.\(suffix)"
    }

    private func compresses(_ format: FileFormat) -> Bool { ["AUTO", "GZIP"].contains(format.compression) }

    /// Whether a JSON file's lines are the values of the one column: an OBJECT, ARRAY or VARIANT is written as it is.
    private func isWholeRow(_ planned: PlannedQuery, _ format: FileFormat) throws -> Bool {
        let columns = try self.columns(of: planned)
        return format.kind == .json && columns.count == 1 && [.object, .array, .variant].contains(columns[0].type)
    }

    private func unloadOptions(_ copy: CopyIntoStage, _ format: FileFormat, isWholeRow: Bool) -> String {
        if isWholeRow {
            // Bare lines of text: no quotes, and a delimiter that JSON text can't hold.
            return "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u{1}', "
                + "COMPRESSION \(compresses(format) ? "gzip" : "none")"
        }
        switch format.kind {
        case .parquet: return "FORMAT parquet, COMPRESSION snappy"
        case .json: return "FORMAT json, COMPRESSION \(compresses(format) ? "gzip" : "none")"
        case .csv:
            let header = copy.options["HEADER"]?.boolean == true
            let quote = format.enclosedBy.map(String.init) ?? "\""
            return "FORMAT csv, HEADER \(header), DELIMITER \(BindingLiteral.quote(format.fieldDelimiter)), "
                + "QUOTE \(BindingLiteral.quote(quote)), NULLSTR \(BindingLiteral.quote(format.nullTexts.first ?? "\\N")), "
                + "COMPRESSION \(compresses(format) ? "gzip" : "none")"
        }
    }
}
