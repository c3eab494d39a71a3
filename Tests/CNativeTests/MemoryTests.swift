import CNative
import Foundation
import Testing

#if os(Linux)
    struct MemoryTests {
        /// Resident bytes that are mapped from files, from `/proc/self/statm`.
        private func bytesMappedFromFiles() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return try #require(Int(fields[2])) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }

        /// Code that was loaded is given back, and works as before: what it wrote (relocations, globals) is still there.
        @Test func codeIsGivenBackAndStillRuns() throws {
            let text = (0..<1000).map { "line \($0)" }.joined(separator: "\n")
            let expected = try JSONEncoder().encode([text])
            let before = try bytesMappedFromFiles()
            cn_give_back_memory()
            let after = try bytesMappedFromFiles()
            #expect(after < before)
            #expect(try JSONEncoder().encode([text]) == expected)
            #expect(try JSONDecoder().decode([String].self, from: expected) == [text])
        }
    }
#endif
