/* XGROUP: groups and their consumers come and go. */
#include "command/cmd_stream_parts.h"

static struct outcome reply_key_required(struct call *call)
{
    return reply_error(call, "ERR The XGROUP subcommand requires the key to exist. Note that for "
                             "CREATE you may want to use the MKSTREAM option to create an empty "
                             "stream automatically.");
}

/* What CREATE and SETID are given. */
struct group_options {
    bool make_stream;
    int64_t entries_read;
};

static bool read_options(struct call *call, bool creates, struct group_options *options,
                         struct outcome *problem)
{
    *options = (struct group_options){false, STREAM_READ_UNKNOWN};
    for (uint32_t at = 5; at < call->arg_count; at++) {
        if (creates && args_is(call, at, "mkstream")) {
            options->make_stream = true;
            continue;
        }
        if (!args_is(call, at, "entriesread") || at + 1 == call->arg_count) {
            *problem = reply_bad_subcommand(call);
            return false;
        }
        if (!args_read_int(call, ++at, &options->entries_read, problem)) return false;
        if (options->entries_read >= STREAM_READ_UNKNOWN) continue;
        *problem = reply_error(call, "ERR value for ENTRIESREAD must be positive or -1");
        return false;
    }
    return true;
}

/* The stream, which must be there, and its group, which must be if it is asked for. */
static bool find(struct call *call, struct collection *at, struct stream_group **group,
                 struct outcome *problem)
{
    if (!collection_find(call, 2, VALUE_STREAM, at)) {
        *problem = reply_wrong_type(call);
        return false;
    }
    if (!at->entry) {
        *problem = reply_key_required(call);
        return false;
    }
    if (!group) return true;
    *group = stream_groups_find(at->value.stream->groups, call->args[3]);
    if (*group) return true;
    *problem = reply_error(call, "NOGROUP No such consumer group '%.*s' for key name '%.*s'",
                           args_print_len(call, 3), (const char *)call->args[3].ptr,
                           args_print_len(call, 2), (const char *)call->args[2].ptr);
    return false;
}

static bool read_start(struct call *call, const struct stream *stream, struct id *id,
                       struct outcome *problem)
{
    if (!args_is(call, 4, "$")) return stream_read_id(call, 4, id, problem);
    *id = stream ? stream->last_id : (struct id){0, 0};
    return true;
}

/* The same, or "-" and "+", which only SETID takes. */
static bool read_any_start(struct call *call, const struct stream *stream, struct id *id,
                           struct outcome *problem)
{
    if (args_is(call, 4, "-") || args_is(call, 4, "+"))
        return stream_id_parse_edge(call->args[4], 0, id);
    return read_start(call, stream, id, problem);
}

static struct outcome xgroup_create(struct call *call)
{
    struct group_options options;
    struct outcome problem;
    struct collection at;
    struct id id;
    if (!read_options(call, true, &options, &problem)) return problem;
    if (options.make_stream) {
        if (!collection_find(call, 2, VALUE_STREAM, &at)) return reply_wrong_type(call);
    } else if (!find(call, &at, NULL, &problem)) {
        return problem;
    }
    if (call->arg_count > 8) return reply_bad_subcommand(call);
    const struct stream *old = at.value.stream;
    if (!read_start(call, old, &id, &problem)) return problem;
    if (old && stream_groups_find(old->groups, call->args[3]))
        return reply_error(call, "BUSYGROUP Consumer Group name already exists");
    collection_open(&at);
    struct stream_group *group = stream_group_new(stream_open(&at.value), call->args[3]);
    group->last_id = id;
    group->entries_read = options.entries_read;
    collection_close(call, &at, CHANGE_XGROUP_CREATE);
    return reply_ok(call);
}

static struct outcome xgroup_setid(struct call *call)
{
    struct group_options options;
    struct outcome problem;
    struct collection at;
    struct stream_group *group;
    struct id id;
    if (!read_options(call, false, &options, &problem)) return problem;
    if (!find(call, &at, &group, &problem)) return problem;
    if (call->arg_count > 7) return reply_bad_subcommand(call);
    if (!read_any_start(call, at.value.stream, &id, &problem)) return problem;
    collection_open(&at);
    group->last_id = id;
    group->entries_read = options.entries_read;
    collection_close(call, &at, CHANGE_XGROUP_SETID);
    return reply_ok(call);
}

static struct outcome xgroup_destroy(struct call *call)
{
    struct collection at;
    struct outcome problem;
    if (!find(call, &at, NULL, &problem)) return problem;
    struct stream *stream = at.value.stream;
    struct stream_group *group = stream_groups_find(stream->groups, call->args[3]);
    if (!group) return reply_int(call, 0);
    if (call_is_long(call, group->pending.count * 8)) return call_run_long(call);
    collection_open(&at);
    stream_group_remove(stream_open(&at.value), group, call->breath);
    collection_close(call, &at, CHANGE_XGROUP_DESTROY);
    return reply_int(call, 1);
}

static struct outcome xgroup_createconsumer(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct stream_group *group;
    if (!find(call, &at, &group, &problem)) return problem;
    if (stream_consumer_find(group, call->args[4])) return reply_int(call, 0);
    collection_open(&at);
    stream_consumer_new(group, call->args[4], call->now_ms);
    collection_close(call, &at, CHANGE_XGROUP_CREATECONSUMER);
    return reply_int(call, 1);
}

static struct outcome xgroup_delconsumer(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct stream_group *group;
    if (!find(call, &at, &group, &problem)) return problem;
    struct stream_consumer *consumer = stream_consumer_find(group, call->args[4]);
    if (!consumer) return reply_int(call, 0);
    int64_t pending = (int64_t)consumer->pending.count;
    if (call_is_long(call, (uint64_t)pending * 8)) return call_run_long(call);
    collection_open(&at);
    stream_consumer_remove(group, consumer, call->breath);
    collection_close(call, &at, CHANGE_XGROUP_DELCONSUMER);
    return reply_int(call, pending);
}

static struct outcome xgroup_help(struct call *call)
{
    static const char *const lines[] = {
        "CREATE <key> <group> <id | $> [MKSTREAM] [ENTRIESREAD <entries-read>]",
        "    A new group, which has read up to the id.",
        "    MKSTREAM: makes the stream if it is not there.",
        "    ENTRIESREAD: how many entries it has read, for its lag.",
        "CREATECONSUMER <key> <group> <consumer>",
        "    A new consumer of a group.",
        "DELCONSUMER <key> <group> <consumer>",
        "    Removes a consumer, and what it has not acknowledged.",
        "DESTROY <key> <group>",
        "    Removes a group.",
        "SETID <key> <group> <id | $> [ENTRIESREAD <entries-read>]",
        "    Lets a group go on behind an id.",
        NULL,
    };
    return reply_help(call, lines);
}

#define MORE CMD_WRITE | CMD_DENYOOM
#define LESS CMD_WRITE

/* clang-format off */
const struct command cmd_stream_group_table[] = {
    {"create", xgroup_create, -5, MORE, ACL_STREAM, KEYS_AT(2, KEY_RW | KEY_INSERT),
     "stream", "5.0.0", "O(1)", "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
     "Makes a group of consumers."},
    {"createconsumer", xgroup_createconsumer, 5, MORE, ACL_STREAM,
     KEYS_AT(2, KEY_RW | KEY_INSERT),
     "stream", "6.2.0", "O(1)", "key group consumer",
     "Makes a consumer of a group."},
    {"delconsumer", xgroup_delconsumer, 5, LESS, ACL_STREAM, KEYS_AT(2, KEY_RW | KEY_DELETE),
     "stream", "5.0.0", "O(N) for N entries that it has not acknowledged", "key group consumer",
     "Removes a consumer, and what it has not acknowledged."},
    {"destroy", xgroup_destroy, 4, LESS, ACL_STREAM, KEYS_AT(2, KEY_RW | KEY_DELETE),
     "stream", "5.0.0", "O(N) for N entries that are pending", "key group",
     "Removes a group."},
    {"help", xgroup_help, 2, CMD_LOADING | CMD_STALE | CMD_FRONT, ACL_STREAM, {{KEYS_NONE}},
     "stream", "5.0.0", "O(1)", "",
     "What the subcommands do."},
    {"setid", xgroup_setid, -5, LESS, ACL_STREAM, KEYS_AT(2, KEY_RW | KEY_UPDATE),
     "stream", "5.0.0", "O(1)", "key group <id | $> [ENTRIESREAD entries-read]",
     "Lets a group go on behind an id."},
    {.name = NULL},
};
/* clang-format on */
