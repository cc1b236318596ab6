/* Looking for an element of a listpack. */
#include "base/check.h"
#include "ds/byte_search.h"
#include "types/listpack_layout.h"

/* An entry need not be in the shortest form, so the text of an integer may also stand as one. */
static inline bool entry_equals(const uint8_t *entry, struct bytes bytes,
                                const struct listpack_element *wanted)
{
    if (!is_string(entry[0])) return !wanted->ptr && read_integer(entry) == wanted->integer;
    if (string_len(entry) != bytes.len) return false;
    return memcmp(entry + string_head_len(entry[0]), bytes.ptr, bytes.len) == 0;
}

/* What is looked for, and among which entries. */
struct wanted {
    struct bytes bytes;
    struct listpack_element element;
    unsigned step; /* each so many-th is compared, from the first one on */
};

/* From entry to entry, each of which says where the next one is. */
static uint32_t find_by_steps(const struct listpack *pack, uint32_t at, const struct wanted *wanted)
{
    unsigned passed = wanted->step - 1;
    for (const uint8_t *entry = entry_at(pack, at); *entry != END; entry += whole_len(entry)) {
        if (++passed < wanted->step) continue;
        passed = 0;
        if (entry_equals(entry, wanted->bytes, &wanted->element))
            return (uint32_t)(entry - (const uint8_t *)pack);
    }
    return 0;
}

/* An entry, and how many there are before it, from the one on at which the search began. */
struct stand {
    uint32_t at, index;
};

/* Steps to the entry inside of which `place` is. */
static void step_to(const struct listpack *pack, uint32_t place, struct stand *stand)
{
    for (uint32_t next; (next = stand->at + whole_len(entry_at(pack, stand->at))) <= place;) {
        stand->at = next;
        stand->index++;
    }
}

/* The same from the end, of a search that began at the first entry. */
static struct stand step_back_to(const struct listpack *pack, uint32_t place)
{
    struct stand stand = {end_of(pack), known_count(pack)};
    while (stand.at > place) {
        stand.at = listpack_prev(pack, stand.at);
        stand.index--;
    }
    return stand;
}

/* Is it to be compared, and a string that begins at `place`, and the one that is wanted? */
static bool is_found(const struct listpack *pack, struct stand stand, uint32_t place,
                     const struct wanted *wanted)
{
    const uint8_t *entry = entry_at(pack, stand.at);
    if (stand.index % wanted->step || !is_string(entry[0])) return false;
    if (stand.at + string_head_len(entry[0]) != place) return false;
    if (string_len(entry) != wanted->bytes.len) return false;
    return memcmp(entry_at(pack, place), wanted->bytes.ptr, wanted->bytes.len) == 0;
}

/* By the bytes themselves, wherever they are; then by steps to there, to see whether that is an
 * entry. Steps are slower, as each waits for the one before: so the first place is stepped to from
 * the nearer end. But only that: with all of them, it might be O(n) each. */
static uint32_t find_by_bytes(const struct listpack *pack, uint32_t at, const struct wanted *wanted)
{
    uint32_t end = end_of(pack);
    struct bytes text = bytes_make(pack, end), bytes = wanted->bytes;
    struct stand reached = {at, 0};
    bool may_step_back = at == HEADER_LEN;
    for (size_t from = at; (from = byte_search(text, from, bytes)) != SIZE_MAX; from++) {
        uint32_t place = (uint32_t)from;
        struct stand stand;
        if (may_step_back && end - place < place - reached.at) {
            stand = step_back_to(pack, place);
            may_step_back = false;
        } else {
            step_to(pack, place, &reached);
            stand = reached;
        }
        if (is_found(pack, stand, place, wanted)) return stand.at;
    }
    return 0;
}

/* Passing over bytes pays where entries are short, and many. */
static bool has_short_entries(const struct listpack *pack)
{
    enum { MANY = 16, SHORT = 24 };
    uint32_t count = known_count(pack);
    return count >= MANY && count != COUNT_UNKNOWN && total_bytes(pack) <= count * SHORT;
}

uint32_t listpack_find(const struct listpack *pack, uint32_t at, struct bytes bytes, unsigned skip)
{
    if (!at || bytes.len > LISTPACK_BYTES_MAX) return 0;
    struct wanted wanted = {bytes, listpack_string(bytes), skip + 1};
    const uint8_t *ptr = wanted.element.ptr;
    if (ptr) wanted.bytes.ptr = ptr; /* memcmp wants a pointer, be it for no bytes */
    bool by_bytes = ptr && bytes.len >= BYTE_SEARCH_MIN && has_short_entries(pack);
    return by_bytes ? find_by_bytes(pack, at, &wanted) : find_by_steps(pack, at, &wanted);
}
