import Synchronization
package import Types

/// A method of a version with its environment in place. Immutable and thread-safe: any number of threads may make and
/// run batches at once, each batch by one thread at a time.
///
/// This is where native scorers will come in: a version with a certified one runs in this process, with the same
/// batches; callers do not see which.
package final class LoadedMethod: Sendable {
    let key: HandlerKey
    let installation: PythonInstallation
    let runtime: ModelRuntime
    let segments: SegmentPool
    private let partitions = Mutex<Bool?>(nil)

    init(key: HandlerKey, installation: PythonInstallation, segments: SegmentPool, runtime: ModelRuntime) {
        self.key = key
        self.installation = installation
        self.segments = segments
        self.runtime = runtime
    }

    package var signature: MethodSignature { key.method }
    package var versionID: Int64 { key.versionID }

    /// Kinds of the outputs, in order; one JSON column where the method declares none.
    package var outputKinds: [ColumnKind] {
        key.method.outputs.isEmpty ? [.json] : key.method.outputs.map { ColumnKind($0.type) }
    }

    /// Starts a worker and loads the model, unless one is there already.
    ///
    /// - Throws: as `BatchBuilder.run`, where the model can't be loaded.
    package func prepare(cancellation: Cancellation? = nil) throws {
        try runtime.withWorker(self, cancellation) { _ in }
    }

    /// Whether the handler takes whole partitions; starts a worker unless one is known.
    ///
    /// - Throws: as ``prepare(cancellation:)``.
    package func handlesPartitions(cancellation: Cancellation? = nil) throws -> Bool {
        if let known = partitions.withLock({ $0 }) { return known }
        let shape = try runtime.withWorker(self, cancellation) { $0.loaded.shape }
        partitions.withLock { $0 = shape == LoadedMessage.partitionShape }
        return shape == LoadedMessage.partitionShape
    }

    /// A batch for up to `capacity` rows, to be filled and run, over and over.
    ///
    /// - Parameter capacity: at least 1; memory is taken when the first rows come.
    package func makeBatch(capacity: Int) throws -> BatchBuilder {
        guard capacity >= 1, capacity <= BatchBuilder.maximumRows else {
            throw RegistryError(
                .invalidArgument, "A batch holds 1 to \(BatchBuilder.maximumRows) rows, not \(capacity).")
        }
        return BatchBuilder(self, capacity: capacity)
    }
}
