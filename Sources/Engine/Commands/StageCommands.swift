import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Transfer
import Types

/// CREATE STAGE and FILE FORMAT; PUT, GET, LIST, REMOVE: the bytes go by signed URLs, not through statements.
extension StatementContext {
    func createStage(_ create: CreateStage) throws -> StatementResult {
        let name = try resolve(create.name, kind: "stage")
        if let url = create.options["URL"] {
            throw RegistryError(
                .unsupported,
                "External stages (URL = \(url.text.map { "'\($0.prefix(60))'" } ?? "…")) are not supported.",
                hint: "Create an internal stage and PUT the files.")
        }
        if let option = create.options.entries.first(where: { $0.name == "COPY_OPTIONS" }) {
            throw RegistryError(
                .unsupported, "Options of COPY that a stage keeps (COPY_OPTIONS) are not supported.",
                hint: "Write them in each COPY INTO.", position: option.position)
        }
        try checkFormat(create.fileFormat)
        let created = try engine.registry.createStage(
            name, mode: try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            options: FileFormat.encode(create.fileFormat), comment: create.comment ?? "",
            temporarySession: create.isTemporary ? session.id : nil, as: principal)
        return createdStatus("Stage area", name.name.description, created)
    }

    func createFileFormat(_ create: CreateFileFormat) throws -> StatementResult {
        let name = try resolve(create.name, kind: "file format")
        _ = try FileFormat(create.options)
        let created = try engine.registry.createFileFormat(
            name, mode: try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists),
            options: FileFormat.encode(create.options), comment: create.comment ?? "",
            temporarySession: create.isTemporary ? session.id : nil, as: principal)
        return createdStatus("File format", name.name.description, created)
    }

    /// A location with full names, as the registry takes it.
    func fileLocation(_ reference: StageReference) throws -> FileLocation {
        switch try location(reference) {
        case .stage(let name, let path): return .stage(try fullName(name, kind: "stage"), path: path)
        case .snow(let location):
            guard location.domain == "model" else {
                throw RegistryError(
                    .unsupported, "snow://\(location.domain)/… is not supported.", hint: "Only snow://model/… is.")
            }
            guard let version = location.version else {
                throw RegistryError(
                    .invalidArgument, "The address names no version.",
                    hint: "Write snow://model/<model>/versions/<version>/<path>.")
            }
            return .version(try fullName(location.name, kind: "model"), version: version, path: location.path)
        case .user, .table:
            throw RegistryError(
                .unsupported, "User and table stages (@~, @%table) are not supported.", hint: "Use a named stage.")
        }
    }

    /// PUT: says where the client sends the file; the file exists when its bytes have arrived.
    func runPut(_ put: PutStatement) throws -> StatementResult {
        let location = try fileLocation(put.target)
        let options = try transferOptions(put.options, .put)
        let (target, directory) = try engine.registry.authorizeUpload(to: location, session: session.id, as: principal)
        let path = try UploadAnswer.path(directory: directory, localPath: put.path)
        let transfer: TransferTarget =
            switch target {
            case .stage(let id): .stageUpload(stageID: id, path: path)
            case .version(let id): .liveVersionUpload(versionID: id, path: path)
            }
        let answer = UploadAnswer(
            options: options, localPath: put.path, location: directory.isEmpty ? "roost/" : "roost/\(directory)/",
            url: engine.url(for: transfer, host: request.host))
        return StatementResult(columns: [], rows: .transfer(answer.members), rowCount: 0, type: .other)
    }

    /// GET: one signed URL a file.
    func runGet(_ get: GetStatement) throws -> StatementResult {
        let entries = try files(at: try fileLocation(get.source), pattern: get.pattern)
        let answer = try DownloadAnswer(
            options: try transferOptions(get.options, .get), localLocation: get.path, location: "roost/",
            files: entries.map { entry in
                let blob = entry.file.blob
                let name = String(entry.name.split(separator: "/").last ?? "")
                return DownloadAnswer.File(
                    name: entry.name,
                    url: engine.url(
                        for: .blobDownload(digest: blob.digest, size: blob.size, name: name), host: request.host))
            })
        return StatementResult(columns: [], rows: .transfer(answer.members), rowCount: 0, type: .other)
    }

    private func transferOptions(_ options: StatementOptions, _ operation: TransferOperation) throws -> TransferOptions
    {
        var texts: [String: String] = [:]
        for entry in options.entries { texts[entry.name] = entry.value.text ?? "" }
        return try TransferOptions(texts, for: operation)
    }

    func runList(_ list: ListStatement) throws -> StatementResult {
        let columns = [
            ResultColumn("name", .string), ResultColumn("size", .integer), ResultColumn("md5", .string),
            ResultColumn("last_modified", .string),
        ]
        return try describingOnly(columns) {
            let entries = try files(at: try fileLocation(list.location), pattern: list.pattern)
            let md5s = try engine.registry.md5s(of: entries.map(\.file.blob))
            return table(
                columns,
                entries.map {
                    [
                        $0.name, "\($0.file.blob.size)", md5s[$0.file.blob.digest],
                        StatementContext.internetDate($0.file.modified),
                    ]
                })
        }
    }

    func runRemove(_ list: ListStatement) throws -> StatementResult {
        let columns = [ResultColumn("name", .string), ResultColumn("result", .string)]
        return try describingOnly(columns) {
            let removed = try engine.registry.removeFiles(
                at: try fileLocation(list.location), session: session.id, as: principal,
                choosing: { try matching($0, list.pattern) })
            return table(columns, removed.map { [$0.name, "removed"] })
        }
    }

    /// The files at a location whose names match a pattern.
    func files(at location: FileLocation, pattern: String?) throws -> [FileEntry] {
        try matching(try engine.registry.files(at: location, session: session.id, as: principal), pattern)
    }

    /// Those of the files whose whole names match the regular expression of PATTERN.
    ///
    /// DuckDB matches, in time that is linear in the names, and stops when the statement is cancelled: the pattern is a
    /// user's. No transaction of the catalog may be open meanwhile.
    ///
    /// - Throws: `invalidArgument` for a text that is no regular expression.
    private func matching(_ entries: [FileEntry], _ pattern: String?) throws -> [FileEntry] {
        guard let pattern else { return entries }
        let expression = BindingLiteral.quote(pattern)
        do {
            // On the engine's own connection: an error on the session's would end its open transaction.
            try engine.databases.withService { try $0.execute("SELECT regexp_full_match('', \(expression), 's')") }
        } catch let error as RegistryError where error.code == .invalidValue {
            throw RegistryError(
                .invalidArgument, "PATTERN '\(pattern.prefix(100))' is no regular expression: \(error.message)",
                cause: error)
        }
        let names = SyntaxNode.array(entries.map { .string($0.name) }).json
        let rows = try connection.query(
            """
            SELECT CAST(i AS VARCHAR) FROM (
                SELECT unnest(l) AS n, generate_subscripts(l, 1) AS i
                FROM (SELECT CAST(CAST(\(BindingLiteral.quote(names)) AS JSON) AS VARCHAR[]) AS l))
            WHERE regexp_full_match(n, \(expression), 's') ORDER BY i
            """
        ).texts()
        return rows.compactMap { row in (row.first ?? nil).flatMap { Int($0) } }.map { entries[$0 - 1] }
    }

    /// A time as LIST shows it: RFC 1123, in GMT.
    static func internetDate(_ milliseconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, d MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }

    func showStages(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        ShownRows(
            ShownRows.columns("""
                created_on:ltz name database_name schema_name url has_credentials has_encryption_key owner comment \
                region type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled
                """),
            try engine.registry.stages(in: try scope(show.scope), filter, session: session.id, as: principal).map {
                stage in
                let object = stage.listed.object
                return [
                    ShownRows.time(object.createdOn), object.name.name, stage.listed.database.name,
                    stage.listed.schema.name, "", "N", "N", object.owner, object.comment, nil,
                    object.sessionID == nil ? "INTERNAL" : "INTERNAL TEMPORARY", nil, nil, nil, nil, "ROLE", "N",
                ]
            })
    }

    /// The type of a stored file format, `""` where it says none.
    static func formatType(_ options: String) -> String {
        (try? SyntaxNode(parsing: options.utf8))?.name("TYPE").uppercased() ?? ""
    }

    func showFileFormats(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        ShownRows(
            ShownRows.columns("created_on:ltz name database_name schema_name type owner comment format_options owner_role_type"),
            try engine.registry.fileFormats(in: try scope(show.scope), filter, session: session.id, as: principal).map {
                format in
                let object = format.listed.object
                return [
                    ShownRows.time(object.createdOn), object.name.name, format.listed.database.name,
                    format.listed.schema.name,
                    Self.formatType(format.options), object.owner, object.comment, format.options, "ROLE",
                ]
            })
    }
}
