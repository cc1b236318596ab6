/* CLIENT TRACKING, TRACKINGINFO, CACHING and GETREDIR. */
#include "client/tracking.h"
#include "command/args.h"
#include "command/reply.h"

/* What a CLIENT TRACKING ON says. */
struct wish {
    uint32_t flags;
    int64_t redirect_id;
    uint32_t prefix_count;
    uint32_t *prefixes; /* arguments */
};

static bool read_redirect(struct call *call, uint32_t at, struct wish *wish,
                          struct outcome *problem)
{
    if (wish->redirect_id) {
        *problem = reply_error(call, "ERR A client can only redirect to a single other client");
        return false;
    }
    if (!args_read_int(call, at, &wish->redirect_id, problem)) return false;
    if (wish->redirect_id > 0) return true;
    *problem = reply_error(call, "ERR The client ID you want redirect to does not exist");
    return false;
}

static uint32_t flag_of(const struct call *call, uint32_t at)
{
    if (args_is(call, at, "bcast")) return TRACKING_BCAST;
    if (args_is(call, at, "optin")) return TRACKING_OPTIN;
    if (args_is(call, at, "optout")) return TRACKING_OPTOUT;
    return args_is(call, at, "noloop") ? TRACKING_NOLOOP : 0;
}

static bool read_wish(struct call *call, struct wish *wish, struct outcome *problem)
{
    *wish = (struct wish){
        .prefixes = arena_alloc_array(call->scratch, call->arg_count, sizeof *wish->prefixes)};
    for (uint32_t i = 3; i < call->arg_count; i++) {
        bool more = i + 1 < call->arg_count;
        uint32_t flag = flag_of(call, i);
        if (flag) {
            wish->flags |= flag;
        } else if (more && args_is(call, i, "redirect")) {
            if (!read_redirect(call, ++i, wish, problem)) return false;
        } else if (more && args_is(call, i, "prefix")) {
            wish->prefixes[wish->prefix_count++] = ++i;
        } else {
            *problem = reply_syntax(call);
            return false;
        }
    }
    return true;
}

#define UNTIL_DISABLED                                                                             \
    "before disabling tracking for this client, and then re-enabling it with a different mode."

/* NULL: the wish can be fulfilled. */
static const char *find_conflict(const struct wish *wish, const struct tracking *now)
{
    bool bcast = wish->flags & TRACKING_BCAST, optin = wish->flags & TRACKING_OPTIN,
         optout = wish->flags & TRACKING_OPTOUT;
    if (!bcast && wish->prefix_count) return "PREFIX option requires BCAST mode to be enabled";
    if (now && bcast != !!(now->flags & TRACKING_BCAST))
        return "You can't switch BCAST mode on/off " UNTIL_DISABLED;
    if (bcast && (optin || optout)) return "OPTIN and OPTOUT are not compatible with BCAST";
    if (optin && optout) return "You can't specify both OPTIN mode and OPTOUT mode";
    if (now && ((optin && now->flags & TRACKING_OPTOUT) || (optout && now->flags & TRACKING_OPTIN)))
        return "You can't switch OPTIN/OPTOUT mode " UNTIL_DISABLED;
    return NULL;
}

static bool overlap(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    return !len || !memcmp(a.ptr, b.ptr, len);
}

static bool prefixes_are_apart(struct call *call, const struct wish *wish,
                               const struct tracking *now, struct outcome *problem)
{
    for (uint32_t i = 0; i < wish->prefix_count; i++) {
        struct bytes prefix = call->args[wish->prefixes[i]];
        for (uint32_t j = 0; now && j < now->prefix_count; j++) {
            if (!overlap(prefix, now->prefixes[j])) continue;
            *problem = reply_error(call,
                                   "ERR Prefix '%.*s' overlaps with an existing prefix '%.*s'. "
                                   "Prefixes for a single client must not overlap.",
                                   (int)prefix.len, prefix.ptr, (int)now->prefixes[j].len,
                                   now->prefixes[j].ptr);
            return false;
        }
        for (uint32_t j = i + 1; j < wish->prefix_count; j++) {
            struct bytes other = call->args[wish->prefixes[j]];
            if (!overlap(prefix, other)) continue;
            *problem = reply_error(call,
                                   "ERR Prefix '%.*s' overlaps with another provided prefix "
                                   "'%.*s'. Prefixes for a single client must not overlap.",
                                   (int)prefix.len, prefix.ptr, (int)other.len, other.ptr);
            return false;
        }
    }
    return true;
}

static struct bytes own_copy(struct bytes bytes)
{
    uint8_t *copy = mem_alloc(bytes.len + 1);
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    return bytes_make(copy, bytes.len);
}

static bool has_prefix(const struct tracking *tracking, struct bytes prefix)
{
    for (uint32_t i = 0; tracking && i < tracking->prefix_count; i++)
        if (bytes_equal(tracking->prefixes[i], prefix)) return true;
    return false;
}

/* What it will be: what it is now, and what is new. BCAST without a prefix means all keys, also
 * beside prefixes of before. */
static struct tracking *make_tracking(struct call *call, const struct wish *wish)
{
    const struct tracking *now = call->client->tracking;
    bool all = wish->flags & TRACKING_BCAST && !wish->prefix_count && !has_prefix(now, BYTES(""));
    uint32_t kept = now ? now->prefix_count : 0;
    struct tracking *tracking = mem_alloc_zero(sizeof *tracking);
    tracking->flags = wish->flags;
    tracking->redirect_id = (uint64_t)wish->redirect_id;
    tracking->prefix_count = kept + wish->prefix_count + all;
    if (tracking->prefix_count)
        tracking->prefixes = mem_alloc(tracking->prefix_count * sizeof *tracking->prefixes);
    for (uint32_t i = 0; i < kept; i++)
        tracking->prefixes[i] = own_copy(now->prefixes[i]);
    for (uint32_t i = 0; i < wish->prefix_count; i++)
        tracking->prefixes[kept + i] = own_copy(call->args[wish->prefixes[i]]);
    if (all) tracking->prefixes[kept] = own_copy(BYTES(""));
    return tracking;
}

static struct outcome turn_on(struct call *call)
{
    struct wish wish;
    struct outcome problem;
    const struct tracking *now = call->client->tracking;
    if (!read_wish(call, &wish, &problem)) return problem;
    const char *conflict = find_conflict(&wish, now);
    if (conflict) return reply_error(call, "ERR %s", conflict);
    if (!prefixes_are_apart(call, &wish, now, &problem)) return problem;
    if (call->client->index >= TRACKER_INDEX_MAX)
        return reply_error(call, "ERR too many clients to track keys");
    return tracking_start(call, make_tracking(call, &wish));
}

struct outcome cmd_client_tracking(struct call *call)
{
    struct wish wish;
    struct outcome problem;
    if (args_is(call, 2, "on")) return turn_on(call);
    if (!read_wish(call, &wish, &problem)) return problem;
    if (!args_is(call, 2, "off")) return reply_syntax(call);
    tracking_stop(call->client);
    return reply_ok(call);
}

static struct outcome say_caching(struct call *call, enum tracking_flag mode, const char *text)
{
    struct tracking *tracking = call->client->tracking;
    if (!(tracking->flags & (uint32_t)mode)) return reply_error(call, "ERR %s", text);
    tracking->flags |= TRACKING_CACHING;
    return reply_ok(call);
}

struct outcome cmd_client_caching(struct call *call)
{
    if (!call->client->tracking)
        return reply_error(call, "ERR CLIENT CACHING can be called only when the client is in "
                                 "tracking mode with OPTIN or OPTOUT mode enabled");
    if (args_is(call, 2, "yes"))
        return say_caching(call, TRACKING_OPTIN,
                           "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN "
                           "mode.");
    if (args_is(call, 2, "no"))
        return say_caching(call, TRACKING_OPTOUT,
                           "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT "
                           "mode.");
    return reply_syntax(call);
}

static int64_t redirection_of(const struct client *client)
{
    return client->tracking ? (int64_t)client->tracking->redirect_id : -1;
}

struct outcome cmd_client_getredir(struct call *call)
{
    return reply_int(call, redirection_of(call->client));
}

static void write_flags(struct call *call, const struct tracking *tracking)
{
    struct chunk *hole = writer_hole(&call->out);
    struct writer *out = &call->out;
    uint32_t flags = tracking ? tracking->flags : 0;
    size_t count = 1;
    writer_bulk_string(out, tracking ? "on" : "off");
    const struct {
        uint32_t flags; /* all of these */
        const char *name;
    } names[] = {
        {TRACKING_BCAST, "bcast"},
        {TRACKING_OPTIN, "optin"},
        {TRACKING_OPTIN | TRACKING_CACHING, "caching-yes"},
        {TRACKING_OPTOUT, "optout"},
        {TRACKING_OPTOUT | TRACKING_CACHING, "caching-no"},
        {TRACKING_NOLOOP, "noloop"},
        {TRACKING_BROKEN, "broken_redirect"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((flags & names[i].flags) != names[i].flags) continue;
        writer_bulk_string(out, names[i].name);
        count++;
    }
    writer_close_set(out, hole, count);
}

struct outcome cmd_client_trackinginfo(struct call *call)
{
    const struct tracking *tracking = call->client->tracking;
    struct writer *out = &call->out;
    writer_map(out, 3);
    writer_bulk_string(out, "flags");
    write_flags(call, tracking);
    writer_bulk_string(out, "redirect");
    writer_int(out, redirection_of(call->client));
    writer_bulk_string(out, "prefixes");
    writer_array(out, tracking ? tracking->prefix_count : 0);
    for (uint32_t i = 0; tracking && i < tracking->prefix_count; i++)
        writer_bulk(out, tracking->prefixes[i]);
    return reply_written(call);
}
