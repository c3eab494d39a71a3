import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Store
import Transfer
import Types

/// Signed uploads and downloads, for every door: `PUT` and `GET /transfer/v1/<token>/<file name>`.
///
/// The URL itself authorises: it is for one path, one operation and a short time. Bytes stream in constant memory.
struct TransferRoutes: Sendable {
    let urls: SignedURL
    let uploads: Uploads
    let multipart: MultipartUploads
    let artifacts: ArtifactStore
    let results: ResultStore
    /// Runs what waits for the disk.
    let blocking: NIOThreadPool
    let now: @Sendable () -> Date
    let logger: Logger

    func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.put("/transfer/v1/:token/:name") { request, _ in await respond { try await upload(request) } }
        router.get("/transfer/v1/:token/:name") { request, _ in
            await respond { try await download(request, sendsBody: true) }
        }
        router.head("/transfer/v1/:token/:name") { request, _ in
            await respond { try await download(request, sendsBody: false) }
        }
    }

    private func respond(_ body: () async throws -> Response) async -> Response {
        do {
            return try await body()
        } catch let error as RegistryError {
            var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
            if let range = error.detail["contentRange"] { headers[.contentRange] = range }
            return Response(
                status: .init(code: error.transferStatus), headers: headers,
                body: .init(byteBuffer: ByteBuffer(string: error.text + "\n")))
        } catch {
            // A client that goes away in the middle is no fault of the server's.
            logger.debug("transfer broke off", metadata: ["error": "\(error)"])
            return Response(status: .badRequest)
        }
    }

    private func grant(_ request: Request, _ operation: TransferOperation) throws -> SignedURL.Grant {
        try urls.verify(
            path: request.uri.path, operation: operation, now: Int64(now().timeIntervalSince1970 * 1000))
    }

    private func upload(_ request: Request) async throws -> Response {
        let grant = try grant(request, .put)
        let digest = HTTPField.Name(Uploads.digestHeader).flatMap { request.headers[$0] }
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        if case .uploadPart(let id, let number, _) = grant.target {
            return try await uploadPart(number, of: id, length, request)
        }
        let upload = try await blocking.runIfActive {
            try uploads.begin(grant, digestHeader: digest, contentLength: length)
        }
        do {
            try await request.body.forEachBuffer(on: blocking) { try upload.append($0) }
            _ = try await blocking.runIfActive { try upload.finish() }
        } catch {
            upload.abort()
            throw error
        }
        return Response(status: .ok)
    }

    private func uploadPart(_ number: Int, of id: String, _ length: Int64?, _ request: Request) async throws -> Response
    {
        guard let length else {
            throw RegistryError(.invalidArgument, "A part of an upload needs the header Content-Length.")
        }
        let part = try await blocking.runIfActive { try multipart.find(id).beginPart(number, length: length) }
        do {
            try await request.body.forEachBuffer(on: blocking) { buffer in
                try buffer.withUnsafeReadableBytes { try part.append($0) }
            }
            let etag = try await blocking.runIfActive { try part.finish() }
            return Response(status: .ok, headers: [.eTag: "\"\(etag)\""])
        } catch {
            part.abort()
            throw error
        }
    }

    private func download(_ request: Request, sendsBody: Bool) async throws -> Response {
        let target = try grant(request, .get).target
        if case .resultChunk(let queryID, let index) = target {
            guard let bytes = try await blocking.runIfActive({ try results.chunk(index, of: queryID) }) else {
                throw RegistryError(.notFound, "The result is no longer kept.", hint: "Run the statement again.")
            }
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: sendsBody ? .init(byteBuffer: ByteBuffer(bytes: bytes)) : .init())
        }
        let range = request.headers[.range]
        let ifRange = request.headers[.ifRange]
        let download = try await blocking.runIfActive {
            try Download(target, range: range, ifRange: ifRange, from: artifacts)
        }
        return download.response(sendsBody: sendsBody, on: blocking)
    }
}
