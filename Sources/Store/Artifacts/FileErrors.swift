import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension RegistryError {
    /// The error of a failed system call on the artifact store's files.
    ///
    /// - Parameter doing: what was tried, after "could not", e.g. `write the uploaded file`.
    static func file(_ doing: String, _ number: Int32) -> RegistryError {
        switch number {
        case ENOSPC, EDQUOT:
            RegistryError(
                .unavailable, "The server could not \(doing): disk is full.",
                hint: "Free space on the data directory's disk and try again.", detail: ["errno": "\(number)"])
        case ENOENT:
            RegistryError(.notFound, "The server could not \(doing): no such file.", detail: ["errno": "\(number)"])
        default:
            RegistryError(
                .unavailable, "The server could not \(doing): \(String(cString: strerror(number))).",
                detail: ["errno": "\(number)"])
        }
    }
}

/// Makes a directory's entries (a rename, a new link) survive a power cut.
func syncDirectory(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw RegistryError.file("open a directory", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw RegistryError.file("write a directory to disk", errno) }
}
