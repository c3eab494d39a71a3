import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The uploads in parts that are on their way: begun, found again by their id, also after a restart.
///
/// An upload is a directory in the store's `incoming/`, so that one that is never ended is collected as every other
/// arrival is. All methods block; any thread may call.
package final class MultipartUploads: Sendable {
    private let artifacts: ArtifactStore
    private let maximumBytes: Int64
    private let open = Mutex<[String: MultipartUpload]>([:])

    /// Most parts of one upload. Source: S3's limit, which clients keep to.
    package static let maximumParts = 10_000

    /// - Parameter maximumBytes: the largest file accepted.
    package init(artifacts: ArtifactStore, maximumBytes: Int64) {
        self.artifacts = artifacts
        self.maximumBytes = maximumBytes
    }

    /// Begins an upload.
    ///
    /// - Parameters:
    ///   - place: what the file will be, in the caller's words; ``find(_:place:)`` asks for the same.
    ///   - parts: how many parts will come.
    /// - Throws: `invalidArgument` for a number outside 1...``maximumParts``, `unavailable` for a full disk.
    package func begin(place: String, parts: Int) throws -> MultipartUpload {
        guard (1...Self.maximumParts).contains(parts) else {
            throw RegistryError(
                .invalidArgument, "num_parts is \(parts): 1 to \(Self.maximumParts) are expected.",
                hint: "Send larger parts (MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE).")
        }
        let id = UUID().uuidString
        let upload = try MultipartUpload(
            beginning: id, plan: .init(place: place, parts: parts), in: artifacts.arrival(id),
            maximumBytes: maximumBytes)
        open.withLock { open in
            open = open.filter { $0.value.isThere }
            open[id] = upload
        }
        return upload
    }

    /// The upload of the id.
    ///
    /// - Parameter place: that of its beginning; nil where a signed URL has vouched for the id.
    /// - Throws: `notFound` where there is none (any more), or it is of another place.
    package func find(_ id: String, place: String? = nil) throws -> MultipartUpload {
        let missing = RegistryError(
            .notFound, "There is no upload '\(id.prefix(80))' on its way to this path.",
            hint: "It was completed, aborted or collected: begin the upload again.", detail: ["refusal": "upload"])
        guard UUID(uuidString: id)?.uuidString == id else { throw missing }
        let upload = try open.withLock { open -> MultipartUpload? in
            if let upload = open[id], upload.isThere { return upload }
            open[id] = nil
            guard
                let found = try MultipartUpload(
                    resuming: id, in: artifacts.arrival(id), maximumBytes: maximumBytes)
            else { return nil }
            open[id] = found
            return found
        }
        guard let upload, place == nil || upload.plan.place == place else { throw missing }
        return upload
    }

    /// Puts the parts together: the content is durable and stands under its digest, as of any other upload.
    ///
    /// Asked for again with the same parts, it does what is left of it, and nothing when all is done.
    ///
    /// - Parameters:
    ///   - parts: number and ETag of each, as the parts' answers had them.
    ///   - record: makes the catalog know of the file.
    /// - Throws: `invalidArgument` for another list than that of the parts that came; nothing is changed then.
    @discardableResult
    package func complete(
        _ upload: MultipartUpload, parts: [(number: Int, etag: String)], record: (Blob) throws -> Void = { _ in }
    ) throws -> Blob {
        let (blob, isRecorded) = try upload.complete(parts) { try artifacts.publish($0, $1) }
        if !isRecorded {
            try record(blob)
            try upload.noteRecorded()
        }
        open.withLock { $0[upload.id] = nil }
        return blob
    }

    /// Gives an upload up: its parts are removed. Once more changes nothing.
    ///
    /// - Throws: `notFound` for one that is completed.
    package func abort(_ upload: MultipartUpload) throws {
        try upload.abort()
        open.withLock { $0[upload.id] = nil }
    }
}
