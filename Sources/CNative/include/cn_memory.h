/// Giving memory back to the system.
#pragma once

/// Gives back what starting needed and serving does not: the pages of program code and constants (of the executable and
/// of every library loaded now), and free memory of the heap.
///
/// Pages of code come back from the page cache, at a fraction of a microsecond each, when they are needed. Nothing that
/// was ever written to is touched. Does nothing on systems other than Linux with glibc.
void cn_give_back_memory(void);
