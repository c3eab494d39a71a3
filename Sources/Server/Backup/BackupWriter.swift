import Foundation
import Store
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a backup of a data directory: into a hidden directory beside its place, which is renamed when all is on disk.
///
/// File contents never change, so that a backup on the same disk shares them with the data directory by hard links; on
/// another disk they are copied, and their digests are seen. What is made again by itself is left out: trees of versions,
/// built environments, results.
struct BackupWriter {
    /// What a finished backup is told by.
    struct Summary: Codable, Sendable {
        var path: String
        var files: Int
        var bytes: Int64
        /// Bytes that were written, for those that are not shared by links.
        var copiedBytes: Int64
        var seconds: Double
    }

    private let data: URL
    private let target: URL
    private let partial: URL
    private let isCancelled: () -> Bool
    private let started = Date()
    private var sums: [(path: String, digest: String)] = []
    private var bytes: Int64 = 0
    private var copiedBytes: Int64 = 0

    /// - Parameters:
    ///   - data: the data directory.
    ///   - target: where the backup is to be; must be free, the directory around it is made.
    /// - Throws: `alreadyExists` for a target that is there.
    init(of data: URL, to target: URL, isCancelled: @escaping () -> Bool = { false }) throws {
        self.data = data
        self.target = target
        self.isCancelled = isCancelled
        let around = target.deletingLastPathComponent()
        guard access(target.path, F_OK) != 0 else {
            throw RegistryError(
                .alreadyExists, "The backup '\(target.path)' already exists.", hint: "Take another name.")
        }
        partial = around.appending(path: ".\(target.lastPathComponent).\(UUID().uuidString).partial")
        do {
            try FileManager.default.createDirectory(
                at: around, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RegistryError(.unavailable, "The directory '\(around.path)' can't be created.", cause: error)
        }
        BackupWriter.removeLeftovers(in: around)
        try BackupWriter.make(partial)
    }

    /// Where the catalog's copy is to be written.
    var catalog: URL { partial.appending(path: "catalog.sqlite") }

    /// The place for what a step makes, emptied with the backup's own directory when it fails.
    var root: URL { partial }

    /// Removes what was written so far.
    func abandon() { try? FileManager.default.removeItem(at: partial) }

    /// Takes in the contents that the catalog's copy knows. Nothing may be collected meanwhile.
    mutating func takeBlobs() throws {
        try CatalogFile.check(catalog)
        for (digest, size) in try CatalogFile.blobs(in: catalog) {
            try checkCancelled()
            let path = "blobs/sha256/\(digest.prefix(2))/\(digest)"
            let source = data.appending(path: path)
            let copy = try place(path)
            guard try FileDigest.size(source) == size else {
                throw RegistryError(.corrupt, "The stored file '\(source.path)' has not the \(size) bytes that it had.")
            }
            if link(source.path, copy.path) != 0 {
                guard try FileDigest.copy(source, to: copy, mode: 0o444) == digest else {
                    throw RegistryError(.corrupt, "The stored file '\(source.path)' has not the digest in its name.")
                }
                copiedBytes += size
            }
            sums.append((path, digest))
            bytes += size
        }
    }

    /// Takes in all files of a directory under a path of the backup.
    ///
    /// - Parameter mode: of the copies.
    mutating func take(directory: URL, as path: String, mode: mode_t = 0o600) throws {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory.path) } catch {
            throw RegistryError(.unavailable, "The directory '\(directory.path)' can't be read.", cause: error)
        }
        for name in names.sorted() {
            try take(file: directory.appending(path: name), as: "\(path)/\(name)", mode: mode)
        }
    }

    mutating func take(file: URL, as path: String, mode: mode_t = 0o600) throws {
        try checkCancelled()
        let copy = try place(path)
        sums.append((path, try FileDigest.copy(file, to: copy, mode: mode)))
        let size = try FileDigest.size(copy)
        bytes += size
        copiedBytes += size
    }

    /// Writes the lists, brings everything to disk, and gives the backup its name.
    mutating func finish() throws -> Summary {
        try FileDigest.sync(catalog)
        sums.append(("catalog.sqlite", try FileDigest.of(catalog)))
        bytes += try FileDigest.size(catalog)
        copiedBytes += try FileDigest.size(catalog)
        let list = Data(sums.sorted { $0.path < $1.path }.map { "\($0.digest)  \($0.path)\n" }.joined().utf8)
        try write(list, as: BackupManifest.sumsFile)
        let manifest = BackupManifest(
            roost: RoostServer.version, taken: started.ISO8601Format(), files: sums.count, bytes: bytes,
            sums: FileDigest.of(list))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try write(try encoder.encode(manifest), as: BackupManifest.file)
        for directory in made.sorted() { try FileDigest.sync(partial.appending(path: directory)) }
        try FileDigest.sync(partial)
        try checkCancelled()
        guard rename(partial.path, target.path) == 0 else {
            throw FileDigest.failure("finish the backup", target, errno)
        }
        try FileDigest.sync(target.deletingLastPathComponent())
        return Summary(
            path: target.path, files: sums.count, bytes: bytes, copiedBytes: copiedBytes,
            seconds: (Date().timeIntervalSince(started) * 1000).rounded() / 1000)
    }

    /// Directories of the backup that are there.
    private var made: Set<String> = []

    private mutating func place(_ path: String) throws -> URL {
        var parts = path.split(separator: "/").map(String.init)
        parts.removeLast()
        for count in parts.indices {
            let directory = parts[...count].joined(separator: "/")
            if made.insert(directory).inserted { try BackupWriter.make(partial.appending(path: directory)) }
        }
        return partial.appending(path: path)
    }

    private func write(_ content: Data, as name: String) throws {
        let file = partial.appending(path: name)
        guard
            FileManager.default.createFile(atPath: file.path, contents: content, attributes: [.posixPermissions: 0o600])
        else { throw RegistryError(.unavailable, "The file '\(file.path)' can't be written.") }
        try FileDigest.sync(file)
    }

    private func checkCancelled() throws {
        if isCancelled() { throw RegistryError(.cancelled, "The backup was cancelled; nothing of it stays.") }
    }

    static func make(_ url: URL) throws {
        guard mkdir(url.path, 0o700) == 0 || errno == EEXIST else { throw FileDigest.failure("make", url, errno) }
    }

    /// Whether a name is one that a backup has before it is whole, `.<name>.<UUID>.partial`: others may lie beside it.
    static func isPartial(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 4 && parts.first == "" && parts.last == "partial"
            && UUID(uuidString: String(parts[parts.count - 2])) != nil
    }

    /// Removes what backups that were cut off left a day ago or earlier.
    private static func removeLeftovers(in directory: URL) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        where isPartial(name) {
            let url = directory.appending(path: name)
            let made = try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            if let made, Date().timeIntervalSince(made) > 86_400 { try? FileManager.default.removeItem(at: url) }
        }
    }
}
