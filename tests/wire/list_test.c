/* The list commands, but for those that block; the oracle proves each line. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define POSITIVE "-ERR value is out of range, must be positive"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"LINDEX k",
                                        "LINDEX k 0 1",
                                        "LINSERT k BEFORE p",
                                        "LINSERT k BEFORE p e f",
                                        "LLEN",
                                        "LLEN k l",
                                        "LMOVE a b LEFT",
                                        "LMOVE a b LEFT RIGHT x",
                                        "LMPOP 1 k",
                                        "LPOP",
                                        "LPOP k 1 2",
                                        "LPOS k",
                                        "LPUSH k",
                                        "LPUSHX k",
                                        "LRANGE k 0",
                                        "LRANGE k 0 1 2",
                                        "LREM k 0",
                                        "LREM k 0 e f",
                                        "LSET k 0",
                                        "LSET k 0 e f",
                                        "LTRIM k 0",
                                        "LTRIM k 0 1 2",
                                        "RPOP",
                                        "RPOP k 1 2",
                                        "RPOPLPUSH a",
                                        "RPOPLPUSH a b c",
                                        "RPUSH k",
                                        "RPUSHX k",
                                        NULL};
    check_arity(c, lines);
}

TORC_TEST(wrong_arity_of_newer_ones)
{
    static const char *const lines[] = {"LMOVEM a b LEFT", NULL};
    check_arity(c, lines);
}

WIRE_TEST(another_type_is_refused)
{
    static const char *const lines[] = {"LINDEX s 0",
                                        "LINSERT s BEFORE a b",
                                        "LLEN s",
                                        "LMOVE s l LEFT RIGHT",
                                        "LMOVE l s LEFT RIGHT",
                                        "LMPOP 1 s LEFT",
                                        "LMPOP 2 none s RIGHT",
                                        "LPOP s",
                                        "LPOP s 2",
                                        "LPOS s a",
                                        "LPUSH s a",
                                        "LPUSHX s a",
                                        "LRANGE s 0 -1",
                                        "LREM s 0 a",
                                        "LSET s 0 a",
                                        "LTRIM s 0 1",
                                        "RPOP s",
                                        "RPOPLPUSH s l",
                                        "RPOPLPUSH l s",
                                        "RPUSH s a",
                                        "RPUSHX s a"};
    CHECK_REPLY(c, "SET s string", "+OK");
    CHECK_REPLY(c, "RPUSH l a", ":1");
    check_all(c, lines, sizeof(lines) / sizeof(*lines), WRONG_TYPE);
    if (!wire_env()->oracle) {
        CHECK_REPLY(c, "LMOVEM s l LEFT LEFT", WRONG_TYPE);
        CHECK_REPLY(c, "LMOVEM l s LEFT LEFT", WRONG_TYPE);
    }
    CHECK_REPLY(c, "GET l", WRONG_TYPE);
    CHECK_REPLY(c, "APPEND l x", WRONG_TYPE);
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"a\"]");
}

WIRE_TEST(push_and_pop)
{
    CHECK_REPLY(c, "RPUSH l a b", ":2");
    CHECK_REPLY(c, "LPUSH l 1 -20 3000 \"\"", ":6");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"\", \"3000\", \"-20\", \"1\", \"a\", \"b\"]");
    CHECK_REPLY(c, "LLEN l", ":6");
    CHECK_REPLY(c, "TYPE l", "+list");
    CHECK_REPLY(c, "LPOP l", "\"\"");
    CHECK_REPLY(c, "RPOP l", "\"b\"");
    CHECK_REPLY(c, "LPOP l 2", "[\"3000\", \"-20\"]");
    CHECK_REPLY(c, "RPOP l 0", "[]");
    CHECK_REPLY(c, "RPOP l 10", "[\"a\", \"1\"]");
    CHECK_REPLY(c, "EXISTS l", ":0");
    CHECK_REPLY(c, "LPOP l", "nil");
    CHECK_REPLY(c, "LPOP l 1", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "LPOP l 0", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "LPOP l -1", POSITIVE);
    CHECK_REPLY(c, "LPOP l x", POSITIVE);
    CHECK_REPLY(c, "LLEN l", ":0");
    CHECK_REPLY(c, "LPUSHX l a", ":0");
    CHECK_REPLY(c, "RPUSHX l a", ":0");
    CHECK_REPLY(c, "EXISTS l", ":0");
    CHECK_REPLY(c, "RPUSH l m", ":1");
    CHECK_REPLY(c, "LPUSHX l a b", ":3");
    CHECK_REPLY(c, "RPUSHX l y z", ":5");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"b\", \"a\", \"m\", \"y\", \"z\"]");
}

WIRE_TEST(by_index)
{
    CHECK_REPLY(c, "LINDEX l 0", "nil");
    CHECK_REPLY(c, "LINDEX l x", "nil");
    CHECK_REPLY(c, "LSET l 0 v", "-ERR no such key");
    CHECK_REPLY(c, "LSET l x v", "-ERR no such key");
    CHECK_REPLY(c, "RPUSH l a b c d e", ":5");
    CHECK_REPLY(c, "LINDEX l 0", "\"a\"");
    CHECK_REPLY(c, "LINDEX l -1", "\"e\"");
    CHECK_REPLY(c, "LINDEX l 5", "nil");
    CHECK_REPLY(c, "LINDEX l -6", "nil");
    CHECK_REPLY(c, "LINDEX l 9223372036854775807", "nil");
    CHECK_REPLY(c, "LINDEX l -9223372036854775808", "nil");
    CHECK_REPLY(c, "LINDEX l 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "LSET l 1 100", "+OK");
    CHECK_REPLY(c, "LSET l -1 last", "+OK");
    CHECK_REPLY(c, "LSET l 5 v", "-ERR index out of range");
    CHECK_REPLY(c, "LSET l -6 v", "-ERR index out of range");
    CHECK_REPLY(c, "LSET l x v", NOT_INTEGER);
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"a\", \"100\", \"c\", \"d\", \"last\"]");
    CHECK_REPLY(c, "LRANGE l 1 2", "[\"100\", \"c\"]");
    CHECK_REPLY(c, "LRANGE l -2 -1", "[\"d\", \"last\"]");
    CHECK_REPLY(c, "LRANGE l -100 100", "[\"a\", \"100\", \"c\", \"d\", \"last\"]");
    CHECK_REPLY(c, "LRANGE l 3 1", "[]");
    CHECK_REPLY(c, "LRANGE l 5 9", "[]");
    CHECK_REPLY(c, "LRANGE l -9223372036854775808 9223372036854775807",
                "[\"a\", \"100\", \"c\", \"d\", \"last\"]");
    CHECK_REPLY(c, "LRANGE l x 1", NOT_INTEGER);
    CHECK_REPLY(c, "LRANGE l 0 x", NOT_INTEGER);
    CHECK_REPLY(c, "LRANGE none 0 -1", "[]");
    CHECK_REPLY(c, "LTRIM l 1 -2", "+OK");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"100\", \"c\", \"d\"]");
    CHECK_REPLY(c, "LTRIM l x 1", NOT_INTEGER);
    CHECK_REPLY(c, "LTRIM l 5 9", "+OK");
    CHECK_REPLY(c, "EXISTS l", ":0");
    CHECK_REPLY(c, "LTRIM l 0 1", "+OK");
}

WIRE_TEST(by_element)
{
    CHECK_REPLY(c, "LREM l 0 a", ":0");
    CHECK_REPLY(c, "LINSERT l BEFORE a b", ":0");
    CHECK_REPLY(c, "LINSERT l BETWEEN a b", SYNTAX);
    CHECK_REPLY(c, "RPUSH l a b a 5 a b", ":6");
    CHECK_REPLY(c, "LREM l 1 a", ":1");
    CHECK_REPLY(c, "LREM l -1 b", ":1");
    CHECK_REPLY(c, "LREM l 0 5", ":1");
    CHECK_REPLY(c, "LREM l 0 nothing", ":0");
    CHECK_REPLY(c, "LREM l x a", NOT_INTEGER);
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"b\", \"a\", \"a\"]");
    CHECK_REPLY(c, "LREM l -9223372036854775808 a", ":2");
    CHECK_REPLY(c, "LINSERT l before b 1", ":2");
    CHECK_REPLY(c, "LINSERT l AFTER b 3", ":3");
    CHECK_REPLY(c, "LINSERT l AFTER 1 2", ":4");
    CHECK_REPLY(c, "LINSERT l AFTER nothing x", ":-1");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"1\", \"2\", \"b\", \"3\"]");
    CHECK_REPLY(c, "LREM l 0 b", ":1");
    CHECK_REPLY(c, "LREM l 0 1", ":1");
    CHECK_REPLY(c, "LREM l 0 2", ":1");
    CHECK_REPLY(c, "LREM l 0 3", ":1");
    CHECK_REPLY(c, "EXISTS l", ":0");
}

WIRE_TEST(lpos)
{
    CHECK_REPLY(c, "RPUSH l a b c 1 2 3 c c", ":8");
    CHECK_REPLY(c, "LPOS l c", ":2");
    CHECK_REPLY(c, "LPOS l 2", ":4");
    CHECK_REPLY(c, "LPOS l x", "nil");
    CHECK_REPLY(c, "LPOS none x", "nil");
    CHECK_REPLY(c, "LPOS none x COUNT 2", "[]");
    CHECK_REPLY(c, "LPOS l c RANK 2", ":6");
    CHECK_REPLY(c, "LPOS l c RANK -1", ":7");
    CHECK_REPLY(c, "LPOS l c COUNT 2", "[:2, :6]");
    CHECK_REPLY(c, "LPOS l c COUNT 0", "[:2, :6, :7]");
    CHECK_REPLY(c, "LPOS l c RANK -1 COUNT 2", "[:7, :6]");
    CHECK_REPLY(c, "LPOS l c RANK 2 COUNT 0", "[:6, :7]");
    CHECK_REPLY(c, "LPOS l c COUNT 0 MAXLEN 7", "[:2, :6]");
    CHECK_REPLY(c, "LPOS l c MAXLEN 2", "nil");
    CHECK_REPLY(c, "LPOS l c RANK -1 MAXLEN 1", ":7");
    CHECK_REPLY(c, "LPOS l c RANK 9 COUNT 0", "[]");
    CHECK_REPLY(c, "LPOS l c RANK 0",
                "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second "
                "... or use negative to start from the end of the list");
    CHECK_REPLY(c, "LPOS l c COUNT -1", "-ERR COUNT can't be negative");
    CHECK_REPLY(c, "LPOS l c MAXLEN -1", "-ERR MAXLEN can't be negative");
    CHECK_REPLY(c, "LPOS l c RANK x", NOT_INTEGER);
    CHECK_REPLY(c, "LPOS l c RANK", SYNTAX);
    CHECK_REPLY(c, "LPOS l c WHAT 1", SYNTAX);
}

WIRE_TEST(from_list_to_list)
{
    CHECK_REPLY(c, "LMOVE a b LEFT RIGHT", "nil");
    CHECK_REPLY(c, "LMOVE a b LEFT MIDDLE", SYNTAX);
    CHECK_REPLY(c, "LMOVE a b UP RIGHT", SYNTAX);
    CHECK_REPLY(c, "RPUSH a 1 2 3 4", ":4");
    CHECK_REPLY(c, "LMOVE a b LEFT RIGHT", "\"1\"");
    CHECK_REPLY(c, "LMOVE a b right left", "\"4\"");
    CHECK_REPLY(c, "LRANGE b 0 -1", "[\"4\", \"1\"]");
    CHECK_REPLY(c, "RPOPLPUSH a b", "\"3\"");
    CHECK_REPLY(c, "RPOPLPUSH a b", "\"2\"");
    CHECK_REPLY(c, "EXISTS a", ":0");
    CHECK_REPLY(c, "RPOPLPUSH a b", "nil");
    CHECK_REPLY(c, "LRANGE b 0 -1", "[\"2\", \"3\", \"4\", \"1\"]");
    CHECK_REPLY(c, "LMOVE b b LEFT RIGHT", "\"2\"");
    CHECK_REPLY(c, "LMOVE b b RIGHT RIGHT", "\"2\"");
    CHECK_REPLY(c, "RPOPLPUSH b b", "\"2\"");
    CHECK_REPLY(c, "LRANGE b 0 -1", "[\"2\", \"3\", \"4\", \"1\"]");
    CHECK_REPLY(c, "RPUSH one x", ":1");
    CHECK_REPLY(c, "LMOVE one one LEFT LEFT", "\"x\"");
    CHECK_REPLY(c, "LRANGE one 0 -1", "[\"x\"]");
}

WIRE_TEST(from_the_first_list_that_has_any)
{
    CHECK_REPLY(c, "LMPOP 2 a b LEFT", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "RPUSH b 1 2 3", ":3");
    CHECK_REPLY(c, "LMPOP 2 a b LEFT", "[\"b\", [\"1\"]]");
    CHECK_REPLY(c, "LMPOP 2 a b RIGHT COUNT 5", "[\"b\", [\"3\", \"2\"]]");
    CHECK_REPLY(c, "EXISTS b", ":0");
    CHECK_REPLY(c, "LMPOP 0 a LEFT", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "LMPOP x a LEFT", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "LMPOP 2 a LEFT", SYNTAX);
    CHECK_REPLY(c, "LMPOP 9223372036854775807 a LEFT", SYNTAX);
    CHECK_REPLY(c, "LMPOP 1 a UP", SYNTAX);
    CHECK_REPLY(c, "LMPOP 1 a LEFT COUNT 0", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "LMPOP 1 a LEFT COUNT x", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "LMPOP 1 a LEFT COUNT", SYNTAX);
    CHECK_REPLY(c, "LMPOP 1 a LEFT COUNT 1 COUNT 2", SYNTAX);
    CHECK_REPLY(c, "LMPOP 1 a LEFT WHAT 1", SYNTAX);
}

TORC_TEST(the_least_rank)
{
    CHECK_REPLY(c, "LPOS l c RANK -9223372036854775808",
                "-ERR value is out of range, value must between -9223372036854775807 and "
                "9223372036854775807");
}

TORC_TEST(several_from_list_to_list)
{
    CHECK_REPLY(c, "LMOVEM a b LEFT LEFT", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "RPUSH a 1 2 3 4", ":4");
    CHECK_REPLY(c, "RPUSH b 5 6", ":2");
    CHECK_REPLY(c, "LMOVEM a b LEFT LEFT COUNT 2 OBO", "[\"2\", \"1\"]");
    CHECK_REPLY(c, "LRANGE b 0 -1", "[\"2\", \"1\", \"5\", \"6\"]");
    CHECK_REPLY(c, "LMOVEM b a LEFT LEFT COUNT 2 BULK", "[\"2\", \"1\"]");
    CHECK_REPLY(c, "LRANGE a 0 -1", "[\"2\", \"1\", \"3\", \"4\"]");
    CHECK_REPLY(c, "LMOVEM a b RIGHT RIGHT COUNT 2 OBO", "[\"4\", \"3\"]");
    CHECK_REPLY(c, "LMOVEM b a RIGHT RIGHT EXACTLY 2 BULK", "[\"4\", \"3\"]");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT COUNT 2 OBO", "[\"2\", \"1\"]");
    CHECK_REPLY(c, "LRANGE b 0 -1", "[\"5\", \"6\", \"2\", \"1\"]");
    CHECK_REPLY(c, "LMOVEM b a RIGHT LEFT COUNT 2 BULK", "[\"2\", \"1\"]");
    CHECK_REPLY(c, "LRANGE a 0 -1", "[\"2\", \"1\", \"4\", \"3\"]");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT EXACTLY 5 BULK", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "LMOVEM a a LEFT LEFT COUNT 2 OBO", "[\"1\", \"2\"]");
    CHECK_REPLY(c, "LMOVEM a a LEFT RIGHT COUNT 1 OBO", "[\"1\"]");
    CHECK_REPLY(c, "LRANGE a 0 -1", "[\"2\", \"4\", \"3\", \"1\"]");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT", "[\"2\"]");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT COUNT 99 BULK", "[\"4\", \"3\", \"1\"]");
    CHECK_REPLY(c, "EXISTS a", ":0");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT COUNT 1", SYNTAX);
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT COUNT 0 OBO", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT UPTO 1 OBO", SYNTAX);
    CHECK_REPLY(c, "LMOVEM a b LEFT RIGHT COUNT 1 SLOWLY", SYNTAX);
    CHECK_REPLY(c, "LMOVEM a b LEFT NOWHERE", SYNTAX);
}

/* One that spans many blocks, in every way it can be kept. */
WIRE_TEST(long_lists)
{
    static const char *const settings[][2] = {{"-2", "0"}, {"-1", "1"}, {"5", "2"}, {"1", "0"}};
    char line[64], expected[64];
    for (int s = 0; s < 4; s++) {
        snprintf(line, sizeof(line), "CONFIG SET list-max-listpack-size %s list-compress-depth %s",
                 settings[s][0], settings[s][1]);
        CHECK_REPLY(c, line, "+OK");
        CHECK_LIKE(c, "DEL long copy", ":*");
        for (int i = 0; i < 3000; i++) {
            snprintf(line, sizeof(line), "RPUSH long value:%d", i);
            REQUIRE(wire_send_command(c, line));
        }
        for (int i = 0; i < 3000; i++)
            (void)wire_read_text(c);
        for (int i = 0; i < 3000; i += 271) {
            snprintf(line, sizeof(line), "LINDEX long %d", i);
            snprintf(expected, sizeof(expected), "\"value:%d\"", i);
            CHECK_REPLY(c, line, expected);
            snprintf(line, sizeof(line), "LINDEX long %d", i - 3000);
            CHECK_REPLY(c, line, expected);
        }
        CHECK_REPLY(c, "OBJECT ENCODING long", "\"quicklist\"");
        CHECK_REPLY(c, "LINSERT long AFTER value:1500 between", ":3001");
        CHECK_REPLY(c, "LSET long 1500 other", "+OK");
        CHECK_REPLY(c, "LRANGE long 1499 1502",
                    "[\"value:1499\", \"other\", \"between\", \"value:1501\"]");
        CHECK_REPLY(c, "COPY long copy", ":1");
        CHECK_REPLY(c, "LREM copy 0 value:2000", ":1");
        CHECK_REPLY(c, "LTRIM copy 10 -11", "+OK");
        CHECK_REPLY(c, "LLEN copy", ":2980");
        CHECK_REPLY(c, "LPOS copy value:2990", "nil");
        CHECK_REPLY(c, "LPOS copy value:2000", "nil");
        CHECK_REPLY(c, "LPOS copy value:2001", ":1991");
        CHECK_REPLY(c, "LLEN long", ":3001");
    }
    CHECK_REPLY(c, "CONFIG SET list-max-listpack-size -2 list-compress-depth 0", "+OK");
}

TORC_TEST(small_lists_are_listpacks)
{
    CHECK_REPLY(c, "RPUSH l a b c", ":3");
    CHECK_REPLY(c, "OBJECT ENCODING l", "\"listpack\"");
}
