import Foundation
import Types

@testable import Packaging

/// A package made by the stock client, from `Tests/Fixtures/Packages`, perhaps with some files changed.
struct SamplePackage {
    var files: [String: String] = [:]

    init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Packages/\(name)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        for path in paths {
            let url = root.appending(path: path)
            let isDirectory = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
            if !isDirectory { files[path] = try String(contentsOf: url, encoding: .utf8) }
        }
    }

    func read(limits: PackageLimits = PackageLimits()) throws -> ModelPackage {
        try ModelPackage(paths: Set(files.keys), limits: limits) { path, _ in files[path] ?? "" }
    }

    mutating func replace(_ old: String, by new: String, in file: String = "MANIFEST.yml") {
        files[file] = files[file]?.replacing(old, with: new)
    }
}
