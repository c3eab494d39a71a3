import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Store
import Types

/// A call of the API: who calls, with what.
struct Call: Sendable {
    let principal: Principal
    let arguments: Arguments
    /// The Host header: what the client calls this server.
    var host: String?
}

/// A call's arguments: from the query string, from the JSON body, or from the path.
///
/// Numbers may come as texts; unknown names are ignored; a value of the wrong type is an error that names it.
struct Arguments: Sendable {
    private let body: JSON
    private let query: [String: [String]]

    init(body: JSON = .object([]), query: [String: [String]] = [:]) {
        self.body = body
        self.query = query
    }

    private func value(_ name: String) -> JSON? {
        if let texts = query[name] { return texts.count == 1 ? .string(texts[0]) : .array(texts.map(JSON.string)) }
        guard let value = body[name], value != .null else { return nil }
        return value
    }

    func optionalText(_ name: String) throws -> String? {
        switch value(name) {
        case nil: nil
        case .string(let text): text
        case .number(let text): text
        case .some(let other): throw Self.wrong(name, other, "a string")
        }
    }

    /// The text, empty where there is none.
    func text(_ name: String) throws -> String { try optionalText(name) ?? "" }

    /// - Throws: in MLflow's words where it is missing or empty.
    func requiredText(_ name: String) throws -> String {
        guard let text = try optionalText(name), !text.isEmpty else {
            throw RegistryError(
                .invalidArgument,
                "Missing value for required parameter '\(name)'. See the API docs for more information about request parameters.")
        }
        return text
    }

    func optionalInt(_ name: String) throws -> Int64? {
        switch value(name) {
        case nil: return nil
        case .some(let given):
            let text: String? = switch given {
            case .number(let text), .string(let text): text
            default: nil
            }
            guard let text, let number = Int64(text) ?? Double(text).flatMap({ Int64(exactly: $0) }) else {
                throw Self.wrong(name, given, "an integer")
            }
            return number
        }
    }

    func optionalFlag(_ name: String) throws -> Bool? {
        switch value(name) {
        case nil: nil
        case .bool(let flag): flag
        case .string(let text) where ["true", "false"].contains(text.lowercased()): text.lowercased() == "true"
        case .some(let other): throw Self.wrong(name, other, "true or false")
        }
    }

    /// A number; NaN and infinities may come as texts.
    func requiredNumber(_ name: String) throws -> Double {
        switch value(name) {
        case nil:
            throw RegistryError(.invalidArgument, "Missing value for required parameter '\(name)'.")
        case .number(let text), .string(let text):
            guard let number = Self.number(text) else { throw Self.wrong(name, .string(text), "a number") }
            return number
        case .some(let other): throw Self.wrong(name, other, "a number")
        }
    }

    private static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan": return .nan
        case "infinity", "inf", "+infinity": return .greatestFiniteMagnitude
        case "-infinity", "-inf": return -.greatestFiniteMagnitude
        default:
            guard let number = Double(text) else { return nil }
            return number.isInfinite ? (number > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude) : number
        }
    }

    func texts(_ name: String) throws -> [String] {
        switch value(name) {
        case nil: []
        case .string(let text): [text]
        case .number(let text): [text]
        case .array(let elements):
            try elements.map { element in
                switch element {
                case .string(let text), .number(let text): text
                default: throw Self.wrong(name, element, "a list of strings")
                }
            }
        case .some(let other): throw Self.wrong(name, other, "a list of strings")
        }
    }

    /// A list of objects.
    func objects(_ name: String) throws -> [Arguments] {
        switch value(name) {
        case nil: []
        case .array(let elements):
            try elements.map { element in
                guard case .object = element else { throw Self.wrong(name, element, "a list of objects") }
                return Arguments(body: element)
            }
        case .some(let other): throw Self.wrong(name, other, "a list of objects")
        }
    }

    func object(_ name: String) throws -> Arguments? {
        switch value(name) {
        case nil: nil
        case .object(let members): Arguments(body: .object(members))
        case .some(let other): throw Self.wrong(name, other, "an object")
        }
    }

    /// Tags and parameters: `[{"key": …, "value": …}]`.
    func pairs(_ name: String) throws -> [NamedText] {
        try objects(name).map { NamedText(try $0.requiredText("key"), try $0.text("value")) }
    }

    /// Rows of a page.
    func limit(_ name: String = "max_results", usual: Int, most: Int) throws -> Int {
        guard let given = try optionalInt(name) else { return usual }
        guard given >= 1, given <= Int64(most) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid value \(given) for parameter '\(name)' supplied. It must be at least 1 and at most \(most).")
        }
        return Int(given)
    }

    private static func wrong(_ name: String, _ given: JSON, _ expected: String) -> RegistryError {
        RegistryError(
            .invalidArgument,
            "Invalid value \(given.json.prefix(100)) for parameter '\(name)' supplied: \(expected) is expected.")
    }
}

extension MLflowDoor {
    /// The query string as Python's clients write it: `+` is a space.
    static func queryArguments(of request: Request) throws -> [String: [String]] {
        var arguments: [String: [String]] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                String(part).replacing("+", with: " ").removingPercentEncoding
            }
            guard let name = parts[0], let value = parts.count > 1 ? parts[1] : "" else {
                throw RegistryError(.invalidArgument, "The query string is not valid percent-encoded UTF-8.")
            }
            arguments[name, default: []].append(value)
        }
        return arguments
    }

    func arguments(of request: Request, _ parameters: Parameters) async throws -> Arguments {
        var query = try Self.queryArguments(of: request)
        for (name, value) in parameters {
            query[String(name)] = [String(value).removingPercentEncoding ?? String(value)]
        }
        guard request.method != .get else { return Arguments(query: query) }
        let type = request.headers[.contentType]?.lowercased()
        let media = type?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        if let type, media != "application/json" {
            throw RegistryError(
                .invalidArgument, "Bad Request. Content-Type must be 'application/json', not '\(type.prefix(100))'.")
        }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.bodyLimit)
        } catch {
            throw RegistryError(
                .limitExceeded, "The request body is larger than \(Self.bodyLimit) bytes, or was cut off.")
        }
        guard buffer.readableBytes > 0 else { return Arguments(query: query) }
        // A page of another site may send a body without a type, unasked; clients always name it.
        guard type != nil else {
            throw RegistryError(.invalidArgument, "Bad Request. Content-Type must be 'application/json', and is missing.")
        }
        let read: @Sendable () throws -> JSON = {
            guard String(validating: buffer.readableBytesView, as: UTF8.self) != nil else {
                throw RegistryError(.invalidArgument, "The request body is not valid UTF-8.")
            }
            do { return try JSON(parsing: buffer.readableBytesView) } catch let error as RegistryError {
                throw RegistryError(
                    .invalidArgument, "The request body is not valid JSON. \(error.message)", cause: error)
            }
        }
        // A large one would keep other connections waiting.
        let body = buffer.readableBytes <= Self.smallBytes ? try read() : try await blocking.runIfActive(read)
        guard case .object = body else {
            throw RegistryError(.invalidArgument, "The request body is not a JSON object.")
        }
        return Arguments(body: body, query: query)
    }
}
