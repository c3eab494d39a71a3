import Testing
import Types

@testable import Engine

@Suite("Bound values")
struct BindingLiteralTests {
    @Test(
        "Moments keep every microsecond, however far they lie",
        arguments: [
            ("TIMESTAMP_NTZ", "253402300799999999000", "253402300799.999999000"),
            ("TIMESTAMP_LTZ", "253402300799999999000", "253402300799.999999000"),
            ("TIMESTAMP_TZ", "253402300799999999000 1500", "253402300799.999999000"),
            ("TIMESTAMP_LTZ", "-62135596799999999000", "-62135596799.999999000"),
            ("TIMESTAMP_LTZ", "1709210096789012000", "1709210096.789012000"),
            ("TIMESTAMP_TZ", "1709210096789012345 0", "1709210096.789012000"),
            ("TIMESTAMP_TZ", "1709210096789012345", "1709210096.789012000"),
            ("TIMESTAMP_NTZ", "-1", "-0.000001000"), ("TIMESTAMP_LTZ", "-1000000000", "-1.000000000"),
            ("TIMESTAMP_NTZ", "9223372036854775806999", "9223372036854.775806000"),
            ("TIMESTAMP_NTZ", "-9223372022400000000000", "-9223372022400.000000000"),
            ("DATE", "253402214400000", "2932896"), ("DATE", "-62135596800000", "-719162"), ("DATE", "-1", "-1"),
            ("TIME", "86399999999000", "86399.999999000"), ("TIME", "0", "0.000000000"),
        ])
    func exact(_ type: String, _ value: String, _ wire: String) async throws {
        let client = try EngineHouse().open()
        let literal = try BindingLiteral.literal(type: type, value: value)
        #expect(try await client.value("SELECT ? AS A", [literal]) == wire)
    }

    @Test(
        "A date or time that is out of range is the user's error",
        arguments: [
            ("DATE", "-9223372036854775808"), ("DATE", "9223372036854775807"), ("DATE", "9223372022400000000"),
            ("DATE", "99999999999999999999999999999999999999999999999"), ("TIME", "-1000"), ("TIME", "86400000000000"),
            ("TIME", "-9223372036854775808"), ("TIMESTAMP_NTZ", "9223372036854775807000"),
            ("TIMESTAMP_LTZ", "-9223372022400000001000"),
            ("TIMESTAMP_TZ", "170141183460469231731687303715884105727 1440"),
            ("TIMESTAMP", "-170141183460469231731687303715884105729"),
        ])
    func outOfRange(_ type: String, _ value: String) {
        let error = #expect(throws: RegistryError.self) { try BindingLiteral.literal(type: type, value: value) }
        #expect(error?.code == .invalidValue)
    }

    @Test(
        "What is no value of the type is refused",
        arguments: [
            ("TIMESTAMP_TZ", "1 2 3"), ("TIMESTAMP_TZ", "1 x"), ("TIMESTAMP_TZ", "1 -1"), ("TIMESTAMP_TZ", "1 2881"),
            ("TIMESTAMP_TZ", " 1440"), ("TIMESTAMP_NTZ", "1.5"), ("TIMESTAMP_NTZ", "1e9"), ("TIMESTAMP_NTZ", "-"),
            ("DATE", "--1"), ("DATE", "１"), ("TIME", ""), ("REAL", "0x10"), ("REAL", "-0X1p3"), ("BINARY", "０Ａ"),
        ])
    func malformed(_ type: String, _ value: String) {
        let error = #expect(throws: RegistryError.self) { try BindingLiteral.literal(type: type, value: value) }
        #expect(error?.code == .invalidArgument)
    }
}
