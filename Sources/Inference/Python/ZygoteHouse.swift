import Foundation
import Logging
import Synchronization
import Types

/// The warm Python processes, one per environment. Thread-safe.
final class ZygoteHouse: Sendable {
    private struct State {
        var zygotes: [String: Zygote] = [:]
        var isStopped = false
    }

    private let configuration: RuntimeConfiguration
    private let logger: Logger
    private let state: SharedState
    private let keeper: Keeper

    /// The state apart from the house, so that the keeper's work does not keep the house alive.
    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    /// - Parameter round: called every few seconds, on the keeper's thread.
    init(_ configuration: RuntimeConfiguration, logger: Logger, round: @escaping @Sendable () -> Void) {
        self.configuration = configuration
        self.logger = logger
        let state = SharedState()
        self.state = state
        let interval = min(5, max(0.2, configuration.workerIdleSeconds / 4))
        keeper = Keeper(every: interval) {
            round()
            ZygoteHouse.retireIdle(state, configuration)
        }
    }

    deinit { stop() }

    var count: Int { state.value.withLock { state in state.zygotes.values.count { !$0.isEnded } } }

    /// The environment's process, started where there is none; it may not be ready yet.
    func zygote(_ installation: PythonInstallation) throws -> Zygote {
        try state.value.withLock { state in
            guard !state.isStopped else { throw RegistryError(.unavailable, "The server is stopping.") }
            if let zygote = state.zygotes[installation.executable], !zygote.isEnded { return zygote }
            let zygote = try Zygote(installation, configuration: configuration, keeper: keeper, logger: logger)
            state.zygotes[installation.executable] = zygote
            return zygote
        }
    }

    private static func retireIdle(_ state: SharedState, _ configuration: RuntimeConfiguration) {
        let limit = ContinuousClock.now - .seconds(configuration.environmentIdleSeconds)
        // A start in progress holds the lock and waits for this very thread: then look again next time.
        state.value.withLockIfAvailable { state in
            for (executable, zygote) in state.zygotes where zygote.isEnded {
                state.zygotes[executable] = nil
            }
            for (executable, zygote) in state.zygotes
            where executable != configuration.basePython && zygote.liveWorkers == 0 && zygote.lastUsed < limit {
                zygote.end()
                state.zygotes[executable] = nil
            }
        }
    }

    func stop() {
        let zygotes = state.value.withLock { state in
            state.isStopped = true
            defer { state.zygotes = [:] }
            return Array(state.zygotes.values)
        }
        for zygote in zygotes { zygote.end() }
        keeper.stop()
    }
}
