import Access
import Packaging
import Store
import Testing
import Types

@testable import Registry

struct ListingTests {
    private func house(_ models: [String]) throws -> RegistryHouse {
        let house = try RegistryHouse()
        for model in models { try house.log(model, "V1") }
        return house
    }

    private func names(
        _ house: RegistryHouse, _ filter: ShowFilter, in scope: Scope = .schema(RegistryHouse.schema)
    ) throws -> [String] {
        try house.registry.models(in: scope, filter, as: house.admin).map(\.object.name.name)
    }

    @Test func likeIgnoresCaseAndKnowsWildcards() throws {
        let house = try house(["M_1", "MX1", "IRIS", "a%b", "a\\b"])
        #expect(try names(house, ShowFilter(like: "%i%")) == ["IRIS"])
        #expect(try names(house, ShowFilter(like: "iris")) == ["IRIS"])
        #expect(try names(house, ShowFilter(like: "M__")) == ["MX1", "M_1"])
        #expect(try names(house, ShowFilter(like: "m\\__")) == ["M_1"])
        #expect(try names(house, ShowFilter(like: "a\\%b")) == ["a%b"])
        #expect(try names(house, ShowFilter(like: "nothing")) == [])
        #expect(try names(house, ShowFilter(like: "")) == [])
        #expect(try names(house, ShowFilter(like: "a\\")) == [])
    }

    @Test func anExactNameHidesOthersThatItsWildcardsMatch() throws {
        let house = try house(["M_1", "MX1", "m_1"])
        #expect(try names(house, ShowFilter(like: "M_1")) == ["M_1"])
        #expect(try names(house, ShowFilter(like: "m_1")) == ["m_1"])
        #expect(try names(house, ShowFilter(like: "mX1")) == ["MX1"])
    }

    @Test func startsWithLimitAndFrom() throws {
        let house = try house(["A1", "A2", "A3", "B1", "a1"])
        #expect(try names(house, ShowFilter(startsWith: "A")) == ["A1", "A2", "A3"])
        #expect(try names(house, ShowFilter(limit: 2)) == ["A1", "A2"])
        #expect(try names(house, ShowFilter(limit: 2, from: "A2")) == ["A3", "B1"])
        #expect(try names(house, ShowFilter(from: "A")) == ["A2", "A3", "B1", "a1"])
        #expect(try names(house, ShowFilter(startsWith: "A", limit: 5, from: "A1")) == ["A2", "A3"])
        #expect(try names(house, ShowFilter(limit: 0)) == [])
        #expect(try names(house, ShowFilter(limit: 1, from: "A1")) == ["A2"])
        // Nothing begins so: what would come behind it does.
        #expect(try names(house, ShowFilter(limit: 1, from: "AZ")) == ["B1"])
        #expect(try names(house, ShowFilter(limit: .max, from: "AZ")) == ["B1", "a1"])
        #expect(try names(house, ShowFilter(limit: 2, from: "A1"), in: .account) == ["A2", "A3"])
        #expect(try names(house, ShowFilter(like: "a_", limit: 2)) == ["A1", "A2"])
    }

    @Test func scopesAreSchemaDatabaseAndAccount() throws {
        let house = try house(["A"])
        _ = try house.registry.createModel(
            object("B", in: "OTHER"), version: name("V1"), from: .version(object("A"), version: nil), as: house.admin)
        #expect(try names(house, ShowFilter()) == ["A"])
        #expect(try names(house, ShowFilter(), in: .database(name("ML"))) == ["B", "A"])
        #expect(try names(house, ShowFilter(), in: .account) == ["B", "A"])
        let error = house.failure { try names(house, ShowFilter(), in: .database(name("NOPE"))) }
        #expect(error?.message == "Database 'NOPE' does not exist or not authorized.")
        let schema = house.failure { try names(house, ShowFilter(), in: .schema(Namespace(name("ML"), name("NOPE")))) }
        #expect(schema?.message == "Schema 'ML.NOPE' does not exist or not authorized.")
    }

    @Test func listsManyModelsInPages() throws {
        let house = try house(["M0"])
        let first = try house.registry.model(object("M0"), as: house.admin).object
        let schemaID = try #require(first.parentID)
        try house.catalog.write { tx in
            for i in 1..<1100 {
                let id = try tx.createObject(
                    .model, name("M\(i)"), in: schemaID, ownerRoleID: first.ownerRoleID, now: Int64(i))
                try tx.insertModel(id, displayName: "M")
                let version = try tx.insertVersion(
                    name("V1"), of: id, state: .committed, createdBy: name("ADMIN"), now: Int64(i))
                try tx.setDefaultVersion(id, to: version, now: Int64(i))
            }
        }
        let models = try house.registry.models(in: .account, as: house.admin)
        #expect(models.count == 1100)
        #expect(models.map(\.object.name) == models.map(\.object.name).sorted())
        #expect(models.allSatisfy { $0.versionNames == ["V1"] && $0.aliases.count == 3 })
        #expect(try names(house, ShowFilter(limit: 1050)).count == 1050)
        let viewer = try house.member("VIEWER")
        try house.grant("USAGE", on: object("M999"), to: "VIEWER")
        #expect(try house.registry.models(in: .account, as: viewer).map(\.object.name) == [name("M999")])
    }

    @Test func versionsAreListedInOrderOfCreation() throws {
        let house = try house(["A"])
        for version in ["Z", "B", "v_1"] { try house.log("A", version) }
        func list(_ filter: ShowFilter = ShowFilter()) throws -> [String] {
            try house.registry.versions(of: object("A"), filter, as: house.admin).map(\.record.name.name)
        }
        #expect(try list() == ["V1", "Z", "B", "v_1"])
        #expect(try list(ShowFilter(like: "v%")) == ["V1", "v_1"])
        #expect(try list(ShowFilter(like: "V_1")) == ["v_1"])
        #expect(try list(ShowFilter(startsWith: "v", limit: 1)) == ["v_1"])
        let all = try house.registry.functions(of: object("A"), as: house.admin)
        #expect(all.count == 12)
    }

    @Test func databasesAndSchemasAreMadeListedRenamedAndDropped() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        let made = try registry.createDatabase(name("LAB"), comment: "c", as: house.admin)
        #expect(made.isNew)
        #expect(try registry.schemas(in: name("LAB"), as: house.admin).map(\.object.name.name) == ["PUBLIC"])
        #expect(house.failure { try registry.createDatabase(name("LAB"), as: house.admin) }?.code == .alreadyExists)
        #expect(try !registry.createDatabase(name("LAB"), mode: .ifNotExists, as: house.admin).isNew)
        let replaced = try registry.createDatabase(name("LAB"), mode: .orReplace, as: house.admin)
        #expect(replaced.replacedID == made.id)
        #expect(try registry.databases(ShowFilter(like: "l%"), as: house.admin).map(\.name.name) == ["LAB"])
        let space = Namespace(name("LAB"), name("my space"))
        _ = try registry.createSchema(space, as: house.admin)
        try registry.renameSchema(space, to: Namespace(name("LAB"), name("S2")), as: house.admin)
        try registry.renameDatabase(name("LAB"), to: name("LAB2"), as: house.admin)
        try registry.setDatabaseComment(name("LAB2"), "new", as: house.admin)
        #expect(try registry.findDatabase(name("LAB2"), as: house.admin).row.comment == "new")
        #expect(
            try registry.findSchema(Namespace(name("LAB2"), name("S2")), as: house.admin).reference.name == "LAB2.S2")
        let reserved = Namespace(name("LAB2"), name("INFORMATION_SCHEMA"))
        #expect(house.failure { try registry.createSchema(reserved, as: house.admin) }?.code == .alreadyExists)
        #expect(try registry.dropSchema(Namespace(name("LAB2"), name("S2")), as: house.admin) != nil)
        #expect(try registry.dropDatabase(name("LAB2"), as: house.admin) != nil)
        #expect(try registry.dropDatabase(name("LAB2"), ifExists: true, as: house.admin) == nil)
        #expect(try registry.databases(as: house.admin).map(\.name.name) == ["ML"])
    }

    @Test func droppingASchemaHidesItsModels() throws {
        let house = try house(["A"])
        _ = try house.registry.dropSchema(RegistryHouse.schema, as: house.admin)
        #expect(try names(house, ShowFilter(), in: .account) == [])
        _ = try house.registry.createSchema(RegistryHouse.schema, as: house.admin)
        #expect(try names(house, ShowFilter(), in: .account) == [])
        #expect(house.failure { try house.registry.model(object("A"), as: house.admin) }?.code == .notFound)
    }

    @Test func tablesAndViewsAreWrittenDown() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        let columns = #"[{"name":"A"}]"#
        _ = try registry.createTable(.table, object("T"), columns: columns, as: house.admin)
        _ = try registry.createTable(.view, object("V"), definition: "SELECT 1", as: house.admin)
        #expect(
            house.failure { try registry.createTable(.view, object("T"), mode: .orReplace, as: house.admin) }?.code
                == .alreadyExists)
        #expect(try registry.table(object("T"), as: house.admin).columns == columns)
        #expect(try registry.table(object("V"), as: house.admin).definition == "SELECT 1")
        #expect(try registry.tables([.view], in: .account, as: house.admin).map(\.listed.object.name.name) == ["V"])
        #expect(
            house.failure { try registry.dropTable(.table, object("V"), as: house.admin) }?.code == .invalidArgument)
        try registry.setTableFacts(object("T"), definition: "", columns: "[]", as: house.admin)
        try registry.renameTable(.table, object("T"), to: object("T2"), as: house.admin)
        try registry.setTableComment(.table, object("T2"), "c", as: house.admin)
        #expect(try registry.table(object("T2"), as: house.admin).listed.object.comment == "c")
        #expect(try registry.dropTable(.table, object("T2"), as: house.admin) != nil)
    }

    @Test func warehousesKeepTheirProperties() throws {
        let house = try RegistryHouse()
        let registry = house.registry
        _ = try registry.createWarehouse(name("WH"), WarehouseRecord(size: "Large"), as: house.admin)
        try registry.alterWarehouse(name("WH"), .operateWarehouse, as: house.admin) { $0.isSuspended = true }
        let found = try registry.warehouse(name("WH"), as: house.admin)
        #expect(found.record == WarehouseRecord(size: "Large", isSuspended: true))
        #expect(try registry.warehouses(as: house.admin).map(\.object.name.name) == ["COMPUTE_WH", "WH"])
        #expect(try registry.dropWarehouse(name("WH"), as: house.admin) != nil)
    }
}
