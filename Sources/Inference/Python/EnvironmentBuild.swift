import Crypto
import Foundation
import Logging
import Types

/// Builds one environment with uv, from wheels only, in a sandbox that can write nothing but `environments/`.
///
/// Resolve and lock; `environments/<hash of the lock>` if it exists; else install into a directory beside it, compile,
/// rename. A build that is cut off leaves only a `.building-…` directory.
struct EnvironmentBuild {
    private let requirements: EnvironmentRequirements
    private let configuration: RuntimeConfiguration
    private let logger: Logger
    private let uv: String
    private let base: PythonInstallation
    private let interpreter: String
    private let directory: String

    /// - Parameter unmet: what the base environment lacks, for the error.
    /// - Throws: `unavailable` where no uv or no interpreter of the wanted version is there.
    init(
        _ requirements: EnvironmentRequirements, base: PythonInstallation, configuration: RuntimeConfiguration,
        logger: Logger, unmet: String
    ) throws {
        self.requirements = requirements
        self.configuration = configuration
        self.logger = logger
        self.base = base
        guard let uv = EnvironmentBuild.uv(configuration, base) else {
            throw RegistryError(
                .unavailable, "The base environment does not suit the model: it needs \(unmet).",
                hint: "Install 'uv' (setting '\(RuntimeConfiguration.Setting.uv)') so that an environment can be built."
            )
        }
        self.uv = URL(filePath: uv).resolvingSymlinksInPath().path
        let wanted = requirements.pythonVersion ?? base.minorVersion
        if wanted == base.minorVersion {
            interpreter = configuration.basePython
        } else if let found = SandboxCommand.find("python\(wanted)") {
            interpreter = found
        } else {
            throw RegistryError(
                .unavailable, "The model needs Python \(wanted), which is not installed here.",
                hint: "Install python\(wanted), or log the model with Python \(base.minorVersion).")
        }
        directory = configuration.environmentsDirectory.standardizedFileURL.path
    }

    /// The configured uv, else one on the path or beside the base Python; scripts that stand in for it do not run in
    /// the sandbox.
    private static func uv(_ configuration: RuntimeConfiguration, _ base: PythonInstallation) -> String? {
        if let uv = configuration.uv { return SandboxCommand.find(uv) }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let candidates = (path + base.directories.map { $0 + "/bin" }).map { $0 + "/uv" }
        return candidates.first { candidate in
            guard FileManager.default.isExecutableFile(atPath: candidate),
                let file = FileHandle(forReadingAtPath: candidate), let start = try? file.read(upToCount: 2)
            else { return false }
            return start != Data("#!".utf8)
        }
    }

    /// Builds it unless it is there.
    ///
    /// - Returns: its directory's name in `environments/`.
    func run() throws -> String {
        let building = "\(directory)/.building-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(directory)/.cache", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: building, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: building) }
        let start = ContinuousClock.now
        logger.info("building a python environment", metadata: ["packages": "\(requirements.lines.count)"])
        let wanted = requirements.pythonVersion ?? base.minorVersion
        let list = "\(building)/requirements.in"
        let lock = "\(building)/requirements.lock"
        try resolve(requirements.lines, list: list, lock: lock, python: wanted)
        let silent = SilentConflict.all.filter { $0.occurs(in: (try? String(contentsOfFile: lock, encoding: .utf8)) ?? "") }
        if !silent.isEmpty {
            // Where the model itself insists on such a pair, the first answer stands.
            let kept = try Data(contentsOf: URL(filePath: lock))
            do {
                try resolve(requirements.lines + silent.map(\.instead), list: list, lock: lock, python: wanted)
            } catch is RegistryError {
                try kept.write(to: URL(filePath: lock))
            }
        }
        let name = try hash(of: lock, wanted)
        let place = "\(directory)/\(name)"
        if FileManager.default.isExecutableFile(atPath: "\(place)/bin/python") { return name }
        let environment = "\(building)/environment"
        try step(["venv", "--python", interpreter, "--relocatable", environment])
        try step([
            "pip", "install", "--python", "\(environment)/bin/python", "--require-hashes", "--no-deps", "--only-binary",
            ":all:", "--compile-bytecode", "--requirements", lock,
        ])
        try FileManager.default.moveItem(atPath: lock, toPath: "\(environment)/requirements.lock")
        guard rename(environment, place) == 0 || FileManager.default.isExecutableFile(atPath: "\(place)/bin/python")
        else {
            throw RegistryError(
                .unavailable, "The environment can't be put in its place: \(String(cString: strerror(errno))).")
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        logger.info("python environment built", metadata: ["name": "\(name)", "seconds": "\(Int(seconds))"])
        return name
    }

    private func resolve(_ lines: [String], list: String, lock: String, python: String) throws {
        try? FileManager.default.removeItem(atPath: lock)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: list))
        try step([
            "pip", "compile", list, "--output-file", lock, "--python", interpreter, "--python-version", python,
            "--only-binary", ":all:", "--generate-hashes", "--no-header", "--no-annotate", "--quiet",
        ])
    }

    private func hash(of lock: String, _ python: String) throws -> String {
        let text = try Data(contentsOf: URL(filePath: lock)) + Data("\npython \(python) \(interpreter)\n".utf8)
        return SHA256.hash(data: text).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func step(_ arguments: [String]) throws {
        var command = Command("", [])
        let line =
            [uv] + arguments + [
                "--no-config", "--no-progress", "--no-python-downloads", "--cache-dir", "\(directory)/.cache",
            ]
        var environment = variables
        environment["PATH"] = "/usr/bin:/bin"
        if configuration.sandbox == .full {
            guard let bubblewrap = SandboxCommand.find(configuration.bubblewrap ?? "bwrap") else {
                throw RegistryError(
                    .unavailable, "No environment can be built: bubblewrap (bwrap) is missing.",
                    hint: "Install the package 'bubblewrap'.")
            }
            var readable = base.directories + [uv, URL(filePath: interpreter).resolvingSymlinksInPath().path]
            if interpreter != configuration.basePython {
                readable += try PythonInstallation.inspect(interpreter).directories
            }
            readable += certificates
            let wrapped = SandboxCommand.bubblewrap(
                bubblewrap, running: line, environment: environment, readable: readable, writable: [directory],
                hasNetwork: true)
            command = Command(wrapped.executable, wrapped.arguments, environment: environment)
        } else {
            command = Command(line[0], Array(line.dropFirst()), environment: environment)
        }
        let logger = logger
        command.onLine = { logger.info("environment build", metadata: ["line": "\($0)"]) }
        let result = try command.run(timeoutSeconds: 1_800)
        guard result.status == 0 else { throw failure(result.errorText) }
    }

    /// What uv needs to reach an index, from this process' own environment.
    private var variables: [String: String] {
        var variables = ["HOME": "/tmp", "LANG": "C.UTF-8", "NO_COLOR": "1"]
        let names = [
            "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy",
            "https_proxy", "all_proxy", "no_proxy", "UV_INDEX", "UV_INDEX_URL", "UV_DEFAULT_INDEX",
            "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE", "UV_HTTP_TIMEOUT", "UV_EXCLUDE_NEWER",
        ]
        for name in names { variables[name] = ProcessInfo.processInfo.environment[name] }
        return variables
    }

    /// Files for names and certificates of the network, where they exist.
    private var certificates: [String] {
        var paths = [
            "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
        ]
        paths += [variables["SSL_CERT_FILE"], variables["SSL_CERT_DIR"]].compactMap { $0 }
        paths.append(URL(filePath: "/etc/resolv.conf").resolvingSymlinksInPath().path)
        return paths.filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func failure(_ text: String) -> RegistryError {
        let said = text.split(separator: "\n").filter { !$0.hasPrefix("warning") }.suffix(12).joined(separator: "\n")
        let bare = requirements.lines.map { String($0.prefix { !"=<>!~[".contains($0) }) }
        let named = bare.filter { name in
            said.range(
                of: "(?<![A-Za-z0-9._-])\(NSRegularExpression.escapedPattern(for: name))(?![A-Za-z0-9_-])",
                options: .regularExpression) != nil
        }
        let which = named.isEmpty ? "" : " (\(named.joined(separator: ", ")))"
        return RegistryError(
            .unavailable, "The Python environment of the model can't be built\(which):\n\(said)",
            hint: "Only wheels are installed, by name and version, from the configured package index.",
            detail: ["packages": named.joined(separator: ",")])
    }
}
