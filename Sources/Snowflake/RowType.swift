package import Types

extension AnswerWriter {
    /// The `rowtype` entry of one column.
    ///
    /// Source: the Python connector's `ResultMetadata.from_column`, and the shapes recorded from the service.
    package mutating func writeRowType(_ column: ResultColumn) {
        open()
        write("name", column.name)
        write("database", "")
        write("schema", "")
        write("table", "")
        write("nullable", column.nullable)
        write("type", column.type.wireName)
        var precision: Int?
        var scale: Int?
        var length: Int?
        var byteLength: Int?
        switch column.type {
        case .fixed(let digits, let fraction): (precision, scale) = (digits, fraction)
        case .text(let characters): (length, byteLength) = (characters, min(characters * 4, 16_777_216))
        case .time(let digits), .timestampNTZ(let digits), .timestampLTZ(let digits), .timestampTZ(let digits):
            (precision, scale) = (0, digits)
        case .binary(let bytes): (length, byteLength) = (bytes, bytes)
        case .real, .boolean, .date, .variant, .object, .array: break
        }
        writeOptional("precision", precision)
        writeOptional("scale", scale)
        writeOptional("length", length)
        writeOptional("byteLength", byteLength)
        write("collation", nil)
        close()
    }

    private mutating func writeOptional(_ key: String, _ number: Int?) {
        if let number { write(key, number) } else { write(key, nil as String?) }
    }
}
