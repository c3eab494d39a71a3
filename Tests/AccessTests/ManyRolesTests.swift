import Access
import Foundation
import Store
import Testing
import Types

/// Authorisation with a thousand roles and ten thousand grants.
struct ManyRolesTests {
    /// Processor time of this thread, in microseconds.
    private static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    /// Microseconds of one check, rights being known already.
    private static func check(_ house: House, _ principal: Principal) throws -> Double {
        let model = house.object(.model)
        return try house.catalog.read { reader in
            try house.access.require(.runModel, on: model, as: principal, in: reader)
            let rounds = 500
            let began = cpu()
            for _ in 0..<rounds { try house.access.require(.runModel, on: model, as: principal, in: reader) }
            return (cpu() - began) / Double(rounds)
        }
    }

    @Test func aCheckCostsNoMoreThanWithOneRole() throws {
        let house = try House()
        let member = try house.member("MEMBER", [(.usage, .database), (.usage, .schema), (.usage, .model)])
        let alone = try Self.check(house, member)
        let schema = house.object(.schema)
        try house.catalog.write { tx in
            let mine = try tx.accountObject(.role, "MEMBER")?.id ?? 0
            for number in 0..<1000 {
                let role = try tx.createObject(
                    .role, Identifier(resolved: "R\(number)"), in: ObjectRef.account.id, ownerRoleID: mine, now: 1)
                try tx.insertRole(role)
                _ = try tx.insertRoleGrant(role, to: .role, mine, grantedBy: nil, now: 1)
                for privilege in schema.kind.grantablePrivileges + [.select, .insert] {
                    try tx.insertPrivilegeGrant(privilege, on: .schema, schema.id, to: role, grantedBy: nil, now: 1)
                }
            }
            try tx.renewAccessGeneration()
        }
        let many = try Self.check(house, member)
        // A debug build on a busy machine: the point is that it does not grow with roles and grants.
        #expect(many < 4 * alone + 100, "\(many) µs with 1,000 roles, \(alone) µs with one")

        let began = Self.cpu()
        try house.catalog.write { try $0.renewAccessGeneration() }
        try house.check(.runModel, on: house.object(.model), as: member)
        let anew = (Self.cpu() - began) / 1000
        #expect(anew < 2000, "reading all rights anew took \(anew) ms")
    }
}
