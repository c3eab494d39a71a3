package import Types

/// Arrow fields as Snowflake's clients read them: the logical type and its measures stand in the metadata.
///
/// Every field carries every key: the clients' native readers do not check for missing ones.
/// Source: snowflake-connector-python, `nanoarrow_cpp/ArrowIterator/CArrowChunkIterator.cpp`.
extension ArrowField {
    /// - Parameter storage: The Arrow type that holds the values; must be one the logical type allows.
    package init(_ column: ResultColumn, storage: ArrowType) {
        let measures = Measures(column.type)
        self.init(
            column.name, storage, isNullable: column.nullable,
            metadata: [
                "logicalType": measures.name,
                "precision": String(measures.precision),
                "scale": String(measures.scale),
                "charLength": String(measures.charLength),
                "byteLength": String(measures.byteLength ?? storage.width ?? 0),
                "finalType": "T",
            ])
    }

    private struct Measures {
        let name: String
        var precision = 38
        var scale = 0
        var charLength = 0
        var byteLength: Int?

        init(_ type: SQLType) {
            name = type.wireName.uppercased()
            switch type {
            case .fixed(let precision, let scale):
                self.precision = precision
                self.scale = scale
            case .text(let length):
                charLength = length
                byteLength = min(length, SQLType.maximumTextLength / 4) * 4
            case .binary(let length):
                charLength = length
                byteLength = length
            case .time(let scale):
                self.scale = scale
            case .timestampNTZ(let scale), .timestampLTZ(let scale):
                self.scale = scale
                byteLength = 16
            case .timestampTZ(let scale):
                self.scale = scale
                byteLength = 16
            case .variant, .object, .array:
                charLength = SQLType.maximumTextLength
                byteLength = SQLType.maximumTextLength
            case .real, .boolean, .date: break
            }
        }
    }
}
