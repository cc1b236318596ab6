/* CLIENT TRACKING on a real server whose slots move: clients keep what they have read, and writers
 * write growing numbers, each to keys of its own, one after the other: write n of a writer goes to
 * a key that follows from n. What holds:
 *
 * - What differs from what a client keeps has been announced to it before, in the same stream.
 * - What is read after an announcement is newer than what was kept until then.
 * - Whoever has seen a write of a writer keeps nothing that an earlier one of it has replaced.
 * - When all is quiet, everybody keeps what the server has: no announcement is lost.
 *
 * A client that redirects reads its announcements from another connection, so of these only the
 * last one is its. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crowd.h"

enum {
    WRITERS = 2,
    KEYS = 6, /* of each writer */
    TRACKERS = 7,
    OWN_KEYS = WRITERS * KEYS, /* from here on, one of each tracker */
    KEYS_ALL = OWN_KEYS + TRACKERS,
    BATCH_MAX = 5,
    READ_MAX = 3, /* keys of one command */
    NOTHING = -1, /* kept */
    NO_VALUE = 0, /* a key that does not exist */
    QUIET_MS = 10000,
};

enum { PAID, OWED, DUE }; /* of what is owed: DUE before the next reply */

enum mode { DEFAULT, NOLOOP, BCAST, OPTIN, OPTOUT, REDIRECT, REDIRECT_BCAST };

static const char *const options[TRACKERS] = {
    "", "NOLOOP", "BCAST PREFIX w PREFIX own:", "OPTIN", "OPTOUT", "", "BCAST PREFIX w PREFIX own:",
};

struct writer {
    struct member member;
    long long count; /* of its writes */
};

struct tracker {
    struct member member;
    enum mode mode;
    struct wire listener; /* of one that redirects */
    long long listener_id, own;
    long long kept[KEYS_ALL];
    bool is_exact[KEYS_ALL];         /* kept of a command that went alone */
    long long floor[KEYS_ALL];       /* what is read next is not below */
    long long seen[WRITERS];         /* the last write of each that it has seen */
    long long accounted[WRITERS];    /* ... and entered into: */
    long long replaced_by[KEYS_ALL]; /* the last write to the key that it must know of */
    int owed[KEYS_ALL]; /* it has found something else: it is told, perhaps behind the reply */
    bool is_alone;      /* the command that is under way */
    long long announcements, flushes;
};

/* A command that reads. */
struct read {
    int count, keys[READ_MAX];
    bool in_block, is_kept; /* the server remembers it */
};

static struct writer writers[WRITERS];
static struct tracker trackers[TRACKERS];

static int key_of(int writer, long long number)
{
    return writer * KEYS + (int)(((uint64_t)number * 0x9e3779b97f4a7c15 >> 32) % KEYS);
}

static const char *name_of(int key, char *name)
{
    if (key < OWN_KEYS)
        sprintf(name, "w%d:%d", key / KEYS, key % KEYS);
    else
        sprintf(name, "own:%d", key - OWN_KEYS);
    return name;
}

static int find_key(const char *name)
{
    char other[32];
    for (int key = 0; key < KEYS_ALL; key++)
        if (!strcmp(name, name_of(key, other))) return key;
    return -1;
}

/* --- Writers ------------------------------------------------------------------------------ */

static void expect(struct member *member, const char *got, const char *expected)
{
    if (!text_like(got, expected)) member_complain(member, "a write answers %.100s", got);
}

/* Three writes in a block. */
static void write_block(struct writer *writer)
{
    struct member *member = &writer->member;
    char name[32];
    expect(member, member_ask(member, "MULTI"), "+OK");
    for (int i = 0; i < 3; i++) {
        long long number = ++writer->count;
        const char *key = name_of(key_of(member->number, number), name);
        expect(member, member_ask(member, "SET %s %lld", key, number), "+QUEUED");
    }
    expect(member, member_ask(member, "EXEC"), "[+OK, +OK, +OK]");
}

static void write_two(struct writer *writer)
{
    struct member *member = &writer->member;
    char name[32], other[32];
    long long number = writer->count + 1;
    name_of(key_of(member->number, number), name);
    name_of(key_of(member->number, number + 1), other);
    writer->count += 2;
    expect(member, member_ask(member, "MSET %s %lld %s %lld", name, number, other, number + 1),
           "+OK");
}

static void write_something(struct writer *writer)
{
    struct member *member = &writer->member;
    char name[32];
    uint32_t what = member_draw(member, 16);
    if (what == 0) {
        write_block(writer);
        return;
    }
    if (what == 1) {
        write_two(writer);
        return;
    }
    long long number = ++writer->count;
    name_of(key_of(member->number, number), name);
    switch (what) {
    case 2: expect(member, member_ask(member, "DEL %s", name), ":*"); break;
    case 3: expect(member, member_ask(member, "SET %s %lld PX 2", name, number), "+OK"); break;
    case 4:
        expect(member, member_ask(member, "SET new:%d %lld", member->number, number), "+OK");
        expect(member, member_ask(member, "RENAME new:%d %s", member->number, name), "*");
        break;
    case 5: expect(member, member_ask(member, "GETSET %s %lld", name, number), "*"); break;
    default: expect(member, member_ask(member, "SET %s %lld", name, number), "+OK");
    }
}

static void *run_writer(void *context)
{
    struct writer *writer = context;
    for (int i = 0; i < crowd.rounds && !crowd_is_over(); i++)
        write_something(writer);
    return NULL;
}

/* Moves slots, and at times empties the database. */
static void *run_disturber(void *context)
{
    struct member *member = context;
    char name[32];
    while (!crowd_is_over())
        if (member_draw(member, 200))
            member_move_slot(member, name_of((int)member_draw(member, KEYS_ALL), name));
        else
            expect(member, member_ask(member, "FLUSHALL"), "+OK");
    return NULL;
}

/* --- What a client keeps ------------------------------------------------------------------ */

static bool redirects(const struct tracker *tracker)
{
    return tracker->mode == REDIRECT || tracker->mode == REDIRECT_BCAST;
}

static void keep_nothing(struct tracker *tracker)
{
    for (int key = 0; key < KEYS_ALL; key++) {
        tracker->kept[key] = NOTHING;
        tracker->owed[key] = PAID;
    }
}

static void take_key(struct tracker *tracker, const char *name)
{
    int key = find_key(name);
    if (key < 0) return; /* one that nobody reads */
    if (tracker->mode == NOLOOP && key == OWN_KEYS + tracker->member.number)
        member_complain(&tracker->member, "it is told of what it has written itself");
    bool is_before = tracker->is_exact[key] && !redirects(tracker);
    if (tracker->kept[key] > 0 && is_before) tracker->floor[key] = tracker->kept[key] + 1;
    tracker->kept[key] = NOTHING;
    tracker->owed[key] = PAID;
    tracker->announcements++;
}

/* The keys; or nil: all of them. */
static void take_announcement(struct tracker *tracker, const struct reply *keys)
{
    if (keys->null) {
        keep_nothing(tracker);
        tracker->flushes++;
    }
    for (size_t i = 0; i < keys->count; i++)
        take_key(tracker, keys->items[i]->data);
}

/* The next that is no push. NULL: there is none, and it has complained. */
static struct reply *next_reply(struct tracker *tracker)
{
    for (;;) {
        struct reply *reply = wire_read(&tracker->member.wire);
        if (!reply) member_complain(&tracker->member, "no reply: %s", tracker->member.wire.error);
        if (!reply || reply->type != '>') return reply;
        if (!strcmp(reply->items[0]->data, "invalidate"))
            take_announcement(tracker, reply->items[1]);
        reply_free(reply);
    }
}

static void expect_next(struct tracker *tracker, const char *expected)
{
    struct reply *reply = next_reply(tracker);
    if (reply && (!reply->data || strcmp(reply->data, expected) != 0))
        member_complain(&tracker->member, "no %s but %.100s", expected,
                        reply->data ? reply->data : "something else");
    reply_free(reply);
}

/* Of commands on their way at once, some see more than is said in front of their replies, for each
 * of them runs at the home of its keys: but what they saw is said next. So it is of a key that
 * expires as it is looked at. */
static void take_value(struct tracker *tracker, const struct read *read, int key,
                       const struct reply *reply)
{
    struct member *member = &tracker->member;
    long long value = reply->null ? NO_VALUE : strtoll(reply->data, NULL, 10), *kept;
    kept = &tracker->kept[key];
    char name[32];
    name_of(key, name);
    bool differs = !redirects(tracker) && *kept != NOTHING && *kept != value;
    if (differs && tracker->is_alone && value != NO_VALUE)
        member_complain(member, "%s is %lld, and it keeps %lld still", name, value, *kept);
    if (value != NO_VALUE && value < tracker->floor[key])
        member_complain(member, "%s is %lld after it was to be %lld", name, value,
                        tracker->floor[key]);
    if (value > tracker->floor[key]) tracker->floor[key] = value;
    if (key < OWN_KEYS && value > tracker->seen[key / KEYS]) tracker->seen[key / KEYS] = value;
    bool knows = tracker->mode == NOLOOP && value == NO_VALUE; /* perhaps it has let it expire */
    if (differs && !knows) tracker->owed[key] = OWED;
    if (differs || read->is_kept) *kept = differs ? NOTHING : value;
    tracker->is_exact[key] = tracker->is_alone;
}

/* A reply is there. */
static void check_dues(struct tracker *tracker)
{
    for (int key = 0; key < KEYS_ALL; key++)
        if (tracker->owed[key] == DUE)
            member_complain(&tracker->member, "it has not been told of key %d", key);
}

/* Of one command. */
static void take_values(struct tracker *tracker, const struct read *read)
{
    if (read->in_block) {
        expect_next(tracker, "OK");
        expect_next(tracker, "QUEUED");
    }
    struct reply *reply = next_reply(tracker);
    const struct reply *values = reply;
    check_dues(tracker);
    if (reply && read->in_block) values = reply->count == 1 ? reply->items[0] : NULL;
    if (values && read->count > 1 && values->count != (size_t)read->count) values = NULL;
    if (values && read->count == 1 && values->type != '$' && !values->null) values = NULL;
    if (!values) member_complain(&tracker->member, "a read answers something else");
    for (int i = 0; values && i < read->count; i++)
        take_value(tracker, read, read->keys[i], read->count > 1 ? values->items[i] : values);
    reply_free(reply);
}

/* Nothing is under way: what was written before what it has seen is known to it. */
static void check_causes(struct tracker *tracker)
{
    for (int writer = 0; writer < WRITERS; writer++)
        while (tracker->accounted[writer] < tracker->seen[writer]) {
            long long number = ++tracker->accounted[writer];
            tracker->replaced_by[key_of(writer, number)] = number;
        }
    for (int key = 0; key < OWN_KEYS; key++)
        if (tracker->kept[key] > 0 && tracker->kept[key] < tracker->replaced_by[key])
            member_complain(&tracker->member, "it keeps %lld of key %d, and has seen %lld",
                            tracker->kept[key], key, tracker->replaced_by[key]);
}

/* --- What a client does ------------------------------------------------------------------- */

static void draw_read(struct tracker *tracker, struct read *read)
{
    struct member *member = &tracker->member;
    bool says = member_draw(member, 2); /* CLIENT CACHING */
    read->count = member_draw(member, 3) ? 1 : 2 + (int)member_draw(member, READ_MAX - 1);
    for (int i = 0; i < read->count; i++)
        read->keys[i] = (int)member_draw(member, OWN_KEYS);
    if (!member_draw(member, 6)) read->keys[0] = OWN_KEYS + member->number;
    read->in_block = !member_draw(member, 6);
    read->is_kept = true;
    if (tracker->mode == OPTIN) read->is_kept = says;
    if (tracker->mode == OPTOUT) read->is_kept = !says;
}

static bool says_caching(const struct tracker *tracker, const struct read *read)
{
    return (tracker->mode == OPTIN && read->is_kept) || (tracker->mode == OPTOUT && !read->is_kept);
}

static void write_read(const struct tracker *tracker, const struct read *read, struct text *text)
{
    char name[32];
    if (says_caching(tracker, read))
        text_addf(text, "CLIENT CACHING %s\r\n", tracker->mode == OPTIN ? "YES" : "NO");
    if (read->in_block) text_addf(text, "MULTI\r\n");
    text_addf(text, read->count == 1 ? "GET" : "MGET");
    for (int i = 0; i < read->count; i++)
        text_addf(text, " %s", name_of(read->keys[i], name));
    text_addf(text, read->in_block ? "\r\nEXEC\r\n" : "\r\n");
}

/* Some commands at once. */
static void read_batch(struct tracker *tracker)
{
    struct read reads[BATCH_MAX];
    struct text text = {0};
    int count = member_draw(&tracker->member, 2) ? 1 : (int)member_draw(&tracker->member, 5) + 1;
    for (int i = 0; i < count; i++) {
        draw_read(tracker, &reads[i]);
        write_read(tracker, &reads[i], &text);
    }
    tracker->is_alone = count == 1 && reads[0].count == 1 && !reads[0].in_block;
    for (int key = 0; key < KEYS_ALL; key++)
        if (tracker->owed[key] == OWED) tracker->owed[key] = DUE;
    wire_send(&tracker->member.wire, text.data, text.len);
    for (int i = 0; i < count && !*tracker->member.complaint; i++) {
        if (says_caching(tracker, &reads[i])) expect_next(tracker, "OK");
        take_values(tracker, &reads[i]);
    }
    text_fini(&text);
    if (tracker->is_alone && !redirects(tracker)) check_causes(tracker);
}

/* What it writes itself it is told as the others are; or it knows, and is not told. */
static void write_own(struct tracker *tracker)
{
    int key = OWN_KEYS + tracker->member.number;
    char line[64], name[32];
    sprintf(line, "SET %s %lld\r\n", name_of(key, name), ++tracker->own);
    if (tracker->mode == NOLOOP) tracker->kept[key] = NOTHING;
    wire_send_text(&tracker->member.wire, line);
    expect_next(tracker, "OK");
}

/* What has come by now; false: the connection has ended. */
static bool hear_listener(struct tracker *tracker)
{
    while (!wire_is_silent(&tracker->listener, 0)) {
        struct reply *reply = wire_read(&tracker->listener);
        if (!reply) return false;
        if (reply->count == 3 && !strcmp(reply->items[0]->data, "message"))
            take_announcement(tracker, reply->items[2]);
        reply_free(reply);
    }
    return true;
}

static bool open_listener(struct tracker *tracker)
{
    if (!wire_open(&tracker->listener, crowd.server.port)) return false;
    tracker->listener_id =
        strtoll(wire_command_text(&tracker->listener, "CLIENT ID") + 1, NULL, 10);
    const char *reply = wire_command_text(&tracker->listener, "SUBSCRIBE __redis__:invalidate");
    return !strncmp(reply, "[\"subscribe\"", 12);
}

/* Begins to track; what it has kept from before is forgotten. */
static void begin(struct tracker *tracker)
{
    char line[160], where[48] = "";
    if (redirects(tracker)) {
        if (!open_listener(tracker)) member_complain(&tracker->member, "it cannot listen");
        sprintf(where, "REDIRECT %lld", tracker->listener_id);
    }
    sprintf(line, "CLIENT TRACKING ON %s %s\r\n", options[tracker->mode], where);
    wire_send_text(&tracker->member.wire, line);
    expect_next(tracker, "OK");
    keep_nothing(tracker);
}

/* Ends, and begins again; whoever listens for it may be killed. */
static void begin_anew(struct tracker *tracker)
{
    char line[64];
    if (member_draw(&tracker->member, 2) || !redirects(tracker)) {
        wire_send_text(&tracker->member.wire, "CLIENT TRACKING OFF\r\n");
        expect_next(tracker, "OK");
    } else {
        sprintf(line, "CLIENT KILL ID %lld\r\n", tracker->listener_id);
        wire_send_text(&tracker->member.wire, line);
        reply_free(next_reply(tracker));
        while (hear_listener(tracker)) /* until it notices */
            wire_is_silent(&tracker->listener, WIRE_TIMEOUT_MS);
        wire_send_text(&tracker->member.wire, "CLIENT TRACKING OFF\r\n");
        expect_next(tracker, "OK");
    }
    if (redirects(tracker)) wire_close(&tracker->listener);
    begin(tracker);
}

static void *run_tracker(void *context)
{
    struct tracker *tracker = context;
    struct member *member = &tracker->member;
    while (!crowd_is_over()) {
        uint32_t what = member_draw(member, 100);
        if (what == 0)
            begin_anew(tracker);
        else if (what < 15)
            write_own(tracker);
        else
            read_batch(tracker);
        if (redirects(tracker) && !hear_listener(tracker))
            member_complain(member, "nobody has killed its listener");
    }
    return NULL;
}

/* --- When all is quiet -------------------------------------------------------------------- */

static void read_all(struct member *member, long long values[KEYS_ALL])
{
    char name[32];
    for (int key = 0; key < KEYS_ALL; key++) {
        const char *text = member_ask(member, "GET %s", name_of(key, name));
        values[key] = *text == '"' ? strtoll(text + 1, NULL, 10) : NO_VALUE;
    }
}

static int first_stale(const struct tracker *tracker, const long long values[KEYS_ALL])
{
    for (int key = 0; key < KEYS_ALL; key++)
        if (tracker->kept[key] != NOTHING && tracker->kept[key] != values[key]) return key;
    return -1;
}

/* What was announced arrives; once something did not, the others are not waited for. */
static void check_quiet(struct tracker *tracker, const long long values[KEYS_ALL])
{
    int64_t deadline = now_ms() + (test_failed() ? 0 : QUIET_MS);
    while (first_stale(tracker, values) >= 0 && now_ms() < deadline) {
        wire_send_text(&tracker->member.wire, "PING\r\n");
        expect_next(tracker, "PONG");
        if (redirects(tracker)) hear_listener(tracker);
    }
    int key = first_stale(tracker, values);
    if (key >= 0)
        member_complain(&tracker->member, "it keeps %lld of key %d for good, which is %lld",
                        tracker->kept[key], key, values[key]);
    CHECK(tracker->announcements > 0);
}

static void begin_tracker(int number)
{
    struct tracker *tracker = &trackers[number];
    *tracker = (struct tracker){.mode = (enum mode)number};
    member_init(&tracker->member, number, redirects(tracker) ? 2 : 3);
    begin(tracker);
}

static void begin_writer(int number)
{
    writers[number] = (struct writer){.count = 0};
    member_init(&writers[number].member, number, 2);
}

static void end_tracker(struct tracker *tracker, const long long values[KEYS_ALL])
{
    if (!*tracker->member.complaint) check_quiet(tracker, values);
    if (redirects(tracker)) wire_close(&tracker->listener);
    member_close(&tracker->member);
}

TEST(nothing_stale_is_kept)
{
    struct member disturber, watcher;
    long long values[KEYS_ALL];
    member_init(&watcher, TRACKERS + 1, 2);
    member_init(&disturber, TRACKERS, 2);
    for (int i = 0; i < TRACKERS; i++)
        begin_tracker(i);
    for (int i = 0; i < WRITERS; i++)
        begin_writer(i);
    for (int i = 0; i < TRACKERS; i++)
        member_start(&trackers[i].member, run_tracker, &trackers[i]);
    for (int i = 0; i < WRITERS; i++)
        member_start(&writers[i].member, run_writer, &writers[i]);
    member_start(&disturber, run_disturber, &disturber);
    for (int i = 0; i < WRITERS; i++)
        member_join(&writers[i].member);
    atomic_store(&crowd.over, true);
    member_join(&disturber);
    for (int i = 0; i < TRACKERS; i++)
        pthread_join(trackers[i].member.thread, NULL);
    read_all(&watcher, values);
    for (int i = 0; i < TRACKERS; i++)
        end_tracker(&trackers[i], values);
    expect(&watcher, member_ask(&watcher, "FLUSHALL"), "+OK");
    member_close(&watcher);
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv);
}
