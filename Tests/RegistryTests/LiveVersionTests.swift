import Store
import Testing
import Types

@testable import Registry

struct LiveVersionTests {
    private let pending = object("PENDING_1_MODEL")

    private func put(_ sample: String, into house: RegistryHouse, _ model: ObjectName, _ version: String) throws {
        let location = FileLocation.version(model, version: name(version), path: "")
        let upload = try house.registry.authorizeUpload(to: location, as: house.admin)
        for (path, text) in try SampleFiles.read(sample) {
            let blob = try house.artifacts.ingest(Array(text.utf8))
            try house.registry.recordUpload(of: blob, to: upload.target, path: path)
        }
    }

    @Test func followsTheClientsUploadPathForANewModel() throws {
        let house = try RegistryHouse()
        _ = try house.registry.createModel(pending, liveVersion: name("LIVE_1"), as: house.admin)
        #expect(try house.registry.models(in: .account, as: house.admin).isEmpty)
        try put("iris", into: house, pending, "LIVE_1")
        #expect(try house.registry.versions(of: pending, as: house.admin).isEmpty)
        let done = try house.registry.commitVersion(
            name("LIVE_1"), of: pending, renameModelTo: object("IRIS"), renameVersionTo: name("V1"), as: house.admin)
        #expect(done.version.name == name("V1") && done.version.state == .committed)
        let model = try house.registry.model(object("IRIS"), as: house.admin)
        #expect(model.defaultVersionName == name("V1"))
        #expect(model.object.id == done.modelID)
        #expect(try house.registry.models(in: .account, as: house.admin).map(\.object.name) == [name("IRIS")])
        let same = try house.log("OTHER", "V1").version
        #expect(same.digest == done.version.digest)
    }

    @Test func addsALiveVersionToAModel() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        _ = try house.registry.addLiveVersion(name("LIVE_2"), to: object("IRIS"), as: house.admin)
        #expect(try house.registry.resolveVersion(name("LAST"), of: object("IRIS"), as: house.admin).name == name("V1"))
        #expect(
            house.failure { try house.registry.resolveVersion(name("LIVE_2"), of: object("IRIS"), as: house.admin) }?
                .code
                == .notFound)
        try put("params", into: house, object("IRIS"), "LIVE_2")
        let done = try house.registry.commitVersion(
            name("LIVE_2"), of: object("IRIS"), renameVersionTo: name("V2"), as: house.admin)
        #expect(done.version.number == 2)
        let model = try house.registry.model(object("IRIS"), as: house.admin)
        #expect(model.versionNames == ["V1", "V2"] && model.defaultVersionName == name("V1"))
    }

    @Test func filesOfACommittedVersionCanNotChange() throws {
        let house = try RegistryHouse()
        _ = try house.registry.createModel(pending, liveVersion: name("L"), as: house.admin)
        let location = FileLocation.version(pending, version: name("L"), path: "model")
        let upload = try house.registry.authorizeUpload(to: location, as: house.admin)
        try put("iris", into: house, pending, "L")
        let blob = try house.artifacts.ingest([1])
        try house.registry.recordUpload(of: blob, to: upload.target, path: "model/extra")
        #expect(
            try house.registry.removeFiles(
                at: .version(pending, version: name("L"), path: "model/extra"), as: house.admin
            ).count == 1)
        _ = try house.registry.commitVersion(name("L"), of: pending, as: house.admin)
        let late = house.failure { try house.registry.recordUpload(of: blob, to: upload.target, path: "model/late") }
        #expect(late?.code == .failedPrecondition)
        for body in [
            { _ = try house.registry.authorizeUpload(to: location, as: house.admin) },
            { _ = try house.registry.removeFiles(at: location, as: house.admin) },
            { _ = try house.registry.commitVersion(name("L"), of: self.pending, as: house.admin) },
        ] as [() throws -> Void] {
            #expect(house.failure(body)?.code == .failedPrecondition)
        }
    }

    @Test func liveVersionsThatAreNeverCommittedGoInTheEnd() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        _ = try house.registry.createModel(pending, liveVersion: name("L"), as: house.admin)
        _ = try house.registry.addLiveVersion(name("L"), to: object("IRIS"), as: house.admin)
        try house.registry.registerModel(
            object("EMPTY"), displayName: "EMPTY", comment: "", labels: [], as: house.admin)
        try put("iris", into: house, pending, "L")
        _ = try house.registry.collectGarbage()
        _ = try house.registry.find(.model, pending, as: house.admin)
        house.clock.advance(seconds: 2 * 24 * 3600)
        _ = try house.registry.collectGarbage()
        #expect(house.failure { try house.registry.find(.model, pending, as: house.admin) }?.code == .notFound)
        #expect(try house.registry.model(object("IRIS"), as: house.admin).versionNames == ["V1"])
        _ = try house.registry.addLiveVersion(name("L"), to: object("IRIS"), as: house.admin)
        // A model that was registered without a version waits for its first as long as it takes.
        _ = try house.registry.find(.model, object("EMPTY"), as: house.admin)
    }

    @Test func aCommitThatFailsLeavesTheVersionLive() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        _ = try house.registry.createModel(pending, liveVersion: name("L"), as: house.admin)
        let empty = house.failure { try house.registry.commitVersion(name("L"), of: pending, as: house.admin) }
        #expect(empty?.code == .invalidPackage)
        try put("iris", into: house, pending, "L")
        let taken = house.failure {
            try house.registry.commitVersion(name("L"), of: pending, renameModelTo: object("IRIS"), as: house.admin)
        }
        #expect(taken?.code == .alreadyExists)
        #expect(
            house.failure {
                try house.registry.commitVersion(
                    name("L"), of: pending, renameVersionTo: name("LAST"), as: house.admin)
            }?.code == .invalidArgument)
        _ = try house.registry.commitVersion(name("L"), of: pending, renameModelTo: object("IRIS2"), as: house.admin)
    }
}
