import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// What a group of workers serves: one handler of one version, in one environment.
struct HandlerKey: Hashable, Sendable {
    let versionID: Int64
    let method: MethodSignature
    let directory: String
    let executable: String
}

/// One worker process with its model loaded. Used by one caller at a time; `kill` may come from any thread.
final class Worker: @unchecked Sendable {  // owned by the pool or by exactly one caller
    let number: Int
    let key: HandlerKey
    let zygote: Zygote
    private(set) var loaded: LoadedMessage
    /// When its last call ended.
    var idleSince = ContinuousClock.now
    private let socket: ControlSocket
    private var known: Set<UInt32> = []
    private let configuration: RuntimeConfiguration

    /// Forks a worker, waits until its model is loaded.
    ///
    /// - Throws: `modelFailed` with the traceback when the model can't be loaded, `timeout`, `cancelled`,
    ///   `unavailable`.
    init(
        number: Int, key: HandlerKey, zygote: Zygote, configuration: RuntimeConfiguration, cancellation: Cancellation?
    ) throws {
        self.number = number
        self.key = key
        self.zygote = zygote
        self.configuration = configuration
        let (socket, childEnd) = try ControlSocket.pair()
        self.socket = socket
        loaded = LoadedMessage(layers: [], shape: "", flatten: false, estimator: false)
        let isSent = zygote.fork(Worker.forkMessage(number, key, zygote, configuration), socket: childEnd)
        close(childEnd)
        guard isSent else {
            throw RegistryError(.unavailable, "The Python environment ended.", detail: ["gone": "zygote"])
        }
        let deadline = ContinuousClock.now + .seconds(configuration.loadTimeoutSeconds)
        let answer = Worker.cancelling(cancellation, self) { socket.receive(until: deadline) }
        do {
            switch answer {
            case .frame(let frame) where frame.kind == .loaded:
                guard let message = frame.message(LoadedMessage.self) else {
                    throw failure(.protocolBroken, cancellation)
                }
                loaded = message
            case .frame(let frame) where frame.kind == .failed:
                guard let message = frame.message(FailedMessage.self) else {
                    throw failure(.protocolBroken, cancellation)
                }
                throw WorkerFailure.modelError(message, key, configuration)
            case .frame: throw failure(.protocolBroken, cancellation)
            case .ended: throw failure(.ended, cancellation)
            case .timedOut: throw failure(.loadTimedOut, cancellation)
            }
        } catch {
            kill()
            throw error
        }
    }

    private static func forkMessage(
        _ number: Int, _ key: HandlerKey, _ zygote: Zygote, _ configuration: RuntimeConfiguration
    ) -> ForkMessage {
        let names = key.method.inputs.map(\.name) + key.method.parameters.map(\.field.name)
        let outputs = key.method.outputs.map { ForkMessage.Output(name: $0.name, kind: ColumnKind($0.type).rawValue) }
        return ForkMessage(
            worker: number, directory: key.directory, handler: key.method.handler, inputs: names, outputs: outputs,
            estimator: configuration.usesEstimators,
            readable: SandboxCommand.systemPaths + zygote.installation.directories,
            memory: configuration.workerMemory, fileSize: configuration.workerFileSize,
            cpuSeconds: configuration.callTimeoutSeconds * Double(max(1, configuration.threadsPerWorker)) + 5,
            sandbox: configuration.sandbox.rawValue)
    }

    /// Ends the process at once; a caller that waits for it sees the end.
    func kill() {
        socket.hangUp()
        zygote.kill(worker: number)
    }

    /// Lets the process end by itself: it has no call.
    func retire() { kill() }

    private static func cancelling<Result>(_ cancellation: Cancellation?, _ worker: Worker, _ body: () -> Result)
        -> Result
    {
        guard let cancellation else { return body() }
        return cancellation.whileRunning(body, onCancel: { worker.kill() })
    }

    private func failure(_ kind: WorkerFailure.Kind, _ cancellation: Cancellation?) -> RegistryError {
        WorkerFailure.error(kind, self, configuration, isCancelled: cancellation?.isCancelled == true)
    }

    /// Has one batch predicted. After any error but the model's own exception the worker is of no more use.
    ///
    /// - Returns: the answer and the segment in which the outputs lie.
    func predict(
        _ message: PredictMessage, in segment: PooledSegment, pool: SegmentPool, cancellation: Cancellation?
    ) throws -> (ResultMessage, PooledSegment) {
        let deadline = ContinuousClock.now + .seconds(configuration.callTimeoutSeconds)
        var message = message
        var output = segment
        var descriptors: [Int32] = []
        if known.insert(message.segment).inserted {
            message.fresh = [.init(number: message.segment, size: segment.size)]
            descriptors = [segment.segment.descriptor]
        }
        message.forgotten = Array(known.subtracting(pool.alive))
        known.subtract(message.forgotten)
        guard message.payload.count <= Frame.maximumPayload else {
            throw RegistryError(.limitExceeded, "A batch of \(message.partitions.count) partitions is too large.")
        }
        guard socket.send(.predict, message.payload, descriptors: descriptors) else {
            throw failure(.ended, cancellation)
        }
        while true {
            let answer = Worker.cancelling(cancellation, self) { socket.receive(until: deadline) }
            switch answer {
            case .ended: throw failure(.ended, cancellation)
            case .timedOut: throw failure(.callTimedOut, cancellation)
            case .frame(let frame):
                switch frame.kind {
                case .result:
                    guard let result = ResultMessage(payload: frame.payload), result.segment == output.segment.number
                    else {
                        throw failure(.protocolBroken, cancellation)
                    }
                    return (result, output)
                case .failed:
                    guard let failed = frame.message(FailedMessage.self) else {
                        throw failure(.protocolBroken, cancellation)
                    }
                    throw WorkerFailure.modelError(failed, key, configuration)
                case .full:
                    var reader = ByteReader(frame.payload)
                    guard let size = reader.size(), output === segment else {
                        throw failure(.protocolBroken, cancellation)
                    }
                    guard size <= configuration.maximumResultBytes else {
                        throw WorkerFailure.resultTooLarge(size, key, configuration)
                    }
                    output = try pool.take(size)
                    var payload: [UInt8] = []
                    PredictMessage.write(.init(number: output.segment.number, size: output.size), to: &payload)
                    known.insert(output.segment.number)  // where it was known already, it is mapped anew
                    guard socket.send(.more, payload, descriptors: [output.segment.descriptor]) else {
                        throw failure(.ended, cancellation)
                    }
                default: throw failure(.protocolBroken, cancellation)
                }
            }
        }
    }
}
