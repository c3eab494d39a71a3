import Foundation
import NIOCore
import Store
import Testing
import Transfer
import Types

struct DownloadTests {
    private let place = Place()
    private let artifacts: ArtifactStore
    private let content: [UInt8]
    private let target: TransferTarget
    private let blob: Blob

    init() throws {
        artifacts = try ArtifactStore(directory: place.directory)
        content = (0..<(1 << 20) + 77).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        blob = try artifacts.ingest(content)
        target = .blobDownload(digest: blob.digest, size: blob.size, name: "file.bin")
    }

    private func all(_ download: Download) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var offset = download.range.lowerBound
        while let chunk = try download.chunk(at: offset) {
            #expect(chunk.readableBytes <= Download.chunkLength && chunk.readableBytes > 0)
            bytes += chunk.readableBytesView
            offset += Int64(chunk.readableBytes)
        }
        return bytes
    }

    @Test func wholeContentComesInChunks() throws {
        let download = try Download(target, from: artifacts)
        #expect(try all(download) == content)
        #expect(download.etag == "\"\(blob.digest)\"" && download.contentLength == blob.size && !download.isPartial)
        #expect(download.contentRange == nil && download.fileName == "file.bin")
    }

    @Test(arguments: [
        "bytes=0-0", "bytes=10-20", "bytes=1048576-", "bytes=-5", "bytes=524287-524289", "bytes=5-99999999",
    ])
    func partOfTheContentComesAlone(header: String) throws {
        let download = try Download(target, range: header, from: artifacts)
        #expect(download.isPartial)
        #expect(try all(download) == Array(content[Int(download.range.lowerBound)..<Int(download.range.upperBound)]))
        #expect(
            download.contentRange
                == "bytes \(download.range.lowerBound)-\(download.range.upperBound - 1)/\(content.count)")
    }

    @Test func rangeOfAnotherContentIsTheWhole() throws {
        #expect(try !Download(target, range: "bytes=0-9", ifRange: "\"other\"", from: artifacts).isPartial)
        #expect(try Download(target, range: "bytes=0-9", ifRange: "\"\(blob.digest)\"", from: artifacts).isPartial)
    }

    @Test func rangeOutsideIsUnsatisfiable() {
        let error = #expect(throws: RegistryError.self) {
            try Download(target, range: "bytes=\(content.count)-", from: artifacts)
        }
        #expect(error?.transferStatus == 416 && error?.detail["contentRange"] == "bytes */\(content.count)")
    }

    @Test func missingContentAndWrongSizeAreErrors() {
        let missing = TransferTarget.blobDownload(digest: String(repeating: "0", count: 64), size: 1, name: "x")
        #expect(#expect(throws: RegistryError.self) { try Download(missing, from: artifacts) }?.transferStatus == 404)
        let short = TransferTarget.blobDownload(digest: blob.digest, size: 5, name: "x")
        #expect(#expect(throws: RegistryError.self) { try Download(short, from: artifacts) }?.code == .corrupt)
        let upload = TransferTarget.stageUpload(stageID: 1, path: "x")
        #expect(#expect(throws: RegistryError.self) { try Download(upload, from: artifacts) }?.code == .invalidArgument)
    }

    @Test func emptyContentHasNoChunks() throws {
        let empty = try artifacts.ingest([])
        let download = try Download(.blobDownload(digest: empty.digest, size: 0, name: "x"), from: artifacts)
        #expect(try download.chunk(at: 0) == nil && download.contentLength == 0)
    }

    struct RangeCase: Sendable {
        let header: String?
        let size: Int64
        let expected: ByteRange
    }

    @Test(arguments: [
        RangeCase(header: nil, size: 10, expected: .whole),
        RangeCase(header: "bytes=0-4", size: 10, expected: .part(0..<5)),
        RangeCase(header: "Bytes=2-", size: 10, expected: .part(2..<10)),
        RangeCase(header: "bytes=-3", size: 10, expected: .part(7..<10)),
        RangeCase(header: "bytes=-30", size: 10, expected: .part(0..<10)),
        RangeCase(header: "bytes=9-30", size: 10, expected: .part(9..<10)),
        RangeCase(header: "bytes=10-", size: 10, expected: .unsatisfiable),
        RangeCase(header: "bytes=-0", size: 10, expected: .unsatisfiable),
        RangeCase(header: "bytes=-1", size: 0, expected: .unsatisfiable),
        RangeCase(header: "bytes=0-", size: 0, expected: .unsatisfiable),
        RangeCase(header: "bytes=5-4", size: 10, expected: .whole),
        RangeCase(header: "bytes=0-1,3-4", size: 10, expected: .whole),
        RangeCase(header: "items=0-4", size: 10, expected: .whole),
        RangeCase(header: "bytes=-", size: 10, expected: .whole),
        RangeCase(header: "bytes=a-b", size: 10, expected: .whole),
        RangeCase(header: "bytes=+1-2", size: 10, expected: .whole),
        RangeCase(header: "bytes", size: 10, expected: .whole),
        RangeCase(header: "bytes=0-99999999999999999999999", size: 10, expected: .part(0..<10)),
        RangeCase(header: "bytes=99999999999999999999999-", size: 10, expected: .unsatisfiable),
        RangeCase(header: "bytes=0-9223372036854775807", size: 10, expected: .part(0..<10)),
    ])
    func rangeHeadersReadAsHttpSays(test: RangeCase) {
        #expect(ByteRange(header: test.header, size: test.size) == test.expected)
    }
}
