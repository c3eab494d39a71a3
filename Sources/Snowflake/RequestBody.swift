import CNative
import Engine
import Foundation
import Hummingbird
import NIOCore
import NIOPosix
import Types

extension SnowflakeDoor {
    /// Most bytes, decompressed, of a body that anyone may send: a login or a renewal. Clients send a few thousand.
    static let loginLimitBytes = 256 << 10

    /// Bytes of a body that keeps no other connection waiting while it is read; an eighth of it where it is compressed.
    private static let smallBytes = 16 << 10

    /// Reads a request's JSON body, gunzipped where it says so.
    ///
    /// - Parameter fixed: most bytes, decompressed; nil for the setting's.
    /// - Throws: `limitExceeded` over the size limit, `invalidArgument` when it is not gzip or not JSON.
    func body(of request: Request, atMost fixed: Int? = nil) async throws -> SyntaxNode {
        try await body(of: request, atMost: fixed) { $0 }
    }

    /// Reads a request's JSON body, and what `read` takes from it. Throws as ``body(of:atMost:)``, and what `read` throws.
    func body<Value: Sendable>(
        of request: Request, atMost fixed: Int? = nil, _ read: @escaping @Sendable (SyntaxNode) throws -> Value
    ) async throws -> Value {
        let limit = fixed ?? settings.requestLimitBytes
        let hint = fixed == nil ? "The limit is the setting 'request-limit'." : nil
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch {
            throw RegistryError(
                .limitExceeded, "The request body is larger than \(limit) bytes, or was cut off.", hint: hint)
        }
        let bytes = Array(buffer.readableBytesView)
        let isGzip = request.headers[.contentEncoding]?.lowercased().contains("gzip") ?? false
        let work: @Sendable () throws -> Value = {
            let plain = isGzip ? try GzipBody.decode(bytes, limit: limit, hint: hint) : bytes
            return try read(try SnowflakeDoor.parse(plain))
        }
        let most = isGzip ? Self.smallBytes / 8 : Self.smallBytes
        return bytes.count <= most ? try work() : try await blocking.runIfActive(work)
    }

    /// Parses a request's JSON; a top level that is no object is refused.
    static func parse(_ bytes: [UInt8]) throws -> SyntaxNode {
        let node: SyntaxNode
        do {
            node = try SyntaxNode(parsing: bytes)
        } catch let error as RegistryError {
            throw RegistryError(.invalidArgument, "The request body can't be read. \(error.message)", cause: error)
        }
        guard case .object = node else {
            throw RegistryError(.invalidArgument, "The request body is not a JSON object.")
        }
        return node
    }
}

/// Gunzips a whole body.
package enum GzipBody {
    /// - Parameters:
    ///   - limit: most bytes of output.
    ///   - hint: what to do about a body over the limit.
    /// - Throws: `invalidArgument` for broken or truncated data, `limitExceeded` when the output grows over the limit.
    package static func decode(_ bytes: [UInt8], limit: Int, hint: String? = nil) throws -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let count = bytes.withUnsafeBufferPointer { cn_gzip_decode($0.baseAddress, $0.count, limit, &output) }
        defer { free(output) }
        if count >= 0, let output { return Array(UnsafeBufferPointer(start: output, count: Int(count))) }
        guard count == Int64(CN_ZLIB_TOO_LARGE) else {
            throw RegistryError(.invalidArgument, "The request body says gzip but is broken or truncated.")
        }
        throw RegistryError(
            .limitExceeded, "The request body is larger than \(limit) bytes when decompressed.", hint: hint)
    }
}
