package import NIOCore
package import Store
import Types

/// A stored content on its way out, whole or in part.
///
/// A plain value over an open file; reads block, any thread may call, several at once.
/// ```
/// let download = try Download(grant.target, range: headers["range"], from: artifacts)
/// var offset = download.range.lowerBound
/// while let chunk = try download.chunk(at: offset) { write(chunk); offset += Int64(chunk.readableBytes) }
/// ```
package struct Download: Sendable {
    /// The size of the whole content in bytes.
    package let size: Int64
    /// The bytes to send, in `0..<size`.
    package let range: Range<Int64>
    /// Whether only a part was asked for: the answer is 206 with ``contentRange``.
    package let isPartial: Bool
    /// The entity tag, in its quotes: the digest.
    package let etag: String
    package let fileName: String
    private let reader: BlobReader

    /// What the content is: always bytes to be saved, whatever they look like to a browser.
    package let contentType = "application/octet-stream"

    /// Most bytes of one chunk.
    package static let chunkLength = 512 * 1024

    /// - Parameters:
    ///   - target: a ``TransferTarget/blobDownload(digest:size:name:)``.
    ///   - range: the Range header, nil where there is none.
    ///   - ifRange: the If-Range header: the range counts only where it is this content's ``etag``.
    /// - Throws: `notFound` where the content is not there (any more); `invalidArgument` for another target;
    ///   `invalidValue` with `refusal` = `range` in the detail for a range outside the content (HTTP 416);
    ///   `corrupt` where the stored file has not the size that the catalog says.
    package init(
        _ target: TransferTarget, range header: String? = nil, ifRange: String? = nil, from artifacts: ArtifactStore
    ) throws {
        guard case .blobDownload(let digest, let size, _) = target else {
            throw RegistryError(.invalidArgument, "This URL is not for downloading a file.")
        }
        reader = try artifacts.open(digest)
        guard reader.size == size else {
            throw RegistryError(.corrupt, "The stored file has \(reader.size) bytes and not \(size).")
        }
        self.size = size
        etag = "\"\(digest)\""
        fileName = target.fileName
        let asked = ifRange == nil || ifRange == etag ? header : nil
        switch ByteRange(header: asked, size: size) {
        case .whole:
            range = 0..<size
            isPartial = false
        case .part(let part):
            range = part
            isPartial = true
        case .unsatisfiable:
            throw RegistryError(
                .invalidValue, "The range is outside the file's \(size) bytes.",
                detail: ["refusal": "range", "contentRange": "bytes */\(size)"])
        }
    }

    /// How many bytes are sent.
    package var contentLength: Int64 { Int64(range.count) }

    /// The Content-Range header of a partial answer, nil for a whole one.
    package var contentRange: String? {
        isPartial ? "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" : nil
    }

    /// The next bytes from `offset` on, at most ``chunkLength``; nil at the end of the range.
    ///
    /// - Throws: `corrupt` where the file ends too early, `unavailable` where it can't be read.
    package func chunk(at offset: Int64) throws -> ByteBuffer? {
        guard range.contains(offset) else { return nil }
        let wanted = Int(min(Int64(Self.chunkLength), range.upperBound - offset))
        let bytes = try reader.read(at: offset, count: wanted)
        guard bytes.count == wanted else { throw RegistryError(.corrupt, "The stored file ends too early.") }
        return ByteBuffer(bytes: bytes)
    }
}
