#include "types/ziplist.h"

#include "types/little_endian.h"

enum {
    HEADER_LEN = 10,
    COUNT_UNKNOWN = UINT16_MAX,
    BIG_LENGTH = 254, /* four bytes with the length follow */
    END = 0xff,
};

/* What is left to be read; after the first read that failed all others fail, too. */
struct source {
    const uint8_t *ptr, *end;
    bool failed;
};

static const uint8_t *take(struct source *source, uint64_t len)
{
    if (source->failed || len > (uint64_t)(source->end - source->ptr)) {
        source->failed = true;
        return NULL;
    }
    const uint8_t *ptr = source->ptr;
    source->ptr += len;
    return ptr;
}

static uint8_t take_byte(struct source *source)
{
    const uint8_t *ptr = take(source, 1);
    return ptr ? *ptr : END;
}

/* A length as both formats have it. */
static uint64_t take_length(struct source *source)
{
    uint8_t first = take_byte(source);
    if (first < BIG_LENGTH) return first;
    const uint8_t *ptr = first == BIG_LENGTH ? take(source, 4) : NULL;
    if (!ptr) source->failed = true;
    return ptr ? load_le32(ptr) : 0;
}

static void take_string(struct source *source, uint64_t len, struct listpack_element *element)
{
    const uint8_t *ptr = take(source, len);
    if (!ptr || len > LISTPACK_BYTES_MAX)
        source->failed = true;
    else
        *element = (struct listpack_element){ptr, (uint32_t)len, 0};
}

static int64_t take_integer(struct source *source, unsigned width)
{
    const uint8_t *ptr = take(source, width);
    uint8_t bytes[8] = {0};
    if (!ptr) return 0;
    memcpy(bytes + 8 - width, ptr, width);
    return (int64_t)load_le64(bytes) >> (8 - width) * 8;
}

/* 0: no integer begins like this. */
static unsigned width_of(uint8_t encoding)
{
    switch (encoding) {
    case 0xfe: return 1;
    case 0xc0: return 2;
    case 0xf0: return 3;
    case 0xd0: return 4;
    case 0xe0: return 8;
    default: return 0;
    }
}

static void take_number(struct source *source, uint8_t encoding, struct listpack_element *element)
{
    unsigned width = width_of(encoding);
    if (width)
        *element = listpack_integer(take_integer(source, width));
    else if (encoding >= 0xf1 && encoding <= 0xfd)
        *element = listpack_integer((encoding & 15) - 1);
    else
        source->failed = true;
}

static void take_entry(struct source *source, struct listpack_element *element)
{
    uint8_t encoding = take_byte(source);
    if (encoding >> 6 == 0) {
        take_string(source, encoding & 0x3f, element);
    } else if (encoding >> 6 == 1) {
        uint64_t len = (uint64_t)(encoding & 0x3f) << 8;
        take_string(source, len | take_byte(source), element);
    } else if (encoding == 0x80) {
        const uint8_t *ptr = take(source, 4);
        take_string(source, ptr ? __builtin_bswap32(load_le32(ptr)) : 0, element);
    } else {
        take_number(source, encoding, element);
    }
}

bool ziplist_read(struct bytes bytes, listpack_visit *visit, void *context)
{
    if (bytes.len <= HEADER_LEN || load_le32(bytes.ptr) != bytes.len) return false;
    if (bytes.ptr[bytes.len - 1] != END) return false;
    struct source source = {bytes.ptr + HEADER_LEN, bytes.ptr + bytes.len - 1, false};
    uint64_t before = 0, count = 0;
    const uint8_t *last = source.ptr;
    for (; source.ptr < source.end; count++) {
        const uint8_t *start = source.ptr;
        if (take_length(&source) != before) return false;
        struct listpack_element element = {NULL, 0, 0};
        take_entry(&source, &element);
        if (source.failed || !visit(context, &element)) return false;
        before = (uint64_t)(source.ptr - start);
        last = start;
    }
    uint32_t known = load_le16(bytes.ptr + 8);
    if (load_le32(bytes.ptr + 4) != (uint64_t)(last - bytes.ptr)) return false;
    return known == COUNT_UNKNOWN || known == count;
}

bool zipmap_read(struct bytes bytes, listpack_visit *visit, void *context)
{
    if (bytes.len < 2 || bytes.ptr[bytes.len - 1] != END) return false;
    struct source source = {bytes.ptr + 1, bytes.ptr + bytes.len - 1, false};
    uint64_t count = 0;
    for (; source.ptr < source.end; count++) {
        struct listpack_element field = {NULL, 0, 0}, value = {NULL, 0, 0};
        take_string(&source, take_length(&source), &field);
        uint64_t len = take_length(&source);
        uint8_t unused = take_byte(&source);
        take_string(&source, len, &value);
        take(&source, unused);
        if (source.failed || !visit(context, &field) || !visit(context, &value)) return false;
    }
    return bytes.ptr[0] >= BIG_LENGTH || bytes.ptr[0] == count;
}
