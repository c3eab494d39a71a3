import Foundation
package import NIOCore
import NIOHTTP1
package import NIOPosix
import NIOSSL
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sends one request to a receiver: to an address that was looked at, within a time, without following it anywhere.
///
/// The name is resolved once; the connection goes to one of the addresses found then, all of which the rules must
/// allow. TLS checks the certificate against the name. Answers are read up to a size; redirects are answers.
struct WebhookSender: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// The beginning of the body.
        let body: String
        /// Seconds that the receiver asks to be left alone.
        let retryAfter: Int?
    }

    /// Why no answer came.
    struct Failure: Error {
        let reason: String
        /// Whether another try may go better.
        let mayPass: Bool
    }

    let rules: WebhookRules
    /// Where names are resolved, which blocks.
    let resolving: NIOThreadPool
    private let tls = CachedContext()

    static let answerSeconds: Int64 = 10
    private static let connectSeconds: Int64 = 5
    /// Most addresses of a name that are tried.
    private static let mostAddresses = 3

    init(rules: WebhookRules, resolving: NIOThreadPool) {
        self.rules = rules
        self.resolving = resolving
    }

    /// Posts a body. Waits up to ``answerSeconds`` after the name is resolved.
    func post(_ body: String, headers: [(String, String)], to url: WebhookURL) async throws(Failure) -> Answer {
        let addresses = try await addresses(of: url)
        var failure = Failure(reason: "The host '\(url.host)' has no address.", mayPass: true)
        for address in addresses.prefix(Self.mostAddresses) {
            do {
                return try await exchange(body, headers, url, at: address)
            } catch {
                failure = error.failure
                guard error.mayTryNext else { throw failure }
            }
        }
        throw failure
    }

    /// The addresses of the receiver, all of which may be connected to.
    func addresses(of url: WebhookURL) async throws(Failure) -> [SocketAddress] {
        let found: [SocketAddress]
        do {
            found = try await resolving.runIfActive { Self.resolve(url.host, url.port) }
        } catch {
            throw Failure(reason: "The server is stopping.", mayPass: true)
        }
        guard !found.isEmpty else {
            throw Failure(reason: "The host '\(url.host)' can't be resolved.", mayPass: true)
        }
        for address in found where !rules.allows(address) {
            throw Failure(
                reason: "The host '\(url.host)' has the address \(address.ipAddress ?? "?"), which is not allowed: it is "
                    + "not a public one. Receivers in private networks need the server's setting 'webhook-private-addresses'.",
                mayPass: false)
        }
        return found
    }

    private static func resolve(_ host: String, _ port: Int) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.ai_addr else { continue }
            switch entry.ai_family {
            case AF_INET:
                found.append(
                    SocketAddress(address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }, host: ""))
            case AF_INET6:
                found.append(
                    SocketAddress(address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee }, host: ""))
            default: continue
            }
        }
        return found
    }

    private struct Attempt: Error {
        let failure: Failure
        let mayTryNext: Bool
    }

    private func exchange(
        _ body: String, _ headers: [(String, String)], _ url: WebhookURL, at address: SocketAddress
    ) async throws(Attempt) -> Answer {
        let context: NIOSSLContext?
        do {
            context = url.isSecure ? try tls.get(rules.certificates) : nil
        } catch {
            throw Attempt(
                failure: Failure(reason: "TLS can't be set up: \(error).", mayPass: false), mayTryNext: false)
        }
        let answer = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Answer.self)
        let name = Self.isAddress(url.host) ? nil : url.host
        let bootstrap = ClientBootstrap(group: answer.futureResult.eventLoop)
            .connectTimeout(.seconds(Self.connectSeconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name)) }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(AnswerReader(answer))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(to: address).get()
        } catch {
            answer.fail(error)
            throw Attempt(failure: Failure(reason: Self.words(error), mayPass: true), mayTryNext: true)
        }
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(Self.answerSeconds)) {
            answer.fail(ChannelError.connectTimeout(.seconds(Self.answerSeconds)))
            channel.close(promise: nil)
        }
        defer {
            deadline.cancel()
            channel.close(promise: nil)
        }
        var fields = HTTPHeaders([
            ("Host", url.authority), ("User-Agent", "roost-webhook"), ("Content-Type", "application/json"),
            ("Content-Length", "\(body.utf8.count)"), ("Connection", "close"),
        ])
        for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target, headers: fields)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil)).whenFailure { answer.fail($0) }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw Attempt(failure: Failure(reason: Self.words(error), mayPass: true), mayTryNext: false)
        }
    }

    private static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "The receiver can't be reached: \(String(cString: strerror(error.errnoCode)).lowercased())."
        case ChannelError.connectTimeout(let time): "The receiver gave no answer within \(time.nanoseconds / 1_000_000_000) seconds."
        case let error as NIOSSLError: "TLS: \(error)."
        case let error as BoringSSLError: "TLS: \(error)."
        case is HTTPParserError: "The receiver's answer is no HTTP."
        case is BrokenOff: "The receiver closed the connection without an answer."
        default: "The receiver can't be reached: \(error)."
        }
    }
}

/// The connection ended before an answer came.
private struct BrokenOff: Error {}

/// The settings of TLS, which are dear to make: once.
private final class CachedContext: Sendable {
    private let made = Mutex<NIOSSLContext?>(nil)

    func get(_ certificates: String?) throws -> NIOSSLContext {
        try made.withLock { made in
            if let made { return made }
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let certificates { configuration.additionalTrustRoots = [.file(certificates)] }
            let context = try NIOSSLContext(configuration: configuration)
            made = context
            return context
        }
    }
}

/// Reads one answer, of whose body it keeps the beginning; what is much longer is cut off with the connection.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private static let keptBytes = 4096
    private static let mostBytes = 65536

    private let answer: EventLoopPromise<WebhookSender.Answer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []
    private var count = 0

    init(_ answer: EventLoopPromise<WebhookSender.Answer>) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if head.status.code >= 200 { self.head = head }
        case .body(let buffer):
            count += buffer.readableBytes
            body += buffer.readableBytesView.prefix(Self.keptBytes - body.count)
            if count > Self.mostBytes { finish(context) }
        case .end: if head != nil { finish(context) }
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        if let head {
            answer.succeed(
                WebhookSender.Answer(
                    status: Int(head.status.code), body: String(decoding: body, as: UTF8.self),
                    retryAfter: head.headers.first(name: "Retry-After").flatMap(Int.init)))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(BrokenOff())
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
