/// DuckDB's C API as far as Roost uses it, opened at run time: `duck_x` calls the library's `duckdb_x`.
///
/// Own declarations after the documentation of version 1.5 (https://duckdb.org/docs/stable/clients/c/api).
/// `cn_duckdb_open` must have succeeded before any `duck_` function is called.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Ids of logical types. Source: https://duckdb.org/docs/stable/clients/c/types
typedef enum duck_type_id {
    DUCK_TYPE_INVALID = 0,
    DUCK_TYPE_BOOLEAN = 1,
    DUCK_TYPE_TINYINT = 2,
    DUCK_TYPE_SMALLINT = 3,
    DUCK_TYPE_INTEGER = 4,
    DUCK_TYPE_BIGINT = 5,
    DUCK_TYPE_UTINYINT = 6,
    DUCK_TYPE_USMALLINT = 7,
    DUCK_TYPE_UINTEGER = 8,
    DUCK_TYPE_UBIGINT = 9,
    DUCK_TYPE_FLOAT = 10,
    DUCK_TYPE_DOUBLE = 11,
    DUCK_TYPE_TIMESTAMP = 12,
    DUCK_TYPE_DATE = 13,
    DUCK_TYPE_TIME = 14,
    DUCK_TYPE_INTERVAL = 15,
    DUCK_TYPE_HUGEINT = 16,
    DUCK_TYPE_VARCHAR = 17,
    DUCK_TYPE_BLOB = 18,
    DUCK_TYPE_DECIMAL = 19,
    DUCK_TYPE_TIMESTAMP_S = 20,
    DUCK_TYPE_TIMESTAMP_MS = 21,
    DUCK_TYPE_TIMESTAMP_NS = 22,
    DUCK_TYPE_ENUM = 23,
    DUCK_TYPE_LIST = 24,
    DUCK_TYPE_STRUCT = 25,
    DUCK_TYPE_MAP = 26,
    DUCK_TYPE_UUID = 27,
    DUCK_TYPE_UNION = 28,
    DUCK_TYPE_BIT = 29,
    DUCK_TYPE_TIME_TZ = 30,
    DUCK_TYPE_TIMESTAMP_TZ = 31,
    DUCK_TYPE_UHUGEINT = 32,
    DUCK_TYPE_ARRAY = 33,
    DUCK_TYPE_ANY = 34,
    DUCK_TYPE_BIGNUM = 35,
    DUCK_TYPE_SQLNULL = 36,
    DUCK_TYPE_STRING_LITERAL = 37,
    DUCK_TYPE_INTEGER_LITERAL = 38,
    DUCK_TYPE_TIME_NS = 39,
    DUCK_TYPE_GEOMETRY = 40,
    DUCK_TYPE_VARIANT = 41,
} duck_type_id;

/// The kind of a statement, by DuckDB's numbers.
typedef enum duck_statement_type {
    DUCK_STATEMENT_INVALID = 0,
    DUCK_STATEMENT_SELECT = 1,
    DUCK_STATEMENT_INSERT = 2,
    DUCK_STATEMENT_UPDATE = 3,
    DUCK_STATEMENT_EXPLAIN = 4,
    DUCK_STATEMENT_DELETE = 5,
    DUCK_STATEMENT_PREPARE = 6,
    DUCK_STATEMENT_CREATE = 7,
    DUCK_STATEMENT_EXECUTE = 8,
    DUCK_STATEMENT_ALTER = 9,
    DUCK_STATEMENT_TRANSACTION = 10,
    DUCK_STATEMENT_COPY = 11,
    DUCK_STATEMENT_ANALYZE = 12,
    DUCK_STATEMENT_VARIABLE_SET = 13,
    DUCK_STATEMENT_CREATE_FUNC = 14,
    DUCK_STATEMENT_DROP = 15,
    DUCK_STATEMENT_EXPORT = 16,
    DUCK_STATEMENT_PRAGMA = 17,
    DUCK_STATEMENT_VACUUM = 18,
    DUCK_STATEMENT_CALL = 19,
    DUCK_STATEMENT_SET = 20,
    DUCK_STATEMENT_LOAD = 21,
    DUCK_STATEMENT_RELATION = 22,
    DUCK_STATEMENT_EXTENSION = 23,
    DUCK_STATEMENT_LOGICAL_PLAN = 24,
    DUCK_STATEMENT_ATTACH = 25,
    DUCK_STATEMENT_DETACH = 26,
    DUCK_STATEMENT_MULTI = 27,
    DUCK_STATEMENT_COPY_DATABASE = 28,
    DUCK_STATEMENT_UPDATE_EXTENSIONS = 29,
    DUCK_STATEMENT_MERGE_INTO = 30,
} duck_statement_type;

/// What a result holds, by DuckDB's numbers.
typedef enum duck_result_kind {
    DUCK_RESULT_INVALID = 0,
    DUCK_RESULT_CHANGED_ROWS = 1,
    DUCK_RESULT_NOTHING = 2,
    DUCK_RESULT_QUERY = 3,
} duck_result_kind;

/// 0 is success.
typedef int32_t duck_state;
/// Error types by DuckDB's numbers.
typedef int32_t duck_error_type;
typedef uint64_t duck_index;

typedef struct { uint64_t lower; int64_t upper; } duck_hugeint;
typedef struct { uint64_t lower; uint64_t upper; } duck_uhugeint;
typedef struct { int32_t months; int32_t days; int64_t micros; } duck_interval;
typedef struct { uint8_t width; uint8_t scale; duck_hugeint value; } duck_decimal;
typedef struct { uint64_t offset; uint64_t length; } duck_list_entry;
typedef struct { int32_t days; } duck_date;
typedef struct { int64_t micros; } duck_micros;
typedef struct { double percentage; uint64_t done; uint64_t total; } duck_progress;

/// A string of a vector: up to 12 bytes in place, longer ones by pointer.
typedef struct {
    union {
        struct { uint32_t length; char prefix[4]; char *bytes; } pointer;
        struct { uint32_t length; char bytes[12]; } inlined;
    } value;
} duck_string;

/// A result: DuckDB's own struct, of which only the last member is live.
typedef struct {
    duck_index unused_columns;
    duck_index unused_rows;
    duck_index unused_changed;
    void *unused_data;
    char *unused_error;
    void *internal;
} duck_result;

#define CN_HANDLE(name) typedef struct name##_handle { void *internal; } *name
CN_HANDLE(duck_database);
CN_HANDLE(duck_connection);
CN_HANDLE(duck_config);
CN_HANDLE(duck_prepared);
CN_HANDLE(duck_extracted);
CN_HANDLE(duck_appender);
CN_HANDLE(duck_logical_type);
CN_HANDLE(duck_chunk);
CN_HANDLE(duck_vector);
CN_HANDLE(duck_value);
CN_HANDLE(duck_error_data);
CN_HANDLE(duck_scalar_function);
CN_HANDLE(duck_function_info);
#undef CN_HANDLE

typedef void (*duck_delete_callback)(void *data);
typedef void (*duck_scalar_callback)(duck_function_info info, duck_chunk input, duck_vector output);

#define CN_DUCKDB_FUNCTION(type, name, parameters, arguments) type duck_##name parameters;
#include "cn_duckdb_functions.h"
#undef CN_DUCKDB_FUNCTION

/// Opens the stub library (may be null: then DuckDB needs none) and DuckDB, and finds every function.
///
/// Returns null on success, also when it is open already; otherwise a text for `free()` that says what is missing.
/// Threads: one call at a time.
char *cn_duckdb_open(const char *stub, const char *library);

/// Whether the memory of the opened library can be limited (see cn_memory_guard.h).
bool cn_duckdb_is_guarded(void);

/// The bytes of a vector's string. The string must stay where it is while they are read.
static inline const char *duck_string_bytes(const duck_string *string) {
    return string->value.inlined.length <= 12 ? string->value.inlined.bytes : string->value.pointer.bytes;
}
