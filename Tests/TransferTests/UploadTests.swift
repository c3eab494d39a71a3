import Foundation
import NIOCore
import Store
import Synchronization
import Testing
import Transfer
import Types

struct UploadTests {
    private let place = Place()
    private let artifacts: ArtifactStore
    private let recorded = Recorded()
    private let uploads: Uploads
    private let grant: SignedURL.Grant

    init() throws {
        artifacts = try ArtifactStore(directory: place.directory)
        let recorded = recorded
        uploads = Uploads(artifacts: artifacts, maximumBytes: 1000) { try recorded.add($0, $1) }
        grant = try Self.grant(.stageUpload(stageID: 7, path: "dir/file.bin"))
    }

    private static func grant(_ target: TransferTarget, maximumBytes: Int64? = nil) throws -> SignedURL.Grant {
        let urls = SignedURL(key: SigningKey(bytes: Array(0..<32)))
        let path = urls.path(target, expiresAt: 10, maximumBytes: maximumBytes)
        return try urls.verify(path: path, operation: target.operation, now: 1)
    }

    /// SHA-256 of `hello`, in base64 and in hex.
    private let helloBase64 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    private let helloHex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    private func filesBeneath() -> Int {
        let walk = FileManager.default.enumerator(at: place.directory, includingPropertiesForKeys: [.isRegularFileKey])
        return (walk?.allObjects ?? []).count { !(($0 as? URL)?.hasDirectoryPath ?? true) }
    }

    private func failure(_ body: () throws -> Void) -> RegistryError? {
        do { try body() } catch { return error as? RegistryError }
        return nil
    }

    @Test func bytesArriveInPiecesAndTheFileIsRecordedWhenTheyAreDurable() throws {
        let upload = try uploads.begin(grant, digestHeader: helloBase64, contentLength: 5)
        try upload.append(ByteBuffer(string: "hel"))
        #expect(recorded.entries.isEmpty && upload.size == 3)
        try upload.append(ByteBuffer(string: "lo"))
        let blob = try upload.finish()
        #expect(blob.digest == helloHex && blob.size == 5)
        #expect(recorded.entries.map(\.target) == [grant.target] && recorded.entries.map(\.blob) == [blob])
        #expect(try artifacts.bytes(helloHex, limit: 100) == Array("hello".utf8))
    }

    @Test func emptyFileAndMissingHeadersAreFine() throws {
        let blob = try uploads.begin(grant, digestHeader: "").finish()
        #expect(blob.size == 0 && recorded.entries.count == 1)
    }

    @Test func otherDigestStoresNothing() throws {
        let upload = try uploads.begin(grant, digestHeader: helloBase64)
        try upload.append(ByteBuffer(string: "hellO"))
        let error = failure { try upload.finish() }
        #expect(error?.detail["refusal"] == "digest" && error?.transferStatus == 400)
        #expect(recorded.entries.isEmpty && filesBeneath() == 0)
    }

    @Test(arguments: ["x", "aGVsbG8=", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"])
    func headerThatIsNoDigestIsRefusedBeforeAnyByte(header: String) {
        let error = failure { _ = try uploads.begin(grant, digestHeader: header) }
        #expect(error?.code == .invalidArgument && error?.transferStatus == 422)
        #expect(filesBeneath() == 0)
    }

    @Test func cutOffUploadStoresNothing() throws {
        let upload = try uploads.begin(grant, contentLength: 6)
        try upload.append(ByteBuffer(string: "hello"))
        #expect(failure { try upload.finish() }?.detail["refusal"] == "length")
        #expect(recorded.entries.isEmpty && filesBeneath() == 0)
    }

    @Test func limitHoldsForTheAnnouncedAndForTheRealLength() throws {
        #expect(failure { _ = try uploads.begin(grant, contentLength: 1001) }?.transferStatus == 413)
        let upload = try uploads.begin(grant)
        try upload.append(ByteBuffer(repeating: 1, count: 1000))
        #expect(failure { try upload.append(ByteBuffer(repeating: 1, count: 1)) }?.code == .limitExceeded)
        #expect(failure { try upload.finish() }?.code == .failedPrecondition)
        let narrow = try Self.grant(grant.target, maximumBytes: 3)
        #expect(failure { _ = try uploads.begin(narrow, contentLength: 4) }?.code == .limitExceeded)
        #expect(recorded.entries.isEmpty && filesBeneath() == 0)
    }

    @Test func abortedAndDroppedUploadsLeaveNothing() throws {
        let upload = try uploads.begin(grant)
        try upload.append(ByteBuffer(string: "hello"))
        #expect(filesBeneath() == 1)
        upload.abort()
        upload.abort()
        #expect(filesBeneath() == 0)
        do {
            let dropped = try uploads.begin(grant)
            try dropped.append(ByteBuffer(string: "hello"))
        }
        #expect(filesBeneath() == 0 && recorded.entries.isEmpty)
    }

    @Test func refusedRecordIsTheUploadsError() throws {
        recorded.refuse(with: RegistryError.missing("Stage", "S"))
        let upload = try uploads.begin(grant)
        try upload.append(ByteBuffer(string: "hello"))
        let error = failure { try upload.finish() }
        #expect(error?.code == .notFound && error?.transferStatus == 404)
        #expect(recorded.entries.isEmpty)
    }

    @Test func downloadTargetTakesNoUpload() throws {
        let grant = try Self.grant(.blobDownload(digest: helloHex, size: 5, name: "x"))
        #expect(failure { _ = try uploads.begin(grant) }?.code == .invalidArgument)
    }
}

/// What was recorded, in order.
final class Recorded: Sendable {
    struct Entry: Sendable {
        let target: TransferTarget
        let blob: Blob
    }

    private let state = Mutex<(entries: [Entry], refusal: RegistryError?)>(([], nil))

    var entries: [Entry] { state.withLock { $0.entries } }

    func refuse(with error: RegistryError) { state.withLock { $0.refusal = error } }

    func add(_ target: TransferTarget, _ blob: Blob) throws {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.entries.append(Entry(target: target, blob: blob))
        }
    }
}
