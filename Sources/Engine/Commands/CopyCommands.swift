import Access
import Logging
import Registry
import SnowflakeSQL
import Types

/// COPY INTO a table: staged files to rows.
extension StatementContext {
    func runCopy(_ copy: CopyIntoTable) throws -> StatementResult {
        let columns = [
            ResultColumn("file", .string), ResultColumn("status", .string), ResultColumn("rows_parsed", .integer),
            ResultColumn("rows_loaded", .integer), ResultColumn("error_limit", .integer),
            ResultColumn("errors_seen", .integer),
            ResultColumn("first_error", .string), ResultColumn("first_error_line", .integer),
            ResultColumn("first_error_character", .integer), ResultColumn("first_error_column_name", .string),
        ]
        let options = try LoadOptions(try copy.options.entries.map { try optionReader($0) })
        try checkFormat(copy.fileFormat)
        let target = try writeTarget(copy.table, action: .insertIntoTable)
        return try describingOnly(columns) {
            let (location, source) = try copySource(copy)
            let files = try chosen(copy.files, of: source.entries)
            guard !files.isEmpty else {
                return table(Self.statusColumn, [["Copy executed with 0 files processed."]], type: .other)
            }
            let loader = try CopyLoader(copy, options, into: target, format: source.format, context: self)
            let loads = try loader.load(files)
            if options.purges {
                let loaded = Set(loads.filter { $0.status == .loaded }.map(\.file.name))
                let remove = purging(loaded, at: location)
                // Rolled back rows need their files.
                if session.inTransaction { session.afterCommit(remove) } else { remove() }
            }
            let shown = options.returnsFailedOnly ? loads.filter { $0.status != .loaded } : loads
            return table(columns, shown.map(Self.cells), type: .other)
        }
    }

    private static func cells(of load: FileLoad) -> [String?] {
        [
            load.file.name, load.status.rawValue, "\(load.rowsParsed)", "\(load.rowsLoaded)", "\(load.errorLimit)",
            "\(load.errorCount)", load.first?.message, load.first?.line.map { "\($0)" }, nil, load.first?.column,
        ]
    }

    /// Refuses a bad FILE_FORMAT before anything else is looked at.
    func checkFormat(_ options: StatementOptions) throws {
        if !options.isEmpty, options["FORMAT_NAME"] == nil { _ = try FileFormat(options) }
    }

    /// Where the files lie, which they are, and their format; what the query says counts where COPY says nothing.
    private func copySource(_ copy: CopyIntoTable) throws -> (location: FileLocation, files: StagedFiles) {
        let reference: StageReference
        var pattern = copy.pattern
        var named: String?
        switch copy.source {
        case .stage(let stage): reference = stage
        case .query(let text):
            let rewritten = try QueryRewriter().rewrite(text, context: rewriteContext)
            guard rewritten.stageReferences.count == 1 else {
                throw RegistryError(.invalidArgument, "The query of COPY INTO must read from exactly one stage.")
            }
            let scan = rewritten.stageReferences[0]
            reference = scan.stage
            pattern = pattern ?? scan.pattern
            if copy.fileFormat.isEmpty { named = scan.fileFormat }
        }
        let location = try fileLocation(reference)
        let staged = StagedFiles(
            entries: try files(at: location, pattern: pattern),
            format: try named.map { try namedFormat($0) } ?? format(copy.fileFormat, stage: location))
        return (location, staged)
    }

    /// Removes files that were loaded. As in Snowflake, the load counts also where they can't be removed.
    private func purging(_ names: Set<String>, at location: FileLocation) -> @Sendable () -> Void {
        let (engine, session, principal) = (engine, session.id, principal)
        return {
            do {
                _ = try engine.registry.removeFiles(
                    at: location, session: session, as: principal, matching: { names.contains($0) })
            } catch {
                engine.logger.warning("files that were loaded could not be purged", metadata: ["error": "\(error)"])
            }
        }
    }
}
