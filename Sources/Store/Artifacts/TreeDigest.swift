import Crypto
import Foundation

extension Blob {
    /// One digest for a whole tree of files: SHA-256, in hex, over the sorted paths and their contents' digests.
    package static func treeDigest(_ files: [FileRow]) -> String {
        var hasher = SHA256()
        for file in files.sorted(by: { $0.path < $1.path }) {
            hasher.update(data: Data("\(file.path)\0\(file.blob.digest)\n".utf8))
        }
        return hasher.finalize().hex
    }
}
