import CNative
import Foundation
import Testing

struct GzipTests {
    private func encode(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let count = bytes.withUnsafeBufferPointer { cn_gzip_encode($0.baseAddress, $0.count, level, &output) }
        defer { cn_free(output) }
        return Array(UnsafeBufferPointer(start: output, count: max(0, Int(count))))
    }

    /// The decoded bytes, or the negative answer.
    private func decode(_ bytes: [UInt8], limit: Int) -> (Int, [UInt8]) {
        var output: UnsafeMutablePointer<UInt8>?
        let count = bytes.withUnsafeBufferPointer { cn_gzip_decode($0.baseAddress, $0.count, limit, &output) }
        defer { cn_free(output) }
        return (Int(count), count > 0 ? Array(UnsafeBufferPointer(start: output, count: Int(count))) : [])
    }

    @Test(arguments: [0, 1, 100, 65_536, 1_000_000])
    func bytesComeBack(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        for level in [Int32(1), 6, 9] {
            let (length, decoded) = decode(encode(bytes, level: level), limit: count)
            #expect(length == count && decoded == bytes)
        }
    }

    @Test func moreThanTheLimitIsRefusedWithoutMakingIt() {
        let bomb = encode([UInt8](repeating: 0, count: 20_000_000))
        #expect(bomb.count < 200_000)
        #expect(decode(bomb, limit: 1_000_000).0 == CN_ZLIB_TOO_LARGE)
        #expect(decode(bomb, limit: 20_000_000).0 == 20_000_000)
    }

    @Test func severalMembersAreOneText() {
        let (length, decoded) = decode(encode([1, 2, 3]) + encode([4]), limit: 10)
        #expect(length == 4 && decoded == [1, 2, 3, 4])
    }

    @Test func everyCutAndAnythingElseIsBroken() {
        let whole = encode(Array("a text that is compressed".utf8))
        for end in 0..<whole.count {
            #expect(decode(Array(whole.prefix(end)), limit: 1000).0 == CN_ZLIB_BROKEN, "cut at \(end)")
        }
        #expect(decode(Array("{\"plain\": 1}".utf8), limit: 1000).0 == CN_ZLIB_BROKEN)
        #expect(decode(whole + [1, 2, 3], limit: 1000).0 == CN_ZLIB_BROKEN)
    }
}
