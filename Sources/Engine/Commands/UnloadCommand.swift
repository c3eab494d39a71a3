import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// COPY INTO a stage: rows to one staged file. DuckDB writes it, then it is taken in like any upload.
extension StatementContext {
    func runUnload(_ copy: CopyIntoStage) throws -> StatementResult {
        let options = try UnloadOptions(try copy.options.entries.map { try optionReader($0) })
        if let partition = copy.partitionBy {
            throw RegistryError(
                .unsupported, "COPY INTO a stage with PARTITION BY is not supported.",
                hint: "Unload each part by itself, with a WHERE in its query.", position: partition.position)
        }
        try checkFormat(copy.fileFormat)
        let location = try fileLocation(copy.target)
        let format = try self.format(copy.fileFormat, stage: location)
        try format.requireWritable()
        let planned: PlannedQuery =
            switch copy.source {
            case .query(let text): try plan(text)
            case .table(let reference): try plan(try SQLText(parsing: "SELECT * FROM \(try partialName(reference))"))
            }
        if options.onlyReturnsRows { return try unloadedRows(planned) }
        return try describingOnly(options.isDetailed ? Self.fileColumns : Self.totalColumns) {
            let (target, directory) = try engine.registry.authorizeUpload(
                to: location, session: session.id, as: principal)
            let path = unloadPath(options, format, directory, location)
            if !options.overwrites, try !files(at: exact(location, path), pattern: nil).isEmpty {
                throw RegistryError(
                    .alreadyExists, "The file '\(path)' already exists.", hint: "Add OVERWRITE = TRUE.")
            }
            let file = engine.results.scratchFile(run.id)
            defer { try? FileManager.default.removeItem(at: file) }
            let query = try unloadQuery(planned, format, options)
            let form = format.writerOptions(header: options.hasHeader, wholeRows: try isWholeRow(planned, format))
            let written = try connection.query("COPY (\(query)) TO \(BindingLiteral.quote(file.path)) (\(form))")
            try checkSize(of: file, options)
            let blob = try engine.registry.ingest(file)
            try engine.registry.recordUpload(of: blob, to: target, path: path)
            if options.isDetailed {
                return table(Self.fileColumns, [[path, "\(blob.size)", "\(written.rowsChanged)"]])
            }
            return table(Self.totalColumns, [["\(written.rowsChanged)", "\(blob.size)", "\(blob.size)"]])
        }
    }

    private static let totalColumns = [
        ResultColumn("rows_unloaded", .integer), ResultColumn("input_bytes", .integer),
        ResultColumn("output_bytes", .integer),
    ]

    private static let fileColumns = [
        ResultColumn("FILE_NAME", .string), ResultColumn("FILE_SIZE", .integer), ResultColumn("ROW_COUNT", .integer),
    ]

    /// VALIDATION_MODE = RETURN_ROWS: what would be written.
    private func unloadedRows(_ planned: PlannedQuery) throws -> StatementResult {
        guard !request.describeOnly else {
            return StatementResult(columns: try columns(of: planned), rows: .described, rowCount: 0, type: .select)
        }
        return try encode(try connection.query(planned.sql), type: .select)
    }

    /// One file is written: it must not have more bytes than were asked for.
    private func checkSize(of file: URL, _ options: UnloadOptions) throws {
        guard let most = options.maximumFileSize else { return }
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        guard size > UInt64(most) else { return }
        throw RegistryError(
            .limitExceeded, "The file has \(size) bytes, more than MAX_FILE_SIZE = \(most).",
            hint: "COPY INTO a stage writes one file: raise MAX_FILE_SIZE, or unload in parts, with a WHERE.",
            position: options.sizeOption?.position)
    }

    /// The query to unload, its columns under the names and in the forms that the file has.
    private func unloadQuery(_ planned: PlannedQuery, _ format: FileFormat, _ options: UnloadOptions) throws -> String {
        if try isWholeRow(planned, format) {
            return "SELECT CAST(to_json(c0) AS VARCHAR) FROM (\(planned.sql)) q(c0)"
        }
        let columns = try connection.prepare(planned.sql).columns
        let hidesNames = format.kind == .parquet && !options.hasHeader
        let values = columns.indices.map { format.written("c\($0)", columns[$0].type) }
        guard hidesNames || columns.indices.contains(where: { values[$0] != "c\($0)" }) else { return planned.sql }
        let items = columns.indices.map { index in
            let name = hidesNames ? "_COL_\(index)" : columns[index].name
            return "\(values[index]) AS \(Identifier(resolved: name).quoted)"
        }
        let names = columns.indices.map { "c\($0)" }.joined(separator: ", ")
        return "SELECT \(items.joined(separator: ", ")) FROM (\(planned.sql)) q(\(names))"
    }

    /// Whether a JSON file's lines are the values of the one column: an OBJECT, ARRAY or VARIANT is written as it is.
    private func isWholeRow(_ planned: PlannedQuery, _ format: FileFormat) throws -> Bool {
        let columns = try self.columns(of: planned)
        return format.kind == .json && columns.count == 1 && [.object, .array, .variant].contains(columns[0].type)
    }

    private func exact(_ location: FileLocation, _ path: String) -> FileLocation {
        switch location {
        case .stage(let name, _): .stage(name, path: path)
        case .version(let name, let version, _): .version(name, version: version, path: path)
        }
    }

    /// The file's path in the stage: the given one for SINGLE (`data` in a directory), else the given prefix with
    /// Snowflake's numbering.
    private func unloadPath(
        _ options: UnloadOptions, _ format: FileFormat, _ directory: String, _ location: FileLocation
    ) -> String {
        let given: String =
            switch location {
            case .stage(_, let path): path
            case .version(_, _, let path): path
            }
        let isDirectory = given.isEmpty || given.hasSuffix("/")
        let start = isDirectory ? (directory.isEmpty ? "data" : "\(directory)/data") : directory
        if options.isSingle { return start }
        return "\(start)\(options.namesQuery ? "_\(run.id)" : "")_0_0_0\(format.suffix)"
    }
}
