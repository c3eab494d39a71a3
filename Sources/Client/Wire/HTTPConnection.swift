import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A request that is sent as a whole.
struct HTTPQuery: Sendable {
    var method: HTTPMethod
    /// With its query, e.g. `/session?delete=true`.
    var uri: String
    var headers: [(String, String)] = []
    var body: [UInt8] = []
}

/// An answer that has arrived as a whole.
struct HTTPAnswer: Sendable {
    let status: UInt
    let body: [UInt8]
    /// Whether the request was sent once more, since the connection was lost under it.
    var isSecondTry = false
}

/// One connection to a server, opened at the first request and kept for the next ones; requests take turns.
///
/// A request that the server's end of an idle connection was lost under is sent once more: all requests that are sent
/// here may be, statements because they carry a requestId.
actor HTTPConnection {
    private let place: ServerPlace
    private var channel: (any Channel)?
    /// What the channel failed with, e.g. in TLS, before a request could be told.
    private var failure = ChannelFailure()
    private var tls: NIOSSLContext?
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Longest time to connect.
    private static let connectSeconds: Int64 = 10
    /// Longest wait for an answer. The server answers within 50 seconds, if only that the client is to ask again.
    private static let answerSeconds: Int64 = 300

    /// What may help where no server answers.
    private let advice: String

    init(
        _ place: ServerPlace,
        advice: String = "Is it running? --host and --port (ROOST_HOST, ROOST_PORT) say where it is."
    ) {
        self.place = place
        self.advice = advice
    }

    /// - Throws: `ClientError.connection`.
    func send(_ query: HTTPQuery) async throws -> HTTPAnswer {
        while isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        defer {
            isBusy = false
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        }
        var isSecondTry = false
        if let channel, channel.isActive {
            do { return try await exchange(query, on: channel) } catch is ConnectionLost {
                self.channel = nil
                isSecondTry = true
            }
        }
        let channel = try await connect()
        self.channel = channel
        do {
            var answer = try await exchange(query, on: channel)
            answer.isSecondTry = isSecondTry
            return answer
        } catch let error as ConnectionLost {
            self.channel = nil
            throw ClientError.connection("The connection to \(place.url) was lost: \(error.reason).")
        }
    }

    func close() async {
        let old = channel
        channel = nil
        try? await old?.close()
    }

    private func exchange(_ query: HTTPQuery, on channel: any Channel) async throws -> HTTPAnswer {
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let timeout = channel.eventLoop.scheduleTask(in: .seconds(HTTPConnection.answerSeconds)) {
            promise.fail(ConnectionLost(reason: "no answer within \(HTTPConnection.answerSeconds) seconds"))
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        channel.writeAndFlush(Exchange(query: query, host: place.authority, promise: promise)).whenFailure { error in
            promise.fail(error)
        }
        do { return try await promise.futureResult.get() } catch {
            channel.close(promise: nil)
            throw ConnectionLost(reason: HTTPConnection.words(failure.first.withLock { $0 } ?? error))
        }
    }

    private func connect() async throws -> any Channel {
        let tls = try context()
        let place = self.place
        let failure = ChannelFailure()
        self.failure = failure
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(HTTPConnection.connectSeconds))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(try HTTPConnection.handler(tls, for: place))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(ExchangeHandler(failure))
                }
            }
        do { return try await bootstrap.connect(host: place.host, port: place.port).get() } catch {
            throw ClientError.connection(
                "No server answers at \(place.url): \(HTTPConnection.words(error)). \(advice)")
        }
    }

    private func context() throws -> NIOSSLContext? {
        if let tls { return tls }
        tls = try HTTPConnection.tls(for: place)
        return tls
    }

    /// The end of a TLS connection to the server.
    static func handler(_ tls: NIOSSLContext, for place: ServerPlace) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: place.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : place.host)
    }

    /// The certificates that count for a server, nil where it does not speak TLS.
    static func tls(for place: ServerPlace) throws -> NIOSSLContext? {
        guard place.isSecure else { return nil }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let file = place.certificateFile { configuration.additionalTrustRoots = [.file(file)] }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ClientError.usage("The certificates in '\(place.certificateFile ?? "")' can't be used: \(error).")
        }
    }

    static func words(_ error: any Error) -> String {
        switch error {
        case let error as ConnectionLost: return error.reason
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return words(first.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name can't be resolved" }
            return "\(error)"
        case ChannelError.connectTimeout: return "no answer within \(connectSeconds) seconds"
        case let error as NIOSSLError:
            if case .handshakeFailed(let reason) = error { return "TLS: \(reason)" }
            return "TLS: \(error)"
        case let error as BoringSSLError: return "TLS: \(error)"
        case is HTTPParserError: return "the answer is no HTTP (--protocol https for a server with TLS)"
        default: return "\(error)"
        }
    }
}

/// The connection ended before the answer was whole.
private struct ConnectionLost: Error {
    let reason: String
}

/// The first error of a channel.
private final class ChannelFailure: Sendable {
    let first = Mutex<(any Error)?>(nil)
}

/// A request on its way to the handler, with the promise of its answer.
private struct Exchange: Sendable {
    let query: HTTPQuery
    let host: String
    let promise: EventLoopPromise<HTTPAnswer>
}

/// Turns one exchange at a time into HTTP's parts and back.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private let failure: ChannelFailure
    private var promise: EventLoopPromise<HTTPAnswer>?
    private var status: UInt = 0
    private var isLast = false
    private var body: [UInt8] = []

    init(_ failure: ChannelFailure) {
        self.failure = failure
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        self.promise = exchange.promise
        body = []
        let query = exchange.query
        var headers = HTTPHeaders([("Host", exchange.host), ("Accept", "application/json"), ("User-Agent", "roost")])
        for (name, value) in query.headers { headers.replaceOrAdd(name: name, value: value) }
        if query.method != .GET { headers.replaceOrAdd(name: "Content-Length", value: "\(query.body.count)") }
        let head = HTTPRequestHead(version: .http1_1, method: query.method, uri: query.uri, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !query.body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: query.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = head.status.code
            isLast = !head.isKeepAlive
        case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
        case .end:
            let answer = HTTPAnswer(status: status, body: body)
            body = []
            let waiting = promise
            promise = nil
            if isLast { context.close(promise: nil) }
            waiting?.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise?.fail(ConnectionLost(reason: "the server closed it"))
        promise = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure.first.withLock { $0 = $0 ?? error }
        promise?.fail(error)
        promise = nil
        context.close(promise: nil)
    }
}
