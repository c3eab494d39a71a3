import Foundation
import Testing
import Transfer
import Types

struct SigningKeyTests {
    private let place = Place()

    private func path(of key: SigningKey) -> String {
        SignedURL(key: key).path(.resultChunk(queryID: "q", index: 0), expiresAt: 1)
    }

    private var file: URL { place.directory.appending(path: "keys/transfer.key") }

    @Test func keyIsMadeOnceAndReadAfterwards() throws {
        let keys = place.directory.appending(path: "keys")
        let first = try SigningKey.loadOrCreate(in: keys)
        let second = try SigningKey.loadOrCreate(in: keys)
        #expect(path(of: first) == path(of: second))
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? Int == 32)
        #expect(try FileManager.default.contentsOfDirectory(atPath: keys.path) == ["transfer.key"])
    }

    @Test func keysOfTwoServersDiffer() throws {
        let one = try SigningKey.loadOrCreate(in: place.directory.appending(path: "one"))
        let two = try SigningKey.loadOrCreate(in: place.directory.appending(path: "two"))
        #expect(path(of: one) != path(of: two))
    }

    @Test func manyAtOnceGetTheSameKey() async throws {
        let keys = place.directory.appending(path: "keys")
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { path(of: try SigningKey.loadOrCreate(in: keys)) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(paths.count == 1)
    }

    @Test func readableOrBrokenKeyIsRefused() throws {
        let keys = place.directory.appending(path: "keys")
        _ = try SigningKey.loadOrCreate(in: keys)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        let open = #expect(throws: RegistryError.self) { try SigningKey.loadOrCreate(in: keys) }
        #expect(open?.code == .failedPrecondition && open?.hint?.contains("chmod 600") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        for count in [0, 31, 33] {
            try Data(repeating: 1, count: count).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            let broken = #expect(throws: RegistryError.self) { try SigningKey.loadOrCreate(in: keys) }
            #expect(broken?.code == .corrupt)
        }
    }
}

/// A directory of its own, removed with the value.
final class Place: Sendable {
    let directory = FileManager.default.temporaryDirectory.appending(path: "transfer-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: directory) }
}
