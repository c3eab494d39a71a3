import Foundation
import Synchronization
import Types

/// A `roost` that runs as a process of its own, in a directory of its own.
final class RoostProcess: @unchecked Sendable {
    // @unchecked: Process is used by one test; what other threads write is in the mutexes.
    private let process = Process()
    private let output = Collected()
    private let errors = Collected()

    /// All that comes out of a pipe, read by a thread of its own.
    private final class Collected: Sendable {
        let pipe = Pipe()
        private let state = Mutex((bytes: Data(), ended: false))

        func start() {
            Thread { [self] in
                while true {
                    let data = pipe.fileHandleForReading.availableData
                    state.withLock { $0 = ($0.bytes + data, data.isEmpty) }
                    if data.isEmpty { return }
                }
            }.start()
        }

        var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
        var hasEnded: Bool { state.withLock { $0.ended } }
    }

    /// The built binary: beside the test bundle, or `ROOST_BINARY`.
    static let binary: URL = {
        if let path = ProcessInfo.processInfo.environment["ROOST_BINARY"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "roost")
    }()

    /// The native libraries: `ROOST_NATIVE_DIR`, else `.roost/native` above this file.
    static let native: String = {
        if let directory = ProcessInfo.processInfo.environment["ROOST_NATIVE_DIR"] { return directory }
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            let directory = folder.appending(path: ".roost/native")
            if FileManager.default.fileExists(atPath: directory.path) { return directory.path }
            folder.deleteLastPathComponent()
        }
        return "/no/native"
    }()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = RoostProcess.binary
        process.arguments = arguments
        var inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ROOST_") }
        inherited["ROOST_PASSWORD_COST"] = "10"  // a debug build takes seconds for a password at the default
        inherited.merge(environment) { $1 }
        process.environment = inherited
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        try process.run()
        output.start()
        errors.start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var standardError: String { errors.text }
    var standardOutput: String { output.text }
    var isRunning: Bool { process.isRunning }
    var id: Int32 { process.processIdentifier }

    /// Waits until the server listens; gives its port.
    func port(within seconds: Double = 60) async throws -> Int {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if let found = standardError.firstMatch(of: /listening on https?:\/\/\S*:(\d+)\n/) {
                return Int(found.1) ?? 0
            }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RegistryError(.unavailable, "The server did not start: \(standardError)")
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; gives the exit code, nil when it still runs then.
    func exitCode(within seconds: Double) async throws -> Int32? {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning {
            guard Date() < end else { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
        // The pipes' last bytes may still be on their way. A child that outlives the server could hold them open.
        let patience = Date().addingTimeInterval(5)
        while !(output.hasEnded && errors.hasEnded), Date() < patience { try await Task.sleep(for: .milliseconds(10)) }
        return process.terminationStatus
    }
}

/// A directory that is gone after the test.
final class TemporaryFolder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "server-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file; gives its path.
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name))
        return path(name)
    }
}

/// A connection that sends what it is given, and nothing more.
final class RawClient {
    private let descriptor: Int32

    /// - Throws: `unavailable` where nobody listens.
    init(port: Int, _ text: String) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let bytes = Array(text.utf8)
        guard isConnected, send(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw RegistryError(.unavailable, "Nobody takes a request on port \(port).")
        }
    }

    deinit { close(descriptor) }

    /// All that comes until the connection ends.
    func answer() -> String {
        var answer: [UInt8] = []
        let size = 65_536
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            let count = recv(descriptor, &buffer, size, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }
}

/// A plain HTTP request by curl: it takes a Host header and a certificate as they are given.
enum Curl {
    static func get(_ url: String, _ arguments: [String] = []) -> (status: Int, body: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "-s", "--max-time", "10", "-w", "\n%{http_code}", url] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return (-1, "") }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? -1, lines.dropLast().joined(separator: "\n"))
    }
}
