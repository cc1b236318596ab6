/* What publishers say, on a real server whose slots move: each listener hears what each publisher
 * says on its channels, in that order, nothing twice and nothing left out between the confirmations
 * that it listens and that it does not any more; and whoever has heard a message finds what was
 * written before it. Some of it is said in blocks; some listeners come and go, and are killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crew.h"

enum {
    PUBLISHERS = 3,
    CHANNELS = 4,
    TO_PATTERN = PUBLISHERS, /* workers */
    TO_CHANNELS,
    TO_SHARD_CHANNELS,
    COMER,
    COMERS_END = COMER + 2,
    DISTURBER = COMERS_END,
    CROWD = 40, /* of the first channel */
    VISIT = 60, /* messages */
    LOOKS = 8,  /* it looks for data after every so many messages */
};

/* How many each publisher says on channels; on shard channels so many in all. */
static int to_say(bool to_shards)
{
    return to_shards ? crew_rounds : 4 * crew_rounds;
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

static void say(struct worker *worker, struct speech *speech)
{
    int p = worker->number;
    bool to_shards = !draw(worker, 4);
    int number = to_shards ? speech->said_to_shards : speech->said;
    uint32_t channel = draw(worker, CHANNELS);
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

static void speak(struct worker *worker, struct speech *speech)
{
    bool in_block = !draw(worker, 3);
    speech->text.len = 0;
    speech->replies = 0;
    if (in_block) text_addf(&speech->text, "MULTI\r\n");
    for (uint32_t left = 1 + draw(worker, 5); left; left--)
        say(worker, speech);
    if (in_block) text_addf(&speech->text, "EXEC\r\n");
    if (!speech->text.len) return;
    wire_send_text(&worker->wire, speech->text.data);
    for (int i = 0; i < speech->replies + 2 * in_block; i++)
        if (strchr("-<", *wire_read_text(&worker->wire))) complain(worker, "it cannot speak");
}

static void *run_publisher(void *context)
{
    struct worker *worker = context;
    struct speech speech = {0};
    while (!atomic_load(&crew_over) &&
           (speech.said < to_say(false) || speech.said_to_shards < to_say(true)))
        speak(worker, &speech);
    text_fini(&speech.text);
    atomic_store(&worker->is_done, true);
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

static void look_for_data(struct worker *worker, struct hearing *hearing, bool of_shards, int p,
                          int number)
{
    char line[64];
    snprintf(line, sizeof line, "GET data:%d:%d", of_shards, p);
    const char *found = wire_command_text(&hearing->reader, line);
    if (*found != '"' || atoi(found + 1) < number)
        complain(worker, "a message is heard before what was written earlier");
}

/* Of several channels nothing is left out; of one of them something else may have been said. */
static void hear(struct worker *worker, struct hearing *hearing, const struct reply *reply,
                 bool hears_all)
{
    int p, number;
    if (!read_message(reply, &p, &number) || p < 0 || p >= PUBLISHERS) {
        complain(worker, "it hears no message");
        return;
    }
    int next = hearing->next[p];
    if (next >= 0 && number < next) complain(worker, "a message comes twice, or late");
    if (next >= 0 && number > next && hears_all) complain(worker, "a message is lost");
    hearing->next[p] = number + 1;
    bool of_shards = !strcmp(reply->items[0]->data, "smessage");
    if (hearing->reader.fd >= 0 && ++hearing->heard % LOOKS == 0)
        look_for_data(worker, hearing, of_shards, p, number);
}

static bool has_heard_all(const struct hearing *hearing, int each)
{
    for (int p = 0; p < PUBLISHERS; p++)
        if (hearing->next[p] < each) return false;
    return true;
}

static void listen_to_all(struct worker *worker, int each)
{
    struct hearing hearing = {0};
    if (!wire_open(&hearing.reader, crew_port)) complain(worker, "it cannot connect");
    while (!has_heard_all(&hearing, each) && !atomic_load(&crew_over)) {
        struct reply *reply = wire_read(&worker->wire);
        if (!reply) complain(worker, "nothing more is heard");
        if (reply) hear(worker, &hearing, reply, true);
        if (reply) reply_free(reply);
    }
    wire_close(&hearing.reader);
    atomic_store(&worker->is_done, true);
}

static void *run_listener(void *context)
{
    struct worker *worker = context;
    listen_to_all(worker, to_say(worker->number == TO_SHARD_CHANNELS));
    return NULL;
}

/* --- Those who come and go -------------------------------------------------------------------- */

#define ALL_CHANNELS "channel:0 channel:1 channel:2 channel:3"

static bool is_confirmation(const struct reply *reply, const char *of)
{
    return reply && reply->count == 3 && !strcmp(reply->items[0]->data, of);
}

/* Reads until so many confirmations have come. False: the connection has ended. */
static bool confirmed(struct worker *worker, const char *of, int count, struct hearing *hearing)
{
    for (bool was_one = false; count;) {
        struct reply *reply = wire_read(&worker->wire);
        if (!reply) return false;
        bool is_one = is_confirmation(reply, of);
        count -= is_one;
        was_one |= is_one;
        if (!is_one && hearing && !was_one) hear(worker, hearing, reply, true);
        reply_free(reply);
    }
    return true;
}

/* False: the connection has ended. */
static bool listen_a_while(struct worker *worker, struct hearing *hearing)
{
    for (uint32_t left = draw(worker, VISIT); left; left--) {
        while (wire_is_silent(&worker->wire, 20))
            if (all_done(0, PUBLISHERS) || atomic_load(&crew_over)) return true;
        struct reply *reply = wire_read(&worker->wire);
        if (!reply) return false;
        hear(worker, hearing, reply, true);
        reply_free(reply);
    }
    return true;
}

static bool visit(struct worker *worker)
{
    struct hearing hearing = {.next = {-1, -1, -1}, .reader.fd = -1};
    if (!wire_send_command(&worker->wire, "SUBSCRIBE " ALL_CHANNELS) ||
        !confirmed(worker, "subscribe", CHANNELS, NULL) || !listen_a_while(worker, &hearing))
        return false;
    if (!wire_send_command(&worker->wire, "UNSUBSCRIBE") ||
        !confirmed(worker, "unsubscribe", CHANNELS, &hearing))
        return false;
    const char *answer = wire_command_text(&worker->wire, "PING");
    if (*answer == '<') return false;
    if (strcmp(answer, "+PONG") != 0) complain(worker, "it hears what it no longer listens to");
    return true;
}

static void *run_comer(void *context)
{
    struct worker *worker = context;
    while (!all_done(0, PUBLISHERS) && !atomic_load(&crew_over)) {
        if (visit(worker)) continue;
        wire_close(&worker->wire);
        if (!connect_worker(worker)) complain(worker, "it cannot connect again");
    }
    return NULL;
}

static void *run_disturber(void *context)
{
    struct worker *worker = context;
    char line[64], key[32];
    while (!all_done(0, TO_SHARD_CHANNELS + 1) && !atomic_load(&crew_over)) {
        const struct worker *victim = &workers[COMER + (int)draw(worker, COMERS_END - COMER)];
        if (!draw(worker, 30)) ASK(worker, "CLIENT KILL ID %lld", atomic_load(&victim->id));
        snprintf(key, sizeof key, "data:%u:%u", draw(worker, 2), draw(worker, PUBLISHERS));
        move_slot(worker, key);
    }
    return NULL;
}

/* --- The crowd -------------------------------------------------------------------------------- */

static void crowd_comes(struct wire *crowd)
{
    for (int i = 0; i < CROWD; i++) {
        REQUIRE(wire_open(&crowd[i], crew_port));
        if (i % 2) REQUIRE(wire_hello(&crowd[i], 3));
        CHECK(wire_send_command(&crowd[i], "SUBSCRIBE channel:0"));
        struct reply *reply = wire_read(&crowd[i]);
        REQUIRE(is_confirmation(reply, "subscribe"));
        reply_free(reply);
    }
}

/* All of them have heard the same, which nobody has read until now. */
static void crowd_has_heard(struct wire *crowd, struct worker *checker)
{
    int said = 0;
    for (int p = 0; p < PUBLISHERS; p++)
        said += said_to_crowd[p];
    for (int i = 0; i < CROWD; i++) {
        struct hearing hearing = {.reader.fd = -1};
        for (int left = said; left && !test_failed(); left--) {
            struct reply *reply = wire_read(&crowd[i]);
            REQUIRE(reply);
            hear(checker, &hearing, reply, false);
            reply_free(reply);
        }
        CHECK(wire_send_command(&crowd[i], "UNSUBSCRIBE channel:0"));
        struct reply *reply = wire_read(&crowd[i]);
        CHECK(is_confirmation(reply, "unsubscribe"));
        if (reply) reply_free(reply);
        wire_close(&crowd[i]);
    }
    if (checker->complaint) test_fail(__FILE__, __LINE__, "the crowd: %s", checker->complaint);
}

static void start_listener(int number, int resp, const char *command, int confirmations)
{
    struct worker *worker = hire(number);
    REQUIRE(resp == 2 || wire_hello(&worker->wire, resp));
    REQUIRE(wire_send_command(&worker->wire, command));
    for (int i = 0; i < confirmations; i++)
        REQUIRE(strstr(wire_read_text(&worker->wire), "subscribe"));
    launch(worker, run_listener);
}

TEST(everybody_hears_everything_in_order)
{
    static struct wire crowd[CROWD];
    struct worker checker = {0};
    memset(said_to_crowd, 0, sizeof said_to_crowd);
    atomic_store(&crew_over, false);
    crowd_comes(crowd);
    for (int i = 0; i < PUBLISHERS; i++)
        hire(i); /* the others go on until these are done */
    start_listener(TO_PATTERN, 2, "PSUBSCRIBE ch*", 1);
    start_listener(TO_CHANNELS, 3, "SUBSCRIBE " ALL_CHANNELS, CHANNELS);
    start_listener(TO_SHARD_CHANNELS, 3, "SSUBSCRIBE shard:0 shard:1 shard:2 shard:3", CHANNELS);
    for (int i = COMER; i < COMERS_END; i++)
        start(i, run_comer);
    start(DISTURBER, run_disturber);
    for (int i = 0; i < PUBLISHERS; i++)
        launch(&workers[i], run_publisher);
    for (int i = 0; i <= DISTURBER; i++)
        join(i);
    crowd_has_heard(crowd, &checker);
}

int main(int argc, char **argv)
{
    return crew_main(argc, argv);
}
