#include "cn_files.h"

#include <stdlib.h>
#include <unistd.h>

int cn_is_readable(const char *path) { return access(path, R_OK) == 0; }

void cn_free(void *memory) { free(memory); }
