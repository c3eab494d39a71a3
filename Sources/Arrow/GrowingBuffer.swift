/// Raw memory that grows at its end. Not thread safe: one owner uses it.
package final class GrowingBuffer {
    /// The buffer's place and measures, behind a pointer so that each access costs no exclusivity check.
    @usableFromInline
    struct State {
        @usableFromInline var base: UnsafeMutableRawPointer
        @usableFromInline var used = 0
        @usableFromInline var capacity: Int
    }

    @usableFromInline let state: UnsafeMutablePointer<State>

    package init(capacity: Int = 256) {
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(base: .allocate(byteCount: capacity, alignment: 16), capacity: capacity))
    }

    deinit {
        state.pointee.base.deallocate()
        state.deallocate()
    }

    /// Bytes in use.
    @inlinable @inline(__always)
    package var count: Int { state.pointee.used }

    /// The content, valid until the buffer changes.
    @inlinable
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: state.pointee.base, count: state.pointee.used)
    }

    @usableFromInline
    @inline(never)
    func grow(_ extra: Int) {
        let old = state.pointee
        let larger = max(old.capacity * 2, old.used + extra)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: old.base, byteCount: old.used)
        old.base.deallocate()
        state.pointee.base = moved
        state.pointee.capacity = larger
    }

    /// Makes room for `extra` bytes after the end and returns where they go. ``commit(_:)`` counts those written.
    @inlinable @inline(__always)
    package func reserve(_ extra: Int) -> UnsafeMutableRawPointer {
        if state.pointee.used &+ extra > state.pointee.capacity { grow(extra) }
        return state.pointee.base + state.pointee.used
    }

    /// Counts bytes that were written after the end.
    @inlinable @inline(__always)
    package func commit(_ written: Int) {
        state.pointee.used &+= written
    }

    @inlinable @inline(__always)
    package func append(_ source: UnsafeRawPointer, _ byteCount: Int) {
        reserve(byteCount).copyMemory(from: source, byteCount: byteCount)
        commit(byteCount)
    }

    @inlinable
    package func append(_ source: UnsafeRawBufferPointer) {
        if let start = source.baseAddress { append(start, source.count) }
    }

    @inlinable
    package func append(_ text: StaticString) {
        append(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inlinable
    package func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inlinable @inline(__always)
    package func append(byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        commit(1)
    }

    /// Adds `byteCount` bytes of one value.
    package func append(repeating byte: UInt8, _ byteCount: Int) {
        reserve(byteCount).initializeMemory(as: UInt8.self, repeating: byte, count: byteCount)
        commit(byteCount)
    }

    /// Forgets the content, keeps the memory.
    @inlinable
    package func removeAll() {
        state.pointee.used = 0
    }

    /// The start of the content, to change it in place; moves when the buffer grows.
    var start: UnsafeMutablePointer<UInt8> { state.pointee.base.assumingMemoryBound(to: UInt8.self) }
}
