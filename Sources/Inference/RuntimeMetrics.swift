/// What the runtime has done since it started, and what it holds now.
package struct RuntimeMetrics: Sendable, Equatable {
    /// Worker processes now, starting ones included.
    package var workersAlive = 0
    /// Those with a call now.
    package var workersBusy = 0
    /// Calls that wait for a worker now.
    package var callsWaiting = 0
    /// Warm Python processes now.
    package var environmentsAlive = 0
    package var workerStarts = 0
    /// Workers that were killed, crashed or did not start.
    package var workerDeaths = 0
    /// Batches that were handed to a worker.
    package var calls = 0
    /// Batches that failed.
    package var failures = 0
    package var rows = 0
    /// Wall-clock seconds of all calls.
    package var seconds = 0.0
    /// Processor seconds in the workers, as they report them.
    package var cpuSeconds = 0.0
}
