import CNative
import Foundation
import Logging
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// The warm Python process of one environment: it has imported what models need, and forks workers on request.
///
/// Started on the keeper's thread, inside bubblewrap unless configured otherwise. A thread reads its reports, another
/// one logs what the workers print. When it ends, all its workers end with it. Thread-safe.
final class Zygote: @unchecked Sendable {  // state under the condition's lock
    private enum Phase {
        case starting, ready
        case ended(String)
    }

    let installation: PythonInstallation
    /// When a worker was last asked for; for retiring it.
    var lastUsed: ContinuousClock.Instant { condition.withLock { used } }
    /// The forks that have not been reported as ended.
    var liveWorkers: Int { condition.withLock { forked.count } }

    private let configuration: RuntimeConfiguration
    private let logger: Logger
    private let socket: ControlSocket
    private let condition = NSCondition()
    private var phase = Phase.starting
    private var used = ContinuousClock.now
    private var pid: pid_t = 0
    private var forked: Set<Int> = []
    private var exits: [Int: ExitedMessage] = [:]
    private var lastWords: [String] = []
    private let temporary: String?

    /// Starts the process; `waitUntilReady` says when it can fork.
    init(
        _ installation: PythonInstallation, configuration: RuntimeConfiguration, keeper: Keeper, logger: Logger
    ) throws {
        self.installation = installation
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "environment"] = "\(installation.executable)"
        self.logger = logger
        let (socket, childEnd) = try ControlSocket.pair()
        self.socket = socket
        defer { close(childEnd) }
        var temporary: String?
        if configuration.sandbox != .full {
            let directory = FileManager.default.temporaryDirectory.appending(path: "roost-workers-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            temporary = directory.path
        }
        self.temporary = temporary
        let command = try Zygote.command(installation, configuration, temporary: temporary)
        var words: [Int32] = [-1, -1]
        guard cn_pipe(&words) == 0 else {
            throw RegistryError(.unavailable, "No pipe for a worker: \(String(cString: strerror(errno))).")
        }
        defer { close(words[1]) }
        do {
            pid = try keeper.start(
                Keeper.Child(
                    path: command.executable, arguments: command.arguments, environment: command.environment,
                    output: words[1], control: childEnd))
        } catch {
            close(words[0])
            throw error
        }
        let wordsEnd = words[0]
        Zygote.thread("roost-words") { [self] in logWords(wordsEnd) }
        Zygote.thread("roost-zygote") { [self] in readReports() }
        if !socket.sendRaw(PythonSource.message) { socket.hangUp() }
    }

    private static func thread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 512 << 10
        thread.start()
    }

    private static func command(
        _ installation: PythonInstallation, _ configuration: RuntimeConfiguration, temporary: String?
    ) throws -> SandboxCommand {
        let options = [
            "sandbox": configuration.sandbox.rawValue, "temporary": temporary ?? SandboxCommand.temporaryInside,
        ]
        let python =
            [installation.executable, "-I", "-u", "-c", PythonSource.loader]
            + [String(decoding: options.jsonBytes, as: UTF8.self)]
        let environment = SandboxCommand.variables(threads: configuration.threadsPerWorker)
        guard configuration.sandbox == .full else {
            return SandboxCommand(
                executable: python[0], arguments: Array(python.dropFirst()), environment: environment)
        }
        guard let bubblewrap = SandboxCommand.find(configuration.bubblewrap ?? "bwrap") else {
            throw RegistryError(
                .unavailable,
                "Models can't run: bubblewrap (bwrap), which keeps them apart from this machine, is missing.",
                hint: """
                    Install the package 'bubblewrap', or set '\(RuntimeConfiguration.Setting.sandbox)' to 'partial' or \
                    'off' if you trust everyone who may log a model.
                    """)
        }
        let versions = configuration.versionsDirectory.resolvingSymlinksInPath().path
        return .bubblewrap(
            bubblewrap, running: python, environment: environment,
            readable: installation.directories + [versions, configuration.versionsDirectory.path],
            temporarySize: configuration.temporarySize)
    }

    // MARK: Use

    var isEnded: Bool {
        condition.withLock { if case .ended = phase { true } else { false } }
    }

    /// Waits until the process can fork.
    ///
    /// - Throws: `unavailable` when it ended before, or does not get ready in time; `cancelled`.
    func waitUntilReady(_ cancellation: Cancellation?) throws {
        let deadline = Date(timeIntervalSinceNow: configuration.startTimeoutSeconds)
        let wake: @Sendable () -> Void = { [self] in condition.withLock { condition.broadcast() } }
        let run = { [self] in
            try condition.withLock {
                while true {
                    switch phase {
                    case .ready: return
                    case .ended(let why):
                        throw RegistryError(
                            .unavailable, "The Python environment '\(installation.executable)' did not start: \(why)")
                    case .starting: break
                    }
                    if cancellation?.isCancelled == true {
                        throw RegistryError(.cancelled, "The call was cancelled while Python was starting.")
                    }
                    guard condition.wait(until: deadline) else {
                        throw RegistryError(
                            .unavailable,
                            "The Python environment '\(installation.executable)' was not ready in time.")
                    }
                }
            }
        }
        guard let cancellation else { return try run() }
        try cancellation.whileRunning(run, onCancel: wake)
    }

    /// Asks for a worker; it answers on its own socket. False when the process has ended.
    func fork(_ message: ForkMessage, socket descriptor: Int32) -> Bool {
        condition.withLock {
            used = .now
            _ = forked.insert(message.worker)
        }
        let sent = socket.send(.fork, message.jsonBytes, descriptors: [descriptor])
        if !sent { condition.withLock { _ = forked.remove(message.worker) } }
        return sent
    }

    /// Kills a worker. Any thread; does nothing when it has ended.
    func kill(worker: Int) {
        _ = socket.send(.kill, KillMessage(worker: worker).jsonBytes)
    }

    /// How a worker ended, once the report is there; nil when the process itself has ended, or after two seconds.
    func exit(of worker: Int) -> ExitedMessage? {
        let deadline = Date(timeIntervalSinceNow: 2)
        return condition.withLock {
            while true {
                if let report = exits.removeValue(forKey: worker) { return report }
                if case .ended = phase { return nil }
                if !condition.wait(until: deadline) { return nil }
            }
        }
    }

    /// Ends the process and all its workers at once.
    func end() {
        socket.hangUp()
        let pid = condition.withLock { if case .ended = phase { 0 as pid_t } else { self.pid } }
        if pid > 0 { Glibc.kill(pid, SIGKILL) }
    }

    // MARK: Its two threads

    private func readReports() {
        reading: while true {
            guard case .frame(let frame) = socket.receive(until: nil) else { break }
            switch frame.kind {
            case .ready:
                guard let ready = frame.message(ReadyMessage.self) else { break reading }
                logger.info(
                    "python environment ready",
                    metadata: [
                        "python": "\(ready.python)", "missing": "\(ready.missing.joined(separator: ", "))",
                        "landlock": "\(ready.landlock)",
                    ])
                condition.withLock {
                    phase = .ready
                    condition.broadcast()
                }
            case .exited:
                guard let report = frame.message(ExitedMessage.self) else { break reading }
                condition.withLock {
                    forked.remove(report.worker)
                    exits[report.worker] = report
                    // Nobody asks about workers that were retired: keep only the latest reports.
                    if exits.count > 256, let oldest = exits.keys.min() { exits[oldest] = nil }
                    condition.broadcast()
                }
            case .forked: continue
            default: break reading
            }
        }
        finish()
    }

    private func finish() {
        // Whatever the reason, it is of no use any more.
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        if let temporary { try? FileManager.default.removeItem(atPath: temporary) }
        condition.withLock {
            let words = lastWords.suffix(8).joined(separator: "\n")
            phase = .ended(words.isEmpty ? "it ended with status \(status)." : words)
            forked = []
            condition.broadcast()
        }
        logger.info("python environment ended", metadata: ["status": "\(status)"])
    }

    /// Logs what the process and its workers print, at most 200 lines in 10 seconds.
    private func logWords(_ descriptor: Int32) {
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        var lines = LineSplitter()
        var since = ContinuousClock.now
        var count = 0
        while true {
            let size = read(descriptor, &buffer, buffer.count)
            if size < 0 && errno == EINTR { continue }
            guard size > 0 else { return }
            if .now - since > .seconds(10) {
                if count > 200 { logger.warning("worker output dropped", metadata: ["lines": "\(count - 200)"]) }
                since = .now
                count = 0
            }
            for line in lines.receive(buffer[..<size]) {
                count += 1
                condition.withLock {
                    lastWords.append(String(line.prefix(500)))
                    if lastWords.count > 20 { lastWords.removeFirst() }
                }
                if count <= 200 { logger.info("worker output", metadata: ["line": "\(line)"]) }
            }
        }
    }
}
