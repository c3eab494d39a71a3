import Crypto
import Types

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The secret that signed URLs are made with: 256 random bits in a file of their own, readable by the owner only.
///
/// Whoever has the key can upload and download anything. Replacing the file makes every URL handed out before void;
/// page tokens too, and the secrets of webhooks, which must then be set again. A plain value, usable from any thread.
package struct SigningKey: Sendable {
    let key: SymmetricKey

    /// Takes a key that the caller made: for tests.
    package init(bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
    }

    /// The HMAC-SHA256 of a text: 32 bytes.
    package func seal(_ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// Reads `<directory>/transfer.key`, or makes it with mode 0600 where it is missing (and the directory with 0700).
    ///
    /// The new file is on disk, under its name, before the key is used. Of two callers at once, both get the same key.
    ///
    /// - Throws: `unavailable` when the file can't be read or written; `corrupt` when it does not hold 32 bytes;
    ///   `failedPrecondition` when others may read it.
    package static func loadOrCreate(in directory: URL) throws -> SigningKey {
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RegistryError(
                .unavailable, "The directory of keys '\(directory.path)' can't be made.", cause: error)
        }
        let path = directory.appendingPathComponent("transfer.key").path
        if let key = try load(path) { return key }
        try create(path)
        guard let key = try load(path) else {
            throw RegistryError(.unavailable, "The key file '\(path)' vanished while it was made.")
        }
        return key
    }

    private static func load(_ path: String) throws -> SigningKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("opened", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examined", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw RegistryError(
                .failedPrecondition, "The key file '\(path)' can be read by other users.",
                hint: "Run: chmod 600 '\(path)', or delete the file to have a new key made.")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure("read", path) }
        guard count == 32 else {
            throw RegistryError(
                .corrupt, "The key file '\(path)' does not hold 32 bytes.", hint: "Delete it to have a new key made.")
        }
        return SigningKey(bytes: Array(bytes.prefix(32)))
    }

    /// Writes a new key beside its place and links it there, which fails when another was first: then that one counts.
    private static func create(_ path: String) throws {
        let draft = "\(path).\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("made", draft) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let written = SymmetricKey(size: .bits256).withUnsafeBytes {
            write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == 32, fsync(descriptor) == 0 else { throw failure("written", draft) }
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure("made", path) }
        let directory = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private static func failure(_ verb: String, _ path: String) -> RegistryError {
        RegistryError(.unavailable, "The key file '\(path)' can't be \(verb): \(String(cString: strerror(errno))).")
    }
}
