#include "cn_zlib.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// The window bits of zlib's largest window, plus the flag that turns on detection of gzip or zlib headers.
static const int detect_header = 15 + 32;
static const int gzip_header = 15 + 16;
/// Most bytes given to zlib at once: its counters are 32 bits wide.
static const size_t step = 1u << 30;

int64_t cn_gzip_decode(const uint8_t *in, size_t n, size_t limit, uint8_t **out) {
    *out = NULL;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, detect_header) != Z_OK) return CN_ZLIB_NO_MEMORY;
    size_t capacity = n < (1u << 20) ? n * 4 + 1024 : n * 2;
    if (capacity > limit) capacity = limit;
    if (capacity == 0) capacity = 1;
    uint8_t *data = malloc(capacity);
    size_t length = 0, used = 0;
    int64_t failure = data ? 0 : CN_ZLIB_NO_MEMORY;
    int done = 0;
    while (!failure && !done) {
        if (length == capacity) {
            // One byte above the limit shows that there is more to come.
            size_t wanted = capacity > limit / 2 ? limit + 1 : capacity * 2;
            if (capacity > limit) {
                failure = CN_ZLIB_TOO_LARGE;
                break;
            }
            uint8_t *larger = realloc(data, wanted);
            if (!larger) {
                failure = CN_ZLIB_NO_MEMORY;
                break;
            }
            data = larger;
            capacity = wanted;
        }
        size_t give = n - used < step ? n - used : step;
        size_t room = capacity - length < step ? capacity - length : step;
        stream.next_in = (Bytef *)(in + used);
        stream.avail_in = (uInt)give;
        stream.next_out = data + length;
        stream.avail_out = (uInt)room;
        int status = inflate(&stream, Z_NO_FLUSH);
        used += give - stream.avail_in;
        length += room - stream.avail_out;
        if (status == Z_STREAM_END) {
            // A further member may follow; anything else after the end is an error.
            if (used == n) done = 1;
            else if (inflateReset2(&stream, gzip_header) != Z_OK) failure = CN_ZLIB_NO_MEMORY;
        } else if (status == Z_MEM_ERROR) {
            failure = CN_ZLIB_NO_MEMORY;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            failure = CN_ZLIB_BROKEN;
        } else if (used == n && stream.avail_out > 0) {
            failure = CN_ZLIB_BROKEN;
        }
    }
    inflateEnd(&stream);
    if (!failure && length > limit) failure = CN_ZLIB_TOO_LARGE;
    if (failure) {
        free(data);
        return failure;
    }
    *out = data;
    return (int64_t)length;
}

int64_t cn_gzip_encode(const uint8_t *in, size_t n, int level, uint8_t **out) {
    *out = NULL;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_header, 8, Z_DEFAULT_STRATEGY) != Z_OK) return CN_ZLIB_NO_MEMORY;
    size_t capacity = deflateBound(&stream, n) + 64;
    uint8_t *data = malloc(capacity);
    size_t length = 0, used = 0;
    int status = data ? Z_OK : Z_MEM_ERROR;
    while (status == Z_OK) {
        size_t give = n - used < step ? n - used : step;
        size_t room = capacity - length < step ? capacity - length : step;
        stream.next_in = (Bytef *)(in + used);
        stream.avail_in = (uInt)give;
        stream.next_out = data + length;
        stream.avail_out = (uInt)room;
        status = deflate(&stream, used + give == n ? Z_FINISH : Z_NO_FLUSH);
        used += give - stream.avail_in;
        length += room - stream.avail_out;
    }
    deflateEnd(&stream);
    if (status != Z_STREAM_END) {
        free(data);
        return status == Z_MEM_ERROR ? CN_ZLIB_NO_MEMORY : CN_ZLIB_BROKEN;
    }
    *out = data;
    return (int64_t)length;
}
