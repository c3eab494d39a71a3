import CNative
import Foundation
import Synchronization
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// Anonymous memory that the server shares with workers: a file of fixed size, mapped here and there.
///
/// Its size is sealed, so a worker cannot shrink it under the server's feet. Workers can write it at any time: whatever
/// the server relies on, it copies or bounds-checks first.
final class SharedSegment: @unchecked Sendable {  // the mapping is constant; its users take turns
    let number: UInt32
    let size: Int
    let descriptor: Int32
    let base: UnsafeMutableRawPointer

    /// - Throws: `unavailable` when the system gives no memory.
    init(number: UInt32, size: Int) throws {
        let descriptor = cn_memfd_create("roost-batch", size)
        guard descriptor >= 0 else { throw SharedSegment.failure("memfd_create", size) }
        guard cn_memfd_seal(descriptor, 0) == 0 else {
            close(descriptor)
            throw SharedSegment.failure("sealing", size)
        }
        let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let base, base != MAP_FAILED else {
            close(descriptor)
            throw SharedSegment.failure("mmap", size)
        }
        self.number = number
        self.size = size
        self.descriptor = descriptor
        self.base = base
    }

    private static func failure(_ what: String, _ size: Int) -> RegistryError {
        RegistryError(
            .unavailable, "No shared memory of \(size) bytes for a batch: \(what): \(String(cString: strerror(errno)))."
        )
    }

    deinit {
        munmap(base, size)
        close(descriptor)
    }
}

/// Segments of one method, used over and over so that workers map each only once. Thread-safe.
final class SegmentPool: Sendable {
    /// Free memory kept for the next batches.
    static let keptBytes = 48 << 20
    /// Free memory without batches for so long is given back.
    static let keptTime = Duration.seconds(20)
    private static let numbers = Atomic<UInt32>(0)

    private struct State {
        var free: [SharedSegment] = []
        var alive: Set<UInt32> = []
        var lastGiven = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// The numbers of all segments that exist: workers forget the others.
    var alive: Set<UInt32> { state.withLock { $0.alive } }

    /// A segment of at least `size` bytes, the caller's own until it is given back.
    ///
    /// - Throws: as `SharedSegment`.
    func take(_ size: Int) throws -> PooledSegment {
        let rounded = SegmentPool.rounded(size)
        let found: SharedSegment? = state.withLock { state in
            guard
                let index = state.free.indices.filter({
                    state.free[$0].size >= size && state.free[$0].size <= 4 * rounded
                })
                .min(by: { state.free[$0].size < state.free[$1].size })
            else { return nil }
            return state.free.remove(at: index)
        }
        if let found { return PooledSegment(found, self) }
        let number = SegmentPool.numbers.add(1, ordering: .relaxed).newValue
        let made = try SharedSegment(number: number, size: rounded)
        state.withLock { _ = $0.alive.insert(number) }
        return PooledSegment(made, self)
    }

    /// The next size of the kind 2^n or 1.5 · 2^n, at least 64 KB.
    private static func rounded(_ size: Int) -> Int {
        var step = 1 << 16
        while step < size {
            if step + step / 2 >= size { return step + step / 2 }
            step *= 2
        }
        return step
    }

    /// Gives free memory back when it was not used lately; true when nothing is left.
    func trim() -> Bool {
        state.withLock { state in
            if ContinuousClock.now - state.lastGiven > SegmentPool.keptTime {
                for segment in state.free { state.alive.remove(segment.number) }
                state.free = []
            }
            return state.alive.isEmpty
        }
    }

    fileprivate func give(_ segment: SharedSegment) {
        state.withLock { state in
            state.free.append(segment)
            state.lastGiven = .now
            var kept = state.free.reduce(0) { $0 + $1.size }
            while kept > SegmentPool.keptBytes, !state.free.isEmpty {
                let dropped = state.free.removeFirst()
                kept -= dropped.size
                state.alive.remove(dropped.number)
            }
        }
    }
}

/// The pools of all methods: memory that one model's workers have seen is never used for another model. Thread-safe.
final class SegmentPools: Sendable {
    private let pools = Mutex<[HandlerKey: SegmentPool]>([:])

    func pool(for key: HandlerKey) -> SegmentPool {
        pools.withLock { pools in
            if let pool = pools[key] { return pool }
            let pool = SegmentPool()
            pools[key] = pool
            return pool
        }
    }

    /// Gives memory back that was not used lately. Periodic.
    func trim() {
        pools.withLock { pools in pools = pools.filter { !$0.value.trim() } }
    }
}

/// A segment on loan from its pool; goes back when the last reference goes.
final class PooledSegment: Sendable {
    let segment: SharedSegment
    private let pool: SegmentPool

    init(_ segment: SharedSegment, _ pool: SegmentPool) {
        self.segment = segment
        self.pool = pool
    }

    var base: UnsafeMutableRawPointer { segment.base }
    var size: Int { segment.size }

    deinit { pool.give(segment) }
}
