/* XREAD, and what XREADGROUP has in common with it. */
#include "command/cmd_stream_parts.h"
#include "command/wait.h"

enum { CLAIM_PAUSE_MS = 10 }; /* between two looks of one who waits for what others leave */

/* --- Options ---------------------------------------------------------------------------------- */

static bool is_for_groups(const struct call *call)
{
    return bytes_is(call->args[0], "xreadgroup");
}

static bool read_count(struct call *call, uint32_t index, uint64_t *count, struct outcome *problem)
{
    int64_t number;
    if (!args_read_int(call, index, &number, problem)) return false;
    *count = number < 0 ? 0 : (uint64_t)number;
    return true;
}

static bool read_maximum(struct call *call, uint32_t index, uint64_t *max, struct outcome *problem)
{
    int64_t number;
    if (args_int(call, index, &number) && number > 0) {
        *max = (uint64_t)number;
        return true;
    }
    *problem = reply_error(call, "ERR %s must be a positive integer",
                           args_is(call, index - 1, "maxcount") ? "MAXCOUNT" : "MAXSIZE");
    return false;
}

static bool read_claim(struct call *call, uint32_t index, int64_t *idle_ms, struct outcome *problem)
{
    if (!args_int(call, index, idle_ms))
        *problem = reply_error(call, "ERR min-idle-time is not an integer");
    else if (*idle_ms < 0)
        *problem = reply_error(call, "ERR min-idle-time must be a positive integer");
    else
        return true;
    return false;
}

static bool read_streams(struct call *call, uint32_t at, struct stream_reading *reading,
                         struct outcome *problem)
{
    uint32_t count = call->arg_count - at;
    reading->keys_at = at;
    reading->key_count = count / 2;
    if (count % 2 == 0) return true;
    *problem = reply_error(call, "ERR Unbalanced XREAD list of streams: for each stream key an ID "
                                 "or '$' must be specified.");
    return false;
}

/* Keys are found behind the first STREAMS from the fourth argument on, so that no name there may be
 * that word: what it would take for keys are not those that are held. */
static bool hides_streams(const struct call *call, uint32_t group)
{
    return group > 1 &&
           (args_is(call, group + 1, "streams") || args_is(call, group + 2, "streams"));
}

/* Options of groups alone. */
static enum args_match group_option(struct call *call, uint32_t *at, struct stream_reading *reading,
                                    struct outcome *problem)
{
    bool is_group = args_is(call, *at, "group") && *at + 2 < call->arg_count;
    bool is_no_ack = args_is(call, *at, "noack");
    if (!is_group && !is_no_ack) return ARGS_OTHER;
    if (!is_for_groups(call)) {
        *problem = reply_error(call,
                               "ERR The %s option is only supported by XREADGROUP. You called "
                               "XREAD instead.",
                               is_group ? "GROUP" : "NOACK");
        return ARGS_CONFLICT;
    }
    if (is_group && hides_streams(call, *at)) {
        *problem = reply_syntax(call);
        return ARGS_CONFLICT;
    }
    if (is_no_ack) reading->no_ack = true;
    if (is_group) reading->group_at = *at + 1;
    *at += is_group ? 3 : 1;
    return ARGS_TAKEN;
}

/* Options with a value, which is there. */
static enum args_match valued_option(struct call *call, uint32_t at, struct stream_reading *reading,
                                     struct outcome *problem)
{
    bool good;
    if (args_is(call, at, "block"))
        good = reading->blocks = args_milliseconds(call, at + 1, &reading->deadline_ms, problem);
    else if (args_is(call, at, "count"))
        good = read_count(call, at + 1, &reading->count, problem);
    else if (args_is(call, at, "maxcount"))
        good = read_maximum(call, at + 1, &reading->max_count, problem);
    else if (args_is(call, at, "maxsize"))
        good = read_maximum(call, at + 1, &reading->max_bytes, problem);
    else if (args_is(call, at, "claim") && is_for_groups(call))
        good = read_claim(call, at + 1, &reading->claim_idle_ms, problem);
    else
        return ARGS_OTHER;
    return good ? ARGS_TAKEN : ARGS_CONFLICT;
}

static bool read_options(struct call *call, struct stream_reading *reading, struct outcome *problem)
{
    *reading = (struct stream_reading){
        .max_count = UINT64_MAX, .max_bytes = UINT64_MAX, .claim_idle_ms = -1};
    for (uint32_t at = 1; at < call->arg_count;) {
        bool more = at + 1 < call->arg_count;
        if (more && args_is(call, at, "streams"))
            return read_streams(call, at + 1, reading, problem);
        enum args_match match = more ? valued_option(call, at, reading, problem) : ARGS_OTHER;
        if (match == ARGS_TAKEN) at += 2;
        if (match == ARGS_OTHER) match = group_option(call, &at, reading, problem);
        if (match == ARGS_CONFLICT) return false;
        if (match == ARGS_TAKEN) continue;
        break;
    }
    *problem = reply_syntax(call);
    return false;
}

/* --- Keys and ids ----------------------------------------------------------------------------- */

static struct id last_entry_id(const struct stream *stream)
{
    struct stream_cursor last;
    bool found = stream_seek(&last, stream, ID_MAX, true);
    return found ? last.entry.id : (struct id){0, 0};
}

static bool read_after_of_group(struct call *call, uint32_t index, struct id *after,
                                struct outcome *problem)
{
    if (args_is(call, index, ">")) {
        *after = ID_MAX;
        return true;
    }
    if (!args_is(call, index, "$")) return stream_read_id(call, index, after, problem);
    *problem = reply_error(call, "ERR The $ ID is meaningless in the context of XREADGROUP: you "
                                 "want to read the history of this consumer by specifying a "
                                 "proper ID, or use the > ID to get new messages. The $ ID would "
                                 "just return an empty result set.");
    return false;
}

static bool read_after(struct call *call, uint32_t index, const struct stream *stream,
                       struct id *after, struct outcome *problem)
{
    if (args_is(call, index, "$")) {
        *after = stream ? stream->last_id : (struct id){0, 0};
        return true;
    }
    if (args_is(call, index, "+")) {
        *after = last_entry_id(stream);
        stream_id_decrement(after);
        return true;
    }
    if (!args_is(call, index, ">")) return stream_read_id(call, index, after, problem);
    *problem = reply_error(call, "ERR The > ID can be specified only when calling XREADGROUP using "
                                 "the GROUP <group> <consumer> option.");
    return false;
}

#define NO_STREAM "UNBLOCKED the stream key no longer exists"

static bool has_group(struct call *call, uint32_t key, uint32_t group, const struct stream *stream,
                      struct outcome *problem)
{
    if (stream && stream_groups_find(stream->groups, call->args[group])) return true;
    if (call->served)
        *problem = reply_error(call, stream ? "NOGROUP the consumer group this client was blocked "
                                              "on no longer exists"
                                            : NO_STREAM);
    else
        *problem = reply_error(call,
                               "NOGROUP No such key '%.*s' or consumer group '%.*s' in XREADGROUP "
                               "with GROUP option",
                               args_print_len(call, key), (const char *)call->args[key].ptr,
                               args_print_len(call, group), (const char *)call->args[group].ptr);
    return false;
}

/* What may have to be passed for this key. */
static uint64_t work_of(struct call *call, const struct stream_reading *reading,
                        const struct stream *stream)
{
    if (!stream) return 0;
    uint64_t most = reading->count ? reading->count : UINT64_MAX;
    if (reading->max_count < most) most = reading->max_count;
    uint64_t work = stream_reading_work(stream, most);
    if (reading->claim_idle_ms < 0) return work;
    const struct stream_group *group =
        stream_groups_find(stream->groups, call->args[reading->group_at]);
    bool looks = stream_group_may_be_idle(group, call->now_ms, reading->claim_idle_ms);
    return looks ? work + group->pending.count : work;
}

/* Looks at every key before anything is answered. */
static bool read_keys(struct call *call, struct stream_reading *reading, uint64_t *work,
                      struct outcome *problem)
{
    reading->after =
        arena_alloc_array(call->scratch, reading->key_count + 1, sizeof *reading->after);
    *work = 0;
    for (uint32_t i = 0; i < reading->key_count; i++) {
        struct collection at;
        uint32_t key = reading->keys_at + i, id = key + reading->key_count;
        if (!call_looks_at(call, key)) continue;
        if (!collection_read(call, key, VALUE_STREAM, &at)) {
            *problem = call->served ? reply_error(call, NO_STREAM) : reply_wrong_type(call);
            return false;
        }
        const struct stream *stream = at.value.stream;
        if (reading->group_at && !has_group(call, key, reading->group_at, stream, problem))
            return false;
        bool good = reading->group_at ? read_after_of_group(call, id, &reading->after[i], problem)
                                      : read_after(call, id, stream, &reading->after[i], problem);
        if (!good) return false;
        if (call->served && !reading->group_at)
            reading->after[i] = (struct id){call->served->memo[0], call->served->memo[1]};
        *work += work_of(call, reading, stream);
        breathe(call->breath, 8);
    }
    return true;
}

/* --- The reply -------------------------------------------------------------------------------- */

void stream_reading_begin(struct call *call, struct stream_reading *reading, uint32_t key)
{
    if (!reading->hole) reading->hole = writer_hole(&call->out);
    if (call->out.protocol == 2) writer_array(&call->out, 2);
    writer_bulk(&call->out, call->args[key]);
    reading->entries = writer_hole(&call->out);
    reading->written = 0;
    reading->left = reading->count ? reading->count : UINT64_MAX;
    reading->streams++;
}

void stream_reading_end(struct call *call, struct stream_reading *reading)
{
    writer_close_array(&call->out, reading->entries, reading->written);
}

static uint64_t entry_bytes(const struct stream_cursor *cursor)
{
    char digits[NUMBER_INT_MAX];
    struct listpack_element field, value;
    struct stream_fields fields = stream_fields_of(cursor);
    uint64_t bytes = 0;
    while (stream_field_next(&fields, &field, &value)) {
        bytes += listpack_text(&field, digits).len;
        bytes += listpack_text(&value, digits).len;
    }
    return bytes;
}

/* The very first entry is written however large it is, or a reader would never get beyond it. */
bool stream_reading_takes(struct stream_reading *reading, const struct stream_cursor *cursor)
{
    if (!reading->left || !reading->max_count) return false;
    if (reading->max_bytes != UINT64_MAX) {
        uint64_t bytes = cursor ? entry_bytes(cursor) : 0;
        bool is_first = reading->streams == 1 && !reading->written;
        if (!is_first && reading->bytes + bytes > reading->max_bytes) return false;
        reading->bytes += bytes;
    }
    reading->left--;
    if (reading->max_count != UINT64_MAX) reading->max_count--;
    reading->written++;
    return true;
}

/* Entries behind what the reader, or its group, has had. */
static bool is_served(const struct waiter *waiter, const struct wait *wait,
                      const struct entry *entry)
{
    if (!entry || entry_type(entry) != VALUE_STREAM) return waiter->minds;
    struct value value = entry_view(entry);
    struct stream_cursor cursor;
    struct id from = {wait->memo[0], wait->memo[1]};
    if (waiter->minds) {
        const struct stream_group *group = stream_groups_find(value.stream->groups, waiter->name);
        if (!group) return true;
        from = group->last_id;
    }
    return stream_id_increment(&from) && stream_seek(&cursor, value.stream, from, false);
}

/* When something that is pending now, or will be, may have been idle for long enough. */
static int64_t next_claim_ms(struct call *call, const struct stream_reading *reading)
{
    int64_t soonest_ms;
    if (reading->claim_idle_ms < 0) return INT64_MAX;
    int64_t oldest_ms = call->now_ms;
    for (uint32_t i = 0; i < reading->key_count; i++) {
        struct collection at;
        if (!collection_find(call, reading->keys_at + i, VALUE_STREAM, &at) || !at.entry) continue;
        const struct stream_group *group =
            stream_groups_find(at.value.stream->groups, call->args[reading->group_at]);
        if (group && group->pending.count && group->oldest_ms < oldest_ms)
            oldest_ms = group->oldest_ms;
    }
    if (__builtin_add_overflow(oldest_ms, reading->claim_idle_ms, &soonest_ms)) return INT64_MAX;
    int64_t least_ms = call->now_ms + CLAIM_PAUSE_MS;
    return soonest_ms > least_ms ? soonest_ms : least_ms;
}

/* Readers of a group mind that it goes. */
static struct outcome wait_for_entries(struct call *call, const struct stream_reading *reading)
{
    struct outcome otherwise;
    struct waiter *waiter = call_waiter(call, reading->key_count, &otherwise);
    if (!waiter) return otherwise;
    waiter->is_served = is_served;
    waiter->deadline_ms = reading->deadline_ms;
    waiter->again_ms = next_claim_ms(call, reading);
    waiter->minds = reading->group_at != 0;
    if (waiter->minds) waiter_set_name(waiter, call->args[reading->group_at]);
    for (uint32_t i = 0; i < waiter->count; i++) {
        struct wait *wait = &waiter->waits[i];
        wait->index = reading->keys_at + i;
        wait->memo[0] = reading->after[i].ms;
        wait->memo[1] = reading->after[i].seq;
    }
    return call_wait(call, waiter);
}

bool stream_reading_can_wait(const struct bytes *args, uint32_t arg_count)
{
    for (uint32_t i = 1; i < arg_count && !bytes_is(args[i], "streams"); i++)
        if (bytes_is(args[i], "block")) return true;
    return false;
}

static struct outcome finish(struct call *call, struct stream_reading *reading)
{
    if (!reading->hole && reading->blocks && !call->is_queued)
        return wait_for_entries(call, reading);
    if (!reading->hole) return reply_null_array(call);
    if (call->out.protocol == 2)
        writer_close_array(&call->out, reading->hole, reading->streams);
    else
        writer_close_map(&call->out, reading->hole, reading->streams);
    return reply_written(call);
}

/* Entries behind reading->after, if there are any. A stream that is missing is missed once more. */
static void serve(struct call *call, struct stream_reading *reading, uint32_t index)
{
    struct collection at;
    struct stream_cursor cursor;
    struct id from = reading->after[index];
    uint32_t key = reading->keys_at + index;
    collection_read(call, key, VALUE_STREAM, &at);
    if (!reading->max_count || !stream_id_increment(&from)) return;
    bool more = stream_seek(&cursor, at.value.stream, from, false);
    if (!more || (reading->streams && reading->bytes >= reading->max_bytes)) return;
    stream_reading_begin(call, reading, key);
    for (; more && stream_reading_takes(reading, &cursor); more = stream_step(&cursor, false)) {
        stream_write_entry(call, &cursor);
        breathe(call->breath, 2);
    }
    stream_reading_end(call, reading);
}

static struct outcome read_all(struct call *call)
{
    struct stream_reading reading;
    struct outcome problem;
    uint64_t work;
    if (!read_options(call, &reading, &problem)) return problem;
    if (is_for_groups(call) && !reading.group_at)
        return reply_error(call, "ERR Missing GROUP option for XREADGROUP");
    if (call_is_long(call, reading.key_count * (uint64_t)16)) return call_run_long(call);
    if (!read_keys(call, &reading, &work, &problem)) return problem;
    if (call_is_long(call, work)) return call_run_long(call);
    for (uint32_t i = 0; i < reading.key_count; i++) {
        if (!call_looks_at(call, reading.keys_at + i)) continue;
        if (reading.group_at)
            stream_deliver(call, &reading, i);
        else
            serve(call, &reading, i);
    }
    return finish(call, &reading);
}

struct outcome cmd_xread(struct call *call)
{
    return read_all(call);
}

struct outcome cmd_xreadgroup(struct call *call)
{
    return read_all(call);
}
