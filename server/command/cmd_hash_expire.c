#include "command/cmd_hash_parts.h"
#include "command/hash_fields.h"

/* What is said of a field, beside what each command has of its own. */
enum { NO_FIELD = -2, NO_EXPIRY = -1, NOT_MET = 0, DONE = 1, GONE = 2 };

static bool is_long(const struct call *call)
{
    return call_is_long(call, (uint64_t)call->arg_count * HASH_FIELD_WORK);
}

static struct outcome reply_all_missing(struct call *call, const struct hash_fields *fields)
{
    writer_array(&call->out, fields->count);
    for (uint32_t i = 0; i < fields->count; i++)
        writer_int(&call->out, NO_FIELD);
    return reply_written(call);
}

/* What a command that changes the expiry of fields has done. */
struct done {
    uint32_t set, removed;
};

/* A deadline that has passed removes the field. */
static void set_deadline(struct call *call, struct collection *hash, struct bytes field,
                         int64_t deadline_ms, struct done *done)
{
    if (deadline_ms > call->now_ms) {
        hash_set_expiry(&hash->value, field, deadline_ms, &call->limits->types);
        done->set++;
    } else {
        hash_remove(&hash->value, field, call->now_ms);
        done->removed++;
    }
}

static void close_changed(struct call *call, struct collection *hash, const struct done *done,
                          enum change_event event)
{
    if (!done->set) event = done->removed ? CHANGE_HDEL : CHANGE_NONE;
    collection_close(call, hash, event);
}

/* What becomes of one field, and what is said of it. */
typedef int64_t change_field(struct call *call, struct collection *hash, struct bytes field,
                             const struct hash_fields *fields, struct done *done);

static struct outcome change_fields(struct call *call, struct collection *hash,
                                    const struct hash_fields *fields, change_field *change,
                                    enum change_event event)
{
    struct done done = {0, 0};
    if (!hash->entry) return reply_all_missing(call, fields);
    collection_open(hash);
    writer_array(&call->out, fields->count);
    for (uint32_t i = 0; i < fields->count; i++) {
        struct bytes field = call->args[fields->first + i];
        writer_int(&call->out, change(call, hash, field, fields, &done));
        breathe(call->breath, HASH_FIELD_WORK);
    }
    close_changed(call, hash, &done, event);
    return reply_written(call);
}

/* HEXPIRE and its like. As in redis-server, these, HTTL, HPERSIST and their like look at the key's
 * type first, and those that read or write values as well at their arguments. */

static bool test_passes(enum hash_fields_test test, int64_t old_ms, int64_t new_ms)
{
    bool expires = old_ms != INT64_MAX;
    switch (test) {
    case FIELDS_NX: return !expires;
    case FIELDS_XX: return expires;
    case FIELDS_GT: return new_ms > old_ms;
    case FIELDS_LT: return new_ms < old_ms;
    default: return true;
    }
}

static int64_t expire_field(struct call *call, struct collection *hash, struct bytes field,
                            const struct hash_fields *fields, struct done *done)
{
    struct hash_found found;
    if (!hash_look(call, hash, field, &found)) return NO_FIELD;
    if (!test_passes(fields->test, found.expiry_ms, fields->deadline_ms)) return NOT_MET;
    set_deadline(call, hash, field, fields->deadline_ms, done);
    return fields->deadline_ms > call->now_ms ? DONE : GONE;
}

static struct outcome expire_fields(struct call *call, enum args_expiry_kind kind)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    int64_t deadline_ms;
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!hash_fields_deadline(call, 2, kind, &deadline_ms, &problem)) return problem;
    if (!hash_fields_read(call, 3, FIELDS_OF_HEXPIRE, &fields, &problem)) return problem;
    fields.deadline_ms = deadline_ms;
    if (is_long(call)) return call_run_long(call);
    return change_fields(call, &hash, &fields, expire_field, CHANGE_HEXPIRE);
}

struct outcome cmd_hexpire(struct call *call)
{
    return expire_fields(call, EXPIRY_EX);
}

struct outcome cmd_hpexpire(struct call *call)
{
    return expire_fields(call, EXPIRY_PX);
}

struct outcome cmd_hexpireat(struct call *call)
{
    return expire_fields(call, EXPIRY_EXAT);
}

struct outcome cmd_hpexpireat(struct call *call)
{
    return expire_fields(call, EXPIRY_PXAT);
}

/* HTTL and its like. */

static int64_t time_of(int64_t expiry_ms, enum args_expiry_kind kind, int64_t now_ms)
{
    int64_t from = kind == EXPIRY_EX || kind == EXPIRY_PX ? now_ms : 0;
    bool seconds = kind == EXPIRY_EX || kind == EXPIRY_EXAT;
    if (expiry_ms == INT64_MAX) return NO_EXPIRY;
    return seconds ? (expiry_ms - from + 999) / 1000 : expiry_ms - from;
}

static struct outcome tell_times(struct call *call, enum args_expiry_kind kind)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    if (!hash_fields_read_plain(call, &fields, &problem)) return problem;
    if (is_long(call)) return call_run_long(call);
    writer_array(&call->out, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct hash_found found;
        bool is_there = hash_look(call, &hash, call->args[fields.first + i], &found);
        int64_t time = is_there ? time_of(found.expiry_ms, kind, call->now_ms) : NO_FIELD;
        writer_int(&call->out, time);
        breathe(call->breath, HASH_FIELD_WORK);
    }
    return reply_written(call);
}

struct outcome cmd_httl(struct call *call)
{
    return tell_times(call, EXPIRY_EX);
}

struct outcome cmd_hpttl(struct call *call)
{
    return tell_times(call, EXPIRY_PX);
}

struct outcome cmd_hexpiretime(struct call *call)
{
    return tell_times(call, EXPIRY_EXAT);
}

struct outcome cmd_hpexpiretime(struct call *call)
{
    return tell_times(call, EXPIRY_PXAT);
}

/* HPERSIST. */

static int64_t persist_field(struct call *call, struct collection *hash, struct bytes field,
                             const struct hash_fields *fields, struct done *done)
{
    struct hash_found found;
    (void)fields;
    if (!hash_look(call, hash, field, &found)) return NO_FIELD;
    if (found.expiry_ms == INT64_MAX) return NO_EXPIRY;
    hash_set_expiry(&hash->value, field, INT64_MAX, &call->limits->types);
    done->set++;
    return DONE;
}

struct outcome cmd_hpersist(struct call *call)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!hash_fields_read_plain(call, &fields, &problem)) return problem;
    if (is_long(call)) return call_run_long(call);
    return change_fields(call, &hash, &fields, persist_field, CHANGE_HPERSIST);
}

/* HGETDEL and HGETEX: the value is written, then the field is changed. */

static bool write_value(struct call *call, const struct collection *hash, struct bytes field)
{
    struct hash_found found;
    bool is_there = hash_look(call, hash, field, &found);
    if (is_there)
        writer_bulk(&call->out, found.value);
    else
        writer_null(&call->out);
    breathe(call->breath, HASH_FIELD_WORK + (is_there ? found.value.len / 64 : 0));
    return is_there;
}

static struct outcome reply_nulls(struct call *call, const struct hash_fields *fields)
{
    writer_array(&call->out, fields->count);
    for (uint32_t i = 0; i < fields->count; i++)
        writer_null(&call->out);
    return reply_written(call);
}

struct outcome cmd_hgetdel(struct call *call)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    struct done done = {0, 0};
    if (!hash_fields_read_plain(call, &fields, &problem)) return problem;
    if (is_long(call)) return call_run_long(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!hash.entry) return reply_nulls(call, &fields);
    collection_open(&hash);
    writer_array(&call->out, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct bytes field = call->args[fields.first + i];
        if (!write_value(call, &hash, field)) continue;
        hash_remove(&hash.value, field, call->now_ms);
        done.removed++;
    }
    close_changed(call, &hash, &done, CHANGE_HDEL);
    return reply_written(call);
}

static void change_expiry(struct call *call, struct collection *hash, struct bytes field,
                          const struct hash_fields *fields, struct done *done)
{
    if (fields->kind == EXPIRY_PERSIST)
        persist_field(call, hash, field, fields, done);
    else if (fields->kind != EXPIRY_NONE)
        set_deadline(call, hash, field, fields->deadline_ms, done);
}

struct outcome cmd_hgetex(struct call *call)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    struct done done = {0, 0};
    if (!hash_fields_read(call, 2, FIELDS_OF_HGETEX, &fields, &problem)) return problem;
    if (is_long(call)) return call_run_long(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!hash.entry) return reply_nulls(call, &fields);
    collection_open(&hash);
    writer_array(&call->out, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct bytes field = call->args[fields.first + i];
        if (write_value(call, &hash, field)) change_expiry(call, &hash, field, &fields, &done);
    }
    bool persists = fields.kind == EXPIRY_PERSIST;
    close_changed(call, &hash, &done, persists ? CHANGE_HPERSIST : CHANGE_HEXPIRE);
    return reply_written(call);
}

/* HSETEX. */

static bool condition_holds(struct call *call, const struct collection *hash,
                            const struct hash_fields *fields)
{
    if (fields->key_new && hash->entry) return false;
    if (fields->key_old && !hash->entry) return false;
    if (!fields->fields_new && !fields->fields_old) return true;
    for (uint32_t i = 0; i < fields->count; i++) {
        struct hash_found found;
        struct bytes field = call->args[fields->first + 2 * i];
        if (hash_look(call, hash, field, &found) == fields->fields_new) return false;
        breathe(call->breath, HASH_FIELD_WORK);
    }
    return true;
}

static void set_fields(struct call *call, struct collection *hash, const struct hash_fields *fields)
{
    struct done done = {0, 0};
    bool has_time = fields->kind >= EXPIRY_EX && fields->kind <= EXPIRY_PXAT;
    int64_t expiry_ms = fields->kind == EXPIRY_KEEPTTL ? HASH_KEEP_EXPIRY : INT64_MAX;
    if (has_time) expiry_ms = fields->deadline_ms;
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct bytes *pair = &call->args[fields->first + 2 * i];
        struct hash_entry entry = {pair[0], pair[1], expiry_ms};
        breathe(call->breath, HASH_FIELD_WORK + entry.value.len / 64);
        if (has_time && expiry_ms <= call->now_ms) {
            done.removed += hash_remove(&hash->value, entry.field, call->now_ms);
        } else {
            hash_put(call, hash, &entry);
            done.set++;
        }
    }
    close_changed(call, hash, &done, CHANGE_HSET);
    if (!has_time || !done.set) return;
    collection_open(hash); /* an event of its own */
    collection_close(call, hash, CHANGE_HEXPIRE);
}

struct outcome cmd_hsetex(struct call *call)
{
    struct hash_fields fields;
    struct outcome problem;
    struct collection hash;
    if (!hash_fields_read(call, 2, FIELDS_OF_HSETEX, &fields, &problem)) return problem;
    if (is_long(call)) return call_run_long(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!condition_holds(call, &hash, &fields)) return reply_int(call, 0);
    collection_open(&hash);
    set_fields(call, &hash, &fields);
    return reply_int(call, 1);
}
