import DuckDB
import Engine
import Foundation
import Inference
import Store
import Types

/// Looks at every part that a server needs and says what works.
public enum Doctor {
    /// What was found, one line a part.
    public struct Report: Sendable {
        /// One a part: whether it works, its name, what was found.
        public let lines: [String]
        /// Whether everything works that models and SQL need.
        public let isHealthy: Bool
    }

    private struct Finding {
        let part: String
        let works: Bool
        let text: String
        var isNeeded = true
    }

    /// Examines every part; changes nothing.
    public static func examine(_ configuration: ServerConfiguration) async throws -> Report {
        var findings = [
            Finding(part: "roost", works: true, text: RoostServer.version),
            library(configuration), memory(configuration), python(configuration), builder(configuration),
        ]
        let directory = URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL
        let runtime = House.runtimeConfiguration(
            configuration, versions: directory.appendingPathComponent("versions"),
            environments: directory.appendingPathComponent("environments"))
        let probe = SandboxProbe(runtime)
        findings += probe.layers.map {
            Finding(part: "sandbox: \($0.name)", works: $0.works, text: $0.note, isNeeded: false)
        }
        do {
            try probe.check(runtime.sandbox)
            findings.append(Finding(part: "sandbox", works: true, text: "models can run confined as configured"))
        } catch {
            findings.append(Finding(part: "sandbox", works: false, text: text(error)))
        }
        findings += [dataDirectory(configuration), disk(configuration)]
        let width = findings.map(\.part.count).max() ?? 0
        let lines = findings.map { finding in
            let mark = finding.works ? "ok  " : finding.isNeeded ? "FAIL" : "warn"
            return
                "\(mark)  \(finding.part)\(String(repeating: " ", count: width - finding.part.count))  \(finding.text)"
        }
        return Report(lines: lines, isHealthy: findings.allSatisfy { $0.works || !$0.isNeeded })
    }

    private static func library(_ configuration: ServerConfiguration) -> Finding {
        do {
            let library = try Library.load(directory: configuration.nativeDirectory)
            return Finding(part: "duckdb", works: true, text: library.version())
        } catch {
            return Finding(part: "duckdb", works: false, text: text(error))
        }
    }

    private static func memory(_ configuration: ServerConfiguration) -> Finding {
        let memory = SQLMemory(setting: configuration.sqlMemoryBytes)
        let machine = memory.machineBytes.map { "; there are \($0 >> 20) MiB" } ?? ""
        let text = "SQL has \(memory.engineBytes >> 20) MiB"
        guard MemoryLimit.isEnforced else {
            return Finding(
                part: "memory", works: false,
                text: "\(text)\(machine). Texts and arrays that functions make can't be limited on this system.",
                isNeeded: false)
        }
        return Finding(
            part: "memory", works: memory.engineBytes == configuration.sqlMemoryBytes,
            text: "\(text), statements that take the server over \(memory.serverBytes >> 20) MiB are refused\(machine)",
            isNeeded: false)
    }

    private static func python(_ configuration: ServerConfiguration) -> Finding {
        guard FileManager.default.isExecutableFile(atPath: configuration.workerPython) else {
            return Finding(
                part: "worker python", works: false,
                text: "'\(configuration.workerPython)' is not there. Run 'make setup', or set worker-python.")
        }
        let script = """
            import sys, importlib.metadata as m
            names = ['snowflake-ml-python', 'pandas', 'numpy', 'scikit-learn', 'xgboost', 'lightgbm']
            have = {d.metadata['Name'].lower(): d.version for d in m.distributions()}
            print(sys.version.split()[0], *[f'{n} {have[n]}' for n in names if n in have], sep=', ')
            """
        guard let output = Shell.output(configuration.workerPython, ["-I", "-c", script]) else {
            return Finding(part: "worker python", works: false, text: "'\(configuration.workerPython)' can't be run.")
        }
        return Finding(
            part: "worker python", works: output.contains("snowflake-ml-python"),
            text: output.contains("snowflake-ml-python")
                ? output : "\(output): snowflake-ml-python is missing. Run 'make setup'.")
    }

    private static func builder(_ configuration: ServerConfiguration) -> Finding {
        let output = Shell.output("/usr/bin/env", [configuration.uv, "--version"])
        return Finding(
            part: "uv", works: output != nil,
            text: output ?? "'\(configuration.uv)' can't be run: models run in the base environment only.",
            isNeeded: false)
    }

    private static func dataDirectory(_ configuration: ServerConfiguration) -> Finding {
        let url = URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL
        if let holder = DataDirectory.holder(of: url) {
            return Finding(part: "data directory", works: true, text: "\(url.path), in use by process \(holder)")
        }
        let parent = FileManager.default.fileExists(atPath: url.path) ? url : url.deletingLastPathComponent()
        let writable = FileManager.default.isWritableFile(atPath: parent.path)
        return Finding(
            part: "data directory", works: writable, text: writable ? url.path : "\(parent.path) can't be written to")
    }

    private static func disk(_ configuration: ServerConfiguration) -> Finding {
        var url = URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: url.path)
        guard let free = (facts?[.systemFreeSize] as? NSNumber)?.int64Value else {
            return Finding(part: "disk", works: false, text: "the free space is not known", isNeeded: false)
        }
        let gigabytes = Double(free) / 1e9
        return Finding(
            part: "disk", works: gigabytes > 1, text: "\((gigabytes * 10).rounded() / 10) GB free", isNeeded: false)
    }

    private static func text(_ error: any Error) -> String { (error as? RegistryError)?.text ?? "\(error)" }
}

/// Runs a program for its output.
enum Shell {
    /// The first line that the program prints, nil when it can't be run or fails.
    static func output(_ program: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }
}
