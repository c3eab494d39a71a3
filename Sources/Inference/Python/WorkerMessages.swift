import Foundation

/// What the zygote is asked to fork. JSON on the wire, as all messages but batches.
struct ForkMessage: Codable {
    struct Output: Codable {
        var name: String
        var kind: UInt8
    }

    var worker: Int
    var directory: String
    var handler: String
    var inputs: [String]
    var outputs: [Output]
    var estimator: Bool
    var readable: [String]
    var memory: Int
    var fileSize: Int
    var cpuSeconds: Double
    var sandbox: String
}

/// A worker's number, for killing it.
struct KillMessage: Codable {
    var worker: Int
}

/// The zygote has its imports done.
struct ReadyMessage: Codable {
    var python: String
    /// Modules that could not be imported ahead, with the exception's name.
    var missing: [String]
    /// Version of Landlock, 0 for none.
    var landlock: Int
}

/// How a worker process ended.
struct ExitedMessage: Codable {
    var worker: Int
    var signal: Int32?
    var status: Int32?
    /// Why none could be forked.
    var reason: String?
    /// Largest resident size, in bytes.
    var memory: Int?
}

/// A worker has confined itself and loaded its handler.
struct LoadedMessage: Codable {
    /// The shape of a handler that takes whole partitions.
    static let partitionShape = "end_partition"

    var layers: [String]
    /// `function`, `process` or `end_partition`.
    var shape: String
    var maximumBatchSize: Int?
    var flatten: Bool
    var estimator: Bool
}

/// The model's code raised an exception.
struct FailedMessage: Codable {
    var type: String
    var message: String
    var traceback: String
    /// Whether an output did not fit its declared type.
    var output: Bool
    var memory: Bool
}

extension Encodable {
    /// The value as JSON. The messages above always encode.
    var jsonBytes: [UInt8] { (try? JSONEncoder().encode(self)).map { Array($0) } ?? [] }
}

extension Frame {
    /// The payload as a JSON message; nil where it is none.
    func message<Message: Decodable>(_ type: Message.Type) -> Message? {
        try? JSONDecoder().decode(type, from: Data(payload))
    }
}
