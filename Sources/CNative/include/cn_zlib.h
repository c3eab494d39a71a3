/// Whole-buffer gzip, for request bodies and result chunks.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What a call of this file returns besides a length.
enum {
    /// The input is not gzip or zlib data, or it is cut off.
    CN_ZLIB_BROKEN = -1,
    /// The output would be longer than the limit.
    CN_ZLIB_TOO_LARGE = -2,
    CN_ZLIB_NO_MEMORY = -3,
};

/// Decodes gzip (several members too) or zlib data.
///
/// On success `*out` is memory for `free()` and the number of bytes in it is returned. Never gives more than `limit`
/// bytes. Otherwise one of the negative values above.
int64_t cn_gzip_decode(const uint8_t *in, size_t n, size_t limit, uint8_t **out);

/// Encodes as one gzip member, at `level` in 0...9 (1 is fast, 6 the usual).
///
/// On success `*out` is memory for `free()` and the number of bytes in it is returned, otherwise a negative value.
int64_t cn_gzip_encode(const uint8_t *in, size_t n, int level, uint8_t **out);
