import ArgumentParser
import Client
import Foundation
import Types

/// How a command fails: one line to standard error, an exit code that says what kind of failure it is.
enum CommandFailure {
    /// Prints the error and gives the exit code to throw.
    static func report(_ error: RegistryError) -> ExitCode {
        FileHandle.standardError.write(Data("roost: \(error.text)\n".utf8))
        return ExitCode(code(of: error))
    }

    /// The same for a command that works through a running server: 1 a statement failed, 2 the command line is wrong, 3 no
    /// connection or no login.
    static func report(_ error: ClientError) -> ExitCode {
        StandardOutput.say("roost: \(PlainText.lines(error.text))")
        return switch error {
        case .statement: ExitCode(1)
        case .usage: ExitCode(2)
        case .connection, .login: ExitCode(3)
        }
    }

    /// Exit codes from 6: 6 wrong input, 7 missing, 8 not allowed, 9 busy or conflicting, 10 unavailable, 11 internal.
    private static func code(of error: RegistryError) -> Int32 {
        switch error.code {
        case .notFound: 7
        case .permissionDenied, .unauthenticated: 8
        case .conflict, .failedPrecondition, .alreadyExists: 9
        case .unavailable, .timeout: 10
        case .internal, .corrupt: 11
        default: 6
        }
    }
}
