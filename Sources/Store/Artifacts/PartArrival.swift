import Crypto
import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A part of an upload that is whole.
struct MultipartPart: Hashable, Sendable {
    let number: Int
    /// Where it begins in the file, nil for a last part whose place is not known yet.
    var offset: Int64?
    /// In bytes.
    let size: Int64
    /// SHA-256 in lower-case hex: its ETag.
    let digest: String
    /// Whether its bytes are known to be those of the digest: they came in this process, or were read since.
    var isVerified = false

    /// The name of the empty file that notes it: `part-3-2048-1024-<digest>`.
    var fileName: String { "part-\(number)-\(offset.map(String.init) ?? "aside")-\(size)-\(digest)" }

    init(number: Int, offset: Int64?, size: Int64, digest: String, isVerified: Bool) {
        (self.number, self.offset, self.size, self.digest) = (number, offset, size, digest)
        self.isVerified = isVerified
    }

    init?(fileName: String) {
        let words = fileName.split(separator: "-").map(String.init)
        guard words.count == 5, words[0] == "part", let number = Int(words[1]), let size = Int64(words[3]) else {
            return nil
        }
        let offset = Int64(words[2])
        guard offset != nil || words[2] == "aside" else { return nil }
        self.init(number: number, offset: offset, size: size, digest: words[4], isVerified: false)
    }
}

/// An open file that is written at any place.
final class PartFile: Sendable {
    private let descriptor: Int32

    init(_ file: URL) throws {
        descriptor = open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RegistryError.file("create a file for the upload", errno) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var rest = bytes
        var position = off_t(offset)
        while !rest.isEmpty {
            let count = pwrite(descriptor, rest.baseAddress, rest.count, position)
            if count < 0 {
                if errno == EINTR { continue }
                throw RegistryError.file("write the uploaded file", errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            position += off_t(count)
        }
    }
}

/// A part on its way in: written where it belongs and hashed, in constant memory. Any thread may call, one at a time.
/// One that is dropped, aborted or failed has not come: the part is missing then.
package final class PartArrival: Sendable {
    private struct State {
        var sha256 = SHA256()
        var size: Int64 = 0
        var isOver = false
    }

    private let upload: MultipartUpload
    private let number: Int
    private let length: Int64
    private let offset: Int64?
    private let file: PartFile
    private let state = Mutex(State())

    init(upload: MultipartUpload, number: Int, length: Int64, offset: Int64?, file: URL) throws {
        (self.upload, self.number, self.length, self.offset) = (upload, number, length, offset)
        self.file = try PartFile(file)
    }

    deinit { abort() }

    /// Writes and hashes the next bytes.
    ///
    /// - Throws: `invalidValue` for more bytes than were announced, `unavailable` for a full disk.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state in
            guard !state.isOver else {
                throw RegistryError(.failedPrecondition, "The part is already whole or given up.")
            }
            guard state.size + Int64(bytes.count) <= length else { throw cutOff(state.size + Int64(bytes.count)) }
            try file.write(bytes, at: (offset ?? 0) + state.size)
            state.sha256.update(bufferPointer: bytes)
            state.size += Int64(bytes.count)
        }
    }

    /// Ends the part.
    ///
    /// - Returns: its ETag without quotes: the SHA-256 in lower-case hex.
    /// - Throws: `invalidValue` for fewer bytes than were announced.
    package func finish() throws -> String {
        let part = try state.withLock { state in
            guard !state.isOver else {
                throw RegistryError(.failedPrecondition, "The part is already whole or given up.")
            }
            guard state.size == length else { throw cutOff(state.size) }
            state.isOver = true
            return MultipartPart(
                number: number, offset: offset, size: length, digest: state.sha256.finalize().hex, isVerified: true)
        }
        defer { upload.ended(number) }
        try upload.arrived(part)
        return part.digest
    }

    /// Gives up. Without effect after the end.
    package func abort() {
        let wasOver = state.withLock { state in
            defer { state.isOver = true }
            return state.isOver
        }
        if !wasOver { upload.ended(number) }
    }

    private func cutOff(_ arrived: Int64) -> RegistryError {
        RegistryError(
            .invalidValue, "Part \(number) was announced with \(length) bytes; \(arrived) arrived.",
            hint: "Send the part again.", detail: ["refusal": "length"])
    }
}
