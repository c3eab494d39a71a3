import CNative
import Foundation
import Testing

struct DescriptorTests {
    private func pair() throws -> (Int32, Int32) {
        var sockets: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        return (sockets[0], sockets[1])
    }

    @Test func memoryIsSharedThroughASocket() throws {
        let (left, right) = try pair()
        let memory = cn_memfd_create("test", 4096)
        defer { for descriptor in [left, right, memory] { close(descriptor) } }
        try #require(memory >= 0)
        #expect(cn_send_fds(left, "hello", 5, [memory, memory], 2) == 0)
        var text = [UInt8](repeating: 0, count: 16)
        var received: [Int32] = [-1, -1, -1]
        var count: Int32 = 3
        #expect(cn_recv_fds(right, &text, 16, &received, &count) == 5)
        #expect(count == 2 && text.prefix(5) == Array("hello".utf8)[...])
        defer { for descriptor in received.prefix(2) { close(descriptor) } }
        #expect(fcntl(received[0], F_GETFD) & FD_CLOEXEC != 0)
        #expect(pwrite(memory, "shared", 6, 100) == 6)
        #expect(pread(received[1], &text, 6, 100) == 6 && text.prefix(6) == Array("shared".utf8)[...])
    }

    @Test func longMessagesArriveWhole() async throws {
        let (left, right) = try pair()
        defer { for descriptor in [left, right] { close(descriptor) } }
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let sender = Thread { _ = cn_send_fds(left, bytes, bytes.count, [left], 1) }
        sender.start()
        var received: [UInt8] = []
        var descriptors = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while received.count < bytes.count {
            var descriptor: Int32 = -1
            var count: Int32 = 1
            let length = cn_recv_fds(right, &buffer, buffer.count, &descriptor, &count)
            try #require(length > 0)
            received += buffer.prefix(length)
            descriptors += Int(count)
            if count == 1 { close(descriptor) }
        }
        #expect(received == bytes && descriptors == 1)
    }

    @Test func moreDescriptorsThanRoomAreClosedAndRefused() throws {
        let (left, right) = try pair()
        defer { for descriptor in [left, right] { close(descriptor) } }
        #expect(cn_send_fds(left, "x", 1, [left, right, left], 3) == 0)
        var byte: UInt8 = 0
        var descriptor: Int32 = -1
        var count: Int32 = 1
        #expect(cn_recv_fds(right, &byte, 1, &descriptor, &count) == -1 && errno == EMSGSIZE)
        #expect(cn_send_fds(left, "x", 0, nil, 0) == -1 && errno == EINVAL)
    }

    @Test func sealedMemoryKeepsItsSize() {
        let memory = cn_memfd_create("test", 4096)
        defer { close(memory) }
        #expect(cn_memfd_seal(memory, 1) == 0)
        #expect(ftruncate(memory, 8192) == -1)
        #expect(pwrite(memory, "x", 1, 0) == -1)
    }

    @Test func aClosedPeerIsAnErrorAndNoSignal() throws {
        let (left, right) = try pair()
        close(right)
        defer { close(left) }
        #expect(cn_send_fds(left, "x", 1, nil, 0) == -1 && errno == EPIPE)
    }
}
