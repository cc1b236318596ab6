#include "types/stream_producer.h"

#include "base/check.h"
#include "ds/counted_btree.h"
#include "mem/mem.h"
#include "types/stream.h"

struct record {
    struct digest digest;
    struct id id;
    int64_t added_ms;
};

struct producer {
    struct record *records;        /* NULL: capacity 0 */
    uint32_t first, end, capacity; /* those from `first` to before `end` are remembered */
    uint32_t name_len;
    uint8_t name[];
};

struct stream_producers {
    struct counted_btree *by_name;
    struct stream_producer_limits limits;
    uint64_t remembered, added, duplicates;
    uint64_t block_bytes; /* of producers and their records */
    uint64_t next;        /* who is looked at next, for what it may forget */
};

/* --- Producers -------------------------------------------------------------------------------- */

static struct bytes name_of(const void *item)
{
    const struct producer *producer = item;
    return bytes_make(producer->name, producer->name_len);
}

static struct producer *producer_at(const struct stream_producers *producers, uint64_t index)
{
    struct counted_cursor cursor = counted_btree_at(producers->by_name, index);
    return cursor.leaf ? counted_cursor_entry(&cursor).item : NULL;
}

static struct producer *find(const struct stream_producers *producers, struct bytes name)
{
    struct counted_key key = {.edge = COUNTED_AT_MEMBER, .member = name};
    struct producer *producer =
        producer_at(producers, counted_btree_rank(producers->by_name, &key));
    return producer && bytes_equal(name_of(producer), name) ? producer : NULL;
}

static size_t producer_bytes(const struct producer *producer)
{
    return sizeof *producer + producer->name_len;
}

static size_t records_bytes(const struct producer *producer)
{
    return producer->capacity * sizeof *producer->records;
}

static size_t block_size_of(const struct producer *producer)
{
    size_t records = producer->capacity ? mem_block_size(records_bytes(producer)) : 0;
    return mem_block_size(producer_bytes(producer)) + records;
}

static struct producer *producer_new(struct stream_producers *producers, struct bytes name)
{
    struct producer *producer = mem_alloc(sizeof *producer + name.len);
    *producer = (struct producer){.name_len = (uint32_t)name.len};
    if (name.len) memcpy(producer->name, name.ptr, name.len);
    counted_btree_insert(producers->by_name, (struct counted_entry){0, producer});
    producers->block_bytes += block_size_of(producer);
    return producer;
}

static void producer_free(struct stream_producers *producers, struct producer *producer)
{
    counted_btree_remove(producers->by_name, (struct counted_entry){0, producer});
    producers->block_bytes -= block_size_of(producer);
    producers->remembered -= producer->end - producer->first;
    if (producer->capacity) mem_free(producer->records, records_bytes(producer));
    mem_free(producer, producer_bytes(producer));
}

/* --- Records ---------------------------------------------------------------------------------- */

static bool is_over(const struct stream_producers *producers, const struct record *record,
                    int64_t now_ms)
{
    return now_ms - record->added_ms >= producers->limits.seconds * 1000;
}

bool stream_producers_find(const struct stream_producers *producers,
                           const struct stream_addition *addition, struct id *id)
{
    const struct producer *producer = producers ? find(producers, addition->producer) : NULL;
    if (!producer) return false;
    /* The latest first: what is sent again was sent just now. */
    for (uint32_t i = producer->end; i-- > producer->first;) {
        const struct record *record = &producer->records[i];
        if (is_over(producers, record, addition->now_ms)) return false;
        if (memcmp(&record->digest, &addition->digest, sizeof record->digest) != 0) continue;
        *id = record->id;
        return true;
    }
    return false;
}

void stream_producers_count_duplicate(struct stream_producers *producers)
{
    producers->duplicates++;
}

/* Drops the oldest while it is over, or there are more than `max`. */
static void forget(struct stream_producers *producers, struct producer *producer, uint32_t max,
                   int64_t now_ms)
{
    while (producer->first < producer->end) {
        bool too_many = producer->end - producer->first > max;
        if (!too_many && !is_over(producers, &producer->records[producer->first], now_ms)) return;
        producer->first++;
        producers->remembered--;
    }
}

static void make_room(struct stream_producers *producers, struct producer *producer)
{
    uint32_t count = producer->end - producer->first;
    if (producer->end < producer->capacity) return;
    if (producer->first > producer->capacity / 4) {
        memmove(producer->records, producer->records + producer->first,
                count * sizeof *producer->records);
        producer->first = 0;
        producer->end = count;
        return;
    }
    uint32_t capacity = producer->capacity ? producer->capacity * 2 : 4;
    producers->block_bytes -= block_size_of(producer);
    size_t bytes = capacity * sizeof *producer->records;
    producer->records = producer->capacity
                            ? mem_resize(producer->records, records_bytes(producer), bytes)
                            : mem_alloc(bytes);
    producer->capacity = capacity;
    producers->block_bytes += block_size_of(producer);
}

static struct stream_producers *producers_of(struct stream *stream)
{
    static const struct counted_limits few = {8, 8};
    if (stream->producers) return stream->producers;
    struct stream_producers *producers = mem_alloc_zero(sizeof *producers);
    producers->by_name = counted_btree_new(name_of, few);
    producers->limits = (struct stream_producer_limits){STREAM_REMEMBER_S, STREAM_REMEMBER_COUNT};
    stream->producers = producers;
    return producers;
}

/* One producer in turn, so that those who send no more are forgotten as well. */
static void look_around(struct stream_producers *producers, int64_t now_ms)
{
    struct producer *producer = producer_at(producers, producers->next++);
    if (!producer) {
        producers->next = 0;
        return;
    }
    forget(producers, producer, UINT32_MAX, now_ms);
    if (producer->first == producer->end) producer_free(producers, producer);
}

void stream_producers_add(struct stream *stream, const struct stream_addition *addition,
                          struct id id)
{
    struct stream_producers *producers = producers_of(stream);
    look_around(producers, addition->now_ms);
    struct producer *producer = find(producers, addition->producer);
    if (!producer) producer = producer_new(producers, addition->producer);
    forget(producers, producer, (uint32_t)producers->limits.count - 1, addition->now_ms);
    make_room(producers, producer);
    producer->records[producer->end++] = (struct record){addition->digest, id, addition->now_ms};
    producers->remembered++;
    producers->added++;
}

/* --- Limits and figures ----------------------------------------------------------------------- */

struct stream_producer_limits stream_producers_limits(const struct stream_producers *producers)
{
    if (producers) return producers->limits;
    return (struct stream_producer_limits){STREAM_REMEMBER_S, STREAM_REMEMBER_COUNT};
}

static void forget_all(struct stream_producers *producers)
{
    struct producer *producer;
    while ((producer = producer_at(producers, 0)))
        producer_free(producers, producer);
}

void stream_producers_set_limits(struct stream *stream, struct stream_producer_limits limits)
{
    struct stream_producers *producers = producers_of(stream);
    struct stream_producer_limits *old = &producers->limits;
    if (old->seconds != limits.seconds || old->count != limits.count) forget_all(producers);
    *old = limits;
}

struct stream_producer_figures stream_producers_figures(const struct stream_producers *producers)
{
    if (!producers) return (struct stream_producer_figures){0, 0, 0, 0};
    return (struct stream_producer_figures){counted_btree_count(producers->by_name),
                                            producers->remembered, producers->added,
                                            producers->duplicates};
}

/* --- As a whole ------------------------------------------------------------------------------- */

void stream_producers_free(struct stream_producers *producers)
{
    if (!producers) return;
    forget_all(producers);
    counted_btree_free(producers->by_name);
    mem_free(producers, sizeof *producers);
}

static void copy_producer(struct stream_producers *copy, const struct producer *old)
{
    struct producer *producer = producer_new(copy, name_of(old));
    uint32_t count = old->end - old->first;
    if (!count) return;
    copy->block_bytes -= block_size_of(producer);
    producer->capacity = producer->end = count;
    producer->records = mem_alloc(records_bytes(producer));
    memcpy(producer->records, old->records + old->first, records_bytes(producer));
    copy->block_bytes += block_size_of(producer);
    copy->remembered += count;
}

struct stream_producers *stream_producers_copy(const struct stream_producers *producers)
{
    if (!producers) return NULL;
    struct stream stream = {.length = 0};
    struct stream_producers *copy = producers_of(&stream);
    copy->limits = producers->limits;
    copy->added = producers->added;
    copy->duplicates = producers->duplicates;
    for (uint64_t i = 0; i < counted_btree_count(producers->by_name); i++)
        copy_producer(copy, producer_at(producers, i));
    return copy;
}

size_t stream_producers_block_size(const struct stream_producers *producers)
{
    if (!producers) return 0;
    return mem_block_size(sizeof *producers) + producers->block_bytes +
           counted_btree_block_size(producers->by_name);
}

void stream_producers_check(const struct stream_producers *producers)
{
    if (!producers) return;
    uint64_t remembered = 0, bytes = 0;
    counted_btree_check(producers->by_name);
    for (uint64_t i = 0; i < counted_btree_count(producers->by_name); i++) {
        const struct producer *producer = producer_at(producers, i);
        ASSERT(producer->first <= producer->end && producer->end <= producer->capacity);
        remembered += producer->end - producer->first;
        bytes += block_size_of(producer);
        ASSERT(producer->end - producer->first <= (uint64_t)producers->limits.count);
    }
    ASSERT(remembered == producers->remembered && bytes == producers->block_bytes);
}
