#include "types/lzf.h"

#include "base/bits.h"

enum {
    RUN_MAX = 32,
    MATCH_MIN = 3,
    MATCH_SHORT_MAX = 8, /* longer ones take a third byte */
    MATCH_MAX = 264,
    DISTANCE_MAX = 8192,
    PLACES_BITS = 12,
};

/* --- Packing ---------------------------------------------------------------------------------- */

struct packing {
    const uint8_t *start, *end; /* what is packed */
    const uint8_t *run;         /* first byte not written yet */
    uint8_t *out, *out_end;
    uint32_t places[1 << PLACES_BITS]; /* where three bytes like these were seen last, plus 1 */
};

static uint32_t place_of(const uint8_t *ptr)
{
    uint32_t three = ptr[0] | (uint32_t)ptr[1] << 8 | (uint32_t)ptr[2] << 16;
    return three * 2654435761u >> (32 - PLACES_BITS);
}

/* Writes what is between the last match and `until`. */
static bool write_runs(struct packing *packing, const uint8_t *until)
{
    while (packing->run < until) {
        size_t len = (size_t)(until - packing->run);
        if (len > RUN_MAX) len = RUN_MAX;
        if ((size_t)(packing->out_end - packing->out) < len + 1) return false;
        *packing->out++ = (uint8_t)(len - 1);
        memcpy(packing->out, packing->run, len);
        packing->out += len;
        packing->run += len;
    }
    return true;
}

static bool write_match(struct packing *packing, size_t distance, size_t len)
{
    if (packing->out_end - packing->out < 3) return false;
    size_t far = distance - 1, more = len - 2;
    if (len <= MATCH_SHORT_MAX) {
        *packing->out++ = (uint8_t)(more << 5 | far >> 8);
    } else {
        *packing->out++ = (uint8_t)(7 << 5 | far >> 8);
        *packing->out++ = (uint8_t)(more - 7);
    }
    *packing->out++ = (uint8_t)far;
    return true;
}

/* The bytes seen last that begin like those at `at`; how many are the same, 0: less than three. */
static size_t find_match(struct packing *packing, const uint8_t *at, size_t *distance)
{
    uint32_t *place = &packing->places[place_of(at)], seen = *place;
    *place = (uint32_t)(at - packing->start) + 1;
    if (!seen) return 0;
    const uint8_t *before = packing->start + seen - 1;
    *distance = (size_t)(at - before);
    if (*distance > DISTANCE_MAX || memcmp(before, at, MATCH_MIN) != 0) return 0;
    size_t max = (size_t)(packing->end - at), len = MATCH_MIN;
    if (max > MATCH_MAX) max = MATCH_MAX;
    while (len < max && before[len] == at[len])
        len++;
    return len;
}

size_t lzf_pack(struct bytes bytes, uint8_t *out, size_t room)
{
    if (bytes.len > UINT32_MAX - 1) return 0;
    struct packing packing = {.start = bytes.ptr, .end = bytes.ptr + bytes.len, .run = bytes.ptr};
    packing.out = out;
    packing.out_end = out + room;
    for (const uint8_t *at = bytes.ptr; packing.end - at >= MATCH_MIN;) {
        size_t distance, len = find_match(&packing, at, &distance);
        if (!len) {
            at++;
            continue;
        }
        if (!write_runs(&packing, at) || !write_match(&packing, distance, len)) return 0;
        at += len;
        packing.run = at;
    }
    if (!write_runs(&packing, packing.end)) return 0;
    return (size_t)(packing.out - out);
}

/* --- Unpacking -------------------------------------------------------------------------------- */

struct unpacking {
    const uint8_t *in, *in_end;
    uint8_t *out_start, *out, *out_end;
};

static bool unpack_run(struct unpacking *unpacking, size_t len)
{
    if (len > (size_t)(unpacking->in_end - unpacking->in)) return false;
    if (len > (size_t)(unpacking->out_end - unpacking->out)) return false;
    memcpy(unpacking->out, unpacking->in, len);
    unpacking->in += len;
    unpacking->out += len;
    return true;
}

/* A length of 7 and more goes on in a byte of its own. */
static bool unpack_reference(struct unpacking *unpacking, uint8_t control)
{
    size_t len = control >> 5, distance = (size_t)(control & 0x1f) << 8;
    size_t left = (size_t)(unpacking->in_end - unpacking->in);
    if (left < (len == 7 ? 2 : 1)) return false;
    if (len == 7) len += *unpacking->in++;
    distance += *unpacking->in++ + (size_t)1;
    len += 2;
    if (distance > (size_t)(unpacking->out - unpacking->out_start)) return false;
    if (len > (size_t)(unpacking->out_end - unpacking->out)) return false;
    for (size_t i = 0; i < len; i++, unpacking->out++) /* it may reach into what it writes */
        *unpacking->out = *(unpacking->out - distance);
    return true;
}

bool lzf_unpack(struct bytes packed, uint8_t *out, size_t out_len)
{
    struct unpacking unpacking = {packed.ptr, packed.ptr + packed.len, out, out, out + out_len};
    while (unpacking.in < unpacking.in_end) {
        uint8_t control = *unpacking.in++;
        bool done = control < 32 ? unpack_run(&unpacking, control + (size_t)1)
                                 : unpack_reference(&unpacking, control);
        if (!done) return false;
    }
    return unpacking.out == unpacking.out_end;
}
