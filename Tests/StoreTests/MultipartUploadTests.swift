import Foundation
import Testing
import Types

@testable import Store

struct MultipartUploadTests {
    private let parts = ["aaaa", "bbbb", "cccc", "dd"].map { Array($0.utf8) }

    private func send(_ number: Int, _ bytes: [UInt8], to upload: MultipartUpload) throws -> (number: Int, etag: String)
    {
        let part = try upload.beginPart(number, length: Int64(bytes.count))
        for byte in bytes { try [byte].withUnsafeBytes { try part.append($0) } }
        return (number, try part.finish())
    }

    private func code(_ body: () throws -> Void) -> RegistryError.Code? {
        do { try body() } catch { return (error as? RegistryError)?.code }
        return nil
    }

    @Test(arguments: 0..<24)
    func partsInAnyOrderBecomeTheFile(permutation: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let uploads = MultipartUploads(artifacts: store, maximumBytes: 100)
        var left = [1, 2, 3, 4]
        var (rest, order) = (permutation, [Int]())
        while !left.isEmpty {
            order.append(left.remove(at: rest % left.count))
            rest /= left.count + 1
        }
        var upload = try uploads.begin(place: "p", parts: 4)
        var etags: [(number: Int, etag: String)] = []
        for (index, number) in order.enumerated() {
            // Half of the way in another process.
            if index == 2 {
                upload = try MultipartUploads(artifacts: store, maximumBytes: 100).find(upload.id, place: "p")
            }
            etags.append(try send(number, parts[number - 1], to: upload))
        }
        let blob = try uploads.complete(upload, parts: etags.sorted { $0.number < $1.number })
        #expect(try store.bytes(blob.digest, limit: 100) == Array("aaaabbbbccccdd".utf8))
        #expect(blob == (try store.ingest(Array("aaaabbbbccccdd".utf8))))
        #expect(
            scratch.files == [
                "blobs/incoming/\(upload.id)/end", "blobs/incoming/\(upload.id)/plan",
                "blobs/sha256/\(blob.digest.prefix(2))/\(blob.digest)",
            ])
    }

    @Test func whatIsCompletedAgainIsRecordedOnce() throws {
        struct CutOff: Error {}
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        func uploads() -> MultipartUploads { MultipartUploads(artifacts: store, maximumBytes: 100) }
        let first = uploads()
        let upload = try first.begin(place: "p", parts: 4)
        let etags = try (1...4).map { try send($0, parts[$0 - 1], to: upload) }
        #expect(throws: CutOff.self) { try first.complete(upload, parts: etags) { _ in throw CutOff() } }
        // The file came into its place before the crash, or did not.
        let data = store.arrival(upload.id).appending(path: "data")
        #expect(!FileManager.default.fileExists(atPath: data.path))
        var recorded: [Blob] = []
        for _ in 1...3 {
            let again = uploads()
            try again.complete(try again.find(upload.id, place: "p"), parts: etags.reversed()) { recorded.append($0) }
        }
        #expect(recorded.count == 1)
        #expect(try store.bytes(recorded[0].digest, limit: 100) == Array("aaaabbbbccccdd".utf8))
        let last = uploads()
        #expect(code { _ = try last.complete(try last.find(upload.id), parts: Array(etags.dropLast())) } == .notFound)
        #expect(code { try last.abort(try last.find(upload.id)) } == .notFound)
        #expect(try store.collect(olderThan: .max) { _ in true }.files == 1)
        #expect(code { _ = try uploads().find(upload.id) } == .notFound)
    }

    @Test func damagedPartIsFoundAfterARestart() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let first = MultipartUploads(artifacts: store, maximumBytes: 100)
        let begun = try first.begin(place: "p", parts: 4)
        var etags = try (1...4).map { try send($0, parts[$0 - 1], to: begun) }
        let data = store.arrival(begun.id).appending(path: "data")
        try Data("aaaaXbbbccccdd".utf8).write(to: data)
        let second = MultipartUploads(artifacts: store, maximumBytes: 100)
        let upload = try second.find(begun.id, place: "p")
        #expect(code { _ = try second.complete(upload, parts: etags) } == .failedPrecondition)
        #expect(code { _ = try second.complete(upload, parts: etags) } == .invalidArgument)
        etags[1] = try send(2, parts[1], to: upload)
        #expect(try second.complete(upload, parts: etags).size == 14)
    }

    @Test func partThatIsDroppedHasNotCome() throws {
        let scratch = try Scratch()
        let uploads = MultipartUploads(artifacts: try scratch.artifacts(), maximumBytes: 100)
        let upload = try uploads.begin(place: "p", parts: 2)
        let etag = try send(1, parts[0], to: upload)
        do {
            let part = try upload.beginPart(1, length: 4)
            try [UInt8](arrayLiteral: 1, 2).withUnsafeBytes { try part.append($0) }
            #expect(code { _ = try upload.beginPart(1, length: 4) } == .failedPrecondition)
            #expect(code { _ = try uploads.complete(upload, parts: [etag]) } == .failedPrecondition)
            #expect(code { _ = try part.finish() } == .invalidValue)
        }
        #expect(code { _ = try uploads.complete(upload, parts: [etag]) } == .invalidArgument)
        #expect(code { _ = try uploads.find(upload.id, place: "q") } == .notFound)
        try uploads.abort(upload)
        try uploads.abort(try uploads.find(upload.id))
        #expect(code { _ = try upload.beginPart(1, length: 4) } == .notFound)
        #expect(scratch.files.map { $0.suffix(4) } == ["/end", "plan"])
    }

    @Test func whatIsForgottenIsCollected() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let uploads = MultipartUploads(artifacts: store, maximumBytes: 100)
        let upload = try uploads.begin(place: "p", parts: 2)
        _ = try send(1, parts[0], to: upload)
        #expect(try store.collect(olderThan: 0) { _ in true } == .init())
        let planned = try store.collect(olderThan: .max, isDryRun: true) { _ in true }
        #expect(planned.files == 1 && planned.bytes > 4 && !scratch.files.isEmpty)
        #expect(try store.collect(olderThan: .max) { _ in true } == planned && scratch.files.isEmpty)
        #expect(code { _ = try uploads.find(upload.id) } == .notFound)
    }
}
