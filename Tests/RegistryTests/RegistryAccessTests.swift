import Access
import Packaging
import Store
import Testing
import Types

@testable import Registry

struct RegistryAccessTests {
    private let iris = object("IRIS")

    @Test func whatARoleMayNotSeeDoesNotExistForIt() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let ann = try house.member("ANN")
        let hidden = house.failure { try house.registry.model(iris, as: ann) }
        let absent = house.failure { try house.registry.model(object("ABSENT"), as: ann) }
        #expect(hidden?.code == .notFound && hidden?.hint == nil)
        #expect(hidden?.message.replacing("IRIS", with: "ABSENT") == absent?.message)
        #expect(try house.registry.models(in: .account, as: ann).isEmpty)
        #expect(house.failure { try house.registry.dropModel(iris, as: ann) }?.code == .notFound)
        #expect(try house.registry.dropModel(iris, ifExists: true, as: ann) == nil)
        _ = try house.registry.model(iris, as: house.admin)
    }

    @Test func aHiddenNameIsNotTakenInAnotherCase() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        let ann = try house.member("ANN", ["CREATE TABLE"])
        let database = try registry.findDatabase(name("ML"), as: house.admin).reference
        _ = try house.accounts.grant(["CREATE SCHEMA"], on: .object(database), to: name("ANN"), as: house.admin)
        _ = try registry.createTable(.table, object("T"), as: house.admin)
        func schema(_ text: String) -> Namespace { Namespace(name("ML"), name(text)) }
        #expect(house.failure { try registry.findSchema(schema("OTHER"), as: ann) }?.code == .notFound)
        for mode in [CreateMode.plain, .orReplace, .ifNotExists] {
            let twin = house.failure { try registry.createSchema(schema("other"), mode: mode, as: ann) }
            #expect(twin?.code == .alreadyExists && twin?.text.contains("OTHER") == false)
            let table = house.failure { try registry.createTable(.table, object("t"), mode: mode, as: ann) }
            #expect(table?.code == .alreadyExists && table?.text.contains("T'") == false)
        }
        _ = try registry.createSchema(schema("MINE"), as: ann)
        _ = try registry.createTable(.table, object("U"), as: ann)
        let renamed = house.failure { try registry.renameSchema(schema("MINE"), to: schema("other"), as: ann) }
        #expect(renamed?.code == .alreadyExists)
        let moved = house.failure { try registry.renameTable(.table, object("U"), to: object("t"), as: ann) }
        #expect(moved?.code == .alreadyExists)
        // A name may change its own case, and is free once it is dropped.
        try registry.renameSchema(schema("MINE"), to: schema("mine"), as: ann)
        try registry.renameTable(.table, object("U"), to: object("u"), as: ann)
        _ = try registry.dropSchema(schema("OTHER"), as: house.admin)
        #expect(try registry.createSchema(schema("other"), as: ann).isNew)
    }

    @Test func usageLetsRunAndSeeButNotReadFilesOrChange() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let ann = try house.member("ANN")
        try house.grant("USAGE", on: iris, to: "ANN")
        let registry = house.registry
        #expect(try registry.models(in: .account, as: ann).count == 1)
        #expect(try registry.versions(of: iris, as: ann).count == 1)
        #expect(try registry.versionForInference(nil, of: iris, as: ann).name == name("V1"))
        #expect(try registry.functions(of: iris, as: ann).count == 3)
        let location = FileLocation.version(iris, version: name("V1"), path: "")
        let source = VersionSource.version(iris, version: nil)
        for body in [
            { _ = try registry.files(at: location, as: ann) },
            { try registry.setModelComment(self.iris, "x", as: ann) },
            { try registry.setAlias(name("A"), to: name("V1"), of: self.iris, as: ann) },
            { try registry.unsetAlias(name("A"), of: self.iris, as: ann) },
            { try registry.setDefault(name("V1"), of: self.iris, as: ann) },
            { try registry.setMetadata("{}", of: name("V1"), of: self.iris, as: ann) },
            { try registry.setVersionComment("", of: name("V1"), of: self.iris, as: ann) },
            { try registry.dropVersion(name("V1"), of: self.iris, as: ann) },
            { try registry.renameModel(self.iris, to: object("X"), as: ann) },
            { _ = try registry.dropModel(self.iris, as: ann) },
            { _ = try registry.addVersion(name("V2"), to: self.iris, from: source, as: ann) },
            { _ = try registry.addLiveVersion(name("L"), to: self.iris, as: ann) },
            { _ = try registry.createModel(object("N"), version: name("V1"), from: source, as: ann) },
        ] as [() throws -> Void] {
            #expect(house.failure(body)?.code == .permissionDenied)
        }
    }

    @Test func createModelLetsMakeAndOwnModels() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let ann = try house.member("ANN", ["CREATE MODEL"])
        let copy = VersionSource.version(iris, version: nil)
        #expect(
            house.failure { try house.registry.createModel(object("N"), version: nil, from: copy, as: ann) }?.code
                == .notFound)
        try house.grant("READ", on: iris, to: "ANN")
        _ = try house.registry.createModel(object("N"), version: nil, from: copy, as: ann)
        #expect(try house.registry.model(object("N"), as: ann).object.owner == "ANN")
        _ = try house.registry.files(at: .version(object("N"), version: name("V1"), path: ""), as: ann)
        let elsewhere = house.failure {
            try house.registry.renameModel(object("N"), to: object("N", in: "OTHER"), as: ann)
        }
        #expect(elsewhere?.code == .notFound || elsewhere?.code == .permissionDenied)
        _ = try house.registry.dropModel(object("N"), as: ann)
        #expect(
            house.failure {
                try house.registry.createModel(iris, version: nil, from: copy, mode: .orReplace, as: ann)
            }?.code == .permissionDenied)
    }

    @Test func aTemporaryStageNeedsNoPrivilegeButUsageOfTheSchema() throws {
        let house = try RegistryHouse()
        let ann = try house.member("ANN")
        _ = try house.registry.createStage(object("S"), temporarySession: 9, as: ann)
        _ = try house.registry.authorizeUpload(to: .stage(object("S"), path: ""), session: 9, as: ann)
        #expect(house.failure { try house.registry.createStage(object("P"), as: ann) }?.code == .permissionDenied)
    }

    @Test func stagesNeedReadAndWrite() throws {
        let house = try RegistryHouse()
        _ = try house.registry.createStage(object("S"), as: house.admin)
        let ann = try house.member("ANN")
        let location = FileLocation.stage(object("S"), path: "")
        #expect(house.failure { try house.registry.files(at: location, as: ann) }?.code == .notFound)
        let reference = try house.registry.find(.stage, object("S"), as: house.admin).reference
        _ = try house.accounts.grant(["READ"], on: .object(reference), to: name("ANN"), as: house.admin)
        #expect(try house.registry.files(at: location, as: ann).isEmpty)
        #expect(house.failure { try house.registry.authorizeUpload(to: location, as: ann) }?.code == .permissionDenied)
    }

    @Test func tagsTakeAllowedValuesOnly() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        let registry = house.registry
        let tag = object("STAGE_OF_LIFE")
        #expect(
            house.failure { try registry.setTag(tag, to: "x", on: .model, iris, as: house.admin) }?.message
                == "Tag 'ML.REGISTRY.STAGE_OF_LIFE' does not exist or not authorized.")
        _ = try registry.createTag(tag, allowedValues: ["dev", "it's live"], as: house.admin)
        let other = house.failure { try registry.setTag(tag, to: "prod", on: .model, iris, as: house.admin) }
        #expect(other?.code == .invalidArgument && other?.hint?.contains("it's live") == true)
        #expect(try registry.tagValue(tag, on: .model, iris, as: house.admin) == nil)
        try registry.setTag(tag, to: "dev", on: .model, iris, as: house.admin)
        try registry.setTag(tag, to: "it's live", on: .model, iris, as: house.admin)
        #expect(try registry.tagValue(tag, on: .model, iris, as: house.admin) == "it's live")
        let references = try registry.tagReferences(on: .model, iris, as: house.admin)
        #expect(references.map(\.tag) == [tag] && references.map(\.value) == ["it's live"])
        #expect(try registry.tags(in: .account, as: house.admin).first?.allowedValues == ["dev", "it's live"])
        try registry.unsetTag(tag, on: .model, iris, as: house.admin)
        try registry.unsetTag(tag, on: .model, iris, as: house.admin)
        #expect(try registry.tagReferences(on: .model, iris, as: house.admin).isEmpty)
        try registry.setTag(tag, to: "dev", on: .model, iris, as: house.admin)
        _ = try registry.dropTag(tag, as: house.admin)
        #expect(try registry.tagReferences(on: .model, iris, as: house.admin).isEmpty)
        _ = try registry.createTag(object("FREE"), as: house.admin)
        let long = String(repeating: "x", count: 257)
        #expect(
            house.failure { try registry.setTag(object("FREE"), to: long, on: .model, iris, as: house.admin) }?.code
                == .limitExceeded)
    }

    @Test func settingATagNeedsTheTagAndTheObject() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        _ = try house.registry.createTag(object("T"), as: house.admin)
        let ann = try house.member("ANN")
        try house.grant("USAGE", on: iris, to: "ANN")
        let reference = try house.registry.find(.tag, object("T"), as: house.admin).reference
        _ = try house.accounts.grant(["APPLY"], on: .object(reference), to: name("ANN"), as: house.admin)
        #expect(
            house.failure { try house.registry.setTag(object("T"), to: "x", on: .model, iris, as: ann) }?.code
                == .permissionDenied)
    }

    @Test func futureGrantsReachNewModels() throws {
        let house = try RegistryHouse()
        let ann = try house.member("ANN")
        let schema = try house.registry.findSchema(RegistryHouse.schema, as: house.admin).reference
        _ = try house.accounts.grant(
            ["USAGE"], on: .future(.model, in: schema), to: name("ANN"), as: house.admin)
        try house.log("IRIS", "V1")
        #expect(try house.registry.versionForInference(nil, of: iris, as: ann).name == name("V1"))
    }
}
