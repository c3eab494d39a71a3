package import Store

/// Which role is granted to which: a directed graph without cycles, from a role to those whose privileges it inherits.
///
/// A plain value, usable from any thread.
package struct RoleGraph: Sendable {
    private let granted: [Int64: [Int64]]

    /// - Parameter edges: `role` is granted to `grantee`, which inherits from it.
    package init(edges: some Sequence<(role: Int64, grantee: Int64)>) {
        var granted: [Int64: [Int64]] = [:]
        for (role, grantee) in edges { granted[grantee, default: []].append(role) }
        self.granted = granted
    }

    /// Reads the graph from the catalog. O(grants of roles to roles).
    package init(_ reader: CatalogReader) throws {
        self.init(edges: try reader.roleEdges())
    }

    /// The roles themselves and all that they inherit from. O(what is reached).
    package func reachable(from roles: some Sequence<Int64>) -> Set<Int64> {
        var reached = Set(roles)
        var rest = Array(reached)
        while let role = rest.popLast() {
            for next in granted[role] ?? [] where reached.insert(next).inserted { rest.append(next) }
        }
        return reached
    }

    /// Whether granting `role` to `grantee` would close a cycle: `role` is `grantee`, or inherits from it already.
    package func closesCycle(granting role: Int64, to grantee: Int64) -> Bool {
        reachable(from: [role]).contains(grantee)
    }
}
