/// What is known of a file's content: it is kept once, however many versions and stages refer to it.
package struct Blob: Codable, Hashable, Sendable {
    /// SHA-256 in lower-case hex, 64 characters: the content's name in the store.
    package let digest: String
    /// MD5 in lower-case hex, 32 characters, which LIST shows. Never used to identify anything.
    package let md5: String
    /// In bytes.
    package let size: Int64

    package init(digest: String, md5: String, size: Int64) {
        self.digest = digest
        self.md5 = md5
        self.size = size
    }
}
