import CNative
import Foundation
import Types

#if canImport(Glibc)
    import Glibc
#endif

/// One end of a pair of Unix sockets that carries frames and descriptors. One thread reads, any thread may write.
final class ControlSocket: @unchecked Sendable {  // reads by one thread at a time; writes under a lock
    enum Received {
        case frame(Frame)
        /// The other side is gone, or `hangUp` was called.
        case ended
        case timedOut
    }

    private let descriptor: Int32
    private let writing = NSLock()
    private var machine = FrameStateMachine()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// A connected pair: ours, and the other end's descriptor, which the caller closes.
    static func pair() throws -> (ControlSocket, Int32) {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw RegistryError(.unavailable, "No socket for a worker: \(String(cString: strerror(errno))).")
        }
        return (ControlSocket(descriptor: ends[0]), ends[1])
    }

    deinit { close(descriptor) }

    /// Ends the conversation: a blocked `receive` returns `ended`. Any thread.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Sends a frame with descriptors; false when the other side is gone.
    func send(_ kind: Frame.Kind, _ payload: [UInt8], descriptors: [Int32] = []) -> Bool {
        let bytes = Frame(kind: kind, payload: payload, descriptors: UInt8(descriptors.count)).bytes
        return sendRaw(bytes, descriptors: descriptors)
    }

    func sendRaw(_ bytes: [UInt8], descriptors: [Int32] = []) -> Bool {
        writing.withLock { cn_send_fds(descriptor, bytes, bytes.count, descriptors, Int32(descriptors.count)) == 0 }
    }

    /// Waits for the next frame until the deadline; a peer that breaks the protocol counts as ended.
    func receive(until deadline: ContinuousClock.Instant?) -> Received {
        while true {
            do {
                if let frame = try machine.next() { return .frame(frame) }
            } catch {
                return .ended
            }
            var wait: Int32 = -1
            if let deadline {
                let left = (deadline - .now) / .milliseconds(1)
                if left <= 0 { return .timedOut }
                wait = Int32(min(left.rounded(.up), 1e9))
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, wait)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { return .ended }
            buffer.withUnsafeBytes { machine.receive(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
