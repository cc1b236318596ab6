/* Unions, intersections and differences of sorted sets; the oracle proves each line. */
#include "wire/wire_test.h"

WIRE_TEST(unions)
{
    CHECK_REPLY(c, "ZADD {t}a 1 x 2 y", ":2");
    CHECK_REPLY(c, "ZADD {t}b 10 y 20 z", ":2");
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b", "[\"x\", \"y\", \"z\"]");
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"12\", \"z\", \"20\"]",
                        "[[\"x\", ,1], [\"y\", ,12], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b WEIGHTS 2 3 WITHSCORES",
                BY_RESP(c, "[\"x\", \"2\", \"y\", \"34\", \"z\", \"60\"]",
                        "[[\"x\", ,2], [\"y\", ,34], [\"z\", ,60]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b AGGREGATE MIN WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"2\", \"z\", \"20\"]",
                        "[[\"x\", ,1], [\"y\", ,2], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b AGGREGATE max WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"10\", \"z\", \"20\"]",
                        "[[\"x\", ,1], [\"y\", ,10], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b AGGREGATE MAX WEIGHTS -1 1 AGGREGATE SUM WITHSCORES",
                BY_RESP(c, "[\"x\", \"-1\", \"y\", \"8\", \"z\", \"20\"]",
                        "[[\"x\", ,-1], [\"y\", ,8], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}a WITHSCORES",
                BY_RESP(c, "[\"x\", \"2\", \"y\", \"4\"]", "[[\"x\", ,2], [\"y\", ,4]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}a none", "[\"x\", \"y\"]");
    CHECK_REPLY(c, "ZUNION 1 none", "[]");
    CHECK_REPLY(c, "ZUNION 0 {t}a", "-ERR at least 1 input key is needed for 'zunion' command");
    CHECK_REPLY(c, "ZUNION -1 {t}a", "-ERR at least 1 input key is needed for 'zunion' command");
    CHECK_REPLY(c, "ZUNION x {t}a", NOT_INTEGER);
    CHECK_REPLY(c, "ZUNION 3 {t}a {t}b", SYNTAX);
    CHECK_REPLY(c, "ZUNION 9223372036854775807 {t}a", SYNTAX);
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b WEIGHTS 1", SYNTAX);
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b WEIGHTS 1 x", "-ERR weight value is not a float");
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b WEIGHTS nan 1", "-ERR weight value is not a float");
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b AGGREGATE", SYNTAX);
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b AGGREGATE BAD", SYNTAX);
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b BAD", SYNTAX);
    CHECK_REPLY(c, "ZUNION 2 {t}a {t}b LIMIT 1", SYNTAX);
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 2 {t}a {t}b", ":3");
    CHECK_REPLY(c, "ZRANGE {t}d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"12\", \"z\", \"20\"]",
                        "[[\"x\", ,1], [\"y\", ,12], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 2 {t}a {t}b WITHSCORES", SYNTAX);
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 0 {t}a",
                "-ERR at least 1 input key is needed for 'zunionstore' command");
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 2 {t}a {t}b WEIGHTS inf 0", ":3");
    CHECK_REPLY(c, "ZRANGE {t}d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"z\", \"0\", \"x\", \"inf\", \"y\", \"inf\"]",
                        "[[\"z\", ,0], [\"x\", ,inf], [\"y\", ,inf]]"));
    CHECK_REPLY(c, "ZADD {t}i inf x -inf y", ":2");
    CHECK_REPLY(c, "ZADD {t}j -inf x 1 y", ":2");
    CHECK_REPLY(c, "ZUNION 2 {t}i {t}j WITHSCORES",
                BY_RESP(c, "[\"y\", \"-inf\", \"x\", \"0\"]", "[[\"y\", ,-inf], [\"x\", ,0]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}i {t}j WEIGHTS 0 1 WITHSCORES",
                BY_RESP(c, "[\"x\", \"-inf\", \"y\", \"1\"]", "[[\"x\", ,-inf], [\"y\", ,1]]"));
    CHECK_REPLY(c, "ZUNION 2 {t}i {t}j WEIGHTS -1 1 WITHSCORES",
                BY_RESP(c, "[\"x\", \"-inf\", \"y\", \"inf\"]", "[[\"x\", ,-inf], [\"y\", ,inf]]"));
    CHECK_REPLY(c, "ZUNIONSTORE {t}a 2 {t}a {t}b WEIGHTS 1 0", ":3");
    CHECK_REPLY(c, "ZRANGE {t}a 0 -1 WITHSCORES",
                BY_RESP(c, "[\"z\", \"0\", \"x\", \"1\", \"y\", \"2\"]",
                        "[[\"z\", ,0], [\"x\", ,1], [\"y\", ,2]]"));
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 1 none", ":0");
    CHECK_REPLY(c, "EXISTS {t}d", ":0");
    CHECK_REPLY(c, "SET {t}d string", "+OK");
    CHECK_REPLY(c, "ZUNIONSTORE {t}d 1 {t}a", ":3");
    CHECK_REPLY(c, "TYPE {t}d", "+zset");
    CHECK_REPLY(c, "ZUNION 1 {t}a WEIGHTS -1 WITHSCORES",
                BY_RESP(c, "[\"y\", \"-2\", \"x\", \"-1\", \"z\", \"-0\"]",
                        "[[\"y\", ,-2], [\"x\", ,-1], [\"z\", ,-0]]"));
}

WIRE_TEST(intersections)
{
    CHECK_REPLY(c, "ZADD {t}a 1 x 2 y 3 z", ":3");
    CHECK_REPLY(c, "ZADD {t}b 10 y 20 z 30 w", ":3");
    CHECK_REPLY(c, "ZINTER 2 {t}a {t}b", "[\"y\", \"z\"]");
    CHECK_REPLY(c, "ZINTER 2 {t}a {t}b WITHSCORES",
                BY_RESP(c, "[\"y\", \"12\", \"z\", \"23\"]", "[[\"y\", ,12], [\"z\", ,23]]"));
    CHECK_REPLY(c, "ZINTER 2 {t}a {t}b WEIGHTS 2 3 AGGREGATE MIN WITHSCORES",
                BY_RESP(c, "[\"y\", \"4\", \"z\", \"6\"]", "[[\"y\", ,4], [\"z\", ,6]]"));
    CHECK_REPLY(c, "ZINTER 2 {t}a {t}b WEIGHTS 2 3 AGGREGATE MAX WITHSCORES",
                BY_RESP(c, "[\"y\", \"30\", \"z\", \"60\"]", "[[\"y\", ,30], [\"z\", ,60]]"));
    CHECK_REPLY(c, "ZINTER 2 {t}a none", "[]");
    CHECK_REPLY(c, "ZINTER 2 {t}a {t}a WITHSCORES",
                BY_RESP(c, "[\"x\", \"2\", \"y\", \"4\", \"z\", \"6\"]",
                        "[[\"x\", ,2], [\"y\", ,4], [\"z\", ,6]]"));
    CHECK_REPLY(c, "ZINTER 1 {t}a WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"2\", \"z\", \"3\"]",
                        "[[\"x\", ,1], [\"y\", ,2], [\"z\", ,3]]"));
    CHECK_REPLY(c, "ZINTER 0 {t}a", "-ERR at least 1 input key is needed for 'zinter' command");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b", ":2");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b LIMIT 1", ":1");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b LIMIT 0", ":2");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b LIMIT -1", "-ERR LIMIT can't be negative");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b LIMIT x", "-ERR LIMIT can't be negative");
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b LIMIT", SYNTAX);
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b WEIGHTS 1 1", SYNTAX);
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a {t}b WITHSCORES", SYNTAX);
    CHECK_REPLY(c, "ZINTERCARD 2 {t}a none", ":0");
    CHECK_REPLY(c, "ZINTERCARD 0 {t}a",
                "-ERR at least 1 input key is needed for 'zintercard' command");
    CHECK_REPLY(c, "ZINTERCARD 3 {t}a {t}b", SYNTAX);
    CHECK_REPLY(c, "ZINTERSTORE {t}d 2 {t}a {t}b WEIGHTS 1 -1", ":2");
    CHECK_REPLY(c, "ZRANGE {t}d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"z\", \"-17\", \"y\", \"-8\"]", "[[\"z\", ,-17], [\"y\", ,-8]]"));
    CHECK_REPLY(c, "ZINTERSTORE {t}d 2 {t}a none", ":0");
    CHECK_REPLY(c, "EXISTS {t}d", ":0");
    CHECK_REPLY(c, "ZINTERSTORE {t}b 2 {t}a {t}b AGGREGATE MIN", ":2");
    CHECK_REPLY(c, "ZRANGE {t}b 0 -1 WITHSCORES",
                BY_RESP(c, "[\"y\", \"2\", \"z\", \"3\"]", "[[\"y\", ,2], [\"z\", ,3]]"));
}

WIRE_TEST(differences)
{
    CHECK_REPLY(c, "ZADD {t}a 1 x 2 y 3 z 4 w", ":4");
    CHECK_REPLY(c, "ZADD {t}b 10 y 20 q", ":2");
    CHECK_REPLY(c, "ZADD {t}c 10 z", ":1");
    CHECK_REPLY(c, "ZDIFF 1 {t}a", "[\"x\", \"y\", \"z\", \"w\"]");
    CHECK_REPLY(c, "ZDIFF 2 {t}a {t}b", "[\"x\", \"z\", \"w\"]");
    CHECK_REPLY(c, "ZDIFF 3 {t}a {t}b {t}c WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"w\", \"4\"]", "[[\"x\", ,1], [\"w\", ,4]]"));
    CHECK_REPLY(c, "ZDIFF 2 {t}a {t}a", "[]");
    CHECK_REPLY(c, "ZDIFF 2 none {t}a", "[]");
    CHECK_REPLY(c, "ZDIFF 2 {t}a none WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"2\", \"z\", \"3\", \"w\", \"4\"]",
                        "[[\"x\", ,1], [\"y\", ,2], [\"z\", ,3], [\"w\", ,4]]"));
    CHECK_REPLY(c, "ZDIFF 8 {t}a {t}c {t}c {t}c {t}b {t}c none {t}c", "[\"x\", \"w\"]");
    CHECK_REPLY(c, "ZDIFF 2 {t}a {t}b WEIGHTS 1 1", SYNTAX);
    CHECK_REPLY(c, "ZDIFF 2 {t}a {t}b AGGREGATE SUM", SYNTAX);
    CHECK_REPLY(c, "ZDIFF 0 {t}a", "-ERR at least 1 input key is needed for 'zdiff' command");
    CHECK_REPLY(c, "ZDIFFSTORE {t}d 2 {t}a {t}b", ":3");
    CHECK_REPLY(c, "ZRANGE {t}d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"z\", \"3\", \"w\", \"4\"]",
                        "[[\"x\", ,1], [\"z\", ,3], [\"w\", ,4]]"));
    CHECK_REPLY(c, "ZDIFFSTORE {t}d 2 {t}a {t}b WITHSCORES", SYNTAX);
    CHECK_REPLY(c, "ZDIFFSTORE {t}d 2 {t}a {t}a", ":0");
    CHECK_REPLY(c, "EXISTS {t}d", ":0");
    CHECK_REPLY(c, "ZDIFFSTORE {t}a 3 {t}a {t}b {t}c", ":2");
    CHECK_REPLY(c, "ZRANGE {t}a 0 -1", "[\"x\", \"w\"]");
}

WIRE_TEST(across_keys_that_live_apart)
{
    CHECK_REPLY(c, "ZADD a 1 x 2 y", ":2");
    CHECK_REPLY(c, "ZADD b 10 y 20 z", ":2");
    CHECK_REPLY(c, "ZADD c 5 y", ":1");
    CHECK_REPLY(c, "ZUNIONSTORE d 3 a b c", ":3");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"y\", \"17\", \"z\", \"20\"]",
                        "[[\"x\", ,1], [\"y\", ,17], [\"z\", ,20]]"));
    CHECK_REPLY(c, "ZINTERSTORE e 3 a b c", ":1");
    CHECK_REPLY(c, "ZRANGE e 0 -1 WITHSCORES", BY_RESP(c, "[\"y\", \"17\"]", "[[\"y\", ,17]]"));
    CHECK_REPLY(c, "ZDIFFSTORE f 2 a b", ":1");
    CHECK_REPLY(c, "ZRANGE f 0 -1 WITHSCORES", BY_RESP(c, "[\"x\", \"1\"]", "[[\"x\", ,1]]"));
    CHECK_REPLY(c, "ZRANGESTORE g d 0 1", ":2");
    CHECK_REPLY(c, "ZMPOP 3 none g d MAX",
                BY_RESP(c, "[\"g\", [[\"y\", \"17\"]]]", "[\"g\", [[\"y\", ,17]]]"));
    CHECK_REPLY(c, "COPY d h", ":1");
    CHECK_REPLY(c, "ZRANGE h 0 -1", "[\"x\", \"y\", \"z\"]");
    CHECK_REPLY(c, "RENAME h i", "+OK");
    CHECK_REPLY(c, "ZCARD i", ":3");
}

WIRE_TEST(sets_take_part)
{
    CHECK_REPLY(c, "SADD a x y 1 2", ":4");
    CHECK_REPLY(c, "SADD b 1 2 3", ":3");
    CHECK_REPLY(c, "ZADD c 10 x 20 1 30 zz", ":3");
    CHECK_REPLY(c, "SADD d a b c x", ":4");
    CHECK_REPLY(c, "SADD d 0123456789012345678901234567890123456789012345678901234567890123456789",
                ":1");
    CHECK_REPLY(
        c, "ZUNION 2 a c WITHSCORES",
        BY_RESP(c, "[\"2\", \"1\", \"y\", \"1\", \"x\", \"11\", \"1\", \"21\", \"zz\", \"30\"]",
                "[[\"2\", ,1], [\"y\", ,1], [\"x\", ,11], [\"1\", ,21], [\"zz\", ,30]]"));
    CHECK_REPLY(c, "ZUNION 3 a b c WEIGHTS 1 10 -1 AGGREGATE MIN WITHSCORES",
                BY_RESP(c,
                        "[\"zz\", \"-30\", \"1\", \"-20\", \"x\", \"-10\", \"2\", \"1\", \"y\", "
                        "\"1\", \"3\", \"10\"]",
                        "[[\"zz\", ,-30], [\"1\", ,-20], [\"x\", ,-10], [\"2\", ,1], [\"y\", ,1], "
                        "[\"3\", ,10]]"));
    CHECK_REPLY(c, "ZINTER 2 a b WITHSCORES",
                BY_RESP(c, "[\"1\", \"2\", \"2\", \"2\"]", "[[\"1\", ,2], [\"2\", ,2]]"));
    CHECK_REPLY(
        c, "ZINTER 2 c a WEIGHTS 2 0.5 WITHSCORES",
        BY_RESP(c, "[\"x\", \"20.5\", \"1\", \"40.5\"]", "[[\"x\", ,20.5], [\"1\", ,40.5]]"));
    CHECK_REPLY(c, "ZINTERCARD 2 a c", ":2");
    CHECK_REPLY(c, "ZDIFF 2 c a WITHSCORES", BY_RESP(c, "[\"zz\", \"30\"]", "[[\"zz\", ,30]]"));
    CHECK_REPLY(c, "ZDIFF 2 a c", "[\"2\", \"y\"]");
    CHECK_REPLY(c, "ZDIFF 1 b", "[\"1\", \"2\", \"3\"]");
    CHECK_REPLY(c, "ZINTER 2 d c", "[\"x\"]");
    CHECK_REPLY(c, "ZUNIONSTORE e 2 a c", ":5");
    CHECK_REPLY(
        c, "ZRANGE e 0 -1 WITHSCORES",
        BY_RESP(c, "[\"2\", \"1\", \"y\", \"1\", \"x\", \"11\", \"1\", \"21\", \"zz\", \"30\"]",
                "[[\"2\", ,1], [\"y\", ,1], [\"x\", ,11], [\"1\", ,21], [\"zz\", ,30]]"));
    CHECK_REPLY(c, "ZUNIONSTORE a 2 a b", ":5");
    CHECK_REPLY(c, "TYPE a", "+zset");
}

/* Of Redis 8.8: the score is how many of the sets have the member, each with its weight. */
TORC_TEST(how_many_sets_have_a_member)
{
    CHECK_REPLY(c, "ZADD a 10 x 20 y", ":2");
    CHECK_REPLY(c, "ZADD b 30 y inf z", ":2");
    CHECK_REPLY(c, "ZUNION 2 a b AGGREGATE COUNT WITHSCORES",
                BY_RESP(c, "[\"x\", \"1\", \"z\", \"1\", \"y\", \"2\"]",
                        "[[\"x\", ,1], [\"z\", ,1], [\"y\", ,2]]"));
    CHECK_REPLY(c, "ZUNION 2 a b WEIGHTS 2 0.5 AGGREGATE count WITHSCORES",
                BY_RESP(c, "[\"z\", \"0.5\", \"x\", \"2\", \"y\", \"2.5\"]",
                        "[[\"z\", ,0.5], [\"x\", ,2], [\"y\", ,2.5]]"));
    CHECK_REPLY(c, "ZINTER 3 a b a AGGREGATE COUNT WITHSCORES",
                BY_RESP(c, "[\"y\", \"3\"]", "[[\"y\", ,3]]"));
    CHECK_REPLY(c, "ZINTERSTORE d 2 a b WEIGHTS 5 7 AGGREGATE COUNT", ":1");
    CHECK_REPLY(c, "ZSCORE d y", BY_RESP(c, "\"12\"", ",12"));
    CHECK_REPLY(c, "ZUNIONSTORE d 2 a none AGGREGATE COUNT", ":2");
    CHECK_REPLY(c, "ZSCORE d x", BY_RESP(c, "\"1\"", ",1"));
    CHECK_REPLY(c, "ZDIFF 2 a b AGGREGATE COUNT", SYNTAX);
}
