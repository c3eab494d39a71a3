import Crypto
import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Digests and copies of files, in constant memory.
enum FileDigest {
    private static let pieceBytes = 1 << 20

    static func of(_ data: Data) -> String { hex(SHA256.hash(data: data)) }

    /// The whole of a small file.
    static func content(of file: URL) throws -> Data {
        guard access(file.path, R_OK) == 0 else { throw failure("read", file, errno) }
        do { return try Data(contentsOf: file) } catch {
            throw RegistryError(.unavailable, "The file '\(file.path)' can't be read.", cause: error)
        }
    }

    /// The SHA-256 of a file in lower-case hex.
    static func of(_ file: URL) throws -> String { try reading(file, into: nil) }

    /// Copies a file to a place that is free, and gives its digest; on return the copy is on disk.
    ///
    /// - Parameter mode: of the copy, e.g. `0o600`.
    static func copy(_ file: URL, to target: URL, mode: mode_t) throws -> String {
        let descriptor = open(target.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", target, errno) }
        defer { close(descriptor) }
        let digest = try reading(file, into: descriptor)
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw failure("write", target, errno) }
        return digest
    }

    private static func reading(_ file: URL, into target: Int32?) throws -> String {
        let source = open(file.path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw failure("read", file, errno) }
        defer { close(source) }
        var hasher = SHA256()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = read(source, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", file, errno) }
            if count == 0 { break }
            var rest = UnsafeRawBufferPointer(rebasing: piece[..<count])
            hasher.update(bufferPointer: rest)
            while let target, !rest.isEmpty {
                let written = write(target, rest.baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written >= 0 else { throw failure("write the copy of", file, errno) }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
        return hex(hasher.finalize())
    }

    /// Makes a file's or a directory's content survive a power cut.
    static func sync(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", url, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write to disk", url, errno) }
    }

    static func size(_ url: URL) throws -> Int64 {
        var status = stat()
        guard lstat(url.path, &status) == 0 else { throw failure("read", url, errno) }
        return Int64(status.st_size)
    }

    static func failure(_ doing: String, _ url: URL, _ number: Int32) -> RegistryError {
        RegistryError(
            number == ENOENT ? .notFound : .unavailable,
            "Roost could not \(doing) '\(url.path)': \(String(cString: strerror(number)).lowercased()).")
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
