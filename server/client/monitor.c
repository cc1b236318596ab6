#include "client/monitor.h"

#include <ctype.h>

#include "base/check.h"
#include "client/client_filter.h"
#include "client/pipeline.h"
#include "shard/visit.h"

/* --- Lines ------------------------------------------------------------------------------------ */

static bool is_shown(const struct call *call)
{
    return !(call->command->flags & CMD_ADMIN) && !call->served && !call->waiter &&
           !(call->walk && call->walk->under_way);
}

/* Text that a client sent, as a C string has it. */
static void append_quoted(struct buf *line, struct bytes text)
{
    static const char escapes[] = "\a\b\t\n\r\\\"", letters[] = "abtnr\\\"";
    buf_append_string(line, " \"");
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        const char *escape = byte ? strchr(escapes, byte) : NULL;
        if (escape)
            buf_printf(line, "\\%c", letters[escape - escapes]);
        else if (isprint(byte))
            buf_append(line, bytes_make(&byte, 1));
        else
            buf_printf(line, "\\x%02x", byte);
    }
    buf_append_string(line, "\"");
}

/* The two behind AUTH, wherever that stands; but it may be the name in SETNAME. */
static bool is_secret_of_hello(const struct call *call, uint32_t index)
{
    for (uint32_t i = 1; i < index;) {
        bool is_auth = bytes_is(call->args[i], "auth");
        if (is_auth && index - i <= 2) return true;
        i += is_auth ? 3 : bytes_is(call->args[i], "setname") ? 2 : 1;
    }
    return false;
}

static bool is_secret(const struct call *call, uint32_t index)
{
    if (bytes_is(call->args[0], "auth")) return index >= 1;
    return bytes_is(call->args[0], "hello") && is_secret_of_hello(call, index);
}

void monitor_before(struct shard *shard, const struct call *call, struct buf *line)
{
    (void)shard;
    if (!is_shown(call)) return;
    for (uint32_t i = 0; i < call->arg_count; i++)
        append_quoted(line, is_secret(call, i) ? BYTES("(redacted)") : call->args[i]);
}

struct shown {
    struct message message;
    size_t size, len;
    char text[];
};

static void on_shown(struct shard *shard, struct message *message)
{
    struct shown *shown = (struct shown *)(void *)message;
    for (struct client *client = clients_of(shard)->first_monitor; client;
         client = client->next_monitor) {
        if (!pipeline_takes_pushes(client) || client->flags & CLIENT_REPLY_OFF) continue;
        chain_append(pipeline_push_begin(client), bytes_make(shown->text, shown->len));
        pipeline_push_end(client);
    }
    mem_free(shown, shown->size);
}

static void push(struct shard *shard, uint16_t to, struct bytes line)
{
    size_t size = sizeof(struct shown) + line.len;
    struct shown *shown = mem_alloc(size);
    *shown = (struct shown){{.deliver = on_shown}, size, line.len};
    memcpy(shown->text, line.ptr, line.len);
    shard_push(shard, to, &shown->message);
}

void monitor_after(struct shard *shard, const struct call *call, struct buf *arguments)
{
    struct buf line = {0};
    if (!arguments->len) return;
    const char *peer = call->client ? monitor_peer(call->client) : call->peer;
    buf_printf(&line, "+%lld.%03lld000 [%u %s]", (long long)shard->now_ms / 1000,
               (long long)shard->now_ms % 1000, call->client ? call->client->db : call->db,
               peer ? peer : "?:0");
    buf_append(&line, buf_view(arguments));
    buf_append_string(&line, "\r\n");
    for (uint16_t i = 0; shard->monitors && i < shard->group->shard_count; i++)
        if (shard->monitors[i]) push(shard, i, buf_view(&line));
    buf_fini(&line);
    buf_fini(arguments);
}

void monitor_show(struct client *client, struct call *call)
{
    struct buf line = {0};
    call->client = client;
    monitor_before(client->clients->shard, call, &line);
    monitor_after(client->clients->shard, call, &line);
}

const char *monitor_peer(struct client *client)
{
    if (!client->peer) {
        client->peer = mem_alloc(CLIENT_ADDRESS_MAX);
        client_print_peer(client, client->peer);
    }
    return client->peer;
}

/* --- Beginning and ending --------------------------------------------------------------------- */

struct announcement {
    struct visit visit;
    struct client_handle client;
    int change; /* of the number of monitors there */
};

static void announce(struct shard *shard, struct visit *visit)
{
    const struct announcement *announcement = (const struct announcement *)(const void *)visit;
    uint16_t shard_count = shard->group->shard_count;
    if (!shard->monitors) shard->monitors = mem_alloc_zero(shard_count * sizeof *shard->monitors);
    shard->monitors[visit->origin] += (uint32_t)announcement->change;
    shard->monitor_count += (uint32_t)announcement->change;
    if (shard->monitor_count) return;
    mem_free(shard->monitors, shard_count * sizeof *shard->monitors);
    shard->monitors = NULL;
}

static struct announcement *announcement_new(void (*done)(struct shard *, struct visit *),
                                             int change)
{
    struct announcement *announcement = mem_alloc_zero(sizeof *announcement);
    announcement->visit.run = announce;
    announcement->visit.done = done;
    announcement->change = change;
    return announcement;
}

static void link_monitor(struct client *client)
{
    client->flags |= CLIENT_MONITOR;
    client->next_monitor = client->clients->first_monitor;
    client->clients->first_monitor = client;
}

static void unlink_monitor(struct client *client)
{
    struct client **link = &client->clients->first_monitor;
    while (*link != client)
        link = &(*link)->next_monitor;
    *link = client->next_monitor;
    client->flags &= ~(uint32_t)CLIENT_MONITOR;
}

static void on_begun(struct shard *front, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct client_handle handle = announcement->client;
    struct writer writer;
    mem_free(announcement, sizeof *announcement);
    link_monitor(client_find(clients_of(front), handle));
    if (!client_answer(front, handle, &writer)) return;
    writer_status(&writer, BYTES("OK"));
    client_answered(front, handle);
}

struct outcome monitor_start(struct call *call)
{
    struct announcement *announcement = announcement_new(on_begun, 1);
    struct outcome outcome = client_park(call, &announcement->client);
    visit_start(call->shard, &announcement->visit);
    return outcome;
}

static void on_ended(struct shard *front, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct client *client = client_find(clients_of(front), announcement->client);
    mem_free(announcement, sizeof *announcement);
    client->remote_count--;
    client_settle(client);
}

void monitor_stop(struct client *client)
{
    if (!(client->flags & CLIENT_MONITOR)) return;
    struct announcement *announcement = announcement_new(on_ended, -1);
    announcement->client = client_handle_of(client);
    unlink_monitor(client);
    client->remote_count++;
    visit_start(client->clients->shard, &announcement->visit);
}
