/* Publishers and subscribers on a real server whose slots move. Each publisher numbers what it
 * says, on every channel from 0 on, and writes numbers to keys before, in the same pipeline or the
 * same block. Subscribers come and go; some are killed. What holds for each subscription:
 *
 * - It hears each publisher's messages in their order, none twice and none left out.
 * - It misses nothing that was begun after its confirmation had come, and nothing that had been
 *   acknowledged before its end was asked for; it hears nothing that was acknowledged before it was
 *   asked for, and nothing outside of it.
 * - A client hears a publisher in its order on all channels and patterns taken together.
 * - Who has heard a message, and then reads, sees what its publisher had written before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crowd.h"
#include "support/text.h"

enum {
    CHANNELS = 4, /* two of PUBLISH, two of SPUBLISH */
    PUBLISHERS = 3,
    SUBSCRIBERS = 6,
    BATCH = 6,
    TOPICS = 5, /* the channels, and a pattern */
    PATTERN = CHANNELS,
    PLACES = CHANNELS + 2, /* where something is heard: a channel, or one by the pattern */
};

static const char *const channels[CHANNELS] = {"news:0", "news:1", "part:0", "part:1"};
static const char *const joins[TOPICS] = {"SUBSCRIBE news:0", "SUBSCRIBE news:1",
                                          "SSUBSCRIBE part:0", "SSUBSCRIBE part:1",
                                          "PSUBSCRIBE news:*"};
static const char *const leaves[TOPICS] = {"UNSUBSCRIBE news:0", "UNSUBSCRIBE news:1",
                                           "SUNSUBSCRIBE part:0", "SUNSUBSCRIBE part:1",
                                           "PUNSUBSCRIBE news:*"};

/* How many messages a publisher has begun on a channel, and how many have been acknowledged. */
static _Atomic int begun[PUBLISHERS][CHANNELS], known[PUBLISHERS][CHANNELS];

struct publisher {
    struct member member;
    int count;   /* of its messages on all channels */
    int written; /* the number that its keys have once the next message is heard */
    _Atomic bool is_done;
};

/* What is expected of one publisher in one place. */
struct expected {
    int next;     /* -1: it has heard none */
    int min, max; /* which may be the first */
};

struct subscriber {
    struct member member; /* its connection is the one that hears */
    struct wire reader;   /* in RESP2 it reads by this one */
    int resp;
    bool has[TOPICS];
    struct expected expected[PLACES][PUBLISHERS];
    int last[PUBLISHERS];     /* the last that it has heard anywhere */
    int promised[PUBLISHERS]; /* what must have been written */
    int heard, deaths;
};

static struct publisher publishers[PUBLISHERS];
static struct subscriber subscribers[SUBSCRIBERS];

/* --- publishers --------------------------------------------------------------------------- */

/* One message, with what is written before it; returns the number of replies. */
static int write_message(struct publisher *publisher, struct text *text)
{
    struct member *member = &publisher->member;
    int p = member->number, channel = (int)member_draw(member, CHANNELS);
    uint32_t form = member_draw(member, 4);
    int number = publisher->count++;
    if (form == 0) text_addf(text, "SET data:%d %d\r\n", p, number);
    if (form == 1) text_addf(text, "MSET data:%d %d more:%d %d\r\n", p, number, p, number);
    if (form == 2) text_addf(text, "MULTI\r\nSET data:%d %d\r\n", p, number);
    if (form < 3) publisher->written = number;
    text_addf(text, "%s %s %d:%d:%d:%d\r\n", channel < 2 ? "PUBLISH" : "SPUBLISH",
              channels[channel], p, atomic_fetch_add(&begun[p][channel], 1), number,
              publisher->written);
    if (form == 2) text_addf(text, "SET more:%d %d\r\nEXEC\r\n", p, number);
    return form < 2 ? 2 : form == 2 ? 5 : 1;
}

static void publish(struct publisher *publisher)
{
    struct member *member = &publisher->member;
    struct text text = {0};
    int replies = 0, count = 1 + (int)member_draw(member, BATCH);
    for (int i = 0; i < count; i++)
        replies += write_message(publisher, &text);
    wire_send(&member->wire, text.data, text.len);
    text_fini(&text);
    while (replies--) {
        const char *reply = wire_read_text(&member->wire);
        if (strchr("-<", *reply)) member_complain(member, "a message fails: %.100s", reply);
    }
    for (int i = 0; i < CHANNELS; i++)
        atomic_store(&known[member->number][i], atomic_load(&begun[member->number][i]));
}

static void *run_publisher(void *context)
{
    struct publisher *publisher = context;
    while (publisher->count < crowd.rounds && !crowd_is_over())
        publish(publisher);
    atomic_store(&publisher->is_done, true);
    return NULL;
}

/* --- what is heard ------------------------------------------------------------------------ */

static int find_channel(const char *name)
{
    for (int i = 0; i < CHANNELS; i++)
        if (!strcmp(channels[i], name)) return i;
    return -1;
}

static int channel_of(int place)
{
    return place < CHANNELS ? place : place - CHANNELS;
}

static bool is_of_topic(int place, int topic)
{
    return topic == PATTERN ? place >= CHANNELS : place == topic;
}

static void hear(struct subscriber *subscriber, int place, const char *text)
{
    struct member *member = &subscriber->member;
    int p = 0, sequence = 0, number = 0, promised = 0;
    int fields = sscanf(text, "%d:%d:%d:%d", &p, &sequence, &number, &promised);
    if (fields != 4 || p >= PUBLISHERS) {
        member_complain(member, "nobody has said %.60s", text);
        return;
    }
    struct expected *expected = &subscriber->expected[place][p];
    if (!subscriber->has[place < CHANNELS ? place : PATTERN])
        member_complain(member, "it hears %s, and has not subscribed to place %d", text, place);
    if (expected->next >= 0 && sequence != expected->next)
        member_complain(member, "it hears %s and not number %d", text, expected->next);
    if (expected->next < 0 && (sequence < expected->min || sequence > expected->max))
        member_complain(member, "it hears %s first in place %d, not one of %d to %d", text, place,
                        expected->min, expected->max);
    if (number < subscriber->last[p])
        member_complain(member, "it hears %s after number %d", text, subscriber->last[p]);
    expected->next = sequence + 1;
    subscriber->last[p] = number;
    subscriber->promised[p] = promised;
    subscriber->heard++;
}

/* ["message", channel, text], "smessage" too; ["pmessage", pattern, channel, text]. */
static bool hear_message(struct subscriber *subscriber, const struct reply *reply)
{
    if (!strchr("*>", reply->type) || reply->count < 3 || reply->items[2]->type != '$')
        return false;
    int place = find_channel(reply->items[reply->count - 2]->data);
    if (place < 0) return false;
    if (reply->count == 4) place += CHANNELS;
    hear(subscriber, place, reply->items[reply->count - 1]->data);
    return true;
}

/* The next thing that is no message; NULL: the connection has ended. */
static struct reply *next_reply(struct subscriber *subscriber)
{
    struct reply *reply;
    while ((reply = wire_read(&subscriber->member.wire)) && hear_message(subscriber, reply))
        reply_free(reply);
    return reply;
}

/* --- coming and going --------------------------------------------------------------------- */

static bool is_mortal(const struct subscriber *subscriber)
{
    return subscriber->member.number % 3 == 0;
}

static void begin_place(struct subscriber *subscriber, int place)
{
    for (int p = 0; p < PUBLISHERS; p++) {
        struct expected *expected = &subscriber->expected[place][p];
        expected->next = -1;
        expected->min = atomic_load(&known[p][channel_of(place)]);
        expected->max = INT32_MAX; /* until it is confirmed */
    }
}

static bool join(struct subscriber *subscriber, int topic)
{
    for (int place = 0; place < PLACES; place++)
        if (is_of_topic(place, topic)) begin_place(subscriber, place);
    subscriber->has[topic] = false;
    wire_send_command(&subscriber->member.wire, joins[topic]);
    struct reply *reply = next_reply(subscriber);
    reply_free(reply);
    for (int place = 0; place < PLACES; place++)
        for (int p = 0; is_of_topic(place, topic) && p < PUBLISHERS; p++)
            subscriber->expected[place][p].max = atomic_load(&begun[p][channel_of(place)]);
    subscriber->has[topic] = true;
    return reply != NULL;
}

/* All that was acknowledged before has come, if it can have missed it. */
static void check_place(struct subscriber *subscriber, int place, const int known_before[])
{
    for (int p = 0; p < PUBLISHERS; p++) {
        const struct expected *expected = &subscriber->expected[place][p];
        int next = expected->next < 0 ? expected->max : expected->next;
        if (next < known_before[p])
            member_complain(&subscriber->member, "in place %d it misses %d of publisher %d", place,
                            next, p);
    }
}

static bool leave(struct subscriber *subscriber, int topic)
{
    int before[PLACES][PUBLISHERS];
    for (int place = 0; place < PLACES; place++)
        for (int p = 0; p < PUBLISHERS; p++)
            before[place][p] = atomic_load(&known[p][channel_of(place)]);
    wire_send_command(&subscriber->member.wire, leaves[topic]);
    struct reply *reply = next_reply(subscriber);
    if (!reply) return false;
    reply_free(reply);
    for (int place = 0; place < PLACES; place++)
        if (is_of_topic(place, topic)) check_place(subscriber, place, before[place]);
    subscriber->has[topic] = false;
    return true;
}

static bool connect_subscriber(struct subscriber *subscriber)
{
    memset(subscriber->has, 0, sizeof subscriber->has);
    return member_connect(&subscriber->member, subscriber->resp);
}

/* Its own connection reads where it may. */
static struct reply *read_key(struct subscriber *subscriber, const char *line)
{
    if (subscriber->resp == 2) return wire_command(&subscriber->reader, line);
    wire_send_command(&subscriber->member.wire, line);
    return next_reply(subscriber);
}

static bool look_up(struct subscriber *subscriber, const char *key, int p)
{
    char line[32];
    int promised = subscriber->promised[p];
    sprintf(line, "GET %s:%d", key, p);
    struct reply *reply = read_key(subscriber, line);
    if (!reply) return false;
    int number = reply->type == '$' && !reply->null ? atoi(reply->data) : 0;
    bool is_asked = !strcmp(key, "data"); /* the others are not always written */
    if (is_asked && number < promised)
        member_complain(&subscriber->member, "it has heard that %d is written, and reads %d",
                        promised, number);
    reply_free(reply);
    return true;
}

/* Hears what has come by now. False: its connection has ended. */
static bool listen(struct subscriber *subscriber)
{
    wire_send_text(&subscriber->member.wire, "PING\r\n");
    struct reply *reply = next_reply(subscriber);
    reply_free(reply);
    return reply != NULL;
}

static bool act(struct subscriber *subscriber)
{
    struct member *member = &subscriber->member;
    int topic = (int)member_draw(member, TOPICS);
    uint32_t what = member_draw(member, 64);
    if (what == 0 && is_mortal(subscriber)) return false;
    if (what < 12)
        return subscriber->has[topic] ? leave(subscriber, topic) : join(subscriber, topic);
    if (what < 40) return look_up(subscriber, "data", (int)member_draw(member, PUBLISHERS));
    return listen(subscriber);
}

static bool publishers_are_done(void)
{
    for (int i = 0; i < PUBLISHERS; i++)
        if (!atomic_load(&publishers[i].is_done)) return false;
    return true;
}

static void come_again(struct subscriber *subscriber)
{
    struct member *member = &subscriber->member;
    if (!is_mortal(subscriber)) member_complain(member, "nobody was to end it");
    subscriber->deaths++;
    wire_close(&member->wire);
    if (!connect_subscriber(subscriber)) member_complain(member, "it cannot connect again");
}

static void *run_subscriber(void *context)
{
    struct subscriber *subscriber = context;
    while (!publishers_are_done() && !crowd_is_over())
        if (!act(subscriber)) come_again(subscriber);
    for (int topic = 0; topic < TOPICS && !crowd_is_over(); topic++)
        if (subscriber->has[topic] && !leave(subscriber, topic)) come_again(subscriber);
    return NULL;
}

/* Moves slots, and kills. */
static void *run_disturber(void *context)
{
    struct member *member = context;
    char key[32];
    while (!publishers_are_done() && !crowd_is_over()) {
        const struct subscriber *victim = &subscribers[member_draw(member, SUBSCRIBERS)];
        sprintf(key, "data:%u", member_draw(member, PUBLISHERS));
        if (is_mortal(victim) && !member_draw(member, 64))
            member_ask(member, "CLIENT KILL ID %lld", atomic_load(&victim->member.id));
        else
            member_move_slot(member, key);
    }
    return NULL;
}

/* --- */

static void begin_subscriber(int i)
{
    struct subscriber *subscriber = &subscribers[i];
    *subscriber = (struct subscriber){.resp = i % 2 ? 3 : 2};
    member_init(&subscriber->member, PUBLISHERS + i, subscriber->resp);
    REQUIRE(wire_open(&subscriber->reader, crowd.server.port));
    for (int topic = 0; topic < TOPICS; topic++)
        if (!is_mortal(subscriber)) CHECK(join(subscriber, topic));
}

TEST(publishers_are_heard_in_their_order)
{
    struct member disturber;
    int heard = 0;
    memset(begun, 0, sizeof begun);
    memset(known, 0, sizeof known);
    member_init(&disturber, PUBLISHERS + SUBSCRIBERS, 2);
    for (int i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){.written = 0};
        member_init(&publishers[i].member, i, 2);
    }
    for (int i = 0; i < SUBSCRIBERS; i++)
        begin_subscriber(i);
    for (int i = 0; i < SUBSCRIBERS; i++)
        member_start(&subscribers[i].member, run_subscriber, &subscribers[i]);
    for (int i = 0; i < PUBLISHERS; i++)
        member_start(&publishers[i].member, run_publisher, &publishers[i]);
    member_start(&disturber, run_disturber, &disturber);
    for (int i = 0; i < PUBLISHERS; i++)
        member_join(&publishers[i].member);
    for (int i = 0; i < SUBSCRIBERS; i++) {
        member_join(&subscribers[i].member);
        wire_close(&subscribers[i].reader);
        heard += subscribers[i].heard;
    }
    member_join(&disturber);
    CHECK(heard > 0);
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv);
}
