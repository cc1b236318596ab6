/* Groups of streams: deliveries, what is pending, and who claims it; the oracle proves each line
 * but those of newer commands. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define BAD_ID "-ERR Invalid stream ID specified as stream command argument"
#define NO_KEY                                                                                     \
    "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "  \
    "use the MKSTREAM option to create an empty stream automatically."
#define NO_GROUP "-NOGROUP No such consumer group 'x' for key name 's'"
#define NONE     BY_RESP(c, "nil*", "nil")

/* What a reader of one stream is told. */
#define OF_S(entries) BY_RESP(c, "[[\"s\", [" entries "]]]", "{\"s\": [" entries "]}")

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"XACK k g",
                                        "XAUTOCLAIM k g c 0",
                                        "XCLAIM k g c 0",
                                        "XPENDING k",
                                        "XREADGROUP GROUP g c STREAMS k",
                                        NULL};
    check_arity(c, lines);
}

WIRE_TEST(wrong_arity_of_subcommands)
{
    static const struct {
        const char *line, *name;
    } wrong[] = {{"XGROUP CREATE k g", "xgroup|create"},
                 {"XGROUP CREATECONSUMER k g", "xgroup|createconsumer"},
                 {"XGROUP CREATECONSUMER k g c d", "xgroup|createconsumer"},
                 {"XGROUP DELCONSUMER k g", "xgroup|delconsumer"},
                 {"XGROUP DESTROY k", "xgroup|destroy"},
                 {"XGROUP DESTROY k g h", "xgroup|destroy"},
                 {"XGROUP SETID k g", "xgroup|setid"},
                 {"XINFO CONSUMERS k", "xinfo|consumers"},
                 {"XINFO GROUPS k g", "xinfo|groups"},
                 {"XINFO STREAM", "xinfo|stream"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char expected[100];
        snprintf(expected, sizeof(expected), "-ERR wrong number of arguments for '%s' command",
                 wrong[i].name);
        CHECK_REPLY(c, wrong[i].line, expected);
    }
}

TORC_TEST(wrong_arity_of_newer_ones)
{
    static const char *const lines[] = {"XACKDEL k g IDS 1", "XDELEX k IDS 1",
                                        "XNACK k g FAIL IDS 1", NULL};
    check_arity(c, lines);
}

static void add_four(struct wire *c)
{
    CHECK_REPLY(c, "XADD s 1-0 a 1", "\"1-0\"");
    CHECK_REPLY(c, "XADD s 2-0 a 2", "\"2-0\"");
    CHECK_REPLY(c, "XADD s 3-0 a 3", "\"3-0\"");
    CHECK_REPLY(c, "XADD s 4-0 a 4", "\"4-0\"");
    CHECK_REPLY(c, "XGROUP CREATE s g 0", "+OK");
}

#define E1 "[\"1-0\", [\"a\", \"1\"]]"
#define E2 "[\"2-0\", [\"a\", \"2\"]]"
#define E3 "[\"3-0\", [\"a\", \"3\"]]"
#define E4 "[\"4-0\", [\"a\", \"4\"]]"

WIRE_TEST(groups_come_and_go)
{
    CHECK_REPLY(c, "XGROUP CREATE s g 0", NO_KEY);
    CHECK_REPLY(c, "XGROUP CREATE s g x MKSTREAM", BAD_ID);
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "XGROUP CREATE s g $ MKSTREAM", "+OK");
    CHECK_REPLY(c, "XLEN s", ":0");
    CHECK_REPLY(c, "XGROUP CREATE s g 0", "-BUSYGROUP Consumer Group name already exists");
    CHECK_REPLY(c, "XGROUP CREATE s h 0 ENTRIESREAD x", NOT_INTEGER);
    CHECK_REPLY(c, "XGROUP CREATE s h 0 ENTRIESREAD -2",
                "-ERR value for ENTRIESREAD must be positive or -1");
    CHECK(text_like(wire_command_text(c, "XGROUP CREATE s h 0 ENTRIESREAD"),
                    "-ERR unknown subcommand or wrong number of arguments for *"));
    CHECK_REPLY(c, "XGROUP CREATE s h 0 ENTRIESREAD 3", "+OK");
    CHECK_REPLY(c, "XGROUP SETID s h 5-5 ENTRIESREAD 7", "+OK");
    CHECK_REPLY(c, "XGROUP SETID s x 0", NO_GROUP);
    CHECK_REPLY(c, "XGROUP SETID none x 0", NO_KEY);
    CHECK_REPLY(c, "XGROUP SETID s h y", BAD_ID);
    CHECK_REPLY(c, "XGROUP SETID s h -", "+OK");
    CHECK_REPLY(c, "XGROUP SETID s h +", "+OK");
    CHECK_REPLY(c, "XGROUP CREATE s edge -", BAD_ID);
    CHECK_REPLY(c, "XGROUP SETID s h 5-5 ENTRIESREAD 7", "+OK");
    CHECK_REPLY(c, "XGROUP CREATECONSUMER s h bob", ":1");
    CHECK_REPLY(c, "XGROUP CREATECONSUMER s h bob", ":0");
    CHECK_REPLY(c, "XGROUP CREATECONSUMER s x bob", NO_GROUP);
    CHECK_REPLY(c, "XGROUP CREATECONSUMER none x bob", NO_KEY);
    CHECK_REPLY(c, "XGROUP DELCONSUMER s h bob", ":0");
    CHECK_REPLY(c, "XGROUP DELCONSUMER s h bob", ":0");
    CHECK_REPLY(c, "XGROUP DELCONSUMER s x bob", NO_GROUP);
    CHECK_REPLY(c, "XGROUP DESTROY none x", NO_KEY);
    CHECK_REPLY(c, "XGROUP DESTROY s x", ":0");
    CHECK_REPLY(c, "XGROUP DESTROY s h", ":1");
    CHECK_REPLY(c, "XGROUP DESTROY s g", ":1");
    CHECK_REPLY(c, "XINFO GROUPS s", "[]");
    CHECK_REPLY(c, "XINFO GROUPS none", "-ERR no such key");
    CHECK_REPLY(c, "XINFO CONSUMERS none g", "-ERR no such key");
    CHECK_REPLY(c, "XINFO CONSUMERS s x", NO_GROUP);
}

WIRE_TEST(deliveries)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 2 STREAMS s >", OF_S(E1 ", " E2));
    CHECK_REPLY(c, "XREADGROUP GROUP g amy COUNT 1 STREAMS s >", OF_S(E3));
    CHECK_REPLY(c, "XREADGROUP GROUP g amy NOACK STREAMS s >", OF_S(E4));
    CHECK_REPLY(c, "XREADGROUP GROUP g amy STREAMS s >", NONE);
    CHECK_REPLY(c, "XREADGROUP GROUP g amy BLOCK 1 STREAMS s >", NONE);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s 0", OF_S(E1 ", " E2));
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 1 STREAMS s 1-0", OF_S(E2));
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s 2-0", OF_S(""));
    CHECK_REPLY(c, "XREADGROUP GROUP g new STREAMS s 0", OF_S(""));
    CHECK_REPLY(c, "XPENDING s g", "[:3, \"1-0\", \"3-0\", [[\"amy\", \"1\"], [\"bob\", \"2\"]]]");
    CHECK_REPLY(c, "XDEL s 2-0", ":1");
    CHECK_REPLY(
        c, "XREADGROUP GROUP g bob STREAMS s 0",
        BY_RESP(c, "[[\"s\", [" E1 ", [\"2-0\", nil*]]]]", "{\"s\": [" E1 ", [\"2-0\", nil]]}"));
    CHECK_REPLY(c, "XACK s g 1-0 2-0 9-9 1-0", ":2");
    CHECK_REPLY(c, "XACK s x 1-0", ":0");
    CHECK_REPLY(c, "XACK none g x", ":0");
    CHECK_REPLY(c, "XACK s g x", BAD_ID);
    CHECK_REPLY(c, "XGROUP DELCONSUMER s g amy", ":1");
    CHECK_REPLY(c, "XPENDING s g", BY_RESP(c, "[:0, nil, nil, nil*]", "[:0, nil, nil, nil]"));
}

/* A group set back gives entries again, to whoever asks. */
WIRE_TEST(deliveries_again)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s >", OF_S(E1 ", " E2 ", " E3 ", " E4));
    CHECK_REPLY(c, "XGROUP SETID s g 2-0", "+OK");
    CHECK_REPLY(c, "XREADGROUP GROUP g amy STREAMS s >", OF_S(E3 ", " E4));
    CHECK_REPLY(c, "XPENDING s g", "[:4, \"1-0\", \"4-0\", [[\"amy\", \"2\"], [\"bob\", \"2\"]]]");
    CHECK_REPLY(c, "XGROUP SETID s g $", "+OK");
    CHECK_REPLY(c, "XREADGROUP GROUP g amy STREAMS s >", NONE);
}

WIRE_TEST(readers_that_are_refused)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP x bob STREAMS s >",
                "-NOGROUP No such key 's' or consumer group 'x' in XREADGROUP with GROUP option");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s none > >",
                "-NOGROUP No such key 'none' or consumer group 'g' in XREADGROUP with GROUP "
                "option");
    CHECK(text_like(wire_command_text(c, "XREADGROUP GROUP g bob STREAMS s $"),
                    "-ERR The $ ID is meaningless in the context of XREADGROUP: *"));
    CHECK_REPLY(c, "XREADGROUP COUNT 1 NOACK STREAMS s >",
                "-ERR Missing GROUP option for XREADGROUP");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT x STREAMS s >", NOT_INTEGER);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s x", BAD_ID);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob FOO STREAMS s >", SYNTAX);
    CHECK_REPLY(c, "XPENDING s g", BY_RESP(c, "[:0, nil, nil, nil*]", "[:0, nil, nil, nil]"));
}

/* Names that are words of the command. */
WIRE_TEST(odd_names)
{
    CHECK_REPLY(c, "XADD STREAMS 1-0 a 1", "\"1-0\"");
    CHECK_REPLY(c, "XGROUP CREATE STREAMS STREAMS 0", "+OK");
    CHECK_REPLY(c, "XREADGROUP GROUP STREAMS STREAMS STREAMS STREAMS >",
                BY_RESP(c, "[[\"STREAMS\", [" E1 "]]]", "{\"STREAMS\": [" E1 "]}"));
    CHECK_REPLY(c, "XREAD STREAMS STREAMS 0",
                BY_RESP(c, "[[\"STREAMS\", [" E1 "]]]", "{\"STREAMS\": [" E1 "]}"));
    CHECK_REPLY(c, "XREADGROUP GROUP STREAMS c STREAMS STREAMS none > >",
                "-NOGROUP No such key 'none' or consumer group 'STREAMS' in XREADGROUP with GROUP "
                "option");
    if (wire_env()->oracle) return; /* which looks for its keys in a way of its own */
    CHECK_REPLY(c, "XREADGROUP COUNT 1 GROUP STREAMS c STREAMS STREAMS >", SYNTAX);
    CHECK_REPLY(c, "XREADGROUP COUNT 1 GROUP g STREAMS STREAMS k l > >", SYNTAX);
}

WIRE_TEST(what_is_pending)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_LIKE(c, "XPENDING s g - + 2", "[[\"1-0\", \"bob\", :*, :1], [\"2-0\", \"bob\", :*, :1]]");
    CHECK_LIKE(c, "XPENDING s g (1-0 (3-0 9", "[[\"2-0\", \"bob\", :*, :1]]");
    CHECK_LIKE(c, "XPENDING s g IDLE 0 2 2 9 bob", "[[\"2-0\", \"bob\", :*, :1]]");
    CHECK_REPLY(c, "XPENDING s g IDLE 1000000 - + 9", "[]");
    CHECK_REPLY(c, "XPENDING s g - + 9 amy", "[]");
    CHECK_REPLY(c, "XPENDING s g - + 0", "[]");
    CHECK_REPLY(c, "XPENDING s g - + -1", "[]");
    CHECK_REPLY(c, "XPENDING s g - + x", NOT_INTEGER);
    CHECK_REPLY(c, "XPENDING s g IDLE x - + 1", NOT_INTEGER);
    CHECK_REPLY(c, "XPENDING s g - +", SYNTAX);
    CHECK_REPLY(c, "XPENDING s g IDLE 1 - +", SYNTAX);
    CHECK_REPLY(c, "XPENDING s g x + 1", BAD_ID);
    CHECK_REPLY(c, "XPENDING s g - (0-0 1", "-ERR invalid end ID for the interval");
    CHECK_REPLY(c, "XPENDING s x", "-NOGROUP No such key 's' or consumer group 'x'");
    CHECK_REPLY(c, "XPENDING none x - + 1", "-NOGROUP No such key 'none' or consumer group 'x'");
}

WIRE_TEST(claims)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XCLAIM s g amy 1000000 1-0", "[]");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 9-9", "[" E1 "]");
    CHECK_REPLY(c, "XCLAIM s g amy 0 2-0 JUSTID", "[\"2-0\"]");
    CHECK_REPLY(c, "XCLAIM s g amy 0 4-0", "[]");
    CHECK_REPLY(c, "XCLAIM s g amy 0 4-0 9-9 FORCE JUSTID", "[\"4-0\"]");
    CHECK_REPLY(c, "XCLAIM s g amy -5 4-0 RETRYCOUNT 7 TIME 5 LASTID 4-0", "[" E4 "]");
    CHECK_LIKE(c, "XPENDING s g - + 9",
               "[[\"1-0\", \"amy\", :*, :2], [\"2-0\", \"amy\", :*, :1], [\"3-0\", \"bob\", :*, "
               ":1], [\"4-0\", \"amy\", :*, :7]]");
    CHECK_LIKE(c, "XPENDING s g IDLE 1000000 - + 9", "[[\"4-0\", \"amy\", :*, :7]]");
    CHECK_REPLY(c, "XDEL s 3-0", ":1");
    CHECK_REPLY(c, "XCLAIM s g amy 0 3-0", "[]");
    CHECK_REPLY(c, "XPENDING s g", "[:3, \"1-0\", \"4-0\", [[\"amy\", \"3\"]]]");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s >", NONE);
    CHECK_REPLY(c, "XCLAIM s g amy x 1-0", "-ERR Invalid min-idle-time argument for XCLAIM");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 IDLE x", "-ERR Invalid IDLE option argument for XCLAIM");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 TIME x", "-ERR Invalid TIME option argument for XCLAIM");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 RETRYCOUNT x",
                "-ERR Invalid RETRYCOUNT option argument for XCLAIM");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 FOO", "-ERR Unrecognized XCLAIM option 'FOO'");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 LASTID", "-ERR Unrecognized XCLAIM option 'LASTID'");
    CHECK_REPLY(c, "XCLAIM s g amy 0 1-0 LASTID x", BAD_ID);
    CHECK_REPLY(c, "XCLAIM s x amy 0 1-0", "-NOGROUP No such key 's' or consumer group 'x'");
}

WIRE_TEST(claims_by_scanning)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s >", OF_S(E1 ", " E2 ", " E3 ", " E4));
    CHECK_REPLY(c, "XDEL s 2-0", ":1");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 1000000 0", "[\"0-0\", [], [\"2-0\"]]");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 0 COUNT 1", "[\"3-0\", [" E1 "], []]");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 (3 JUSTID", "[\"0-0\", [\"4-0\"], []]");
    CHECK_REPLY(c, "XDEL s 4-0", ":1");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 - COUNT 9", "[\"0-0\", [" E1 ", " E3 "], [\"4-0\"]]");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy x 0", "-ERR Invalid min-idle-time argument for XAUTOCLAIM");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 x", BAD_ID);
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 0 COUNT 0", "-ERR COUNT must be > 0");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 0 COUNT x", "-ERR COUNT must be > 0");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 0 COUNT 9223372036854775807", "-ERR COUNT must be > 0");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 0 0 FOO", SYNTAX);
    CHECK_REPLY(c, "XAUTOCLAIM s x amy 0 0", "-NOGROUP No such key 's' or consumer group 'x'");
    CHECK_REPLY(c, "XAUTOCLAIM none x amy 0 0",
                "-NOGROUP No such key 'none' or consumer group 'x'");
}

WIRE_TEST(info_of_groups)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XGROUP CREATE s h 2-0", "+OK");
    CHECK_REPLY(c, "XINFO GROUPS s",
                BY_RESP(c,
                        "[[\"name\", \"g\", \"consumers\", :1, \"pending\", :3, "
                        "\"last-delivered-id\", \"3-0\", \"entries-read\", :3, \"lag\", :1], "
                        "[\"name\", \"h\", \"consumers\", :0, \"pending\", :0, "
                        "\"last-delivered-id\", \"2-0\", \"entries-read\", nil, \"lag\", nil]]",
                        "[{\"name\": \"g\", \"consumers\": :1, \"pending\": :3, "
                        "\"last-delivered-id\": \"3-0\", \"entries-read\": :3, \"lag\": :1}, "
                        "{\"name\": \"h\", \"consumers\": :0, \"pending\": :0, "
                        "\"last-delivered-id\": \"2-0\", \"entries-read\": nil, \"lag\": nil}]"));
    CHECK_LIKE(c, "XINFO CONSUMERS s g",
               BY_RESP(c, "[[\"name\", \"bob\", \"pending\", :3, \"idle\", :*]]",
                       "[{\"name\": \"bob\", \"pending\": :3, \"idle\": :*}]"));
    CHECK_LIKE(c, "XINFO STREAM s FULL",
               BY_RESP(c,
                       "*\"groups\", [[\"name\", \"g\", \"last-delivered-id\", \"3-0\", "
                       "\"entries-read\", :3, \"lag\", :1, \"pel-count\", :3, \"pending\", "
                       "[[\"1-0\", \"bob\", :*, :1], *], \"consumers\", [[\"name\", \"bob\", "
                       "\"seen-time\", :*\"pel-count\", :3, \"pending\", [[\"1-0\", :*, :1], *",
                       "*\"groups\": [{\"name\": \"g\", \"last-delivered-id\": \"3-0\", "
                       "\"entries-read\": :3, \"lag\": :1, \"pel-count\": :3, \"pending\": "
                       "[[\"1-0\", \"bob\", :*, :1], *], \"consumers\": [{\"name\": \"bob\", "
                       "\"seen-time\": :*\"pel-count\": :3, \"pending\": [[\"1-0\", :*, :1], *"));
}

/* --- Newer commands --------------------------------------------------------------------------- */

TORC_TEST(deleting_with_references)
{
    add_four(c);
    CHECK_REPLY(c, "XGROUP CREATE s h 0", "+OK");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s >", OF_S(E1 ", " E2 ", " E3 ", " E4));
    CHECK_REPLY(c, "XREADGROUP GROUP h amy COUNT 2 STREAMS s >", OF_S(E1 ", " E2));
    CHECK_REPLY(c, "XDELEX s ACKED IDS 2 1-0 9-9", "[:2, :-1]");
    CHECK_REPLY(c, "XACK s g 1-0 3-0", ":2");
    CHECK_REPLY(c, "XDELEX s ACKED IDS 2 1-0 3-0", "[:2, :2]");
    CHECK_REPLY(c, "XACKDEL s h ACKED IDS 2 1-0 3-0", "[:1, :-1]");
    CHECK_REPLY(c, "XDELEX s DELREF IDS 1 2-0", "[:1]");
    CHECK_REPLY(c, "XPENDING s g", "[:1, \"4-0\", \"4-0\", [[\"bob\", \"1\"]]]");
    CHECK_REPLY(c, "XDELEX s KEEPREF IDS 1 4-0", "[:1]");
    CHECK_REPLY(c, "XPENDING s g", "[:1, \"4-0\", \"4-0\", [[\"bob\", \"1\"]]]");
    CHECK_REPLY(c, "XDELEX s DELREF IDS 1 4-0", "[:-1]");
    CHECK_REPLY(c, "XPENDING s g", BY_RESP(c, "[:0, nil, nil, nil*]", "[:0, nil, nil, nil]"));
    CHECK_REPLY(c, "XLEN s", ":1");
    CHECK_REPLY(c, "XDELEX none IDS 2 1-0 2-0", "[:-1, :-1]");
    CHECK_REPLY(c, "XACKDEL none g IDS 2 1-0 2-0", "[:-1, :-1]");
    CHECK_REPLY(c, "XACKDEL s x IDS 1 3-0", "[:-1]");
    CHECK_REPLY(c, "XDELEX s IDS 0 1-0", "-ERR Number of IDs must be a positive integer");
    CHECK_REPLY(c, "XDELEX s IDS 2 1-0",
                "-ERR The `numids` parameter must match the number of arguments");
    CHECK_REPLY(c, "XDELEX s IDS 1 1-0 2-0", SYNTAX);
    CHECK_REPLY(c, "XDELEX s KEEPREF ACKED IDS 1 1-0", SYNTAX);
    CHECK_REPLY(c, "XDELEX s IDS 1 x", BAD_ID);
    CHECK_REPLY(c, "XACKDEL s g ACKED ACKED ACKED", SYNTAX);
}

TORC_TEST(trimming_with_references)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XACK s g 2-0", ":1");
    CHECK_REPLY(c, "XTRIM s MAXLEN 0 ACKED", ":1");
    CHECK_REPLY(c, "XRANGE s - +", "[" E1 ", " E3 ", " E4 "]");
    CHECK_REPLY(c, "XTRIM s MAXLEN 2 DELREF", ":1");
    CHECK_REPLY(c, "XPENDING s g", "[:1, \"3-0\", \"3-0\", [[\"bob\", \"1\"]]]");
    CHECK_REPLY(c, "XADD s DELREF MAXLEN 1 5-0 a 5", "\"5-0\"");
    CHECK_REPLY(c, "XPENDING s g", BY_RESP(c, "[:0, nil, nil, nil*]", "[:0, nil, nil, nil]"));
    CHECK_REPLY(c, "XTRIM s MAXLEN 0 KEEPREF DELREF", SYNTAX);
    CHECK_REPLY(c, "XTRIM s ACKED MINID 9", ":0"); /* the group has not read it */
    CHECK_REPLY(c, "XTRIM s KEEPREF MINID 9", ":1");
}

TORC_TEST(giving_back)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XNACK s g SILENT IDS 2 1-0 4-0", ":1");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 2-0", ":1");
    CHECK_REPLY(c, "XNACK s g FATAL IDS 1 3-0", ":1");
    CHECK_REPLY(c, "XPENDING s g - + 9",
                "[[\"1-0\", \"\", :-1, :0], [\"2-0\", \"\", :-1, :1], [\"3-0\", \"\", :-1, "
                ":9223372036854775807]]");
    CHECK_REPLY(c, "XPENDING s g", "[:3, \"1-0\", \"3-0\", []]");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 2 3-0 4-0 RETRYCOUNT 5 FORCE", ":2");
    CHECK_REPLY(c, "XCLAIM s g amy 1000000 3-0 JUSTID", "[\"3-0\"]");
    CHECK_REPLY(c, "XAUTOCLAIM s g amy 1000000 0 JUSTID",
                "[\"0-0\", [\"1-0\", \"2-0\", \"4-0\"], []]");
    CHECK_REPLY(c, "XPENDING s g", "[:4, \"1-0\", \"4-0\", [[\"amy\", \"4\"]]]");
    CHECK_REPLY(c, "XNACK s x FAIL IDS 1 3-0", "-NOGROUP No such key 's' or consumer group 'x'");
    CHECK_REPLY(c, "XNACK s g WHY IDS 1 3-0", "-ERR mode must be SILENT, FAIL, or FATAL");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 0 3-0", "-ERR numids must be a positive integer");
    CHECK_REPLY(c, "XNACK s g FAIL IDS x 3-0", "-ERR numids must be a positive integer");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 2 3-0", "-ERR number of IDs doesn't match numids");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 x", BAD_ID);
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 3-0 RETRYCOUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 3-0 RETRYCOUNT -1",
                "-ERR Invalid RETRYCOUNT value, must be >= 0");
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 3-0 4-0", "-ERR Unrecognized XNACK option '4-0'");
    CHECK_REPLY(c, "XNACK s g FAIL FORCE FORCE FORCE", "-ERR syntax error, expected IDS keyword");
}

TORC_TEST(what_was_given_back_is_copied_and_dumped)
{
    static const char *const keys[] = {"s", "copy", "restored"};
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XNACK s g FAIL IDS 2 1-0 3-0", ":2");
    CHECK_REPLY(c, "COPY s copy", ":1");
    restore_dump(c, "s", "restored");
    for (int i = 0; i < 3; i++) {
        char line[64];
        snprintf(line, sizeof(line), "XPENDING %s g", keys[i]);
        CHECK_REPLY(c, line, "[:3, \"1-0\", \"3-0\", [[\"bob\", \"1\"]]]");
        snprintf(line, sizeof(line), "XPENDING %s g - + 9", keys[i]);
        CHECK_LIKE(c, line,
                   "[[\"1-0\", \"\", :-1, :1], [\"2-0\", \"bob\", :*, :1], "
                   "[\"3-0\", \"\", :-1, :1]]");
    }
}

TORC_TEST(claiming_while_reading)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob COUNT 3 STREAMS s >", OF_S(E1 ", " E2 ", " E3));
    CHECK_REPLY(c, "XNACK s g FAIL IDS 1 3-0", ":1");
    CHECK_REPLY(c, "XREADGROUP GROUP g amy COUNT 1 CLAIM 1000000 STREAMS s >",
                OF_S("[\"3-0\", [\"a\", \"3\"], :-1, :1]"));
    CHECK_REPLY(c, "XREADGROUP GROUP g amy CLAIM 1000000 STREAMS s >",
                OF_S("[\"4-0\", [\"a\", \"4\"], :0, :0]"));
    CHECK_REPLY(c, "XREADGROUP GROUP g amy CLAIM 1000000 STREAMS s >", NONE);
    CHECK_REPLY(c, "XCLAIM s g bob 0 2-0 IDLE 2000000 RETRYCOUNT 7 JUSTID", "[\"2-0\"]");
    CHECK_LIKE(c, "XREADGROUP GROUP g amy CLAIM 1000000 STREAMS s >",
               OF_S("[\"2-0\", [\"a\", \"2\"], :2*, :7]"));
    CHECK_REPLY(c, "XDEL s 2-0", ":1");
    CHECK_LIKE(c, "XREADGROUP GROUP g amy CLAIM 0 STREAMS s >",
               OF_S("[\"1-0\", [\"a\", \"1\"], :*, :1], [\"3-0\", [\"a\", \"3\"], :*, :2], "
                    "[\"4-0\", [\"a\", \"4\"], :*, :1]"));
    CHECK_REPLY(c, "XPENDING s g", "[:3, \"1-0\", \"4-0\", [[\"amy\", \"3\"]]]");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob CLAIM 1000000 STREAMS s >", NONE);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob CLAIM x STREAMS s >",
                "-ERR min-idle-time is not an integer");
    CHECK_REPLY(c, "XREADGROUP GROUP g bob CLAIM -1 STREAMS s >",
                "-ERR min-idle-time must be a positive integer");
}

TORC_TEST(the_longest_idle_are_claimed_first)
{
    add_four(c);
    CHECK_REPLY(c, "XREADGROUP GROUP g bob STREAMS s >", OF_S(E1 ", " E2 ", " E3 ", " E4));
    CHECK_REPLY(c, "XCLAIM s g bob 0 2-0 TIME 5 JUSTID", "[\"2-0\"]");
    CHECK_REPLY(c, "XCLAIM s g bob 0 1-0 TIME 9 JUSTID", "[\"1-0\"]");
    CHECK_REPLY(c, "XCLAIM s g bob 0 4-0 TIME 7 JUSTID", "[\"4-0\"]");
    CHECK_LIKE(c, "XREADGROUP GROUP g amy COUNT 2 CLAIM 1000000 STREAMS s >",
               OF_S("[\"2-0\", [\"a\", \"2\"], :*, :1], [\"4-0\", [\"a\", \"4\"], :*, :1]"));
    CHECK_REPLY(c, "XCLAIM s g bob 0 3-0 TIME 8 JUSTID", "[\"3-0\"]");
    CHECK_LIKE(c, "XREADGROUP GROUP g amy CLAIM 1000000 STREAMS s >",
               OF_S("[\"3-0\", [\"a\", \"3\"], :*, :1], [\"1-0\", [\"a\", \"1\"], :*, :1]"));
    CHECK_REPLY(c, "XPENDING s g", "[:4, \"1-0\", \"4-0\", [[\"amy\", \"4\"]]]");
}

/* More fields than are put into a node at once. */
TORC_TEST(an_entry_of_many_fields)
{
    struct words words = {0};
    char expected[32];
    static const char *const start[] = {"XADD", "s", "1-1"};
    for (int i = 0; i < 3; i++)
        words_add(&words, start[i], strlen(start[i]));
    for (int i = 0; i < 5000; i++) {
        int len = snprintf(expected, sizeof(expected), "%d", i);
        words_add(&words, expected, (size_t)len);
    }
    CHECK_STR(wire_words_text(c, &words), "\"1-1\"");
    words_fini(&words);
    struct reply *reply = wire_command(c, "XRANGE s - +");
    REQUIRE(reply && reply->count == 1 && reply->items[0]->count == 2);
    const struct reply *fields = reply->items[0]->items[1];
    CHECK_INT(fields->count, 5000);
    for (size_t i = 0; i < fields->count; i++) {
        snprintf(expected, sizeof(expected), "%zu", i);
        CHECK_STR(fields->items[i]->data, expected);
    }
    reply_free(reply);
}

WIRE_TEST(groups_of_another_type)
{
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "XGROUP CREATECONSUMER k g c", WRONG_TYPE);
    CHECK_REPLY(c, "XGROUP DELCONSUMER k g c", WRONG_TYPE);
    CHECK_REPLY(c, "XGROUP SETID k g 0", WRONG_TYPE);
}

TORC_TEST(newer_commands_of_another_type)
{
    static const char *const lines[] = {"XCFGSET", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "XDELEX k KEEPREF IDS 1 1-1", WRONG_TYPE);
    CHECK_REPLY(c, "XACKDEL k g KEEPREF IDS 1 1-1", WRONG_TYPE);
    CHECK_REPLY(c, "XNACK k g FAIL IDS 1 1-1", WRONG_TYPE);
}
