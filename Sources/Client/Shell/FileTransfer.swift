import Foundation

/// Sends and fetches the files of PUT and GET, as the server's answer says.
struct FileTransfer {
    /// The columns that a transfer is told in.
    static let columns = ["source", "target", "size", "status"].map {
        ResultField(name: $0, type: $0 == "size" ? "fixed" : "text")
    }

    private let session: ServerSession

    init(_ session: ServerSession) {
        self.session = session
    }

    /// - Returns: a row a file.
    func perform(_ outcome: StatementOutcome) async throws -> [[String?]] {
        guard let transfer = outcome.transfer else { return [] }
        return transfer.command == "UPLOAD" ? try await upload(transfer) : try await download(transfer)
    }

    private func upload(_ transfer: StatementContent) async throws -> [[String?]] {
        guard let path = transfer.src_locations?.first, let url = transfer.stageInfo?.presignedUrl else {
            throw ClientError.connection("The server's answer to PUT names no file.")
        }
        guard !path.contains("*"), !path.contains("?") else {
            throw ClientError.usage("PUT takes one file here, no pattern: 'file://\(path)'.")
        }
        let file = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
        let bytes: [UInt8]
        do { bytes = Array(try Data(contentsOf: file, options: .mappedIfSafe)) } catch {
            throw ClientError.usage("The file '\(file.path)' can't be read.")
        }
        try await session.upload(bytes, to: url)
        return [[file.lastPathComponent, file.lastPathComponent, "\(bytes.count)", "UPLOADED"]]
    }

    private func download(_ transfer: StatementContent) async throws -> [[String?]] {
        let folder = URL(
            fileURLWithPath: ((transfer.localLocation ?? ".") as NSString).expandingTildeInPath, isDirectory: true)
        var rows: [[String?]] = []
        for (name, url) in zip(transfer.src_locations ?? [], transfer.presignedUrls ?? []) {
            // The base name only: where it goes is this side's choice.
            guard let base = name.split(separator: "/").last, base != "..", base != "." else { continue }
            let bytes = try await session.fetch(url)
            let file = folder.appending(path: String(base))
            do { try Data(bytes).write(to: file) } catch {
                throw ClientError.usage("The file '\(file.path)' can't be written.")
            }
            rows.append([name, file.path, "\(bytes.count)", "DOWNLOADED"])
        }
        return rows
    }
}
