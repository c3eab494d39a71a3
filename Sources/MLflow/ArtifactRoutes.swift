import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Registry
import Store
import Tracking
import Transfer
import Types

/// Files of runs, logged models and versions: streamed in and out in constant memory, kept once by content.
extension MLflowDoor {
    static let artifactsPath = "/2.0/mlflow-artifacts/artifacts"

    func addArtifactRoutes<Context: RequestContext>(to router: Router<Context>, prefix: String) {
        let base = prefix + Self.artifactsPath
        router.on(RouterPath(base), method: .get) { request, _ in
            await respond(request) { try await list(request) }
        }
        router.on(RouterPath(base + "/**"), method: .get) { request, _ in
            await respond(request) { try await download(request, base, sendsBody: true) }
        }
        router.on(RouterPath(base + "/**"), method: .head) { request, _ in
            await respond(request) { try await download(request, base, sendsBody: false) }
        }
        router.on(RouterPath(base + "/**"), method: .put) { request, _ in
            await respond(request) { try await upload(request, base) }
        }
        router.on(RouterPath(base + "/**"), method: .delete) { request, _ in
            await respond(request) { try await delete(request, base) }
        }
        addSignedRoutes(to: router, prefix: prefix)
        router.on(RouterPath(prefix + "/2.0/mlflow/artifacts/list"), method: .get) { request, context in
            await respond(request) { try await listOfRun(request, context.parameters) }
        }
    }

    /// The place that a request's path names, behind the base.
    func place(_ request: Request, _ base: String) throws -> ArtifactPlace {
        let raw = String(request.uri.path.dropFirst(base.count + 1))
        guard let path = raw.removingPercentEncoding else {
            throw RegistryError(.invalidArgument, "The path is not valid percent-encoded UTF-8.")
        }
        return try ArtifactPlace(parsing: path)
    }

    private func files(_ place: ArtifactPlace, as principal: Principal) throws -> [FileRow] {
        switch place.root {
        case .run(let id): try tracking.files(of: .run(id), below: place.path, as: principal)
        case .loggedModel(let id): try tracking.files(of: .loggedModel(id), below: place.path, as: principal)
        case .version(let id): try registry.versionFiles(id, below: place.path, as: principal).files
        case nil: []
        }
    }

    func fileRoot(_ place: ArtifactPlace) throws -> FileRoot {
        switch place.root {
        case .run(let id): return .run(id)
        case .loggedModel(let id): return .loggedModel(id)
        case .version:
            throw RegistryError(.permissionDenied, "The files of a registered version can't be changed.")
        case nil:
            throw RegistryError(
                .invalidArgument, "Files belong to a run or to a logged model: '\(place.path.prefix(200))' is neither's.")
        }
    }

    // MARK: Lists

    private func list(_ request: Request) async throws -> Response {
        let principal = try await principal(of: request)
        let place = try ArtifactPlace(parsing: try Self.queryArguments(of: request)["path"]?.first ?? "")
        let (files, made) = try await blocking.runIfActive {
            (try self.files(place, as: principal), try self.madeFiles(place, as: principal))
        }
        let rows = (files + made.map { $0.row }).sorted { $0.path < $1.path }
        return Self.response(.ok, Self.entries(rows, of: place.path, prefix: ""))
    }

    private func listOfRun(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let principal = try await principal(of: request)
        let arguments = try await arguments(of: request, parameters)
        let id = try arguments.optionalText("run_id") ?? arguments.requiredText("run_uuid")
        let text = try arguments.text("path")
        guard !Self.isSuspicious(text) else { throw RegistryError(.invalidArgument, "Invalid path: '\(text.prefix(100))'.") }
        let path = text.isEmpty ? "" : try ArtifactPath.normalized(text)
        let tracking = self.tracking
        let (run, files) = try await blocking.runIfActive {
            (
                try tracking.run(id, as: principal).row,
                try tracking.files(of: .run(id), below: path, as: principal)
            )
        }
        var answer = JSON.make(["root_uri": .string(Self.artifactURI(of: run))])
        if let list = Self.entries(files, of: path, prefix: path.isEmpty ? "" : path + "/")["files"] { answer["files"] = list }
        return Self.response(.ok, answer)
    }

    /// What lies directly below a directory: files and directories.
    static func entries(_ files: [FileRow], of path: String, prefix: String) -> JSON {
        let directory = path.isEmpty ? "" : path + "/"
        var entries: [JSON] = []
        var seen: Set<String> = []
        for file in files where file.path.hasPrefix(directory) {
            let rest = file.path.dropFirst(directory.count)
            let name = String(rest.prefix { $0 != "/" })
            guard seen.insert(name).inserted else { continue }
            let isDirectory = name.count < rest.count
            entries.append(
                isDirectory
                    ? .make(["path": .string(prefix + name), "is_dir": .bool(true)])
                    : .make([
                        "path": .string(prefix + name), "is_dir": .bool(false),
                        "file_size": .number("\(file.blob.size)"),
                    ]))
        }
        return JSON.make(["files": .array(entries)]).withoutEmpty
    }

    // MARK: Out

    private func download(_ request: Request, _ base: String, sendsBody: Bool) async throws -> Response {
        let principal = try await principal(of: request)
        let place = try place(request, base)
        let header = request.headers[.range]
        let ifRange = request.headers[.ifRange]
        let artifacts = self.artifacts
        let made = try await blocking.runIfActive { try self.madeFiles(place, as: principal) }
        if let file = made.first(where: { $0.path == place.path }) { return Self.response(file, sendsBody: sendsBody) }
        let download = try await blocking.runIfActive {
            try Download(self.target(of: place, as: principal), range: header, ifRange: ifRange, from: artifacts)
        }
        let encoded = download.fileName.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
        return download.response(
            contentType: Self.contentType(download.fileName),
            disposition: "attachment; filename*=UTF-8''\(encoded)", sendsBody: sendsBody, on: blocking)
    }

    /// The stored content of the file at a place.
    func target(of place: ArtifactPlace, as principal: Principal) throws -> TransferTarget {
        let files = try files(place, as: principal)
        guard let file = files.first(where: { $0.path == place.path }) else {
            guard files.isEmpty else {
                throw RegistryError(.invalidArgument, "'\(place.path.prefix(200))' is a directory.")
            }
            throw RegistryError(.notFound, "No such artifact: '\(place.path.prefix(200))'")
        }
        let name = file.path.split(separator: "/").last.map(String.init) ?? "file"
        return .blobDownload(digest: file.blob.digest, size: file.blob.size, name: name)
    }

    /// Text for what people read, bytes for the rest: nothing that a browser would run.
    static func contentType(_ name: String) -> String {
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let texts: Set<String> = ["txt", "log", "json", "yaml", "yml", "md", "csv", "py", "html", "mlmodel"]
        return texts.contains(ending) || name == "MLmodel" ? "text/plain; charset=utf-8" : "application/octet-stream"
    }

    // MARK: In

    private func upload(_ request: Request, _ base: String) async throws -> Response {
        let principal = try await principal(of: request)
        let place = try place(request, base)
        let root = try fileRoot(place)
        guard !place.path.isEmpty else { throw RegistryError(.invalidArgument, "The path names no file.") }
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        let limit = uploadLimit
        let tooLarge = RegistryError(
            .limitExceeded, "The file is larger than \(limit) bytes.", hint: "The limit is the setting 'upload-limit'.")
        if let length, length > limit { throw tooLarge }
        let (tracking, artifacts) = (self.tracking, self.artifacts)
        let ingest = try await blocking.runIfActive { () throws -> Ingest in
            try tracking.authorizeUpload(to: root, as: principal)
            return try artifacts.beginIngest()
        }
        do {
            try await request.body.forEachBuffer(on: blocking) { buffer in
                guard ingest.size + Int64(buffer.readableBytes) <= limit else { throw tooLarge }
                try buffer.withUnsafeReadableBytes { try ingest.append($0) }
            }
            if let length, ingest.size != length {
                throw RegistryError(.invalidArgument, "The upload was cut off: \(ingest.size) of \(length) bytes came.")
            }
            let blob = try await blocking.runIfActive {
                let blob = try ingest.finish()
                try tracking.recordUpload(of: blob, to: root, path: place.path, as: principal)
                return blob
            }
            return Self.response(.ok, .object([]), headers: [.eTag: "\"\(blob.digest)\""])
        } catch {
            ingest.abort()
            throw error
        }
    }

    private func delete(_ request: Request, _ base: String) async throws -> Response {
        let principal = try await principal(of: request)
        let place = try place(request, base)
        let root = try fileRoot(place)
        let tracking = self.tracking
        let count = try await blocking.runIfActive {
            try tracking.removeFiles(of: root, below: place.path, as: principal)
        }
        guard count > 0 else { throw RegistryError(.notFound, "No such artifact: '\(place.path.prefix(200))'") }
        return Self.response(.ok, .object([]))
    }

    // MARK: Addresses

    static func artifactURI(of run: RunRow) -> String { "mlflow-artifacts:/\(run.experimentID)/\(run.id)/artifacts" }

    static func artifactURI(of model: LoggedModelRow) -> String {
        "mlflow-artifacts:/\(model.experimentID)/models/\(model.id)/artifacts"
    }
}
