import Access
import Foundation
package import Packaging
package import Store
import Types

/// What a collection removed, or would remove.
package struct CollectedGarbage: Hashable, Sendable {
    /// Contents and broken uploads.
    package var files = 0
    package var bytes: Int64 = 0
    /// Dropped versions whose files are forgotten.
    package var versions = 0
    /// Live versions that were never committed.
    package var liveVersions = 0
    /// Runs, logged models and experiments that were deleted and are gone for good.
    package var tracked = TrackedCounts()
}

extension ModelRegistry {
    /// Removes what nothing refers to any more: files of objects dropped long ago, orphan contents, broken uploads,
    /// live versions that were never committed.
    ///
    /// Safe at any time beside all other calls.
    ///
    /// - Parameters:
    ///   - retention: how long the files of dropped versions and stages are kept, and live versions wait for their
    ///     commit, in milliseconds.
    ///   - trackingRetention: how long deleted runs, logged models and experiments can be restored, in milliseconds.
    ///   - grace: how long a content without any reference is kept, in milliseconds: longer than from an upload's last
    ///     byte to its catalog row.
    ///   - isDryRun: whether nothing is removed, only counted.
    package func collectGarbage(
        retention: Int64 = 24 * 3600 * 1000, trackingRetention: Int64 = 30 * 24 * 3600 * 1000,
        grace: Int64 = 3600 * 1000, isDryRun: Bool = false
    ) throws -> CollectedGarbage {
        try artifacts.holdingCollection {
            let now = time.now()
            var found = CollectedGarbage()
            if isDryRun {
                // The same steps in a transaction that is taken back: what they leave is what a collection would keep.
                var kept: Set<String> = []
                do {
                    try catalog.write { tx in
                        found.liveVersions = try tx.dropStaleLiveVersions(olderThan: now - retention, now: now)
                        found.tracked = try tx.forgetFilesOfDeletedTracked(before: now - trackingRetention)
                        found.versions = try forget(tx, now: now, retention: retention, grace: grace).count
                        kept = try tx.blobDigests()
                        throw TakenBack()
                    }
                } catch is TakenBack {}
                let files = try artifacts.collect(olderThan: now - grace, isDryRun: true) { kept.contains($0) }
                (found.files, found.bytes) = (files.files, files.bytes)
                return found
            }
            found.tracked = try collectTracked(before: now - trackingRetention, now: now)
            let gone = try catalog.write { tx in
                found.liveVersions = try tx.dropStaleLiveVersions(olderThan: now - retention, now: now)
                if found.liveVersions > 0 {
                    let entry = AuditEntry(
                        Accounts.server, "DROP STALE LIVE VERSIONS", .account, to: ["versions": "\(found.liveVersions)"]
                    )
                    try tx.audit(entry, now: now)
                }
                return try forget(tx, now: now, retention: retention, grace: grace)
            }
            found.versions = gone.count
            for version in gone { trees.remove(version) }
            let files = try artifacts.collect(olderThan: now - grace) { digest in
                try catalog.read { try $0.knowsBlob(digest) }
            }
            (found.files, found.bytes) = (files.files, files.bytes)
            return found
        }
    }

    /// Removes runs, logged models and experiments that were deleted before the cutoff, a bounded part at a time.
    private func collectTracked(before cutoff: Int64, now: Int64) throws -> TrackedCounts {
        var found = TrackedCounts()
        var isMore = true
        while isMore {
            isMore = try catalog.write { tx in
                var gone = TrackedCounts()
                let isMore = try tx.collectDeletedTracked(before: cutoff, now: now, found: &gone)
                if !gone.isNone {
                    let counts = [
                        "experiments": "\(gone.experiments)", "models": "\(gone.models)", "runs": "\(gone.runs)",
                    ]
                    try tx.audit(AuditEntry(Accounts.server, "COLLECT DELETED RUNS", .account, to: counts), now: now)
                }
                found.runs += gone.runs
                found.models += gone.models
                found.experiments += gone.experiments
                return isMore
            }
        }
        return found
    }

    private struct TakenBack: Error {}

    /// Forgets files of dropped stages and versions, and contents without any reference; gives the versions.
    private func forget(_ tx: CatalogTransaction, now: Int64, retention: Int64, grace: Int64) throws -> [Int64] {
        try tx.deleteFilesOfDroppedStages(olderThan: now - retention)
        let versions = try tx.deleteArtifactsOfDroppedVersions(olderThan: now - retention)
        _ = try tx.deleteUnreferencedBlobs(olderThan: now - grace)
        return versions
    }

    /// The ids of the databases that were dropped more than `retention` milliseconds ago.
    package func droppedDatabases(retention: Int64) throws -> [Int64] {
        let cutoff = time.now() - retention
        return try catalog.read { try $0.droppedObjects(.database, before: cutoff) }
    }

    /// The environments that versions need which are there, or were dropped less than `retention` milliseconds ago.
    package func neededEnvironments(retention: Int64) throws -> [EnvironmentSpecification] {
        let cutoff = time.now() - retention
        let texts = try catalog.read { try $0.environmentsOfVersions(notDroppedBefore: cutoff) }
        let decoder = JSONDecoder()
        do {
            return try texts.map { try decoder.decode(EnvironmentSpecification.self, from: Data($0.utf8)) }
        } catch {
            throw RegistryError(.corrupt, "The catalog's facts of a version are damaged.", cause: error)
        }
    }
}
