#include "client/tracking.h"

#include <string.h>

#include "base/check.h"
#include "client/pipeline.h"
#include "shard/visit.h"

static uint64_t tracker_of_client(const struct client *client)
{
    return tracker_of(client->clients->shard->id, client->index, client->generation);
}

static struct client *find_client(struct shard *front, uint64_t tracker)
{
    struct client_handle handle = {tracker_index(tracker), (uint32_t)tracker};
    return client_find(clients_of(front), handle);
}

void tracking_stamp(const struct client *client, struct call *call)
{
    const struct tracking *tracking = client->tracking;
    call->tracker = tracker_of_client(client);
    bool said = tracking->flags & TRACKING_CACHING;
    if (tracking->flags & TRACKING_BCAST) return;
    if (tracking->flags & TRACKING_OPTIN && !said) return;
    if (tracking->flags & TRACKING_OPTOUT && said) return;
    call->flags |= CALL_REMEMBERED;
}

/* What CLIENT CACHING says is for the next command that is none of CLIENT's. */
void tracking_after(struct client *client, const struct command *command)
{
    if (likely(!(client->tracking->flags & TRACKING_CACHING)) || client->block) return;
    if (strncmp(command->full_name, "client|", 7) == 0) return;
    client->tracking->flags &= ~(uint32_t)TRACKING_CACHING;
}

/* --- Telling ---------------------------------------------------------------------------------- */

static void write_keys(struct writer *writer, struct bytes key)
{
    if (!key.ptr) {
        writer_null(writer);
        return;
    }
    writer_array(writer, 1);
    writer_bulk(writer, key);
}

static void tell_by_push(struct client *client, struct bytes key)
{
    struct writer writer = {pipeline_push_begin(client), client->protocol};
    writer_push(&writer, 2);
    writer_bulk_string(&writer, "invalidate");
    write_keys(&writer, key);
    pipeline_push_end(client);
}

static void tell_by_message(struct client *client, struct bytes key)
{
    struct writer writer = {pipeline_push_begin(client), client->protocol};
    writer_array(&writer, 3);
    writer_bulk_string(&writer, "message");
    writer_bulk_string(&writer, "__redis__:invalidate");
    write_keys(&writer, key);
    pipeline_push_end(client);
}

/* On its way to the client that another one redirects to; and back, if that is gone. */
struct redirected {
    struct message message;
    uint64_t target, origin;
    size_t size;
    struct bytes key;
    uint8_t bytes[];
};

static void on_broken(struct shard *front, struct message *message)
{
    struct redirected *redirected = (struct redirected *)(void *)message;
    struct client *client = find_client(front, redirected->origin);
    bool is_his = client && client->tracking && client->tracking->redirect == redirected->target;
    if (is_his) {
        client->tracking->flags |= TRACKING_BROKEN;
        if (client->protocol == 3 && pipeline_takes_pushes(client)) {
            struct writer writer = {pipeline_push_begin(client), client->protocol};
            writer_push(&writer, 2);
            writer_bulk_string(&writer, "tracking-redir-broken");
            writer_int(&writer, (int64_t)client->tracking->redirect_id);
            pipeline_push_end(client);
        }
    }
    mem_free(redirected, redirected->size);
}

static void on_redirected(struct shard *front, struct message *message)
{
    struct redirected *redirected = (struct redirected *)(void *)message;
    struct client *client = find_client(front, redirected->target);
    if (!client || !pipeline_takes_pushes(client)) {
        message->deliver = on_broken;
        shard_push(front, tracker_front(redirected->origin), message);
        return;
    }
    if (client->protocol == 3)
        tell_by_push(client, redirected->key);
    else if (client->listening)
        tell_by_message(client, redirected->key);
    mem_free(redirected, redirected->size);
}

static void redirect(struct client *client, struct bytes key)
{
    size_t size = sizeof(struct redirected) + key.len;
    struct redirected *redirected = mem_alloc(size);
    *redirected = (struct redirected){.message.deliver = on_redirected,
                                      .target = client->tracking->redirect,
                                      .origin = tracker_of_client(client),
                                      .size = size};
    if (key.ptr) redirected->key = bytes_make(redirected->bytes, key.len);
    if (key.ptr && key.len) memcpy(redirected->bytes, key.ptr, key.len);
    shard_push(client->clients->shard, tracker_front(redirected->target), &redirected->message);
}

static void tell(struct client *client, struct bytes key)
{
    if (!pipeline_takes_pushes(client)) return;
    if (client->tracking->redirect)
        redirect(client, key);
    else if (client->protocol == 3)
        tell_by_push(client, key);
}

static void on_stale(struct shard *front, struct message *message)
{
    struct stale_message *stale = (struct stale_message *)(void *)message;
    for (uint32_t i = 0; i < stale->count; i++) {
        struct client *client = find_client(front, stale->trackers[i]);
        if (!client || !client->tracking) continue;
        bool is_own = stale->by == stale->trackers[i];
        if (!is_own || !(client->tracking->flags & TRACKING_NOLOOP)) tell(client, stale->key);
    }
    stale_message_free(stale);
}

void tracking_on_stale(struct shard *shard, const struct stale *stale)
{
    track_send(shard, stale, on_stale);
}

static void on_flush(struct shard *front, struct message *message)
{
    for (struct client *client = clients_of(front)->first; client; client = client->next)
        if (client->tracking) tell(client, bytes_make(NULL, 0));
    mem_free(message, sizeof *message);
}

static void tell_of_flush(struct shard *shard)
{
    for (uint16_t i = 0; i < shard->group->shard_count; i++) {
        struct message *message = mem_alloc(sizeof *message);
        message->deliver = on_flush;
        shard_push(shard, i, message);
    }
}

struct broadcast {
    struct shard *shard;
    const struct change *change;
};

static void tell_prefix(void *context, const struct tracking_prefix *prefix)
{
    const struct broadcast *broadcast = context;
    struct stale stale = {broadcast->change->key, prefix->trackers, prefix->count,
                          broadcast->change->actor->tracker};
    track_send(broadcast->shard, &stale, on_stale);
}

void tracking_on_change(struct shard *shard, const struct change *change)
{
    switch (change->event) {
    case CHANGE_FLUSH: tell_of_flush(shard); break;
    case CHANGE_SWAP:
    case CHANGE_NEW:
    case CHANGE_MISS: break;
    default: track_match(shard, change->key, tell_prefix, &(struct broadcast){shard, change});
    }
}

/* --- Beginning and ending --------------------------------------------------------------------- */

/* What all shards are told. */
struct announcement {
    struct visit visit;
    struct client_handle client;
    uint64_t tracker;
    bool joins;                /* it did not track before */
    struct tracking *tracking; /* what the client asked for: its own later */
    uint32_t first_prefix;     /* those from here on are new */
};

static void free_tracking(struct tracking *tracking)
{
    for (uint32_t i = 0; i < tracking->prefix_count; i++)
        mem_free((void *)(uintptr_t)tracking->prefixes[i].ptr, tracking->prefixes[i].len + 1);
    mem_free(tracking->prefixes, tracking->prefix_count * sizeof *tracking->prefixes);
    mem_free(tracking, sizeof *tracking);
}

static void announce_end(struct shard *shard, struct visit *visit)
{
    const struct announcement *announcement = (const struct announcement *)(const void *)visit;
    track_no_prefix(shard, announcement->tracker);
    shard->tracking.client_count--;
    shard_listen(shard);
}

static void on_end_announced(struct shard *front, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct client *client = client_find(clients_of(front), announcement->client);
    mem_free(announcement, sizeof *announcement);
    client->remote_count--;
    client_settle(client);
}

void tracking_stop(struct client *client)
{
    if (!client->tracking) return;
    struct shard *shard = client->clients->shard;
    struct announcement *announcement = mem_alloc_zero(sizeof *announcement);
    announcement->client = client_handle_of(client);
    announcement->tracker = tracker_of_client(client);
    announcement->visit.run = announce_end;
    announcement->visit.done = on_end_announced;
    free_tracking(client->tracking);
    client->tracking = NULL;
    client->remote_count++;
    metric_add(&shard->counters.tracking_clients, -1);
    visit_start(shard, &announcement->visit);
}

static void announce(struct shard *shard, struct visit *visit)
{
    const struct announcement *announcement = (const struct announcement *)(const void *)visit;
    const struct tracking *tracking = announcement->tracking;
    for (uint32_t i = announcement->first_prefix; i < tracking->prefix_count; i++)
        track_prefix(shard, announcement->tracker, tracking->prefixes[i]);
    if (announcement->joins) shard->tracking.client_count++;
    shard_listen(shard);
}

/* The client tracks from here on, even if it has gone: then that ends at once. */
static void on_announced(struct shard *front, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct client *client = client_find(clients_of(front), announcement->client);
    struct writer writer;
    if (client->tracking) free_tracking(client->tracking);
    client->tracking = announcement->tracking;
    metric_add(&front->counters.tracking_clients, announcement->joins);
    if (client_answer(front, announcement->client, &writer)) {
        writer_status(&writer, BYTES("OK"));
        client_answered(front, announcement->client);
    }
    mem_free(announcement, sizeof *announcement);
}

static void start_announcing(struct shard *front, struct announcement *announcement)
{
    announcement->visit.run = announce;
    announcement->visit.done = on_announced;
    visit_start(front, &announcement->visit);
}

static void look_for_target(struct shard *shard, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct tracking *tracking = announcement->tracking;
    for (struct client *client = clients_of(shard)->first; client; client = client->next) {
        if (client->id != tracking->redirect_id || client->flags & CLIENT_LEAVING) continue;
        client->flags |= CLIENT_REDIRECTED_TO;
        tracking->redirect = tracker_of_client(client); /* on one shard at most */
    }
}

static void on_looked(struct shard *front, struct visit *visit)
{
    struct announcement *announcement = (struct announcement *)(void *)visit;
    struct writer writer;
    if (announcement->tracking->redirect) {
        start_announcing(front, announcement);
        return;
    }
    if (client_answer(front, announcement->client, &writer)) {
        writer_error(&writer, BYTES("ERR The client ID you want redirect to does not exist"));
        client_answered(front, announcement->client);
    }
    free_tracking(announcement->tracking);
    mem_free(announcement, sizeof *announcement);
}

struct outcome tracking_start(struct call *call, struct tracking *tracking)
{
    struct client *client = call->client;
    struct announcement *announcement = mem_alloc_zero(sizeof *announcement);
    announcement->tracker = tracker_of_client(client);
    announcement->joins = !client->tracking;
    announcement->tracking = tracking;
    announcement->first_prefix = client->tracking ? client->tracking->prefix_count : 0;
    struct outcome outcome = client_park(call, &announcement->client);
    if (!tracking->redirect_id) {
        start_announcing(call->shard, announcement);
        return outcome;
    }
    announcement->visit.run = look_for_target;
    announcement->visit.done = on_looked;
    visit_start(call->shard, &announcement->visit);
    return outcome;
}
