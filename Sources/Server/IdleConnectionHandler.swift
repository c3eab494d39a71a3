import NIOCore
import NIOHTTPTypes

/// Closes connections on which the server has waited for the client too long.
///
/// Hummingbird's own idle timeout takes an upload that the server itself holds up, on a slow disk, for an idle one.
final class IdleConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var idleness: ConnectionIdleness
    private var nextLook: Scheduled<Void>?

    /// - Parameter timeout: the time after which a connection is closed, plus at most a third of it.
    init(timeout: Duration) {
        idleness = ConnectionIdleness(timeout: timeout, at: .now)
    }

    func handlerAdded(context: ChannelHandlerContext) { scheduleLook(context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        nextLook?.cancel()
        nextLook = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: idleness.note(.requestBegan, at: .now)
        case .body: idleness.note(.requestBytes, at: .now)
        case .end: idleness.note(.requestEnded, at: .now)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        idleness.note(.bytesArrived, at: .now)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        idleness.note(.bytesAsked, at: .now)
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        // The answer has ended when its last byte is on its way: until then it may wait for a slow client.
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            self?.idleness.note(.answerEnded, at: .now)
        }
        context.write(data, promise: written)
    }

    private func scheduleLook(_ context: ChannelHandlerContext) {
        let delay = TimeAmount(idleness.timeout / 3)
        nextLook = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self else { return }
            if idleness.isOver(at: .now) {
                context.close(promise: nil)
            } else {
                scheduleLook(context)
            }
        }
    }
}
