import Foundation
import Hummingbird
import NIOCore
import Types

/// Refuses requests whose Host header names a host that this server is not: a page in a browser can't reach a server on
/// loopback through a name of its own (DNS rebinding).
struct HostCheck<Context: RequestContext>: RouterMiddleware {
    /// Host names, lower case, without port; empty to let every name pass.
    let allowed: Set<String>

    /// Names by which a server on a loopback address is reached.
    static var loopbackNames: Set<String> { ["localhost", "127.0.0.1", "::1", "ip6-localhost"] }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        if !allowed.isEmpty, let authority = request.head.authority {
            guard allowed.contains(HostCheck.host(in: authority)) else {
                return Response(
                    status: .misdirectedRequest,
                    body: .init(byteBuffer: ByteBuffer(string: "This server does not answer for that host.\n")))
            }
        }
        return try await next(request, context)
    }

    /// The host of `host:port` or `[::1]:port`.
    private static func host(in authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        return String(text.prefix { $0 != ":" })
    }
}
