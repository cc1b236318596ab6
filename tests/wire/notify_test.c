/* Keyspace notifications: their classes, their setting, and what happens without a command. */
#include "wire/notify.h"

#define SETTING "CONFIG GET notify-keyspace-events"
#define INVALID                                                                                    \
    "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid "    \
    "event class character. Use 'Ag$lshzxeKEtmdn'."

static void check_setting(struct wire *c, const char *expected)
{
    char text[128];
    snprintf(
        text, sizeof text,
        BY_RESP(c, "[\"notify-keyspace-events\", \"%s\"]", "{\"notify-keyspace-events\": \"%s\"}"),
        expected);
    CHECK_REPLY(c, SETTING, text);
}

WIRE_TEST(the_setting_is_told_in_one_form)
{
    static const char *const forms[][2] = {
        {"KEA", "AKE"},    {"AKE", "AKE"},        {"Kmn", "nKm"},
        {"KEnm", "nKEm"},  {"gK", "gK"},          {"K", "K"},
        {"E", "E"},        {"zx", "zx"},          {"KEz", "zKE"},
        {"", ""},          {"Kg$lshzxedt", "AK"}, {"tdexzhsl$g", "A"},
        {"KKEEAA", "AKE"}, {"gA", "A"},           {"ml", "lm"},
        {"$lK", "$lK"},
    };
    char line[64];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        snprintf(line, sizeof line, "CONFIG SET notify-keyspace-events \"%s\"", forms[i][0]);
        CHECK_REPLY(c, line, "+OK");
        check_setting(c, forms[i][1]);
    }
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events \"\"", "+OK");
}

WIRE_TEST(letters_without_a_class_are_refused)
{
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events KEx", "+OK");
    static const char *const bad[] = {
        "CONFIG SET notify-keyspace-events Q", "CONFIG SET notify-keyspace-events \"K E\"",
        "CONFIG SET notify-keyspace-events KEAq", "CONFIG SET notify-keyspace-events k",
        "CONFIG SET notify-keyspace-events 1"};
    check_all(c, bad, sizeof bad / sizeof *bad, INVALID);
    check_setting(c, "xKE");
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events \"\"", "+OK");
}

ONCE_TEST(the_setting_is_read_from_a_file_and_written_to_it)
{
    struct server server;
    struct wire wire;
    struct text text = {0};
    char path[192];
    const char *const args[] = {NULL};
    wire_own_start(&server, "# mine\nnotify-keyspace-events Elg\n", args);
    wire_connect(&wire, &server);
    check_setting(&wire, "glE");
    CHECK_REPLY(&wire, "CONFIG SET notify-keyspace-events KEA", "+OK");
    CHECK_REPLY(&wire, "CONFIG REWRITE", "+OK");
    snprintf(path, sizeof path, "%s/server.conf", server.dir);
    REQUIRE(file_read(path, &text));
    CHECK(text_like(text.data, "# mine\nnotify-keyspace-events *AKE*\n*"));
    text_fini(&text);
    wire_close(&wire);
    wire_own_stop(&server);
}

WIRE_TEST(what_the_messages_look_like)
{
    struct wire sub;
    wire_another(&sub);
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events KE$g", "+OK");
    CHECK(wire_send_command(&sub, "SUBSCRIBE __keyspace@0__:a __keyevent@0__:del"));
    CHECK_PUSH(&sub, "\"subscribe\", \"__keyspace@0__:a\", :1");
    CHECK_PUSH(&sub, "\"subscribe\", \"__keyevent@0__:del\", :2");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "SET b 1", "+OK");
    CHECK_REPLY(c, "DEL b a", ":2");
    CHECK_PUSH(&sub, "\"message\", \"__keyspace@0__:a\", \"set\"");
    CHECK_PUSH(&sub, "\"message\", \"__keyevent@0__:del\", \"b\"");
    CHECK_PUSH(&sub, "\"message\", \"__keyspace@0__:a\", \"del\"");
    CHECK_PUSH(&sub, "\"message\", \"__keyevent@0__:del\", \"a\"");
    CHECK(wire_send_command(&sub, "PSUBSCRIBE *"));
    CHECK_PUSH(&sub, "\"psubscribe\", \"*\", :3");
    CHECK_REPLY(c, "SELECT 5", "+OK");
    CHECK_REPLY(c, "SET \"a\\r\\n\\x00b\" 1", "+OK");
    CHECK_PUSH(&sub, "\"pmessage\", \"*\", \"__keyspace@5__:a\\r\\n\\x00b\", \"set\"");
    CHECK_PUSH(&sub, "\"pmessage\", \"*\", \"__keyevent@5__:set\", \"a\\r\\n\\x00b\"");
    CHECK_REPLY(c, "SET \"\" 1", "+OK");
    CHECK_PUSH(&sub, "\"pmessage\", \"*\", \"__keyspace@5__:\", \"set\"");
    CHECK_PUSH(&sub, "\"pmessage\", \"*\", \"__keyevent@5__:set\", \"\"");
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events \"\"", "+OK");
    wire_close(&sub);
}

/* One command of each class, and of some two. */
static const char *const all_classes[] = {
    "SET s 1",    "SET s 2 EX 1000", "RPUSH l a",      "SADD u a",
    "HSET h a b", "ZADD z 1 a",      "XADD x 1-1 a b", "GET none",
    "DEL l",      "RENAME u v",      "EXPIRE h -1",    "SORT z ALPHA STORE l",
    "PFADD p a",  "SETBIT b 1 1",    "LPOP l",         "GEOADD g 1 1 a",
    NULL};

WIRE_TEST(only_what_was_chosen_is_told)
{
    static const char *const classes[][2] = {
        {"KE", ""},
        {"$", ""},
        {"KE$", "set s, set s, pfadd p, setbit b"},
        {"KEg", "expire s, del l, rename_from u, rename_to v, del h, del l"},
        {"KEl", "rpush l, sortstore l, lpop l"},
        {"KEs", "sadd u"},
        {"KEh", "hset h"},
        {"KEz", "zadd z, zadd g"},
        {"KEt", "xadd x"},
        {"KEm", "keymiss none"},
        {"KEn", "new s, new l, new u, new h, new z, new x, new v, new l, new p, new b, new g"},
        {"KEd", ""},
        {"KEx", ""},
        {"KEe", ""},
        {"KEsh", "sadd u, hset h"},
        {"Kl", "rpush l, sortstore l, lpop l"},
        {"El", "rpush l, sortstore l, lpop l"},
        {"KEA", "set s, set s, expire s, rpush l, sadd u, hset h, zadd z, xadd x, del l, "
                "rename_from u, rename_to v, del h, sortstore l, pfadd p, setbit b, lpop l, del l, "
                "zadd g"},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct notify notify;
        notify_begin(&notify, c, classes[i][0]);
        CHECK_REPLY(c, "FLUSHALL", "+OK");
        for (int j = 0; all_classes[j]; j++)
            CHECK_LIKE(c, all_classes[j], "*");
        const char *heard = notify_hear(&notify, c);
        if (strcmp(heard, classes[i][1]) != 0)
            test_fail(__FILE__, __LINE__, "%s\n    expected: %s\n    heard:    %s", classes[i][0],
                      classes[i][1], heard);
        CHECK((notify.spaces > 0) == (*heard && strchr(classes[i][0], 'K') != NULL));
        CHECK((notify.events > 0) == (*heard && strchr(classes[i][0], 'E') != NULL));
        notify_end(&notify, c);
    }
}

/* Keys of all shards, in the order of the arguments. */
WIRE_TEST(many_keys_of_one_command_are_told_in_order)
{
    enum { KEYS = 100 };
    struct notify notify;
    struct text set = {0}, del = {0}, sets = {0}, dels = {0};
    notify_begin(&notify, c, "KEA");
    text_addf(&set, "MSET");
    text_addf(&del, "DEL");
    for (int i = 0; i < KEYS; i++) {
        text_addf(&set, " k%d v", i * 37 % KEYS);
        text_addf(&sets, "%sset k%d", i ? ", " : "", i * 37 % KEYS);
        text_addf(&del, " k%d none%d", i, i);
        text_addf(&dels, "%sdel k%d", i ? ", " : "", i);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_REPLY(c, set.data, "+OK");
        notify_check(&notify, c, "MSET", sets.data);
        CHECK_REPLY(c, del.data, ":100");
        notify_check(&notify, c, "DEL", dels.data);
    }
    notify_end(&notify, c);
    text_fini(&set);
    text_fini(&del);
    text_fini(&sets);
    text_fini(&dels);
}

/* What is heard of one key, of all that is heard. */
static void check_heard_of(const char *heard, const char *key, const char *expected)
{
    struct text text = {0};
    for (const char *at = heard; *at;) {
        size_t len = strcspn(at, ","), event = strcspn(at, " ");
        if (len - event - 1 == strlen(key) && !memcmp(at + event + 1, key, strlen(key)))
            text_addf(&text, "%.*s ", (int)event, at);
        at += len;
        at += strspn(at, ", ");
    }
    CHECK_STR(text.data ? text.data : "", expected);
    text_fini(&text);
}

/* A key's events come in their order. Those of several keys in a pipeline come in the order in
 * which their shards run them, which is the pipeline's where there is but one. */
WIRE_TEST(a_pipeline_is_told_in_order_of_each_key)
{
    enum { KEYS = 97, ROUNDS = 3 };
    static const char *const steps[][2] = {
        {"SET", "1"}, {"INCR", ""}, {"EXPIRE", "1000"}, {"APPEND", "x"}, {"DEL", ""}};
    struct notify notify;
    struct text lines = {0};
    notify_begin(&notify, c, "EA"); /* two shards' pairs of messages may mix */
    for (int i = 0; i < ROUNDS * 5 * KEYS; i++) {
        const char *const *step = steps[i / KEYS % 5];
        text_addf(&lines, "%s k%d %s\r\n", step[0], i % KEYS, step[1]);
    }
    CHECK(wire_send_text(c, lines.data));
    for (int i = 0; i < ROUNDS * 5 * KEYS; i++)
        CHECK(*wire_read_text(c) != '-');
    const char *heard = notify_hear(&notify, c);
    for (int i = 0; i < KEYS; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        check_heard_of(heard, key,
                       "set incrby expire append del set incrby expire append del "
                       "set incrby expire append del ");
    }
    notify_end(&notify, c);
    text_fini(&lines);
}

WIRE_TEST(what_a_block_does_is_told_when_it_runs)
{
    static const char *const lines[] = {"SET a 1",    "RPUSH b x", "MSET c 1 a 2",
                                        "SELECT 1",   "SET a 3",   "SELECT 0",
                                        "RENAME c d", "GET nokey", NULL};
    struct notify notify;
    struct wire other;
    wire_another(&other);
    notify_begin(&notify, c, "KEAm");
    CHECK_REPLY(c, "MULTI", "+OK");
    for (int i = 0; lines[i]; i++)
        CHECK_REPLY(c, lines[i], "+QUEUED");
    notify_check(&notify, &other, "(queued)", "");
    CHECK_LIKE(c, "EXEC", "[+OK, :1, *]");
    notify_check(&notify, c, "EXEC",
                 "set a, rpush b, set c, set a, set a@1, rename_from c, rename_to d, keymiss "
                 "nokey");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "DISCARD", "+OK");
    notify_check(&notify, c, "DISCARD", "");
    notify_end(&notify, c);
    wire_close(&other);
}

/* The element that comes is told of, then that it has gone again. */
WIRE_TEST(who_waited_is_served_after_the_push_was_told)
{
    struct notify notify;
    struct wire other;
    wire_another(&other);
    notify_begin(&notify, c, "KEA");
    CHECK(wire_send_command(&other, "BLPOP q 0"));
    CHECK_BECOMES(c, "INFO clients", "*blocked_clients:1\\r\\n*");
    CHECK_REPLY(c, "RPUSH q a", ":1");
    CHECK_NEXT(&other, "[\"q\", \"a\"]");
    notify_check(&notify, c, "BLPOP", "rpush q, lpop q, del q");
    CHECK(wire_send_command(&other, "BLMOVE q r LEFT RIGHT 0"));
    CHECK_BECOMES(c, "INFO clients", "*blocked_clients:1\\r\\n*");
    CHECK_REPLY(c, "RPUSH q a b", ":2");
    CHECK_NEXT(&other, "\"a\"");
    notify_check(&notify, c, "BLMOVE", "rpush q, rpush r, lpop q");
    CHECK(wire_send_command(&other, "BZPOPMIN z 0"));
    CHECK_BECOMES(c, "INFO clients", "*blocked_clients:1\\r\\n*");
    CHECK_REPLY(c, "ZADD z 1 a", ":1");
    CHECK(*wire_read_text(&other) == '[');
    notify_check(&notify, c, "BZPOPMIN", "zadd z, zpopmin z, del z");
    notify_end(&notify, c);
    wire_close(&other);
}

WIRE_TEST(restore_tells_by_its_name)
{
    struct notify notify;
    notify_begin(&notify, c, "KEAn");
    CHECK_REPLY(c, "RPUSH l a", ":1");
    restore_dump(c, "l", "m");
    notify_check(&notify, c, "RESTORE", "new l, rpush l, new m, restore m");
    notify_end(&notify, c);
}

/* Found dead by a command: its end is told before what the command does. */
WIRE_TEST(an_expired_key_is_told_when_it_is_found)
{
    struct notify notify;
    notify_begin(&notify, c, "KEAnm");
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    CHECK_REPLY(c, "SET k v PX 1", "+OK");
    notify_check(&notify, c, "SET", "new k, set k, expire k");
    CHECK_BECOMES(c, "DBSIZE", ":1");
    CHECK_BECOMES(c, "GET k", "nil");
    CHECK(text_like(notify_hear(&notify, c), "expired k, keymiss k*"));
    CHECK_REPLY(c, "SET k v PX 1", "+OK");
    CHECK_REPLY(c, "SET other v", "+OK");
    int64_t until = unix_now_ms() + 3;
    while (unix_now_ms() < until)
        wait_ms(1);
    CHECK_REPLY(c, "SET k v", "+OK");
    notify_check(&notify, c, "SET",
                 "new k, set k, expire k, new other, set other, expired k, new k, set k");
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
    notify_end(&notify, c);
}

WIRE_TEST(an_expired_key_that_nobody_looks_for_is_told_as_well)
{
    enum { KEYS = 50 };
    struct wire sub;
    bool told[KEYS] = {false};
    char line[64];
    wire_another(&sub);
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events Ex", "+OK");
    CHECK(wire_send_command(&sub, "SUBSCRIBE __keyevent@0__:expired"));
    CHECK_PUSH(&sub, "\"subscribe\", \"__keyevent@0__:expired\", :1");
    for (int i = 0; i < KEYS; i++) {
        snprintf(line, sizeof line, "SET k%d v PX %d", i, 1 + i % 7);
        CHECK_REPLY(c, line, "+OK");
    }
    for (int i = 0; i < KEYS; i++) {
        struct reply *reply = wire_read(&sub);
        REQUIRE(reply && reply->count == 3);
        int key = atoi(reply->items[2]->data + 1);
        CHECK(key < KEYS && !told[key]);
        told[key % KEYS] = true;
        reply_free(reply);
    }
    CHECK_REPLY(c, "DBSIZE", ":0");
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events \"\"", "+OK");
    wire_close(&sub);
}

TORC_TEST(fields_of_hashes_tell_of_their_time)
{
    static const char *const tellings[][2] = {
        {"HSET h a 1 b 2 c 3", "new h, hset h"},
        {"HEXPIRE h 1000 FIELDS 2 a b", "hexpire h"},
        {"HPEXPIRE h 100000 FIELDS 1 none", ""},
        {"HPERSIST h FIELDS 1 a", "hpersist h"},
        {"HPERSIST h FIELDS 1 a", ""},
        {"HGETEX h EX 100 FIELDS 1 a", "hexpire h"},
        {"HGETEX h PERSIST FIELDS 1 a", "hpersist h"},
        {"HGETEX h FIELDS 1 a", ""},
        {"HSETEX h EX 100 FIELDS 1 d 1", "hset h, hexpire h"},
        {"HGETDEL h FIELDS 2 a none", "hdel h"},
        {"HGETDEL h FIELDS 3 b c d", "hdel h, del h"},
    };
    struct notify notify;
    notify_begin(&notify, c, "KEAn");
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++) {
        CHECK_LIKE(c, tellings[i][0], "*");
        notify_check(&notify, c, tellings[i][0], tellings[i][1]);
    }
    CHECK_REPLY(c, "HSET h a 1", ":1");
    CHECK_REPLY(c, "HPEXPIRE h 1 FIELDS 1 a", "[:1]");
    CHECK_BECOMES(c, "EXISTS h", ":0");
    notify_check(&notify, c, "HPEXPIRE", "new h, hset h, hexpire h, hexpired h, del h");
    notify_end(&notify, c);
}

TORC_TEST(newer_commands_tell_as_their_elders_do)
{
    static const char *const tellings[][2] = {
        {"MSETEX 2 a 1 b 2 EX 100", "new a, set a, expire a, new b, set b, expire b"},
        {"SET a 2 IFEQ 1", "set a"},
        {"SET a 2 IFEQ 1", ""},
        {"DELIFEQ a 9", ""},
        {"DELIFEQ a 2", "del a"},
        {"RPUSH l 1 2 3", "new l, rpush l"},
        {"LMOVEM l m LEFT RIGHT COUNT 2 OBO", "new m, rpush m, lpop l"},
        {"XADD x 1-1 a b", "new x, xadd x"},
        {"XDELEX x IDS 1 1-1", "xdel x"},
        {"XDELEX x IDS 1 1-1", ""},
    };
    struct notify notify;
    notify_begin(&notify, c, "KEAn");
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++) {
        CHECK_LIKE(c, tellings[i][0], "*");
        notify_check(&notify, c, tellings[i][0], tellings[i][1]);
    }
    notify_end(&notify, c);
}
