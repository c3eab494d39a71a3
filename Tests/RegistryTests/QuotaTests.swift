import Packaging
import Store
import Testing
import Types

@testable import Registry

@Suite("Quotas of schemas")
struct QuotaTests {
    private func house(models: Int? = nil, bytes: Int? = nil) throws -> RegistryHouse {
        var limits = RegistryLimits()
        limits.quotas = SchemaQuotas(models: models, bytes: bytes)
        return try RegistryHouse(limits: limits)
    }

    @Test("A schema takes as many models as its quota says, and another one when one is dropped")
    func models() throws {
        let house = try house(models: 2)
        try house.log("A", "V1")
        try house.log("B", "V1")
        try house.log("B", "V2")
        let error = try #require(house.failure { try house.log("C", "V1") })
        #expect(error.code == .limitExceeded)
        #expect(error.message == "3 models in schema 'ML.REGISTRY': at most 2 are allowed.")
        #expect(error.text.contains("'quota-models-per-schema'"))
        #expect(house.failure { try house.registry.find(.model, object("C"), as: house.admin) }?.code == .notFound)
        let live = house.failure {
            try house.registry.createModel(object("D"), liveVersion: name("V1"), as: house.admin)
        }
        #expect(live?.code == .limitExceeded)
        let replaced = try house.registry.createModel(
            object("A"), version: name("V1"), from: try house.upload("iris"), mode: .orReplace, session: 1,
            as: house.admin)
        #expect(replaced != nil, "a replaced model counts no more")
        _ = try house.registry.dropModel(object("A"), as: house.admin)
        try house.log("C", "V1")
    }

    @Test("A model is not moved into a schema that is full, and its schema has room when it is moved away")
    func moves() throws {
        let house = try house(models: 1)
        try house.log("A", "V1")
        let away = object("A", in: "OTHER")
        try house.registry.renameModel(object("A"), to: away, as: house.admin)
        try house.log("B", "V1")
        #expect(
            house.failure { try house.registry.renameModel(away, to: object("A"), as: house.admin) }?.code
                == .limitExceeded)
        try house.registry.renameModel(away, to: object("C", in: "OTHER"), as: house.admin)
    }

    @Test("Bytes of versions and lasting stages count, those of temporary stages do not")
    func bytes() throws {
        let size = try SampleFiles.read("iris").values.reduce(0) { $0 + $1.utf8.count }
        let house = try house(bytes: 2 * size + 100)
        try house.log("A", "V1")
        try house.log("A", "V2")
        let error = try #require(house.failure { try house.log("A", "V3") })
        #expect(error.code == .limitExceeded && error.text.contains("'quota-bytes-per-schema'"))
        #expect(
            error.message
                == "\(3 * size) bytes of files in schema 'ML.REGISTRY': at most \(2 * size + 100) are allowed.")
        let stage = object("LASTING")
        _ = try house.registry.createStage(stage, as: house.admin)
        let upload = try house.registry.authorizeUpload(to: .stage(stage, path: ""), as: house.admin)
        let small = try house.artifacts.ingest([UInt8](repeating: 1, count: 100))
        try house.registry.recordUpload(of: small, to: upload.target, path: "small")
        let more = try house.artifacts.ingest([2])
        #expect(
            house.failure { try house.registry.recordUpload(of: more, to: upload.target, path: "more") }?.code
                == .limitExceeded)
        try house.registry.dropVersion(name("V2"), of: object("A"), as: house.admin)
        try house.registry.recordUpload(of: more, to: upload.target, path: "more")
    }
}
