/* Ranges of sorted sets; the oracle proves each line. */
#include "wire/wire_test.h"

#define BAD_SCORES "-ERR min or max is not a float"
#define BAD_LEX    "-ERR min or max not valid string range item"

WIRE_TEST(ranges_by_index)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c 4 d 5 e", ":5");
    CHECK_REPLY(c, "ZRANGE z 0 -1", "[\"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGE z 1 2 WITHSCORES",
                BY_RESP(c, "[\"b\", \"2\", \"c\", \"3\"]", "[[\"b\", ,2], [\"c\", ,3]]"));
    CHECK_REPLY(c, "ZRANGE z -2 -1", "[\"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGE z -100 100", "[\"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGE z 3 1", "[]");
    CHECK_REPLY(c, "ZRANGE z 5 9", "[]");
    CHECK_REPLY(c, "ZRANGE z 0 -1 REV", "[\"e\", \"d\", \"c\", \"b\", \"a\"]");
    CHECK_REPLY(c, "ZRANGE z 0 1 REV WITHSCORES",
                BY_RESP(c, "[\"e\", \"5\", \"d\", \"4\"]", "[[\"e\", ,5], [\"d\", ,4]]"));
    CHECK_REPLY(c, "ZRANGE z -2 -1 rev", "[\"b\", \"a\"]");
    CHECK_REPLY(c, "ZRANGE z 9223372036854775807 -9223372036854775808", "[]");
    CHECK_REPLY(c, "ZRANGE z -9223372036854775808 9223372036854775807",
                "[\"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGE z 0 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANGE z x 1", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANGE z 0 1.5", NOT_INTEGER);
    CHECK_REPLY(
        c, "ZRANGE z 0 -1 LIMIT 0 1",
        "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    CHECK_REPLY(c, "ZRANGE z 0 -1 LIMIT 1 -1", "[\"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGE z 0 -1 LIMIT x 1", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANGE z 0 -1 LIMIT 0", SYNTAX);
    CHECK_REPLY(c, "ZRANGE z 0 -1 BAD", SYNTAX);
    CHECK_REPLY(c, "ZRANGE none 0 -1", "[]");
    CHECK_REPLY(c, "ZRANGE none 0 -1 WITHSCORES", "[]");
    CHECK_REPLY(c, "ZRANGE none x -1", NOT_INTEGER);
    CHECK_REPLY(c, "ZREVRANGE z 0 1", "[\"e\", \"d\"]");
    CHECK_REPLY(c, "ZREVRANGE z 1 -1 WITHSCORES",
                BY_RESP(c, "[\"d\", \"4\", \"c\", \"3\", \"b\", \"2\", \"a\", \"1\"]",
                        "[[\"d\", ,4], [\"c\", ,3], [\"b\", ,2], [\"a\", ,1]]"));
    CHECK_REPLY(c, "ZREVRANGE z 0 1 REV", SYNTAX);
    CHECK_REPLY(
        c, "ZREVRANGE z 0 1 LIMIT 0 1",
        "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    CHECK_REPLY(c, "ZREVRANGE none 0 1", "[]");
}

WIRE_TEST(ranges_by_score)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 2 bb 3 c 4 d 5 e", ":6");
    CHECK_REPLY(c, "ZRANGEBYSCORE z 2 4", "[\"b\", \"bb\", \"c\", \"d\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z (2 4 WITHSCORES",
                BY_RESP(c, "[\"c\", \"3\", \"d\", \"4\"]", "[[\"c\", ,3], [\"d\", ,4]]"));
    CHECK_REPLY(c, "ZRANGEBYSCORE z 2 (4", "[\"b\", \"bb\", \"c\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z (2 (4", "[\"c\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z (2 (2", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z 2 2", "[\"b\", \"bb\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z 4 2", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 1 2", "[\"b\", \"bb\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 4 100 WITHSCORES",
                BY_RESP(c, "[\"d\", \"4\", \"e\", \"5\"]", "[[\"d\", ,4], [\"e\", ,5]]"));
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 0 0", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT -1 2", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 1 -5", "[\"b\", \"bb\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 9223372036854775807 9223372036854775807", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT 1", SYNTAX);
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf LIMIT a b", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf BYSCORE", SYNTAX);
    CHECK_REPLY(c, "ZRANGEBYSCORE z -inf +inf REV", SYNTAX);
    CHECK_REPLY(c, "ZRANGEBYSCORE z x 1", BAD_SCORES);
    CHECK_REPLY(c, "ZRANGEBYSCORE z 1 (x", BAD_SCORES);
    CHECK_REPLY(c, "ZRANGEBYSCORE z nan 1", BAD_SCORES);
    CHECK_REPLY(c, "ZRANGEBYSCORE z \"\" 1", "[\"a\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z ( 1", "[\"a\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z \" 1\" 2", "[\"a\", \"b\", \"bb\"]");
    CHECK_REPLY(c, "ZRANGEBYSCORE z 1 \"2 \"", BAD_SCORES);
    CHECK_REPLY(c, "ZRANGEBYSCORE z 1e999 inf", "[]");
    CHECK_REPLY(c, "ZRANGEBYSCORE none 1 2", "[]");
    CHECK_REPLY(c, "ZREVRANGEBYSCORE z 4 2", "[\"d\", \"c\", \"bb\", \"b\"]");
    CHECK_REPLY(c, "ZREVRANGEBYSCORE z +inf (2 WITHSCORES LIMIT 1 2",
                BY_RESP(c, "[\"d\", \"4\", \"c\", \"3\"]", "[[\"d\", ,4], [\"c\", ,3]]"));
    CHECK_REPLY(c, "ZREVRANGEBYSCORE z 2 4", "[]");
    CHECK_REPLY(c, "ZREVRANGEBYSCORE z inf -inf LIMIT 1 -1",
                "[\"d\", \"c\", \"bb\", \"b\", \"a\"]");
    CHECK_REPLY(c, "ZREVRANGEBYSCORE z inf -inf LIMIT 6 1", "[]");
    CHECK_REPLY(c, "ZRANGE z 2 4 BYSCORE", "[\"b\", \"bb\", \"c\", \"d\"]");
    CHECK_REPLY(c, "ZRANGE z 4 2 BYSCORE REV", "[\"d\", \"c\", \"bb\", \"b\"]");
    CHECK_REPLY(c, "ZRANGE z (1 5 byscore limit 1 2 withscores",
                BY_RESP(c, "[\"bb\", \"2\", \"c\", \"3\"]", "[[\"bb\", ,2], [\"c\", ,3]]"));
    CHECK_REPLY(c, "ZRANGE z 2 4 BYSCORE BYLEX", SYNTAX);
    CHECK_REPLY(c, "ZRANGE z 2 4 REV REV BYSCORE", SYNTAX);
    CHECK_REPLY(c, "ZRANGE z 2 4 BYSCORE BYSCORE", SYNTAX);
    CHECK_REPLY(c, "ZCOUNT z 2 4", ":4");
    CHECK_REPLY(c, "ZCOUNT z (2 4", ":2");
    CHECK_REPLY(c, "ZCOUNT z -inf inf", ":6");
    CHECK_REPLY(c, "ZCOUNT z inf -inf", ":0");
    CHECK_REPLY(c, "ZCOUNT z (2 (2", ":0");
    CHECK_REPLY(c, "ZCOUNT z x 1", BAD_SCORES);
    CHECK_REPLY(c, "ZCOUNT none 1 2", ":0");
}

WIRE_TEST(ranges_by_bytes)
{
    CHECK_REPLY(c, "ZADD z 0 a 0 b 0 c 0 d 0 e 0 \"\"", ":6");
    CHECK_REPLY(c, "ZRANGEBYLEX z - +", "[\"\", \"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z [b (d", "[\"b\", \"c\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z (b [d", "[\"c\", \"d\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z [b [b", "[\"b\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z (b (b", "[]");
    CHECK_REPLY(c, "ZRANGEBYLEX z + -", "[]");
    CHECK_REPLY(c, "ZRANGEBYLEX z + +", "[]");
    CHECK_REPLY(c, "ZRANGEBYLEX z - -", "[]");
    CHECK_REPLY(c, "ZRANGEBYLEX z [ +", "[\"\", \"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z ( +", "[\"a\", \"b\", \"c\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z - + LIMIT 1 2", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "ZRANGEBYLEX z - + LIMIT -1 2", "[]");
    CHECK_REPLY(c, "ZRANGEBYLEX z - + WITHSCORES",
                "-ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    CHECK_REPLY(c, "ZRANGEBYLEX z b c", BAD_LEX);
    CHECK_REPLY(c, "ZRANGEBYLEX z [b \"\"", BAD_LEX);
    CHECK_REPLY(c, "ZRANGEBYLEX z -x +", BAD_LEX);
    CHECK_REPLY(c, "ZRANGEBYLEX z - ++", BAD_LEX);
    CHECK_REPLY(c, "ZRANGEBYLEX none - +", "[]");
    CHECK_REPLY(c, "ZREVRANGEBYLEX z + -", "[\"e\", \"d\", \"c\", \"b\", \"a\", \"\"]");
    CHECK_REPLY(c, "ZREVRANGEBYLEX z [d (a", "[\"d\", \"c\", \"b\"]");
    CHECK_REPLY(c, "ZREVRANGEBYLEX z (d (a LIMIT 0 1", "[\"c\"]");
    CHECK_REPLY(c, "ZREVRANGEBYLEX z [a [d", "[]");
    CHECK_REPLY(c, "ZRANGE z [b [d BYLEX", "[\"b\", \"c\", \"d\"]");
    CHECK_REPLY(c, "ZRANGE z [d [b BYLEX REV", "[\"d\", \"c\", \"b\"]");
    CHECK_REPLY(c, "ZRANGE z + - BYLEX REV LIMIT 1 2", "[\"d\", \"c\"]");
    CHECK_REPLY(c, "ZRANGE z [b [d BYLEX WITHSCORES",
                "-ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    CHECK_REPLY(c, "ZLEXCOUNT z - +", ":6");
    CHECK_REPLY(c, "ZLEXCOUNT z [b (d", ":2");
    CHECK_REPLY(c, "ZLEXCOUNT z b d", BAD_LEX);
    CHECK_REPLY(c, "ZLEXCOUNT none - +", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYLEX z [b (d", ":2");
    CHECK_REPLY(c, "ZREMRANGEBYLEX z x y", BAD_LEX);
    CHECK_REPLY(c, "ZRANGEBYLEX z - +", "[\"\", \"a\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZREMRANGEBYLEX z - +", ":4");
    CHECK_REPLY(c, "EXISTS z", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYLEX z - +", ":0");
}

WIRE_TEST(ranges_are_removed)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c 4 d 5 e 6 f", ":6");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z 0 0", ":1");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z -1 -1", ":1");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z 5 9", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z 3 1", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z x 1", NOT_INTEGER);
    CHECK_REPLY(c, "ZREMRANGEBYRANK none 0 1", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYSCORE z (2 3", ":1");
    CHECK_REPLY(c, "ZREMRANGEBYSCORE z 100 200", ":0");
    CHECK_REPLY(c, "ZREMRANGEBYSCORE z x 200", BAD_SCORES);
    CHECK_REPLY(c, "ZREMRANGEBYSCORE none 1 200", ":0");
    CHECK_REPLY(c, "ZRANGE z 0 -1", "[\"b\", \"d\", \"e\"]");
    CHECK_REPLY(c, "ZREMRANGEBYRANK z 0 -1", ":3");
    CHECK_REPLY(c, "EXISTS z", ":0");
}

WIRE_TEST(ranges_are_stored)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c 4 d", ":4");
    CHECK_REPLY(c, "ZRANGESTORE d z 1 2", ":2");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"b\", \"2\", \"c\", \"3\"]", "[[\"b\", ,2], [\"c\", ,3]]"));
    CHECK_REPLY(c, "ZRANGESTORE d z 0 1 REV", ":2");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"c\", \"3\", \"d\", \"4\"]", "[[\"c\", ,3], [\"d\", ,4]]"));
    CHECK_REPLY(c, "ZRANGESTORE d z (1 inf BYSCORE LIMIT 1 1", ":1");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES", BY_RESP(c, "[\"c\", \"3\"]", "[[\"c\", ,3]]"));
    CHECK_REPLY(c, "ZRANGESTORE d z [a [b BYLEX", ":2");
    CHECK_REPLY(c, "ZRANGESTORE z z 0 1", ":2");
    CHECK_REPLY(c, "ZRANGE z 0 -1", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "ZRANGESTORE d z 0 1 WITHSCORES", SYNTAX);
    CHECK_REPLY(c, "ZRANGESTORE d z x 1", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANGESTORE d z 5 9", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "SET d string", "+OK");
    CHECK_REPLY(c, "ZRANGESTORE d z 0 0", ":1");
    CHECK_REPLY(c, "TYPE d", "+zset");
    CHECK_REPLY(c, "ZRANGESTORE d none 0 -1", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "EXPIRE z 100", ":1");
    CHECK_REPLY(c, "ZRANGESTORE z z 0 0", ":1");
    CHECK_REPLY(c, "TTL z", ":-1");
}
