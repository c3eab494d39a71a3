import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A file on its way from one server to another, in constant memory: what one sends is written to the other as it
/// comes, and hashed in between. Each end has a connection of its own.
struct HTTPStream: Sendable {
    typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// One end: a server, a path on it, and what the server is told.
    struct End: Sendable {
        let place: ServerPlace
        let uri: String
        let headers: [(String, String)]
    }

    /// Longest time in which nothing moves.
    private static let idleTime = TimeAmount.seconds(300)
    /// Longest time to connect.
    private static let connectTime = TimeAmount.seconds(10)

    /// Fetches a file and sends it on.
    ///
    /// - Parameters:
    ///   - size: in bytes, as the source lists it; another one is an error, and the target keeps nothing.
    /// - Returns: the SHA-256 in lower-case hex.
    /// - Throws: ``RemoteRefusal`` where a server refuses or the target has other bytes than were sent;
    ///   `ClientError.connection`.
    static func copy(from source: End, to target: End, size: Int64) async throws -> String {
        try await open(source.place).executeThenClose { input, request in
            try await request.write(.head(head(.GET, source)))
            try await request.write(.end(nil))
            var parts = input.makeAsyncIterator()
            guard case .head(let answer)? = try await parts.next() else { throw lost(source.place) }
            guard answer.status == .ok else {
                throw RemoteRefusal(status: answer.status.code, body: try await rest(&parts), at: source)
            }
            return try await open(target.place).executeThenClose { output, upload in
                var head = head(.PUT, target)
                head.headers.replaceOrAdd(name: "Content-Length", value: "\(size)")
                head.headers.replaceOrAdd(name: "Content-Type", value: "application/octet-stream")
                var answers = output.makeAsyncIterator()
                var sha256 = SHA256()
                var count: Int64 = 0
                do {
                    try await upload.write(.head(head))
                    while let buffer = try await next(&parts, of: source.place) {
                        sha256.update(data: Data(buffer.readableBytesView))
                        count += Int64(buffer.readableBytes)
                        guard count <= size else { break }
                        try await upload.write(.body(.byteBuffer(buffer)))
                    }
                    guard count == size else {
                        throw RemoteRefusal("\(count) bytes came of '\(source.uri)' and \(size) are listed.")
                    }
                    try await upload.write(.end(nil))
                } catch let error where error is RemoteRefusal || error is ClientError {
                    throw error
                } catch {
                    // A server that refuses a file early says why before it closes.
                    guard case .head(let answer)? = try? await answers.next(), answer.status != .ok else { throw error }
                    throw RemoteRefusal(status: answer.status.code, body: try await rest(&answers), at: target)
                }
                guard case .head(let answer)? = try await answers.next() else { throw lost(target.place) }
                let body = try await rest(&answers)
                guard answer.status == .ok else {
                    throw RemoteRefusal(status: answer.status.code, body: body, at: target)
                }
                let digest = sha256.finalize().map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined()
                guard answer.headers.first(name: "ETag") == "\"\(digest)\"" else {
                    throw RemoteRefusal("The server has other bytes of '\(target.uri)' than were sent.")
                }
                return digest
            }
        }
    }

    /// The next bytes of a file, nil at its end.
    private static func next(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator, of place: ServerPlace
    ) async throws -> ByteBuffer? {
        let part: HTTPClientResponsePart?
        do { part = try await parts.next() } catch { throw lost(place) }
        return switch part {
        case .body(let buffer): buffer
        case .end: nil
        case .head, nil: throw lost(place)
        }
    }

    private static func head(_ method: HTTPMethod, _ end: End) -> HTTPRequestHead {
        var headers = HTTPHeaders([("Host", end.place.authority), ("User-Agent", "roost"), ("Connection", "close")])
        for (name, value) in end.headers { headers.replaceOrAdd(name: name, value: value) }
        return HTTPRequestHead(version: .http1_1, method: method, uri: end.uri, headers: headers)
    }

    private static func rest(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> [UInt8] {
        var body: [UInt8] = []
        while let part = try await parts.next(), body.count < 1 << 16 {
            if case .body(let buffer) = part { body.append(contentsOf: buffer.readableBytesView) }
            if case .end = part { break }
        }
        return body
    }

    private static func lost(_ place: ServerPlace) -> ClientError {
        .connection("The connection to \(place.url) was lost: the server closed it, or nothing moved for 5 minutes.")
    }

    private static func open(_ place: ServerPlace) async throws -> Channel {
        let tls = try HTTPConnection.tls(for: place)
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(connectTime)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .connect(host: place.host, port: place.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls { try pipeline.addHandler(try HTTPConnection.handler(tls, for: place)) }
                        try pipeline.addHandler(IdleStateHandler(allTimeout: idleTime))
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(IdleCloser())
                        return try Channel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw ClientError.connection("No server answers at \(place.url): \(HTTPConnection.words(error)).")
        }
    }
}

/// Closes a connection on which nothing moves.
private final class IdleCloser: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
