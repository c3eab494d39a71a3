import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An exclusive lock on a file, which the kernel lets go when the process ends, however it ends.
final class FileLock: Sendable {
    /// The open file, -1 once released.
    private let descriptor: Mutex<Int32>

    /// - Throws: `failedPrecondition` naming the holder's process id where the lock is taken.
    init(file: URL, directory: URL) throws {
        let opened = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw RegistryError(
                .unavailable, "The file '\(file.path)' can't be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FileLock.processID(in: opened).map { " (process \($0))" } ?? ""
            close(opened)
            throw RegistryError(
                .failedPrecondition, "Another server\(holder) uses the data directory '\(directory.path)'.",
                hint: "Stop it first, or name another directory.")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(opened, 0) == 0, pwrite(opened, text, text.count, 0) == text.count else {
            close(opened)
            throw RegistryError(.unavailable, "The file '\(file.path)' can't be written.")
        }
        descriptor = Mutex(opened)
    }

    deinit { release() }

    func release() {
        descriptor.withLock { current in
            if current >= 0 { close(current) }
            current = -1
        }
    }

    /// The process that holds the lock, nil where none does.
    static func holder(of file: URL) -> Int? {
        let opened = open(file.path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        if flock(opened, LOCK_SH | LOCK_NB) == 0 { return nil }
        return processID(in: opened)
    }

    private static func processID(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}
