/// What a signed URL reads or writes: one thing, named by ids that are never given to another.
package enum TransferTarget: Hashable, Sendable {
    /// A file of a stage. The path is relative to the stage, `model/MANIFEST.yml`.
    case stageUpload(stageID: Int64, path: String)
    /// A file of a live version. The path is relative to the version.
    case liveVersionUpload(versionID: Int64, path: String)
    /// A stored content by its digest (SHA-256 in lower-case hex); size in bytes; `name` is what
    /// it is saved as, of which the part after the last slash counts.
    case blobDownload(digest: String, size: Int64, name: String)
    /// A part of an upload in parts, counted from 1. `name` is the file's.
    case uploadPart(uploadID: String, number: Int, name: String)
    /// A part of a query's result, counted from 0.
    case resultChunk(queryID: String, index: Int)

    /// The file's base name, and the last part of the URL.
    package var fileName: String {
        switch self {
        case .stageUpload(_, let path), .liveVersionUpload(_, let path), .blobDownload(_, _, let path),
            .uploadPart(_, _, let path):
            String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
        case .resultChunk(_, let index): "chunk-\(index)"
        }
    }

    /// What a URL for this target may do.
    package var operation: TransferOperation {
        switch self {
        case .stageUpload, .liveVersionUpload, .uploadPart: .put
        case .blobDownload, .resultChunk: .get
        }
    }
}

/// The HTTP method that a signed URL is for. A URL for GET answers HEAD too.
package enum TransferOperation: String, Hashable, Sendable {
    case get = "GET"
    case put = "PUT"
}
