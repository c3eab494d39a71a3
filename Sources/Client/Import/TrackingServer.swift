import Foundation
import NIOHTTP1
import Types

/// A server that speaks MLflow's REST: the one that is imported from, and Roost itself.
///
/// Source: MLFLOW.md 1.0.
package struct TrackingServer: Sendable {
    let place: ServerPlace
    /// Before `/api`, for a server behind a path: empty, or with a slash at its start.
    private let prefix: String
    private let authorization: String?
    private let connection: HTTPConnection

    private static let api = "/api/2.0/"
    private static let files = "mlflow-artifacts/artifacts"

    /// Who calls, as a server is told.
    package enum Identity: Sendable {
        case nobody
        case basic(user: String, password: String)
        case bearer(String)
    }

    package init(place: ServerPlace, prefix: String = "", identity: Identity, advice: String) {
        (self.place, self.prefix) = (place, prefix)
        authorization =
            switch identity {
            case .nobody: nil
            case .basic(let user, let password): "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
            case .bearer(let token): "Bearer \(token)"
            }
        connection = HTTPConnection(place, advice: advice)
    }

    /// A server by its URL, `https://host[:port][/path]`, without user or password in it.
    ///
    /// - Throws: `ClientError.usage`.
    package init(url text: String, certificateFile: String?, identity: Identity) throws {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else {
            throw ClientError.usage(
                "'\(text)' is no URL of a server: http://host[:port] or https://host[:port] is expected.")
        }
        guard parts.user == nil, parts.password == nil else {
            throw ClientError.usage(
                "A user or password in the URL would be seen by others: set MLFLOW_TRACKING_USERNAME and "
                    + "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw ClientError.usage("The URL '\(text)' has a query or a fragment: the server's address is expected.")
        }
        let isSecure = scheme == "https"
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        self.init(
            place: ServerPlace(
                host: host.trimmingCharacters(in: ["[", "]"]), port: parts.port ?? (isSecure ? 443 : 80),
                isSecure: isSecure, certificateFile: certificateFile),
            prefix: path, identity: identity, advice: "Is it running, and is its URL right?")
    }

    /// The server's address without anything secret.
    var url: String { place.url + prefix }

    private var headers: [(String, String)] { authorization.map { [("Authorization", $0)] } ?? [] }

    /// Ends its connection.
    package func close() async { await connection.close() }

    // MARK: Calls

    /// - Throws: ``RemoteRefusal``, `ClientError.connection`.
    func get<Answer: Decodable>(_ path: String, _ arguments: KeyValuePairs<String, String> = [:]) async throws -> Answer
    {
        let query = arguments.map { "\(Self.escaped($0.key))=\(Self.escaped($0.value))" }.joined(separator: "&")
        let uri = prefix + Self.api + path + (query.isEmpty ? "" : "?\(query)")
        return try await call(HTTPQuery(method: .GET, uri: uri, headers: headers), path)
    }

    /// Nil where there is nothing of the kind.
    func find<Answer: Decodable>(_ path: String, _ arguments: KeyValuePairs<String, String>) async throws -> Answer? {
        do { return try await get(path, arguments) } catch let refusal as RemoteRefusal where refusal.isMissing {
            return nil
        }
    }

    /// - Throws: ``RemoteRefusal``, `ClientError.connection`.
    @discardableResult
    func send<Body: Encodable, Answer: Decodable>(
        _ path: String, _ body: Body, by method: HTTPMethod = .POST, as _: Answer.Type = Nothing.self
    ) async throws -> Answer {
        let bytes = Array(try JSONEncoder().encode(body))
        return try await call(
            HTTPQuery(
                method: method, uri: prefix + Self.api + path,
                headers: headers + [("Content-Type", "application/json")],
                body: bytes), path)
    }

    /// An answer that nobody reads.
    struct Nothing: Decodable {}

    private func call<Answer: Decodable>(_ query: HTTPQuery, _ path: String) async throws -> Answer {
        let answer = try await connection.send(query)
        guard answer.status == 200 else {
            guard answer.status != 401 else {
                throw ClientError.login(
                    RemoteRefusal(status: 401, body: answer.body, what: "\(url) (\(path))").text)
            }
            throw RemoteRefusal(status: answer.status, body: answer.body, what: "\(url) (\(path))")
        }
        do { return try JSONDecoder().decode(Answer.self, from: Data(answer.body)) } catch {
            throw RemoteRefusal("The answer of \(url) (\(path)) can't be read: it is none of MLflow's REST.")
        }
    }

    // MARK: Files

    /// All files below a directory, by path from there, with their sizes in bytes.
    func listFiles(below directory: String) async throws -> [String: Int64] {
        struct Entry: Decodable {
            let path: String
            let is_dir: Bool?
            let file_size: Int64?
        }
        struct List: Decodable { let files: [Entry]? }
        var found: [String: Int64] = [:]
        var waiting = [""]
        while let next = waiting.popLast() {
            let place = next.isEmpty ? directory : "\(directory)/\(next)"
            let list: List = try await get(Self.files, ["path": place])
            for entry in list.files ?? [] {
                let name = entry.path.split(separator: "/").last.map(String.init) ?? ""
                guard !name.isEmpty, name != ".", name != ".." else {
                    throw RemoteRefusal("\(url) lists a file '\(entry.path.prefix(200))' in '\(place)'.")
                }
                let path = next.isEmpty ? name : "\(next)/\(name)"
                if entry.is_dir == true {
                    guard path.utf8.count < 4096 else { throw RemoteRefusal("The directory '\(place)' is too deep.") }
                    waiting.append(path)
                } else {
                    found[path] = entry.file_size ?? 0
                }
            }
        }
        return found
    }

    /// One end of a file's way.
    func end(_ path: String) -> HTTPStream.End {
        let encoded = path.split(separator: "/").map { Self.escaped(String($0)) }.joined(separator: "/")
        return HTTPStream.End(place: place, uri: prefix + Self.api + Self.files + "/" + encoded, headers: headers)
    }

    private static func escaped(_ text: String) -> String {
        var allowed = CharacterSet(charactersIn: "-._~")
        allowed.insert(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
