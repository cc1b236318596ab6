/* The order of a pipeline and the atomicity of multi-key commands, on a real server with several
 * shards, while slots move from shard to shard:
 *
 * - Who reads the keys of a pipeline backwards never sees a later write without an earlier one.
 * - MGET never sees half an MSET.
 * - Of a key that RENAME moves to and fro exactly one name exists.
 *
 *   order_test [--seconds N] [--oracle] [--plant] [--still] [--shards N]
 *
 * Every role is a thread with connections of its own. `--oracle` runs against redis-server, without
 * moving slots, as `--still` does against Torc. `--plant` writes in ways that break what is checked
 * (the pipeline backwards, SETs for MSET, COPY and DEL for RENAME), and then each check must fail.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

#define KEY_COUNT  9
#define MAX_ROUNDS 200 /* in one pipeline; long ones span several receives of a server */
#define MAX_STEPS  5000000

struct order {
    struct server server;
    int shards, seconds;
    bool oracle, plant, still;
    atomic_bool stop;
};

struct role {
    struct order *order;
    const char *name;
    void (*step)(struct role *role);
    struct wire wire;
    struct text out;
    struct rng rng;
    long long number; /* the last one written */
    long long steps;
    int rounds;      /* of the present pipeline */
    char error[512]; /* empty: none */
    pthread_t thread;
};

static void role_fail(struct role *role, const char *what, const char *detail)
{
    if (*role->error) return;
    snprintf(role->error, sizeof(role->error), "%s: %.400s", what, detail);
}

static void send_out(struct role *role)
{
    if (!wire_send(&role->wire, role->out.data, role->out.len)) {
        role_fail(role, "cannot send", role->wire.error);
    }
    role->out.len = 0;
}

static void expect(struct role *role, const char *expected)
{
    if (*role->error) return;
    const char *got = wire_read_text(&role->wire);
    if (strcmp(got, expected) != 0) {
        char what[64];
        snprintf(what, sizeof(what), "expected %s, got", expected);
        role_fail(role, what, got);
    }
}

/* The number in the next reply; 0 for nil. */
static long long next_number(struct role *role)
{
    if (*role->error) return 0;
    const char *got = wire_read_text(&role->wire);
    if (strcmp(got, "nil") == 0) return 0;
    if (*got == '"') return atoll(got + 1);
    role_fail(role, "expected a number", got);
    return 0;
}

/* The same growing number to every key, one after the other. */
static void write_in_order(struct role *role)
{
    for (int round = 0; round < role->rounds; round++) {
        role->number++;
        for (int i = 0; i < KEY_COUNT; i++) {
            int key = role->order->plant ? KEY_COUNT - 1 - i : i;
            text_addf(&role->out, "SET in-order:%d %lld\r\n", key, role->number);
        }
    }
    send_out(role);
    for (int i = 0; i < role->rounds * KEY_COUNT; i++)
        expect(role, "+OK");
}

/* What was written last is read first; what is read after it must be at least as new. */
static void read_backwards(struct role *role)
{
    for (int round = 0; round < role->rounds; round++) {
        for (int key = KEY_COUNT - 1; key >= 0; key--) {
            text_addf(&role->out, "GET in-order:%d\r\n", key);
        }
    }
    send_out(role);
    for (int round = 0; round < role->rounds; round++) {
        long long last = 0;
        for (int key = KEY_COUNT - 1; key >= 0; key--) {
            char detail[128];
            long long number = next_number(role);
            snprintf(detail, sizeof(detail), "key %d has %lld after key %d had %lld", key, number,
                     key + 1, last);
            if (number < last) role_fail(role, "a later write without an earlier one", detail);
            last = number;
        }
    }
}

static void write_together(struct role *role)
{
    for (int round = 0; round < role->rounds; round++) {
        role->number++;
        if (!role->order->plant) text_addf(&role->out, "MSET");
        for (int key = 0; key < KEY_COUNT; key++) {
            const char *form =
                role->order->plant ? "SET together:%d %lld\r\n" : " together:%d %lld";
            char word[64];
            snprintf(word, sizeof(word), form, key, role->number);
            text_addf(&role->out, "%s", word);
        }
        if (!role->order->plant) text_addf(&role->out, "\r\n");
    }
    send_out(role);
    int replies = role->rounds * (role->order->plant ? KEY_COUNT : 1);
    for (int i = 0; i < replies; i++)
        expect(role, "+OK");
}

static void check_equal(struct role *role)
{
    struct reply *reply = wire_read(&role->wire);
    if (!reply || reply->type != '*' || reply->count != KEY_COUNT) {
        role_fail(role, "MGET", reply ? "another reply" : role->wire.error);
    }
    for (int i = 1; !*role->error && i < KEY_COUNT; i++) {
        const char *left = reply->items[i - 1]->data, *right = reply->items[i]->data;
        if (!left && !right) continue;
        if (left && right && strcmp(left, right) == 0) continue;
        char detail[128];
        snprintf(detail, sizeof(detail), "%s and %s", left ? left : "nil", right ? right : "nil");
        role_fail(role, "half an MSET", detail);
    }
    reply_free(reply);
}

static void read_together(struct role *role)
{
    for (int round = 0; round < role->rounds; round++) {
        text_addf(&role->out, "MGET");
        for (int i = 0; i < KEY_COUNT; i++) {
            text_addf(&role->out, " together:%d", (i + round) % KEY_COUNT);
        }
        text_addf(&role->out, "\r\n");
    }
    send_out(role);
    for (int round = 0; round < role->rounds; round++)
        check_equal(role);
}

/* Each step is a round trip of its own, so that readers come in between. */
static void copy_to_and_fro(struct role *role)
{
    static const char *const lines[] = {"COPY here there\r\n", "DEL here\r\n",
                                        "COPY there here\r\n", "DEL there\r\n"};
    for (int i = 0; i < 4; i++) {
        text_addf(&role->out, "%s", lines[i]);
        send_out(role);
        expect(role, ":1");
    }
}

static void rename_to_and_fro(struct role *role)
{
    if (role->order->plant) {
        copy_to_and_fro(role);
        return;
    }
    for (int round = 0; round < role->rounds; round++) {
        text_addf(&role->out, "RENAME here there\r\nRENAME there here\r\n");
    }
    send_out(role);
    for (int i = 0; i < role->rounds * 2; i++)
        expect(role, "+OK");
}

static void read_names(struct role *role)
{
    for (int round = 0; round < role->rounds; round++) {
        text_addf(&role->out, round % 2 ? "EXISTS here there\r\nMGET here there\r\n"
                                        : "EXISTS there here\r\nMGET there here\r\n");
    }
    send_out(role);
    for (int round = 0; round < role->rounds; round++) {
        expect(role, ":1");
        if (*role->error) return;
        const char *got = wire_read_text(&role->wire);
        if (strcmp(got, "[\"v\", nil]") != 0 && strcmp(got, "[nil, \"v\"]") != 0) {
            role_fail(role, "both names or neither", got);
        }
    }
}

static unsigned key_slot(const char *key)
{
    unsigned crc = 0;
    for (; *key; key++) {
        crc ^= (unsigned)(unsigned char)*key << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
        crc &= 0xffff;
    }
    return crc % 16384;
}

/* One of the slots in use, and now and then any other. */
static unsigned random_slot(struct role *role)
{
    char key[32];
    int number = (int)rng_below(&role->rng, KEY_COUNT);
    switch (rng_below(&role->rng, 7)) {
    case 0:
    case 1: snprintf(key, sizeof(key), "in-order:%d", number); break;
    case 2:
    case 3: snprintf(key, sizeof(key), "together:%d", number); break;
    case 4: snprintf(key, sizeof(key), "here"); break;
    case 5: snprintf(key, sizeof(key), "there"); break;
    default: return rng_below(&role->rng, 16384);
    }
    return key_slot(key);
}

static void move_slots(struct role *role)
{
    int count = 1 + (int)rng_below(&role->rng, 4);
    for (int i = 0; i < count; i++) {
        text_addf(&role->out, "DEBUG SLOT-MOVE %u %u\r\n", random_slot(role),
                  rng_below(&role->rng, (uint32_t)role->order->shards));
    }
    send_out(role);
    for (int i = 0; i < count; i++)
        expect(role, "+OK");
}

static void *role_main(void *argument)
{
    struct role *role = argument;
    while (!atomic_load(&role->order->stop) && !*role->error && role->steps < MAX_STEPS) {
        role->rounds = 1 + (int)rng_below(&role->rng, MAX_ROUNDS);
        role->step(role);
        role->steps++;
    }
    return NULL;
}

struct cast {
    const char *name;
    void (*step)(struct role *role);
    int count;
};

/* Several readers, so that some are served by shards other than the writer's. */
static const struct cast casts[] = {
    {"pipeline writer", write_in_order, 1},  {"pipeline reader", read_backwards, 3},
    {"MSET writer", write_together, 2},      {"MGET reader", read_together, 3},
    {"RENAME writer", rename_to_and_fro, 1}, {"RENAME reader", read_names, 2},
    {"slot mover", move_slots, 1},
};

#define CAST_COUNT (sizeof(casts) / sizeof(*casts))
#define MAX_ROLES  16

struct play {
    struct role roles[MAX_ROLES];
    int count;
};

static void add_role(struct play *play, struct order *order, const struct cast *cast)
{
    struct role *role = &play->roles[play->count++];
    *role = (struct role){.order = order, .name = cast->name, .step = cast->step};
    role->rng.state = (uint64_t)play->count * 7919 + (uint64_t)order->shards;
    if (!wire_open(&role->wire, order->server.port)) role_fail(role, "cannot connect", "");
}

static void watch(struct order *order, const struct play *play)
{
    int64_t deadline = now_ms() + order->seconds * 1000;
    bool failed = false;
    while (!failed && now_ms() < deadline) {
        wait_ms(10);
        for (int i = 0; i < play->count; i++)
            failed = failed || *play->roles[i].error;
    }
}

static void run_play(struct order *order, struct play *play)
{
    atomic_store(&order->stop, false);
    for (int i = 0; i < play->count; i++) {
        struct role *role = &play->roles[i];
        if (pthread_create(&role->thread, NULL, role_main, role) != 0) exit(2);
    }
    watch(order, play);
    atomic_store(&order->stop, true);
    for (int i = 0; i < play->count; i++)
        pthread_join(play->roles[i].thread, NULL);
}

static void check_play(struct play *play)
{
    for (int i = 0; i < play->count; i++) {
        struct role *role = &play->roles[i];
        if (*role->error) test_fail(__FILE__, __LINE__, "%s: %s", role->name, role->error);
        if (!role->steps) test_fail(__FILE__, __LINE__, "%s did nothing", role->name);
        wire_close(&role->wire);
        text_fini(&role->out);
    }
}

static struct order order; /* of the running setting */

static void put_name(void)
{
    struct wire wire;
    REQUIRE(wire_open(&wire, order.server.port));
    CHECK_REPLY(&wire, "FLUSHALL", "+OK");
    CHECK_REPLY(&wire, "SET here v", "+OK");
    wire_close(&wire);
}

/* With `first` the cast from there for two entries, and the mover; without, all at once. */
static void play_casts(size_t first, size_t count)
{
    static struct play play;
    play.count = 0;
    put_name();
    for (size_t i = first; i < first + count; i++) {
        for (int one = 0; one < casts[i].count; one++)
            add_role(&play, &order, &casts[i]);
    }
    if (!order.still && count < CAST_COUNT) add_role(&play, &order, &casts[CAST_COUNT - 1]);
    run_play(&order, &play);
    check_play(&play);
}

TEST(a_pipeline_is_seen_in_its_order)
{
    play_casts(0, 2);
}

TEST(mget_sees_whole_msets)
{
    play_casts(2, 2);
}

TEST(rename_shows_one_name)
{
    play_casts(4, 2);
}

TEST(all_at_once)
{
    play_casts(0, CAST_COUNT - (order.still ? 1 : 0));
}

static void run_shards(int shards)
{
    struct server_options options = {.oracle = order.oracle, .shards = shards};
    struct test stop = {.name = "server_starts_and_stops_well"};
    char label[32];
    snprintf(label, sizeof(label), "%d shards", shards);
    order.shards = shards;
    bool ok = server_start(&order.server, &options);
    for (struct test *test = test_first(); ok && test; test = test->next)
        test_run(test, label);
    ok = ok && server_stop(&order.server);
    server_fini(&order.server);
    if (!ok) {
        test_fail(__FILE__, __LINE__, "%s on %s", stop.name, label);
        exit(test_finish("order_test") | 1);
    }
}

int main(int argc, char **argv)
{
    static const int shards[] = {2, 3, 7};
    int only = 0, total = 5;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--oracle") == 0) {
            order.oracle = order.still = true;
        } else if (strcmp(argv[i], "--still") == 0) {
            order.still = true;
        } else if (strcmp(argv[i], "--plant") == 0) {
            order.plant = true;
        } else if (strcmp(argv[i], "--seconds") == 0 && more) {
            total = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--shards") == 0 && more) {
            only = atoi(argv[++i]);
        } else {
            fprintf(stderr, "usage: %s [--seconds N] [--oracle] [--plant] [--still] [--shards N]\n",
                    argv[0]);
            return 2;
        }
    }
    order.seconds = total / 4 ? total / 4 : 1; /* four plays for each number of shards */
    for (int i = 0; i < 3; i++) {
        run_shards(only ? only : shards[i]);
        if (only || order.oracle) break;
    }
    return test_finish(argv[0]);
}
