import Foundation
import Types

/// How an upload in parts ended. A client whose answer was lost asks again and is told the same, also after a restart,
/// until the upload's directory is collected.
enum MultipartEnd: Codable, Hashable, Sendable {
    case aborted
    /// - `digests`: of the parts, in their order.
    /// - `isRecorded`: whether the catalog knows of the file.
    case completed(Blob, digests: [String], isRecorded: Bool)

    private static let name = "end"

    /// The end of the upload in a directory, nil while it goes on.
    static func read(in directory: URL) throws -> MultipartEnd? {
        let file = directory.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try JSONDecoder().decode(MultipartEnd.self, from: Data(contentsOf: file))
    }

    /// Notes the end in the directory.
    func write(in directory: URL) throws {
        do {
            try JSONEncoder().encode(self).write(to: directory.appending(path: Self.name), options: .atomic)
        } catch {
            throw RegistryError(.unavailable, "The server could not end an upload in parts.", cause: error)
        }
    }

    /// Removes what the upload needed while it went on.
    static func clear(_ directory: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        // What can't be removed now goes with the directory.
        for file in names where file != name && file != "plan" {
            try? FileManager.default.removeItem(at: directory.appending(path: file))
        }
    }
}
