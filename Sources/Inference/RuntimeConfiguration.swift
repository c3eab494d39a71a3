package import Foundation

/// How models run on this machine: where things lie, what a worker may use, how many there are.
package struct RuntimeConfiguration: Sendable {
    /// How much stands between a model's code and the machine.
    package enum Sandbox: String, Sendable, CaseIterable {
        /// Bubblewrap (own namespaces, no network, read-only files), Landlock, seccomp and resource limits.
        case full
        /// All but bubblewrap: for machines where it can't run.
        case partial
        /// Resource limits only: for trusted models.
        case off
    }

    /// The tree under which every version's directory lies; the only data of the server that workers can read.
    package var versionsDirectory: URL
    /// Where environments that were built are kept.
    package var environmentsDirectory: URL
    /// The Python of the base environment, e.g. `/opt/roost/venv/bin/python`.
    package var basePython: String
    /// The `uv` that builds environments; nil where none may be built.
    package var uv: String?
    /// `bwrap`; nil looks it up on the path.
    package var bubblewrap: String?
    package var sandbox = Sandbox.full
    /// Workers at once per method of a version; at least 1.
    package var workersPerMethod = max(1, ProcessInfo.processInfo.activeProcessorCount)
    /// Workers at once altogether; an idle one of another method gives way.
    package var maximumWorkers = max(4, 4 * ProcessInfo.processInfo.activeProcessorCount)
    /// Memory that a worker may take on top of the warm process, in bytes; 0 for no limit.
    package var workerMemory = 4 << 30
    /// Largest file that a worker may write in its private directory, in bytes.
    package var workerFileSize = 1 << 30
    /// Size of the private directories of all workers of an environment together, in bytes.
    package var temporarySize = 2 << 30
    /// Longest call, in seconds: from handing a batch over to its result.
    package var callTimeoutSeconds = 300.0
    /// Longest start of a worker with loading of its model, in seconds.
    package var loadTimeoutSeconds = 120.0
    /// Longest start of an environment's warm process, in seconds.
    package var startTimeoutSeconds = 180.0
    /// A worker without calls for so long is ended, in seconds.
    package var workerIdleSeconds = 300.0
    /// A warm process without workers for so long is ended, in seconds; the base environment's stays.
    package var environmentIdleSeconds = 1_800.0
    /// Threads of numeric libraries (OpenMP, BLAS) per worker.
    package var threadsPerWorker = 1
    /// Largest result of one batch, in bytes.
    package var maximumResultBytes = 1 << 30
    /// Whether a plain scikit-learn estimator is called on arrays once its outputs were found equal to the handler's.
    package var usesEstimators = true

    /// - Parameters:
    ///   - versionsDirectory: as the property; must exist before the first worker starts.
    ///   - environmentsDirectory: as the property; made when needed.
    ///   - basePython: as the property.
    package init(versionsDirectory: URL, environmentsDirectory: URL, basePython: String) {
        self.versionsDirectory = versionsDirectory
        self.environmentsDirectory = environmentsDirectory
        self.basePython = basePython
    }

    /// The settings' names in the server's configuration, for hints in errors.
    package enum Setting {
        package static let workerMemory = "worker-memory"
        package static let callTimeout = "worker-timeout"
        package static let loadTimeout = "worker-load-timeout"
        package static let maximumResult = "worker-result"
        package static let sandbox = "sandbox"
        package static let basePython = "worker-python"
        package static let uv = "uv"
    }
}
