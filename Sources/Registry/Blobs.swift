package import Foundation
package import Store
import Types

extension ModelRegistry {
    /// The file of a stored content, for the engine's own reading. Never shown to a client.
    package func blobFile(_ digest: String) -> URL { artifacts.file(digest) }

    /// The MD5 of each content, by digest, in lower-case hex. What is asked for first is computed then, and kept: few
    /// contents are ever listed, and to hash them all as they come would cost more than all else about them.
    package func md5s(of blobs: [Blob]) throws -> [String: String] {
        let digests = Set(blobs.map(\.digest))
        var found = try catalog.read { reader in
            try Dictionary(uniqueKeysWithValues: digests.compactMap { digest in
                try reader.md5(of: digest).map { (digest, $0) }
            })
        }
        let computed = try digests.subtracting(found.keys).map { ($0, try artifacts.open($0).md5()) }
        guard !computed.isEmpty else { return found }
        try catalog.write { tx in for (digest, md5) in computed { try tx.setMD5(md5, of: digest) } }
        found.merge(computed) { $1 }
        return found
    }

    /// Takes in a file of the server's own making, e.g. what COPY INTO a stage wrote.
    ///
    /// - Throws: `unavailable` where it can't be read or the disk is full.
    package func ingest(_ file: URL) throws -> Blob {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: file)
        } catch {
            throw RegistryError(.unavailable, "A file of the server's own can't be read.", cause: error)
        }
        defer { try? handle.close() }
        let ingest = try artifacts.beginIngest()
        do {
            while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { try ingest.append(Array(data)) }
            return try ingest.finish()
        } catch {
            ingest.abort()
            throw error
        }
    }
}
