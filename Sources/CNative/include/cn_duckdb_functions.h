// The one list of DuckDB functions in use: CN_DUCKDB_FUNCTION(result, name, (parameters), (arguments)).
// Included several times on purpose.
#ifdef CN_DUCKDB_FUNCTION
#define F CN_DUCKDB_FUNCTION

// Databases and connections
F(const char *, library_version, (void), ())
F(duck_state, create_config, (duck_config *config), (config))
F(duck_state, set_config, (duck_config config, const char *name, const char *option), (config, name, option))
F(void, destroy_config, (duck_config *config), (config))
F(duck_state, open_ext, (const char *path, duck_database *database, duck_config config, char **error),
  (path, database, config, error))
F(void, close, (duck_database *database), (database))
F(duck_state, connect, (duck_database database, duck_connection *connection), (database, connection))
F(void, disconnect, (duck_connection *connection), (connection))
F(void, interrupt, (duck_connection connection), (connection))
F(duck_progress, query_progress, (duck_connection connection), (connection))
F(duck_value, get_table_names, (duck_connection connection, const char *sql, bool qualified),
  (connection, sql, qualified))
F(void, free, (void *memory), (memory))

// Results
F(duck_state, query, (duck_connection connection, const char *sql, duck_result *result), (connection, sql, result))
F(void, destroy_result, (duck_result *result), (result))
F(const char *, column_name, (duck_result *result, duck_index column), (result, column))
F(duck_logical_type, column_logical_type, (duck_result *result, duck_index column), (result, column))
F(duck_statement_type, result_statement_type, (duck_result result), (result))
F(duck_result_kind, result_return_type, (duck_result result), (result))
F(duck_index, column_count, (duck_result *result), (result))
F(duck_index, row_count, (duck_result *result), (result))
F(duck_index, rows_changed, (duck_result *result), (result))
F(const char *, result_error, (duck_result *result), (result))
F(duck_error_type, result_error_type, (duck_result *result), (result))
F(duck_index, result_chunk_count, (duck_result result), (result))
F(duck_chunk, result_get_chunk, (duck_result result, duck_index index), (result, index))
F(duck_chunk, fetch_chunk, (duck_result result), (result))

// Prepared statements
F(duck_state, prepare, (duck_connection connection, const char *sql, duck_prepared *prepared),
  (connection, sql, prepared))
F(void, destroy_prepare, (duck_prepared *prepared), (prepared))
F(const char *, prepare_error, (duck_prepared prepared), (prepared))
F(duck_index, nparams, (duck_prepared prepared), (prepared))
F(const char *, parameter_name, (duck_prepared prepared, duck_index index), (prepared, index))
F(duck_statement_type, prepared_statement_type, (duck_prepared prepared), (prepared))
F(duck_index, prepared_statement_column_count, (duck_prepared prepared), (prepared))
F(const char *, prepared_statement_column_name, (duck_prepared prepared, duck_index column), (prepared, column))
F(duck_logical_type, prepared_statement_column_logical_type, (duck_prepared prepared, duck_index column),
  (prepared, column))
F(duck_state, clear_bindings, (duck_prepared prepared), (prepared))
F(duck_state, bind_value, (duck_prepared prepared, duck_index index, duck_value value), (prepared, index, value))
F(duck_state, execute_prepared, (duck_prepared prepared, duck_result *result), (prepared, result))
F(duck_state, execute_prepared_streaming, (duck_prepared prepared, duck_result *result), (prepared, result))
F(duck_index, extract_statements, (duck_connection connection, const char *sql, duck_extracted *extracted),
  (connection, sql, extracted))
F(duck_state, prepare_extracted_statement,
  (duck_connection connection, duck_extracted extracted, duck_index index, duck_prepared *prepared),
  (connection, extracted, index, prepared))
F(const char *, extract_statements_error, (duck_extracted extracted), (extracted))
F(void, destroy_extracted, (duck_extracted *extracted), (extracted))

// Values
F(void, destroy_value, (duck_value *value), (value))
F(duck_value, create_null_value, (void), ())
F(duck_value, create_bool, (bool value), (value))
F(duck_value, create_int64, (int64_t value), (value))
F(duck_value, create_hugeint, (duck_hugeint value), (value))
F(duck_value, create_decimal, (duck_decimal value), (value))
F(duck_value, create_double, (double value), (value))
F(duck_value, create_varchar_length, (const char *text, duck_index length), (text, length))
F(duck_value, create_blob, (const uint8_t *bytes, duck_index length), (bytes, length))
F(duck_value, create_date, (duck_date value), (value))
F(duck_value, create_time, (duck_micros value), (value))
F(duck_value, create_timestamp, (duck_micros value), (value))
F(duck_value, create_timestamp_tz, (duck_micros value), (value))
F(char *, get_varchar, (duck_value value), (value))
F(duck_index, get_list_size, (duck_value value), (value))
F(duck_value, get_list_child, (duck_value value, duck_index index), (value, index))

// Logical types
F(duck_logical_type, create_logical_type, (duck_type_id type), (type))
F(char *, logical_type_get_alias, (duck_logical_type type), (type))
F(void, logical_type_set_alias, (duck_logical_type type, const char *alias), (type, alias))
F(duck_logical_type, create_list_type, (duck_logical_type type), (type))
F(duck_logical_type, create_array_type, (duck_logical_type type, duck_index size), (type, size))
F(duck_logical_type, create_map_type, (duck_logical_type key, duck_logical_type value), (key, value))
F(duck_logical_type, create_struct_type, (duck_logical_type *types, const char **names, duck_index count),
  (types, names, count))
F(duck_logical_type, create_union_type, (duck_logical_type *types, const char **names, duck_index count),
  (types, names, count))
F(duck_logical_type, create_enum_type, (const char **names, duck_index count), (names, count))
F(duck_logical_type, create_decimal_type, (uint8_t width, uint8_t scale), (width, scale))
F(duck_type_id, get_type_id, (duck_logical_type type), (type))
F(uint8_t, decimal_width, (duck_logical_type type), (type))
F(uint8_t, decimal_scale, (duck_logical_type type), (type))
F(uint32_t, enum_dictionary_size, (duck_logical_type type), (type))
F(char *, enum_dictionary_value, (duck_logical_type type, duck_index index), (type, index))
F(duck_logical_type, list_type_child_type, (duck_logical_type type), (type))
F(duck_logical_type, array_type_child_type, (duck_logical_type type), (type))
F(duck_index, array_type_array_size, (duck_logical_type type), (type))
F(duck_logical_type, map_type_key_type, (duck_logical_type type), (type))
F(duck_logical_type, map_type_value_type, (duck_logical_type type), (type))
F(duck_index, struct_type_child_count, (duck_logical_type type), (type))
F(char *, struct_type_child_name, (duck_logical_type type, duck_index index), (type, index))
F(duck_logical_type, struct_type_child_type, (duck_logical_type type, duck_index index), (type, index))
F(duck_index, union_type_member_count, (duck_logical_type type), (type))
F(char *, union_type_member_name, (duck_logical_type type, duck_index index), (type, index))
F(duck_logical_type, union_type_member_type, (duck_logical_type type, duck_index index), (type, index))
F(void, destroy_logical_type, (duck_logical_type *type), (type))

// Chunks and vectors
F(duck_chunk, create_data_chunk, (duck_logical_type *types, duck_index count), (types, count))
F(void, destroy_data_chunk, (duck_chunk *chunk), (chunk))
F(void, data_chunk_reset, (duck_chunk chunk), (chunk))
F(duck_index, data_chunk_get_column_count, (duck_chunk chunk), (chunk))
F(duck_vector, data_chunk_get_vector, (duck_chunk chunk, duck_index column), (chunk, column))
F(duck_index, data_chunk_get_size, (duck_chunk chunk), (chunk))
F(void, data_chunk_set_size, (duck_chunk chunk, duck_index size), (chunk, size))
F(duck_index, vector_size, (void), ())
F(duck_logical_type, vector_get_column_type, (duck_vector vector), (vector))
F(void *, vector_get_data, (duck_vector vector), (vector))
F(uint64_t *, vector_get_validity, (duck_vector vector), (vector))
F(void, vector_ensure_validity_writable, (duck_vector vector), (vector))
F(void, vector_assign_string_element_len,
  (duck_vector vector, duck_index index, const char *text, duck_index length), (vector, index, text, length))
F(void, unsafe_vector_assign_string_element_len,
  (duck_vector vector, duck_index index, const char *text, duck_index length), (vector, index, text, length))
F(duck_vector, list_vector_get_child, (duck_vector vector), (vector))
F(duck_index, list_vector_get_size, (duck_vector vector), (vector))
F(duck_state, list_vector_set_size, (duck_vector vector, duck_index size), (vector, size))
F(duck_state, list_vector_reserve, (duck_vector vector, duck_index capacity), (vector, capacity))
F(duck_vector, struct_vector_get_child, (duck_vector vector, duck_index index), (vector, index))
F(duck_vector, array_vector_get_child, (duck_vector vector), (vector))

// Scalar functions
F(duck_scalar_function, create_scalar_function, (void), ())
F(void, destroy_scalar_function, (duck_scalar_function *function), (function))
F(void, scalar_function_set_name, (duck_scalar_function function, const char *name), (function, name))
F(void, scalar_function_set_varargs, (duck_scalar_function function, duck_logical_type type), (function, type))
F(void, scalar_function_set_special_handling, (duck_scalar_function function), (function))
F(void, scalar_function_set_volatile, (duck_scalar_function function), (function))
F(void, scalar_function_add_parameter, (duck_scalar_function function, duck_logical_type type), (function, type))
F(void, scalar_function_set_return_type, (duck_scalar_function function, duck_logical_type type), (function, type))
F(void, scalar_function_set_extra_info, (duck_scalar_function function, void *info, duck_delete_callback destroy),
  (function, info, destroy))
F(void, scalar_function_set_function, (duck_scalar_function function, duck_scalar_callback callback),
  (function, callback))
F(duck_state, register_scalar_function, (duck_connection connection, duck_scalar_function function),
  (connection, function))
F(void *, scalar_function_get_extra_info, (duck_function_info info), (info))
F(void, scalar_function_set_error, (duck_function_info info, const char *error), (info, error))

// Appenders
F(duck_state, appender_create_ext,
  (duck_connection connection, const char *catalog, const char *schema, const char *table, duck_appender *appender),
  (connection, catalog, schema, table, appender))
F(duck_index, appender_column_count, (duck_appender appender), (appender))
F(duck_logical_type, appender_column_type, (duck_appender appender, duck_index column), (appender, column))
F(duck_error_data, appender_error_data, (duck_appender appender), (appender))
F(duck_state, appender_flush, (duck_appender appender), (appender))
F(duck_state, appender_clear, (duck_appender appender), (appender))
F(duck_state, appender_close, (duck_appender appender), (appender))
F(duck_state, appender_destroy, (duck_appender *appender), (appender))
F(duck_state, append_data_chunk, (duck_appender appender, duck_chunk chunk), (appender, chunk))
F(duck_error_type, error_data_error_type, (duck_error_data error), (error))
F(const char *, error_data_message, (duck_error_data error), (error))
F(void, destroy_error_data, (duck_error_data *error), (error))

#undef F
#endif
