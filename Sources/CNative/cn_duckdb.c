#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cn_duckdb.h"
#include "cn_memory_guard.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The functions of the opened library.
static struct {
#define CN_DUCKDB_FUNCTION(type, name, parameters, arguments) type (*name) parameters;
#include "cn_duckdb_functions.h"
#undef CN_DUCKDB_FUNCTION
} functions;

#define CN_DUCKDB_FUNCTION(type, name, parameters, arguments) \
    type duck_##name parameters { cn_memory_guard_enter(); return functions.name arguments; }
#include "cn_duckdb_functions.h"
#undef CN_DUCKDB_FUNCTION

static bool guarded;

bool cn_duckdb_is_guarded(void) { return guarded; }

static char *copy_of(const char *text) {
    return strdup(text ? text : "unknown error of the dynamic linker");
}

static char *missing(const char *name) {
    char text[200];
    snprintf(text, sizeof text, "the function %s is missing", name);
    return copy_of(text);
}

char *cn_duckdb_open(const char *stub, const char *library) {
    static int opened;
    if (opened) return NULL;
    if (stub && !dlopen(stub, RTLD_NOW | RTLD_GLOBAL)) return copy_of(dlerror());
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return copy_of(dlerror());
#define CN_DUCKDB_FUNCTION(type, name, parameters, arguments)             \
    *(void **)&functions.name = dlsym(handle, "duckdb_" #name);           \
    if (!functions.name) return missing("duckdb_" #name);
#include "cn_duckdb_functions.h"
#undef CN_DUCKDB_FUNCTION
    guarded = cn_memory_guard_install(handle);
    opened = 1;
    return NULL;
}
