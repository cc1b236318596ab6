#include "command/registry.h"

#include "base/check.h"
#include "base/hashing.h"
#include "mem/mem.h"

/* A name as two words in lower case. What is longer than 16 bytes is compared by a second look. */
struct folded {
    uint64_t low, high;
};

struct place_of_name {
    struct folded name;
    const struct command *row; /* NULL: free */
    size_t len;
};

struct registry {
    struct place_of_name *places; /* open addressing, at most a quarter full */
    unsigned shift;               /* 64 - log2 of the number of places */
    uint32_t place_count;
    uint32_t count, top_count;
    uint32_t copied;      /* slots of `rows`, ends of lists included */
    struct command *rows; /* top level, an end, then each list of subcommands with its end */
    struct command **by_id;
    char *names; /* full names, one after the other */
    size_t names_size;
};

/* Sets the bit that makes a letter small in each byte that is a capital letter, and in no other. */
static inline uint64_t fold_word(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101ULL, tops = ones << 7;
    uint64_t low = word & ~tops;
    uint64_t from_a = low + ones * (0x80 - 'A');
    uint64_t beyond_z = low + ones * (0x7f - 'Z');
    return word | (from_a & ~beyond_z & ~word & tops) >> 2;
}

static inline struct folded fold_name(struct bytes name)
{
    struct folded folded = {0, 0};
    if (name.len < 8) {
        folded.low = fold_word(hash_load_tail(name.ptr, name.len));
        return folded;
    }
    folded.low = fold_word(hash_load64(name.ptr));
    folded.high = fold_word(name.len < 16 ? hash_load_tail(name.ptr + 8, name.len - 8)
                                          : hash_load64(name.ptr + 8));
    return folded;
}

static inline uint32_t place_of(const struct registry *registry, struct folded name)
{
    uint64_t word = name.low ^ (name.high << 23 | name.high >> 41);
    return (uint32_t)(word * 0x9e3779b97f4a7c15ULL >> registry->shift);
}

static inline bool is_at(const struct place_of_name *place, struct folded folded, struct bytes name)
{
    if (place->name.low != folded.low || place->name.high != folded.high) return false;
    if (place->len != name.len) return false;
    return name.len <= 16 || bytes_equal_nocase(bytes_of_string(place->row->name), name);
}

const struct command *registry_find(const struct registry *registry, struct bytes name)
{
    struct folded folded = fold_name(name);
    uint32_t at = place_of(registry, folded);
    for (; registry->places[at].row; at = (at + 1) & (registry->place_count - 1))
        if (is_at(&registry->places[at], folded, name)) return registry->places[at].row;
    return NULL;
}

const struct command *registry_find_sub(const struct command *container, struct bytes word)
{
    const struct command *row = container->subcommands;
    for (; row && row->name; row++)
        if (bytes_equal_nocase(bytes_of_string(row->name), word)) return row;
    return NULL;
}

const struct command *registry_find_full(const struct registry *registry, struct bytes name)
{
    const uint8_t *bar = name.len ? memchr(name.ptr, '|', name.len) : NULL;
    if (!bar) return registry_find(registry, name);
    size_t len = (size_t)(bar - name.ptr);
    const struct command *row = registry_find(registry, bytes_make(name.ptr, len));
    return row ? registry_find_sub(row, bytes_make(bar + 1, name.len - len - 1)) : NULL;
}

uint32_t registry_count(const struct registry *registry)
{
    return registry->count;
}

uint32_t registry_top_count(const struct registry *registry)
{
    return registry->top_count;
}

const struct command *registry_row(const struct registry *registry, uint32_t id)
{
    ASSERT(id < registry->count);
    return registry->by_id[id];
}

static void add_place(struct registry *registry, const struct command *row)
{
    struct bytes name = bytes_of_string(row->name);
    struct folded folded = fold_name(name);
    ASSERT(!registry_find(registry, name));
    uint32_t at = place_of(registry, folded);
    while (registry->places[at].row)
        at = (at + 1) & (registry->place_count - 1);
    registry->places[at] = (struct place_of_name){folded, row, name.len};
}

static bool has_one_key(const struct command *row)
{
    const struct key_spec *key = &row->keys[0];
    return key->kind == KEYS_RANGE && (key->last == 0 || key->last == key->first) &&
           row->keys[1].kind == KEYS_NONE;
}

/* All arguments from one on are keys: of as many as there may be, this may be the only one. */
static uint8_t lone_key_of(const struct command *row)
{
    const struct key_spec *key = &row->keys[0];
    bool are_all = key->kind == KEYS_RANGE && key->last == -1 && row->keys[1].kind == KEYS_NONE;
    return are_all ? (uint8_t)key->first : 0;
}

static uint8_t route_of(const struct command *row)
{
    if (row->flags & CMD_FRONT || row->subcommands) return ROUTE_FRONT;
    if (row->flags & CMD_BLOCK) return ROUTE_BLOCK;
    if (row->flags & CMD_ALL_SLOTS) return ROUTE_ALL;
    if (row->flags & CMD_BY_CURSOR) return ROUTE_CURSOR;
    ASSERT(row->keys[0].kind != KEYS_NONE); /* else nobody knows where it runs */
    if (row->needs_all_slots) return ROUTE_ASKED;
    return has_one_key(row) ? ROUTE_KEY : ROUTE_KEYS;
}

/* What the families say of their tables, counted before anything is allocated. */
static void measure(struct registry *registry, const struct command *rows, size_t prefix_len)
{
    for (; rows->name; rows++) {
        size_t len = prefix_len + strlen(rows->name) + 1;
        registry->count++;
        registry->copied++;
        registry->names_size += len;
        if (!rows->subcommands) continue;
        registry->copied++; /* the end of the list */
        measure(registry, rows->subcommands, len);
    }
}

/* Where copying stands. */
struct copier {
    struct registry *registry;
    struct command *next_row;
    char *next_name;
    uint32_t next_id;
};

static void copy_name(struct copier *copier, struct command *row, const struct command *container)
{
    char *name = copier->next_name;
    row->full_name = name;
    if (container) {
        name = stpcpy(name, container->full_name);
        *name++ = '|';
    }
    copier->next_name = stpcpy(name, row->name) + 1;
}

static void copy_row(struct copier *copier, const struct command *row,
                     const struct command *container)
{
    struct command *copy = copier->next_row++;
    *copy = *row;
    copy->id = (uint16_t)copier->next_id++;
    copy->route = route_of(row);
    copy->key_index = copy->route == ROUTE_KEY ? (uint8_t)row->keys[0].first : 0;
    copy->lone_key = copy->route == ROUTE_KEYS ? lone_key_of(row) : 0;
    copier->registry->by_id[copy->id] = copy;
    copy_name(copier, copy, container);
}

static void copy_subcommands(struct copier *copier, struct command *container)
{
    const struct command *rows = container->subcommands;
    if (!rows) return;
    container->subcommands = copier->next_row;
    for (; rows->name; rows++)
        copy_row(copier, rows, container);
    *copier->next_row++ = (struct command){0};
}

static void copy_all(struct registry *registry, const struct command *const *tables)
{
    struct copier copier = {registry, registry->rows, registry->names, 0};
    for (; *tables; tables++)
        for (const struct command *row = *tables; row->name; row++)
            copy_row(&copier, row, NULL);
    registry->top_count = copier.next_id;
    *copier.next_row++ = (struct command){0};
    for (uint32_t i = 0; i < registry->top_count; i++)
        copy_subcommands(&copier, &registry->rows[i]);
    ASSERT(copier.next_id == registry->count);
    ASSERT(copier.next_row == registry->rows + registry->copied);
    ASSERT(copier.next_name == registry->names + registry->names_size);
}

static void index_names(struct registry *registry)
{
    unsigned log2 = 4;
    while ((1u << log2) < registry->top_count * 4)
        log2++;
    registry->shift = 64 - log2;
    registry->place_count = 1u << log2;
    registry->places = mem_alloc_zero(registry->place_count * sizeof *registry->places);
    for (uint32_t i = 0; i < registry->top_count; i++)
        add_place(registry, &registry->rows[i]);
}

struct registry *registry_new(const struct command *const *tables)
{
    struct registry *registry = mem_alloc_zero(sizeof *registry);
    for (const struct command *const *table = tables; *table; table++)
        measure(registry, *table, 0);
    ASSERT(registry->count > 0 && registry->count <= UINT16_MAX);
    registry->copied++; /* the end of the top level */
    registry->rows = mem_alloc(registry->copied * sizeof *registry->rows);
    registry->by_id = mem_alloc(registry->count * sizeof *registry->by_id);
    registry->names = mem_alloc(registry->names_size);
    copy_all(registry, tables);
    index_names(registry);
    return registry;
}

void registry_free(struct registry *registry)
{
    if (!registry) return;
    mem_free(registry->places, registry->place_count * sizeof *registry->places);
    mem_free(registry->names, registry->names_size);
    mem_free(registry->by_id, registry->count * sizeof *registry->by_id);
    mem_free(registry->rows, registry->copied * sizeof *registry->rows);
    mem_free(registry, sizeof *registry);
}
