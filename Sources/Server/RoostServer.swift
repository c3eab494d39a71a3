import Access
import DuckDB
import Engine
import Foundation
import Hummingbird
import HummingbirdTLS
import Inference
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Registry
import ServiceLifecycle
import Snowflake
import Store
import Synchronization
import Transfer
import Types

/// Puts the house together: opens the data directory, starts the engine, listens.
public enum RoostServer {
    /// The version of Roost.
    public static let version = "0.1.0"

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: `RegistryError` when the server can't start: a busy port, a locked or newer data directory, missing
    ///   native libraries. Nothing is left half-made.
    public static func run(_ configuration: ServerConfiguration) async throws {
        let started = Date()
        let logger = makeLogger(configuration)
        let house = try House(configuration, logger: logger, started: started)
        do {
            try await house.serve()
        } catch {
            house.close()
            throw readable(error, configuration)
        }
        house.close()
        logger.info("stopped")
    }

    static func makeLogger(_ configuration: ServerConfiguration) -> Logger {
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        let asJSON = configuration.logFormat == "json"
        return Logger(label: "roost") { label in
            LineLogHandler(logLevel: level, label: label, asJSON: asJSON)
        }
    }

    /// A failure to listen in words.
    static func readable(_ error: any Error, _ configuration: ServerConfiguration) -> any Error {
        let hint = "The setting 'address' (--address) is an IP address or a host name of this machine."
        if error is SocketAddressError || error is SocketAddressError.UnknownHost {
            return RegistryError(
                .invalidArgument, "The address '\(configuration.address)' can't be resolved.", hint: hint, cause: error)
        }
        guard let error = error as? IOError else { return error }
        switch error.errnoCode {
        case EADDRINUSE:
            return RegistryError(
                .conflict, "Port \(configuration.port) of \(configuration.address) is in use.",
                hint: "Choose another with --port, or stop what listens there.", cause: error)
        case EACCES:
            return RegistryError(
                .permissionDenied, "Port \(configuration.port) of \(configuration.address) may not be opened.",
                cause: error)
        case EADDRNOTAVAIL:
            return RegistryError(
                .invalidArgument, "The address '\(configuration.address)' is not one of this machine.", hint: hint,
                cause: error)
        default:
            return RegistryError(
                .unavailable,
                "The server can't listen on port \(configuration.port) of '\(configuration.address)': \(error).",
                hint: hint, cause: error)
        }
    }
}
