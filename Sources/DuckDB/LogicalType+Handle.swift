import CNative
import Types

extension LogicalType {
    /// Reads and destroys a handle; nil reads as `unknown`.
    init(owning handle: duck_logical_type?) {
        guard let handle else {
            self = .unknown(0)
            return
        }
        self.init(reading: handle)
        var closing: duck_logical_type? = handle
        duck_destroy_logical_type(&closing)
    }

    private init(reading handle: duck_logical_type) {
        let id = duck_get_type_id(handle)
        switch id {
        case DUCK_TYPE_VARCHAR:
            let alias = LogicalType.take(duck_logical_type_get_alias(handle))
            self = alias == "JSON" ? .json : .varchar
        case DUCK_TYPE_DECIMAL:
            self = .decimal(width: Int(duck_decimal_width(handle)), scale: Int(duck_decimal_scale(handle)))
        case DUCK_TYPE_ENUM:
            let count = UInt64(duck_enum_dictionary_size(handle))
            self = .enum((0..<count).map { LogicalType.take(duck_enum_dictionary_value(handle, $0)) })
        case DUCK_TYPE_LIST: self = .list(LogicalType(owning: duck_list_type_child_type(handle)))
        case DUCK_TYPE_ARRAY:
            self = .array(
                LogicalType(owning: duck_array_type_child_type(handle)), count: Int(duck_array_type_array_size(handle)))
        case DUCK_TYPE_MAP:
            self = .map(
                LogicalType(owning: duck_map_type_key_type(handle)),
                LogicalType(owning: duck_map_type_value_type(handle)))
        case DUCK_TYPE_STRUCT:
            self = .struct(
                (0..<duck_struct_type_child_count(handle)).map {
                    Field(
                        LogicalType.take(duck_struct_type_child_name(handle, $0)),
                        LogicalType(owning: duck_struct_type_child_type(handle, $0)))
                })
        case DUCK_TYPE_UNION:
            self = .union(
                (0..<duck_union_type_member_count(handle)).map {
                    Field(
                        LogicalType.take(duck_union_type_member_name(handle, $0)),
                        LogicalType(owning: duck_union_type_member_type(handle, $0)))
                })
        default: self = LogicalType.plain[id.rawValue] ?? .unknown(Int(id.rawValue))
        }
    }

    /// A handle for the caller to destroy.
    ///
    /// - Throws: `unsupported` for `unknown`, and for `any` within another type.
    func makeHandle() throws -> duck_logical_type {
        let made: duck_logical_type? =
            switch self {
            case .decimal(let width, let scale):
                duck_create_decimal_type(UInt8(clamping: width), UInt8(clamping: scale))
            case .json:
                {
                    let handle = duck_create_logical_type(DUCK_TYPE_VARCHAR)
                    duck_logical_type_set_alias(handle, "JSON")
                    return handle
                }()
            case .enum(let members): withCStrings(members) { duck_create_enum_type($0, UInt64(members.count)) }
            case .list(let element): try LogicalType.withHandles([element]) { duck_create_list_type($0[0]) }
            case .array(let element, let count):
                try LogicalType.withHandles([element]) { duck_create_array_type($0[0], UInt64(count)) }
            case .map(let key, let value):
                try LogicalType.withHandles([key, value]) { duck_create_map_type($0[0], $0[1]) }
            case .struct(let fields):
                try LogicalType.withHandles(fields.map(\.type)) { handles in
                    withCStrings(fields.map(\.name)) { names in
                        duck_create_struct_type(handles.baseAddress, names, UInt64(fields.count))
                    }
                }
            case .union(let members):
                try LogicalType.withHandles(members.map(\.type)) { handles in
                    withCStrings(members.map(\.name)) { names in
                        duck_create_union_type(handles.baseAddress, names, UInt64(members.count))
                    }
                }
            default:
                LogicalType.plain.first { $0.value == self }.flatMap { duck_create_logical_type(duck_type_id($0.key)) }
            }
        guard let made else { throw RegistryError(.unsupported, "The type \(sqlName) can't be used here.") }
        return made
    }

    /// The types without parts, by DuckDB's id.
    private static let plain: [UInt32: LogicalType] = [
        DUCK_TYPE_BOOLEAN.rawValue: .boolean, DUCK_TYPE_TINYINT.rawValue: .tinyint,
        DUCK_TYPE_SMALLINT.rawValue: .smallint, DUCK_TYPE_INTEGER.rawValue: .integer,
        DUCK_TYPE_BIGINT.rawValue: .bigint, DUCK_TYPE_HUGEINT.rawValue: .hugeint,
        DUCK_TYPE_UTINYINT.rawValue: .utinyint, DUCK_TYPE_USMALLINT.rawValue: .usmallint,
        DUCK_TYPE_UINTEGER.rawValue: .uinteger, DUCK_TYPE_UBIGINT.rawValue: .ubigint,
        DUCK_TYPE_UHUGEINT.rawValue: .uhugeint, DUCK_TYPE_FLOAT.rawValue: .float, DUCK_TYPE_DOUBLE.rawValue: .double,
        DUCK_TYPE_VARCHAR.rawValue: .varchar, DUCK_TYPE_BLOB.rawValue: .blob, DUCK_TYPE_BIT.rawValue: .bit,
        DUCK_TYPE_UUID.rawValue: .uuid, DUCK_TYPE_BIGNUM.rawValue: .bignum, DUCK_TYPE_DATE.rawValue: .date,
        DUCK_TYPE_TIME.rawValue: .time, DUCK_TYPE_TIME_NS.rawValue: .timeNS, DUCK_TYPE_TIME_TZ.rawValue: .timeTZ,
        DUCK_TYPE_TIMESTAMP.rawValue: .timestamp, DUCK_TYPE_TIMESTAMP_S.rawValue: .timestampS,
        DUCK_TYPE_TIMESTAMP_MS.rawValue: .timestampMS, DUCK_TYPE_TIMESTAMP_NS.rawValue: .timestampNS,
        DUCK_TYPE_TIMESTAMP_TZ.rawValue: .timestampTZ, DUCK_TYPE_INTERVAL.rawValue: .interval,
        DUCK_TYPE_VARIANT.rawValue: .variant, DUCK_TYPE_GEOMETRY.rawValue: .geometry,
        DUCK_TYPE_SQLNULL.rawValue: .null, DUCK_TYPE_ANY.rawValue: .any,
    ]

    /// Copies and frees a text of DuckDB's.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String {
        guard let text else { return "" }
        defer { duck_free(text) }
        return String(cString: text)
    }
}

private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    // One block of zero-terminated texts, and pointers into it.
    var block: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(block.count)
        block.append(contentsOf: text.utf8CString)
    }
    return block.withUnsafeBufferPointer { block in
        var pointers: [UnsafePointer<CChar>?] = starts.map { start in block.baseAddress.map { $0 + start } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }
}

extension LogicalType {
    /// Runs `body` with handles of the types, which it must not keep.
    ///
    /// - Throws: `unsupported` for a type that can't be stored (`any`, `unknown`, …).
    static func withHandles<Result>(
        _ types: [LogicalType], _ body: (UnsafeMutableBufferPointer<duck_logical_type?>) -> Result
    ) throws -> Result {
        var handles: [duck_logical_type?] = []
        defer {
            for handle in handles {
                var closing = handle
                duck_destroy_logical_type(&closing)
            }
        }
        for type in types { handles.append(try type.makeHandle()) }
        return handles.withUnsafeMutableBufferPointer { body($0) }
    }
}
