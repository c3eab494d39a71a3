import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The terminal that the process has, as far as it is needed: its size, its modes, its bytes.
package struct Terminal: Sendable {
    package init() {}

    /// Whether a person types and reads here.
    package static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    package static var hasInput: Bool { isatty(STDIN_FILENO) == 1 }

    /// Columns of the terminal that standard output is, nil where it is none.
    package static var outputWidth: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes to standard output at once, unbuffered.
    package static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Runs `body` while every key comes at once and nothing is echoed; lines then end with `\r\n`.
    ///
    /// - Returns: nil where standard input is no terminal.
    static func raw<Value>(_ body: () -> Value) -> Value? {
        var modes = termios()
        guard tcgetattr(STDIN_FILENO, &modes) == 0 else { return nil }
        let before = modes
        cfmakeraw(&modes)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &modes)
        defer {
            var restored = before
            tcsetattr(STDIN_FILENO, TCSADRAIN, &restored)
        }
        return body()
    }

    /// Bytes that have come, waiting for them; nil at the end of the input, empty after `milliseconds` without any.
    static func read(timeoutMilliseconds: Int32 = -1) -> [UInt8]? {
        var poller = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = poll(&poller, 1, timeoutMilliseconds)
            if ready == 0 { return [] }
            if ready < 0 {
                if errno == EINTR { continue }
                return nil
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// Asks on the controlling terminal for something that is not shown.
    ///
    /// - Returns: nil where there is no terminal, or nothing was given.
    package static func secret(_ prompt: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var modes = termios()
        guard tcgetattr(terminal, &modes) == 0 else { return nil }
        let before = modes
        modes.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &modes)
        defer {
            var restored = before
            tcsetattr(terminal, TCSAFLUSH, &restored)
        }
        _ = Array(prompt.utf8).withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while Glibc.read(terminal, &byte, 1) == 1, byte != 0x0A, byte != 0x0D { bytes.append(byte) }
        _ = [UInt8(0x0A)].withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, 1) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
