/* What publishers say, on a real server whose slots move: each listener hears what each publisher
 * says on its channels, in that order, nothing twice and nothing left out between the confirmations
 * that it listens and that it does not any more; and whoever has heard a message finds what was
 * written before it. Some of it is said in blocks; some listeners come and go, and are killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crowd.h"

enum {
    PUBLISHERS = 3,
    CHANNELS = 4,
    TO_PATTERN = PUBLISHERS, /* members */
    TO_CHANNELS,
    TO_SHARD_CHANNELS,
    COMER,
    COMERS_END = COMER + 2,
    DISTURBER = COMERS_END,
    CROWD = 40, /* of the first channel */
    VISIT = 60, /* messages */
    LOOKS = 8,  /* it looks for data after every so many messages */
};

static struct member members[DISTURBER + 1];

/* How many each publisher says on channels; on shard channels so many in all. */
static int to_say(bool to_shards)
{
    return to_shards ? crowd.rounds : 4 * crowd.rounds;
}

/* How many messages of each publisher went to the first channel. */
static int said_to_crowd[PUBLISHERS];

/* --- Publishers ------------------------------------------------------------------------------- */

/* A publisher's messages are numbered; to channels and to shard channels each by themselves. */
struct speech {
    struct text text; /* of a pipeline */
    int replies;
    int said, said_to_shards;
};

static void say(struct member *member, struct speech *speech)
{
    int p = member->number;
    bool to_shards = !member_draw(member, 4);
    int number = to_shards ? speech->said_to_shards : speech->said;
    uint32_t channel = member_draw(member, CHANNELS);
    if (number >= to_say(to_shards)) return;
    text_addf(&speech->text, "SET data:%d:%d %d\r\n", to_shards, p, number);
    text_addf(&speech->text, "%s %s:%u %d:%d\r\n", to_shards ? "SPUBLISH" : "PUBLISH",
              to_shards ? "shard" : "channel", channel, p, number);
    speech->replies += 2;
    if (to_shards)
        speech->said_to_shards++;
    else
        speech->said++;
    if (!to_shards && !channel) said_to_crowd[p]++;
}

static void speak(struct member *member, struct speech *speech)
{
    bool in_block = !member_draw(member, 3);
    speech->text.len = 0;
    speech->replies = 0;
    if (in_block) text_addf(&speech->text, "MULTI\r\n");
    for (uint32_t left = 1 + member_draw(member, 5); left; left--)
        say(member, speech);
    if (in_block) text_addf(&speech->text, "EXEC\r\n");
    if (!speech->text.len) return;
    wire_send_text(&member->wire, speech->text.data);
    for (int i = 0; i < speech->replies + 2 * in_block; i++)
        if (strchr("-<", *wire_read_text(&member->wire)))
            member_complain(member, "it cannot speak");
}

static void *run_publisher(void *context)
{
    struct member *member = context;
    struct speech speech = {0};
    while (!crowd_is_over() &&
           (speech.said < to_say(false) || speech.said_to_shards < to_say(true)))
        speak(member, &speech);
    text_fini(&speech.text);
    atomic_store(&member->is_done, true);
    return NULL;
}

/* --- Listeners -------------------------------------------------------------------------------- */

/* What somebody has heard. */
struct hearing {
    int next[PUBLISHERS]; /* -1: whatever comes is the first */
    struct wire reader;   /* looks for data */
    int heard;
};

static bool read_message(const struct reply *reply, int *publisher, int *number)
{
    if (!reply || reply->count < 3 || !strstr(reply->items[0]->data, "message")) return false;
    return sscanf(reply->items[reply->count - 1]->data, "%d:%d", publisher, number) == 2;
}

static void look_for_data(struct member *member, struct hearing *hearing, bool of_shards, int p,
                          int number)
{
    char line[64];
    snprintf(line, sizeof line, "GET data:%d:%d", of_shards, p);
    const char *found = wire_command_text(&hearing->reader, line);
    if (*found != '"' || atoi(found + 1) < number)
        member_complain(member, "a message is heard before what was written earlier");
}

/* Of several channels nothing is left out; of one of them something else may have been said. */
static void hear(struct member *member, struct hearing *hearing, const struct reply *reply,
                 bool hears_all)
{
    int p, number;
    if (!read_message(reply, &p, &number) || p < 0 || p >= PUBLISHERS) {
        member_complain(member, "it hears no message");
        return;
    }
    int next = hearing->next[p];
    if (next >= 0 && number < next) member_complain(member, "a message comes twice, or late");
    if (next >= 0 && number > next && hears_all) member_complain(member, "a message is lost");
    hearing->next[p] = number + 1;
    bool of_shards = !strcmp(reply->items[0]->data, "smessage");
    if (hearing->reader.fd >= 0 && ++hearing->heard % LOOKS == 0)
        look_for_data(member, hearing, of_shards, p, number);
}

static bool has_heard_all(const struct hearing *hearing, int each)
{
    for (int p = 0; p < PUBLISHERS; p++)
        if (hearing->next[p] < each) return false;
    return true;
}

static void listen_to_all(struct member *member, int each)
{
    struct hearing hearing = {0};
    if (!wire_open(&hearing.reader, crowd.server.port))
        member_complain(member, "it cannot connect");
    while (!has_heard_all(&hearing, each) && !crowd_is_over()) {
        struct reply *reply = wire_read(&member->wire);
        if (!reply) member_complain(member, "nothing more is heard");
        if (reply) hear(member, &hearing, reply, true);
        if (reply) reply_free(reply);
    }
    wire_close(&hearing.reader);
    atomic_store(&member->is_done, true);
}

static void *run_listener(void *context)
{
    struct member *member = context;
    listen_to_all(member, to_say(member->number == TO_SHARD_CHANNELS));
    return NULL;
}

/* --- Those who come and go -------------------------------------------------------------------- */

#define ALL_CHANNELS "channel:0 channel:1 channel:2 channel:3"

static bool is_confirmation(const struct reply *reply, const char *of)
{
    return reply && reply->count == 3 && !strcmp(reply->items[0]->data, of);
}

/* Reads until so many confirmations have come. False: the connection has ended. */
static bool confirmed(struct member *member, const char *of, int count, struct hearing *hearing)
{
    for (bool was_one = false; count;) {
        struct reply *reply = wire_read(&member->wire);
        if (!reply) return false;
        bool is_one = is_confirmation(reply, of);
        count -= is_one;
        was_one |= is_one;
        if (!is_one && hearing && !was_one) hear(member, hearing, reply, true);
        reply_free(reply);
    }
    return true;
}

/* False: the connection has ended. */
static bool listen_a_while(struct member *member, struct hearing *hearing)
{
    for (uint32_t left = member_draw(member, VISIT); left; left--) {
        while (wire_is_silent(&member->wire, 20))
            if (members_are_done(members, PUBLISHERS) || crowd_is_over()) return true;
        struct reply *reply = wire_read(&member->wire);
        if (!reply) return false;
        hear(member, hearing, reply, true);
        reply_free(reply);
    }
    return true;
}

static bool visit(struct member *member)
{
    struct hearing hearing = {.next = {-1, -1, -1}, .reader.fd = -1};
    if (!wire_send_command(&member->wire, "SUBSCRIBE " ALL_CHANNELS) ||
        !confirmed(member, "subscribe", CHANNELS, NULL) || !listen_a_while(member, &hearing))
        return false;
    if (!wire_send_command(&member->wire, "UNSUBSCRIBE") ||
        !confirmed(member, "unsubscribe", CHANNELS, &hearing))
        return false;
    const char *answer = wire_command_text(&member->wire, "PING");
    if (*answer == '<') return false;
    if (strcmp(answer, "+PONG") != 0)
        member_complain(member, "it hears what it no longer listens to");
    return true;
}

static void *run_comer(void *context)
{
    struct member *member = context;
    while (!members_are_done(members, PUBLISHERS) && !crowd_is_over()) {
        if (visit(member)) continue;
        wire_close(&member->wire);
        if (!member_connect(member, 2)) member_complain(member, "it cannot connect again");
    }
    return NULL;
}

static void *run_disturber(void *context)
{
    struct member *member = context;
    char key[32];
    while (!members_are_done(members, TO_SHARD_CHANNELS + 1) && !crowd_is_over()) {
        const struct member *victim =
            &members[COMER + (int)member_draw(member, COMERS_END - COMER)];
        if (!member_draw(member, 30))
            member_ask(member, "CLIENT KILL ID %lld", atomic_load(&victim->id));
        snprintf(key, sizeof key, "data:%u:%u", member_draw(member, 2),
                 member_draw(member, PUBLISHERS));
        member_move_slot(member, key);
    }
    return NULL;
}

/* --- The crowd -------------------------------------------------------------------------------- */

static void crowd_comes(struct wire *audience)
{
    for (int i = 0; i < CROWD; i++) {
        REQUIRE(wire_open(&audience[i], crowd.server.port));
        if (i % 2) REQUIRE(wire_hello(&audience[i], 3));
        CHECK(wire_send_command(&audience[i], "SUBSCRIBE channel:0"));
        struct reply *reply = wire_read(&audience[i]);
        REQUIRE(is_confirmation(reply, "subscribe"));
        reply_free(reply);
    }
}

/* All of them have heard the same, which nobody has read until now. */
static void crowd_has_heard(struct wire *audience, struct member *checker)
{
    int said = 0;
    for (int p = 0; p < PUBLISHERS; p++)
        said += said_to_crowd[p];
    for (int i = 0; i < CROWD; i++) {
        struct hearing hearing = {.reader.fd = -1};
        for (int left = said; left && !test_failed(); left--) {
            struct reply *reply = wire_read(&audience[i]);
            REQUIRE(reply);
            hear(checker, &hearing, reply, false);
            reply_free(reply);
        }
        CHECK(wire_send_command(&audience[i], "UNSUBSCRIBE channel:0"));
        struct reply *reply = wire_read(&audience[i]);
        CHECK(is_confirmation(reply, "unsubscribe"));
        if (reply) reply_free(reply);
        wire_close(&audience[i]);
    }
    if (*checker->complaint) test_fail(__FILE__, __LINE__, "the crowd: %s", checker->complaint);
}

static void start_listener(int number, int resp, const char *command, int confirmations)
{
    struct member *member = &members[number];
    member_init(member, number, 2);
    REQUIRE(resp == 2 || wire_hello(&member->wire, resp));
    REQUIRE(wire_send_command(&member->wire, command));
    for (int i = 0; i < confirmations; i++)
        REQUIRE(strstr(wire_read_text(&member->wire), "subscribe"));
    member_start(member, run_listener, member);
}

TEST(everybody_hears_everything_in_order)
{
    static struct wire audience[CROWD];
    struct member checker = {.wire.fd = -1};
    memset(said_to_crowd, 0, sizeof said_to_crowd);
    crowd_comes(audience);
    for (int i = 0; i < PUBLISHERS; i++)
        member_init(&members[i], i, 2); /* the others go on until these are done */
    start_listener(TO_PATTERN, 2, "PSUBSCRIBE ch*", 1);
    start_listener(TO_CHANNELS, 3, "SUBSCRIBE " ALL_CHANNELS, CHANNELS);
    start_listener(TO_SHARD_CHANNELS, 3, "SSUBSCRIBE shard:0 shard:1 shard:2 shard:3", CHANNELS);
    for (int i = COMER; i < COMERS_END; i++)
        member_run(&members[i], i, run_comer);
    member_run(&members[DISTURBER], DISTURBER, run_disturber);
    for (int i = 0; i < PUBLISHERS; i++)
        member_start(&members[i], run_publisher, &members[i]);
    for (int i = 0; i <= DISTURBER; i++)
        member_join(&members[i]);
    crowd_has_heard(audience, &checker);
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv);
}
