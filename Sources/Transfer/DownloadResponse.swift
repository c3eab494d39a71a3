import HTTPTypes
package import Hummingbird
package import NIOCore
package import NIOPosix

extension Download {
    /// The answer to GET or HEAD, for every door: the bytes are read on the pool and streamed in constant memory.
    ///
    /// - Parameters:
    ///   - contentType: what it is declared as; bytes where nothing is said.
    ///   - disposition: the Content-Disposition header.
    ///   - sendsBody: false for HEAD.
    package func response(
        contentType: String? = nil, disposition: String = "attachment", sendsBody: Bool, on pool: NIOThreadPool
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: contentType ?? self.contentType, .eTag: etag, .acceptRanges: "bytes",
            .contentDisposition: disposition, .xContentTypeOptions: "nosniff",
        ]
        if let contentRange { headers[.contentRange] = contentRange }
        let status: HTTPResponse.Status = isPartial ? .partialContent : .ok
        guard sendsBody else {
            headers[.contentLength] = "\(contentLength)"
            return Response(status: status, headers: headers)
        }
        return Response(
            status: status, headers: headers,
            body: .init(contentLength: Int(contentLength)) { writer in
                var offset = range.lowerBound
                while true {
                    let position = offset
                    guard let buffer = try await pool.runIfActive({ try chunk(at: position) }) else { break }
                    offset += Int64(buffer.readableBytes)
                    try await writer.write(buffer)
                }
                try await writer.finish(nil)
            })
    }
}

extension RequestBody {
    /// Hands on the body as it comes, on the pool, where the disk may be waited for.
    ///
    /// - Throws: what `take` throws, and `CancellationError` where the server stops: a body that is cut off by that ends
    ///   like a whole one.
    package func forEachBuffer(
        on pool: NIOThreadPool, _ take: @escaping @Sendable (ByteBuffer) throws -> Void
    ) async throws {
        var waiting: [ByteBuffer] = []
        var bytes = 0
        func pass() async throws {
            let some = waiting
            (waiting, bytes) = ([], 0)
            try await pool.runIfActive { for buffer in some { try take(buffer) } }
        }
        for try await buffer in self {
            waiting.append(buffer)
            bytes += buffer.readableBytes
            if bytes >= Self.mostBytes || waiting.count >= Self.mostBuffers { try await pass() }
        }
        if !waiting.isEmpty { try await pass() }
        try Task.checkCancellation()
    }

    /// What is gathered before another thread is bothered with it.
    private static var mostBytes: Int { 512 << 10 }
    private static var mostBuffers: Int { 64 }
}
