#include "client/client_filter.h"

#include "client/multi.h"
#include "client/tracking.h"
#include "command/args.h"
#include "command/reply.h"

static const struct {
    const char *name;
    bool is_number;
} fields[FILTER_FIELD_COUNT] = {
    [FILTER_ID] = {"id", false},
    [FILTER_ADDR] = {"addr", false},
    [FILTER_LADDR] = {"laddr", false},
    [FILTER_IP] = {"ip", false},
    [FILTER_USER] = {"user", false},
    [FILTER_TYPE] = {"type", false},
    [FILTER_FLAGS] = {"flags", false},
    [FILTER_NAME] = {"name", false},
    [FILTER_LIB_NAME] = {"lib-name", false},
    [FILTER_LIB_VERSION] = {"lib-ver", false},
    [FILTER_DB] = {"db", true},
    [FILTER_MAXAGE] = {"maxage", true},
    [FILTER_IDLE] = {"idle", true},
};

static bool find_field(struct bytes word, enum filter_field *field, bool *negative)
{
    *negative = word.len > 4 && bytes_equal_nocase(bytes_make(word.ptr, 4), BYTES("not-"));
    if (*negative) word = bytes_make(word.ptr + 4, word.len - 4);
    for (int i = 0; i < FILTER_FIELD_COUNT; i++) {
        if (!bytes_equal_nocase(word, bytes_of_string(fields[i].name))) continue;
        *field = (enum filter_field)i;
        return true;
    }
    return false;
}

static bool type_is_known(struct bytes type)
{
    return bytes_is(type, "normal") || bytes_is(type, "slave") || bytes_is(type, "replica") ||
           bytes_is(type, "master") || bytes_is(type, "primary") || bytes_is(type, "pubsub");
}

/* The letters that CLIENT LIST has for flags, in any version of redis-server. */
static bool flags_are_known(struct bytes flags)
{
    for (size_t i = 0; i < flags.len; i++)
        if (!flags.ptr[i] || !strchr("OSMPxbtRBdcuAUreTIEN", flags.ptr[i])) return false;
    return flags.len > 0;
}

static bool begins_condition(struct call *call, uint32_t at)
{
    enum filter_field field;
    bool negative;
    return args_is(call, at, "skipme") || find_field(call->args[at], &field, &negative);
}

/* One or, for CLIENT LIST, several ids from args[*at] on, of which none need exist. */
static bool read_ids(struct client_filter *filter, struct filter_condition *condition,
                     struct call *call, uint32_t *at, bool several)
{
    uint64_t *ids = arena_alloc_array(&filter->texts, call->arg_count, sizeof *ids);
    int64_t id;
    condition->ids = ids;
    do {
        if (!args_int(call, *at, &id)) return condition->id_count && begins_condition(call, *at);
        if (id < 1 && !several) return false;
        ids[condition->id_count++] = (uint64_t)id;
        (*at)++;
    } while (several && *at < call->arg_count);
    return true;
}

static bool fail(struct outcome *problem, struct outcome answer)
{
    *problem = answer;
    return false;
}

static bool read_value(struct client_filter *filter, struct filter_condition *condition,
                       struct call *call, uint32_t *at, enum filter_use use,
                       struct outcome *problem)
{
    struct bytes word = call->args[*at];
    int shown = args_print_len(call, *at);
    if (condition->field == FILTER_ID) {
        bool good = read_ids(filter, condition, call, at, use == FILTER_FOR_LIST);
        return good || fail(problem, use == FILTER_FOR_LIST
                                         ? reply_error(call, "ERR Invalid client ID")
                                         : reply_error(call, "ERR client-id should be greater "
                                                             "than 0"));
    }
    if (condition->field == FILTER_TYPE && !type_is_known(word))
        return fail(problem, reply_error(call, "ERR Unknown client type '%.*s'", shown, word.ptr));
    if (condition->field == FILTER_FLAGS && !flags_are_known(word))
        return fail(problem, reply_error(call,
                                         "ERR Unknown flags found in the provided filter: "
                                         "%.*s",
                                         shown, word.ptr));
    if (condition->field == FILTER_USER && !bytes_equal(word, BYTES("default")))
        return fail(problem, reply_error(call, "ERR No such user '%.*s'", shown, word.ptr));
    if (fields[condition->field].is_number && !args_int(call, *at, &condition->number))
        return fail(problem, reply_not_int(call));
    condition->text = arena_copy(&filter->texts, word);
    (*at)++;
    return true;
}

bool client_filter_read(struct client_filter *filter, struct call *call, uint32_t from,
                        enum filter_use use, struct outcome *problem)
{
    *filter = (struct client_filter){.me = call->client->id, .skip_me = use == FILTER_FOR_KILL};
    arena_init(&filter->texts);
    for (uint32_t at = from; at < call->arg_count;) {
        struct filter_condition condition = {0};
        bool has_value = at + 1 < call->arg_count;
        if (has_value && args_is(call, at, "skipme")) {
            bool yes = args_is(call, at + 1, "yes");
            if (!yes && !args_is(call, at + 1, "no")) return fail(problem, reply_syntax(call));
            filter->skip_me = yes;
            at += 2;
            continue;
        }
        if (!has_value || filter->count == FILTER_CONDITIONS_MAX ||
            !find_field(call->args[at], &condition.field, &condition.negative))
            return fail(problem, reply_syntax(call));
        at++;
        if (!read_value(filter, &condition, call, &at, use, problem)) return false;
        filter->conditions[filter->count++] = condition;
    }
    return true;
}

void client_filter_for_address(struct client_filter *filter, struct call *call,
                               struct bytes address)
{
    *filter = (struct client_filter){.me = call->client->id, .count = 1};
    arena_init(&filter->texts);
    filter->conditions[0] = (struct filter_condition){.field = FILTER_ADDR,
                                                      .text = arena_copy(&filter->texts, address)};
}

void client_filter_fini(struct client_filter *filter)
{
    arena_fini(&filter->texts);
}

static bool has_id(const struct filter_condition *condition, uint64_t id)
{
    for (uint32_t i = 0; i < condition->id_count; i++)
        if (condition->ids[i] == id) return true;
    return false;
}

enum { ADDRESS_TEXT = CLIENT_ADDRESS_MAX, FLAGS_TEXT = 16 };

static void print_address(const struct client *client, bool peer, char *out)
{
    struct socket_address address;
    int error = peer && !(client->flags & CLIENT_UNIX_SOCKET)
                    ? socket_peer_address(client->conn.fd, &address)
                    : socket_local_address(client->conn.fd, &address);
    if (error)
        memcpy(out, "?:0", 4);
    else
        socket_address_print(&address, out, ADDRESS_TEXT);
}

void client_print_peer(const struct client *client, char *out)
{
    print_address(client, true, out);
}

static bool has_address(const struct client *client, bool peer, struct bytes wanted)
{
    char text[ADDRESS_TEXT];
    print_address(client, peer, text);
    return bytes_equal(bytes_of_string(text), wanted);
}

static bool has_ip(const struct client *client, struct bytes wanted)
{
    char text[ADDRESS_TEXT];
    print_address(client, true, text);
    char *port = strrchr(text, ':');
    if (port) *port = '\0';
    struct bytes ip = bytes_of_string(text);
    if (ip.len > 1 && ip.ptr[0] == '[') ip = bytes_make(ip.ptr + 1, ip.len - 2);
    return bytes_equal(ip, wanted);
}

bool client_is_blocked(const struct client *client)
{
    return client->blocking || client->stops & STOP_PAUSED;
}

static void print_flags(const struct client *client, char *out)
{
    char *at = out;
    if (client_is_blocked(client)) *at++ = 'b';
    if (client->flags & CLIENT_MONITOR) *at++ = 'O';
    if (client->listening) *at++ = 'P';
    if (client->block) *at++ = 'x';
    if (client->tracking) *at++ = 't';
    if (client->tracking && client->tracking->flags & TRACKING_BROKEN) *at++ = 'R';
    if (client->tracking && client->tracking->flags & TRACKING_BCAST) *at++ = 'B';
    if (watch_set_is_dirty(client->watches)) *at++ = 'd';
    if (client->flags & CLIENT_LEAVING) *at++ = 'c';
    if (client->flags & CLIENT_UNIX_SOCKET) *at++ = 'U';
    if (client->flags & CLIENT_NO_EVICT) *at++ = 'e';
    if (client->flags & CLIENT_NO_TOUCH) *at++ = 'T';
    if (at == out) *at++ = 'N';
    *at = '\0';
}

static bool has_flags(const struct client *client, struct bytes wanted)
{
    char flags[FLAGS_TEXT];
    print_flags(client, flags);
    for (size_t i = 0; i < wanted.len; i++)
        if (!strchr(flags, wanted.ptr[i])) return false;
    return true;
}

static bool is_of_type(const struct client *client, struct bytes type)
{
    return client->listening ? bytes_is(type, "pubsub") : bytes_is(type, "normal");
}

static bool fulfils(const struct filter_condition *condition, const struct client *client)
{
    int64_t now_ms = client->clients->shard->now_ms;
    switch (condition->field) {
    case FILTER_ID: return has_id(condition, client->id);
    case FILTER_ADDR: return has_address(client, true, condition->text);
    case FILTER_LADDR: return has_address(client, false, condition->text);
    case FILTER_IP: return has_ip(client, condition->text);
    case FILTER_FLAGS: return has_flags(client, condition->text);
    case FILTER_USER: return true; /* there is one user */
    case FILTER_TYPE: return is_of_type(client, condition->text);
    case FILTER_NAME: return bytes_equal(buf_view(&client->name), condition->text);
    case FILTER_LIB_NAME: return bytes_equal(buf_view(&client->lib_name), condition->text);
    case FILTER_LIB_VERSION: return bytes_equal(buf_view(&client->lib_version), condition->text);
    case FILTER_DB: return client->db == condition->number;
    case FILTER_MAXAGE: return (now_ms - client->created_ms) / 1000 >= condition->number;
    case FILTER_IDLE: return (now_ms - client->active_ms) / 1000 >= condition->number;
    default: return false;
    }
}

bool client_filter_matches(const struct client_filter *filter, const struct client *client)
{
    if (filter->skip_me && client->id == filter->me) return false;
    for (uint32_t i = 0; i < filter->count; i++)
        if (fulfils(&filter->conditions[i], client) == filter->conditions[i].negative) return false;
    return true;
}

static unsigned subscriptions(const struct client *client, int kind)
{
    return client->listening ? client->listening->counts[kind] : 0;
}

void client_print(const struct client *client, struct buf *out)
{
    char peer[ADDRESS_TEXT], local[ADDRESS_TEXT], flags[FLAGS_TEXT];
    int64_t now_ms = client->clients->shard->now_ms;
    size_t output = conn_output_bytes(&client->conn);
    size_t half_read = client->partial ? partial_bytes(client->partial) : 0;
    print_address(client, true, peer);
    print_address(client, false, local);
    print_flags(client, flags);
    buf_printf(out, "id=%llu addr=%s laddr=%s fd=%d name=%.*s age=%lld idle=%lld flags=%s db=%u",
               (unsigned long long)client->id, peer, local, client->conn.fd, (int)client->name.len,
               client->name.len ? (const char *)client->name.ptr : "",
               (long long)(now_ms - client->created_ms) / 1000,
               (long long)(now_ms - client->active_ms) / 1000, flags, client->db);
    buf_printf(
        out,
        " sub=%u psub=%u ssub=%u multi=%d watch=%u qbuf=%zu qbuf-free=0 argv-mem=%zu multi-mem=%zu "
        "rbs=%zu rbp=%zu obl=%zu oll=0 omem=%zu tot-mem=%zu events=r cmd=%s user=default "
        "redir=%lld resp=%u lib-name=%.*s lib-ver=%.*s",
        subscriptions(client, 0), subscriptions(client, 2), subscriptions(client, 1),
        client->block ? (int)client->block->count : -1, watch_set_count(client->watches),
        client->backlog.len - client->backlog_taken, half_read,
        client->block ? client->block->bytes : 0, output, output, output, output,
        client_memory(client), client->last_command ? client->last_command->full_name : "NULL",
        client->tracking ? (long long)client->tracking->redirect_id : -1LL, client->protocol,
        (int)client->lib_name.len, client->lib_name.len ? (const char *)client->lib_name.ptr : "",
        (int)client->lib_version.len,
        client->lib_version.len ? (const char *)client->lib_version.ptr : "");
    buf_printf(out, " tot-net-in=%llu tot-net-out=%llu tot-cmds=%llu shard=%u",
               (unsigned long long)client->input_bytes, (unsigned long long)client->conn.sent_bytes,
               (unsigned long long)client->command_count, client->clients->shard->id);
}
