package import Foundation
package import Store
import Types

extension ModelRegistry {
    /// The file of a stored content, for the engine's own reading. Never shown to a client.
    package func blobFile(_ digest: String) -> URL { artifacts.file(digest) }

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
