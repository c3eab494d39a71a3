import Foundation
import Testing
import Types

@testable import Store

/// The chain over rows with and without a statement.
struct AuditChainTests {
    @Test func rowsFromBeforeStatementsWereNamedStayWhatTheyWere() throws {
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "catalog.sqlite")
        let old = try CatalogStore(file: file, clock: TimeSource { 1 }, migrations: [Migration.all[0]])
        let fields = ["ALICE", "DEV", "CREATE MODEL", "MODEL", "7", "ML.R.M", "{}", "{}"]
        let hash = AuditRow.hash(previous: "", sequence: 1, at: 5, fields: fields)
        try old.write { tx in
            _ = try tx.run(
                """
                INSERT INTO audit (seq, at, user_name, role_name, action, object_kind, object_id, object_name, from_json,
                    to_json, previous_hash, hash)
                VALUES (1, 5, 'ALICE', 'DEV', 'CREATE MODEL', 'MODEL', 7, 'ML.R.M', '{}', '{}', '', $1)
                """, [.text(hash)])
        }
        try old.close()
        let catalog = try scratch.catalog()
        let model = ObjectRef(.model, 7, name: "ML.R.M")
        try catalog.write { tx in
            try AuditOrigin.$queryID.withValue("q-1") {
                try tx.audit(AuditEntry(nobody, "SET COMMENT", model), now: 6)
            }
            try tx.audit(AuditEntry(nobody, "DROP MODEL", model), now: 7)
        }
        #expect(try catalog.read { try $0.verifyAudit() } == 3)
        #expect(try catalog.read { try $0.auditRows().map(\.queryID) } == ["", "q-1", ""])
        // What a looker-on sees while the catalog is open.
        let snapshot = try CatalogSnapshot(file: file)
        #expect(try snapshot.read { try $0.verifyAudit() } == 3)
        try catalog.write { _ = try $0.run("UPDATE audit SET query_id = 'q-2' WHERE seq = 3") }
        let error = #expect(throws: RegistryError.self) { try snapshot.read { try $0.verifyAudit() } }
        #expect(error?.code == .corrupt && error?.message.contains("row 3") == true)
    }

    @Test func aSnapshotNeedsACatalogOfThisSchema() throws {
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "catalog.sqlite")
        #expect(throws: RegistryError.self) { try CatalogSnapshot(file: file) }
        try CatalogStore(file: file, clock: TimeSource { 1 }, migrations: [Migration.all[0]]).close()
        let error = #expect(throws: RegistryError.self) { try CatalogSnapshot(file: file) }
        #expect(error?.code == .unsupported)
    }
}
