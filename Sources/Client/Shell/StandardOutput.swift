import Foundation

/// Standard output with a buffer, and standard error without.
package final class StandardOutput {
    private var buffer: [UInt8] = []
    private static let most = 1 << 16

    package init() {}

    package func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= StandardOutput.most { flush() }
    }

    /// Hands on what is buffered. A reader that is gone ends the process quietly, as it ends other tools.
    package func flush() {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                exit(errno == EPIPE ? 0 : 3)
            }
            rest = rest.dropFirst(count)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// A line of words to a person, on standard error.
    package static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
