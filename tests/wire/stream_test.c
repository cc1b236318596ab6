/* Streams without groups, and what both have in common; the oracle proves each line. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define BAD_ID "-ERR Invalid stream ID specified as stream command argument"
#define TOO_SMALL                                                                                  \
    "-ERR The ID specified in XADD is equal or smaller than the target stream top item"
#define MAX_WORD "18446744073709551615"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"XADD k",
                                        "XADD k 1-1",
                                        "XADD k 1-1 f",
                                        "XADD k 1-1 f v g",
                                        "XADD k NOMKSTREAM 1-1 f",
                                        "XDEL k",
                                        "XLEN",
                                        "XLEN k l",
                                        "XRANGE k -",
                                        "XREVRANGE k +",
                                        "XREAD STREAMS k",
                                        "XSETID k",
                                        "XTRIM k MAXLEN",
                                        NULL};
    check_arity(c, lines);
}

WIRE_TEST(another_type_is_refused)
{
    static const char *const lines[] = {"XADD s 1-1 f v",
                                        "XADD s NOMKSTREAM 1-1 f v",
                                        "XDEL s 1-1",
                                        "XLEN s",
                                        "XRANGE s - +",
                                        "XREVRANGE s + -",
                                        "XREAD STREAMS s 0",
                                        "XSETID s 1-1",
                                        "XTRIM s MAXLEN 0",
                                        "XINFO STREAM s",
                                        "XINFO GROUPS s",
                                        "XINFO CONSUMERS s g",
                                        "XGROUP CREATE s g 0",
                                        "XGROUP DESTROY s g",
                                        "XPENDING s g",
                                        "XACK s g 1-1",
                                        "XCLAIM s g c 0 1-1",
                                        "XAUTOCLAIM s g c 0 0",
                                        "XREADGROUP GROUP g c STREAMS s >"};
    CHECK_REPLY(c, "SET s string", "+OK");
    check_all(c, lines, sizeof(lines) / sizeof(*lines), WRONG_TYPE);
    CHECK_REPLY(c, "XADD x 1-1 f v", "\"1-1\"");
    CHECK_REPLY(c, "GET x", WRONG_TYPE);
    CHECK_REPLY(c, "LPUSH x a", WRONG_TYPE);
}

WIRE_TEST(ids_ascend)
{
    CHECK_REPLY(c, "XADD s 5-3 f v", "\"5-3\"");
    CHECK_REPLY(c, "XADD s 5-3 f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 5-2 f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 5 f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 4-* f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 5-* f v", "\"5-4\"");
    CHECK_REPLY(c, "XADD s 6-* f v", "\"6-0\"");
    CHECK_REPLY(c, "XADD s 7 f v", "\"7-0\"");
    CHECK_REPLY(c, "XADD s 007-01 f v", "\"7-1\"");
    CHECK_REPLY(c, "XADD s \" +8-\\t2\" f v", "\"8-2\"");
    CHECK_REPLY(c, "XADD s \"8-\" f v", BAD_ID);
    CHECK_REPLY(c, "XADD s \" -9\" f v", BAD_ID);
    CHECK_REPLY(c, "XADD s \"9 -9\" f v", BAD_ID);
    CHECK_REPLY(c, "XADD s 0-0 f v", "-ERR The ID specified in XADD must be greater than 0-0");
    CHECK_REPLY(c, "XADD s 0 f v", "-ERR The ID specified in XADD must be greater than 0-0");
    CHECK_REPLY(c, "XADD s x f v", BAD_ID);
    CHECK_REPLY(c, "XADD s - f v", BAD_ID);
    CHECK_REPLY(c, "XADD s + f v", BAD_ID);
    CHECK_REPLY(c, "XADD s 1-x f v", BAD_ID);
    CHECK_REPLY(c, "XADD s -1-1 f v", BAD_ID);
    CHECK_REPLY(c, "XADD s 1-2-3 f v", BAD_ID);
    CHECK_REPLY(c, "XADD s \"\" f v", BAD_ID);
    CHECK_REPLY(c, "XADD s 18446744073709551616-0 f v", BAD_ID);
    CHECK_REPLY(c, "XADD s " MAX_WORD "-" MAX_WORD " f v", "\"" MAX_WORD "-" MAX_WORD "\"");
    CHECK_REPLY(c, "XADD s * f v",
                "-ERR The stream has exhausted the last possible ID, unable to add more items");
    CHECK_REPLY(c, "XADD new 0-* f v", "\"0-1\"");
    CHECK_REPLY(c, "XADD end 3-" MAX_WORD " f v", "\"3-" MAX_WORD "\"");
    if (!wire_env()->oracle) /* 7.0 blames the elements */
        CHECK_REPLY(c, "XADD end 3-* f v", TOO_SMALL);
    CHECK_REPLY(c, "XLEN s", ":7");
    CHECK_REPLY(c, "XADD none NOMKSTREAM 1-1 f v", "nil");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "XADD s nomkstream " MAX_WORD "-1 f v",
                "-ERR The stream has exhausted the last possible ID, unable to add more items");
}

WIRE_TEST(ids_come_from_the_clock)
{
    const char *id = wire_command_text(c, "XADD s * f v");
    CHECK(text_like(id, "\"1*-0\""));
    CHECK_REPLY(c, "XADD s 99999999999999-5 f v", "\"99999999999999-5\"");
    CHECK_REPLY(c, "XADD s * f v", "\"99999999999999-6\"");
    CHECK_REPLY(c, "XLEN s", ":3");
}

static void add_five(struct wire *c)
{
    CHECK_REPLY(c, "XADD s 1-1 a 1", "\"1-1\"");
    CHECK_REPLY(c, "XADD s 1-2 a 2", "\"1-2\"");
    CHECK_REPLY(c, "XADD s 2-0 a 3 b x", "\"2-0\"");
    CHECK_REPLY(c, "XADD s 3-0 a -4 \"\" \"\"", "\"3-0\"");
    CHECK_REPLY(c, "XADD s 3-5 \"bin\\x00\" \"\\xff\\r\\n\"", "\"3-5\"");
}

#define E1 "[\"1-1\", [\"a\", \"1\"]]"
#define E2 "[\"1-2\", [\"a\", \"2\"]]"
#define E3 "[\"2-0\", [\"a\", \"3\", \"b\", \"x\"]]"
#define E4 "[\"3-0\", [\"a\", \"-4\", \"\", \"\"]]"
#define E5 "[\"3-5\", [\"bin\\x00\", \"\\xff\\r\\n\"]]"

WIRE_TEST(ranges)
{
    add_five(c);
    CHECK_REPLY(c, "XRANGE s - +", "[" E1 ", " E2 ", " E3 ", " E4 ", " E5 "]");
    CHECK_REPLY(c, "XREVRANGE s + -", "[" E5 ", " E4 ", " E3 ", " E2 ", " E1 "]");
    CHECK_REPLY(c, "XRANGE s 1 1", "[" E1 ", " E2 "]");
    CHECK_REPLY(c, "XRANGE s 1-2 3", "[" E2 ", " E3 ", " E4 ", " E5 "]");
    CHECK_REPLY(c, "XRANGE s (1-2 (3-5", "[" E3 ", " E4 "]");
    CHECK_REPLY(c, "XREVRANGE s (3-5 (1-1 COUNT 2", "[" E4 ", " E3 "]");
    CHECK_REPLY(c, "XRANGE s - + COUNT 1", "[" E1 "]");
    CHECK_REPLY(c, "XRANGE s - + COUNT 2 count 1", "[" E1 "]");
    CHECK_REPLY(c, "XRANGE s + -", "[]");
    CHECK_REPLY(c, "XRANGE s 4 +", "[]");
    CHECK_REPLY(c, "XRANGE s - + COUNT 0", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XRANGE s - + COUNT -3", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XRANGE none - + COUNT 0", "[]");
    CHECK_REPLY(c, "XRANGE s - + COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "XRANGE s - + COUNT", SYNTAX);
    CHECK_REPLY(c, "XRANGE s - + LIMIT 1", SYNTAX);
    CHECK_REPLY(c, "XRANGE s x +", BAD_ID);
    CHECK_REPLY(c, "XRANGE s - x", BAD_ID);
    CHECK_REPLY(c, "XRANGE s (- +", BAD_ID);
    CHECK_REPLY(c, "XRANGE s - (", BAD_ID);
    CHECK_REPLY(c, "XRANGE s (" MAX_WORD "-" MAX_WORD " +",
                "-ERR invalid start ID for the interval");
    CHECK_REPLY(c, "XRANGE s - (0-0", "-ERR invalid end ID for the interval");
    CHECK_REPLY(c, "XRANGE s - (0", "[]"); /* 0-18446744073709551615 is meant */
}

WIRE_TEST(deleting)
{
    add_five(c);
    CHECK_REPLY(c, "XDEL none x", ":0");
    CHECK_REPLY(c, "XDEL s 1-1 x", BAD_ID);
    CHECK_REPLY(c, "XDEL s 1-1 1-1 9-9 2", ":2");
    CHECK_REPLY(c, "XRANGE s - +", "[" E2 ", " E4 ", " E5 "]");
    CHECK_REPLY(c, "XDEL s 1-1", ":0");
    CHECK_REPLY(c, "XDEL s 1-2 3-0 3-5", ":3");
    CHECK_REPLY(c, "XLEN s", ":0");
    CHECK_REPLY(c, "EXISTS s", ":1");
    CHECK_REPLY(c, "TYPE s", "+stream");
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"stream\"");
    CHECK_REPLY(c, "XRANGE s - +", "[]");
    CHECK_REPLY(c, "XADD s 3-5 f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 3-6 f v", "\"3-6\"");
    CHECK_REPLY(c, "XLEN none", ":0");
    CHECK_REPLY(c, "DEL s", ":1");
}

WIRE_TEST(trimming)
{
    add_five(c);
    CHECK_REPLY(c, "XTRIM s MAXLEN 10", ":0");
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 1", ":0"); /* one node, which would go as a whole */
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 0 LIMIT 4", ":0");
    CHECK_REPLY(c, "XTRIM s MAXLEN = 3", ":2");
    CHECK_REPLY(c, "XTRIM s MINID 3", ":1");
    CHECK_REPLY(c, "XRANGE s - +", "[" E4 ", " E5 "]");
    CHECK_REPLY(c, "XTRIM s MINID ~ 4", ":2");
    CHECK_REPLY(c, "XTRIM none MAXLEN 0", ":0");
    CHECK_REPLY(c, "XADD s MAXLEN 2 4-0 a 1", "\"4-0\"");
    CHECK_REPLY(c, "XADD s MAXLEN = 2 4-1 a 1", "\"4-1\"");
    CHECK_REPLY(c, "XADD s MAXLEN 2 4-2 a 1", "\"4-2\"");
    CHECK_REPLY(c, "XLEN s", ":2");
    CHECK_REPLY(c, "XADD s MINID 5 4-3 a 1", "\"4-3\"");
    CHECK_REPLY(c, "XLEN s", ":0");
    CHECK_REPLY(c, "XADD s MAXLEN ~ 0 LIMIT 0 5-1 a 1", "\"5-1\"");
    CHECK_REPLY(c, "XLEN s", ":0");
    CHECK_REPLY(c, "XTRIM s MAXLEN -1", "-ERR The MAXLEN argument must be >= 0.");
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 1 LIMIT -1", "-ERR The LIMIT argument must be >= 0.");
    CHECK_REPLY(c, "XTRIM s MAXLEN x", NOT_INTEGER);
    CHECK_REPLY(c, "XTRIM s MINID x", BAD_ID);
    CHECK_REPLY(c, "XTRIM s MAXLEN 1 MINID 1",
                "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    CHECK_REPLY(c, "XTRIM s LIMIT 1",
                "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    CHECK_REPLY(c, "XTRIM s LIMIT 0",
                "-ERR syntax error, XTRIM must be called with a trimming strategy");
    CHECK_REPLY(c, "XTRIM s MAXLEN 1 LIMIT 1",
                "-ERR syntax error, LIMIT cannot be used without the special ~ option");
    CHECK_REPLY(c, "XTRIM s 5 5", SYNTAX);
}

WIRE_TEST(whole_nodes_are_trimmed)
{
    char line[64];
    CHECK_REPLY(c, "CONFIG SET stream-node-max-entries 10", "+OK");
    for (int i = 1; i <= 95; i++) {
        snprintf(line, sizeof(line), "XADD s %d-1 f %d", i, i);
        CHECK(text_like(wire_command_text(c, line), "\"*\""));
    }
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 90", ":0");
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 70 LIMIT 15", ":10");
    CHECK_REPLY(c, "XTRIM s MAXLEN ~ 61", ":20");
    CHECK_REPLY(c, "XTRIM s MINID ~ 50", ":10");
    CHECK_REPLY(c, "XTRIM s MINID 47", ":6");
    CHECK_REPLY(c, "XLEN s", ":49");
    CHECK_REPLY(c, "XRANGE s - + COUNT 1", "[[\"47-1\", [\"f\", \"47\"]]]");
    CHECK_REPLY(c, "XTRIM s MAXLEN 3", ":46");
    CHECK_REPLY(c, "XRANGE s - + COUNT 1", "[[\"93-1\", [\"f\", \"93\"]]]");
    CHECK_REPLY(c, "CONFIG SET stream-node-max-entries 100", "+OK");
}

WIRE_TEST(setting_ids)
{
    add_five(c);
    CHECK_REPLY(c, "XSETID none 1-1", "-ERR no such key");
    CHECK_REPLY(c, "XSETID s x", BAD_ID);
    CHECK_REPLY(c, "XSETID s 3-4",
                "-ERR The ID specified in XSETID is smaller than the target stream top item");
    CHECK_REPLY(c, "XSETID s 3-5 ENTRIESADDED 4",
                "-ERR The entries_added specified in XSETID is smaller than the target stream "
                "length");
    CHECK_REPLY(c, "XSETID s 3-5 ENTRIESADDED -1", "-ERR entries_added must be positive");
    CHECK_REPLY(c, "XSETID s 3-5 ENTRIESADDED x", NOT_INTEGER);
    CHECK_REPLY(c, "XSETID s 3-5 MAXDELETEDID 4",
                "-ERR The ID specified in XSETID is smaller than the provided "
                "max_deleted_entry_id");
    CHECK_REPLY(c, "XSETID s 3-5 MAXDELETEDID", SYNTAX);
    CHECK_REPLY(c, "XSETID s 10-1 ENTRIESADDED 100 MAXDELETEDID 4-0", "+OK");
    CHECK_REPLY(c, "XADD s 10-1 f v", TOO_SMALL);
    CHECK_REPLY(c, "XADD s 10-2 f v", "\"10-2\"");
}

WIRE_TEST(reading)
{
    add_five(c);
    CHECK_REPLY(c, "XADD t 7-7 x y", "\"7-7\"");
    CHECK_REPLY(c, "XREAD STREAMS s 3-0", BY_RESP(c, "[[\"s\", [" E5 "]]]", "{\"s\": [" E5 "]}"));
    CHECK_REPLY(c, "XREAD COUNT 1 STREAMS s none t 0 0 0",
                BY_RESP(c, "[[\"s\", [" E1 "]], [\"t\", [[\"7-7\", [\"x\", \"y\"]]]]]",
                        "{\"s\": [" E1 "], \"t\": [[\"7-7\", [\"x\", \"y\"]]]}"));
    CHECK_REPLY(c, "XREAD COUNT -1 BLOCK 1 STREAMS t 0",
                BY_RESP(c, "[[\"t\", [[\"7-7\", [\"x\", \"y\"]]]]]",
                        "{\"t\": [[\"7-7\", [\"x\", \"y\"]]]}"));
    CHECK_REPLY(c, "XREAD STREAMS s 3-5", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD STREAMS s $", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD STREAMS none $", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD BLOCK 1 STREAMS s $", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD STREAMS s " MAX_WORD "-" MAX_WORD, BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD STREAMS s t 0",
                "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be "
                "specified.");
    CHECK_REPLY(c, "XREAD STREAMS s >",
                "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP "
                "<group> <consumer> option.");
    CHECK_REPLY(c, "XREAD GROUP g c STREAMS s 0",
                "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    CHECK_REPLY(c, "XREAD NOACK STREAMS s 0",
                "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    CHECK_REPLY(c, "XREAD COUNT x STREAMS s 0", NOT_INTEGER);
    CHECK_REPLY(c, "XREAD BLOCK x STREAMS s 0", "-ERR timeout is not an integer or out of range");
    CHECK_REPLY(c, "XREAD BLOCK -1 STREAMS s 0", "-ERR timeout is negative");
    CHECK_REPLY(c, "XREAD FOO STREAMS s 0", SYNTAX);
    CHECK_REPLY(c, "XREAD COUNT 1 s 0", SYNTAX);
    CHECK_REPLY(c, "XREAD STREAMS s x", BAD_ID);
}

TORC_TEST(reading_of_newer_versions)
{
    add_five(c);
    CHECK_REPLY(c, "XADD t 7-7 x y", "\"7-7\"");
    CHECK_REPLY(c, "XREAD STREAMS s +", BY_RESP(c, "[[\"s\", [" E5 "]]]", "{\"s\": [" E5 "]}"));
    CHECK_REPLY(c, "XREAD STREAMS none +", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "XREAD MAXCOUNT 2 STREAMS s t 0 0",
                BY_RESP(c, "[[\"s\", [" E1 ", " E2 "]]]", "{\"s\": [" E1 ", " E2 "]}"));
    CHECK_REPLY(c, "XREAD MAXSIZE 1 STREAMS s t 0 0",
                BY_RESP(c, "[[\"s\", [" E1 "]]]", "{\"s\": [" E1 "]}"));
    CHECK_REPLY(c, "XREAD MAXSIZE 4 STREAMS s t 0 0",
                BY_RESP(c, "[[\"s\", [" E1 ", " E2 "]]]", "{\"s\": [" E1 ", " E2 "]}"));
    CHECK_REPLY(c, "XREAD MAXCOUNT 0 STREAMS s 0", "-ERR MAXCOUNT must be a positive integer");
    CHECK_REPLY(c, "XREAD MAXSIZE x STREAMS s 0", "-ERR MAXSIZE must be a positive integer");
}

#define FIGURES2(radix)                                                                            \
    "\"length\", :2, \"radix-tree-keys\", :1, \"radix-tree-nodes\", :2, \"last-generated-id\", "   \
    "\"2-1\", \"max-deleted-entry-id\", \"1-1\", \"entries-added\", :3, "                          \
    "\"recorded-first-entry-id\", \"1-2\", "

WIRE_TEST(info_of_streams)
{
    CHECK_REPLY(c, "XADD s 1-1 f v", "\"1-1\"");
    CHECK_REPLY(c, "XADD s 1-2 f v", "\"1-2\"");
    CHECK_REPLY(c, "XADD s 2-1 f w", "\"2-1\"");
    CHECK_REPLY(c, "XDEL s 1-1", ":1");
    CHECK_REPLY(c, "XINFO STREAM s",
                BY_RESP(c,
                        "[" FIGURES2() "\"groups\", :0, \"first-entry\", [\"1-2\", [\"f\", "
                                       "\"v\"]], \"last-entry\", [\"2-1\", [\"f\", \"w\"]]]",
                        "{\"length\": :2, \"radix-tree-keys\": :1, \"radix-tree-nodes\": :2, "
                        "\"last-generated-id\": \"2-1\", \"max-deleted-entry-id\": \"1-1\", "
                        "\"entries-added\": :3, \"recorded-first-entry-id\": \"1-2\", "
                        "\"groups\": :0, \"first-entry\": [\"1-2\", [\"f\", \"v\"]], "
                        "\"last-entry\": [\"2-1\", [\"f\", \"w\"]]}"));
    if (c->resp == 2)
        CHECK_REPLY(c, "XINFO STREAM s FULL COUNT 1",
                    "[" FIGURES2() "\"entries\", [[\"1-2\", [\"f\", \"v\"]]], \"groups\", []]");
    CHECK_REPLY(c, "XDEL s 1-2 2-1", ":2");
    if (c->resp == 2)
        CHECK_REPLY(c, "XINFO STREAM s",
                    "[\"length\", :0, \"radix-tree-keys\", :0, \"radix-tree-nodes\", :1, "
                    "\"last-generated-id\", \"2-1\", \"max-deleted-entry-id\", \"2-1\", "
                    "\"entries-added\", :3, \"recorded-first-entry-id\", \"0-0\", \"groups\", :0, "
                    "\"first-entry\", nil, \"last-entry\", nil]");
    CHECK_REPLY(c, "XINFO STREAM none", "-ERR no such key");
    CHECK_REPLY(c, "XINFO STREAM s FULL COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "XINFO STREAM s FULL COUNT",
                "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO "
                "HELP.");
    CHECK_REPLY(c, "XINFO STREAM s PART",
                "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO "
                "HELP.");
    CHECK(text_like(wire_command_text(c, "XINFO HELP"), "[+XINFO <subcommand> *"));
    CHECK(text_like(wire_command_text(c, "XGROUP HELP"), "[+XGROUP <subcommand> *"));
}

WIRE_TEST(copies_and_payloads)
{
    add_five(c);
    CHECK_REPLY(c, "XGROUP CREATE s g 0", "+OK");
    CHECK_REPLY(c, "COPY s t", ":1");
    CHECK_REPLY(c, "RENAME s u", "+OK");
    CHECK_REPLY(c, "XRANGE t - + COUNT 1", "[" E1 "]");
    CHECK_REPLY(c, "XLEN u", ":5");
    CHECK_REPLY(c, "XADD t 9-9 f v", "\"9-9\"");
    CHECK_REPLY(c, "XLEN u", ":5");
    CHECK_REPLY(c, "XGROUP DESTROY t g", ":1");
    CHECK_REPLY(c, "XGROUP DESTROY u g", ":1");
    CHECK_REPLY(c, "XGROUP DESTROY u g", ":0");
}

TORC_TEST(additions_that_are_sent_again)
{
    char first[64], second[64];
    snprintf(first, sizeof(first), "%s", wire_command_text(c, "XADD s IDMP p 1 * f v"));
    CHECK(text_like(first, "\"1*-*\""));
    CHECK_REPLY(c, "XADD s IDMP p 1 * f other", first);
    CHECK_REPLY(c, "XLEN s", ":1");
    CHECK(strcmp(wire_command_text(c, "XADD s IDMP q 1 * f v"), first) != 0);
    CHECK(strcmp(wire_command_text(c, "XADD s IDMP p 2 MAXLEN 10 * f v"), first) != 0);
    CHECK_REPLY(c, "XLEN s", ":3");
    snprintf(second, sizeof(second), "%s", wire_command_text(c, "XADD s IDMPAUTO p * f v g w"));
    CHECK_REPLY(c, "XADD s IDMPAUTO p * f v g w", second);
    CHECK(strcmp(wire_command_text(c, "XADD s IDMPAUTO p * f v g x"), second) != 0);
    CHECK(strcmp(wire_command_text(c, "XADD s IDMPAUTO q * f v g w"), second) != 0);
    CHECK_REPLY(c, "XLEN s", ":6");
    CHECK_LIKE(c, "XINFO STREAM s",
               BY_RESP(c,
                       "*\"idmp-duration\", :100, \"idmp-maxsize\", :100, \"pids-tracked\", :2, "
                       "\"iids-tracked\", :6, \"iids-added\", :6, \"iids-duplicates\", :2, *",
                       "*\"idmp-duration\": :100, \"idmp-maxsize\": :100, \"pids-tracked\": :2, "
                       "\"iids-tracked\": :6, \"iids-added\": :6, \"iids-duplicates\": :2, *"));
    CHECK_REPLY(c, "COPY s copy", ":1");
    restore_dump(c, "copy", "restored");
    CHECK_REPLY(c, "XADD copy IDMP p 1 * f other", first);
    CHECK_REPLY(c, "XADD restored IDMP p 1 * f other", first);
    CHECK_REPLY(c, "XADD restored IDMPAUTO p * f v g w", second);
    CHECK_REPLY(c, "XLEN restored", ":6");
    CHECK_REPLY(c, "XCFGSET s IDMP-DURATION 100 IDMP-MAXSIZE 100", "+OK");
    CHECK_REPLY(c, "XADD s IDMP p 1 * f other", first);
    CHECK_REPLY(c, "XCFGSET s IDMP-MAXSIZE 1", "+OK");
    CHECK(strcmp(wire_command_text(c, "XADD s IDMP p 1 * f v"), first) != 0);
    CHECK_REPLY(c, "XLEN s", ":7");
    CHECK_REPLY(c, "XADD s IDMP p 1 5-5 f v",
                "-ERR IDMP/IDMPAUTO can be used only with auto-generated IDs");
    CHECK_REPLY(c, "XADD s IDMP p 1 IDMPAUTO p * f v",
                "-ERR IDMP/IDMPAUTO specified multiple times");
    CHECK_REPLY(c, "XADD s IDMP p * f v", BAD_ID);
    CHECK_REPLY(c, "XADD s IDMP \"\" 1 * f v", "-ERR IDMP requires a non-empty producer ID");
    CHECK_REPLY(c, "XADD s IDMP p \"\" * f v", "-ERR IDMP requires a non-empty idempotent ID");
    CHECK_REPLY(c, "XADD s IDMPAUTO \"\" * f v", "-ERR IDMPAUTO requires a non-empty producer ID");
    CHECK_LIKE(c, "XCFGSET s", "-ERR At least one parameter*");
    CHECK_REPLY(c, "XCFGSET s IDMP-DURATION", SYNTAX);
    CHECK_REPLY(c, "XCFGSET s IDMP-DURATION 3.14", NOT_INTEGER);
    CHECK_REPLY(c, "XCFGSET s IDMP-DURATION 0",
                "-ERR IDMP-DURATION must be between 1 and 86400 seconds");
    CHECK_REPLY(c, "XCFGSET s IDMP-DURATION 86401",
                "-ERR IDMP-DURATION must be between 1 and 86400 seconds");
    CHECK_REPLY(c, "XCFGSET s IDMP-MAXSIZE INVALID IDMP-DURATION", NOT_INTEGER);
    CHECK_REPLY(c, "XCFGSET s IDMP-MAXSIZE 10001",
                "-ERR IDMP-MAXSIZE must be between 1 and 10000 entries");
    CHECK_REPLY(c, "XCFGSET none IDMP-MAXSIZE 1", "-ERR no such key");
    CHECK_REPLY(c, "SET t string", "+OK");
    CHECK_REPLY(c, "XCFGSET t IDMP-MAXSIZE 1", WRONG_TYPE);
}
