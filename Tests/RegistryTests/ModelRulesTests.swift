import Foundation
import Packaging
import Store
import Testing
import Types

@testable import Registry

struct ModelRulesTests {
    private let iris = object("IRIS")

    @Test func theFirstVersionStaysDefaultUntilChanged() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        #expect(try house.registry.resolveVersion(nil, of: iris, as: house.admin).name == name("V1"))
        try house.registry.setDefault(name("LAST"), of: iris, as: house.admin)
        #expect(try house.registry.resolveVersion(nil, of: iris, as: house.admin).name == name("V2"))
        for (alias, version) in [("DEFAULT", "V2"), ("FIRST", "V1"), ("LAST", "V2")] {
            #expect(try house.registry.resolveVersion(name(alias), of: iris, as: house.admin).name == name(version))
        }
    }

    @Test func refusesToDropTheDefaultVersion() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        let error = house.failure { try house.registry.dropVersion(name("V1"), of: iris, as: house.admin) }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("default version") == true)
        try house.registry.dropVersion(name("V2"), of: iris, as: house.admin)
        #expect(try house.registry.model(iris, as: house.admin).versionNames == ["V1"])
        #expect(
            house.failure { try house.registry.resolveVersion(name("V2"), of: iris, as: house.admin) }?.code
                == .notFound)
    }

    @Test func aNumberIsNeverGivenTwice() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        try house.registry.dropVersion(name("V2"), of: iris, as: house.admin)
        #expect(try house.log("IRIS", "V2").version.number == 3)
    }

    @Test func anAliasMovesAndEndsWithItsVersion() throws {
        let house = try RegistryHouse()
        for version in ["V1", "V2", "V3"] { try house.log("IRIS", version) }
        try house.registry.setAlias(name("PROD"), to: name("V2"), of: iris, as: house.admin)
        #expect(try house.registry.resolveVersion(name("PROD"), of: iris, as: house.admin).name == name("V2"))
        try house.registry.setAlias(name("PROD"), to: name("V3"), of: iris, as: house.admin)
        #expect(try house.registry.resolveVersion(name("PROD"), of: iris, as: house.admin).name == name("V3"))
        let rows = try house.registry.versions(of: iris, as: house.admin)
        #expect(rows.map(\.aliases) == [["DEFAULT", "FIRST"], [], ["LAST", "PROD"]])
        try house.registry.dropVersion(name("PROD"), of: iris, as: house.admin)
        #expect(try house.registry.model(iris, as: house.admin).versionNames == ["V1", "V2"])
        #expect(try house.registry.model(iris, as: house.admin).aliases.map(\.name) == ["DEFAULT", "FIRST", "LAST"])
    }

    @Test func unsetsAnAliasByItsNameOrByItsVersion() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        try house.registry.unsetAlias(name("PROD"), of: iris, as: house.admin)
        try house.registry.setAlias(name("prod"), to: name("V1"), of: iris, as: house.admin)
        try house.registry.setAlias(name("TWO"), to: name("prod"), of: iris, as: house.admin)
        try house.registry.unsetAlias(name("V1"), of: iris, as: house.admin)
        #expect(try house.registry.model(iris, as: house.admin).aliases.count == 3)
        let none = house.failure { try house.registry.unsetAlias(name("V1"), of: iris, as: house.admin) }
        #expect(none?.code == .failedPrecondition)
        #expect(
            house.failure { try house.registry.unsetAlias(name("X"), of: iris, as: house.admin) }?.code == .notFound)
    }

    @Test func aliasesAndVersionsDoNotShareNames() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        func alias(_ text: String) -> RegistryError? {
            house.failure { try house.registry.setAlias(name(text), to: name("V1"), of: iris, as: house.admin) }
        }
        #expect(alias("V1")?.code == .alreadyExists)
        for system in ["DEFAULT", "FIRST", "LAST"] { #expect(alias(system)?.code == .invalidArgument) }
        #expect(house.failure { try house.log("IRIS", "PROD") }?.code == .alreadyExists)
        #expect(house.failure { try house.log("IRIS", "LAST") }?.code == .invalidArgument)
        // Names are exact: another case is another name.
        #expect(alias("v1") == nil)
        #expect(alias("default") == nil)
    }

    @Test func anUnknownVersionComesWithANearName() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "SUMMER")
        let error = house.failure { try house.registry.resolveVersion(name("SUMER"), of: iris, as: house.admin) }
        #expect(error?.code == .notFound)
        #expect(error?.hint == "Did you mean 'SUMMER'?")
        let model = house.failure { try house.registry.model(object("IRSI"), as: house.admin) }
        #expect(model?.message == "Model 'ML.REGISTRY.IRSI' does not exist or not authorized.")
        #expect(model?.hint == nil || model?.hint == "Did you mean 'IRIS'?")
    }

    @Test func metadataIsAJSONObjectOfAtMostItsLimit() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        func set(_ text: String) -> RegistryError? {
            house.failure { try house.registry.setMetadata(text, of: name("V1"), of: iris, as: house.admin) }
        }
        let metrics = #"{"metrics": {"m": [[1, 2], [3, 4]], "s": "x"}, "snowpark_ml_schema_version": "2024-01-01"}"#
        #expect(set(metrics) == nil)
        #expect(try house.registry.resolveVersion(nil, of: iris, as: house.admin).metadata == metrics)
        #expect(set(#"{"metrics": {"loss": NaN, "best": -Infinity}}"#) == nil)
        #expect(set(metrics) == nil)
        for text in ["", "[]", "1", "{", "{\"a\": }", "{\"a\":\"\0\"}"] {
            #expect(set(text)?.code == .invalidArgument, "\(text)")
        }
        #expect(set("{\"a\": \"" + String(repeating: "x", count: 100 * 1024) + "\"}")?.code == .limitExceeded)
        #expect(try house.registry.resolveVersion(nil, of: iris, as: house.admin).metadata == metrics)
    }

    @Test func changesOfMetadataLeaveTheContentAlone() throws {
        let house = try RegistryHouse()
        let logged = try house.log("IRIS", "V1").version
        let before = try house.registry.files(at: .version(iris, version: name("V1"), path: ""), as: house.admin)
        try house.registry.setVersionComment("it's", of: name("FIRST"), of: iris, as: house.admin)
        try house.registry.setMetadata("{}", of: name("V1"), of: iris, as: house.admin)
        try house.registry.setAlias(name("A"), to: name("V1"), of: iris, as: house.admin)
        try house.registry.setModelComment(iris, "c", as: house.admin)
        try house.registry.renameModel(iris, to: object("M2"), as: house.admin)
        let after = try house.registry.resolveVersion(nil, of: object("M2"), as: house.admin)
        #expect(after.digest == logged.digest && after.comment == "it's" && after.number == 1)
        #expect(
            try house.registry.files(at: .version(object("M2"), version: name("V1"), path: ""), as: house.admin)
                == before)
    }

    @Test func aRenameOrMoveKeepsEverythingThatHangsOnTheModel() throws {
        let house = try RegistryHouse()
        let logged = try house.log("IRIS", "V1")
        _ = try house.registry.createTag(object("T"), as: house.admin)
        try house.registry.setTag(object("T"), to: "x", on: .model, iris, as: house.admin)
        try house.registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        _ = try house.member("ANN")
        try house.grant("USAGE", on: iris, to: "ANN")
        let moved = object("iris 2", in: "OTHER")
        try house.registry.renameModel(iris, to: moved, as: house.admin)
        #expect(house.failure { try house.registry.model(iris, as: house.admin) }?.code == .notFound)
        let model = try house.registry.model(moved, as: house.admin)
        #expect(model.object.id == logged.modelID)
        #expect(try house.registry.tagValue(object("T"), on: .model, moved, as: house.admin) == "x")
        #expect(try house.registry.resolveVersion(name("PROD"), of: moved, as: house.admin).id == logged.version.id)
        #expect(try house.catalog.read { try $0.privilegeGrants(on: logged.modelID).count } == 1)
        try house.log("IRIS", "V9")
        let taken = house.failure { try house.registry.renameModel(iris, to: moved, as: house.admin) }
        #expect(taken?.message == "Model 'ML.OTHER.\"iris 2\"' already exists.")
    }

    @Test func namesDifferByCaseAlone() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("iris", "v1")
        #expect(try house.registry.model(object("iris"), as: house.admin).versionNames == ["v1"])
        #expect(try house.registry.models(in: .schema(RegistryHouse.schema), as: house.admin).count == 2)
    }

    @Test func droppingAModelFreesItsName() throws {
        let house = try RegistryHouse()
        let first = try house.log("IRIS", "V1")
        #expect(try house.registry.dropModel(iris, as: house.admin)?.id == first.modelID)
        #expect(house.failure { try house.registry.dropModel(iris, as: house.admin) }?.code == .notFound)
        #expect(try house.registry.dropModel(iris, ifExists: true, as: house.admin) == nil)
        #expect(try house.log("IRIS", "V1").modelID != first.modelID)
    }

    @Test func everyChangeLeavesAnAuditRow() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        let before = try house.catalog.read { try $0.auditRows().count }
        try house.registry.setAlias(name("A"), to: name("V1"), of: iris, as: house.admin)
        try house.registry.setAlias(name("A"), to: name("V2"), of: iris, as: house.admin)
        try house.registry.unsetAlias(name("A"), of: iris, as: house.admin)
        try house.registry.setDefault(name("V2"), of: iris, as: house.admin)
        try house.registry.setModelComment(iris, "new", as: house.admin)
        try house.registry.setVersionComment("c", of: name("V1"), of: iris, as: house.admin)
        try house.registry.setMetadata("{\"a\":1}", of: name("V1"), of: iris, as: house.admin)
        try house.registry.dropVersion(name("V1"), of: iris, as: house.admin)
        try house.registry.renameModel(iris, to: object("X"), as: house.admin)
        _ = try house.registry.dropModel(object("X"), as: house.admin)
        let rows = try house.catalog.read { try $0.auditRows(after: Int64(before)) }
        #expect(
            rows.map(\.action) == [
                "SET ALIAS", "SET ALIAS", "UNSET ALIAS", "SET DEFAULT_VERSION", "SET COMMENT", "SET VERSION COMMENT",
                "SET METADATA", "DROP VERSION", "RENAME", "DROP MODEL",
            ])
        #expect(rows[1].from == #"{"version":"V1"}"# && rows[1].to == #"{"alias":"A","version":"V2"}"#)
        #expect(rows.allSatisfy { $0.user == "ADMIN" && $0.role == "ACCOUNTADMIN" })
        #expect(rows[8].from == #"{"name":"ML.REGISTRY.IRIS"}"# && rows[8].objectName == "ML.REGISTRY.X")
        _ = try house.catalog.read { try $0.verifyAudit() }
    }
}
