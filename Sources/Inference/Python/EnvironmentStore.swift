import Crypto
import Foundation
import Logging
import Synchronization
import Types

/// The Python environments of this server: the base one, and those that were built for versions which it does not suit.
///
/// Built ones lie in `environments/<hash of the lock>` and are never changed; `environments/specs/<hash of the
/// requirements>` names the one that was built for them, so that a restart needs no network. Calls with equal
/// requirements share one build. Thread-safe.
final class EnvironmentStore: Sendable {
    /// An answer that is being worked out by one thread while others wait for it.
    private final class Answer: Sendable {
        let result = Mutex<Result<PythonInstallation, RegistryError>?>(nil)
        let done = DispatchGroup()
        init() { done.enter() }
    }

    private struct State {
        var base: PythonInstallation?
        /// Successful answers and those in progress.
        var answers: [EnvironmentSpec: Answer] = [:]
    }

    /// What is imported to run the methods, whatever the version says.
    static func always(_ spec: EnvironmentSpec) -> [String] {
        switch spec.runner {
        case .handlers:
            // An embedded library's conda.yml does not name pyarrow, since conda's Snowpark brings it.
            return ["pandas", "numpy", "pyyaml", "anyio", "cloudpickle"]
                + [spec.embedsLibrary ? "pyarrow" : "snowflake-ml-python"]
        case .mlflow:
            // The small distribution holds all that loading needs.
            let isSkinny = spec.requirements.contains { $0.name.lowercased().hasPrefix("mlflow-skinny") }
            return ["pandas", "numpy", "cloudpickle"] + (isSkinny ? [] : ["mlflow"])
        }
    }

    private let configuration: RuntimeConfiguration
    private let logger: Logger
    private let state = Mutex(State())

    init(_ configuration: RuntimeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// The base environment; inspected once.
    ///
    /// - Throws: `unavailable`.
    func base() throws -> PythonInstallation {
        if let base = state.withLock({ $0.base }) { return base }
        let found = try PythonInstallation.inspect(configuration.basePython)
        state.withLock { $0.base = found }
        return found
    }

    /// An environment that satisfies the requirements: the base one if it does, else one that is built, once.
    ///
    /// Blocks while it is built, minutes perhaps. A failure is not remembered: the next call tries again.
    ///
    /// - Throws: `invalidPackage` for requirements that are no names and specifiers, `unavailable` for those that can't
    ///   be had, naming the package.
    func installation(for spec: EnvironmentSpec) throws -> PythonInstallation {
        let mine = Answer()
        let answer = state.withLock { state in
            if let answer = state.answers[spec] { return answer }
            state.answers[spec] = mine
            return mine
        }
        if answer === mine {
            let result = Result { try find(spec) }.mapError { error in
                error as? RegistryError
                    ?? RegistryError(
                        .unavailable, "The environment of the model can't be made: \(error).", cause: error)
            }
            mine.result.withLock { $0 = result }
            if case .failure = result { state.withLock { $0.answers[spec] = nil } }
            mine.done.leave()
        } else {
            answer.done.wait()
        }
        guard let result = answer.result.withLock({ $0 }) else {
            throw RegistryError(.internal, "An environment has no answer.")
        }
        return try result.get()
    }

    /// Names in `environments/` of those that calls were answered with since the start.
    var namesInUse: Set<String> {
        let answers = state.withLock { Array($0.answers.values) }
        let root = configuration.environmentsDirectory.standardizedFileURL.path + "/"
        return Set(
            answers.compactMap { answer -> String? in
                guard case .success(let found)? = answer.result.withLock({ $0 }), found.executable.hasPrefix(root)
                else { return nil }
                return found.executable.dropFirst(root.count).split(separator: "/").first.map(String.init)
            })
    }

    private func find(_ spec: EnvironmentSpec) throws -> PythonInstallation {
        let requirements = try EnvironmentRequirements(spec)
        let base = try base()
        let unmet = try requirements.unmet(by: base)
        if unmet.isEmpty { return base }
        let needs = unmet.joined(separator: ", ")
        logger.info("base environment does not suit a model", metadata: ["needs": "\(needs)"])
        let pointer = configuration.environmentsDirectory.appending(path: "specs/\(requirements.hash)")
        // A pointer that can't be read is written anew.
        if let name = try? String(contentsOf: pointer, encoding: .utf8) {
            let python = configuration.environmentsDirectory.appending(path: "\(name)/bin/python")
            if FileManager.default.isExecutableFile(atPath: python.path) {
                return try PythonInstallation.inspect(python.path)
            }
        }
        let build = try EnvironmentBuild(
            requirements, base: base, configuration: configuration, logger: logger, unmet: needs)
        let name = try build.run()
        try FileManager.default.createDirectory(
            at: pointer.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(name.utf8).write(to: pointer, options: .atomic)
        return try PythonInstallation.inspect(
            configuration.environmentsDirectory.appending(path: "\(name)/bin/python").path)
    }
}
