#include "types/stream_producer.h"

#include "base/check.h"
#include "ds/counted_btree.h"
#include "mem/mem.h"
#include "types/rdb_payload.h"
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

static void forget_all(struct stream_producers *producers, struct breath *breath)
{
    for (uint64_t left = counted_btree_count(producers->by_name); left; left--) {
        producer_free(producers, producer_at(producers, left - 1));
        breathe(breath, 8);
    }
}

void stream_producers_set_limits(struct stream *stream, struct stream_producer_limits limits,
                                 struct breath *breath)
{
    struct stream_producers *producers = producers_of(stream);
    struct stream_producer_limits *old = &producers->limits;
    if (old->seconds != limits.seconds || old->count != limits.count) forget_all(producers, breath);
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

bool stream_producers_free_some(struct stream_producers *producers, uint64_t *work)
{
    if (!producers) return true;
    for (uint64_t left = counted_btree_count(producers->by_name); left; left--) {
        if (!*work) return false;
        producer_free(producers, producer_at(producers, left - 1));
        --*work;
    }
    counted_btree_free(producers->by_name);
    mem_free(producers, sizeof *producers);
    return true;
}

/* Room for so many records, of one that has none. */
static struct record *give_records(struct stream_producers *producers, struct producer *producer,
                                   uint32_t count)
{
    if (!count) return NULL;
    producers->block_bytes -= block_size_of(producer);
    producer->capacity = count;
    producer->records = mem_alloc(records_bytes(producer));
    producers->block_bytes += block_size_of(producer);
    return producer->records;
}

static void copy_producer(struct stream_producers *copy, const struct producer *old)
{
    struct producer *producer = producer_new(copy, name_of(old));
    uint32_t count = old->end - old->first;
    struct record *records = give_records(copy, producer, count);
    if (records) memcpy(records, old->records + old->first, count * sizeof *records);
    producer->end = count;
    copy->remembered += count;
}

struct stream_producers *stream_producers_copy(const struct stream_producers *producers,
                                               struct breath *breath)
{
    if (!producers) return NULL;
    struct stream stream = {.length = 0};
    struct stream_producers *copy = producers_of(&stream);
    copy->limits = producers->limits;
    copy->added = producers->added;
    copy->duplicates = producers->duplicates;
    for (uint64_t i = 0; i < counted_btree_count(producers->by_name); i++) {
        const struct producer *producer = producer_at(producers, i);
        copy_producer(copy, producer);
        breathe(breath, 16 + producer->end - producer->first);
    }
    return copy;
}

/* --- Payloads --------------------------------------------------------------------------------- */

#define DIGEST_MARK                                                                                \
    "\xff"                                                                                         \
    "digest:"

enum { MARK_BYTES = sizeof DIGEST_MARK - 1, MARKED_BYTES = MARK_BYTES + SHA1_BYTES };

static void dump_producer(const struct producer *producer, struct buf *out)
{
    uint8_t marked[MARKED_BYTES];
    memcpy(marked, DIGEST_MARK, MARK_BYTES);
    rdb_write_string(out, name_of(producer));
    rdb_write_length(out, producer->end - producer->first);
    for (uint32_t i = producer->first; i < producer->end; i++) {
        const struct record *record = &producer->records[i];
        memcpy(marked + MARK_BYTES, &record->digest, SHA1_BYTES);
        rdb_write_string(out, bytes_make(marked, sizeof marked));
        rdb_write_length(out, record->id.ms);
        rdb_write_length(out, record->id.seq);
    }
}

void stream_producers_dump(const struct stream_producers *producers, struct buf *out,
                           struct breath *breath)
{
    struct stream_producer_limits limits = stream_producers_limits(producers);
    struct stream_producer_figures figures = stream_producers_figures(producers);
    rdb_write_length(out, (uint64_t)limits.seconds);
    rdb_write_length(out, (uint64_t)limits.count);
    rdb_write_length(out, figures.producers);
    for (uint64_t i = 0; i < figures.producers; i++) {
        const struct producer *producer = producer_at(producers, i);
        dump_producer(producer, out);
        breathe(breath, 16 + 2 * (uint64_t)(producer->end - producer->first));
    }
    rdb_write_length(out, figures.added);
    rdb_write_length(out, figures.duplicates);
}

static struct digest digest_of(struct bytes called)
{
    struct digest digest = {{0}};
    bool marked = called.len == MARKED_BYTES && !memcmp(called.ptr, DIGEST_MARK, MARK_BYTES);
    if (marked)
        memcpy(&digest, called.ptr + MARK_BYTES, sizeof digest);
    else
        digest_next(&digest, called);
    return digest;
}

/* Behind what has been read of the same producer. */
static bool read_record(struct rdb_reader *reader, const struct record *last, struct record *record)
{
    struct rdb_string called;
    if (!rdb_read_string(reader, &called)) return false;
    record->digest = digest_of(rdb_string_view(&called));
    rdb_string_drop(&called);
    if (!rdb_read_length(reader, &record->id.ms) || !rdb_read_length(reader, &record->id.seq))
        return false;
    record->added_ms = record->id.ms < INT64_MAX ? (int64_t)record->id.ms : INT64_MAX;
    return !last || id_compare(record->id, last->id) > 0;
}

static bool read_records(struct stream_producers *producers, struct producer *producer,
                         struct rdb_reader *reader)
{
    uint64_t count;
    if (!rdb_read_length(reader, &count) || count > (uint64_t)producers->limits.count) return false;
    struct record *records = give_records(producers, producer, (uint32_t)count);
    for (uint64_t i = 0; i < count; i++) {
        if (!read_record(reader, i ? &records[i - 1] : NULL, &records[i])) return false;
        producer->end++;
        producers->remembered++;
    }
    return true;
}

static bool read_producer(struct stream_producers *producers, struct rdb_reader *reader)
{
    struct rdb_string name;
    struct producer *producer = NULL;
    if (!rdb_read_string(reader, &name)) return false;
    if (!find(producers, rdb_string_view(&name)))
        producer = producer_new(producers, rdb_string_view(&name));
    rdb_string_drop(&name);
    return producer && read_records(producers, producer, reader);
}

static bool read_limits(struct rdb_reader *reader, struct stream_producer_limits *limits)
{
    uint64_t seconds, count;
    if (!rdb_read_length(reader, &seconds) || !rdb_read_length(reader, &count)) return false;
    *limits = (struct stream_producer_limits){(int64_t)seconds, (int64_t)count};
    return seconds && seconds <= STREAM_REMEMBER_S_MAX && count &&
           count <= STREAM_REMEMBER_COUNT_MAX;
}

bool stream_producers_restore(struct stream *stream, struct rdb_reader *reader,
                              struct breath *breath)
{
    struct stream_producers *producers = producers_of(stream);
    uint64_t count;
    if (!read_limits(reader, &producers->limits) || !rdb_read_length(reader, &count)) return false;
    for (; count; count--) {
        if (!read_producer(producers, reader)) return false;
        breathe(breath, 64);
    }
    return rdb_read_length(reader, &producers->added) &&
           rdb_read_length(reader, &producers->duplicates);
}

/* --- Figures and checks ----------------------------------------------------------------------- */

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
