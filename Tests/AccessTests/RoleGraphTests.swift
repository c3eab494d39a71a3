import Access
import TestSupport
import Testing

struct RoleGraphTests {
    /// The slow, obvious way: follow edges until nothing new is found.
    private func reachable(_ edges: [(role: Int64, grantee: Int64)], from start: Int64) -> Set<Int64> {
        var reached: Set<Int64> = [start]
        var grew = true
        while grew {
            grew = false
            for edge in edges where reached.contains(edge.grantee) && !reached.contains(edge.role) {
                reached.insert(edge.role)
                grew = true
            }
        }
        return reached
    }

    @Test(arguments: 0..<200)
    func effectiveRolesAreWhatCanBeReachedAndNoCycleCloses(seed: Int) {
        var generator = SeededRandom(seed: UInt64(seed))
        let count = Int64.random(in: 2...14, using: &generator)
        var edges: [(role: Int64, grantee: Int64)] = []
        for _ in 0..<40 {
            let role = Int64.random(in: 0..<count, using: &generator)
            let grantee = Int64.random(in: 0..<count, using: &generator)
            let graph = RoleGraph(edges: edges)
            let closes = graph.closesCycle(granting: role, to: grantee)
            #expect(closes == reachable(edges, from: role).contains(grantee), "seed \(seed)")
            if !closes { edges.append((role, grantee)) }
        }
        let graph = RoleGraph(edges: edges)
        for role in 0..<count {
            #expect(graph.reachable(from: [role]) == reachable(edges, from: role), "seed \(seed)")
            for other in graph.reachable(from: [role]) where other != role {
                #expect(!graph.reachable(from: [other]).contains(role), "seed \(seed): a cycle")
            }
        }
    }

    @Test func diamondsAndLongChainsAreNoTrouble() {
        let chain: [(role: Int64, grantee: Int64)] = (Int64(0)..<10_000).map { (role: $0 + 1, grantee: $0) }
        #expect(RoleGraph(edges: chain).reachable(from: [0]).count == 10_001)
        let edges: [(role: Int64, grantee: Int64)] = [(2, 1), (3, 1), (4, 2), (4, 3)]
        let diamond = RoleGraph(edges: edges)
        #expect(diamond.reachable(from: [1]) == [1, 2, 3, 4])
        #expect(!diamond.closesCycle(granting: 4, to: 1))
    }
}
