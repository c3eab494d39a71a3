/// C that Swift cannot import or express: descriptors over a socket, zlib, pages of code, DuckDB's API opened at run
/// time.
#pragma once
#include "cn_descriptors.h"
#include "cn_duckdb.h"
#include "cn_process.h"
#include "cn_files.h"
#include "cn_memory.h"
#include "cn_memory_guard.h"
#include "cn_zlib.h"
