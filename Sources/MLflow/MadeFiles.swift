import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Packaging
import Registry
import Store
import Types

/// A file that MLflow wants of a version which another client logged: made when it is asked for.
struct MadeFile: Sendable {
    let path: String
    let text: String
    /// As lists show it.
    var row: FileRow {
        FileRow(path: path, blob: Blob(digest: "", size: Int64(text.utf8.count)), modified: 0)
    }
}

extension MLflowDoor {
    /// The MLmodel file and its companions of a version that snowflake-ml-python logged, at or below a place; none for
    /// what MLflow logged, or what only its own handlers can load.
    func madeFiles(_ place: ArtifactPlace, as principal: Principal) throws -> [MadeFile] {
        guard case .version(let id) = place.root else { return [] }
        let (version, files) = try registry.versionFiles(id, as: principal)
        guard files.contains(where: { $0.path == Manifest.fileName }) else { return [] }
        let facts = MLflowExport.Identity(
            modelUUID: String(version.digest.prefix(32)), created: Self.timeText(version.createdOn), sizeBytes: version.size)
        do {
            let below = place.path.isEmpty ? "" : place.path + "/"
            return try registry.mlflowFiles(of: id, facts).sorted { $0.key < $1.key }
                .map { MadeFile(path: $0.key, text: $0.value) }
                .filter { below.isEmpty || $0.path == place.path || $0.path.hasPrefix(below) }
        } catch let error as RegistryError where error.code == .failedPrecondition {
            return []
        }
    }

    /// `2026-11-21 19:30:00.123000`, in UTC.
    private static func timeText(_ milliseconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss.SSSSSS"
        return formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }

    static func response(_ file: MadeFile, sendsBody: Bool) -> Response {
        let name = file.path.split(separator: "/").last.map(String.init) ?? "file"
        var headers: HTTPFields = [
            .contentType: contentType(name), .contentDisposition: "attachment", .xContentTypeOptions: "nosniff",
        ]
        guard sendsBody else {
            headers[.contentLength] = "\(file.text.utf8.count)"
            return Response(status: .ok, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: file.text)))
    }
}
