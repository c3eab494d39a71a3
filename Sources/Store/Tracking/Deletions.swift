import Types

/// How many runs, logged models and experiments something is about.
package struct TrackedCounts: Hashable, Sendable {
    package var runs = 0
    package var models = 0
    package var experiments = 0

    package init() {}

    package var isNone: Bool { self == TrackedCounts() }
}

extension CatalogTransaction {
    /// Deletes an experiment with its runs, or restores it with those that were deleted with it.
    package func setExperimentDeleted(_ id: Int64, _ isDeleted: Bool, now: Int64) throws {
        if isDeleted {
            try run(
                "UPDATE run SET lifecycle = 'deleted', deleted_on = $1 WHERE experiment_id = $2 AND lifecycle = 'active'",
                [.int(now), .int(id)])
            try run(
                "UPDATE experiment SET lifecycle = 'deleted', updated_on = $1, deleted_on = $1 WHERE id = $2",
                [.int(now), .int(id)])
        } else {
            try run(
                """
                UPDATE run SET lifecycle = 'active', deleted_on = NULL WHERE experiment_id = $1
                    AND lifecycle = 'deleted' AND deleted_on = (SELECT e.deleted_on FROM experiment e WHERE e.id = $1)
                """, [.int(id)])
            try run(
                "UPDATE experiment SET lifecycle = 'active', updated_on = $1, deleted_on = NULL WHERE id = $2",
                [.int(now), .int(id)])
        }
    }

    package func deleteRun(_ id: String, now: Int64) throws {
        try run(
            "UPDATE run SET lifecycle = 'deleted', deleted_on = $1 WHERE id = $2 AND lifecycle = 'active'",
            [.int(now), .text(id)])
    }

    /// - Returns: whether it could be: one that is being collected can't.
    package func restoreRun(_ id: String) throws -> Bool {
        try run(
            "UPDATE run SET lifecycle = 'active', deleted_on = NULL WHERE id = $1 AND COALESCE(deleted_on, 1) <> 0",
            [.text(id)]) > 0
    }
}

/// What was deleted before a cutoff, `$1`, and nobody needs.
///
/// A version has its own files. One that was registered before its files came is read at its run or logged model, and
/// keeps it.
private enum Due {
    private static let readsOrigin = """
        v.dropped_on IS NULL
        AND (v.source_uri LIKE 'runs:/%' OR v.source_uri LIKE 'mlflow-artifacts:/%' OR v.source_uri LIKE 'models:/m-%')
        AND NOT EXISTS (SELECT 1 FROM version_artifact a WHERE a.version_id = v.id)
        """

    static let run = """
        r.lifecycle = 'deleted' AND r.deleted_on < $1 AND NOT EXISTS (
            SELECT 1 FROM model_version v WHERE v.run_id <> '' AND v.run_id = r.id AND \(readsOrigin))
        """

    /// Of the run `o`: it is there, or can be restored.
    private static let isKept = "(o.lifecycle = 'active' OR COALESCE(o.deleted_on, $1) >= $1)"

    /// A logged model of a deleted experiment goes with it, unless a run that is there, or can be restored, made or reads
    /// it.
    static let model = """
        (m.lifecycle = 'deleted' AND m.deleted_on < $1
            OR EXISTS (SELECT 1 FROM experiment x WHERE x.id = m.experiment_id AND x.lifecycle = 'deleted'
                AND x.deleted_on < $1)
            AND NOT EXISTS (SELECT 1 FROM run o WHERE o.id = m.source_run_id AND \(isKept))
            AND NOT EXISTS (SELECT 1 FROM run_model l JOIN run o ON o.id = l.run_id
                WHERE l.model_id = m.id AND \(isKept)))
        AND NOT EXISTS (
            SELECT 1 FROM model_version v WHERE v.logged_model_id <> '' AND v.logged_model_id = m.id AND \(readsOrigin))
        """

    /// The default experiment stays: runs go there whose clients name none.
    static let experiment = """
        e.id <> 0 AND e.lifecycle = 'deleted' AND e.deleted_on < $1
        AND NOT EXISTS (SELECT 1 FROM run r WHERE r.experiment_id = e.id AND NOT COALESCE(\(run), FALSE))
        AND NOT EXISTS (SELECT 1 FROM logged_model m WHERE m.experiment_id = e.id AND NOT COALESCE(\(model), FALSE))
        """
}

extension CatalogTransaction {
    /// Counts what a collection would remove, and forgets its files.
    package func forgetFilesOfDeletedTracked(before cutoff: Int64) throws -> TrackedCounts {
        var found = TrackedCounts()
        func count(_ table: String, _ condition: String) throws -> Int {
            Int(try one("SELECT count(*) AS total FROM \(table) WHERE \(condition)", [.int(cutoff)])?.int("total") ?? 0)
        }
        found.experiments = try count("experiment e", Due.experiment)
        found.runs = try count("run r", Due.run)
        found.models = try count("logged_model m", Due.model)
        for (kind, select) in [
            ("RUN", "SELECT r.id FROM run r WHERE \(Due.run)"),
            ("MODEL", "SELECT m.id FROM logged_model m WHERE \(Due.model)"),
        ] {
            try run(
                "DELETE FROM tracked_file WHERE root_kind = '\(kind)' AND root_id IN (\(select))", [.int(cutoff)])
        }
        return found
    }

    /// Begins or goes on to remove what was deleted before the cutoff: a bounded part of it, so that others need not wait
    /// for long.
    ///
    /// - Parameter found: what is gone for good is added to it.
    /// - Returns: whether there may be more.
    package func collectDeletedTracked(before cutoff: Int64, now: Int64, found: inout TrackedCounts) throws -> Bool {
        try run("UPDATE run SET deleted_on = $1 WHERE lifecycle = 'deleted' AND deleted_on IS NULL", [.int(now)])
        let models = try ids("SELECT m.id FROM logged_model m WHERE \(Due.model) LIMIT 100", cutoff)
        for id in models { try removeLoggedModel(id) }
        found.models += models.count
        let runs = try ids("SELECT r.id FROM run r WHERE \(Due.run) ORDER BY r.deleted_on LIMIT 100", cutoff)
        var points = 0
        for id in runs {
            try run("UPDATE run SET deleted_on = 0 WHERE id = $1", [.text(id)])
            try deleteTrackedFiles(of: .run(id))
            points += try run(
                """
                DELETE FROM metric_point WHERE id IN
                    (SELECT p.id FROM metric_point p WHERE p.run_id = $1 LIMIT \(Self.slice))
                """, [.text(id)])
            guard points < Self.slice else { return true }
            try removeRun(id)
            found.runs += 1
        }
        guard models.count < 100, runs.count < 100 else { return true }
        for row in try rows("SELECT e.id FROM experiment e WHERE \(Due.experiment)", [.int(cutoff)]) {
            try removeExperiment(try row.int("id"))
            found.experiments += 1
        }
        return false
    }

    /// Metric values that one transaction removes.
    private static let slice = 20_000

    private func ids(_ sql: String, _ cutoff: Int64) throws -> [String] {
        try rows(sql, [.int(cutoff)]).map { try $0.text("id") }
    }

    private func removeRun(_ id: String) throws {
        for table in ["run_param", "run_tag", "run_metric", "run_dataset", "run_model"] {
            try run("DELETE FROM \(table) WHERE run_id = $1", [.text(id)])
        }
        try run("DELETE FROM run WHERE id = $1", [.text(id)])
    }

    private func removeLoggedModel(_ id: String) throws {
        try deleteTrackedFiles(of: .loggedModel(id))
        for table in ["logged_model_param", "logged_model_tag", "logged_model_metric", "run_model"] {
            try run("DELETE FROM \(table) WHERE model_id = $1", [.text(id)])
        }
        try run("DELETE FROM logged_model WHERE id = $1", [.text(id)])
    }

    private func removeExperiment(_ id: Int64) throws {
        for table in ["experiment_tag", "dataset"] {
            try run("DELETE FROM \(table) WHERE experiment_id = $1", [.int(id)])
        }
        try run("DELETE FROM experiment WHERE id = $1", [.int(id)])
    }
}
