/// Small things of the C library.
#pragma once

/// Whether the file can be read: 1 or 0.
int cn_is_readable(const char *path);

/// Frees memory that a function of this target returned "for free()".
void cn_free(void *memory);
