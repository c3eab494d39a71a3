import Foundation
import Inference
import Store
import Synchronization
import Testing
import Types

@testable import Engine

@Suite("Warehouses")
struct WarehouseTests {
    @Test("No more batches pass than the limit says, and all come through in the end")
    func gate() throws {
        let gate = WarehouseGate(now: Date())
        let inside = Mutex((now: 0, most: 0, all: 0))
        DispatchQueue.concurrentPerform(iterations: 24) { _ in
            try? gate.pass(limit: 2, Cancellation()) {
                inside.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                    $0.all += 1
                }
                usleep(500)
                inside.withLock { $0.now -= 1 }
            }
        }
        #expect(inside.withLock { $0.most } <= 2 && inside.withLock { $0.all } == 24)
        #expect(gate.load == (statements: 0, running: 0, queued: 0))
    }

    @Test("Who waits for a warehouse can be cancelled, and takes nobody's place")
    func cancelling() throws {
        let gate = WarehouseGate(now: Date())
        let cancellation = Cancellation()
        let outcome = Mutex<RegistryError.Code?>(nil)
        let done = DispatchSemaphore(value: 0)
        try gate.pass(limit: 1, Cancellation()) {
            DispatchQueue.global().async {
                do { try gate.pass(limit: 1, cancellation) {} } catch {
                    outcome.withLock { $0 = (error as? RegistryError)?.code }
                }
                done.signal()
            }
            while gate.load.queued == 0 { usleep(200) }
            cancellation.cancel()
            done.wait()
        }
        #expect(outcome.withLock { $0 } == .cancelled)
        #expect(gate.load == (statements: 0, running: 0, queued: 0))
        var passed = false
        try gate.pass(limit: 1, Cancellation()) { passed = true }
        #expect(passed)
    }

    @Test(
        "Sizes in all their spellings",
        arguments: [
            ("xsmall", "X-Small"), ("X-SMALL", "X-Small"), ("Medium", "Medium"), ("XLARGE", "X-Large"),
            ("XXLARGE", "2X-Large"), ("x2large", "2X-Large"), ("2X-Large", "2X-Large"), ("XXXLARGE", "3X-Large"),
            ("X6LARGE", "6X-Large"), ("7X-LARGE", nil), ("", nil), ("HUGE", nil),
        ] as [(String, String?)])
    func sizes(text: String, name: String?) { #expect(WarehouseSize(parsing: text)?.name == name) }

    /// A column of SHOW WAREHOUSES.
    private func shown(_ client: Client, _ warehouse: String, _ columns: String...) async throws -> [String?] {
        let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        return try await client.rows("SHOW WAREHOUSES LIKE '\(warehouse)' ->> SELECT \(list) FROM $1").first ?? []
    }

    @Test("Properties are kept, shown, changed and given back")
    func properties() async throws {
        let client = try EngineHouse().open()
        try await client.run(
            """
            CREATE WAREHOUSE W WITH WAREHOUSE_SIZE = LARGE AUTO_SUSPEND = 60 AUTO_RESUME = FALSE MAX_CLUSTER_COUNT = 3
                INITIALLY_SUSPENDED = TRUE COMMENT = 'big'
            """)
        #expect(
            try await shown(
                client, "W", "state", "size", "min_cluster_count", "max_cluster_count", "started_clusters", "auto_suspend",
                "auto_resume", "comment", "is_current")
                == ["SUSPENDED", "Large", "1", "3", "0", "60", "false", "big", "Y"])
        try await client.run("ALTER WAREHOUSE W RESUME")
        try await client.run("ALTER WAREHOUSE W SET WAREHOUSE_SIZE = 'X-SMALL', AUTO_SUSPEND = NULL COMMENT = 'small'")
        try await client.run("ALTER WAREHOUSE W UNSET MAX_CLUSTER_COUNT")
        #expect(
            try await shown(client, "W", "state", "size", "max_cluster_count", "auto_suspend", "comment")
                == ["STARTED", "X-Small", "1", nil, "small"])
        try await client.run("ALTER WAREHOUSE W RENAME TO W2")
        #expect(try await client.value("SELECT CURRENT_WAREHOUSE()") == "W2")
        #expect(try await client.rows("DESCRIBE WAREHOUSE W2").map { $0.dropFirst() } == [["W2", "WAREHOUSE"]])
        try await client.run("ALTER WAREHOUSE W2 RESUME IF SUSPENDED")
        try await client.run("ALTER WAREHOUSE W2 ABORT ALL QUERIES")
        try await client.run("DROP WAREHOUSE W2")
    }

    @Test(
        "What can't be is refused with its place",
        arguments: [
            ("CREATE WAREHOUSE X WAREHOUSE_SIZE = HUGE", RegistryError.Code.invalidArgument, "X-Small"),
            ("CREATE WAREHOUSE X AUTO_SUSPND = 1", .syntax, "AUTO_SUSPND"),
            ("CREATE WAREHOUSE X AUTO_SUSPEND = -1", .invalidArgument, "0...2147483647"),
            ("CREATE WAREHOUSE X MIN_CLUSTER_COUNT = 2", .invalidArgument, "MAX_CLUSTER_COUNT"),
            ("CREATE WAREHOUSE X RESOURCE_MONITOR = M", .unsupported, "monitors"),
            ("ALTER WAREHOUSE COMPUTE_WH RESUME", .failedPrecondition, "RESUME IF SUSPENDED"),
            ("ALTER WAREHOUSE COMPUTE_WH UNSET SPEED", .syntax, "SPEED"),
            ("ALTER WAREHOUSE NONE SUSPEND", .notFound, "NONE"), ("USE WAREHOUSE NONE", .notFound, "NONE"),
        ])
    func refused(sql: String, code: RegistryError.Code, word: String) async throws {
        let error = await (try EngineHouse().open()).failure(sql)
        #expect(error?.code == code && error?.text.contains(word) == true, "\(error?.text ?? "no error")")
    }

    @Test("A warehouse that nothing used for its time is suspended, and told in the audit log")
    func autoSuspend() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        try await client.run("CREATE WAREHOUSE KEPT AUTO_SUSPEND = 0")
        try await client.run("CREATE WAREHOUSE SOON AUTO_SUSPEND = 3600")
        house.clock.advance(1800)
        try house.engine.suspendIdleWarehouses()
        #expect(try await shown(client, "SOON", "state") == ["STARTED"])
        house.clock.advance(1801)
        try house.engine.suspendIdleWarehouses()
        #expect(try await shown(client, "SOON", "state") == ["SUSPENDED"])
        #expect(try await shown(client, "KEPT", "state") == ["STARTED"])
        let rows = try house.catalog.read { try $0.auditRows(of: .warehouse) }
        #expect(rows.last?.action == "AUTO_SUSPEND" && rows.last?.user == "roost")
        try await client.run("ALTER WAREHOUSE SOON RESUME")
        #expect(await client.failure("ALTER WAREHOUSE SOON RESUME")?.code == .failedPrecondition)
    }
}
