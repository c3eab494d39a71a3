import Foundation
import Logging
import Synchronization
import Types

/// Writes log lines to standard error, as text or as one JSON object a line.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let label: String
    let asJSON: Bool

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var facts = metadata
        if let extra = event.metadata { facts.merge(extra) { $1 } }
        let time = LineLogHandler.now()
        let sorted = facts.sorted { $0.key < $1.key }
        var line: String
        if asJSON {
            line = "{\"time\":\"\(time)\",\"level\":\"\(event.level)\",\"logger\":\(JSONText.string(label)),"
            line += "\"message\":\(JSONText.string(event.message.description))"
            for (key, value) in sorted {
                line += ",\(JSONText.string(key)):\(JSONText.string("\(value)"))"
            }
            line += "}\n"
        } else {
            line = "\(time) \(event.level) \(event.message)"
            for (key, value) in sorted { line += " \(key)=\(LineLogHandler.plain("\(value)"))" }
            line += "\n"
        }
        FileHandle.standardError.write(Data(line.utf8))
    }

    /// The time in UTC, ISO 8601 with milliseconds. By hand: Foundation's formatting loads megabytes of ICU data.
    private static func now() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        var parts = tm()
        gmtime_r(&clock.tv_sec, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = "\(parts.tm_year + 1900)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        let time = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
        return "\(day)T\(time).\(padded(clock.tv_nsec / 1_000_000, 3))Z"
    }

    /// A value as one word: quoted where it holds spaces or line ends.
    private static func plain(_ text: String) -> String {
        text.contains(where: { $0.isWhitespace || $0 == "\"" }) ? JSONText.string(text) : text
    }
}
