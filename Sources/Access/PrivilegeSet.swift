import Types

/// A set of privileges in one word.
struct PrivilegeSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(_ privilege: Privilege) {
        rawValue = Self.bits[privilege] ?? 0
    }

    init(_ privileges: some Sequence<Privilege>) {
        rawValue = privileges.reduce(0) { $0 | (Self.bits[$1] ?? 0) }
    }

    private static let bits: [Privilege: UInt64] = {
        precondition(Privilege.allCases.count <= 64, "a privilege set holds 64 privileges")
        return Dictionary(
            uniqueKeysWithValues: Privilege.allCases.enumerated().map { ($0.element, 1 << UInt64($0.offset)) })
    }()
}
