/// One message between the server and a Python process: a kind, how many descriptors came with it, and a payload.
///
/// On the wire: payload length (u32), kind (u8), descriptors (u8), zero (u16), all little-endian; then the payload.
struct Frame: Equatable {
    enum Kind: UInt8 {
        /// Server to zygote.
        case fork = 1
        case kill = 2
        /// Zygote to server.
        case ready = 16
        case forked = 17
        case exited = 18
        /// Server to worker.
        case load = 32
        case predict = 33
        case more = 34
        /// Worker to server.
        case loaded = 48
        case result = 49
        case full = 50
        case failed = 51
    }

    var kind: Kind
    var payload: [UInt8]
    var descriptors: UInt8 = 0

    static let headerSize = 8
    /// Longest payload; a longer one means that the peer does not speak this protocol.
    static let maximumPayload = 64 << 20

    /// The frame as it goes over the socket.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Frame.headerSize + payload.count)
        bytes.append(UInt32(payload.count))
        bytes.append(contentsOf: [kind.rawValue, descriptors, 0, 0])
        bytes.append(contentsOf: payload)
        return bytes
    }
}

/// Cuts a stream of bytes into frames: bytes in, frames out, whatever the cuts of the socket.
///
/// A worker's code is not trusted, so nothing that comes in is: a malformed header ends the stream for good.
struct FrameStateMachine {
    enum Failure: Error, Equatable {
        case unknownKind(UInt8)
        case tooLong(Int)
        case malformedHeader
    }

    private var buffer: [UInt8] = []
    private var start = 0
    private var failure: Failure?

    /// Takes bytes as they arrived.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        guard failure == nil else { return }
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete frame, nil when more bytes are needed.
    mutating func next() throws(Failure) -> Frame? {
        if let failure { throw failure }
        guard buffer.count - start >= Frame.headerSize else { return nil }
        let length =
            Int(buffer[start]) | Int(buffer[start + 1]) << 8 | Int(buffer[start + 2]) << 16
            | Int(buffer[start + 3]) << 24
        guard length <= Frame.maximumPayload else { throw fail(.tooLong(length)) }
        guard let kind = Frame.Kind(rawValue: buffer[start + 4]) else { throw fail(.unknownKind(buffer[start + 4])) }
        guard buffer[start + 6] == 0, buffer[start + 7] == 0 else { throw fail(.malformedHeader) }
        let end = start + Frame.headerSize + length
        guard buffer.count >= end else { return nil }
        let frame = Frame(
            kind: kind, payload: Array(buffer[start + Frame.headerSize..<end]), descriptors: buffer[start + 5])
        start = end
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 16)
            start = 0
        }
        return frame
    }

    private mutating func fail(_ failure: Failure) -> Failure {
        self.failure = failure
        buffer = []
        return failure
    }
}

extension [UInt8] {
    /// Appends an integer, least significant byte first.
    mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
