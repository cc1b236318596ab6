/* Accounts and queues, on a real server whose slots move: many clients at once, each a thread.
 *
 * Transfers between accounts never show another sum, and an EXEC that answers nil has done nothing.
 * What producers push to queues is taken exactly once, each producer's in its order, and whoever
 * has taken an element finds what was written before it was pushed; meanwhile whoever waits is
 * unblocked, times out, and is killed.
 *
 *   exchange_test [--rounds N] [--shards N] [--seed N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crowd.h"

enum {
    ACCOUNTS = 6,
    MONEY = 100,
    PAYERS = 4,
    READERS = 2,
    QUEUES = 3,
    PRODUCERS = 3,
    CONSUMERS = 6,
    ROUNDS_MAX = 100000,
    WAITS_FOR_ALL = PRODUCERS + 1, /* if the consumers are patient: the others may wait elsewhere */
};

static struct member members[PRODUCERS + CONSUMERS + 1]; /* of the test that has most */
static bool are_patient;                                 /* consumers wait until they are served */

/* What each has seen. */
struct memory {
    long long gains[ACCOUNTS];
    int dry; /* EXECs that answered nil */
    uint16_t *taken[PRODUCERS];
    int last[PRODUCERS][QUEUES];
    int deaths;
};

static struct memory memories[PRODUCERS + CONSUMERS + 1];

static struct memory *memory_of(const struct member *member)
{
    return &memories[member->number];
}

static void remember(int number)
{
    struct memory *memory = &memories[number];
    *memory = (struct memory){0};
    for (int i = 0; i < PRODUCERS; i++)
        memory->taken[i] = calloc(ROUNDS_MAX, sizeof *memory->taken[i]);
}

static void forget(int number)
{
    for (int i = 0; i < PRODUCERS; i++)
        free(memories[number].taken[i]);
}

static void begin(int number, void *(*run)(void *))
{
    remember(number);
    member_run(&members[number], number, run);
}

/* --- accounts ----------------------------------------------------------------------------- */

static long long balance(struct member *member, uint32_t account)
{
    return strtoll(member_ask(member, "GET account:%u", account) + 1, NULL, 10);
}

/* From one account to another, if both are still as they were seen. */
static void pay(struct member *member)
{
    char line[160];
    uint32_t from = member_draw(member, ACCOUNTS),
             to = (from + 1 + member_draw(member, ACCOUNTS - 1)) % ACCOUNTS;
    bool counts = member_draw(member, 2);
    int amount = 1 + (int)member_draw(member, 9);
    member_ask(member, "WATCH account:%u account:%u", from, to);
    long long has = balance(member, from), gets = balance(member, to);
    member_ask(member, "MULTI");
    if (counts) {
        member_ask(member, "DECRBY account:%u %d", from, amount);
        member_ask(member, "INCRBY account:%u %d", to, amount);
    } else {
        member_ask(member, "SET account:%u %lld", from, has - amount);
        member_ask(member, "SET account:%u %lld", to, gets + amount);
    }
    const char *reply = member_ask(member, "EXEC");
    bool is_nil = !strncmp(reply, "nil", 3);
    if (!is_nil && *reply != '[') member_complain(member, "EXEC answers something else");
    memory_of(member)->dry += is_nil;
    if (is_nil) return;
    snprintf(line, sizeof line, "[:%lld, :%lld]", has - amount, gets + amount);
    if (strcmp(reply, counts ? line : "[+OK, +OK]") != 0)
        member_complain(member, "EXEC ran though what was watched had changed");
    memory_of(member)->gains[from] -= amount;
    memory_of(member)->gains[to] += amount;
}

static void *run_payer(void *context)
{
    struct member *member = context;
    for (int i = 0; i < crowd.rounds && !crowd_is_over(); i++)
        pay(member);
    atomic_store(&member->is_done, true);
    return NULL;
}

/* Of all numbers between quotes. */
static long long sum_of(const char *reply)
{
    long long sum = 0;
    for (const char *at = strchr(reply, '"'); at; at = strchr(at, '"')) {
        sum += strtoll(at + 1, NULL, 10);
        at = strchr(at + 1, '"') + 1;
    }
    return sum;
}

static const char *read_accounts(struct member *member)
{
    if (member_draw(member, 2))
        return wire_command_text(&member->wire, "MGET account:0 account:1 account:2 account:3 "
                                                "account:4 account:5");
    member_ask(member, "MULTI");
    for (int i = 0; i < ACCOUNTS; i++)
        member_ask(member, "GET account:%d", i);
    return member_ask(member, "EXEC");
}

static void *run_reader(void *context)
{
    struct member *member = context;
    while (!crowd_is_over()) {
        const char *reply = read_accounts(member);
        if (sum_of(reply) != (long long)ACCOUNTS * MONEY)
            member_complain(member, "a reader sees another sum");
    }
    return NULL;
}

static void *run_mover(void *context)
{
    struct member *member = context;
    char key[32];
    while (!crowd_is_over()) {
        sprintf(key, "account:%u", member_draw(member, ACCOUNTS));
        member_move_slot(member, key);
    }
    return NULL;
}

static void check_balances(struct member *reader)
{
    for (uint32_t account = 0; account < ACCOUNTS; account++) {
        long long expected = MONEY;
        for (int i = 0; i < PAYERS; i++)
            expected += memories[i].gains[account];
        CHECK_INT(balance(reader, account), expected);
    }
}

TEST(transfers_keep_the_sum)
{
    struct member main_client = {0};
    int dry = 0;
    atomic_store(&crowd.over, false);
    REQUIRE(member_connect(&main_client, 2));
    for (int i = 0; i < ACCOUNTS; i++)
        CHECK_STR(member_ask(&main_client, "SET account:%d %d", i, MONEY), "+OK");
    for (int i = 0; i < PAYERS; i++)
        begin(i, run_payer);
    for (int i = PAYERS; i < PAYERS + READERS; i++)
        begin(i, run_reader);
    begin(PAYERS + READERS, run_mover);
    for (int i = 0; i < PAYERS; i++)
        member_join(&members[i]), dry += memories[i].dry;
    atomic_store(&crowd.over, true);
    for (int i = PAYERS; i <= PAYERS + READERS; i++)
        member_join(&members[i]);
    check_balances(&main_client);
    CHECK(dry < PAYERS * crowd.rounds); /* some have paid */
    for (int i = 0; i <= PAYERS + READERS; i++)
        forget(i);
    wire_close(&main_client.wire);
}

/* --- queues ------------------------------------------------------------------------------- */

/* Element "<producer>:<number>", with the number written elsewhere before it is pushed, all in one
 * pipeline. Some are pushed in a block, with an element of another queue. */
static int produce(struct member *member, int number)
{
    char text[512];
    int p = member->number, replies = 2;
    uint32_t queue = member_draw(member, QUEUES), other = (queue + 1) % QUEUES;
    int len = sprintf(text, "SET data:%d:%d %d\r\n", p, number, number);
    if (member_draw(member, 3)) {
        sprintf(text + len, "RPUSH queue:%u %d:%d\r\n", queue, p, number);
    } else {
        len += sprintf(text + len, "SET data:%d:%d %d\r\nMULTI\r\n", p, number + 1, number + 1);
        sprintf(text + len, "RPUSH queue:%u %d:%d\r\nRPUSH queue:%u %d:%d\r\nEXEC\r\n", queue, p,
                number, other, p, number + 1);
        replies = 6;
    }
    wire_send_text(&member->wire, text);
    for (int i = 0; i < replies; i++)
        if (strchr("-<", *wire_read_text(&member->wire))) member_complain(member, "a push fails");
    return replies == 6 ? 2 : 1;
}

static void *run_producer(void *context)
{
    struct member *member = context;
    for (int i = 0; i < crowd.rounds && !crowd_is_over();)
        i += produce(member, i);
    atomic_store(&member->is_done, true);
    return NULL;
}

static void look_up(struct member *member, int producer, int number)
{
    char expected[32];
    snprintf(expected, sizeof expected, "\"%d\"", number);
    if (strcmp(member_ask(member, "GET data:%d:%d", producer, number), expected) != 0)
        member_complain(member, "an element is there, and what was written before it is not");
}

/* From queue to member: each producer's come in its order. */
static void take(struct member *member, const char *element, int queue)
{
    char *end;
    int producer = (int)strtol(element, &end, 10), number = (int)strtol(end + 1, NULL, 10);
    if (producer >= PRODUCERS || number >= ROUNDS_MAX) {
        member_complain(member, "an element that nobody has pushed");
        return;
    }
    memory_of(member)->taken[producer][number]++;
    if (queue < 0) return;
    if (number < memory_of(member)->last[producer][queue])
        member_complain(member, "an element comes too late");
    memory_of(member)->last[producer][queue] = number;
}

/* All that a reply brings: ["queue:1", "0:17"], or with a list of elements. */
static void take_all(struct member *member, const struct reply *reply)
{
    int queue = reply->items[0]->data[strlen("queue:")] - '0';
    const struct reply *what = reply->items[1];
    if (!what->count) take(member, what->data, queue);
    for (size_t i = 0; i < what->count; i++)
        take(member, what->items[i]->data, queue);
    const char *last = what->count ? what->items[what->count - 1]->data : what->data;
    look_up(member, atoi(last), atoi(strchr(last, ':') + 1));
}

/* Every third moves what it gets to a list of its own, and may be killed: nothing is lost. */
static bool is_mortal(const struct member *member)
{
    return member->number % 3 == 0;
}

static void write_wish(struct member *member, char *line, size_t size)
{
    static const char *const timeouts[] = {"0", "0.001", "0.02", "0.3"};
    const char *timeout = timeouts[are_patient ? 0 : member_draw(member, 4)];
    uint32_t queue = member_draw(member, QUEUES), other = (queue + 1) % QUEUES;
    if (is_mortal(member))
        snprintf(line, size, "BLMOVE queue:%u took:%d LEFT RIGHT %s", queue, member->number,
                 timeout);
    else if (member_draw(member, 2) && !(are_patient && member->number == WAITS_FOR_ALL))
        snprintf(line, size, "BLPOP queue:%u queue:%u %s", queue, other, timeout);
    else
        snprintf(line, size, "BLMPOP %s 3 queue:0 queue:1 queue:2 LEFT COUNT %u", timeout,
                 1 + member_draw(member, 4));
}

/* False: its connection has ended. */
static bool consume(struct member *member)
{
    char line[128];
    write_wish(member, line, sizeof line);
    struct reply *reply = wire_command(&member->wire, line);
    if (!reply) return false;
    bool is_unblocked = reply->type == '-' && !strncmp(reply->data, "UNBLOCKED", 9);
    if (reply->type == '*' && reply->count == 2)
        take_all(member, reply);
    else if (!is_unblocked && !reply->null && !is_mortal(member))
        member_complain(member, "a reply that makes no sense");
    reply_free(reply);
    return true;
}

static void *run_consumer(void *context)
{
    struct member *member = context;
    while (!crowd_is_over()) {
        if (consume(member)) continue;
        if (!is_mortal(member))
            member_complain(member, "nobody was to kill it, and it waited too long");
        memory_of(member)->deaths++;
        wire_close(&member->wire);
        if (!member_connect(member, 2)) member_complain(member, "it cannot connect again");
    }
    atomic_store(&member->is_done, true);
    return NULL;
}

/* Unblocks, kills, moves slots. */
static void disturb(struct member *member)
{
    char key[32];
    const struct member *victim = &members[PRODUCERS + member_draw(member, CONSUMERS)];
    long long id = atomic_load(&victim->id);
    uint32_t what = member_draw(member, 16);
    if (what < 4 && !are_patient) {
        member_ask(member, "CLIENT UNBLOCK %lld %s", id, what % 2 ? "ERROR" : "TIMEOUT");
    } else if (what == 4 && is_mortal(victim)) {
        member_ask(member, "CLIENT KILL ID %lld", id);
    } else {
        sprintf(key, "queue:%u", member_draw(member, QUEUES));
        member_move_slot(member, key);
    }
}

static bool queues_are_empty(struct member *member)
{
    for (int i = 0; i < QUEUES; i++)
        if (strcmp(member_ask(member, "LLEN queue:%d", i), ":0") != 0) return false;
    return true;
}

/* What the mortal ones have moved. */
static void collect_moved(struct member *member, int number)
{
    char line[64];
    snprintf(line, sizeof line, "LRANGE took:%d 0 -1", number);
    struct reply *reply = wire_command(&member->wire, line);
    REQUIRE(reply && reply->type == '*');
    for (size_t i = 0; i < reply->count; i++)
        take(member, reply->items[i]->data, -1);
    reply_free(reply);
}

static int times_taken(int producer, int number)
{
    int times = 0;
    for (int i = 0; i < PRODUCERS + CONSUMERS + 1; i++)
        times += memories[i].taken[producer][number];
    return times;
}

static void check_elements(void)
{
    int lost = 0, twice = 0;
    for (int p = 0; p < PRODUCERS; p++)
        for (int i = 0; i < crowd.rounds; i++) {
            lost += !times_taken(p, i);
            twice += times_taken(p, i) > 1;
        }
    CHECK_INT(lost, 0);
    CHECK_INT(twice, 0);
}

/* The last client: it disturbs the others, ends them, and counts. */
static void *run_disturber(void *context)
{
    struct member *member = context;
    while (!members_are_done(members, PRODUCERS) && !crowd_is_over())
        disturb(member);
    while (!queues_are_empty(member) && !crowd_is_over())
        continue; /* nobody is left waiting beside an element */
    atomic_store(&crowd.over, true);
    while (!members_are_done(&members[PRODUCERS], CONSUMERS))
        for (int i = PRODUCERS; i < PRODUCERS + CONSUMERS; i++)
            member_ask(member, "CLIENT UNBLOCK %lld ERROR", atomic_load(&members[i].id));
    return NULL;
}

static void exchange(void)
{
    int last = PRODUCERS + CONSUMERS;
    atomic_store(&crowd.over, false);
    for (int i = PRODUCERS; i < last; i++)
        begin(i, run_consumer);
    for (int i = 0; i < PRODUCERS; i++)
        begin(i, run_producer);
    begin(last, run_disturber);
    pthread_join(members[last].thread, NULL);
    for (int i = 0; i < last; i++)
        member_join(&members[i]);
    for (int i = PRODUCERS; i < last; i++)
        if (is_mortal(&members[i])) collect_moved(&members[last], i);
    for (int i = 0; i < QUEUES; i++) {
        char line[32];
        sprintf(line, "LLEN queue:%d", i);
        CHECK_REPLY(&members[last].wire, line, ":0");
    }
    check_elements();
    CHECK_LIKE(&members[last].wire, "INFO clients", "*blocked_clients:0\\r*");
    CHECK_REPLY(&members[last].wire, "FLUSHALL", "+OK");
    wire_close(&members[last].wire);
    for (int i = 0; i <= last; i++)
        forget(i);
}

TEST(queues_lose_nothing)
{
    are_patient = false;
    exchange();
}

/* Whoever is forgotten is missed. */
TEST(queues_wake_who_waits)
{
    are_patient = true;
    exchange();
    are_patient = false;
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv);
}
