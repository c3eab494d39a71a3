import Foundation
import Testing

/// Golden files in `Goldens/`: cases `input`, a line `==>`, `output`, a line `----`. With REWRITE=1 in the environment
/// the outputs are written anew; review the difference.
enum Golden {
    static func check(_ name: String, _ transform: (String) -> String) throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Goldens/\(name).sql")
        let text = try String(contentsOf: url, encoding: .utf8)
        let rewrites = ProcessInfo.processInfo.environment["REWRITE"] == "1"
        var rewritten: [String] = []
        for part in text.components(separatedBy: "\n----\n") where !part.isEmpty {
            let halves = part.components(separatedBy: "\n==>\n")
            let output = transform(halves[0])
            rewritten.append(halves[0] + "\n==>\n" + output)
            if !rewrites { #expect(output == halves.dropFirst().first, "input: \(halves[0])") }
        }
        #expect(!rewritten.isEmpty)
        if rewrites {
            try (rewritten.joined(separator: "\n----\n") + "\n----\n").write(to: url, atomically: true, encoding: .utf8)
        }
    }
}
