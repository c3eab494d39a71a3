/// What MLflow's REST says of its things, as far as an import reads and writes it. What is empty is left out.
///
/// Source: MLFLOW.md 1.1, 1.2 and 1.4.
struct TagRecord: Codable, Sendable, Hashable {
    let key: String
    let value: String?

    init(_ key: String, _ value: String) { (self.key, self.value) = (key, value) }
}

struct AliasRecord: Codable, Sendable {
    let alias: String
    let version: String
}

struct ModelRecord: Codable, Sendable {
    let name: String
    let description: String?
    let tags: [TagRecord]?
    let aliases: [AliasRecord]?
}

struct ModelAnswer: Codable, Sendable { let registered_model: ModelRecord }

struct ModelPage: Codable, Sendable {
    let registered_models: [ModelRecord]?
    let next_page_token: String?
}

struct VersionRecord: Codable, Sendable {
    let name: String
    let version: String
    let description: String?
    let current_stage: String?
    let source: String?
    let run_id: String?
    let run_link: String?
    let status: String?
    let tags: [TagRecord]?

    var number: Int { Int(version) ?? 0 }
}

struct VersionAnswer: Codable, Sendable { let model_version: VersionRecord }

struct VersionPage: Codable, Sendable {
    let model_versions: [VersionRecord]?
    let next_page_token: String?
}

struct DownloadAddress: Codable, Sendable { let artifact_uri: String? }

struct ExperimentRecord: Codable, Sendable {
    let experiment_id: String
    let name: String
    let lifecycle_stage: String?
    let tags: [TagRecord]?
}

struct ExperimentAnswer: Codable, Sendable { let experiment: ExperimentRecord }

/// A value of a metric: a number, or "NaN".
enum MetricValue: Codable, Sendable {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self =
            if let number = try? container.decode(Double.self) { .number(number) } else {
                .text(try container.decode(String.self))
            }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}

struct MetricRecord: Codable, Sendable {
    let key: String
    let value: MetricValue?
    let timestamp: Int64?
    let step: Int64?
    let dataset_name: String?
    let dataset_digest: String?
}

struct MetricPage: Codable, Sendable {
    let metrics: [MetricRecord]?
    let next_page_token: String?
}

struct DatasetRecord: Codable, Sendable {
    let name: String?
    let digest: String?
    let source_type: String?
    let source: String?
    let schema: String?
    let profile: String?
}

struct DatasetInputRecord: Codable, Sendable {
    let tags: [TagRecord]?
    let dataset: DatasetRecord?
}

struct RunRecord: Codable, Sendable {
    struct Info: Codable, Sendable {
        let run_id: String
        let run_name: String?
        let experiment_id: String
        let user_id: String?
        let status: String?
        let start_time: Int64?
        let end_time: Int64?
        let artifact_uri: String?
    }

    struct Content: Codable, Sendable {
        let metrics: [MetricRecord]?
        let params: [TagRecord]?
        let tags: [TagRecord]?
    }

    struct Inputs: Codable, Sendable { let dataset_inputs: [DatasetInputRecord]? }

    let info: Info
    let data: Content?
    let inputs: Inputs?
}

struct RunAnswer: Codable, Sendable { let run: RunRecord }
struct RunPage: Codable, Sendable { let runs: [RunRecord]? }

struct LoggedModelRecord: Codable, Sendable {
    struct Info: Codable, Sendable {
        let model_id: String
        let experiment_id: String
        let name: String?
        let artifact_uri: String?
        let model_type: String?
        let tags: [TagRecord]?
    }

    struct Content: Codable, Sendable { let params: [TagRecord]? }

    let info: Info
    let data: Content?
}

struct LoggedModelAnswer: Codable, Sendable { let model: LoggedModelRecord }
struct LoggedModelPage: Codable, Sendable { let models: [LoggedModelRecord]? }
