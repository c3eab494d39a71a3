import Foundation
import Testing
import Types

@testable import Inference

/// Which environments `roost gc` takes for needed.
struct EnvironmentCollectionTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "roost-env-\(UUID().uuidString)")

    /// Puts an environment where a build for these requirements would have put it.
    private func build(_ name: String, for spec: EnvironmentSpec) throws {
        let pointer = directory.appending(path: "specs/\(try EnvironmentRequirements(spec).hash)")
        for path in [directory.appending(path: name), pointer.deletingLastPathComponent()] {
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }
        try Data(name.utf8).write(to: pointer)
    }

    private func unneeded(_ needed: [EnvironmentSpec], inUse: Set<String> = []) throws -> [String] {
        try EnvironmentCollection.unneeded(
            in: directory, needed: needed, inUse: inUse, builtBefore: Date(timeIntervalSinceNow: 60)
        ).map(\.name).sorted()
    }

    @Test func whatAVersionNeedsIsKept() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let requirements = [EnvironmentSpec.Requirement(name: "humanize", specifier: ">=4")]
        let plain = EnvironmentSpec(pythonVersion: "3.11", requirements: requirements)
        let embedding = EnvironmentSpec(pythonVersion: "3.11", requirements: requirements, embedsLibrary: true)
        let mlflow = EnvironmentSpec(pythonVersion: "3.11", requirements: requirements, runner: .mlflow)
        try build("plain", for: plain)
        try build("embedding", for: embedding)
        try build("mlflow", for: mlflow)
        #expect(try unneeded([plain]) == ["embedding", "mlflow"])
        #expect(try unneeded([embedding]) == ["mlflow", "plain"])
        #expect(try unneeded([mlflow], inUse: ["plain"]) == ["embedding"])
        let unreadable = EnvironmentSpec(pythonVersion: nil, requirements: [.init(name: "../a", specifier: "")])
        #expect(try unneeded([plain, embedding, mlflow, unreadable]).isEmpty)
        try EnvironmentCollection.remove(["plain"], in: directory)
        #expect(try unneeded([embedding, mlflow]).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/specs").count == 2)
    }

    @Test func whatCanNotBeReadIsNoReasonToRemove() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try build("plain", for: EnvironmentSpec(pythonVersion: nil, requirements: []))
        let broken = String(repeating: "0", count: EnvironmentRequirements.hashLength)
        try FileManager.default.createDirectory(
            at: directory.appending(path: "specs/\(broken)"), withIntermediateDirectories: true)
        let error = #expect(throws: RegistryError.self) { try unneeded([]) }
        #expect(error?.code == .unavailable)
    }
}
