/* First come, first served: clients that wait for the same keys, one after the other, on a real
 * server whose slots move. Each begins to wait once all before it are known to wait. Then elements
 * are pushed one by one, in pipelines, in blocks and several at once, from several connections, and
 * each goes to the one that has waited longest for its key; meanwhile some are unblocked, and lose
 * their place. XREAD takes nothing: an entry goes to all who wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/crowd.h"
#include "support/text.h"

enum { WAITERS = 7, PUSHERS = 3, KEYS = 3, KEYS_ALL_SET = (1 << KEYS) - 1, PATIENCE_MS = 10000 };

enum family { LISTS, LISTS_RIGHT, SORTED_SETS, STREAMS, GROUPS, FAMILY_COUNT };

struct waiter {
    struct member member;
    uint32_t keys;   /* a mask: where it waits; 0: no longer */
    bool is_moving;  /* by BLMOVE */
    bool takes_many; /* by BLMPOP or BZMPOP */
};

static struct waiter waiters[WAITERS];
static struct member boss, pushers[PUSHERS];
static int turn;                /* each has its own keys */
static enum family family;      /* of this turn */
static long long next_item = 1; /* growing */

static const char *key_name(int key)
{
    static char names[KEYS][32];
    sprintf(names[key], "turn:%d:%d", turn, key);
    return names[key];
}

/* --- waiting ------------------------------------------------------------------------------ */

static void add_keys(struct text *text, uint32_t keys)
{
    for (int key = 0; key < KEYS; key++)
        if (keys >> key & 1) text_addf(text, " %s", key_name(key));
}

static void add_ids(struct text *text, uint32_t keys, const char *id)
{
    for (int key = 0; key < KEYS; key++)
        if (keys >> key & 1) text_addf(text, " %s", id);
}

static void add_many(struct text *text, const struct waiter *waiter, const char *command,
                     const char *where)
{
    text_addf(text, "%s 0 %d", command, __builtin_popcount(waiter->keys));
    add_keys(text, waiter->keys);
    text_addf(text, " %s", where);
}

static void add_lists(struct text *text, const struct waiter *waiter)
{
    const char *end = family == LISTS ? "LEFT" : "RIGHT";
    if (waiter->is_moving) {
        text_addf(text, "BLMOVE");
        add_keys(text, waiter->keys);
        text_addf(text, " moved:%d:%d %s LEFT 0", turn, waiter->member.number, end);
    } else if (waiter->takes_many) {
        add_many(text, waiter, "BLMPOP", end);
    } else {
        text_addf(text, family == LISTS ? "BLPOP" : "BRPOP");
        add_keys(text, waiter->keys);
        text_addf(text, " 0");
    }
}

static void add_wish(struct text *text, const struct waiter *waiter)
{
    switch (family) {
    case LISTS:
    case LISTS_RIGHT: add_lists(text, waiter); return;
    case SORTED_SETS:
        if (waiter->takes_many) {
            add_many(text, waiter, "BZMPOP", "MIN");
            return;
        }
        text_addf(text, "BZPOPMIN");
        add_keys(text, waiter->keys);
        text_addf(text, " 0");
        return;
    case STREAMS: text_addf(text, "XREAD COUNT 1 BLOCK 0 STREAMS"); break;
    default:
        text_addf(text, "XREADGROUP GROUP g c%d COUNT 1 BLOCK 0 STREAMS", waiter->member.number);
    }
    add_keys(text, waiter->keys);
    add_ids(text, waiter->keys, family == STREAMS ? "$" : ">");
}

/* Has it begun to wait? */
static void await_blocked(const struct waiter *waiter)
{
    int64_t deadline = now_ms() + PATIENCE_MS;
    for (;;) {
        const char *line = member_ask(&boss, "CLIENT LIST ID %lld",
                                      atomic_load(&((struct waiter *)waiter)->member.id));
        if (strstr(line, " flags=b ")) return;
        if (now_ms() > deadline) break;
    }
    test_fail(__FILE__, __LINE__, "waiter %d does not wait", waiter->member.number);
    test_abort();
}

static void begin_to_wait(struct waiter *waiter, bool has_one_key)
{
    struct member *member = &waiter->member;
    struct text text = {0};
    waiter->keys = has_one_key ? 1 : 1 + member_draw(member, KEYS_ALL_SET);
    waiter->is_moving = has_one_key && !member_draw(member, 3);
    waiter->takes_many = !member_draw(member, 3);
    add_wish(&text, waiter);
    wire_send_command(&member->wire, text.data);
    text_fini(&text);
    await_blocked(waiter);
}

/* --- being served ------------------------------------------------------------------------- */

static void write_expected(struct text *text, const struct waiter *waiter, int key, long long item)
{
    const char *name = key_name(key);
    if (waiter->is_moving && family <= LISTS_RIGHT)
        text_addf(text, "\"%lld\"", item);
    else if (family >= STREAMS)
        text_addf(text, "[[\"%s\", [[\"%lld-1\", [\"f\", \"v\"]]]]]", name, item);
    else if (family == SORTED_SETS && waiter->takes_many)
        text_addf(text, "[\"%s\", [[\"%lld\", \"%lld\"]]]", name, item, item);
    else if (family == SORTED_SETS)
        text_addf(text, "[\"%s\", \"%lld\", \"%lld\"]", name, item, item);
    else if (waiter->takes_many)
        text_addf(text, "[\"%s\", [\"%lld\"]]", name, item);
    else
        text_addf(text, "[\"%s\", \"%lld\"]", name, item);
}

static void expect_served(struct waiter *waiter, int key, long long item)
{
    struct text text = {0};
    write_expected(&text, waiter, key, item);
    CHECK_STR(wire_read_text(&waiter->member.wire), text.data);
    text_fini(&text);
    waiter->keys = 0;
}

static int count_waiters(int key)
{
    int count = 0;
    for (int i = 0; i < WAITERS; i++)
        count += waiters[i].keys >> key & 1;
    return count;
}

/* An element has been pushed: it goes to the first, an entry to all. */
static void expect_item(int key, long long item)
{
    for (int i = 0; i < WAITERS; i++) {
        if (!(waiters[i].keys >> key & 1)) continue;
        expect_served(&waiters[i], key, item);
        if (family != STREAMS) return;
    }
}

/* --- pushing ------------------------------------------------------------------------------ */

static void add_push(struct text *text, int key, long long item)
{
    const char *name = key_name(key);
    if (family == LISTS)
        text_addf(text, "RPUSH %s %lld\r\n", name, item);
    else if (family == LISTS_RIGHT)
        text_addf(text, "LPUSH %s %lld\r\n", name, item);
    else if (family == SORTED_SETS)
        text_addf(text, "ZADD %s %lld %lld\r\n", name, item, item);
    else
        text_addf(text, "XADD %s %lld-1 f v\r\n", name, item);
}

/* Several by one command; false: there is none that does. */
static bool add_pushes_at_once(struct text *text, int key, int count)
{
    if (family >= STREAMS) return false;
    text_addf(text, "%s %s",
              family == LISTS         ? "RPUSH"
              : family == LISTS_RIGHT ? "LPUSH"
                                      : "ZADD",
              key_name(key));
    for (int i = 0; i < count; i++) {
        if (family == SORTED_SETS) text_addf(text, " %lld", next_item + i);
        text_addf(text, " %lld", next_item + i);
    }
    text_addf(text, "\r\n");
    return true;
}

static void send_all(struct member *pusher, const struct text *text, int replies)
{
    wire_send(&pusher->wire, text->data, text->len);
    while (replies--) {
        const char *reply = wire_read_text(&pusher->wire);
        if (strchr("-<", *reply)) test_fail(__FILE__, __LINE__, "a push answers %s", reply);
    }
}

static void push(int key)
{
    struct member *pusher = &pushers[member_draw(&boss, PUSHERS)];
    struct text text = {0};
    int count = family == STREAMS ? 1 : 1 + (int)member_draw(&boss, (uint32_t)count_waiters(key));
    uint32_t form = member_draw(&boss, 3);
    int replies = count + (form == 1 ? 2 : 0);
    if (form == 2 && add_pushes_at_once(&text, key, count)) {
        replies = 1;
    } else {
        if (form == 1) text_addf(&text, "MULTI\r\n");
        for (int i = 0; i < count; i++)
            add_push(&text, key, next_item + i);
        if (form == 1) text_addf(&text, "EXEC\r\n");
    }
    send_all(pusher, &text, replies);
    text_fini(&text);
    for (int i = 0; i < count; i++)
        expect_item(key, next_item++);
}

/* --- turns -------------------------------------------------------------------------------- */

static void unblock_some(void)
{
    for (int i = 0; i < WAITERS; i++) {
        struct waiter *waiter = &waiters[i];
        if (member_draw(&boss, 6)) continue;
        long long id = atomic_load(&waiter->member.id);
        CHECK_STR(member_ask(&boss, "CLIENT UNBLOCK %lld ERROR", id), ":1");
        CHECK_STR(wire_read_text(&waiter->member.wire),
                  "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
        waiter->keys = 0;
    }
}

static void move_some(void)
{
    while (member_draw(&boss, 2))
        member_move_slot(&boss, key_name((int)member_draw(&boss, KEYS)));
}

/* Somebody waits there; -1: nobody waits any more. */
static int draw_key(void)
{
    int first = (int)member_draw(&boss, KEYS);
    for (int i = 0; i < KEYS; i++)
        if (count_waiters((first + i) % KEYS)) return (first + i) % KEYS;
    return -1;
}

static void take_turns(void)
{
    family = (enum family)member_draw(&boss, FAMILY_COUNT);
    bool has_one_key = member_draw(&boss, 2);
    for (int key = 0; key < KEYS && family == GROUPS; key++)
        CHECK_STR(member_ask(&boss, "XGROUP CREATE %s g $ MKSTREAM", key_name(key)), "+OK");
    for (int i = 0; i < WAITERS; i++) {
        begin_to_wait(&waiters[i], has_one_key);
        if (!member_draw(&boss, 4)) move_some();
    }
    unblock_some();
    for (int key; (key = draw_key()) >= 0 && !test_failed();) {
        push(key);
        move_some();
    }
}

static void open_all(void)
{
    member_init(&boss, 0, 2);
    for (int i = 0; i < PUSHERS; i++)
        member_init(&pushers[i], 1 + i, 2);
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){.keys = 0};
        member_init(&waiters[i].member, 1 + PUSHERS + i, 2);
    }
}

static void close_all(void)
{
    for (int i = 0; i < WAITERS; i++)
        member_close(&waiters[i].member);
    for (int i = 0; i < PUSHERS; i++)
        member_close(&pushers[i]);
    member_close(&boss);
}

TEST(who_came_first_is_served_first)
{
    open_all();
    for (turn = 0; turn < crowd.rounds / 20 + 1 && !test_failed(); turn++)
        take_turns();
    CHECK_LIKE(&boss.wire, "INFO clients", "*blocked_clients:0\\r*");
    CHECK_REPLY(&boss.wire, "FLUSHALL", "+OK");
    close_all();
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv);
}
