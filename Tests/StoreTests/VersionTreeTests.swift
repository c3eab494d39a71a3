import Foundation
import Testing
import Types

@testable import Store

struct VersionTreeTests {
    private func setUp() throws -> (Scratch, ArtifactStore, VersionTree) {
        let scratch = try Scratch()
        let directory = scratch.url.appending(path: "versions")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let store = try scratch.artifacts()
        return (scratch, store, try VersionTree(directory: directory, artifacts: store))
    }

    @Test func makesAReadOnlyTreeOfLinks() throws {
        let (scratch, store, trees) = try setUp()
        let one = try store.ingest(Array("one".utf8))
        let two = try store.ingest(Array("two".utf8))
        let root = try trees.materialize(
            7, files: [("MANIFEST.yml", one.digest), ("model/a/b.txt", two.digest), ("model/c.txt", one.digest)])
        #expect(root == trees.path(7))
        #expect(try String(contentsOf: root.appending(path: "model/a/b.txt"), encoding: .utf8) == "two")
        let attributes = try FileManager.default.attributesOfItem(atPath: root.appending(path: "model/c.txt").path)
        #expect(attributes[.referenceCount] as? Int == 3)
        #expect(attributes[.posixPermissions] as? Int == 0o444)
        for directory in ["", "model", "model/a"] {
            let path = root.appending(path: directory).path
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o555)
        }
        #expect(try trees.materialize(7, files: []) == root)
        trees.remove(7)
        trees.remove(7)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.appending(path: "versions").path) == [])
        #expect(store.contains(one.digest) && store.contains(two.digest))
    }

    @Test(arguments: ["../out", "/etc/x", "a/../../x", "a\0b", ""])
    func refusesAPathThatLeadsOut(path: String) throws {
        let (scratch, store, trees) = try setUp()
        let blob = try store.ingest([1])
        let error = #expect(throws: RegistryError.self) {
            _ = try trees.materialize(1, files: [("ok", blob.digest), (path, blob.digest)])
        }
        #expect(error?.code == .invalidArgument)
        #expect(scratch.files == ["blobs/sha256/\(blob.digest.prefix(2))/\(blob.digest)"])
    }

    @Test(arguments: [["a", "a/b"], ["a/b", "a"], ["a", "a"], ["a/b", "a/b/c"]])
    func refusesAPathThatIsFileAndDirectory(paths: [String]) throws {
        let (scratch, store, trees) = try setUp()
        let blob = try store.ingest([1])
        let error = #expect(throws: RegistryError.self) {
            _ = try trees.materialize(1, files: paths.map { ($0, blob.digest) })
        }
        #expect(error?.code == .invalidArgument)
        #expect(scratch.files.count == 1)
    }

    @Test func aMissingContentLeavesNoTree() throws {
        let (scratch, store, trees) = try setUp()
        let blob = try store.ingest([1])
        let error = #expect(throws: RegistryError.self) {
            _ = try trees.materialize(1, files: [("a", blob.digest), ("b", String(repeating: "0", count: 64))])
        }
        #expect(error?.code == .notFound)
        #expect(!FileManager.default.fileExists(atPath: trees.path(1).path))
        #expect(scratch.files.count == 1)
    }

    @Test func manyThreadsMayMakeTheSameTree() throws {
        let (scratch, store, trees) = try setUp()
        let blob = try store.ingest([1])
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            #expect((try? trees.materialize(3, files: [("d/a", blob.digest)])) != nil)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.url.appending(path: "versions").path) == ["3"])
    }

    @Test func treesLeftHalfMadeAreRemovedAtTheStart() throws {
        let (scratch, store, _) = try setUp()
        let left = scratch.url.appending(path: "versions/.9-half/model")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        _ = try VersionTree(directory: scratch.url.appending(path: "versions"), artifacts: store)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.appending(path: "versions").path) == [])
    }
}
