#include "pubsub/directory.h"

#include <stdatomic.h>

#include "base/check.h"
#include "base/glob.h"
#include "base/hashing.h"
#include "base/random.h"
#include "ds/table.h"
#include "mem/mem.h"
#include "shard/pause.h"

enum { PARTS = 64 }; /* for channels; patterns stand in one of their own */

struct known {
    struct known *next, *prev;
    uint64_t hash, total;
    enum topic_kind kind;
    uint32_t len;
    uint32_t counts[]; /* by shard; the name stands behind them */
};

struct part {
    _Alignas(64) _Atomic uint32_t latch;
    _Atomic uint32_t count;
    struct table names;
    struct known *first;
};

struct directory {
    struct hash_key key;
    uint16_t shard_count;
    _Atomic uint64_t counts[TOPIC_KIND_COUNT];
    struct part parts[PARTS + 1];
};

static void lock(struct part *part)
{
    for (struct pause pause = {0}; atomic_exchange_explicit(&part->latch, 1, memory_order_acquire);)
        pause_spin(&pause);
}

static void unlock(struct part *part)
{
    atomic_store_explicit(&part->latch, 0, memory_order_release);
}

static size_t size_of(const struct directory *directory, size_t len)
{
    return sizeof(struct known) + directory->shard_count * sizeof(uint32_t) + len;
}

static uint8_t *bytes_of(const struct directory *directory, struct known *known)
{
    return (uint8_t *)&known->counts[directory->shard_count];
}

struct directory *directory_new(uint16_t shard_count)
{
    struct directory *directory = mem_alloc_aligned(sizeof *directory, 64);
    memset(directory, 0, sizeof *directory);
    directory->shard_count = shard_count;
    random_secret(&directory->key, sizeof directory->key);
    return directory;
}

void directory_free(struct directory *directory)
{
    for (size_t i = 0; i <= PARTS; i++)
        ASSERT(!directory->parts[i].first);
    mem_free_aligned(directory, sizeof *directory, 64);
}

struct topic_name topic_name_of(const struct directory *directory, enum topic_kind kind,
                                struct bytes bytes)
{
    return (struct topic_name){kind, hash_keyed(&directory->key, bytes) + kind, bytes};
}

static struct part *part_of(struct directory *directory, const struct topic_name *name)
{
    if (name->kind == TOPIC_PATTERN) return &directory->parts[PARTS];
    return &directory->parts[name->hash >> 32 & (PARTS - 1)];
}

struct wanted {
    const struct directory *directory;
    const struct topic_name *name;
};

static bool is_wanted(const void *item, const void *context)
{
    const struct wanted *wanted = context;
    const struct known *known = item;
    struct bytes name = wanted->name->bytes;
    return known->kind == wanted->name->kind && known->len == name.len &&
           !memcmp(&known->counts[wanted->directory->shard_count], name.ptr, name.len);
}

static struct known *find(const struct directory *directory, struct part *part,
                          const struct topic_name *name)
{
    return table_find(&part->names, name->hash, is_wanted, &(struct wanted){directory, name});
}

static uint64_t hash_of_item(void *context, const void *item)
{
    (void)context;
    return ((const struct known *)item)->hash;
}

static const struct table_owner owner = {.hash = hash_of_item};

static struct known *add(struct directory *directory, struct part *part,
                         const struct topic_name *name)
{
    struct known *known = mem_alloc_zero(size_of(directory, name->bytes.len));
    known->hash = name->hash;
    known->kind = name->kind;
    known->len = (uint32_t)name->bytes.len;
    if (known->len) memcpy(bytes_of(directory, known), name->bytes.ptr, known->len);
    known->next = part->first;
    if (known->next) known->next->prev = known;
    part->first = known;
    table_insert(&part->names, name->hash, known, &owner);
    atomic_fetch_add(&part->count, 1);
    atomic_fetch_add(&directory->counts[name->kind], 1);
    return known;
}

static void drop(struct directory *directory, struct part *part, struct known *known)
{
    table_remove(&part->names, known->hash, known, &owner);
    if (!part->names.count) table_fini(&part->names);
    *(known->prev ? &known->prev->next : &part->first) = known->next;
    if (known->next) known->next->prev = known->prev;
    atomic_fetch_sub(&part->count, 1);
    atomic_fetch_sub(&directory->counts[known->kind], 1);
    mem_free(known, size_of(directory, known->len));
}

void directory_join(struct directory *directory, const struct topic_name *name, uint16_t shard)
{
    struct part *part = part_of(directory, name);
    lock(part);
    struct known *known = find(directory, part, name);
    if (!known) known = add(directory, part, name);
    known->counts[shard]++;
    known->total++;
    unlock(part);
}

void directory_leave(struct directory *directory, const struct topic_name *name, uint16_t shard)
{
    struct part *part = part_of(directory, name);
    lock(part);
    struct known *known = find(directory, part, name);
    known->counts[shard]--;
    if (!--known->total) drop(directory, part, known);
    unlock(part);
}

static void note(const struct directory *directory, const struct known *known,
                 struct audience *audience)
{
    audience->subscriptions += known->total;
    for (uint16_t i = 0; i < directory->shard_count; i++)
        if (known->counts[i]) audience->shards[i / 64] |= (uint64_t)1 << i % 64;
}

static void match_patterns(struct directory *directory, struct bytes channel,
                           struct audience *audience)
{
    struct part *part = &directory->parts[PARTS];
    lock(part);
    for (struct known *known = part->first; known; known = known->next)
        if (glob_match(bytes_make(bytes_of(directory, known), known->len), channel))
            note(directory, known, audience);
    unlock(part);
}

void directory_find(struct directory *directory, const struct topic_name *channel,
                    struct audience *audience)
{
    *audience = (struct audience){.subscriptions = 0};
    struct part *part = part_of(directory, channel);
    if (atomic_load(&part->count)) {
        lock(part);
        struct known *known = find(directory, part, channel);
        if (known) note(directory, known, audience);
        unlock(part);
    }
    if (channel->kind == TOPIC_CHANNEL && atomic_load(&directory->counts[TOPIC_PATTERN]))
        match_patterns(directory, channel->bytes, audience);
}

uint64_t directory_subscribers(struct directory *directory, const struct topic_name *name)
{
    struct part *part = part_of(directory, name);
    lock(part);
    struct known *known = find(directory, part, name);
    uint64_t total = known ? known->total : 0;
    unlock(part);
    return total;
}

uint64_t directory_count(struct directory *directory, enum topic_kind kind)
{
    return atomic_load(&directory->counts[kind]);
}

void directory_list(struct directory *directory, enum topic_kind kind,
                    void (*visit)(void *context, struct bytes name, uint64_t subscribers),
                    void *context)
{
    for (size_t i = 0; i <= PARTS; i++) {
        struct part *part = &directory->parts[i];
        if (!atomic_load(&part->count)) continue;
        lock(part);
        for (struct known *known = part->first; known; known = known->next)
            if (known->kind == kind)
                visit(context, bytes_make(bytes_of(directory, known), known->len), known->total);
        unlock(part);
    }
}
