import DuckDB
import Foundation
import TestSupport
import Testing
import Types

#if os(Linux)
    @Suite(.serialized)
    struct MemoryLimitTests {
        private var residentBytes: Int {
            get throws {
                let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
                return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
            }
        }

        /// What functions make outside DuckDB's own limit: by its allocator, by operator new, by texts of libstdc++.
        /// Other tests of this process stay far below the limit, which is why it is not a small one.
        @Test(arguments: [
            "SELECT length(repeat('x', 3000000000))",
            "SELECT length(replace(repeat('a', 30000), 'a', repeat('b', 100000)))",
            "SELECT len(range(1000000000))",
        ])
        func anAllocationOverTheLimitFailsTheStatementAlone(_ sql: String) throws {
            let library = try NativeLibrary.load()
            #expect(MemoryLimit.isEnforced)
            let connection = try Database(library: library, configuration: ["memory_limit": "8GiB"]).connect()
            MemoryLimit.set(residentBytes: try residentBytes + (2 << 30))
            defer { MemoryLimit.set(residentBytes: 0) }
            let error = #expect(throws: RegistryError.self) { try connection.query(sql) }
            #expect(error?.code == .limitExceeded)
            #expect(error?.isOutOfMemory == true)
            #expect(error?.message.hasPrefix("The statement needs more memory than the server may take") == true)
            #expect(error?.hint?.contains("sql-memory") == true)
            #expect(try connection.query("SELECT 'on'").texts() == [["on"]])
            MemoryLimit.giveBack()
        }

        @Test func duckDBsOwnLimitIsToldInTheSameWords() throws {
            let library = try NativeLibrary.load()
            let connection = try Database(library: library, configuration: ["memory_limit": "64MiB"]).connect()
            let error = #expect(throws: RegistryError.self) {
                try connection.query("SELECT len(list(i)) FROM range(100000000) t(i)")
            }
            #expect(error?.code == .limitExceeded)
            #expect(error?.message == "The statement needs more memory than the SQL engine may take (64.0 MiB).")
        }
    }
#endif
