import Foundation
import Packaging
import Store
import Testing
import Types

@testable import Registry

struct FilesTests {
    @Test(arguments: [
        ("snow://model/ML.REGISTRY.M/versions/V1/model/model.yaml", ["ML", "REGISTRY", "M"], "V1", "model/model.yaml"),
        ("snow://model/m/versions/v1/", ["M"], "V1", ""),
        ("snow://model/m/versions/v1", ["M"], "V1", ""),
        (
            "snow://model/ML.\"my/schema\".\"m.x\"/versions/\"V-1\"/a b/./c", ["ML", "my/schema", "m.x"], "V-1",
            "a b/./c"
        ),
        ("SNOW://MODEL/m/VERSIONS/V-1/.", ["M"], "V-1", "."),
    ]) func readsAddresses(text: String, model: [String], version: String, path: String) throws {
        let url = try ArtifactURL(parsing: text)
        #expect(url.model.parts.map(\.name) == model)
        #expect(url.version.name == version)
        #expect(url.path == path)
    }

    @Test(arguments: [
        "snow://model/", "snow://model/m", "snow://model/m/versions", "snow://model/m/versions/",
        "snow://x/m/versions/v",
        "snow://model/a.b.c.d/versions/v", "snow://model//versions/v", "@stage", "snow://model/\"m/versions/v",
    ]) func refusesOtherAddresses(text: String) {
        #expect(throws: RegistryError.self) { _ = try ArtifactURL(parsing: text) }
    }

    @Test func listsAVersionsFiles() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        func list(_ path: String, _ version: String = "V1") throws -> [String] {
            try house.registry.files(
                at: .version(object("IRIS"), version: name(version), path: path), as: house.admin
            ).map(\.name)
        }
        let all = try list("")
        #expect(all == (try SampleFiles.read("iris")).keys.map { "versions/V1/\($0)" }.sorted())
        #expect(try list(".") == all && list("/".isEmpty ? "" : "./") == all)
        #expect(try list("model/model.yaml") == ["versions/V1/model/model.yaml"])
        #expect(try list("functions/", "LAST").count == 3)
        #expect(try list("functions") == list("functions/"))
        #expect(try list("func").isEmpty)
        #expect(house.failure { try list("../V2") }?.code == .invalidArgument)
        #expect(house.failure { try list("", "V2") }?.code == .notFound)
        let entry = try #require(
            try house.registry.files(
                at: .version(object("IRIS"), version: name("V1"), path: "MANIFEST.yml"), as: house.admin
            ).first)
        let text = try #require(try SampleFiles.read("iris")["MANIFEST.yml"])
        #expect(entry.file.blob.size == Int64(text.utf8.count))
        #expect(try house.artifacts.bytes(entry.file.blob.digest, limit: 100_000) == Array(text.utf8))
    }

    @Test func putsListsAndRemovesStageFiles() throws {
        let house = try RegistryHouse()
        let stage = object("My Stage")
        _ = try house.registry.createStage(stage, options: #"{"TYPE":"CSV"}"#, as: house.admin)
        let (target, directory) = try house.registry.authorizeUpload(
            to: .stage(stage, path: "dir/./sub/"), as: house.admin)
        #expect(directory == "dir/sub")
        for (path, byte) in [("dir/sub/a.csv", 1), ("dir/sub/b.csv", 2), ("dir/subway", 3), ("other", 4)] {
            try house.registry.recordUpload(
                of: try house.artifacts.ingest([UInt8(byte)]), to: target, path: path)
        }
        func list(_ path: String) throws -> [String] {
            try house.registry.files(at: .stage(stage, path: path), as: house.admin).map(\.name)
        }
        #expect(
            try list("") == [
                "my stage/dir/sub/a.csv", "my stage/dir/sub/b.csv", "my stage/dir/subway", "my stage/other",
            ])
        #expect(try list("dir/sub") == ["my stage/dir/sub/a.csv", "my stage/dir/sub/b.csv"])
        #expect(try list("dir/su").count == 3)
        #expect(try list("dir/su/").isEmpty)
        try house.registry.recordUpload(of: try house.artifacts.ingest([9, 9]), to: target, path: "other")
        #expect(try house.registry.files(at: .stage(stage, path: "other"), as: house.admin).first?.file.blob.size == 2)
        let gone = try house.registry.removeFiles(at: .stage(stage, path: "dir/sub"), as: house.admin)
        #expect(gone.count == 2)
        #expect(try list("") == ["my stage/dir/subway", "my stage/other"])
        for path in ["../x", "/x", "a/../../b", "", "a\0"] {
            #expect(
                house.failure {
                    try house.registry.recordUpload(of: try house.artifacts.ingest([1]), to: target, path: path)
                }?
                .code == .invalidArgument)
        }
        #expect(try house.registry.stage(stage, as: house.admin).options == #"{"TYPE":"CSV"}"#)
        _ = try house.registry.dropStage(stage, as: house.admin)
        let late = house.failure {
            try house.registry.recordUpload(of: try house.artifacts.ingest([1]), to: target, path: "x")
        }
        #expect(late?.code == .notFound)
    }

    @Test func filesToRemoveAreChosenOutsideTheTransaction() throws {
        let house = try RegistryHouse()
        let stage = object("ST")
        _ = try house.registry.createStage(stage, as: house.admin)
        let location = FileLocation.stage(stage, path: "")
        let (target, _) = try house.registry.authorizeUpload(to: location, as: house.admin)
        for path in ["a.csv", "b.csv", "c.txt"] {
            try house.registry.recordUpload(of: try house.artifacts.ingest([1]), to: target, path: path)
        }
        let gone = try house.registry.removeFiles(
            at: location, as: house.admin,
            choosing: { entries in
                // Others write meanwhile.
                try house.registry.recordUpload(of: try house.artifacts.ingest([2]), to: target, path: "d.csv")
                _ = try house.registry.removeFiles(at: .stage(stage, path: "a.csv"), as: house.admin)
                return entries.filter { $0.name.hasSuffix(".csv") }
            })
        #expect(gone.map(\.name) == ["st/b.csv"])
        #expect(try house.registry.files(at: location, as: house.admin).map(\.name) == ["st/c.txt", "st/d.csv"])
        let matched = try house.registry.removeFiles(at: location, as: house.admin, matching: { $0.hasSuffix("csv") })
        #expect(matched.map(\.name) == ["st/d.csv"])
    }

    @Test func temporaryStagesBelongToTheirSession() throws {
        let house = try RegistryHouse()
        let stage = object("TEMP")
        _ = try house.registry.createStage(stage, temporarySession: 1, as: house.admin)
        _ = try house.registry.createStage(stage, temporarySession: 2, as: house.admin)
        #expect(
            house.failure { try house.registry.createStage(stage, temporarySession: 1, as: house.admin) }?.code
                == .alreadyExists)
        #expect(house.failure { try house.registry.stage(stage, session: 3, as: house.admin) }?.code == .notFound)
        #expect(try house.registry.stages(in: .account, session: 1, as: house.admin).count == 1)
        #expect(try house.registry.stages(in: .account, as: house.admin).isEmpty)
        try house.registry.endSession(1)
        try house.registry.endSession(1)
        #expect(house.failure { try house.registry.stage(stage, session: 1, as: house.admin) }?.code == .notFound)
        _ = try house.registry.stage(stage, session: 2, as: house.admin)
        try house.registry.endAllSessions()
        #expect(house.failure { try house.registry.stage(stage, session: 2, as: house.admin) }?.code == .notFound)
    }

    @Test func fileFormatsKeepTheirOptions() throws {
        let house = try RegistryHouse()
        _ = try house.registry.createFileFormat(object("F"), options: #"{"TYPE":"PARQUET"}"#, as: house.admin)
        _ = try house.registry.createFileFormat(
            object("F"), options: #"{"TYPE":"JSON"}"#, temporarySession: 4, as: house.admin)
        #expect(try house.registry.fileFormat(object("F"), session: 4, as: house.admin) == #"{"TYPE":"JSON"}"#)
        #expect(try house.registry.fileFormat(object("F"), as: house.admin) == #"{"TYPE":"PARQUET"}"#)
        #expect(try house.registry.dropFileFormat(object("F"), session: 4, as: house.admin) != nil)
        #expect(try house.registry.fileFormats(in: .account, session: 4, as: house.admin).count == 1)
    }

    @Test func garbageIsCollectedAndNothingElse() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("GONE", "V1", sample: "types")
        let gone = try house.registry.versionForInference(nil, of: object("GONE"), as: house.admin)
        let tree = try house.registry.materializedTree(gone.id)
        let orphan = try house.artifacts.ingest([1, 2, 3])
        _ = try house.registry.dropModel(object("GONE"), as: house.admin)
        try house.registry.endSession(1)
        _ = try house.registry.collectGarbage()
        #expect(FileManager.default.fileExists(atPath: tree.path) && house.artifacts.contains(orphan.digest))
        house.clock.advance(seconds: 5000 * 24 * 3600)
        // The files' own times are the disk's; the clock is far ahead of both.
        let collected = try house.registry.collectGarbage()
        #expect(collected.files > 0)
        #expect(!FileManager.default.fileExists(atPath: tree.path) && !house.artifacts.contains(orphan.digest))
        let files = try house.registry.files(
            at: .version(object("IRIS"), version: name("V1"), path: ""), as: house.admin)
        #expect(files.allSatisfy { house.artifacts.contains($0.file.blob.digest) })
        let blobs = try house.catalog.read { try $0.rows("SELECT digest FROM blob") }
        #expect(Set(try blobs.map { try $0.text("digest") }) == Set(files.map(\.file.blob.digest)))
    }
}
