import Foundation
import Hummingbird
import NIOCore
import Transfer
import Types

/// Refuses requests whose Host header names a host that this server is not: a page in a browser can't reach a server on
/// loopback through a name of its own (DNS rebinding).
struct HostCheck<Context: RequestContext>: RouterMiddleware {
    /// Empty to let every name pass.
    let allowed: AllowedHosts

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        if !allowed.isEmpty, let authority = request.head.authority {
            guard let host = HostAndPort(authority), allowed.contains(host) else {
                return Response(
                    status: .misdirectedRequest,
                    body: .init(byteBuffer: ByteBuffer(string: "This server does not answer for that host.\n")))
            }
        }
        return try await next(request, context)
    }
}
