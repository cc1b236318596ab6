/* SORT and SORT_RO; the oracle proves each line. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define NOT_SCORE "-ERR One or more scores can't be converted into double"

WIRE_TEST(arity_and_type)
{
    static const char *const lines[] = {"SORT", "SORT_RO", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "SET s string", "+OK");
    CHECK_REPLY(c, "SORT s", WRONG_TYPE);
    CHECK_REPLY(c, "SORT_RO s", WRONG_TYPE);
    CHECK_REPLY(c, "SORT none", "[]");
    CHECK_REPLY(c, "SORT none STORE s", ":0");
    CHECK_REPLY(c, "EXISTS s", ":0");
}

WIRE_TEST(numbers)
{
    CHECK_REPLY(c, "RPUSH l 10 9 -3 2.5 1e1 0 -0 100000000000", ":8");
    CHECK_REPLY(c, "SORT l",
                "[\"-3\", \"-0\", \"0\", \"2.5\", \"9\", \"10\", \"1e1\", "
                "\"100000000000\"]");
    CHECK_REPLY(c, "SORT l DESC LIMIT 0 3", "[\"100000000000\", \"1e1\", \"10\"]");
    CHECK_REPLY(c, "SORT_RO l LIMIT 1 2", "[\"-0\", \"0\"]");
    CHECK_REPLY(c, "SORT l LIMIT -5 2", "[\"-3\", \"-0\"]");
    CHECK_REPLY(c, "SORT l LIMIT 6 -1", "[\"1e1\", \"100000000000\"]");
    CHECK_REPLY(c, "SORT l LIMIT 8 1", "[]");
    CHECK_REPLY(c, "SORT l LIMIT 0 0", "[]");
    CHECK_REPLY(c, "SORT l LIMIT 9223372036854775807 9223372036854775807", "[]");
    CHECK_REPLY(c, "SORT l LIMIT x 1", NOT_INTEGER);
    CHECK_REPLY(c, "SORT l LIMIT 1", SYNTAX);
    CHECK_REPLY(c, "SORT l SIDEWAYS", SYNTAX);
    CHECK_REPLY(c, "RPUSH l word", ":9");
    CHECK_REPLY(c, "SORT l", NOT_SCORE);
    CHECK_REPLY(c, "LSET l -1 nan", "+OK");
    CHECK_REPLY(c, "SORT l", NOT_SCORE);
    CHECK_REPLY(c, "LSET l -1 \"\"", "+OK");
    CHECK_REPLY(c, "SORT l LIMIT 0 2", "[\"-3\", \"\"]");
    CHECK_REPLY(c, "LSET l -1 -inf", "+OK");
    CHECK_REPLY(c, "SORT l LIMIT 0 2", "[\"-inf\", \"-3\"]");
}

/* The oracle never forgets that it has seen one, and refuses all numbers from then on. */
TORC_TEST(numbers_beyond_all_bounds)
{
    CHECK_REPLY(c, "RPUSH l 1 1e400", ":2");
    CHECK_REPLY(c, "SORT l", NOT_SCORE);
}

WIRE_TEST(texts)
{
    CHECK_REPLY(c, "SADD s b a c 10 9 \"\"", ":6");
    CHECK_REPLY(c, "SORT s ALPHA", "[\"\", \"10\", \"9\", \"a\", \"b\", \"c\"]");
    CHECK_REPLY(c, "SORT s ALPHA DESC LIMIT 1 2", "[\"b\", \"a\"]");
    CHECK_REPLY(c, "SORT s ALPHA desc asc LIMIT 1 2", "[\"10\", \"9\"]");
    CHECK_REPLY(c, "SORT s", NOT_SCORE);
}

WIRE_TEST(by_other_keys)
{
    CHECK_REPLY(c, "RPUSH l 1 2 3 4", ":4");
    CHECK_REPLY(c, "MSET w_1 30 w_2 10 w_3 20 n_1 one n_2 two n_3 three n_4 four", "+OK");
    CHECK_REPLY(c, "SORT l BY w_*", "[\"4\", \"2\", \"3\", \"1\"]");
    CHECK_REPLY(c, "SORT l BY w_* DESC", "[\"1\", \"3\", \"2\", \"4\"]");
    CHECK_REPLY(c, "SORT l BY n_* ALPHA", "[\"4\", \"1\", \"3\", \"2\"]");
    CHECK_REPLY(c, "SORT l BY n_*", NOT_SCORE);
    CHECK_REPLY(c, "SORT l BY w_* GET n_*", "[\"four\", \"two\", \"three\", \"one\"]");
    CHECK_REPLY(c, "SORT l BY w_* GET # GET w_* GET nothing_* GET plain",
                "[\"4\", nil, nil, nil, \"2\", \"10\", nil, nil, \"3\", \"20\", nil, nil, \"1\", "
                "\"30\", nil, nil]");
    CHECK_REPLY(c, "SORT l BY nosort GET #", "[\"1\", \"2\", \"3\", \"4\"]");
    CHECK_REPLY(c, "SORT l BY nosort LIMIT 1 2", "[\"2\", \"3\"]");
    CHECK_REPLY(c, "SORT l BY nosort DESC LIMIT 1 2", "[\"3\", \"2\"]");
    CHECK_REPLY(c, "SORT_RO l BY w_* GET n_* LIMIT 0 1", "[\"four\"]");
    CHECK_REPLY(c, "SORT l BY w_*->f", "[\"1\", \"2\", \"3\", \"4\"]");
    CHECK_REPLY(c, "SORT l GET n_*->f LIMIT 0 1", "[nil]");
    CHECK_REPLY(c, "HSET h_1 f 7 g 70", ":2");
    CHECK_REPLY(c, "HSET h_2 f 3 g x", ":2");
    CHECK_REPLY(c, "SORT l BY h_*->f GET h_*->g GET h_*->f DESC LIMIT 0 3",
                "[\"70\", \"7\", \"x\", \"3\", nil, nil]");
    CHECK_REPLY(c, "SORT l GET h_* LIMIT 0 1", "[nil]");
    CHECK_REPLY(c, "SORT l GET h_*-> LIMIT 0 1", "[nil]");
    CHECK_REPLY(c, "SORT l BY", SYNTAX);
    CHECK_REPLY(c, "SORT l GET", SYNTAX);
}

WIRE_TEST(stored)
{
    CHECK_REPLY(c, "RPUSH l 3 1 2", ":3");
    CHECK_REPLY(c, "MSET n_1 one n_3 three d old", "+OK");
    CHECK_REPLY(c, "SORT l STORE d", ":3");
    CHECK_REPLY(c, "LRANGE d 0 -1", "[\"1\", \"2\", \"3\"]");
    CHECK_REPLY(c, "SORT l GET n_* GET # STORE d", ":6");
    CHECK_REPLY(c, "LRANGE d 0 -1", "[\"one\", \"1\", \"\", \"2\", \"three\", \"3\"]");
    CHECK_REPLY(c, "SORT l DESC STORE l", ":3");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"3\", \"2\", \"1\"]");
    CHECK_REPLY(c, "SORT l LIMIT 5 1 STORE d", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "SORT l STORE", SYNTAX);
    CHECK_REPLY(c, "SORT_RO l STORE d", SYNTAX);
    CHECK_REPLY(c, "SADD s b c a", ":3");
    CHECK_REPLY(c, "SORT s BY nosort STORE d", ":3");
    CHECK_REPLY(c, "LRANGE d 0 -1", "[\"a\", \"b\", \"c\"]");
    CHECK_REPLY(c, "SORT s BY store STORE e ALPHA", ":3");
    CHECK_REPLY(c, "LRANGE e 0 -1", "[\"a\", \"b\", \"c\"]");
}

WIRE_TEST(sorted_sets)
{
    CHECK_REPLY(c, "ZADD z 1 30 2 20 3 10", ":3");
    CHECK_REPLY(c, "SORT z", "[\"10\", \"20\", \"30\"]");
    CHECK_REPLY(c, "SORT z BY nosort", "[\"30\", \"20\", \"10\"]");
    CHECK_REPLY(c, "SORT z BY nosort DESC", "[\"10\", \"20\", \"30\"]");
    CHECK_REPLY(c, "SORT z BY nosort DESC LIMIT 1 1", "[\"20\"]");
}

/* Many, with scores that are equal, both ways. */
WIRE_TEST(many)
{
    for (int i = 0; i < 5000; i++) {
        char line[64];
        snprintf(line, sizeof(line), "RPUSH l %d", (i * 7919) % 5000 - 2500);
        REQUIRE(wire_send_command(c, line));
    }
    for (int i = 0; i < 5000; i++)
        (void)wire_read_text(c);
    CHECK_REPLY(c, "SORT l LIMIT 0 3", "[\"-2500\", \"-2499\", \"-2498\"]");
    CHECK_REPLY(c, "SORT l DESC LIMIT 4998 5", "[\"-2499\", \"-2500\"]");
    CHECK_REPLY(c, "SORT l BY absent_* LIMIT 0 3", "[\"-1\", \"-10\", \"-100\"]");
    CHECK_REPLY(c, "SORT l ALPHA LIMIT 0 3", "[\"-1\", \"-10\", \"-100\"]");
    CHECK_REPLY(c, "SORT l STORE d", ":5000");
    CHECK_REPLY(c, "LRANGE d 2499 2501", "[\"-1\", \"0\", \"1\"]");
}
