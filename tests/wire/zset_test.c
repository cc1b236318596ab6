/* The sorted set commands, but for ranges, unions and those that block; the oracle proves each
 * line. */
#include <stdio.h>
#include <string.h>

#include "support/text.h"
#include "wire/wire_test.h"

#define POSITIVE  "-ERR value is out of range, must be positive"
#define CONFLICT  "-ERR GT, LT, and/or NX options at the same time are not compatible"
#define NO_NUMBER "-ERR resulting score is not a number (NaN)"

WIRE_TEST(another_type_is_refused)
{
    CHECK_REPLY(c, "SET s v", "+OK");
    CHECK_REPLY(c, "ZADD s 1 a", WRONG_TYPE);
    CHECK_REPLY(c, "ZADD s XX 1 a", WRONG_TYPE);
    CHECK_REPLY(c, "ZCARD s", WRONG_TYPE);
    CHECK_REPLY(c, "ZCOUNT s 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "ZDIFF 2 none s", WRONG_TYPE);
    CHECK_REPLY(c, "ZDIFFSTORE d 1 s", WRONG_TYPE);
    CHECK_REPLY(c, "ZINCRBY s 1 a", WRONG_TYPE);
    CHECK_REPLY(c, "ZINTER 2 none s", WRONG_TYPE);
    CHECK_REPLY(c, "ZINTERCARD 1 s", WRONG_TYPE);
    CHECK_REPLY(c, "ZINTERSTORE d 2 s none", WRONG_TYPE);
    CHECK_REPLY(c, "ZLEXCOUNT s - +", WRONG_TYPE);
    CHECK_REPLY(c, "ZMPOP 2 none s MIN", WRONG_TYPE);
    CHECK_REPLY(c, "ZMSCORE s a", WRONG_TYPE);
    CHECK_REPLY(c, "ZPOPMAX s", WRONG_TYPE);
    CHECK_REPLY(c, "ZPOPMIN s 3", WRONG_TYPE);
    CHECK_REPLY(c, "ZPOPMIN s 0", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANDMEMBER s", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANDMEMBER s 2", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANGE s 0 -1", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANGEBYLEX s - +", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANGEBYSCORE s 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANGESTORE d s 0 -1", WRONG_TYPE);
    CHECK_REPLY(c, "ZRANK s a", WRONG_TYPE);
    CHECK_REPLY(c, "ZREM s a", WRONG_TYPE);
    CHECK_REPLY(c, "ZREMRANGEBYLEX s - +", WRONG_TYPE);
    CHECK_REPLY(c, "ZREMRANGEBYRANK s 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "ZREMRANGEBYSCORE s 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "ZREVRANGE s 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "ZREVRANGEBYLEX s + -", WRONG_TYPE);
    CHECK_REPLY(c, "ZREVRANGEBYSCORE s 1 0", WRONG_TYPE);
    CHECK_REPLY(c, "ZREVRANK s a", WRONG_TYPE);
    CHECK_REPLY(c, "ZSCAN s 0", WRONG_TYPE);
    CHECK_REPLY(c, "ZSCORE s a", WRONG_TYPE);
    CHECK_REPLY(c, "ZUNION 1 s", WRONG_TYPE);
    CHECK_REPLY(c, "ZUNIONSTORE d 2 none s", WRONG_TYPE);
    CHECK_REPLY(c, "GET s", "\"v\"");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "ZADD z 1 a", ":1");
    CHECK_REPLY(c, "GET z", WRONG_TYPE);
    CHECK_REPLY(c, "INCR z", WRONG_TYPE);
    CHECK_REPLY(c, "TYPE z", "+zset");
    CHECK_REPLY(c, "OBJECT ENCODING z", "\"listpack\"");
}

WIRE_TEST(members_are_added)
{
    CHECK_REPLY(c, "ZADD z 1 a", ":1");
    CHECK_REPLY(c, "ZADD z 1 a", ":0");
    CHECK_REPLY(c, "ZADD z 2 a 3 b", ":1");
    CHECK_REPLY(c, "ZADD z CH 2 a 4 b 5 c", ":2");
    CHECK_REPLY(c, "ZADD z 5 e 5 d 5 \"\" 5 \"\\x00\\xff\"", ":4");
    CHECK_REPLY(c, "ZRANGE z 0 -1 WITHSCORES",
                BY_RESP(c,
                        "[\"a\", \"2\", \"b\", \"4\", \"\", \"5\", \"\\x00\\xff\", \"5\", \"c\", "
                        "\"5\", \"d\", \"5\", \"e\", \"5\"]",
                        "[[\"a\", ,2], [\"b\", ,4], [\"\", ,5], [\"\\x00\\xff\", ,5], [\"c\", ,5], "
                        "[\"d\", ,5], [\"e\", ,5]]"));
    CHECK_REPLY(c, "ZADD z 1 x 2 x 3 x", ":1");
    CHECK_REPLY(c, "ZSCORE z x", BY_RESP(c, "\"3\"", ",3"));
    CHECK_REPLY(c, "ZCARD z", ":8");
    CHECK_REPLY(c, "TYPE z", "+zset");
    CHECK_REPLY(c, "ZADD new XX 1 a", ":0");
    CHECK_REPLY(c, "EXISTS new", ":0");
}

WIRE_TEST(conditions_of_zadd)
{
    CHECK_REPLY(c, "ZADD z NX 1 a 2 b", ":2");
    CHECK_REPLY(c, "ZADD z NX 5 a 3 c", ":1");
    CHECK_REPLY(c, "ZADD z XX 5 a 9 new", ":0");
    CHECK_REPLY(c, "ZADD z XX CH 6 a 9 new", ":1");
    CHECK_REPLY(c, "ZSCORE z new", "nil");
    CHECK_REPLY(c, "ZADD z GT 5 a 1 d", ":1");
    CHECK_REPLY(c, "ZADD z GT CH 7 a", ":1");
    CHECK_REPLY(c, "ZADD z LT CH 8 a 2 e", ":1");
    CHECK_REPLY(c, "ZADD z LT CH 1 a", ":1");
    CHECK_REPLY(c, "ZADD z XX GT CH 0 a 10 b 1 none", ":1");
    CHECK_REPLY(c, "ZADD z gt xx ch 11 b", ":1");
    CHECK_REPLY(c, "ZADD z INCR 5 a", BY_RESP(c, "\"6\"", ",6"));
    CHECK_REPLY(c, "ZADD z NX INCR 5 a", "nil");
    CHECK_REPLY(c, "ZADD z NX INCR 5 new", BY_RESP(c, "\"5\"", ",5"));
    CHECK_REPLY(c, "ZADD z XX INCR 5 nobody", "nil");
    CHECK_REPLY(c, "ZADD z XX INCR 1 new", BY_RESP(c, "\"6\"", ",6"));
    CHECK_REPLY(c, "ZADD z GT INCR -1 new", "nil");
    CHECK_REPLY(c, "ZADD z GT INCR 1 new", BY_RESP(c, "\"7\"", ",7"));
    CHECK_REPLY(c, "ZADD z LT INCR -1 new", BY_RESP(c, "\"6\"", ",6"));
    CHECK_REPLY(c, "ZADD z CH INCR 1 new", BY_RESP(c, "\"7\"", ",7"));
    CHECK_REPLY(c, "ZADD none XX INCR 1 a", "nil");
    CHECK_REPLY(
        c, "ZRANGE z 0 -1 WITHSCORES",
        BY_RESP(
            c,
            "[\"d\", \"1\", \"e\", \"2\", \"c\", \"3\", \"a\", \"6\", \"new\", \"7\", \"b\", "
            "\"11\"]",
            "[[\"d\", ,1], [\"e\", ,2], [\"c\", ,3], [\"a\", ,6], [\"new\", ,7], [\"b\", ,11]]"));
}

WIRE_TEST(what_zadd_refuses)
{
    CHECK_REPLY(c, "ZADD z NX XX 1 a",
                "-ERR XX and NX options at the same time are not compatible");
    CHECK_REPLY(c, "ZADD z NX GT 1 a", CONFLICT);
    CHECK_REPLY(c, "ZADD z NX LT 1 a", CONFLICT);
    CHECK_REPLY(c, "ZADD z GT LT 1 a", CONFLICT);
    CHECK_REPLY(c, "ZADD z INCR 1 a 2 b",
                "-ERR INCR option supports a single increment-element pair");
    CHECK_REPLY(c, "ZADD z NX 1", SYNTAX);
    CHECK_REPLY(c, "ZADD z NX CH", SYNTAX);
    CHECK_REPLY(c, "ZADD z 1 a 2", SYNTAX);
    CHECK_REPLY(c, "ZADD z x a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z 1 a x b", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z nan a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z \"\" a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z \" 1\" a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z \"1 \" a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z 1e400 a", NOT_FLOAT);
    CHECK_REPLY(c, "ZADD z BAD 1 a", SYNTAX);
    CHECK_REPLY(c, "ZADD z NX XX x a",
                "-ERR XX and NX options at the same time are not compatible");
    CHECK_REPLY(c, "ZADD z XX 1 a b", SYNTAX);
    CHECK_REPLY(c, "EXISTS z", ":0");
}

WIRE_TEST(scores)
{
    CHECK_REPLY(c,
                "ZADD z inf inf -inf minus +inf plus Infinity long 0x10 hex 1e3 exponent .5 half "
                "5. point -0 zero",
                ":9");
    CHECK_REPLY(
        c,
        "ZADD z 3 three 3.0 three_too 1e17 large 123456789012345678 larger 4611686018427387904 "
        "bits 1e300 huge 1e-300 tiny 0.1 tenth 100000000000000000000 twenty",
        ":9");
    CHECK_REPLY(
        c, "ZRANGE z 0 -1 WITHSCORES",
        BY_RESP(
            c,
            "[\"minus\", \"-inf\", \"zero\", \"0\", \"tiny\", \"1e-300\", \"tenth\", "
            "\"0.10000000000000001\", \"half\", \"0.5\", \"three\", \"3\", \"three_too\", \"3\", "
            "\"point\", \"5\", \"hex\", \"16\", \"exponent\", \"1000\", \"large\", \"1e+17\", "
            "\"larger\", \"1.2345678901234568e+17\", \"bits\", \"4.6116860184273879e+18\", "
            "\"twenty\", \"1e+20\", \"huge\", \"1.0000000000000001e+300\", \"inf\", \"inf\", "
            "\"long\", \"inf\", \"plus\", \"inf\"]",
            "[[\"minus\", ,-inf], [\"zero\", ,0], [\"tiny\", ,1e-300], [\"tenth\", "
            ",0.10000000000000001], [\"half\", ,0.5], [\"three\", ,3], [\"three_too\", ,3], "
            "[\"point\", ,5], [\"hex\", ,16], [\"exponent\", ,1000], [\"large\", ,1e+17], "
            "[\"larger\", ,1.2345678901234568e+17], [\"bits\", ,4.6116860184273879e+18], "
            "[\"twenty\", ,1e+20], [\"huge\", ,1.0000000000000001e+300], [\"inf\", ,inf], "
            "[\"long\", ,inf], [\"plus\", ,inf]]"));
    CHECK_REPLY(c, "ZSCORE z minus", BY_RESP(c, "\"-inf\"", ",-inf"));
    CHECK_REPLY(c, "ZSCORE z tenth", BY_RESP(c, "\"0.10000000000000001\"", ",0.10000000000000001"));
    CHECK_REPLY(c, "ZSCORE z zero", BY_RESP(c, "\"0\"", ",0"));
    CHECK_REPLY(c, "ZSCORE z hex", BY_RESP(c, "\"16\"", ",16"));
    CHECK_REPLY(c, "ZINCRBY z 0.2 tenth",
                BY_RESP(c, "\"0.30000000000000004\"", ",0.30000000000000004"));
    CHECK_REPLY(c, "ZINCRBY z -inf plus", NO_NUMBER);
    CHECK_REPLY(c, "ZSCORE z plus", BY_RESP(c, "\"inf\"", ",inf"));
    CHECK_REPLY(c, "ZINCRBY z 1 inf", BY_RESP(c, "\"inf\"", ",inf"));
    CHECK_REPLY(c, "ZADD z INCR -inf inf", NO_NUMBER);
    CHECK_REPLY(c, "ZINCRBY z nan three", NOT_FLOAT);
    CHECK_REPLY(c, "ZINCRBY z x three", NOT_FLOAT);
    CHECK_REPLY(c, "ZINCRBY z 1.5 fresh", BY_RESP(c, "\"1.5\"", ",1.5"));
    CHECK_REPLY(c, "ZINCRBY z -1.5 fresh", BY_RESP(c, "\"0\"", ",0"));
    CHECK_REPLY(c, "ZINCRBY new 2 a", BY_RESP(c, "\"2\"", ",2"));
    CHECK_REPLY(c, "ZSCORE new a", BY_RESP(c, "\"2\"", ",2"));
    CHECK_REPLY(c, "ZMSCORE z three nobody half",
                BY_RESP(c, "[\"3\", nil, \"0.5\"]", "[,3, nil, ,0.5]"));
    CHECK_REPLY(c, "ZMSCORE none a b", "[nil, nil]");
    CHECK_REPLY(c, "ZSCORE none a", "nil");
    CHECK_REPLY(c, "ZSCORE z nobody", "nil");
    CHECK_REPLY(c, "ZSCAN z 0 MATCH l*",
                "[\"0\", [\"large\", \"100000000000000000\", \"larger\", \"123456789012345680\", "
                "\"long\", \"inf\"]]");
    CHECK_REPLY(c, "ZSCAN z 0 MATCH t?n*",
                "[\"0\", [\"tiny\", \"1e-300\", \"tenth\", \"0.30000000000000004\"]]");
}

WIRE_TEST(removing)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c 4 d", ":4");
    CHECK_REPLY(c, "ZREM z a x c", ":2");
    CHECK_REPLY(c, "ZREM z a", ":0");
    CHECK_REPLY(c, "ZREM none a", ":0");
    CHECK_REPLY(c, "ZREM z b b", ":1");
    CHECK_REPLY(c, "ZCARD z", ":1");
    CHECK_REPLY(c, "ZREM z d", ":1");
    CHECK_REPLY(c, "EXISTS z", ":0");
    CHECK_REPLY(c, "ZCARD z", ":0");
    CHECK_REPLY(c, "ZREM z d", ":0");
}

WIRE_TEST(ranks)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 2 c 3 d", ":4");
    CHECK_REPLY(c, "ZRANK z a", ":0");
    CHECK_REPLY(c, "ZRANK z c", ":2");
    CHECK_REPLY(c, "ZRANK z nobody", "nil");
    CHECK_REPLY(c, "ZRANK none a", "nil");
    CHECK_REPLY(c, "ZREVRANK z a", ":3");
    CHECK_REPLY(c, "ZREVRANK z b", ":2");
    CHECK_REPLY(c, "ZREVRANK z nobody", "nil");
}

WIRE_TEST(popping)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 2 c 3 d 4 e 5 f", ":6");
    CHECK_REPLY(c, "ZPOPMIN z", BY_RESP(c, "[\"a\", \"1\"]", "[\"a\", ,1]"));
    CHECK_REPLY(c, "ZPOPMAX z", BY_RESP(c, "[\"f\", \"5\"]", "[\"f\", ,5]"));
    CHECK_REPLY(c, "ZPOPMIN z 2",
                BY_RESP(c, "[\"b\", \"2\", \"c\", \"2\"]", "[[\"b\", ,2], [\"c\", ,2]]"));
    CHECK_REPLY(c, "ZPOPMAX z 0", "[]");
    CHECK_REPLY(c, "ZPOPMAX z 100",
                BY_RESP(c, "[\"e\", \"4\", \"d\", \"3\"]", "[[\"e\", ,4], [\"d\", ,3]]"));
    CHECK_REPLY(c, "EXISTS z", ":0");
    CHECK_REPLY(c, "ZPOPMIN z", "[]");
    CHECK_REPLY(c, "ZPOPMAX z 2", "[]");
    CHECK_REPLY(c, "ZPOPMIN z -1", POSITIVE);
    CHECK_REPLY(c, "ZPOPMIN z x", POSITIVE);
    CHECK_REPLY(c, "ZPOPMIN z 1 2", SYNTAX);
    CHECK_REPLY(c, "ZADD z 1 a 1 b 1 c", ":3");
    CHECK_REPLY(c, "ZPOPMAX z 1", BY_RESP(c, "[\"c\", \"1\"]", "[[\"c\", ,1]]"));
}

WIRE_TEST(popping_from_one_of_several)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c", ":3");
    CHECK_REPLY(c, "ZMPOP 1 none MIN", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "ZMPOP 2 none z MIN",
                BY_RESP(c, "[\"z\", [[\"a\", \"1\"]]]", "[\"z\", [[\"a\", ,1]]]"));
    CHECK_REPLY(c, "ZMPOP 2 z none max COUNT 5",
                BY_RESP(c, "[\"z\", [[\"c\", \"3\"], [\"b\", \"2\"]]]",
                        "[\"z\", [[\"c\", ,3], [\"b\", ,2]]]"));
    CHECK_REPLY(c, "ZMPOP 1 z MIN", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "ZADD z 1 a", ":1");
    CHECK_REPLY(c, "ZMPOP 0 z MIN", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "ZMPOP -1 z MIN", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "ZMPOP x z MIN", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "ZMPOP 2 z MIN", SYNTAX);
    CHECK_REPLY(c, "ZMPOP 9223372036854775807 z MIN", SYNTAX);
    CHECK_REPLY(c, "ZMPOP 1 z BAD", SYNTAX);
    CHECK_REPLY(c, "ZMPOP 1 z MIN COUNT", SYNTAX);
    CHECK_REPLY(c, "ZMPOP 1 z MIN COUNT 0", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "ZMPOP 1 z MIN COUNT x", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "ZMPOP 1 z MIN COUNT 1 COUNT 1", SYNTAX);
    CHECK_REPLY(c, "ZMPOP 1 z MIN BAD 1", SYNTAX);
    CHECK_REPLY(c, "ZCARD z", ":1");
}

WIRE_TEST(random_members)
{
    CHECK_REPLY(c, "ZRANDMEMBER z", "nil");
    CHECK_REPLY(c, "ZRANDMEMBER z 3", "[]");
    CHECK_REPLY(c, "ZRANDMEMBER z -3 WITHSCORES", "[]");
    CHECK_REPLY(c, "ZADD z 1.5 a", ":1");
    CHECK_REPLY(c, "ZRANDMEMBER z", "\"a\"");
    CHECK_REPLY(c, "ZRANDMEMBER z 0", "[]");
    CHECK_REPLY(c, "ZRANDMEMBER z 5", "[\"a\"]");
    CHECK_REPLY(c, "ZRANDMEMBER z -3", "[\"a\", \"a\", \"a\"]");
    CHECK_REPLY(c, "ZRANDMEMBER z 5 WITHSCORES", BY_RESP(c, "[\"a\", \"1.5\"]", "[[\"a\", ,1.5]]"));
    CHECK_REPLY(c, "ZRANDMEMBER z -2 WITHSCORES",
                BY_RESP(c, "[\"a\", \"1.5\", \"a\", \"1.5\"]", "[[\"a\", ,1.5], [\"a\", ,1.5]]"));
    CHECK_REPLY(c, "ZRANDMEMBER z x", NOT_INTEGER);
    CHECK_REPLY(c, "ZRANDMEMBER z 1 BAD", SYNTAX);
    CHECK_REPLY(c, "ZRANDMEMBER z 1 WITHSCORES x", SYNTAX);
    CHECK_REPLY(c, "ZRANDMEMBER z -9223372036854775808",
                "-ERR value is out of range, value must between -9223372036854775807 and "
                "9223372036854775807");
    CHECK_REPLY(c, "ZRANDMEMBER z -9223372036854775807 WITHSCORES", "-ERR value is out of range");
    CHECK_REPLY(c, "ZRANDMEMBER z 9223372036854775807 WITHSCORES", "-ERR value is out of range");
    CHECK_REPLY(c, "ZRANDMEMBER z 9223372036854775807", "[\"a\"]");
    CHECK_REPLY(c, "ZADD z 2 b", ":1");
    CHECK_REPLY(c, "ZRANDMEMBER z 10 WITHSCORES",
                BY_RESP(c, "[\"b\", \"2\", \"a\", \"1.5\"]", "[[\"b\", ,2], [\"a\", ,1.5]]"));
}

WIRE_TEST(scanning)
{
    CHECK_REPLY(c, "ZADD z 1 a 2.5 b 100000000000000000 c", ":3");
    CHECK_REPLY(c, "ZSCAN z 0",
                "[\"0\", [\"a\", \"1\", \"b\", \"2.5\", \"c\", \"100000000000000000\"]]");
    CHECK_REPLY(c, "ZSCAN z 0 MATCH a*", "[\"0\", [\"a\", \"1\"]]");
    CHECK_REPLY(c, "ZSCAN z 0 MATCH * COUNT 1",
                "[\"0\", [\"a\", \"1\", \"b\", \"2.5\", \"c\", \"100000000000000000\"]]");
    CHECK_REPLY(c, "ZSCAN z 0 COUNT 0", SYNTAX);
    CHECK_REPLY(c, "ZSCAN z 0 COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "ZSCAN z 0 COUNT", SYNTAX);
    CHECK_REPLY(c, "ZSCAN z 0 BAD", SYNTAX);
    CHECK_REPLY(c, "ZSCAN z x", "-ERR invalid cursor");
    CHECK_REPLY(c, "ZSCAN none 0", "[\"0\", []]");
    CHECK_REPLY(c, "ZSCAN none 0 BAD", "[\"0\", []]");
    CHECK_REPLY(c, "ZSCAN none x", "-ERR invalid cursor");
}

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"ZADD z",
                                        "ZADD z 1",
                                        "ZCARD",
                                        "ZCARD z x",
                                        "ZCOUNT z 1",
                                        "ZCOUNT z 1 2 3",
                                        "ZDIFF 1",
                                        "ZDIFFSTORE d 1",
                                        "ZINCRBY z 1",
                                        "ZINCRBY z 1 a b",
                                        "ZINTER 1",
                                        "ZINTERCARD 1",
                                        "ZINTERSTORE d 1",
                                        "ZLEXCOUNT z -",
                                        "ZLEXCOUNT z - + x",
                                        "ZMPOP 1 z",
                                        "ZMSCORE z",
                                        "ZPOPMAX",
                                        "ZPOPMIN",
                                        "ZRANDMEMBER",
                                        "ZRANGE z 0",
                                        "ZRANGEBYLEX z -",
                                        "ZRANGEBYSCORE z 0",
                                        "ZRANGESTORE d z 0",
                                        "ZRANK z",
                                        "ZREM z",
                                        "ZREMRANGEBYLEX z -",
                                        "ZREMRANGEBYLEX z - + x",
                                        "ZREMRANGEBYRANK z 0",
                                        "ZREMRANGEBYRANK z 0 1 x",
                                        "ZREMRANGEBYSCORE z 0",
                                        "ZREMRANGEBYSCORE z 0 1 x",
                                        "ZREVRANGE z 0",
                                        "ZREVRANGEBYLEX z +",
                                        "ZREVRANGEBYSCORE z 1",
                                        "ZREVRANK z",
                                        "ZSCAN z",
                                        "ZSCORE z",
                                        "ZSCORE z a b",
                                        "ZUNION 1",
                                        "ZUNIONSTORE d 1",
                                        NULL};
    check_arity(c, lines);
}

TORC_TEST(ranks_come_with_scores)
{
    CHECK_REPLY(c, "ZADD z 1 a 2.5 b", ":2");
    CHECK_REPLY(c, "ZRANK z b WITHSCORE", BY_RESP(c, "[:1, \"2.5\"]", "[:1, ,2.5]"));
    CHECK_REPLY(c, "ZREVRANK z b withscore", BY_RESP(c, "[:0, \"2.5\"]", "[:0, ,2.5]"));
    CHECK_REPLY(c, "ZRANK z x WITHSCORE", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "ZREVRANK none x WITHSCORE", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "ZRANK z x WITHSCORES", SYNTAX);
    CHECK_REPLY(c, "ZRANK z x WITHSCORE y", "-ERR wrong number of arguments for 'zrank' command");
}

TORC_TEST(scans_leave_scores_out)
{
    CHECK_REPLY(c, "ZADD z 1 a 2 b", ":2");
    CHECK_REPLY(c, "ZSCAN z 0 NOSCORES", "[\"0\", [\"a\", \"b\"]]");
    CHECK_REPLY(c, "ZSCAN z 0 NOSCORES MATCH b", "[\"0\", [\"b\"]]");
}

/* --- Large ones ------------------------------------------------------------------------------- */

static void add_members(struct wire *c, const char *key, int first, int end)
{
    struct text out = {0};
    text_addf(&out, "*%d\r\n$4\r\nZADD\r\n$%zu\r\n%s\r\n", (end - first) * 2 + 2, strlen(key), key);
    for (int i = first; i < end; i++) {
        char score[32], member[32];
        text_addf(&out, "$%d\r\n%s\r\n", snprintf(score, sizeof(score), "%d", i * 7 % 1000), score);
        text_addf(&out, "$%d\r\n%s\r\n", snprintf(member, sizeof(member), "m%06d", i), member);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    CHECK_LIKE(c, "PING", ":*");
    CHECK_NEXT(c, "+PONG");
    text_fini(&out);
}

WIRE_TEST(encodings_follow_the_settings)
{
    add_members(c, "z", 0, 128);
    CHECK_REPLY(c, "OBJECT ENCODING z", "\"listpack\"");
    CHECK_REPLY(c, "ZADD z 1 one-more", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING z", "\"skiplist\"");
    CHECK_REPLY(c, "ZUNIONSTORE d 1 z", ":129");
    CHECK_REPLY(c, "OBJECT ENCODING d", "\"skiplist\"");
    CHECK_REPLY(c, "ZRANGESTORE d z 0 99", ":100");
    CHECK_REPLY(c, "OBJECT ENCODING d", "\"listpack\"");
    CHECK_REPLY(c, "ZADD l 1 0123456789012345678901234567890123456789012345678901234567890123",
                ":1");
    CHECK_REPLY(c, "OBJECT ENCODING l", "\"listpack\"");
    CHECK_REPLY(c, "ZADD l 1 01234567890123456789012345678901234567890123456789012345678901234",
                ":1");
    CHECK_REPLY(c, "OBJECT ENCODING l", "\"skiplist\"");
}

/* Members once each, over several calls. */
static void check_scan(struct wire *c, int count)
{
    char cursor[32] = "0", line[64];
    int members = 0;
    do {
        snprintf(line, sizeof(line), "ZSCAN z %s COUNT 100", cursor);
        struct reply *reply = wire_command(c, line);
        REQUIRE(reply && reply->count == 2);
        members += (int)reply->items[1]->count / 2;
        snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
    } while (strcmp(cursor, "0") != 0);
    CHECK_INT(members, count);
}

static void check_count(struct wire *c, const char *line, size_t count)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply);
    CHECK_INT(reply->count, count);
    reply_free(reply);
}

/* Long calls: each is run over several passes. */
WIRE_TEST(large_ones)
{
    add_members(c, "z", 0, 30000);
    CHECK_REPLY(c, "ZCARD z", ":30000");
    CHECK_REPLY(c, "ZRANK z m000001", ":210");
    check_scan(c, 30000);
    check_count(c, "ZRANGE z 0 -1", 30000);
    check_count(c, "ZRANDMEMBER z 20000", 20000);
    check_count(c, "ZRANDMEMBER z -40000", 40000);
    CHECK_REPLY(c, "ZUNIONSTORE d 2 z z WEIGHTS 1 -1", ":30000");
    CHECK_REPLY(c, "ZCOUNT d 0 0", ":30000");
    CHECK_REPLY(c, "ZRANGE d 29999 -1", "[\"m029999\"]");
    CHECK_REPLY(c, "ZDIFFSTORE d 2 z d", ":0");
    CHECK_REPLY(c, "ZRANGESTORE d z 100 -101", ":29800");
    CHECK_REPLY(c, "ZINTERCARD 2 z d", ":29800");
    CHECK_REPLY(c, "ZREMRANGEBYRANK d 5 -6", ":29790");
    CHECK_REPLY(c, "COPY z e", ":1");
    check_count(c, "ZUNION 2 z e", 30000);
    CHECK_REPLY(c, "ZREMRANGEBYSCORE e 500 inf", ":15000");
    check_count(c, "ZPOPMAX e 14000", wire_env()->resp == 3 ? 14000 : 28000);
    CHECK_REPLY(c, "ZCARD e", ":1000");
    CHECK_REPLY(c, "DEL z d e", ":3");
}

TORC_TEST(repetitions_are_bounded)
{
    CHECK_REPLY(c, "ZADD z 1 a", ":1");
    CHECK_REPLY(c, "ZRANDMEMBER z -9223372036854775807", "-ERR value is out of range");
    CHECK_REPLY(c, "DEL z", ":1");
    struct text line = {0}; /* few of what is long are too much, too */
    text_addf(&line, "ZADD z 1 %0*d", 200000, 7);
    CHECK_REPLY(c, line.data, ":1");
    CHECK_REPLY(c, "ZRANDMEMBER z -10000", "-ERR value is out of range");
    CHECK_REPLY(c, "ZRANDMEMBER z -9223372036854775807", "-ERR value is out of range");
    text_fini(&line);
}
