import Types

/// What a signed URL says, as bytes: version, operation, expiry, size limit, target. The bytes are canonical: one claim
/// has one encoding, and decoding refuses anything left over.
struct TransferClaim: Hashable, Sendable {
    let operation: TransferOperation
    let target: TransferTarget
    /// Milliseconds since 1970.
    let expiresAt: Int64
    /// Most bytes that may be sent, nil for the server's limit.
    let maximumBytes: Int64?

    private static let version: UInt8 = 1

    var encoded: [UInt8] {
        var bytes: [UInt8] = [Self.version, operation == .put ? 1 : 0]
        Self.put(expiresAt, &bytes)
        Self.put(maximumBytes ?? -1, &bytes)
        switch target {
        case .stageUpload(let id, let path):
            bytes.append(1)
            Self.put(id, &bytes)
            Self.put(path, &bytes)
        case .liveVersionUpload(let id, let path):
            bytes.append(2)
            Self.put(id, &bytes)
            Self.put(path, &bytes)
        case .blobDownload(let digest, let size, let name):
            bytes.append(3)
            Self.put(digest, &bytes)
            Self.put(size, &bytes)
            Self.put(name, &bytes)
        case .resultChunk(let query, let index):
            bytes.append(4)
            Self.put(query, &bytes)
            Self.put(Int64(index), &bytes)
        case .uploadPart(let id, let number, let name):
            bytes.append(5)
            Self.put(id, &bytes)
            Self.put(Int64(number), &bytes)
            Self.put(name, &bytes)
        }
        return bytes
    }

    /// Nil where the bytes are no claim.
    init?(encoded bytes: ArraySlice<UInt8>) {
        var rest = bytes
        guard rest.popFirst() == Self.version, let operation = rest.popFirst(), operation <= 1,
            let expiresAt = Self.number(&rest), let maximumBytes = Self.number(&rest), let kind = rest.popFirst()
        else { return nil }
        let target: TransferTarget
        switch kind {
        case 1, 2:
            guard let id = Self.number(&rest), let path = Self.text(&rest) else { return nil }
            target = kind == 1 ? .stageUpload(stageID: id, path: path) : .liveVersionUpload(versionID: id, path: path)
        case 3:
            guard let digest = Self.text(&rest), let size = Self.number(&rest), let name = Self.text(&rest) else {
                return nil
            }
            target = .blobDownload(digest: digest, size: size, name: name)
        case 4:
            guard let query = Self.text(&rest), let number = Self.number(&rest), let index = Int(exactly: number) else {
                return nil
            }
            target = .resultChunk(queryID: query, index: index)
        case 5:
            guard let id = Self.text(&rest), let number = Self.number(&rest).flatMap({ Int(exactly: $0) }),
                let name = Self.text(&rest)
            else { return nil }
            target = .uploadPart(uploadID: id, number: number, name: name)
        default: return nil
        }
        guard rest.isEmpty else { return nil }
        self.init(
            operation: operation == 1 ? .put : .get, target: target, expiresAt: expiresAt,
            maximumBytes: maximumBytes < 0 ? nil : maximumBytes)
    }

    init(operation: TransferOperation, target: TransferTarget, expiresAt: Int64, maximumBytes: Int64?) {
        self.operation = operation
        self.target = target
        self.expiresAt = expiresAt
        self.maximumBytes = maximumBytes
    }

    /// Eight bytes, the most significant first.
    private static func put(_ number: Int64, _ bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
    }

    /// The length in bytes, two of them, then UTF-8. Longer texts than 65,535 bytes are cut by no caller: paths and
    /// names are limited long before.
    private static func put(_ text: String, _ bytes: inout [UInt8]) {
        let utf8 = Array(text.utf8)
        precondition(utf8.count <= 65_535, "a transfer's path or name has at most 65,535 bytes")
        bytes.append(UInt8(utf8.count >> 8))
        bytes.append(UInt8(utf8.count & 255))
        bytes += utf8
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.count >= 8 else { return nil }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }

    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
        let count = Int(high) << 8 | Int(low)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(validating: rest.prefix(count), as: UTF8.self)
    }
}
