import Crypto
import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file on its way into the store: bytes are hashed as they are written, in constant memory.
///
///     let ingest = try artifacts.beginIngest()
///     for try await chunk in body { try chunk.withUnsafeReadableBytes { try ingest.append($0) } }
///     let blob = try ingest.finish()
///
/// Any thread may call, one at a time or not. An ingest that is dropped, aborted or failed leaves nothing behind.
package final class Ingest: Sendable {
    private struct State {
        /// -1 once finished or aborted.
        var descriptor: Int32
        var sha256 = SHA256()
        var size: Int64 = 0
    }

    private let state: Mutex<State>
    private let file: URL
    private let publish: @Sendable (URL, Blob) throws -> Void

    /// - Parameter publish: makes the finished file visible under its digest.
    init(file: URL, publish: @escaping @Sendable (URL, Blob) throws -> Void) throws {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RegistryError.file("create a file for the upload", errno) }
        state = Mutex(State(descriptor: descriptor))
        self.file = file
        self.publish = publish
    }

    deinit { abort() }

    /// Bytes taken so far.
    package var size: Int64 { state.withLock { $0.size } }

    /// Writes and hashes the bytes.
    ///
    /// - Throws: `unavailable` where the disk is full or fails (the ingest is then over), `failedPrecondition` after
    ///   the end.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            try state.withLock { state in
                guard state.descriptor >= 0 else { throw Ingest.over }
                var rest = bytes
                while !rest.isEmpty {
                    let count = write(state.descriptor, rest.baseAddress, rest.count)
                    if count < 0 {
                        if errno == EINTR { continue }
                        throw RegistryError.file("write the uploaded file", errno)
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
                state.sha256.update(bufferPointer: bytes)
                state.size += Int64(bytes.count)
            }
        } catch {
            abort()
            throw error
        }
    }

    /// Writes and hashes the bytes. Throws as ``append(_:)-(UnsafeRawBufferPointer)``.
    package func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Makes the content durable and visible under its digest. On return it survives a power cut.
    ///
    /// - Parameter expected: the SHA-256 in lower-case hex that the content must have, nil for any.
    /// - Throws: as ``append(_:)-(UnsafeRawBufferPointer)``; `invalidValue` for another digest than `expected`. Nothing
    ///   is left then.
    package func finish(expecting expected: String? = nil) throws -> Blob {
        do {
            let blob = try state.withLock { state in
                guard state.descriptor >= 0 else { throw Ingest.over }
                guard fchmod(state.descriptor, 0o444) == 0, fsync(state.descriptor) == 0 else {
                    throw RegistryError.file("write the uploaded file to disk", errno)
                }
                let blob = Blob(digest: state.sha256.finalize().hex, size: state.size)
                guard expected == nil || expected == blob.digest else {
                    throw RegistryError(
                        .invalidValue, "The bytes that arrived do not have the digest that was announced.",
                        hint: "Send the file again.", detail: ["refusal": "digest"])
                }
                close(state.descriptor)
                state.descriptor = -1
                return blob
            }
            do { try publish(file, blob) } catch {
                unlink(file.path)
                throw error
            }
            return blob
        } catch {
            abort()
            throw error
        }
    }

    /// Gives up: the bytes written so far are removed. Without effect after the end.
    package func abort() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            state.descriptor = -1
            unlink(file.path)
        }
    }

    private static let over = RegistryError(.failedPrecondition, "The upload is already finished or given up.")
}
