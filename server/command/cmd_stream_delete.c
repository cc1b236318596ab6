/* XDELEX and XACKDEL: removing entries with regard to the groups that refer to them. */
#include "command/cmd_stream_parts.h"

/* What is answered of an id. */
enum deletion { DELETION_NO_ENTRY = -1, DELETION_DONE = 1, DELETION_WANTED = 2 };

struct deleting {
    enum stream_refs refs;
    struct stream_id_list list;
};

static bool read_deleting(struct call *call, uint32_t at, struct deleting *deleting,
                          struct outcome *problem)
{
    static const struct stream_id_list_texts texts = {
        "Number of IDs must be a positive integer",
        "The `numids` parameter must match the number of arguments"};
    bool has_refs = false;
    *deleting = (struct deleting){.refs = STREAM_KEEP_REFS};
    while (at < call->arg_count) {
        if (args_is(call, at, "ids") && !deleting->list.count) {
            if (!stream_read_id_list(call, &at, &deleting->list, &texts, problem)) return false;
            continue;
        }
        if (has_refs || !stream_is_refs(call, at, &deleting->refs)) break;
        has_refs = true;
        at++;
    }
    if (at == call->arg_count && deleting->list.count) return true;
    *problem = at == call->arg_count ? reply_error(call, "ERR IDS option is required")
                                     : reply_syntax(call);
    return false;
}

static struct outcome write_none(struct call *call, const struct deleting *deleting)
{
    writer_array(&call->out, deleting->list.count);
    for (uint32_t i = 0; i < deleting->list.count; i++)
        writer_int(&call->out, DELETION_NO_ENTRY);
    return reply_written(call);
}

static enum deletion delete_entry(struct stream *stream, struct id id, enum stream_refs refs)
{
    bool is_wanted = refs == STREAM_ACKED && stream_groups_want(stream->groups, id);
    if (is_wanted) return stream_has(stream, id) ? DELETION_WANTED : DELETION_NO_ENTRY;
    if (refs == STREAM_DELETE_REFS) stream_groups_forget(stream->groups, id);
    if (!stream_remove(stream, id)) return DELETION_NO_ENTRY;
    if (id_compare(id, stream->max_deleted_id) > 0) stream->max_deleted_id = id;
    return DELETION_DONE;
}

/* Only what the group had pending is removed; what had gone from the stream before counts as
 * removed. */
static enum deletion acknowledge(struct stream *stream, struct stream_group *group, struct id id,
                                 enum stream_refs refs)
{
    if (!stream_pending_remove(group, id)) return DELETION_NO_ENTRY;
    enum deletion deletion = delete_entry(stream, id, refs);
    return deletion == DELETION_NO_ENTRY ? DELETION_DONE : deletion;
}

/* `group` NULL: whatever any group has of them. */
static struct outcome delete_all(struct call *call, struct collection *at,
                                 struct stream_group *group, const struct deleting *deleting)
{
    uint64_t length = at->value.stream->length;
    collection_open(at);
    struct stream *stream = stream_open(&at->value);
    writer_array(&call->out, deleting->list.count);
    for (uint32_t i = 0; i < deleting->list.count; i++) {
        struct id id = deleting->list.ids[i];
        writer_int(&call->out, group ? acknowledge(stream, group, id, deleting->refs)
                                     : delete_entry(stream, id, deleting->refs));
        breathe(call->breath, 8 + stream_groups_count(stream->groups) * 4);
    }
    bool is_shorter = stream->length < length;
    collection_close(call, at, is_shorter ? CHANGE_XDEL : CHANGE_XGROUP_USE);
    return reply_written(call);
}

static bool is_long(const struct call *call, const struct collection *at,
                    const struct deleting *deleting)
{
    uint64_t groups = stream_groups_count(at->value.stream->groups);
    return call_is_long(call, deleting->list.count * (8 + groups * 4));
}

struct outcome cmd_xdelex(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct deleting deleting;
    if (call_is_long(call, call->arg_count * (uint64_t)8)) return call_run_long(call);
    if (!read_deleting(call, 2, &deleting, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return write_none(call, &deleting);
    if (is_long(call, &at, &deleting)) return call_run_long(call);
    return delete_all(call, &at, NULL, &deleting);
}

struct outcome cmd_xackdel(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct deleting deleting;
    if (call_is_long(call, call->arg_count * (uint64_t)8)) return call_run_long(call);
    if (!read_deleting(call, 3, &deleting, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return write_none(call, &deleting);
    struct stream_group *group = stream_groups_find(at.value.stream->groups, call->args[2]);
    if (!group) return write_none(call, &deleting);
    if (is_long(call, &at, &deleting)) return call_run_long(call);
    return delete_all(call, &at, group, &deleting);
}
