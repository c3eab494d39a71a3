import Foundation
import Testing
import Types

@testable import Store

struct ObjectsTests {
    private func name(_ text: String) -> Identifier { Identifier(resolved: text) }

    @Test func refusesASecondLiveObjectOfTheNameButNotOfAnotherCase() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            _ = try tx.createObject(.database, name("ML"), in: 1, ownerRoleID: nil, now: 1)
            _ = try tx.createObject(.database, name("ml"), in: 1, ownerRoleID: nil, now: 1)
        }
        let error = #expect(throws: RegistryError.self) {
            try catalog.write { _ = try $0.createObject(.database, name("ML"), in: 1, ownerRoleID: nil, now: 1) }
        }
        #expect(error?.message == "Database 'ML' already exists.")
    }

    @Test func tablesAndViewsShareTheirNames() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            let schema = try tx.createObject(.schema, name("S"), in: 1, ownerRoleID: nil, now: 1)
            _ = try tx.createObject(.table, name("T"), in: schema, ownerRoleID: nil, now: 1)
            _ = try tx.createObject(.stage, name("T"), in: schema, ownerRoleID: nil, now: 1)
            #expect(throws: RegistryError.self) {
                _ = try tx.createObject(.view, name("T"), in: schema, ownerRoleID: nil, now: 1)
            }
            #expect(try tx.object(.view, name("T"), in: schema)?.kind == .table)
        }
    }

    @Test func droppingHidesWhatIsInsideAndFreesTheName() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            let first = try tx.createObject(.database, name("D"), in: 1, ownerRoleID: nil, now: 1)
            let schema = try tx.createObject(.schema, name("S"), in: first, ownerRoleID: nil, now: 1)
            let table = try tx.createObject(.table, name("T"), in: schema, ownerRoleID: nil, now: 1)
            #expect(try tx.qualifiedName(table) == "D.S.T")
            try tx.dropObject(first, now: 7)
            #expect(try tx.object(table)?.droppedOn == 7)
            #expect(try tx.object(.database, name("D"), in: 1) == nil)
            let second = try tx.createObject(.database, name("D"), in: 1, ownerRoleID: nil, now: 8)
            #expect(second > table)
        }
    }

    @Test func temporaryObjectsHideOthersFromTheirSessionOnly() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            let schema = try tx.createObject(.schema, name("S"), in: 1, ownerRoleID: nil, now: 1)
            let lasting = try tx.createObject(.stage, name("X"), in: schema, ownerRoleID: nil, now: 1)
            let own = try tx.createObject(.stage, name("X"), in: schema, ownerRoleID: nil, sessionID: 5, now: 1)
            #expect(try tx.object(.stage, name("X"), in: schema)?.id == lasting)
            #expect(try tx.object(.stage, name("X"), in: schema, sessionID: 5)?.id == own)
            #expect(try tx.object(.stage, name("X"), in: schema, sessionID: 6)?.id == lasting)
        }
    }

    @Test func auditRowsFormAChainThatShowsTampering() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            for i in 1...5 {
                try tx.audit(AuditEntry(nobody, "SET COMMENT", .account, to: ["comment": "\(i)"]), now: Int64(i))
            }
        }
        #expect(try catalog.read { try $0.verifyAudit() } == 5)
        try catalog.write { _ = try $0.run("UPDATE audit SET to_json = '{}' WHERE seq = 3") }
        let error = #expect(throws: RegistryError.self) { try catalog.read { _ = try $0.verifyAudit() } }
        #expect(error?.message.contains("row 3") == true)
    }

    @Test func aMissingAuditRowIsNoticed() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { tx in
            for i in 1...3 { try tx.audit(AuditEntry(nobody, "X", .account), now: Int64(i)) }
            try tx.run("DELETE FROM audit WHERE seq = 2")
        }
        #expect(throws: RegistryError.self) { try catalog.read { _ = try $0.verifyAudit() } }
    }
}
