package import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// File contents by digest, in `blobs/sha256/<first two digits>/<digest>`.
///
/// A content is either wholly there or not at all: it arrives in `blobs/incoming/` and is renamed when it is complete
/// and on disk. Contents never change; a second arrival of the same bytes keeps the first file. What the catalog does
/// not refer to is removed by ``collect(olderThan:isReferenced:)``. All methods block and may run on any thread.
package final class ArtifactStore: Sendable {
    private let root: URL
    private let incoming: URL
    /// Keeps collection from removing a file that an ingest has just found there.
    private let publishing = Mutex(())
    /// Held while contents are collected, and by whoever needs that they are not.
    private let collecting = Mutex(())

    /// - Parameter directory: the data directory's `blobs`.
    package init(directory: URL) throws {
        root = directory.appending(path: "sha256")
        incoming = directory.appending(path: "incoming")
        for url in [root, incoming] {
            do {
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            } catch {
                throw RegistryError(.unavailable, "The directory '\(url.path)' can't be created.", cause: error)
            }
        }
    }

    /// Starts taking in a file.
    ///
    /// - Throws: `unavailable` where the disk is full or fails.
    package func beginIngest() throws -> Ingest {
        try Ingest(file: incoming.appending(path: UUID().uuidString)) { [self] file, blob in
            try publish(file, blob)
        }
    }

    /// Takes in a small content at once.
    package func ingest(_ bytes: [UInt8]) throws -> Blob {
        let ingest = try beginIngest()
        try ingest.append(bytes)
        return try ingest.finish()
    }

    /// Where the content lies, whether it is there or not. The file is read-only.
    ///
    /// - Parameter digest: SHA-256 in lower-case hex, as the catalog holds it.
    package func file(_ digest: String) -> URL {
        root.appending(path: "\(digest.prefix(2))").appending(path: digest)
    }

    package func contains(_ digest: String) -> Bool {
        access(file(digest).path, F_OK) == 0
    }

    /// Opens a content for reading.
    ///
    /// - Throws: `notFound` where it is not there.
    package func open(_ digest: String) throws -> BlobReader {
        try BlobReader(file(digest))
    }

    /// The whole of a small content.
    ///
    /// - Throws: `notFound` where it is not there, `limitExceeded` where it is larger than `limit` bytes.
    package func bytes(_ digest: String, limit: Int) throws -> [UInt8] {
        let reader = try open(digest)
        guard reader.size <= limit else {
            throw RegistryError(
                .limitExceeded, "The file has \(reader.size) bytes; at most \(limit) can be read at once.")
        }
        return try reader.read(at: 0, count: Int(reader.size))
    }

    /// Where something that is arriving lies.
    func arrival(_ name: String) -> URL { incoming.appending(path: name) }

    /// Makes a whole and durable file visible under its digest; it is moved, or removed where that is there.
    func publish(_ file: URL, _ blob: Blob) throws {
        let target = self.file(blob.digest)
        let directory = target.deletingLastPathComponent()
        try publishing.withLock { _ in
            if access(target.path, F_OK) == 0 {
                guard utimensat(AT_FDCWD, target.path, nil, 0) == 0 else {
                    throw RegistryError.file("renew a stored file", errno)
                }
                unlink(file.path)
                return
            }
            if mkdir(directory.path, 0o755) == 0 {
                try syncDirectory(root)
            } else if errno != EEXIST {
                throw RegistryError.file("create a directory for the upload", errno)
            }
            guard rename(file.path, target.path) == 0 else {
                throw RegistryError.file("store the uploaded file", errno)
            }
            try syncDirectory(directory)
        }
    }
}

extension ArtifactStore {
    /// Runs `body` while nobody else collects contents, or relies on their not being collected. Never nested.
    package func holdingCollection<Value>(_ body: () throws -> Value) rethrows -> Value {
        try collecting.withLock { _ in try body() }
    }

    /// What a collection removed.
    package struct Collected: Hashable, Sendable {
        package var files = 0
        package var bytes: Int64 = 0
    }

    /// Removes contents that nobody refers to and arrivals that never ended.
    ///
    /// - Parameters:
    ///   - cutoff: milliseconds since 1970; what was written or found again since then is left alone, so that a content
    ///     whose catalog row is still to come is safe.
    ///   - isDryRun: whether nothing is removed, only counted.
    ///   - isReferenced: whether the catalog refers to the digest.
    package func collect(
        olderThan cutoff: Int64, isDryRun: Bool = false, isReferenced: (String) throws -> Bool
    ) throws -> Collected {
        var collected = Collected()
        func remove(_ url: URL) { self.remove(url, olderThan: cutoff, isDryRun: isDryRun, into: &collected) }
        for name in names(in: incoming) {
            let url = incoming.appending(path: name)
            if names(in: url).isEmpty {
                remove(url)
            } else {
                removeParts(url, olderThan: cutoff, isDryRun: isDryRun, into: &collected)
            }
        }
        for directory in names(in: root) {
            for digest in names(in: root.appending(path: directory)) where try !isReferenced(digest) {
                publishing.withLock { _ in remove(file(digest)) }
            }
        }
        return collected
    }

    /// Removes an upload in parts to which nothing has come for a while.
    private func removeParts(_ url: URL, olderThan cutoff: Int64, isDryRun: Bool, into collected: inout Collected) {
        let files = names(in: url).map { Self.status(url.appending(path: $0)) } + [Self.status(url)]
        guard let newest = files.compactMap({ $0?.modified }).max(), newest < cutoff else { return }
        if !isDryRun { Self.removeArrival(url) }
        collected.files += 1
        collected.bytes += files.dropLast().reduce(0) { $0 + ($1?.size ?? 0) }
    }

    /// Removes the directory of an upload in parts. What can't be removed now goes with the next collection.
    static func removeArrival(_ url: URL) {
        try? FileManager.default.removeItem(at: url)
    }

    private func names(in directory: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    }

    private func remove(_ url: URL, olderThan cutoff: Int64, isDryRun: Bool, into collected: inout Collected) {
        guard let status = Self.status(url), status.modified < cutoff, isDryRun || unlink(url.path) == 0
        else { return }
        collected.files += 1
        collected.bytes += status.size
    }

    /// When a file was last written, in milliseconds since 1970, and its size in bytes.
    private static func status(_ url: URL) -> (modified: Int64, size: Int64)? {
        var status = stat()
        guard lstat(url.path, &status) == 0 else { return nil }
        #if canImport(Glibc)
            let modified = status.st_mtim
        #else
            let modified = status.st_mtimespec
        #endif
        return (Int64(modified.tv_sec) * 1000 + Int64(modified.tv_nsec) / 1_000_000, Int64(status.st_size))
    }
}
