import Access
import Store
import Testing
import Types

@testable import Registry

/// Models and versions as they were, from the audit log.
struct PastTests {
    private let iris = object("IRIS")

    /// Name, default and aliases of the versions at a moment: `V2* LAST PROD`.
    private func versions(_ house: RegistryHouse, at moment: Int64) throws -> [String] {
        try house.registry.versions(of: iris, asOf: moment, as: house.admin).map { row in
            ([row.record.name.name + (row.isDefault ? "*" : "")] + row.aliases.filter { $0 != "DEFAULT" })
                .joined(separator: " ")
        }
    }

    /// Full names of the models at a moment.
    private func models(
        _ house: RegistryHouse, at moment: Int64, in scope: Scope = .account, as principal: Principal? = nil
    ) throws -> [String] {
        try house.registry.models(in: scope, asOf: moment, as: principal ?? house.admin).map {
            $0.qualifiedName.description
        }
    }

    /// A moment after all that was done, and a minute before all that comes.
    private func moment(_ house: RegistryHouse) -> Int64 {
        let now = house.clock.now
        house.clock.advance(seconds: 60)
        return now
    }

    @Test func aliasesAndDefaultsAreThoseOfThen() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        let first = moment(house)
        try registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        try registry.setAlias(name("OLD"), to: name("V1"), of: iris, as: house.admin)
        let second = moment(house)
        try registry.setAlias(name("PROD"), to: name("V2"), of: iris, as: house.admin)
        try registry.setDefault(name("V2"), of: iris, as: house.admin)
        try house.log("IRIS", "V3")
        let third = moment(house)
        try registry.unsetAlias(name("PROD"), of: iris, as: house.admin)
        try registry.dropVersion(name("V1"), of: iris, as: house.admin)
        // A version that gets the name of one that is gone.
        try house.log("IRIS", "V1")
        try registry.setAlias(name("OLD"), to: name("V1"), of: iris, as: house.admin)
        #expect(try versions(house, at: first) == ["V1* FIRST", "V2 LAST"])
        #expect(try versions(house, at: second) == ["V1* FIRST OLD PROD", "V2 LAST"])
        #expect(try versions(house, at: third) == ["V1 FIRST OLD", "V2* PROD", "V3 LAST"])
        #expect(try versions(house, at: house.clock.now) == ["V2* FIRST", "V3", "V1 LAST OLD"])
    }

    @Test func whatMLflowsClientsChangeHasAPastToo() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        try registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        try registry.setStage("Production", ofNumber: 2, of: iris, archivingOthers: false, as: house.admin)
        try registry.setVersionComment("one", ofNumber: 2, of: iris, as: house.admin)
        let then = moment(house)
        try registry.setVersionComment("two", ofNumber: 2, of: iris, as: house.admin)
        try registry.setStage("Production", ofNumber: 1, of: iris, archivingOthers: true, as: house.admin)
        try registry.dropVersion(number: 1, of: iris, as: house.admin)
        #expect(try versions(house, at: then) == ["V1* FIRST PROD", "V2 LAST"])
        #expect(try registry.versions(of: iris, asOf: then, as: house.admin).map(\.record.comment) == ["", "one"])
        #expect(try versions(house, at: house.clock.now) == ["V2* FIRST LAST"])
        let changes = try registry.modelHistory(of: iris, as: house.admin).filter { $0.at > then }
        #expect(
            changes.map { "\($0.field) \($0.key ?? "") \($0.from ?? "") > \($0.to ?? "")" } == [
                "COMMENT  one > two", #"ARCHIVED   > ["V2"]"#, "STAGE  None > Production", "ALIAS PROD V1 > ",
                "DEFAULT_VERSION  V1 > V2", "VERSION  V1 > ",
            ])
    }

    @Test func commentsAndMetadataAreThoseOfThenAlsoWhereANameWasGivenAgain() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        try registry.setVersionComment("one", of: name("V2"), of: iris, as: house.admin)
        try registry.setModelComment(iris, "first", as: house.admin)
        let then = moment(house)
        try registry.setVersionComment("two", of: name("V2"), of: iris, as: house.admin)
        try registry.setMetadata(#"{"metrics":{"acc":1}}"#, of: name("V2"), of: iris, as: house.admin)
        try registry.setModelComment(iris, "second", as: house.admin)
        try registry.dropVersion(name("V2"), of: iris, as: house.admin)
        try house.log("IRIS", "V2")
        try registry.setVersionComment("three", of: name("V2"), of: iris, as: house.admin)
        let rows = try registry.versions(of: iris, asOf: then, as: house.admin)
        #expect(rows.map(\.record.comment) == ["", "one"])
        #expect(rows.map(\.record.metadata) == ["{}", "{}"])
        #expect(try registry.models(in: .account, asOf: then, as: house.admin).map(\.object.comment) == ["first"])
    }

    @Test func modelsAreCalledAndPlacedAsTheyWere() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        let first = moment(house)
        try registry.renameModel(iris, to: object("MOVED", in: "OTHER"), as: house.admin)
        let second = moment(house)
        try house.log("IRIS", "V1")
        _ = try registry.dropModel(object("MOVED", in: "OTHER"), as: house.admin)
        let third = moment(house)
        #expect(try models(house, at: first) == ["ML.REGISTRY.IRIS"])
        #expect(try models(house, at: first, in: .schema(Namespace(name("ML"), name("OTHER")))).isEmpty)
        #expect(try models(house, at: second) == ["ML.OTHER.MOVED"])
        #expect(try models(house, at: third) == ["ML.REGISTRY.IRIS"])
        #expect(try models(house, at: 0).isEmpty)
        // The model of the name now is not the one of then.
        let error = house.failure { try versions(house, at: first) }
        #expect(error?.code == .invalidArgument && error?.message.contains("it was made at") == true)
        let future = house.failure { try models(house, at: house.clock.now + 3_600_000) }
        #expect(future?.message.contains("has not come") == true)
    }

    @Test func thePastIsSeenByWhoeverSeesThePresent() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        try house.log("HIDDEN", "V1")
        let ann = try house.member("ANN")
        try house.grant("USAGE", on: iris, to: "ANN")
        let then = moment(house)
        #expect(try models(house, at: then, as: ann) == ["ML.REGISTRY.IRIS"])
        let changes = try house.registry.modelHistory(inDatabase: name("ML"), as: ann)
        #expect(Set(changes.map(\.model)) == [iris])
        #expect(house.failure { try house.registry.modelHistory(of: object("HIDDEN"), as: ann) }?.code == .notFound)
        #expect(
            house.failure { try house.registry.versions(of: object("HIDDEN"), asOf: then, as: ann) }?.code == .notFound)
    }

    @Test func historyTellsWhoMovedWhat() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        try AuditOrigin.$queryID.withValue("query-1") {
            try registry.setAlias(name("PROD"), to: name("V1"), of: iris, as: house.admin)
        }
        try registry.setAlias(name("PROD"), to: name("V2"), of: iris, as: house.admin)
        try registry.setMetadata(#"{"metrics":{"acc":0.5,"b":1}}"#, of: name("V2"), of: iris, as: house.admin)
        try registry.setMetadata(#"{"metrics":{"acc":0.75}}"#, of: name("V2"), of: iris, as: house.admin)
        try registry.setDefault(name("PROD"), of: iris, as: house.admin)
        try registry.dropVersion(name("V1"), of: iris, as: house.admin)
        let changes = try registry.modelHistory(of: iris, as: house.admin)
        func told(_ field: String) -> [String] {
            changes.filter { $0.field == field }.map {
                "\($0.key ?? "-") \($0.version ?? "-") \($0.from ?? "-") \($0.to ?? "-")"
            }
        }
        #expect(told("MODEL") == ["- - - ML.REGISTRY.IRIS"])
        #expect(told("VERSION") == ["- V1 - V1", "- V2 - V2", "- V1 V1 -"])
        #expect(told("DEFAULT_VERSION") == ["- V1 - V1", "- V2 V1 V2"])
        #expect(told("ALIAS") == ["PROD V1 - V1", "PROD V2 V1 V2"])
        #expect(told("METRIC") == ["acc V2 - 0.5", "b V2 - 1", "acc V2 0.5 0.75", "b V2 1 -"])
        #expect(changes.filter { $0.field == "ALIAS" }.map(\.queryID) == ["query-1", ""])
        #expect(changes.allSatisfy { $0.user == "ADMIN" && $0.model == iris })
        #expect(try house.catalog.read { try $0.verifyAudit() } > 0)
        try house.catalog.write { _ = try $0.run("UPDATE audit SET query_id = '' WHERE query_id = 'query-1'") }
        #expect(house.failure { try house.catalog.read { try $0.verifyAudit() } }?.code == .corrupt)
    }

    @Test func modelsDroppedWithTheirSchemaSayWith() throws {
        let house = try RegistryHouse()
        try house.log("IRIS", "V1")
        _ = try house.registry.dropSchema(RegistryHouse.schema, as: house.admin)
        let rows = try house.catalog.read { try $0.auditRows(of: .model) }
        #expect(rows.last?.action == "DROP MODEL" && rows.last?.from == #"{"with":"ML.REGISTRY"}"#)
    }
}

/// UNDROP MODEL and SHOW MODELS HISTORY.
struct UndropTests {
    private let iris = object("IRIS")

    @Test func bringsBackVersionsAliasesTagsGrantsAndFiles() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        let first = try house.log("IRIS", "V1")
        try house.log("IRIS", "V2")
        let ann = try house.member("ANN")
        try house.grant("USAGE", on: iris, to: "ANN")
        _ = try registry.createTag(object("STATE"), as: house.admin)
        try registry.setTag(object("STATE"), to: "good", on: .model, iris, as: house.admin)
        try registry.setAlias(name("PROD"), to: name("V2"), of: iris, as: house.admin)
        _ = try registry.dropModel(iris, as: house.admin)
        let gone = house.clock.now
        _ = try registry.collectGarbage(grace: 0)
        house.clock.advance(seconds: 3600)
        try registry.undropModel(iris, as: house.admin)
        let model = try registry.model(iris, as: ann)
        #expect(model.object.id == first.modelID && model.versionNames == ["V1", "V2"])
        #expect(try registry.resolveVersion(name("PROD"), of: iris, as: ann).name == name("V2"))
        #expect(try registry.tagValue(object("STATE"), on: .model, iris, as: house.admin) == "good")
        #expect(try !registry.files(at: .version(iris, version: name("V1"), path: ""), as: house.admin).isEmpty)
        // In between there was none.
        #expect(try registry.models(in: .account, asOf: gone, as: house.admin).isEmpty)
        #expect(try registry.models(in: .account, asOf: gone - 10, as: house.admin).count == 1)
        #expect(house.failure { try registry.undropModel(iris, as: house.admin) }?.code == .alreadyExists)
    }

    @Test func theLastOfANameComesBackFirst() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        let first = try house.log("IRIS", "V1").modelID
        _ = try registry.dropModel(iris, as: house.admin)
        let second = try house.log("IRIS", "V1").modelID
        _ = try registry.dropModel(iris, as: house.admin)
        let listed = try registry.modelsWithDropped(in: .schema(RegistryHouse.schema), as: house.admin)
        #expect(listed.map(\.object.id) == [second, first] && listed.allSatisfy { $0.object.droppedOn != nil })
        try registry.undropModel(iris, as: house.admin)
        #expect(try registry.model(iris, as: house.admin).object.id == second)
        try registry.renameModel(iris, to: object("SECOND"), as: house.admin)
        try registry.undropModel(iris, as: house.admin)
        #expect(try registry.model(iris, as: house.admin).object.id == first)
        #expect(try registry.modelsWithDropped(in: .account, as: house.admin).allSatisfy { $0.object.droppedOn == nil })
    }

    @Test func refusesWhatCantBe() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        let ann = try house.member("ANN", ["CREATE MODEL"])
        #expect(house.failure { try registry.undropModel(object("NEVER"), as: house.admin) }?.code == .notFound)
        _ = try registry.dropModel(iris, as: house.admin)
        // What a role could not see it can't bring back either.
        #expect(house.failure { try registry.undropModel(iris, as: ann) }?.code == .notFound)
        try house.log("IRIS", "V1")
        let taken = house.failure { try registry.undropModel(iris, as: house.admin) }
        #expect(taken?.code == .alreadyExists && taken?.hint?.contains("Rename") == true)
        _ = try registry.dropModel(iris, as: house.admin)
        house.clock.advance(seconds: 24 * 3600)
        let late = house.failure { try registry.undropModel(iris, as: house.admin) }
        #expect(late?.code == .failedPrecondition && late?.message.contains("86400 seconds") == true)
        #expect(try registry.modelsWithDropped(in: .account, as: house.admin).isEmpty)
    }

    @Test func aVersionThatNeverHadFilesComesBackToo() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try registry.registerModel(iris, displayName: "iris", comment: "", labels: [], as: house.admin)
        _ = try registry.registerVersion(
            of: iris, files: [], facts: VersionFacts(), comment: "", labels: [], origin: [:], as: house.admin)
        _ = try registry.dropModel(iris, as: house.admin)
        try registry.undropModel(iris, as: house.admin)
        #expect(try registry.versions(of: iris, as: house.admin).count == 1)
    }

    @Test func filesThatAreGoneAreNotPromised() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        try house.log("IRIS", "V1")
        _ = try registry.dropModel(iris, as: house.admin)
        // Collected with a shorter retention than the one of now.
        _ = try registry.collectGarbage(retention: 0, grace: 0)
        #expect(house.failure { try registry.undropModel(iris, as: house.admin) }?.code == .failedPrecondition)
    }
}
