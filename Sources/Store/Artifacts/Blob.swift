/// What is known of a file's content: it is kept once, however many versions and stages refer to it.
package struct Blob: Codable, Hashable, Sendable {
    /// SHA-256 in lower-case hex, 64 characters: the content's name in the store.
    package let digest: String
    /// In bytes.
    package let size: Int64

    package init(digest: String, size: Int64) {
        self.digest = digest
        self.size = size
    }
}
