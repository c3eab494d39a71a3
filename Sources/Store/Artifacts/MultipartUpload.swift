import Crypto
import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One file that comes in parts, in any order and several at once: each is written where it belongs, once.
///
/// All parts but the last have one size, which the first of them to come settles; so a part's place is known when it
/// begins. What has come without a gap is hashed as it comes, so that completing has little left to do. A part may be
/// sent again until then, and replaces what came before.
///
/// The directory holds `plan`, `data`, `last` (a last part that came before its place was known) and one empty file for
/// each part that is whole, whose name says what it is: the server may be stopped and started in between. When the upload
/// is over, `plan` and ``MultipartEnd`` stay.
package final class MultipartUpload: Sendable {
    /// What was said at the beginning.
    package struct Plan: Codable, Hashable, Sendable {
        /// What the file will be, in the caller's words.
        package let place: String
        /// How many parts will come.
        package let parts: Int
    }

    package let id: String
    package let plan: Plan
    private let directory: URL
    private let maximumBytes: Int64
    private let state: Mutex<State>

    private struct State {
        /// Of all parts but the last, once one of them has begun.
        var partSize: Int64?
        var parts: [Int: MultipartPart] = [:]
        var arriving: Set<Int> = []
        var front = HashFront()
        var isHashing = false
        var isCompleting = false
        var end: MultipartEnd?
        var isOver: Bool { end != nil }
    }

    /// How far the parts are hashed.
    private struct HashFront {
        var sha256 = SHA256()
        var parts = 0
        var size: Int64 = 0
        /// Another one after each new start.
        var generation = 0
    }

    init(beginning id: String, plan: Plan, in directory: URL, maximumBytes: Int64) throws {
        (self.id, self.plan, self.directory, self.maximumBytes) = (id, plan, directory, maximumBytes)
        state = Mutex(State())
        guard mkdir(directory.path, 0o700) == 0 else { throw RegistryError.file("begin an upload in parts", errno) }
        do {
            try JSONEncoder().encode(plan).write(to: directory.appending(path: "plan"))
        } catch {
            remove()
            throw RegistryError(.unavailable, "The server could not begin an upload in parts.", cause: error)
        }
    }

    /// Nil where there is no such upload.
    init?(resuming id: String, in directory: URL, maximumBytes: Int64) throws {
        let plan = directory.appending(path: "plan")
        guard access(plan.path, F_OK) == 0 else { return nil }
        let names: [String]
        let end: MultipartEnd?
        do {
            self.plan = try JSONDecoder().decode(Plan.self, from: Data(contentsOf: plan))
            end = try MultipartEnd.read(in: directory)
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        } catch {
            throw RegistryError(.unavailable, "The server could not read an upload in parts.", cause: error)
        }
        (self.id, self.directory, self.maximumBytes) = (id, directory, maximumBytes)
        var state = State()
        state.end = end
        for part in names.compactMap(MultipartPart.init(fileName:)) {
            state.parts[part.number] = part
            if part.number < self.plan.parts { state.partSize = part.size }
        }
        if state.partSize == nil, let last = state.parts[self.plan.parts], let offset = last.offset, offset > 0 {
            state.partSize = offset / Int64(self.plan.parts - 1)
        }
        self.state = Mutex(state)
    }

    /// Whether it is neither over nor collected.
    var isThere: Bool { !state.withLock { $0.isOver } && access(directory.path, F_OK) == 0 }

    private var over: RegistryError {
        RegistryError(
            .notFound, "The upload is completed, aborted or collected.", hint: "Begin it again.",
            detail: ["refusal": "upload"])
    }

    // MARK: Parts

    /// Starts taking in a part.
    ///
    /// - Parameters:
    ///   - number: from 1 on.
    ///   - length: its announced length in bytes.
    /// - Throws: `invalidValue` for a length that does not fit the parts before, `limitExceeded` for a file that would be
    ///   too large, `failedPrecondition` while the same part comes already or the file is being put together.
    package func beginPart(_ number: Int, length: Int64) throws -> PartArrival {
        let (offset, old) = try state.withLock { state -> (Int64?, MultipartPart?) in
            guard !state.isOver else { throw over }
            guard (1...plan.parts).contains(number) else {
                throw RegistryError(.invalidArgument, "There is no part \(number): the upload has \(plan.parts) parts.")
            }
            guard !state.isCompleting else {
                throw RegistryError(.failedPrecondition, "The upload is being completed: no part can come any more.")
            }
            guard !state.arriving.contains(number) else {
                throw RegistryError(
                    .failedPrecondition, "Part \(number) is arriving already.",
                    hint: "Send it again when that request has ended.")
            }
            let offset = try place(number, length, &state)
            state.arriving.insert(number)
            let old = state.parts.removeValue(forKey: number)
            if number <= state.front.parts + (state.isHashing ? 1 : 0) {
                state.front = HashFront(generation: state.front.generation + 1)
            }
            return (offset, old)
        }
        do {
            if let old, unlink(directory.appending(path: old.fileName).path) != 0, errno != ENOENT {
                throw RegistryError.file("replace a part of the upload", errno)
            }
            let file = directory.appending(path: offset == nil ? "last" : "data")
            return try PartArrival(upload: self, number: number, length: length, offset: offset, file: file)
        } catch {
            state.withLock { _ = $0.arriving.remove(number) }
            throw access(directory.path, F_OK) == 0 ? error : over
        }
    }

    /// Where a part of this length begins, nil where that is not known yet.
    private func place(_ number: Int, _ length: Int64, _ state: inout State) throws -> Int64? {
        func refuse(_ text: String) -> RegistryError {
            RegistryError(
                .invalidValue, text, hint: "All parts but the last have one size, and the last is not larger.",
                detail: ["refusal": "length"])
        }
        let tooLarge = RegistryError(
            .limitExceeded, "The file is larger than \(maximumBytes) bytes, the most that can be uploaded.",
            hint: "The limit is the setting 'upload-limit'.", detail: ["limit": "\(maximumBytes)"])
        let before = Int64(plan.parts - 1)
        if plan.parts == 1 {
            guard length <= maximumBytes else { throw tooLarge }
            return 0
        }
        guard length > 0 else { throw refuse("Part \(number) is empty.") }
        guard length <= maximumBytes / before else { throw tooLarge }
        if number == plan.parts {
            guard let size = state.partSize else { return nil }
            guard length <= size else {
                throw refuse("Part \(number), the last, has \(length) bytes; the parts before it have \(size) each.")
            }
            guard before * size + length <= maximumBytes else { throw tooLarge }
            return before * size
        }
        if let size = state.partSize, size != length {
            throw refuse("Part \(number) has \(length) bytes; the parts that came before have \(size) each.")
        }
        if let last = state.parts[plan.parts], last.size > length {
            throw refuse("Part \(number) has \(length) bytes and the last one \(last.size).")
        }
        state.partSize = length
        return Int64(number - 1) * length
    }

    /// A part is whole.
    func arrived(_ part: MultipartPart) throws {
        let marker = directory.appending(path: part.fileName)
        let descriptor = open(marker.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? over : RegistryError.file("note a part of the upload", errno)
        }
        close(descriptor)
        try state.withLock { state in
            guard !state.isOver else { throw over }
            state.parts[part.number] = part
        }
        try hash()
    }

    /// A part has ended, whole or not.
    func ended(_ number: Int) { state.withLock { _ = $0.arriving.remove(number) } }

    // MARK: Hashing

    /// Hashes what has come without a gap, unless another thread does.
    private func hash() throws {
        while let (part, front) = state.withLock({ state -> (MultipartPart, HashFront)? in
            guard !state.isHashing, !state.isOver, let part = state.parts[state.front.parts + 1], part.offset != nil
            else { return nil }
            state.isHashing = true
            return (part, state.front)
        }) {
            let moved = Result { try hash(part, front) }
            try state.withLock { state in
                state.isHashing = false
                guard state.front.generation == front.generation else { return }
                state.front = try moved.get()
                state.parts[part.number]?.isVerified = true
            }
        }
    }

    private func hash(_ part: MultipartPart, _ front: HashFront) throws -> HashFront {
        var front = front
        var own = SHA256()
        let reader = try BlobReader(directory.appending(path: "data"))
        var position = part.offset ?? 0
        let end = position + part.size
        while position < end {
            let bytes = try reader.read(at: position, count: Int(min(1 << 20, end - position)))
            guard !bytes.isEmpty else { break }
            bytes.withUnsafeBytes { buffer in
                front.sha256.update(bufferPointer: buffer)
                if !part.isVerified { own.update(bufferPointer: buffer) }
            }
            position += Int64(bytes.count)
        }
        guard position == end, part.isVerified || own.finalize().hex == part.digest else {
            // A power cut may have kept the note of a part and not its bytes.
            try lose(part)
            throw RegistryError(
                .failedPrecondition, "Part \(part.number) is damaged.", hint: "Send it again, then complete the upload."
            )
        }
        front.parts += 1
        front.size += part.size
        return front
    }

    private func lose(_ part: MultipartPart) throws {
        guard unlink(directory.appending(path: part.fileName).path) == 0 || errno == ENOENT else {
            throw RegistryError.file("remove a damaged part of the upload", errno)
        }
        state.withLock { _ = $0.parts.removeValue(forKey: part.number) }
    }

    // MARK: The end

    /// Puts the parts together, or gives what that gave before.
    ///
    /// - Returns: the content, and whether ``noteRecorded()`` was called for it.
    func complete(
        _ given: [(number: Int, etag: String)], publish: (URL, Blob) throws -> Void
    ) throws -> (blob: Blob, isRecorded: Bool) {
        let data = directory.appending(path: "data")
        let parts = try state.withLock { state -> [Int: MultipartPart]? in
            if case .completed(_, let digests, _)? = state.end {
                guard Self.digests(given) == digests else { throw over }
                return nil
            }
            guard !state.isOver else { throw over }
            guard !state.isCompleting else {
                throw RegistryError(.failedPrecondition, "The upload is being completed already.")
            }
            if let number = state.arriving.min() {
                throw RegistryError(.failedPrecondition, "Part \(number) is still arriving.")
            }
            try check(given, state.parts)
            state.isCompleting = true
            return state.parts
        }
        guard let parts else { return try completedBefore(data, publish: publish) }
        do {
            try settleLast(parts)
            try hash()
            let front = state.withLock { $0.front }
            guard front.parts == plan.parts else {
                throw RegistryError(.failedPrecondition, "Part \(front.parts + 1) is missing.", hint: "Send it again.")
            }
            let blob = Blob(digest: front.sha256.finalize().hex, size: front.size)
            try seal(data, size: blob.size)
            // Noted first: after a crash the parts are not needed again, and are published by the next try.
            try end(.completed(blob, digests: Self.digests(given), isRecorded: false))
            try publish(data, blob)
            MultipartEnd.clear(directory)
            return (blob, false)
        } catch {
            state.withLock { $0.isCompleting = false }
            throw error
        }
    }

    private func completedBefore(
        _ data: URL, publish: (URL, Blob) throws -> Void
    ) throws -> (blob: Blob, isRecorded: Bool) {
        guard case .completed(let blob, _, let isRecorded)? = state.withLock({ $0.end }) else { throw over }
        if access(data.path, F_OK) == 0 {
            try publish(data, blob)
            MultipartEnd.clear(directory)
        }
        return (blob, isRecorded)
    }

    /// Notes that the catalog knows of the file.
    func noteRecorded() throws {
        guard case .completed(let blob, let digests, false)? = state.withLock({ $0.end }) else { return }
        try end(.completed(blob, digests: digests, isRecorded: true))
    }

    private func end(_ end: MultipartEnd) throws {
        try end.write(in: directory)
        state.withLock { $0.end = end }
    }

    private static func digests(_ parts: [(number: Int, etag: String)]) -> [String] {
        parts.sorted { $0.number < $1.number }.map { digest($0.etag) }
    }

    private static func digest(_ etag: String) -> String { etag.trimmingCharacters(in: ["\""]).lowercased() }

    /// The list must be that of all parts, in their order, with their digests.
    private func check(_ given: [(number: Int, etag: String)], _ parts: [Int: MultipartPart]) throws {
        func refuse(_ text: String, _ hint: String? = nil) -> RegistryError {
            RegistryError(.invalidArgument, text, hint: hint)
        }
        var seen: Set<Int> = []
        for (number, etag) in given {
            guard (1...plan.parts).contains(number) else {
                throw refuse("There is no part \(number): the upload has \(plan.parts) parts.")
            }
            guard seen.insert(number).inserted else { throw refuse("Part \(number) is listed twice.") }
            guard let part = parts[number] else {
                throw refuse("Part \(number) has not arrived.", "Send it to its URL, then complete the upload.")
            }
            guard Self.digest(etag) == part.digest else {
                throw refuse(
                    "The ETag of part \(number) is not that of the bytes that arrived.",
                    "It is the ETag header of the answer to the part.")
            }
        }
        if let missing = (1...plan.parts).first(where: { !seen.contains($0) }) {
            throw refuse("Part \(missing) of \(plan.parts) is not in the list of parts.")
        }
    }

    /// Puts a last part that came first into its place.
    private func settleLast(_ parts: [Int: MultipartPart]) throws {
        guard let last = parts[plan.parts], last.offset == nil, let size = state.withLock({ $0.partSize }) else {
            return
        }
        let offset = Int64(plan.parts - 1) * size
        let reader = try BlobReader(directory.appending(path: "last"))
        let writer = try PartFile(directory.appending(path: "data"))
        var position: Int64 = 0
        while position < last.size {
            let bytes = try reader.read(at: position, count: Int(min(1 << 20, last.size - position)))
            guard !bytes.isEmpty else { throw RegistryError(.corrupt, "The last part ends too early.") }
            try bytes.withUnsafeBytes { try writer.write($0, at: offset + position) }
            position += Int64(bytes.count)
        }
        state.withLock { $0.parts[plan.parts]?.offset = offset }
    }

    private func seal(_ file: URL, size: Int64) throws {
        let descriptor = open(file.path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RegistryError.file("finish the upload", errno) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(size)) == 0, fchmod(descriptor, 0o444) == 0, fsync(descriptor) == 0 else {
            throw RegistryError.file("write the uploaded file to disk", errno)
        }
    }

    /// Gives the upload up, also once more.
    ///
    /// - Throws: `notFound` where it is completed.
    func abort() throws {
        let (ended, isCompleting) = state.withLock { ($0.end, $0.isCompleting) }
        guard !isCompleting else {
            throw RegistryError(.failedPrecondition, "The upload is being completed.")
        }
        switch ended {
        case .aborted: return
        case .completed: throw over
        case nil:
            try end(.aborted)
            MultipartEnd.clear(directory)
        }
    }

    private func remove() { ArtifactStore.removeArrival(directory) }

    private func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, mode)
        #else
            Darwin.open(path, flags, mode)
        #endif
    }
}
