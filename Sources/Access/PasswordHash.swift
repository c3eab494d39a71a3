import Crypto
import CryptoExtras
import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A password as the catalog keeps it: an scrypt hash with its parameters and salt, in one line of text.
///
/// The text is `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, both parts unpadded base64. Parameters travel with the hash, so
/// raising the defaults leaves old passwords valid. A plain value, usable from any thread.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7914 and the PHC string format,
/// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
package struct PasswordHash: Sendable, Equatable {
    /// How dear one guess is.
    package struct Cost: Sendable, Equatable {
        /// Base-2 logarithm of scrypt's N, in 4...20. Memory is 2^logRounds × blockSize × 128 bytes.
        package let logRounds: Int
        /// scrypt's r, in 1...32.
        package let blockSize: Int
        /// scrypt's p, in 1...16: passes one after the other, so it costs time and no memory.
        package let parallelism: Int

        /// - Throws: `invalidArgument` when a parameter is out of its range.
        package init(logRounds: Int, blockSize: Int, parallelism: Int) throws {
            guard (4...20).contains(logRounds), (1...32).contains(blockSize), (1...16).contains(parallelism) else {
                throw RegistryError(
                    .invalidArgument,
                    "scrypt parameters ln=\(logRounds), r=\(blockSize), p=\(parallelism) are out of range.",
                    hint: "ln is in 4...20, r in 1...32, p in 1...16.")
            }
            self.init(unchecked: logRounds, blockSize, parallelism)
        }

        private init(unchecked logRounds: Int, _ blockSize: Int, _ parallelism: Int) {
            self.logRounds = logRounds
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 32 MiB and three passes.
        /// Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
        package static let standard = Cost(unchecked: 15, 8, 3)
        /// As dear as 2^logRounds rounds with the standard's other parameters.
        ///
        /// - Throws: `invalidArgument` when it is out of its range.
        package static func rounds(_ logRounds: Int) throws -> Cost {
            try Cost(logRounds: logRounds, blockSize: standard.blockSize, parallelism: standard.parallelism)
        }
        /// As cheap as scrypt gets: for tests only.
        package static let cheapest = Cost(unchecked: 4, 1, 1)
    }

    package let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    private static let saltLength = 16
    private static let keyLength = 32

    /// Hashes a new password with a random salt. Takes a quarter of a second at the standard cost, and blocks.
    ///
    /// - Throws: `invalidArgument` for an empty password or one of more than 4,096 bytes.
    package init(of password: String, cost: Cost = .standard) throws {
        guard !password.isEmpty, password.utf8.count <= 4096 else {
            throw RegistryError(.invalidArgument, "A password has 1 to 4096 bytes.")
        }
        self.cost = cost
        salt = Self.randomBytes(Self.saltLength)
        key = try Self.derive(password, salt, cost)
    }

    /// A hash that no password is known for: chance instead of a derivation. Comparing takes as long as with any other.
    package init(ofNobodyAt cost: Cost) {
        self.cost = cost
        salt = Self.randomBytes(Self.saltLength)
        key = Self.randomBytes(Self.keyLength)
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text that ``encoded`` gave.
    ///
    /// - Throws: `corrupt` when the text is not such a hash.
    package init(encoded text: String) throws {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = try Self.cost(String(parts[2])),
            let salt = Self.unpaddedBase64(parts[3]), let key = Self.unpaddedBase64(parts[4]),
            salt.count >= 8, key.count == Self.keyLength
        else {
            throw RegistryError(.corrupt, "A stored password hash can't be read.", hint: "Reset the user's password.")
        }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// One line of ASCII for the catalog. Holds no secret that shortens guessing below the cost, but keep it private.
    package var encoded: String {
        "$scrypt$ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)$\(Self.text(salt))$\(Self.text(key))"
    }

    /// Whether this is the hash of `password`. Compares in constant time; blocks as long as hashing does.
    package func matches(_ password: String) throws -> Bool {
        guard password.utf8.count <= 4096 else { return false }
        let candidate = try Self.derive(password, salt, cost)
        return ConstantTime.equal(candidate, key)
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: keyLength, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    private static func cost(_ text: String) throws -> Cost? {
        var values: [String: Int] = [:]
        for pair in text.split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let number = Int(sides[1]) else { return nil }
            values[String(sides[0])] = number
        }
        guard values.count == 3, let logRounds = values["ln"], let blockSize = values["r"], let p = values["p"] else {
            return nil
        }
        return try? Cost(logRounds: logRounds, blockSize: blockSize, parallelism: p)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let padded = Data(bytes).base64EncodedString()
        return String(padded.prefix { $0 != "=" })
    }

    private static func unpaddedBase64(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }
}

/// Comparison of secrets that takes as long for a near miss as for a far one.
package enum ConstantTime {
    /// Whether two byte strings are equal. Only their lengths can be learnt from the time it takes.
    package static func equal(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(left, right) { difference |= a ^ b }
        return difference == 0
    }
}
