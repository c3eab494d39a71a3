import Crypto
import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open content. Reads name their position, so several threads may read at once. Closed with the value.
package final class BlobReader: Sendable {
    private let descriptor: Int32
    /// In bytes.
    package let size: Int64

    init(_ file: URL) throws {
        descriptor = Self.openFile(file.path)
        guard descriptor >= 0 else { throw RegistryError.file("open the stored file", errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw RegistryError.file("read the stored file", errno)
        }
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads up to `count` bytes from `offset` on: fewer only at the end of the content.
    package func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized,
                    off_t(offset) + off_t(initialized))
                if got < 0 {
                    if errno == EINTR { continue }
                    throw RegistryError.file("read the stored file", errno)
                }
                if got == 0 { return }
                initialized += got
            }
        }
    }

    /// The MD5 of the content in lower-case hex. Reads all of it.
    package func md5() throws -> String {
        var hasher = Insecure.MD5()
        var offset: Int64 = 0
        while offset < size {
            let bytes = try read(at: offset, count: Int(min(1 << 20, size - offset)))
            guard !bytes.isEmpty else {
                throw RegistryError(.corrupt, "A stored file is shorter than it was when it was opened.")
            }
            hasher.update(data: bytes)
            offset += Int64(bytes.count)
        }
        return hasher.finalize().hex
    }

    private static func openFile(_ path: String) -> Int32 { open(path, O_RDONLY | O_CLOEXEC) }
}
