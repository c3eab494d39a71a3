import Foundation
import Synchronization
import Types

/// A part of an encoded result: one Arrow stream, or JSON rows joined by commas.
///
/// In memory, or in a file that is removed with the last result that holds the part. Thread-safe.
package final class ResultChunk: Sendable {
    private enum Place {
        case memory([UInt8])
        case file(URL)
    }

    package let rowCount: Int
    /// In bytes.
    package let size: Int
    private let place: Mutex<Place>

    package init(bytes: [UInt8], rowCount: Int) {
        self.rowCount = rowCount
        self.size = bytes.count
        self.place = Mutex(.memory(bytes))
    }

    deinit {
        // A file that can't be removed goes at the next start.
        if case .file(let url) = place.withLock({ $0 }) { try? FileManager.default.removeItem(at: url) }
    }

    package var isInMemory: Bool { place.withLock { if case .memory = $0 { true } else { false } } }

    /// - Throws: `unavailable` when the part's file can't be read.
    package var bytes: [UInt8] {
        get throws {
            switch place.withLock({ $0 }) {
            case .memory(let bytes): return bytes
            case .file(let url):
                do { return Array(try Data(contentsOf: url)) } catch {
                    throw RegistryError(
                        .unavailable, "A part of the result can't be read from disk.", hint: "Run the statement again.",
                        cause: error)
                }
            }
        }
    }

    /// Moves the part to a file of its own; nothing happens when it is in one.
    ///
    /// - Throws: `unavailable` when the disk is full.
    func move(to url: URL) throws {
        guard case .memory(let bytes) = place.withLock({ $0 }) else { return }
        do { try Data(bytes).write(to: url) } catch {
            try? FileManager.default.removeItem(at: url)
            throw RegistryError(
                .unavailable, "The result can't be kept on disk.", hint: "Is the disk of the data directory full?",
                cause: error)
        }
        let isMoved = place.withLock { place in
            guard case .memory = place else { return false }
            place = .file(url)
            return true
        }
        // Another thread was first: its file counts.
        if !isMoved { try? FileManager.default.removeItem(at: url) }
    }
}
