import CNative
import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// Runs one program to its end and collects what it prints. Blocks the calling thread.
struct Command {
    struct Result {
        /// Exit status, or 128 + signal.
        var status: Int32
        var output: [UInt8]
        /// Standard output as text; standard error is part of it.
        var errorText: String { String(decoding: output, as: UTF8.self) }
    }

    let executable: String
    let arguments: [String]
    var environment: [String: String]
    /// Called with each line as it is printed.
    var onLine: ((String) -> Void)?

    init(
        _ executable: String, _ arguments: [String],
        environment: [String: String] = SandboxCommand.variables(threads: 1)
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// - Throws: `unavailable` when the program can't be started, `timeout` when it takes too long (it is killed).
    func run(input: [UInt8] = [], timeoutSeconds: Double) throws -> Result {
        var outputPipe: [Int32] = [-1, -1]
        guard cn_pipe(&outputPipe) == 0 else {
            throw RegistryError(.unavailable, "No pipe: \(String(cString: strerror(errno))).")
        }
        // The input lies in memory as a file, so that no second thread is needed to write it.
        let inputFile = cn_memfd_create("roost-input", 0)
        defer { if inputFile >= 0 { close(inputFile) } }
        var written = 0
        while written < input.count {
            let count = input.withUnsafeBytes { write(inputFile, $0.baseAddress! + written, input.count - written) }
            guard count > 0 else { throw RegistryError(.unavailable, "No memory for a program's input.") }
            written += count
        }
        lseek(inputFile, 0, SEEK_SET)

        let arguments = ([executable] + self.arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let failure = cn_spawn(&pid, executable, arguments, variables, inputFile, outputPipe[1], -1)
        close(outputPipe[1])
        defer { close(outputPipe[0]) }
        guard failure == 0 else {
            throw RegistryError(
                .unavailable, "'\(executable)' can't be started: \(String(cString: strerror(failure))).")
        }
        let (output, isLate) = collect(outputPipe[0], until: .now + .seconds(timeoutSeconds))
        if isLate { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        guard !isLate else {
            throw RegistryError(.timeout, "'\(executable)' took longer than \(Int(timeoutSeconds)) s and was stopped.")
        }
        let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        return Result(status: code, output: output)
    }

    private func collect(_ descriptor: Int32, until deadline: ContinuousClock.Instant) -> ([UInt8], isLate: Bool) {
        var output: [UInt8] = []
        var lines = LineSplitter()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            if left <= 0 { return (output, true) }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(min(left.rounded(.up), 1e9))) > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return (output, false) }
            if output.count < 64 << 20 { output += buffer[..<count] }
            if let onLine { for line in lines.receive(buffer[..<count]) { onLine(line) } }
        }
    }
}

/// Cuts bytes into lines of text: bytes in, lines out. A line longer than 4,000 bytes is cut.
struct LineSplitter {
    private var rest: [UInt8] = []
    private static let longest = 4_000

    mutating func receive(_ bytes: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || rest.count >= LineSplitter.longest {
                if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
                rest.removeAll(keepingCapacity: true)
            }
            if byte != UInt8(ascii: "\n") { rest.append(byte) }
        }
        return lines
    }
}
