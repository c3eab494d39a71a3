package import Foundation
package import Logging
import Synchronization
package import Types

/// A method of a version that is to be run.
package struct LoadRequest: Sendable {
    /// The version's stable id; equal ids must mean equal files.
    package var versionID: Int64
    /// The version's tree (`MANIFEST.yml`, `functions/`, `model/`), inside the configured versions directory.
    package var versionDirectory: URL
    package var environment: EnvironmentSpec
    package var method: MethodSignature

    package init(versionID: Int64, versionDirectory: URL, environment: EnvironmentSpec, method: MethodSignature) {
        self.versionID = versionID
        self.versionDirectory = versionDirectory
        self.environment = environment
        self.method = method
    }
}

/// Runs the methods of model versions, in Python workers.
///
/// Owns every child process: a warm Python per environment and the workers it forked. Calls block the calling thread
/// and may come from any number of threads at once. Use:
///
///     let runtime = ModelRuntime(configuration, logger: logger)
///     let method = try runtime.load(request)
///     let batch = try method.makeBatch(capacity: 16_384)
///     try batch.append([column], rows: 2_048)
///     let output = try batch.run()
package final class ModelRuntime: Sendable {
    let configuration: RuntimeConfiguration
    let pool: WorkerPool
    private let logger: Logger
    private let store: EnvironmentStore
    private let zygotes: ZygoteHouse
    private let segments = SegmentPools()

    /// Starts no process yet.
    package init(_ configuration: RuntimeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let pool = WorkerPool(configuration)
        self.pool = pool
        store = EnvironmentStore(configuration, logger: logger)
        zygotes = ZygoteHouse(configuration, logger: logger) { [segments] in
            pool.retireIdle()
            segments.trim()
        }
    }

    /// Makes a method ready to be called: finds or builds the environment of its version.
    ///
    /// The model itself is loaded by the first call, or by `LoadedMethod.prepare`. A build may take minutes.
    ///
    /// - Throws: `unavailable` where the environment can't be had or models can't run here, `invalidPackage`.
    package func load(_ request: LoadRequest) throws -> LoadedMethod {
        let root = configuration.versionsDirectory.resolvingSymlinksInPath().path + "/"
        let directory = request.versionDirectory.resolvingSymlinksInPath().path
        guard directory.hasPrefix(root) else {
            throw RegistryError(.invalidArgument, "The version's directory lies outside of the versions directory.")
        }
        let installation = try store.installation(for: request.environment)
        let key = HandlerKey(
            versionID: request.versionID, method: request.method, directory: directory,
            executable: installation.executable)
        return LoadedMethod(
            key: key, installation: installation, segments: segments.pool(for: key), runtime: self)
    }

    /// Starts the base environment's warm process, so that the first call finds it ready. Returns when it is.
    ///
    /// - Throws: `unavailable` where models can't run here, with what to do about it.
    package func warmUp() throws {
        let zygote = try zygotes.zygote(try store.base())
        try zygote.waitUntilReady(nil)
    }

    /// A distribution that is installed in the base environment.
    package struct InstalledPackage: Hashable, Sendable {
        package let name: String
        package let version: String
        /// The Python it is installed for, e.g. `3.11`.
        package let pythonVersion: String
    }

    /// What the base environment has, by name.
    ///
    /// - Throws: `unavailable` where its Python can't be run.
    package func basePackages() throws -> [InstalledPackage] {
        let base = try store.base()
        return base.packages.sorted { $0.key < $1.key }.map {
            InstalledPackage(name: $0.key, version: $0.value, pythonVersion: base.minorVersion)
        }
    }

    /// Names in `environments/` of those that calls were answered with since the start.
    package var environmentsInUse: Set<String> { store.namesInUse }

    /// Ends the idle workers of a version that was dropped.
    package func forget(versionID: Int64) { pool.retire(versionID: versionID) }

    package var metrics: RuntimeMetrics {
        var metrics = pool.metrics
        metrics.environmentsAlive = zygotes.count
        return metrics
    }

    /// Kills all child processes; calls that run or come later fail. Takes less than two seconds.
    package func shutdown() {
        pool.stop()
        zygotes.stop()
    }

    /// Runs `body` with a worker of the handler, in a fresh environment where the old one has died.
    func withWorker<Result>(
        _ method: LoadedMethod, _ cancellation: Cancellation?, _ body: (Worker) throws -> Result
    ) throws -> Result {
        try pool.withWorker(
            method.key, cancellation: cancellation,
            start: { number in
                for attempt in 1... {
                    let zygote = try zygotes.zygote(method.installation)
                    try zygote.waitUntilReady(cancellation)
                    do {
                        return try Worker(
                            number: number, key: method.key, zygote: zygote, configuration: configuration,
                            cancellation: cancellation)
                    } catch let error as RegistryError where error.detail["gone"] == "zygote" && attempt < 3 {
                        logger.warning("python environment has to be started again")
                    }
                }
                throw RegistryError(.unavailable, "The Python environment does not stay up.")
            }, body: body)
    }
}
