import Access
package import Store
import Types

extension ModelRegistry {
    /// Removes what nothing refers to any more: files of objects dropped long ago, orphan contents, broken uploads,
    /// live versions that were never committed.
    ///
    /// Safe at any time beside all other calls.
    ///
    /// - Parameters:
    ///   - retention: how long the files of dropped versions and stages are kept, and live versions wait for their
    ///     commit, in milliseconds.
    ///   - grace: how long a content without any reference is kept, in milliseconds: longer than from an upload's last
    ///     byte to its catalog row.
    package func collectGarbage(
        retention: Int64 = 24 * 3600 * 1000, grace: Int64 = 3600 * 1000
    ) throws -> ArtifactStore.Collected {
        let now = time.now()
        let gone = try catalog.write { tx in
            let stale = try tx.dropStaleLiveVersions(olderThan: now - retention, now: now)
            if stale > 0 {
                let entry = AuditEntry(
                    Accounts.server, "DROP STALE LIVE VERSIONS", .account, to: ["versions": "\(stale)"])
                try tx.audit(entry, now: now)
            }
            try tx.deleteFilesOfDroppedStages(olderThan: now - retention)
            let versions = try tx.deleteArtifactsOfDroppedVersions(olderThan: now - retention)
            _ = try tx.deleteUnreferencedBlobs(olderThan: now - grace)
            return versions
        }
        for version in gone { trees.remove(version) }
        return try artifacts.collect(olderThan: now - grace) { digest in
            try catalog.read { try $0.knowsBlob(digest) }
        }
    }
}
