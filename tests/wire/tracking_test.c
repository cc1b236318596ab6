/* CLIENT TRACKING and what belongs to it. In RESP3 a client hears itself; in RESP2 another one has
 * to hear for it, so these tests are about redirection as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

struct ears {
    struct wire *at;
    struct wire own;
};

static void id_of(struct wire *c, char *id, size_t size)
{
    snprintf(id, size, "%s", wire_command_text(c, "CLIENT ID") + 1);
}

/* CLIENT TRACKING ON with these options, and how it is heard. */
static void track(struct wire *c, struct ears *ears, const char *options)
{
    char line[160], id[32];
    *ears = (struct ears){.at = c, .own.fd = -1};
    snprintf(line, sizeof line, "CLIENT TRACKING ON %s", options);
    if (c->resp == 2) {
        ears->at = &ears->own;
        wire_another(&ears->own);
        id_of(&ears->own, id, sizeof id);
        CHECK(wire_send_command(&ears->own, "SUBSCRIBE __redis__:invalidate"));
        CHECK_PUSH(&ears->own, "\"subscribe\", \"__redis__:invalidate\", :1");
        snprintf(line, sizeof line, "CLIENT TRACKING ON REDIRECT %s %s", id, options);
    }
    CHECK_REPLY(c, line, "+OK");
}

static void untrack(struct wire *c, struct ears *ears)
{
    CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
    wire_close(&ears->own);
}

/* The next thing heard is that this is no longer true. */
static void check_stale(const struct ears *ears, const char *keys, int at)
{
    struct text text = {0};
    text_addf(&text, "%s, %s",
              BY_RESP(ears->at, "\"message\", \"__redis__:invalidate\"", "\"invalidate\""), keys);
    check_push(ears->at, text.data, __FILE__, at);
    text_fini(&text);
}
#define CHECK_STALE(ears, key) check_stale(ears, "[\"" key "\"]", __LINE__)
#define CHECK_ALL_STALE(ears)  check_stale(ears, "nil", __LINE__)

/* Nothing more has been told. */
static void check_quiet(struct wire *c, const struct ears *ears, int at)
{
    if (c->resp == 3) {
        wire_check(c, "PING", "+PONG", __FILE__, at);
        return;
    }
    wire_check_like(c, "PUBLISH __redis__:invalidate fence", ":*", __FILE__, at);
    check_push(ears->at, "\"message\", \"__redis__:invalidate\", \"fence\"", __FILE__, at);
}
#define CHECK_QUIET(c, ears) check_quiet(c, ears, __LINE__)

WIRE_TEST(what_was_read_is_told_once_when_it_changes)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(&other, "MSET a 1 b 2", "+OK");
    track(c, &ears, "");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(&other, "SET b 3", "+OK"); /* not read */
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(&other, "SET a 3", "+OK");
    CHECK_STALE(&ears, "a");
    CHECK_REPLY(&other, "SET a 4", "+OK"); /* told before */
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(c, "MGET a none b", "[\"4\", nil, \"3\"]");
    CHECK_REPLY(&other, "SET none 1", "+OK");
    CHECK_STALE(&ears, "none");
    CHECK_REPLY(&other, "DEL b", ":1");
    CHECK_STALE(&ears, "b");
    untrack(c, &ears);
    CHECK_REPLY(c, "GET b", "nil");
    CHECK_REPLY(&other, "SET b 3", "+OK");
    CHECK_REPLY(c, "PING", "+PONG");
    wire_close(&other);
}

WIRE_TEST(all_that_reads_is_remembered)
{
    static const char *const lines[] = {"GET k",
                                        "STRLEN k",
                                        "GETRANGE k 0 1",
                                        "EXISTS k",
                                        "TYPE k",
                                        "TTL k",
                                        "PTTL k",
                                        "EXPIRETIME k",
                                        "OBJECT ENCODING k",
                                        "DUMP k",
                                        "LRANGE k 0 -1",
                                        "LLEN k",
                                        "LINDEX k 0",
                                        "LPOS k x",
                                        "SCARD k",
                                        "SMEMBERS k",
                                        "SISMEMBER k x",
                                        "SRANDMEMBER k",
                                        "SSCAN k 0",
                                        "HGET k a",
                                        "HGETALL k",
                                        "HLEN k",
                                        "HMGET k a b",
                                        "HSCAN k 0",
                                        "ZSCORE k a",
                                        "ZRANGE k 0 -1",
                                        "ZCARD k",
                                        "ZRANK k a",
                                        "ZSCAN k 0",
                                        "XLEN k",
                                        "XRANGE k - +",
                                        "XREAD STREAMS k 0",
                                        "GETBIT k 0",
                                        "BITCOUNT k",
                                        "PFCOUNT k",
                                        "GEOPOS k a",
                                        "SINTER none k",
                                        "SUNION none k",
                                        "ZUNION 2 none k",
                                        "LCS none k",
                                        "SORT_RO k",
                                        "BITFIELD_RO k GET u8 0",
                                        NULL};
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    for (int i = 0; lines[i]; i++) {
        CHECK_REPLY(&other, "DEL k", i ? ":1" : ":0");
        CHECK_LIKE(c, lines[i], "*");
        CHECK_REPLY(&other, "SET k 1", "+OK");
        check_stale(&ears, "[\"k\"]", __LINE__);
        if (test_failed()) test_fail(__FILE__, __LINE__, "after %s", lines[i]);
        if (test_failed()) break;
    }
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(what_does_not_read_keys_is_not)
{
    static const char *const lines[] = {
        "KEYS *",       "SCAN 0",     "RANDOMKEY", "DBSIZE",  "SET k 1",
        "INCR k",       "APPEND k 1", "PING",      "DEL k",   "SETNX k 1",
        "EXPIRE k 100", "GETSET k 1", "WATCH k",   "UNWATCH", NULL};
    struct ears ears;
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(&other, "SET k 1", "+OK");
    track(c, &ears, "");
    for (int i = 0; lines[i]; i++)
        CHECK_LIKE(c, lines[i], "*");
    CHECK_REPLY(&other, "SET k 1", "+OK");
    CHECK_QUIET(c, &ears);
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(every_change_is_told)
{
    static const char *const changes[] = {"SET k 1",
                                          "DEL k",
                                          "UNLINK k",
                                          "GETDEL k",
                                          "APPEND k x",
                                          "EXPIRE k 100",
                                          "PERSIST k",
                                          "SETRANGE k 1 x",
                                          "INCR k",
                                          "SETBIT k 1 1",
                                          "RENAME k other",
                                          "RENAME src k",
                                          "COPY src k REPLACE",
                                          "MOVE k 1",
                                          "GETEX k EX 5",
                                          "EXPIRE k -1",
                                          "MSET x 1 k 2",
                                          "BITOP NOT k src",
                                          "SUNIONSTORE k set",
                                          "SORT l STORE k",
                                          "PFMERGE k none",
                                          "GETSET k 1",
                                          "SET k 2 GET",
                                          NULL};
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    for (int i = 0; changes[i]; i++) {
        CHECK_REPLY(&other, "SELECT 1", "+OK");
        CHECK_LIKE(&other, "DEL k", ":*");
        CHECK_REPLY(&other, "SELECT 0", "+OK");
        CHECK_LIKE(&other, "DEL l set", ":*");
        CHECK_REPLY(&other, "SET k 1 EX 1000", "+OK");
        CHECK_REPLY(&other, "SET src 7", "+OK");
        CHECK_REPLY(&other, "RPUSH l 2 1", ":2");
        CHECK_REPLY(&other, "SADD set 2 1", ":2");
        if (strstr(changes[i], "PFMERGE")) CHECK_REPLY(&other, "DEL k", ":1");
        CHECK_LIKE(c, "GET k", "*");
        CHECK_LIKE(&other, changes[i], "*");
        check_stale(&ears, "[\"k\"]", __LINE__);
        CHECK_QUIET(c, &ears);
        if (test_failed()) test_fail(__FILE__, __LINE__, "after %s", changes[i]);
        if (test_failed()) break;
    }
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(flushing_makes_everything_stale)
{
    static const char *const lines[] = {"FLUSHALL", "FLUSHDB", "FLUSHALL ASYNC", NULL};
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    for (int i = 0; lines[i]; i++) {
        CHECK_REPLY(&other, "MSET a 1 b 2", "+OK");
        CHECK_REPLY(c, "MGET a b", "[\"1\", \"2\"]");
        CHECK_REPLY(&other, lines[i], "+OK");
        CHECK_ALL_STALE(&ears);
        CHECK_REPLY(&other, "SET a 1", "+OK");
        CHECK_QUIET(c, &ears);
    }
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(keys_that_expire_become_stale)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    CHECK_REPLY(&other, "SET a 1 PX 20", "+OK");
    CHECK_LIKE(c, "GET a", "*");
    CHECK_BECOMES(&other, "GET a", "nil"); /* somebody finds out */
    CHECK_STALE(&ears, "a");
    CHECK_REPLY(&other, "SET a 1 PX 20", "+OK");
    CHECK_LIKE(c, "GET a", "*");
    CHECK_STALE(&ears, "a"); /* nobody does */
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(own_changes_are_told_unless_noloop)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "GET a", "\"1\"");
    if (c->resp == 3) {
        CHECK_REPLY(c, "SET a 2", "+OK"); /* then the push */
        CHECK_STALE(&ears, "a");
    } else {
        CHECK_REPLY(c, "SET a 2", "+OK");
        CHECK_STALE(&ears, "a");
    }
    untrack(c, &ears);
    track(c, &ears, "NOLOOP");
    CHECK_REPLY(c, "GET a", "\"2\"");
    CHECK_REPLY(c, "SET a 3", "+OK");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(&other, "SET a 4", "+OK"); /* it counts as told */
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(c, "GET a", "\"4\"");
    CHECK_REPLY(&other, "SET a 5", "+OK");
    CHECK_STALE(&ears, "a");
    untrack(c, &ears);
    track(c, &ears, "BCAST NOLOOP PREFIX a");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(&other, "SET ab 1", "+OK");
    CHECK_STALE(&ears, "ab");
    untrack(c, &ears);
    wire_close(&other);
}

/* A reply that shows a change comes behind the news of it, wherever the key is at home. */
WIRE_TEST(own_changes_are_told_in_their_place)
{
    struct ears ears;
    char line[96];
    if (c->resp == 2) return; /* another connection hears of them */
    track(c, &ears, "");
    for (int i = 0; i < 40; i++) {
        snprintf(line, sizeof line, "GET own:%d\r\nSET own:%d 1\r\nGET own:%d\r\n", i, i, i);
        CHECK(wire_send_text(c, line));
        CHECK_NEXT(c, "nil");
        CHECK_NEXT(c, "+OK");
        snprintf(line, sizeof line, ">[\"invalidate\", [\"own:%d\"]]", i);
        CHECK_NEXT(c, line);
        CHECK_NEXT(c, "\"1\"");
    }
    untrack(c, &ears);
}

#define ONLY_WITH                                                                                  \
    "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "    \
    "OPTOUT mode enabled"

WIRE_TEST(optin_remembers_what_is_asked_for)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT CACHING YES", ONLY_WITH);
    CHECK_REPLY(c, "CLIENT CACHING MAYBE", ONLY_WITH);
    if (c->resp == 3) { /* it does track, but everything */
        CHECK_REPLY(c, "CLIENT TRACKING ON", "+OK");
        CHECK_REPLY(
            c, "CLIENT CACHING YES",
            "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
        CHECK_REPLY(
            c, "CLIENT CACHING NO",
            "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
        CHECK_REPLY(c, "CLIENT CACHING MAYBE", SYNTAX);
        CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
    }
    track(c, &ears, "OPTIN");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(c, "CLIENT CACHING NO",
                "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    CHECK_REPLY(c, "CLIENT CACHING MAYBE", SYNTAX);
    CHECK_REPLY(c, "CLIENT CACHING YES", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*caching-yes*");
    CHECK_LIKE(c, "CLIENT ID", ":*"); /* what CLIENT says does not count as a command */
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "GET b", "nil"); /* for one command */
    CHECK_REPLY(&other, "MSET a 1 b 1", "+OK");
    CHECK_STALE(&ears, "a");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(c, "CLIENT CACHING YES", "+OK"); /* or for one block */
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "GET b", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[\"1\", \"1\"]");
    CHECK_REPLY(c, "GET d", "nil");
    CHECK_REPLY(&other, "SET d 1", "+OK");
    CHECK_REPLY(&other, "SET b 1", "+OK");
    CHECK_STALE(&ears, "b");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_STALE(&ears, "a");
    CHECK_QUIET(c, &ears);
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(optout_forgets_what_is_asked_for)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "OPTOUT");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_STALE(&ears, "a");
    CHECK_REPLY(c, "CLIENT CACHING YES",
                "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    CHECK_REPLY(c, "CLIENT CACHING NO", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*caching-no*");
    CHECK_REPLY(c, "CLIENT CACHING NO", "+OK");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "GET b", "nil");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_REPLY(&other, "SET b 1", "+OK");
    CHECK_STALE(&ears, "b");
    CHECK_QUIET(c, &ears);
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(bcast_tells_of_prefixes)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "BCAST PREFIX user: PREFIX item:");
    CHECK_REPLY(&other, "SET user:1 1", "+OK");
    CHECK_STALE(&ears, "user:1");
    CHECK_REPLY(&other, "SET user:1 2", "+OK"); /* every time, though nobody reads */
    CHECK_STALE(&ears, "user:1");
    CHECK_REPLY(&other, "MSET use 1 other 2 Item: 1", "+OK");
    CHECK_REPLY(&other, "GET user:1", "\"2\"");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(&other, "SET item: 1", "+OK");
    CHECK_STALE(&ears, "item:");
    CHECK_REPLY(&other, "DEL user:1", ":1");
    CHECK_STALE(&ears, "user:1");
    CHECK_REPLY(&other, "SET item:2 1 PX 5", "+OK");
    CHECK_STALE(&ears, "item:2");
    CHECK_STALE(&ears, "item:2"); /* its end */
    CHECK_REPLY(&other, "FLUSHALL", "+OK");
    CHECK_ALL_STALE(&ears);
    untrack(c, &ears);
    CHECK_REPLY(&other, "SET user:1 1", "+OK");
    CHECK_REPLY(c, "PING", "+PONG");
    track(c, &ears, "BCAST");
    CHECK_REPLY(&other, "SET anything 1", "+OK");
    CHECK_STALE(&ears, "anything");
    CHECK_REPLY(&other, "SET \"\" 1", "+OK");
    CHECK_STALE(&ears, "");
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(prefixes_add_up_and_do_not_overlap)
{
    if (c->resp == 2) return; /* the same, but with more ids in the way */
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX ab PREFIX a",
                "-ERR Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single "
                "client must not overlap.");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
                "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single "
                "client must not overlap.");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar", "+OK");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX fool",
                "-ERR Prefix 'fool' overlaps with an existing prefix 'foo'. Prefixes for a single "
                "client must not overlap.");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX fo",
                "-ERR Prefix 'fo' overlaps with an existing prefix 'foo'. Prefixes for a single "
                "client must not overlap.");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX q", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO",
               "{\"flags\": ~[\"on\", \"bcast\"], \"redirect\": :0, "
               "\"prefixes\": [\"*\", \"*\", \"*\"]}");
    CHECK_LIKE(c, "INFO stats", "*tracking_total_prefixes:3\\r\\n*");
    CHECK_REPLY(c, "CLIENT TRACKING ON",
                "-ERR You can't switch BCAST mode on/off before disabling tracking for this "
                "client, and then re-enabling it with a different mode.");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST", "+OK"); /* all keys as well, from here on */
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST", "+OK");
    CHECK_LIKE(c, "INFO stats", "*tracking_total_prefixes:4\\r\\n*");
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST PREFIX z",
                "-ERR Prefix 'z' overlaps with an existing prefix ''. Prefixes for a single client "
                "must not overlap.");
    CHECK_REPLY(c, "SET zz v", "+OK");
    CHECK_PUSH(c, "\"invalidate\", [\"zz\"]");
    CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
    CHECK_LIKE(c, "INFO stats", "*tracking_total_prefixes:0\\r\\n*");
}

WIRE_TEST(arguments_are_checked)
{
    CHECK_REPLY(c, "CLIENT TRACKING",
                "-ERR wrong number of arguments for 'client|tracking' command");
    CHECK_REPLY(c, "CLIENT CACHING", "-ERR wrong number of arguments for 'client|caching' command");
    CHECK_REPLY(c, "CLIENT CACHING YES NO",
                "-ERR wrong number of arguments for 'client|caching' command");
    CHECK_REPLY(c, "CLIENT GETREDIR x",
                "-ERR wrong number of arguments for 'client|getredir' command");
    CHECK_REPLY(c, "CLIENT TRACKINGINFO x",
                "-ERR wrong number of arguments for 'client|trackinginfo' command");
    static const char *const bad[] = {
        "CLIENT TRACKING MAYBE", "CLIENT TRACKING ON NOSUCH", "CLIENT TRACKING ON REDIRECT",
        "CLIENT TRACKING ON BCAST PREFIX", "CLIENT TRACKING OFF NOSUCH"};
    check_all(c, bad, sizeof bad / sizeof *bad, SYNTAX);
    CHECK_REPLY(c, "CLIENT TRACKING ON PREFIX a",
                "-ERR PREFIX option requires BCAST mode to be enabled");
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTIN OPTOUT",
                "-ERR You can't specify both OPTIN mode and OPTOUT mode");
    static const char *const both[] = {"CLIENT TRACKING ON BCAST OPTIN",
                                       "CLIENT TRACKING ON OPTOUT BCAST"};
    check_all(c, both, 2, "-ERR OPTIN and OPTOUT are not compatible with BCAST");
    CHECK_REPLY(c, "CLIENT TRACKING ON REDIRECT x", NOT_INTEGER);
    static const char *const nobody[] = {"CLIENT TRACKING ON REDIRECT 99999999",
                                         "CLIENT TRACKING ON REDIRECT -1"};
    check_all(c, nobody, 2, "-ERR The client ID you want redirect to does not exist");
    CHECK_REPLY(c, "CLIENT GETREDIR", ":-1");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO",
               BY_RESP(c, "[\"flags\", [\"off\"], \"redirect\", :-1, \"prefixes\", []]",
                       "{\"flags\": ~[\"off\"], \"redirect\": :-1, \"prefixes\": []}"));
    CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
}

WIRE_TEST(modes_do_not_change_while_it_is_on)
{
    static const char *const switched =
        "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
        "then re-enabling it with a different mode.";
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTIN", "+OK");
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTOUT", switched);
    CHECK_REPLY(c, "CLIENT TRACKING ON BCAST",
                "-ERR You can't switch BCAST mode on/off before disabling tracking for this "
                "client, and then re-enabling it with a different mode.");
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTIN NOLOOP", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*[\"on\", \"optin\", \"noloop\"]*:0*[]*");
    CHECK_REPLY(c, "CLIENT TRACKING ON", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*[\"on\"]*:0*[]*");
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTOUT", "+OK");
    CHECK_REPLY(c, "CLIENT TRACKING ON OPTIN", switched);
    CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*[\"off\"]*:-1*[]*");
}

WIRE_TEST(another_client_hears_for_this_one)
{
    struct wire target, other;
    char line[128], id[32];
    wire_another(&target);
    wire_another(&other);
    id_of(&target, id, sizeof id);
    snprintf(line, sizeof line, "CLIENT TRACKING ON REDIRECT %s", id);
    CHECK_REPLY(c, line, "+OK");
    snprintf(line, sizeof line, ":%s", id);
    CHECK_REPLY(c, "CLIENT GETREDIR", line);
    snprintf(line, sizeof line, "CLIENT TRACKING ON REDIRECT %s REDIRECT %s", id, id);
    CHECK_REPLY(c, line, "-ERR A client can only redirect to a single other client");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    if (c->resp == 3) CHECK_PUSH(&target, "\"invalidate\", [\"a\"]");
    if (c->resp == 2) { /* one that does not listen is not told */
        CHECK_REPLY(&target, "PING", "+PONG");
        CHECK(wire_send_command(&target, "SUBSCRIBE __redis__:invalidate"));
        CHECK_PUSH(&target, "\"subscribe\", \"__redis__:invalidate\", :1");
        CHECK_REPLY(c, "GET a", "\"1\"");
        CHECK_REPLY(&other, "SET a 2", "+OK");
        CHECK_PUSH(&target, "\"message\", \"__redis__:invalidate\", [\"a\"]");
        CHECK(wire_send_command(&target, "UNSUBSCRIBE"));
        CHECK_PUSH(&target, "\"unsubscribe\", \"__redis__:invalidate\", :0");
        CHECK_REPLY(c, "GET a", "\"2\"");
        CHECK_REPLY(&other, "SET a 3", "+OK");
        CHECK_REPLY(c, "PING", "+PONG");
        CHECK_REPLY(&target, "PING", "+PONG");
    }
    CHECK_REPLY(c, "PING", "+PONG");
    wire_close(&target);
    wire_close(&other);
}

WIRE_TEST(a_redirection_breaks_when_its_target_goes)
{
    struct wire target, other;
    char line[128], id[32];
    wire_another(&target);
    wire_another(&other);
    id_of(&target, id, sizeof id);
    snprintf(line, sizeof line, "CLIENT TRACKING ON REDIRECT %s", id);
    CHECK_REPLY(c, line, "+OK");
    snprintf(line, sizeof line, "CLIENT KILL ID %s", id);
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(&other, line, ":1");
    CHECK(wire_is_closed(&target));
    CHECK_REPLY(&other, "SET a 1", "+OK");
    if (c->resp == 3) {
        snprintf(line, sizeof line, "\"tracking-redir-broken\", :%s", id);
        CHECK_PUSH(c, line);
    }
    CHECK_BECOMES(c, "CLIENT TRACKINGINFO", "*[\"on\", \"broken_redirect\"]*");
    CHECK_LIKE(&other, "CLIENT LIST", "*flags=tR *");
    CHECK_REPLY(c, "CLIENT TRACKING ON", "+OK");
    CHECK_LIKE(c, "CLIENT TRACKINGINFO", "*[\"on\"]*:0*");
    wire_close(&target);
    wire_close(&other);
}

WIRE_TEST(blocks_are_tracked_as_well)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    track(c, &ears, "");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "GET b", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[nil, nil]");
    CHECK_REPLY(&other, "MULTI", "+OK");
    CHECK_REPLY(&other, "SET b 1", "+QUEUED");
    CHECK_REPLY(&other, "SET b 2", "+QUEUED");
    CHECK_REPLY(&other, "SET a 2", "+QUEUED");
    CHECK_REPLY(&other, "EXEC", "[+OK, +OK, +OK]");
    CHECK_STALE(&ears, "b");
    CHECK_STALE(&ears, "a");
    CHECK_QUIET(c, &ears);
    CHECK_REPLY(c, "MULTI", "+OK"); /* what a block changes itself */
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "SET a 3", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[\"2\", +OK]");
    CHECK_STALE(&ears, "a");
    CHECK_QUIET(c, &ears);
    untrack(c, &ears);
    wire_close(&other);
}

/* Whoever has been told that a write is done finds the invalidation before what is new. */
WIRE_TEST(news_comes_before_the_new_value)
{
    enum { KEYS = 200 };
    struct wire other;
    char get[64], set[64], stale[64], value[64];
    if (c->resp == 2) return;
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT TRACKING ON", "+OK");
    for (int i = 0; i < KEYS && !test_failed(); i++) {
        snprintf(get, sizeof get, "GET k%d", i);
        snprintf(set, sizeof set, "SET k%d %d", i, i);
        snprintf(stale, sizeof stale, "\"invalidate\", [\"k%d\"]", i);
        snprintf(value, sizeof value, "\"%d\"", i);
        CHECK_REPLY(c, get, "nil");
        CHECK_REPLY(&other, set, "+OK");
        CHECK(wire_send_command(c, get));
        CHECK_PUSH(c, stale);
        CHECK_NEXT(c, value);
    }
    CHECK_REPLY(c, "CLIENT TRACKING OFF", "+OK");
    wire_close(&other);
}

/* Each key once, on whichever shard it lies. */
WIRE_TEST(many_keys_are_told_of_once_each)
{
    enum { KEYS = 500 };
    struct ears ears;
    struct wire other;
    struct text gets = {0}, set = {0};
    bool told[KEYS] = {false};
    wire_another(&other);
    track(c, &ears, "");
    text_addf(&set, "MSET");
    for (int i = 0; i < KEYS; i++) {
        text_addf(&gets, "GET k%d\r\n", i);
        text_addf(&set, " k%d v", i);
    }
    CHECK(wire_send_text(c, gets.data));
    for (int i = 0; i < KEYS; i++)
        CHECK_NEXT(c, "nil");
    CHECK_REPLY(&other, set.data, "+OK");
    for (int i = 0; i < KEYS; i++) {
        struct reply *reply = wire_read(ears.at);
        REQUIRE(reply && reply->count >= 2 && reply->items[reply->count - 1]->count == 1);
        int key = atoi(reply->items[reply->count - 1]->items[0]->data + 1);
        CHECK(key < KEYS && !told[key]);
        told[key % KEYS] = true;
        reply_free(reply);
    }
    CHECK_QUIET(c, &ears);
    text_fini(&gets);
    text_fini(&set);
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(info_and_client_list_know_trackers)
{
    struct wire one, other;
    char line[128], id[32];
    wire_another(&one);
    wire_another(&other);
    id_of(&other, id, sizeof id);
    CHECK_BECOMES(c, "INFO clients", "*tracking_clients:0\\r\\n*");
    CHECK_REPLY(&one, "CLIENT SETNAME one", "+OK");
    CHECK_REPLY(&one, "CLIENT TRACKING ON", "+OK");
    CHECK_LIKE(c, "INFO clients", "*tracking_clients:1\\r\\n*");
    CHECK_LIKE(c, "CLIENT LIST", "*name=one *flags=t *redir=0*");
    CHECK_REPLY(&one, "CLIENT TRACKING OFF", "+OK");
    CHECK_LIKE(c, "CLIENT LIST", "*name=one *flags=N *redir=-1*");
    CHECK_REPLY(&one, "CLIENT TRACKING ON BCAST", "+OK");
    CHECK_LIKE(c, "CLIENT LIST", "*name=one *flags=tB *redir=0*");
    CHECK_REPLY(&one, "CLIENT TRACKING OFF", "+OK");
    snprintf(line, sizeof line, "CLIENT TRACKING ON REDIRECT %s", id);
    CHECK_REPLY(&one, line, "+OK");
    snprintf(line, sizeof line, "*name=one *flags=t *redir=%s *", id);
    CHECK_LIKE(c, "CLIENT LIST", line);
    wire_close(&one);
    CHECK_BECOMES(c, "INFO clients", "*tracking_clients:0\\r\\n*");
    wire_close(&other);
}

WIRE_TEST(reset_ends_it)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT TRACKING ON", "+OK");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(c, "RESET", "+RESET");
    c->resp = 2;
    CHECK_REPLY(c, "CLIENT GETREDIR", ":-1");
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_LIKE(c, "INFO clients", "*tracking_clients:0\\r\\n*");
    wire_close(&other);
}

static long long info_number(struct wire *wire, const char *name)
{
    const char *found = strstr(wire_command_text(wire, "INFO stats"), name);
    return found ? atoll(found + strlen(name) + 1) : -1;
}

/* However much is read, no more keys are remembered than the setting says: the clients are told
 * that what had to go is stale. */
/* What goes is told, even if it goes because the client itself has read something else. */
static void fill_table(struct wire *c, const char *options)
{
    enum { KEYS = 2000, MOST = 100 };
    struct ears ears;
    struct wire other;
    struct text gets = {0};
    long long left = KEYS;
    int told = 0;
    wire_another(&other);
    CHECK_REPLY(&other, "CONFIG SET tracking-table-max-keys 100", "+OK");
    track(c, &ears, options);
    for (int i = 0; i < KEYS; i++)
        text_addf(&gets, "GET t%d\r\n", i);
    CHECK(wire_send_text(c, gets.data));
    for (int i = 0; i < KEYS;) {
        struct reply *reply = wire_read(c);
        REQUIRE(reply);
        if (reply->type == '>') told++;
        i += reply->type != '>';
        reply_free(reply);
    }
    int64_t deadline = now_ms() + WIRE_TIMEOUT_MS;
    while (now_ms() < deadline && (left = info_number(&other, "tracking_total_keys")) > MOST)
        wait_ms(1);
    CHECK(left >= 0 && left <= MOST);
    for (; told < KEYS - left; told++) {
        struct reply *reply = wire_read(ears.at);
        REQUIRE(reply && reply->count >= 2);
        reply_free(reply);
    }
    CHECK_REPLY(&other, "CONFIG SET tracking-table-max-keys 1000000", "+OK");
    text_fini(&gets);
    untrack(c, &ears);
    wire_close(&other);
}

WIRE_TEST(the_table_stays_bounded)
{
    fill_table(c, "");
    if (!wire_env()->oracle) fill_table(c, "NOLOOP"); /* there it believes on what it kept */
}

/* Keys are tracked that nobody has changed since, and by clients who are still there. */
WIRE_TEST(a_server_ends_though_keys_are_tracked)
{
    struct server server;
    struct wire tracker, gone;
    (void)c;
    wire_own_start(&server, NULL, NULL);
    wire_connect(&tracker, &server);
    wire_connect(&gone, &server);
    for (struct wire *at = &tracker;; at = &gone) {
        CHECK_REPLY(at, "CLIENT TRACKING ON", "+OK");
        CHECK_REPLY(at, "MGET a b c", "[nil, nil, nil]");
        if (at == &gone) break;
    }
    wire_close(&gone);
    wire_own_stop(&server);
    wire_close(&tracker);
}

WIRE_TEST(info_counts_what_is_remembered)
{
    struct ears ears;
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(&other, "FLUSHALL", "+OK");
    track(c, &ears, "");
    CHECK_LIKE(c, "MGET a b c", "*");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_INT(info_number(&other, "tracking_total_keys"), 3);
    CHECK_INT(info_number(&other, "tracking_total_items"), 3);
    CHECK_REPLY(&other, "SET a 1", "+OK");
    CHECK_STALE(&ears, "a");
    CHECK_INT(info_number(&other, "tracking_total_keys"), 2);
    CHECK_REPLY(&other, "FLUSHALL", "+OK");
    CHECK_ALL_STALE(&ears);
    CHECK_INT(info_number(&other, "tracking_total_keys"), 0);
    CHECK_INT(info_number(&other, "tracking_total_items"), 0);
    untrack(c, &ears);
    wire_close(&other);
}
