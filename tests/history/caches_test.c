/* CLIENT TRACKING, on a real server whose slots move: readers keep what they read, writers change
 * it. Once a writer has its reply, whoever asks the server anything and gets an answer has been
 * told before that answer that what he keeps is stale; so he never believes something old that he
 * could have known to be old, and what he keeps at the end is what the server has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crew.h"

enum {
    KEYS = 8,
    WRITERS = 2,
    READER = WRITERS, /* workers */
    READERS_END = READER + 6,
    DISTURBER = READERS_END,
};

/* The numbers of a key's writes: written by the one who writes it, and the last of which the reply
 * has come. A number may also stand for the key being gone. */
static int next_number[KEYS];
static _Atomic int acknowledged[KEYS];
/* Held by all who write one key, or by the one who flushes them all. */
static pthread_rwlock_t writing = PTHREAD_RWLOCK_INITIALIZER;

/* --- Writers ---------------------------------------------------------------------------------- */

static void expect(struct worker *worker, const char *reply, const char *expected)
{
    if (strncmp(reply, expected, strlen(expected)) != 0) complain(worker, "a write fails");
}

static void expire(struct worker *worker, int key, int number)
{
    char line[64];
    expect(worker, ASK(worker, "SET key:%d %d PX 1", key, number), "+OK");
    for (int patience = 100000; patience && *ASK(worker, "GET key:%d", key) == '"'; patience--)
        continue;
}

/* Changes the key in one of many ways; the second number says that it is gone. */
static void change(struct worker *worker, int key, int number)
{
    char line[128];
    switch (draw(worker, 8)) {
    case 0:
        ASK(worker, "DEL key:%d", key);
        next_number[key]++; /* nobody reads this one */
        return;
    case 1:
        expire(worker, key, number);
        next_number[key]++;
        return;
    case 2:
        ASK(worker, "SET other:%d %d", key, number);
        expect(worker, ASK(worker, "RENAME other:%d key:%d", key, key), "+OK");
        return;
    case 3:
        ASK(worker, "MULTI");
        ASK(worker, "SET other:%d x", key);
        ASK(worker, "SET key:%d %d", key, number);
        expect(worker, ASK(worker, "EXEC"), "[+OK, +OK]");
        return;
    case 4:
        ASK(worker, "SET other:%d %d", key, number);
        expect(worker, ASK(worker, "COPY other:%d key:%d REPLACE", key, key), ":1");
        return;
    case 5:
        expect(worker, ASK(worker, "MSET other:%d x key:%d %d", key, key, number), "+OK");
        return;
    default: expect(worker, ASK(worker, "SET key:%d %d", key, number), "+OK");
    }
}

static void write_one(struct worker *worker)
{
    int key = (int)draw(worker, KEYS / WRITERS) * WRITERS + worker->number;
    pthread_rwlock_rdlock(&writing);
    change(worker, key, next_number[key]++);
    atomic_store(&acknowledged[key], next_number[key] - 1);
    pthread_rwlock_unlock(&writing);
}

static void flush_all(struct worker *worker)
{
    pthread_rwlock_wrlock(&writing);
    expect(worker, wire_command_text(&worker->wire, draw(worker, 2) ? "FLUSHALL" : "FLUSHDB"),
           "+OK");
    for (int key = 0; key < KEYS; key++)
        atomic_store(&acknowledged[key], next_number[key]++);
    pthread_rwlock_unlock(&writing);
}

static void *run_writer(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < crew_rounds && !atomic_load(&crew_over); i++)
        if (draw(worker, 200))
            write_one(worker);
        else
            flush_all(worker);
    atomic_store(&worker->is_done, true);
    return NULL;
}

/* --- Readers ---------------------------------------------------------------------------------- */

enum mode { DEFAULT, BROADCAST, OPTIN, OPTOUT, NOLOOP, REDIRECTED, MODES };

/* What a reader keeps. */
struct cache {
    enum mode mode;
    struct wire told; /* where the others are told, if REDIRECTED */
    int values[KEYS]; /* -1: it keeps none */
    int seen[KEYS];   /* the last that it has read */
    int hits;
};

static void drop(struct cache *cache, const struct reply *key)
{
    for (int i = 0; i < KEYS; i++) {
        char name[16];
        snprintf(name, sizeof name, "key:%d", i);
        if (!key->data || !strcmp(key->data, name)) cache->values[i] = -1;
    }
}

/* ["invalidate", [key, ...]] or nil, for all; as a message it stands behind the channel. */
static void be_told(struct cache *cache, const struct reply *push)
{
    const struct reply *keys = push->items[push->count - 1];
    if (keys->null)
        for (int i = 0; i < KEYS; i++)
            cache->values[i] = -1;
    for (size_t i = 0; i < keys->count; i++)
        drop(cache, keys->items[i]);
}

/* The answer to something that was sent; what comes before it is listened to. NULL: none came. */
static struct reply *answer(struct worker *worker, struct wire *wire, struct cache *cache)
{
    for (struct reply *reply; (reply = wire_read(wire)); reply_free(reply)) {
        const char *first = reply->count == 3 ? reply->items[0]->data : NULL;
        bool is_message = first && !strcmp(first, "message");
        if (reply->type != '>' && !is_message) return reply;
        be_told(cache, reply);
    }
    complain(worker, "no answer comes");
    return NULL;
}

static void ask(struct worker *worker, struct cache *cache, const char *line)
{
    if (!wire_send_command(&worker->wire, line)) complain(worker, "it cannot ask");
    struct reply *reply = answer(worker, &worker->wire, cache);
    if (reply) reply_free(reply);
}

/* Where it is told, all that was due before now has come. */
static void catch_up(struct worker *worker, struct cache *cache)
{
    if (cache->mode != REDIRECTED) return;
    if (!wire_send_command(&cache->told, "PING")) complain(worker, "it cannot ask");
    struct reply *reply = answer(worker, &cache->told, cache);
    if (reply) reply_free(reply);
}

static void keep(struct worker *worker, struct cache *cache, int key, const struct reply *value)
{
    if (!value) return;
    if (value->null) cache->values[key] = -1;
    if (value->null || value->type != '$') return;
    int number = atoi(value->data);
    if (number < cache->seen[key]) complain(worker, "it reads something older than before");
    cache->seen[key] = cache->values[key] = number;
}

/* The first argument of the keys is `key`; count of them, one after the other. */
static void read_keys(struct worker *worker, struct cache *cache, int key, int count)
{
    char line[128];
    int len = snprintf(line, sizeof line, count > 1 ? "MGET" : "GET");
    if (cache->mode == OPTIN) ask(worker, cache, "CLIENT CACHING YES");
    for (int i = 0; i < count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, " key:%d", (key + i) % KEYS);
    if (!wire_send_command(&worker->wire, line)) complain(worker, "it cannot read");
    struct reply *reply = answer(worker, &worker->wire, cache);
    if (!reply) return;
    if (count == 1)
        keep(worker, cache, key, reply);
    else
        for (int i = 0; i < count && (size_t)i < reply->count; i++)
            keep(worker, cache, (key + i) % KEYS, reply->items[i]);
    reply_free(reply);
}

/* What all writers had been told by then is known after an answer to anything. */
static void doubt(struct worker *worker, struct cache *cache)
{
    int known[KEYS];
    for (int i = 0; i < KEYS; i++)
        known[i] = atomic_load(&acknowledged[i]);
    if (draw(worker, 2))
        ask(worker, cache, "PING");
    else
        read_keys(worker, cache, (int)draw(worker, KEYS), 1 + 2 * (int)draw(worker, 2));
    catch_up(worker, cache);
    for (int i = 0; i < KEYS; i++) {
        cache->hits += cache->values[i] >= 0;
        if (cache->values[i] >= 0 && cache->values[i] < known[i])
            complain(worker, "what it keeps is stale, and nobody has told");
    }
}

static bool begin(struct worker *worker, struct cache *cache)
{
    static const char *const commands[MODES] = {
        [DEFAULT] = "CLIENT TRACKING ON",
        [BROADCAST] = "CLIENT TRACKING ON BCAST PREFIX key:",
        [OPTIN] = "CLIENT TRACKING ON OPTIN",
        [OPTOUT] = "CLIENT TRACKING ON OPTOUT",
        [NOLOOP] = "CLIENT TRACKING ON NOLOOP",
        [REDIRECTED] = "CLIENT TRACKING ON REDIRECT %lld"};
    char line[64];
    memset(cache, 0, sizeof *cache);
    for (int i = 0; i < KEYS; i++)
        cache->values[i] = -1;
    cache->mode = (enum mode)(worker->number - READER) % MODES;
    long long id = 0;
    if (cache->mode == REDIRECTED) {
        if (!wire_open(&cache->told, crew_port)) return false;
        id = strtoll(wire_command_text(&cache->told, "CLIENT ID") + 1, NULL, 10);
        const char *confirmed = wire_command_text(&cache->told, "SUBSCRIBE __redis__:invalidate");
        if (!strstr(confirmed, "subscribe")) return false;
    } else if (!wire_hello(&worker->wire, 3)) {
        return false;
    }
    snprintf(line, sizeof line, commands[cache->mode], id);
    return !strcmp(wire_command_text(&worker->wire, line), "+OK");
}

/* Nothing is under way any more: what it keeps is there. */
static void compare(struct worker *worker, struct cache *cache)
{
    char line[32];
    ask(worker, cache, "PING");
    catch_up(worker, cache);
    ask(worker, cache, "CLIENT TRACKING OFF");
    for (int i = 0; i < KEYS; i++) {
        if (cache->values[i] < 0) continue;
        const char *there = ASK(worker, "GET key:%d", i);
        if (*there != '"' || atoi(there + 1) != cache->values[i])
            complain(worker, "what it has kept to the end is not what is there");
    }
}

static void *run_reader(void *context)
{
    struct worker *worker = context;
    struct cache cache;
    if (!begin(worker, &cache)) complain(worker, "it cannot track");
    while (!all_done(0, WRITERS) && !atomic_load(&crew_over)) {
        int key = (int)draw(worker, KEYS);
        if (cache.values[key] < 0) read_keys(worker, &cache, key, 1);
        doubt(worker, &cache);
    }
    if (!worker->complaint) compare(worker, &cache);
    if (!worker->complaint && !cache.hits) complain(worker, "it never kept anything");
    if (cache.mode == REDIRECTED) wire_close(&cache.told);
    return NULL;
}

static void *run_disturber(void *context)
{
    struct worker *worker = context;
    char line[64], key[32];
    while (!all_done(0, WRITERS) && !atomic_load(&crew_over)) {
        snprintf(key, sizeof key, "key:%u", draw(worker, KEYS));
        move_slot(worker, key);
        if (!draw(worker, 100))
            ASK(worker, "CONFIG SET tracking-table-max-keys %u", draw(worker, 2) * 4);
    }
    return NULL;
}

TEST(nobody_believes_what_is_known_to_be_stale)
{
    atomic_store(&crew_over, false);
    for (int i = 0; i < KEYS; i++)
        atomic_store(&acknowledged[i], -1), next_number[i] = 0;
    for (int i = 0; i < WRITERS; i++)
        hire(i); /* the others go on until these are done */
    for (int i = READER; i < READERS_END; i++)
        start(i, run_reader);
    start(DISTURBER, run_disturber);
    for (int i = 0; i < WRITERS; i++)
        launch(&workers[i], run_writer);
    for (int i = 0; i <= DISTURBER; i++)
        join(i);
}

int main(int argc, char **argv)
{
    return crew_main(argc, argv);
}
