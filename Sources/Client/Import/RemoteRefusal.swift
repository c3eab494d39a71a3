import Foundation

/// A server's refusal of a request, or an answer that is not what was asked for.
package struct RemoteRefusal: Error, Sendable {
    /// The HTTP status, 0 where the answer itself is wrong.
    let status: UInt
    /// MLflow's code, empty where the answer has none.
    let code: String
    package let text: String

    init(_ text: String) { (status, code, self.text) = (0, "", text) }

    /// - Parameter what: the request, in words.
    init(status: UInt, body: [UInt8], what: String) {
        struct Words: Decodable {
            let error_code: String?
            let message: String?
        }
        let words = try? JSONDecoder().decode(Words.self, from: Data(body))
        self.status = status
        code = words?.error_code ?? ""
        let said = words?.message ?? String(decoding: body.prefix(300), as: UTF8.self)
        text = "\(what) was refused with status \(status): \(said.trimmingCharacters(in: .whitespacesAndNewlines))"
    }

    init(status: UInt, body: [UInt8], at end: HTTPStream.End) {
        self.init(status: status, body: body, what: "\(end.place.url)\(end.uri)")
    }

    var isMissing: Bool { status == 404 || code == "RESOURCE_DOES_NOT_EXIST" }
}
