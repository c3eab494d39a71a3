import Foundation
import Testing
import Types

@testable import Engine

@Suite("Golden SQL")
struct GoldenSQLTests {
    @Test("There are golden files")
    func present() { #expect(GoldenFile.all.count > 10) }

    @Test("Every golden file comes out as written", arguments: GoldenFile.all)
    func file(_ path: String) async throws {
        let url = GoldenFile.folder.appending(path: path)
        let text = try String(contentsOf: url, encoding: .utf8)
        var records = try GoldenFile.parse(text)
        let house = try EngineHouse()
        var clients: [String: Client] = [:]
        for index in records.indices {
            let label = records[index].session
            if clients[label] == nil {
                let client = try house.open()
                try await client.run("CREATE SCHEMA IF NOT EXISTS ML.GOLDEN")
                try await client.run("USE SCHEMA ML.GOLDEN")
                clients[label] = client
            }
            guard let client = clients[label] else { continue }
            let found = await GoldenSQLTests.outcome(of: records[index], client)
            if let difference = GoldenSQLTests.difference(records[index], found) {
                if ProcessInfo.processInfo.environment["REWRITE"] != "1" {
                    Issue.record("\(path):\(records[index].line): \(records[index].sql)\n\(difference)")
                }
                GoldenSQLTests.take(found, into: &records[index])
            }
        }
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try GoldenFile.text(records).write(to: url, atomically: true, encoding: .utf8)
        }
    }

    private enum Outcome {
        case rows(types: String, lines: [String])
        case failure(RegistryError)
    }

    private static func outcome(of record: GoldenRecord, _ client: Client) async -> Outcome {
        do {
            let answer = try await client.run(record.sql)
            var lines = answer.rows.map { row in
                zip(row, answer.columns).map { GoldenCell.text($0, $1.type) }.joined(separator: "\t")
            }
            if record.options.contains("rowsort") { lines.sort() }
            if record.options.contains("names") { lines.insert(answer.names.joined(separator: "\t"), at: 0) }
            return .rows(types: answer.columns.map { GoldenCell.letter($0.type) }.joined(), lines: lines)
        } catch {
            return .failure(error as? RegistryError ?? RegistryError(.internal, "\(error)"))
        }
    }

    private static func difference(_ record: GoldenRecord, _ outcome: Outcome) -> String? {
        switch (record.kind, outcome) {
        case (.ok, .rows): return nil
        case (.ok, .failure(let error)), (.query, .failure(let error)): return "it failed: \(error)"
        case (.error, .rows): return "it succeeded"
        case (.error, .failure(let error)):
            let position = error.position.map { [$0.line, $0.column] } ?? [-1, -1]
            let isSame = error.text.contains(record.message) || record.message.isEmpty
            guard !isSame || (record.position != nil && record.position != position) else { return nil }
            return "it failed otherwise: @\(position[0]):\(position[1]) \(error)"
        case (.query, .rows(let types, let lines)):
            guard types != record.types || lines != record.expected else { return nil }
            return "\(record.types) became \(types)\n  - " + record.expected.joined(separator: "\n  - ") + "\n  + "
                + lines.joined(separator: "\n  + ")
        }
    }

    /// Notes what came, for a rewrite.
    private static func take(_ outcome: Outcome, into record: inout GoldenRecord) {
        switch outcome {
        case .rows(let types, let lines):
            if record.kind == .error { record.kind = .ok }
            guard record.kind == .query else { return }
            (record.types, record.expected) = (types, lines)
        case .failure(let error):
            record.kind = .error
            record.message = error.text.split(separator: "\n").first.map(String.init) ?? ""
            if record.position != nil { record.position = error.position.map { [$0.line, $0.column] } }
        }
    }
}
