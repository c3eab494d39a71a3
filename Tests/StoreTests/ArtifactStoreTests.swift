import Foundation
import Testing
import Types

@testable import Store

#if canImport(Glibc)
    import Glibc
#endif

extension Scratch {
    func artifacts() throws -> ArtifactStore { try ArtifactStore(directory: url.appending(path: "blobs")) }

    var files: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []).filter {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: url.appending(path: $0).path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }
}

struct ArtifactStoreTests {
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func hashesWhatItWrites() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let ingest = try store.beginIngest()
        try ingest.append(Array("a".utf8))
        try ingest.append([])
        try ingest.append(Array("bc".utf8))
        #expect(!store.contains(abc))
        let blob = try ingest.finish()
        #expect(blob == Blob(digest: abc, size: 3))
        #expect(try store.open(abc).md5() == "900150983cd24fb0d6963f7d28e17f72")
        #expect(store.contains(abc))
        #expect(try store.bytes(abc, limit: 3) == Array("abc".utf8))
        #expect(scratch.files == ["blobs/sha256/ba/\(abc)"])
        let mode = try FileManager.default.attributesOfItem(atPath: store.file(abc).path)[.posixPermissions] as? Int
        #expect(mode == 0o444)
    }

    @Test func keepsAnEmptyFile() throws {
        let scratch = try Scratch()
        let blob = try scratch.artifacts().ingest([])
        #expect(blob.digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(blob.size == 0)
    }

    @Test func keepsEqualContentsOnce() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        #expect(try store.ingest(Array("abc".utf8)) == store.ingest(Array("abc".utf8)))
        #expect(scratch.files.count == 1)
    }

    @Test func leavesNothingOfAnAbortedOrDroppedIngest() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let ingest = try store.beginIngest()
        try ingest.append([1, 2, 3])
        ingest.abort()
        ingest.abort()
        #expect(throws: RegistryError.self) { try ingest.append([4]) }
        #expect(throws: RegistryError.self) { _ = try ingest.finish() }
        do { try store.beginIngest().append([1]) }
        #expect(scratch.files.isEmpty)
    }

    @Test func readsAnyPart() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let blob = try store.ingest((0..<100).map { UInt8($0) })
        let reader = try store.open(blob.digest)
        #expect(reader.size == 100)
        #expect(try reader.read(at: 10, count: 3) == [10, 11, 12])
        #expect(try reader.read(at: 98, count: 50) == [98, 99])
        #expect(try reader.read(at: 200, count: 5).isEmpty)
        #expect(throws: RegistryError.self) { _ = try store.bytes(blob.digest, limit: 99) }
        let error = #expect(throws: RegistryError.self) { _ = try store.open(String(repeating: "0", count: 64)) }
        #expect(error?.code == .notFound)
    }

    @Test func collectsOldOrphansAndBrokenUploadsOnly() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let kept = try store.ingest([1])
        let orphan = try store.ingest([2])
        let fresh = try store.ingest([3])
        // What a crash leaves: an arrival that nobody will finish.
        let broken = scratch.url.appending(path: "blobs/incoming/left-over")
        try Data([9, 9]).write(to: broken)
        let old = Date(timeIntervalSince1970: 1000)
        for url in [store.file(kept.digest), store.file(orphan.digest), broken] {
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: url.path)
        }
        let collected = try store.collect(olderThan: 2_000_000) { $0 == kept.digest }
        #expect(collected == ArtifactStore.Collected(files: 2, bytes: 3))
        #expect(store.contains(kept.digest) && store.contains(fresh.digest) && !store.contains(orphan.digest))
        #expect(!FileManager.default.fileExists(atPath: broken.path))
    }

    @Test func aContentThatArrivesAgainIsNotCollected() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let blob = try store.ingest([1])
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: store.file(blob.digest).path)
        _ = try store.ingest([1])
        #expect(try store.collect(olderThan: 2_000_000) { _ in false }.files == 0)
        #expect(store.contains(blob.digest))
    }

    @Test func manyThreadsMayIngestTheSameContent() throws {
        let scratch = try Scratch()
        let store = try scratch.artifacts()
        let bytes = [UInt8](repeating: 7, count: 100_000)
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            let blob = try? store.ingest(bytes)
            #expect(blob?.size == 100_000)
        }
        #expect(scratch.files.count == 1)
    }

    #if canImport(Glibc)
        @Test func aFullDiskIsAClearErrorAndLeavesNothing() throws {
            let scratch = try Scratch()
            let mounted = scratch.url.appending(path: "small")
            try FileManager.default.createDirectory(at: mounted, withIntermediateDirectories: true)
            // Only a privileged user may mount; elsewhere the test has nothing to stand on.
            guard mount("tmpfs", mounted.path, "tmpfs", 0, "size=256k") == 0 else { return }
            defer { umount2(mounted.path, 2) }
            let store = try ArtifactStore(directory: mounted)
            let ingest = try store.beginIngest()
            let error = #expect(throws: RegistryError.self) {
                for _ in 0..<100 { try ingest.append([UInt8](repeating: 1, count: 65536)) }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("disk is full") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: mounted.appending(path: "incoming").path) == [])
            #expect(try store.ingest([1, 2, 3]).size == 3)

        }

        @Test func aFullDiskFailsACatalogWriteAndNothingElse() throws {
            let scratch = try Scratch()
            let mounted = scratch.url.appending(path: "small")
            try FileManager.default.createDirectory(at: mounted, withIntermediateDirectories: true)
            guard mount("tmpfs", mounted.path, "tmpfs", 0, "size=2m") == 0 else { return }
            defer { umount2(mounted.path, 2) }
            let catalog = try CatalogStore(file: mounted.appending(path: "catalog.sqlite"), clock: TimeSource { 1 })
            try catalog.write { _ = try $0.run("INSERT INTO setting (name, value) VALUES ('a', 'b')") }
            let text = String(repeating: "x", count: 100_000)
            let error = #expect(throws: RegistryError.self) {
                for i in 0..<100 {
                    try catalog.write {
                        _ = try $0.run(
                            "INSERT INTO setting (name, value) VALUES ($1, $2)", [.text("\(i)"), .text(text)])
                    }
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("disk is full") == true, "\(error?.message ?? "")")
            #expect(try catalog.read { try $0.one("SELECT value FROM setting WHERE name = 'a'") }?["value"] == "b")
            try catalog.close()
        }
    #endif
}

struct ArtifactPathTests {
    @Test(arguments: [
        ("a", "a"), ("a/b", "a/b"), ("./a//b/.", "a/b"), ("a/", "a"), ("ä b/ü", "ä b/ü"), ("..a/b..", "..a/b.."),
        ("a\\b", "a\\b"),
    ]) func normalizes(path: String, expected: String) throws {
        #expect(try ArtifactPath.normalized(path) == expected)
    }

    @Test(arguments: [
        "", ".", "/", "/a", "..", "a/../b", "../a", "a/..", "a\0b", "a\nb", "\u{7f}",
        String(repeating: "a", count: 256),
        String(repeating: "a/", count: 600),
    ]) func refuses(path: String) {
        let error = #expect(throws: RegistryError.self) { _ = try ArtifactPath.normalized(path) }
        #expect(error?.code == .invalidArgument)
    }
}
