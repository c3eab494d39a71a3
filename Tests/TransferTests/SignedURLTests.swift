import Foundation
import Testing
import Transfer
import Types

struct SignedURLTests {
    private let urls = SignedURL(key: SigningKey(bytes: Array(0..<32)))
    private let now: Int64 = 1_700_000_000_000

    static let targets: [TransferTarget] = [
        .stageUpload(stageID: 7, path: "model/MANIFEST.yml"),
        .stageUpload(stageID: .max, path: "a"),
        .liveVersionUpload(versionID: 12, path: "functions/predict.py"),
        .blobDownload(digest: String(repeating: "ab", count: 32), size: 1 << 40, name: "model.pkl.gz"),
        .blobDownload(digest: String(repeating: "0", count: 64), size: 0, name: "versions/V1/model/model.yaml"),
        .resultChunk(queryID: "01b2-c3", index: 12),
        .uploadPart(uploadID: "0F1E2D3C-0000-4000-8000-000000000000", number: 10_000, name: "big.bin"),
    ]

    private func refusal(_ path: String, _ operation: TransferOperation, at moment: Int64? = nil) -> String? {
        do {
            let grant = try urls.verify(path: path, operation: operation, now: moment ?? now)
            Issue.record("accepted \(path) for \(grant)")
        } catch let error as RegistryError { return error.detail["refusal"] } catch { return "\(error)" }
        return nil
    }

    @Test(arguments: targets)
    func urlOpensItsTargetUntilItExpires(target: TransferTarget) throws {
        let path = urls.path(target, expiresAt: now + 1000, maximumBytes: 99)
        let grant = try urls.verify(path: path, operation: target.operation, now: now + 999)
        #expect(grant.target == target && grant.expiresAt == now + 1000 && grant.maximumBytes == 99)
        #expect(refusal(path, target.operation, at: now + 1000) == "expired")
        #expect(refusal(path, target.operation, at: .max) == "expired")
        #expect(
            urls.mint(target, expiresAt: now + 1000, maximumBytes: 99, base: "http://h:1/x") == "http://h:1/x" + path)
    }

    @Test(arguments: targets)
    func otherOperationIsRefused(target: TransferTarget) {
        let path = urls.path(target, expiresAt: now + 1000)
        #expect(refusal(path, target.operation == .get ? .put : .get) == "operation")
    }

    @Test(arguments: targets)
    func changedByteAnywhereIsForged(target: TransferTarget) {
        let path = Array(urls.path(target, expiresAt: now + 1000).utf8)
        for index in SignedURL.pathPrefix.utf8.count..<path.count {
            for change: UInt8 in [1, 2, 4, 8, 16, 32, 64] {
                var changed = path
                changed[index] ^= change
                let text = String(decoding: changed, as: UTF8.self)
                #expect(refusal(text, target.operation) == "forged", "byte \(index) of \(text)")
            }
        }
        for count in 0..<path.count {
            #expect(refusal(String(decoding: path[..<count], as: UTF8.self), target.operation) == "forged")
        }
    }

    @Test func fileNameOfAnotherUrlIsForged() {
        let path = urls.path(.stageUpload(stageID: 7, path: "model/a.txt"), expiresAt: now + 1000)
        let stem = path.dropLast("a.txt".count)
        for name in ["b.txt", "", "a.txt/", "a.txt/x", "%2E%2E", "..", "A.TXT", "a.txt?", "a.txt%"] {
            #expect(refusal(stem + name, .put) == "forged", "\(name)")
        }
        // Another way to spell the same name is the same name.
        #expect(throws: Never.self) { try urls.verify(path: stem + "%61.txt", operation: .put, now: now) }
    }

    @Test(arguments: [
        "", "/", "/transfer/v1/", "/transfer/v1//x", "/transfer/v2/AAAA/x", "/transfer/v1/!!!!/x",
        "/transfer/v1/AAAA/x",
    ])
    func pathsThatAreNoUrlOfOursAreForged(path: String) {
        #expect(refusal(path, .get) == "forged")
    }

    @Test func endlessTokenIsRefusedWithoutWork() {
        #expect(refusal("/transfer/v1/" + String(repeating: "A", count: 1_000_000) + "/x", .get) == "forged")
    }

    @Test func urlOfAnotherKeyIsForged() {
        let other = SignedURL(key: SigningKey(bytes: Array(1..<33)))
        #expect(refusal(other.path(Self.targets[0], expiresAt: now + 1000), .put) == "forged")
    }

    @Test func expiredUrlOfAnotherKeyIsForgedAndNotExpired() {
        let other = SignedURL(key: SigningKey(bytes: Array(1..<33)))
        #expect(refusal(other.path(Self.targets[0], expiresAt: now - 1000), .put) == "forged")
    }

    @Test(arguments: [
        "plain.txt", "with space.txt", "ümläut ☃.csv", "100%.txt", "a+b&c=d?e#f.txt", "quote\"'.txt", "back\\slash",
        ".hidden", "semi;colon", "[brackets]", "emoji 🦉.bin", String(repeating: "x", count: 255),
    ])
    func anyFileNameTravelsPlainInTheLastPart(name: String) throws {
        let target = TransferTarget.stageUpload(stageID: 1, path: "dir/\(name)")
        let path = urls.path(target, expiresAt: now + 1000)
        #expect(try urls.verify(path: path, operation: .put, now: now).target == target)
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        #expect(last.removingPercentEncoding == name)
        #expect(last.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        #expect(URL(string: "http://h" + path)?.lastPathComponent == name)
    }

    @Test func refusalSaysNothingOfTheTarget() {
        let path = urls.path(.stageUpload(stageID: 7, path: "secret/plan.txt"), expiresAt: now - 1)
        do {
            _ = try urls.verify(path: path, operation: .put, now: now)
            Issue.record("accepted")
        } catch {
            let text = "\(error)"
            #expect(!text.contains("secret") && !text.contains("plan"))
        }
    }
}
