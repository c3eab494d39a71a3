import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix
import Store
import Tracking
import Transfer
import Types

/// Uploads in parts and downloads in ranges, by URLs that this server signs: what the client's multipart transfers use.
///
/// The parts themselves go to the signed URLs, which no door owns.
/// Source: MLFLOW.md 1.3; mlflow's http_artifact_repo.py and mlflow_artifacts_repo.py.
extension MLflowDoor {
    static let signedPath = "/2.0/mlflow-artifacts"

    func addSignedRoutes<Context: RequestContext>(to router: Router<Context>, prefix: String) {
        let base = prefix + Self.signedPath
        typealias Handler = @Sendable (Request, String, Parameters) async throws -> Response
        let calls: [(String, Handler)] = [
            ("/mpu/create", beginUpload), ("/mpu/complete", completeUpload), ("/mpu/abort", abortUpload),
        ]
        for (path, handle) in calls {
            router.on(RouterPath(base + path + "/**"), method: .post) { request, context in
                await respond(request) { try await handle(request, base + path, context.parameters) }
            }
        }
        router.on(RouterPath(base + "/presigned/**"), method: .get) { request, _ in
            await respond(request) { try await presign(request, base + "/presigned") }
        }
    }

    // MARK: Up

    /// What a call of an upload is about: the file in the directory of the path, and who calls.
    private func upload(_ request: Request, _ base: String, _ parameters: Parameters) async throws
        -> (arguments: Arguments, principal: Principal, root: FileRoot, path: String)
    {
        let principal = try await principal(of: request)
        let directory = try place(request, base)
        let root = try fileRoot(directory)
        let arguments = try await arguments(of: request, parameters)
        let local = try arguments.requiredText("path")
        let isWindows = local.dropFirst().first == ":" && local.first?.isLetter == true
        let name = local.split { $0 == "/" || isWindows && $0 == "\\" }.last.map(String.init) ?? ""
        guard !name.isEmpty, !local.hasSuffix("/"), name != ".", !Self.isSuspicious(name) else {
            throw RegistryError(.invalidArgument, "The path '\(local.prefix(200))' names no file.")
        }
        let path = try ArtifactPath.normalized(directory.path.isEmpty ? name : "\(directory.path)/\(name)")
        let tracking = self.tracking
        try await blocking.runIfActive { try tracking.authorizeUpload(to: root, as: principal) }
        return (arguments, principal, root, path)
    }

    /// The name under which an upload knows its file.
    private static func placeName(_ root: FileRoot, _ path: String) -> String {
        switch root {
        case .run(let id): "run/\(id)/\(path)"
        case .loggedModel(let id): "model/\(id)/\(path)"
        }
    }

    private func beginUpload(_ request: Request, _ base: String, _ parameters: Parameters) async throws -> Response {
        let (arguments, _, root, path) = try await upload(request, base, parameters)
        let host = request.head.authority
        guard urls.leadBack(to: host) else {
            // In the words by which the client knows to send the file as a whole.
            throw RegistryError(
                .unsupported, "Multipart upload is not supported for the current artifact repository",
                hint: Self.unknownName(host))
        }
        guard let count = try arguments.optionalInt("num_parts").flatMap(Int.init(exactly:)) else {
            throw RegistryError(.invalidArgument, "Missing value for required parameter 'num_parts'.")
        }
        let (multipart, urls) = (self.multipart, self.urls)
        let upload = try await blocking.runIfActive {
            try multipart.begin(place: Self.placeName(root, path), parts: count)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? "file"
        let parts = (1...count).map { number in
            JSON.make([
                "url": .string(urls.url(for: .uploadPart(uploadID: upload.id, number: number, name: name), host: host)),
                "part_number": .number("\(number)"), "headers": .object([]),
            ])
        }
        return Self.response(.ok, .make(["upload_id": .string(upload.id), "credentials": .array(parts)]))
    }

    private func completeUpload(_ request: Request, _ base: String, _ parameters: Parameters) async throws -> Response {
        let (arguments, principal, root, path) = try await upload(request, base, parameters)
        let id = try arguments.requiredText("upload_id")
        let parts = try arguments.objects("parts").map { part -> (number: Int, etag: String) in
            guard let number = try part.optionalInt("part_number").flatMap(Int.init(exactly:)) else {
                throw RegistryError(.invalidArgument, "Missing value for required parameter 'part_number'.")
            }
            return (number, try part.text("etag"))
        }
        let (multipart, tracking) = (self.multipart, self.tracking)
        try await blocking.runIfActive {
            let upload = try multipart.find(id, place: Self.placeName(root, path))
            try multipart.complete(upload, parts: parts) {
                try tracking.recordUpload(of: $0, to: root, path: path, as: principal)
            }
        }
        return Self.response(.ok, .object([]))
    }

    private func abortUpload(_ request: Request, _ base: String, _ parameters: Parameters) async throws -> Response {
        let (arguments, _, root, path) = try await upload(request, base, parameters)
        let id = try arguments.requiredText("upload_id")
        let multipart = self.multipart
        try await blocking.runIfActive {
            try multipart.abort(try multipart.find(id, place: Self.placeName(root, path)))
        }
        return Self.response(.ok, .object([]))
    }

    private static func unknownName(_ host: String?) -> String {
        "This server does not know the name '\((host ?? "").prefix(200))': set public-url or allowed-hosts."
    }

    // MARK: Down

    /// A signed URL for a file and its size; a file that is made when it is asked for has none, and the client fetches it
    /// as a whole.
    private func presign(_ request: Request, _ base: String) async throws -> Response {
        let principal = try await principal(of: request)
        let place = try place(request, base)
        let host = request.head.authority
        guard urls.leadBack(to: host) else {
            throw RegistryError(
                .unsupported, "Presigned download is not supported for the current artifact repository",
                hint: Self.unknownName(host))
        }
        let (made, target) = try await blocking.runIfActive { () throws -> (Bool, TransferTarget?) in
            let made = try self.madeFiles(place, as: principal)
            if made.contains(where: { $0.path == place.path }) { return (true, nil) }
            return (false, try self.target(of: place, as: principal))
        }
        guard !made, let target, case .blobDownload(_, let size, _) = target else {
            return Self.response(.ok, .make(["url": "", "headers": .object([])]))
        }
        return Self.response(
            .ok,
            .make([
                "url": .string(urls.url(for: target, host: host)), "headers": .object([]),
                "file_size": .number("\(size)"),
            ]))
    }
}
