package import Foundation

/// A local directory on its way into a stage, file by file.
package struct DirectoryUpload: Sendable {
    /// A file and its path from the directory.
    package struct Entry: Sendable, Hashable {
        package let path: String
        package let file: URL
        package let size: Int
    }

    /// By path.
    package let entries: [Entry]
    package var bytes: Int { entries.reduce(0) { $0 + $1.size } }

    /// Finds the files below the directory; links are followed for files, not for directories.
    ///
    /// - Throws: `ClientError.usage` where there is no such directory.
    package init(_ directory: URL) throws {
        let keys: Set<URLResourceKey> = [.isDirectoryKey]
        let root = directory.resolvingSymlinksInPath().path
        guard (try? URL(fileURLWithPath: root).resourceValues(forKeys: keys).isDirectory) == true,
            let paths = FileManager.default.enumerator(atPath: root)
        else { throw ClientError.usage("There is no directory '\(directory.path)'.") }
        var entries: [Entry] = []
        for case let path as String in paths {
            let file = URL(fileURLWithPath: "\(root)/\(path)").resolvingSymlinksInPath()
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path) else {
                throw ClientError.usage("The file '\(path)' of the directory can't be read.")
            }
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            entries.append(Entry(path: path, file: file, size: attributes[.size] as? Int ?? 0))
        }
        self.entries = entries.sorted { $0.path < $1.path }
    }

    package func has(_ path: String) -> Bool { entries.contains { $0.path == path } }

    /// Sends all files.
    ///
    /// - Parameters:
    ///   - stage: the stage's name as SQL writes it.
    ///   - willSend: is told each file before it is sent.
    /// - Throws: `ClientError`.
    package func send(
        to stage: String, over session: ServerSession, willSend: (Entry) -> Void = { _ in }
    ) async throws {
        for entry in entries {
            willSend(entry)
            let folder = entry.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            // The name comes from the path in the directory, not from the file that a link leads to.
            let local = SQLWord.literal("file://" + entry.path)
            let target = SQLWord.literal("@\(stage)\(folder)")
            let outcome = try await session.run("PUT \(local) \(target) AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
            guard let url = outcome.transfer?.stageInfo?.presignedUrl else {
                throw ClientError.connection("The server's answer to PUT names no place for '\(entry.path)'.")
            }
            let bytes: [UInt8]
            do { bytes = Array(try Data(contentsOf: entry.file, options: .mappedIfSafe)) } catch {
                throw ClientError.usage("The file '\(entry.file.path)' can't be read.")
            }
            try await session.upload(bytes, to: url)
        }
    }
}
