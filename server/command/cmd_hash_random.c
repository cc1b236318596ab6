#include "base/random.h"
#include "command/cmd_hash_parts.h"
#include "command/sampler.h"

/* Fields that can be drawn in one step each. Those of a small hash are gathered first, and so are
 * those of one in which some have expired. */
struct source {
    const struct value *hash;
    struct hash_entry *entries; /* NULL: the hash draws quickly itself */
    uint64_t count;
};

static struct bytes kept(struct call *call, struct bytes text, const char *digits)
{
    return (const char *)text.ptr == digits ? arena_copy(call->scratch, text) : text;
}

static struct source source_of(struct call *call, const struct value *hash)
{
    struct source source = {hash, NULL, value_count(hash)};
    struct hash_cursor cursor;
    struct hash_entry entry;
    if (hash_is_large(hash) && !hash_is_due(call, hash)) return source;
    source.entries = arena_alloc_array(call->scratch, source.count, sizeof *source.entries);
    source.count = 0;
    hash_begin(&cursor, hash, call->now_ms);
    while (hash_next(&cursor, &entry)) {
        entry.field = kept(call, entry.field, cursor.digits[0]);
        entry.value = kept(call, entry.value, cursor.digits[1]);
        source.entries[source.count++] = entry;
        breathe(call->breath, 1);
    }
    return source;
}

static struct hash_entry draw(const struct source *source, struct random *random)
{
    if (source->entries) return source->entries[random_below(random, source->count)];
    return hash_random(source->hash, random);
}

static void write_head(struct call *call, uint64_t count, bool with_values)
{
    bool is_flat = with_values && call->out.protocol == 2;
    writer_array(&call->out, is_flat ? count * 2 : count);
}

static void write_entry(struct call *call, const struct hash_entry *entry, bool with_values)
{
    if (with_values && call->out.protocol == 3) writer_array(&call->out, 2);
    writer_bulk(&call->out, entry->field);
    if (with_values) writer_bulk(&call->out, entry->value);
    breathe(call->breath, 2 + (entry->field.len + entry->value.len) / 64);
}

static size_t draw_len(void *source, struct random *random)
{
    struct hash_entry entry = draw(source, random);
    return entry.field.len + entry.value.len;
}

static struct outcome reply_repeating(struct call *call, struct source *source, uint64_t count,
                                      bool with_values)
{
    struct random random;
    struct outcome problem;
    if (!sample_fits(call, source->hash, count, draw_len, source, &random, &problem))
        return problem;
    write_head(call, count, with_values);
    for (; count; count--) {
        struct hash_entry entry = draw(source, &random);
        write_entry(call, &entry, with_values);
    }
    return reply_written(call);
}

static void write_gathered(struct call *call, const struct source *source, uint64_t count,
                           bool with_values)
{
    struct pass pass = {count, source->count};
    for (uint64_t i = 0; pass.wanted; i++)
        if (pass_takes(&pass, call->random)) write_entry(call, &source->entries[i], with_values);
}

static void write_passing(struct call *call, const struct source *source, uint64_t count,
                          bool with_values)
{
    struct pass pass = {count, source->count};
    struct hash_cursor cursor;
    struct hash_entry entry;
    hash_begin(&cursor, source->hash, call->now_ms);
    while (pass.wanted && hash_next(&cursor, &entry)) {
        breathe(call->breath, 1);
        if (pass_takes(&pass, call->random)) write_entry(call, &entry, with_values);
    }
}

static void write_drawing(struct call *call, const struct source *source, uint64_t count,
                          bool with_values)
{
    struct drawn drawn;
    drawn_init(&drawn, call, count);
    while (count) {
        struct hash_entry entry = draw(source, call->random);
        breathe(call->breath, 4);
        if (!drawn_add(&drawn, entry.field.ptr)) continue;
        write_entry(call, &entry, with_values);
        count--;
    }
}

/* Drawing until enough different ones have come is good while that is few of many. */
static struct outcome reply_distinct(struct call *call, const struct source *source, uint64_t count,
                                     bool with_values)
{
    if (count > source->count) count = source->count;
    write_head(call, count, with_values);
    if (source->entries)
        write_gathered(call, source, count, with_values);
    else if (count < source->count / 3)
        write_drawing(call, source, count, with_values);
    else
        write_passing(call, source, count, with_values);
    return reply_written(call);
}

static struct outcome random_one(struct call *call)
{
    struct collection hash;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    struct source source = source_of(call, &hash.value);
    if (!source.count) return reply_null(call);
    struct hash_entry entry = draw(&source, call->random);
    return reply_bulk(call, entry.field);
}

/* Small samples of large hashes are little work, all others pass them. */
static uint64_t work_of(const struct call *call, const struct value *hash,
                        const struct sample *sample)
{
    uint64_t fields = value_count(hash), work = hash_work(hash);
    bool passes = !sample->repeats && sample->count >= fields / 3;
    if (passes || hash_is_due(call, hash)) return work;
    return sample->count < UINT64_MAX / 8 ? sample->count * 4 : UINT64_MAX;
}

struct outcome cmd_hrandfield(struct call *call)
{
    struct collection hash;
    struct sample sample;
    struct outcome problem;
    bool with_values;
    if (call->arg_count == 2) return random_one(call);
    if (!sample_read_pairs(call, 2, "withvalues", &sample, &with_values, &problem)) return problem;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    if (call_is_long(call, work_of(call, &hash.value, &sample))) return call_run_long(call);
    struct source source = source_of(call, &hash.value);
    if (!source.count || !sample.count) return reply_empty_array(call);
    return sample.repeats ? reply_repeating(call, &source, sample.count, with_values)
                          : reply_distinct(call, &source, sample.count, with_values);
}
