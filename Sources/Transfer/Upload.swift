package import NIOCore
package import Store
import Synchronization
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Takes in uploads: bytes to the artifact store first, then the row that makes the file exist.
///
/// Thread-safe. Example, for one PUT request:
/// ```
/// let upload = try uploads.begin(grant, digestHeader: headers["x-goog-meta-sfc-digest"], contentLength: length)
/// for try await chunk in body { try upload.append(chunk) }
/// try upload.finish()
/// ```
package final class Uploads: Sendable {
    private let artifacts: ArtifactStore
    private let maximumBytes: Int64
    private let record: @Sendable (TransferTarget, Blob) throws -> Void

    /// The header with the base64 SHA-256 of the content, lower case.
    /// Source: SNOWFLAKE.md §4, the connector's `gcs_storage_client.py`.
    package static let digestHeader = "x-goog-meta-sfc-digest"

    /// - Parameters:
    ///   - maximumBytes: the largest file accepted.
    ///   - record: makes the file exist in its stage or live version, in one catalog transaction. It is called when
    ///     the content is durable, and refuses where the stage or version is gone or read-only by now.
    package init(
        artifacts: ArtifactStore, maximumBytes: Int64, record: @escaping @Sendable (TransferTarget, Blob) throws -> Void
    ) {
        self.artifacts = artifacts
        self.maximumBytes = maximumBytes
        self.record = record
    }

    /// Starts an upload.
    ///
    /// - Parameters:
    ///   - grant: what ``SignedURL/verify(path:operation:now:)`` gave.
    ///   - digestHeader: the value of ``digestHeader-swift.type.property``, nil or empty where there is none.
    ///   - contentLength: the announced length in bytes, nil where there is none.
    /// - Throws: `invalidArgument` for a digest that is no base64 SHA-256, a wildcard or a target that takes no upload;
    ///   `limitExceeded` for an announced length over the limit; `unavailable` for a full disk.
    package func begin(
        _ grant: SignedURL.Grant, digestHeader: String? = nil, contentLength: Int64? = nil
    ) throws -> Upload {
        guard grant.target.operation == .put else {
            throw RegistryError(.invalidArgument, "This URL is for downloading.")
        }
        let name = grant.target.fileName
        // Clients that find several files behind a wildcard ask for each one's URL. One that does not would put each over
        // the last.
        guard !name.contains(where: { $0 == "*" || $0 == "?" }) else {
            throw RegistryError(
                .invalidArgument, "'\(name.prefix(200))' is a wildcard: this URL takes no file.",
                hint: "Put each file by itself. With write_pandas, leave out bulk_upload_chunks.")
        }
        let limit = min(maximumBytes, grant.maximumBytes ?? .max)
        let digest = try digestHeader.flatMap { $0.isEmpty ? nil : try Self.digest($0) }
        if let contentLength, contentLength > limit { throw Upload.tooLarge(limit) }
        return Upload(
            ingest: try artifacts.beginIngest(), target: grant.target, digest: digest, contentLength: contentLength,
            limit: limit, record: record)
    }

    private static func digest(_ header: String) throws -> String {
        guard let data = Data(base64Encoded: header), data.count == 32 else {
            throw RegistryError(.invalidArgument, "The header \(digestHeader) is no base64 SHA-256.")
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: data.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// One file on its way in: streamed to disk and hashed, in constant memory.
///
/// Calls block on the disk. Any thread may call, one at a time. An upload that is aborted, dropped or failed leaves
/// nothing behind but, at worst, a content that nobody refers to, which collection removes.
package final class Upload: Sendable {
    package let target: TransferTarget
    private let ingest: Ingest
    private let digest: String?
    private let contentLength: Int64?
    private let limit: Int64
    private let record: @Sendable (TransferTarget, Blob) throws -> Void

    init(
        ingest: Ingest, target: TransferTarget, digest: String?, contentLength: Int64?, limit: Int64,
        record: @escaping @Sendable (TransferTarget, Blob) throws -> Void
    ) {
        self.ingest = ingest
        self.target = target
        self.digest = digest
        self.contentLength = contentLength
        self.limit = limit
        self.record = record
    }

    /// Bytes taken so far.
    package var size: Int64 { ingest.size }

    /// Takes the next bytes.
    ///
    /// - Throws: `limitExceeded` when the file becomes too large, `unavailable` for a full disk; it is over then.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard ingest.size + Int64(bytes.count) <= limit else {
            ingest.abort()
            throw Self.tooLarge(limit)
        }
        try ingest.append(bytes)
    }

    /// Takes the next bytes. Throws as ``append(_:)-(UnsafeRawBufferPointer)``.
    package func append(_ buffer: ByteBuffer) throws {
        try buffer.withUnsafeReadableBytes { try append($0) }
    }

    /// Ends the file: the content is durable, then the file exists under its name, replacing one that was there.
    ///
    /// - Throws: `invalidValue` where length or digest are not those announced, with `refusal` in the detail
    ///   (`length`, `digest`): nothing is kept. What recording the file throws, e.g. `notFound` for a dropped stage.
    @discardableResult
    package func finish() throws -> Blob {
        if let contentLength, contentLength != ingest.size {
            let arrived = ingest.size
            ingest.abort()
            throw RegistryError(
                .invalidValue, "The upload was cut off: \(arrived) of \(contentLength) bytes arrived.",
                hint: "Send the file again.", detail: ["refusal": "length"])
        }
        let blob = try ingest.finish(expecting: digest)
        try record(target, blob)
        return blob
    }

    /// Gives up. Without effect after the end.
    package func abort() { ingest.abort() }

    static func tooLarge(_ limit: Int64) -> RegistryError {
        RegistryError(
            .limitExceeded, "The file is larger than \(limit) bytes, the most that can be uploaded.",
            detail: ["limit": "\(limit)"])
    }
}
