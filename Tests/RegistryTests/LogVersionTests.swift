import Foundation
import Packaging
import Store
import Testing
import Types

@testable import Registry

struct LogVersionTests {
    @Test func makesAModelFromAStage() throws {
        let house = try RegistryHouse()
        let source = try house.upload("iris")
        let logged = try #require(
            try house.registry.createModel(
                object("IRIS"), version: name("V1"), from: source, comment: "flowers", session: 1, as: house.admin))
        #expect(logged.isNewModel)
        #expect(logged.version.number == 1)
        let model = try house.registry.model(object("IRIS"), as: house.admin)
        #expect(model.object.owner == "ACCOUNTADMIN")
        #expect(model.object.comment == "flowers")
        #expect(model.defaultVersionName == name("V1"))
        #expect(model.versionNames == ["V1"])
        #expect(model.aliases.map(\.name) == ["DEFAULT", "FIRST", "LAST"])
        let row = try #require(
            try house.registry.versions(of: object("IRIS"), withModelSpec: true, as: house.admin).first)
        #expect(row.isDefault)
        #expect(row.aliases == ["DEFAULT", "FIRST", "LAST"])
        #expect(row.functions == ["predict", "predict_proba", "predict_log_proba"])
        #expect(row.record.metadata == "{}" && row.record.userData == "{}")
        #expect(
            row.record.attributes
                == #"{"client":"snowflake-ml-python 2.6.0","framework":"sklearn","#
                + #""task":"TABULAR_MULTI_CLASSIFICATION"}"#
        )
        #expect(row.record.runnableIn == #"["WAREHOUSE","SNOWPARK_CONTAINER_SERVICES"]"#)
        #expect(row.modelSpec == (try SampleFiles.read("iris")["model/model.yaml"]))
        #expect(row.record.createdBy == "ADMIN")
        let functions = try house.registry.functions(of: object("IRIS"), version: name("V1"), as: house.admin)
        #expect(functions.map(\.signature.name.name) == ["predict", "predict_proba", "predict_log_proba"])
    }

    @Test func theTemporaryStageMayGoAfterwards() throws {
        let house = try RegistryHouse()
        let source = try house.upload("iris")
        _ = try house.registry.createModel(
            object("IRIS"), version: name("V1"), from: source, session: 1, as: house.admin)
        try house.registry.endSession(1)
        #expect(
            house.failure { try house.registry.stage(object("STAGE"), session: 1, as: house.admin) }?.code == .notFound)
        house.clock.advance(seconds: 5000 * 24 * 3600)
        _ = try house.registry.collectGarbage()
        let files = try house.registry.files(
            at: .version(object("IRIS"), version: name("V1"), path: ""), as: house.admin)
        #expect(files.count == (try SampleFiles.read("iris").count))
        for entry in files { #expect(house.artifacts.contains(entry.file.blob.digest)) }
    }

    @Test func refusesADuplicateModelOrVersion() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let source = try house.upload("iris")
        let model = house.failure {
            try house.registry.createModel(
                object("IRIS"), version: name("V2"), from: source, session: 1, as: house.admin)
        }
        #expect(model?.code == .alreadyExists)
        #expect(model?.message == "Model 'ML.REGISTRY.IRIS' already exists.")
        let version = house.failure {
            try house.registry.addVersion(name("V1"), to: object("IRIS"), from: source, session: 1, as: house.admin)
        }
        #expect(version?.code == .alreadyExists)
        #expect(version?.message.contains("already exists") == true)
        #expect(try house.registry.model(object("IRIS"), as: house.admin).versionNames == ["V1"])
    }

    @Test func ifNotExistsLeavesAndOrReplaceReplaces() throws {
        let house = try RegistryHouse()
        let first = try house.log("IRIS", "V1")
        let source = try house.upload("params")
        #expect(
            try house.registry.createModel(
                object("IRIS"), version: name("X"), from: source, mode: .ifNotExists, session: 1, as: house.admin)
                == nil)
        let second = try #require(
            try house.registry.createModel(
                object("IRIS"), version: name("R1"), from: source, mode: .orReplace, session: 1, as: house.admin))
        #expect(second.modelID != first.modelID)
        #expect(second.version.number == 1)
        #expect(try house.registry.model(object("IRIS"), as: house.admin).versionNames == ["R1"])
    }

    @Test func namesAVersionThatHasNoName() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V2")
        let source = try house.upload("iris")
        let added = try house.registry.addVersion(nil, to: object("IRIS"), from: source, session: 1, as: house.admin)
        #expect(added.version.name == name("V2_2"))
    }

    @Test func copiesFromAModelWithoutCopyingFiles() throws {
        let house = try RegistryHouse()
        let first = try house.log("IRIS", "V1")
        try house.registry.setAlias(name("PROD"), to: name("V1"), of: object("IRIS"), as: house.admin)
        let source = VersionSource.version(object("IRIS"), version: name("PROD"))
        let copy = try #require(
            try house.registry.createModel(
                object("COPY", in: "OTHER"), version: name("C1"), from: source, as: house.admin))
        #expect(copy.version.digest == first.version.digest)
        #expect(copy.version.id != first.version.id)
        let again = try house.registry.addVersion(
            name("C2"), to: object("COPY", in: "OTHER"), from: .version(object("IRIS"), version: nil), as: house.admin)
        #expect(again.version.digest == first.version.digest)
        let blobs = try house.catalog.read { try $0.rows("SELECT digest FROM blob").count }
        #expect(blobs <= (try SampleFiles.read("iris").count))
        _ = try house.registry.dropModel(object("IRIS"), as: house.admin)
        house.clock.advance(seconds: 5000 * 24 * 3600)
        _ = try house.registry.collectGarbage()
        let inference = try house.registry.versionForInference(
            name("C1"), of: object("COPY", in: "OTHER"), as: house.admin)
        let tree = try house.registry.materializedTree(inference.id)
        #expect(FileManager.default.fileExists(atPath: tree.appending(path: "functions/predict.py").path))
    }

    @Test func versionForInferenceKnowsMethodsAndEnvironment() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let version = try house.registry.versionForInference(nil, of: object("IRIS"), as: house.admin)
        #expect(version.name == name("V1"))
        #expect(version.method(name("predict"))?.outputs.map(\.name) == ["output_feature_0"])
        #expect(version.method(name("PREDICT")) == nil)
        #expect(version.environment.pythonVersion == "3.11")
        #expect(version.environment.requirements.map(\.name).contains("scikit-learn"))
        #expect(version.attributes["framework"] == "sklearn")
    }

    @Test func refusesBrokenPackagesAndChangesNothing() throws {
        let house = try RegistryHouse()
        let before = try house.catalog.read { try $0.auditRows().count }
        func attempt(_ edit: @escaping (inout [String: String]) -> Void) throws -> RegistryError? {
            _ = try house.registry.dropStage(object("STAGE"), ifExists: true, session: 1, as: house.admin)
            let source = try house.upload("iris", edit: edit)
            return house.failure {
                try house.registry.createModel(
                    object("IRIS"), version: name("V1"), from: source, session: 1, as: house.admin)
            }
        }
        #expect(try attempt { $0["MANIFEST.yml"] = nil }?.code == .invalidPackage)
        #expect(try attempt { $0["MANIFEST.yml"] = "methods: [" }?.code == .invalidPackage)
        #expect(try attempt { $0["functions/predict.py"] = nil }?.code == .invalidPackage)
        #expect(
            try attempt { $0["runtimes/python_runtime/env/requirements.txt"] = "evil @ https://x/y.whl" }?.code
                == .invalidPackage)
        #expect(
            try attempt {
                $0["MANIFEST.yml"] = ($0["MANIFEST.yml"] ?? "") + String(repeating: "#", count: 300_000)
            }?.code == .limitExceeded)
        #expect(
            try attempt { $0["model"] = "a file" }?.message
                == "The path 'model' of the package is both a file and a directory.")
        let missing = house.failure {
            try house.registry.createModel(
                object("IRIS"), version: name("V1"), from: .stage(object("STAGE"), path: "nowhere"), session: 1,
                as: house.admin)
        }
        #expect(missing?.code == .invalidPackage)
        #expect(house.failure { try house.registry.model(object("IRIS"), as: house.admin) }?.code == .notFound)
        #expect(try house.catalog.read { try $0.auditRows().count } == before)
    }

    @Test func limitsTheNumberOfVersionsAndTheirSize() throws {
        var limits = RegistryLimits()
        limits.versionsPerModel = 2
        let house = try RegistryHouse(limits: limits)
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        let source = try house.upload("iris")
        let error = house.failure {
            try house.registry.addVersion(name("V3"), to: object("IRIS"), from: source, session: 1, as: house.admin)
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message == "3 versions of model 'ML.REGISTRY.IRIS': at most 2 are allowed.")
        #expect(error?.hint?.contains("limit-versions-per-model") == true)
        try house.registry.dropVersion(name("V2"), of: object("IRIS"), as: house.admin)
        let third = try house.registry.addVersion(
            name("V3"), to: object("IRIS"), from: source, session: 1, as: house.admin)
        #expect(third.version.number == 3)

        limits = RegistryLimits()
        limits.versionBytes = 1000
        let small = try RegistryHouse(limits: limits)
        let large = try small.upload("iris")
        #expect(
            small.failure {
                try small.registry.createModel(
                    object("IRIS"), version: name("V1"), from: large, session: 1, as: small.admin)
            }?.code == .limitExceeded)
    }

    @Test func eightThreadsAddVersionsWithoutCollision() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let source = try house.upload("iris")
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for i in 0..<10 {
                let error = house.failure {
                    try house.registry.addVersion(
                        name("T\(thread)_\(i)"), to: object("IRIS"), from: source, session: 1, as: house.admin)
                }
                #expect(error == nil)
                // Only one thread may win a name that all of them want.
                _ = house.failure {
                    try house.registry.addVersion(
                        name("SHARED_\(i)"), to: object("IRIS"), from: source, session: 1, as: house.admin)
                }
            }
        }
        let versions = try house.registry.versions(of: object("IRIS"), as: house.admin)
        #expect(versions.count == 1 + 80 + 10)
        #expect(versions.map(\.record.number) == (1...91).map(Int64.init))
        #expect(try house.catalog.read { try $0.verifyAudit() } > 91)
    }

    @Test func eightThreadsCreateTheSameModelAndOneWins() throws {
        let house = try RegistryHouse()
        let source = try house.upload("iris")
        let wins = HandClock()
        let start = wins.now
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let error = house.failure {
                try house.registry.createModel(
                    object("IRIS"), version: name("V1"), from: source, session: 1, as: house.admin)
            }
            if error == nil { _ = wins.now } else { #expect(error?.code == .alreadyExists) }
        }
        #expect(wins.now == start + 2)
    }
}
