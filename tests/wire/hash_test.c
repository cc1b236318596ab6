/* The commands of hashes that redis-server 7.0 has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/text.h"
#include "wire/wire_test.h"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"HSET k",
                                        "HSET k f",
                                        "HSET k f v g",
                                        "HMSET k f",
                                        "HMSET k f v g",
                                        "HSETNX k f",
                                        "HSETNX k f v w",
                                        "HGET k",
                                        "HGET k f g",
                                        "HMGET k",
                                        "HDEL k",
                                        "HLEN",
                                        "HLEN k l",
                                        "HSTRLEN k",
                                        "HSTRLEN k f g",
                                        "HEXISTS k",
                                        "HEXISTS k f g",
                                        "HKEYS",
                                        "HKEYS k l",
                                        "HVALS",
                                        "HVALS k l",
                                        "HGETALL",
                                        "HGETALL k l",
                                        "HINCRBY k f",
                                        "HINCRBY k f 1 2",
                                        "HINCRBYFLOAT k f",
                                        "HINCRBYFLOAT k f 1 2",
                                        "HRANDFIELD",
                                        "HSCAN k",
                                        NULL};
    check_arity(c, lines);
}

WIRE_TEST(wrong_type_is_refused)
{
    static const char *const lines[] = {"HSET k f v",
                                        "HMSET k f v",
                                        "HSETNX k f v",
                                        "HGET k f",
                                        "HMGET k f",
                                        "HDEL k f",
                                        "HLEN k",
                                        "HSTRLEN k f",
                                        "HEXISTS k f",
                                        "HKEYS k",
                                        "HVALS k",
                                        "HGETALL k",
                                        "HINCRBY k f 1",
                                        "HINCRBYFLOAT k f 1",
                                        "HRANDFIELD k",
                                        "HRANDFIELD k 2",
                                        "HRANDFIELD k -2 WITHVALUES",
                                        "HSCAN k 0",
                                        NULL};
    CHECK_REPLY(c, "SET k v", "+OK");
    check_all(c, lines, sizeof(lines) / sizeof(*lines) - 1, WRONG_TYPE);
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "HSET h f v", ":1");
    CHECK_REPLY(c, "GET h", WRONG_TYPE);
}

WIRE_TEST(hset_hget)
{
    CHECK_REPLY(c, "HSET h a 1 b two a 3", ":2");
    CHECK_REPLY(c, "HSET h a 4 c 5", ":1");
    CHECK_REPLY(c, "HSET h a 4", ":0");
    CHECK_REPLY(c, "TYPE h", "+hash");
    CHECK_REPLY(c, "HLEN h", ":3");
    CHECK_REPLY(c, "HLEN none", ":0");
    CHECK_REPLY(c, "HGET h a", "\"4\"");
    CHECK_REPLY(c, "HGET h A", "nil");
    CHECK_REPLY(c, "HGET none a", "nil");
    CHECK_REPLY(c, "HMGET h b x a", "[\"two\", nil, \"4\"]");
    CHECK_REPLY(c, "HMGET none b x", "[nil, nil]");
    CHECK_REPLY(c, "HMSET h a x d 6", "+OK");
    CHECK_REPLY(c, "HGET h a", "\"x\"");
    CHECK_REPLY(c, "HSETNX h a y", ":0");
    CHECK_REPLY(c, "HSETNX h e y", ":1");
    CHECK_REPLY(c, "HSETNX n e y", ":1");
    CHECK_REPLY(c, "HEXISTS h e", ":1");
    CHECK_REPLY(c, "HEXISTS h f", ":0");
    CHECK_REPLY(c, "HSTRLEN h b", ":3");
    CHECK_REPLY(c, "HSTRLEN h d", ":1");
    CHECK_REPLY(c, "HSTRLEN h f", ":0");
    CHECK_REPLY(c, "HSTRLEN none f", ":0");
    CHECK_REPLY(c, "HDEL h a x b a", ":2");
    CHECK_REPLY(c, "HDEL none a", ":0");
    CHECK_REPLY(c, "HDEL h c d e", ":3");
    CHECK_REPLY(c, "EXISTS h", ":0");
}

WIRE_TEST(binary_fields)
{
    CHECK_REPLY(c, "HSET h \"\" \"\" \"a\\x00b\" \"\\r\\n\" 7 007 007 7", ":4");
    CHECK_REPLY(c, "HGET h \"\"", "\"\"");
    CHECK_REPLY(c, "HGET h \"a\\x00b\"", "\"\\r\\n\"");
    CHECK_REPLY(c, "HMGET h 7 007 07", "[\"007\", \"7\", nil]");
    CHECK_REPLY(c, "HSTRLEN h 7", ":3");
    CHECK_REPLY(c, "HDEL h \"\" 7", ":2");
    CHECK_REPLY(c, "HLEN h", ":2");
}

WIRE_TEST(whole_hashes)
{
    CHECK_REPLY(c, "HSET h a 1 b 2", ":2");
    CHECK_REPLY(c, "HGETALL h",
                BY_RESP(c, "[\"a\", \"1\", \"b\", \"2\"]", "{\"a\": \"1\", \"b\": \"2\"}"));
    CHECK_REPLY(c, "HKEYS h", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "HVALS h", "[\"1\", \"2\"]");
    CHECK_REPLY(c, "HGETALL none", BY_RESP(c, "[]", "{}"));
    CHECK_REPLY(c, "HKEYS none", "[]");
    CHECK_REPLY(c, "HVALS none", "[]");
}

#define LEN_64 "0123456789012345678901234567890123456789012345678901234567890123"

WIRE_TEST(encodings)
{
    CHECK_REPLY(c, "HSET h a 1", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpack\"");
    CHECK_REPLY(c, "HSET h " LEN_64 " " LEN_64, ":1");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpack\"");
    CHECK_REPLY(c, "HSET h a " LEN_64 "x", ":0");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"hashtable\"");
    CHECK_REPLY(c, "HSET h a 1", ":0");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"hashtable\"");
    CHECK_REPLY(c, "HSET g " LEN_64 "x 1", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING g", "\"hashtable\"");
    CHECK_REPLY(c, "HGET g " LEN_64 "x", "\"1\"");
}

/* Fields f.. with values v.., from .. end - 1. */
static void set_many(struct wire *c, const char *key, int from, int end)
{
    char line[8192], expected[32];
    while (from < end) {
        int len = snprintf(line, sizeof(line), "HSET %s", key);
        int stop = from + 200 < end ? from + 200 : end, count = stop - from;
        for (; from < stop; from++)
            len += snprintf(line + len, sizeof(line) - (size_t)len, " f%d v%d", from, from);
        snprintf(expected, sizeof(expected), ":%d", count);
        CHECK_REPLY(c, line, expected);
    }
}

WIRE_TEST(large_hashes)
{
    set_many(c, "h", 0, 512);
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpack\"");
    set_many(c, "h", 512, 3000);
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"hashtable\"");
    CHECK_REPLY(c, "HLEN h", ":3000");
    CHECK_REPLY(c, "HMGET h f0 f2999 f3000", "[\"v0\", \"v2999\", nil]");
    struct reply *all = wire_command(c, "HGETALL h");
    REQUIRE(all);
    CHECK_INT(all->count, 6000);
    for (size_t i = 0; i + 1 < all->count; i += 2)
        CHECK_STR(all->items[i]->data + 1, all->items[i + 1]->data + 1);
    reply_free(all);
    CHECK_REPLY(c, "HSET h f7 \"a longer value, which does not fit where the other one was\"",
                ":0");
    CHECK_REPLY(c, "HGET h f7", "\"a longer value, which does not fit where the other one was\"");
    CHECK_REPLY(c, "COPY h g", ":1");
    CHECK_REPLY(c, "DEL h", ":1");
    CHECK_REPLY(c, "HSTRLEN g f7", ":58");
    CHECK_REPLY(c, "HDEL g f7 f8 f9", ":3");
    CHECK_REPLY(c, "HLEN g", ":2997");
}

WIRE_TEST(an_expiry_of_the_key_stays)
{
    CHECK_REPLY(c, "HSET h a 1", ":1");
    CHECK_REPLY(c, "EXPIREAT h 33177117420", ":1");
    set_many(c, "h", 0, 600);
    CHECK_REPLY(c, "HDEL h a", ":1");
    CHECK_REPLY(c, "EXPIRETIME h", ":33177117420");
}

WIRE_TEST(hincrby)
{
    CHECK_REPLY(c, "HINCRBY h f 5", ":5");
    CHECK_REPLY(c, "HINCRBY h f -7", ":-2");
    CHECK_REPLY(c, "HGET h f", "\"-2\"");
    CHECK_REPLY(c, "HINCRBY h f x", NOT_INTEGER);
    CHECK_REPLY(c, "HINCRBY h f 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "HINCRBY h f -9223372036854775807",
                "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "HSET h s text t \"1 \" u 9223372036854775807", ":3");
    CHECK_REPLY(c, "HINCRBY h s 1", "-ERR hash value is not an integer");
    CHECK_REPLY(c, "HINCRBY h t 1", "-ERR hash value is not an integer");
    CHECK_REPLY(c, "HINCRBY h u 1", "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "HINCRBY h u 0", ":9223372036854775807");
}

WIRE_TEST(hincrbyfloat)
{
    CHECK_REPLY(c, "HINCRBYFLOAT h f 10.5", "\"10.5\"");
    CHECK_REPLY(c, "HINCRBYFLOAT h f 0.25", "\"10.75\"");
    CHECK_REPLY(c, "HINCRBYFLOAT h f -5", "\"5.75\"");
    CHECK_REPLY(c, "HINCRBYFLOAT h f 5.0e3", "\"5005.75\"");
    CHECK_REPLY(c, "HGET h f", "\"5005.75\"");
    CHECK_REPLY(c, "HINCRBYFLOAT h g 3", "\"3\"");
    CHECK_REPLY(c, "HINCRBYFLOAT h g x", NOT_FLOAT);
    CHECK_REPLY(c, "HINCRBYFLOAT h g nan", NOT_FLOAT);
    CHECK_REPLY(c, "HINCRBYFLOAT h g inf", "-ERR value is NaN or Infinity");
    CHECK_REPLY(c, "HSET h s text i inf m 1e4932", ":3");
    CHECK_REPLY(c, "HINCRBYFLOAT h s 1", "-ERR hash value is not a float");
    CHECK_REPLY(c, "HINCRBYFLOAT h i 1", "-ERR increment would produce NaN or Infinity");
    CHECK_REPLY(c, "HINCRBYFLOAT h m 1e4932", "-ERR increment would produce NaN or Infinity");
}

/* As many fields as expected, all of them of the key; no two equal if `distinct`. */
static void check_drawn(struct wire *c, const char *line, size_t count, bool distinct)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && reply->type == '*');
    CHECK_INT(reply->count, count);
    for (size_t i = 0; i < reply->count; i++) {
        char query[64];
        snprintf(query, sizeof(query), "HEXISTS h %s", reply->items[i]->data);
        CHECK_REPLY(c, query, ":1");
        for (size_t j = 0; distinct && j < i; j++)
            CHECK(strcmp(reply->items[i]->data, reply->items[j]->data) != 0);
    }
    reply_free(reply);
}

static void check_with_values(struct wire *c, const char *line, size_t count)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && reply->type == '*');
    bool nested = c->resp == 3;
    CHECK_INT(reply->count, nested ? count : count * 2);
    for (size_t i = 0; i < reply->count; i += nested ? 1 : 2) {
        struct reply *const *pair = nested ? reply->items[i]->items : &reply->items[i];
        CHECK_STR(pair[0]->data + 1, pair[1]->data + 1);
    }
    reply_free(reply);
}

static void check_hrandfield(struct wire *c, size_t fields)
{
    char line[64];
    check_drawn(c, "HRANDFIELD h 3", 3, true);
    check_drawn(c, "HRANDFIELD h -70", 70, false);
    snprintf(line, sizeof(line), "HRANDFIELD h %zu", fields - 1);
    check_drawn(c, line, fields - 1, true);
    snprintf(line, sizeof(line), "HRANDFIELD h %zu", fields / 4);
    check_drawn(c, line, fields / 4, true);
    check_drawn(c, "HRANDFIELD h 9223372036854775807", fields, true);
    check_with_values(c, "HRANDFIELD h 2 WITHVALUES", 2);
    check_with_values(c, "HRANDFIELD h -50 withvalues", 50);
    check_with_values(c, "HRANDFIELD h 100000 WITHVALUES", fields);
}

WIRE_TEST(hrandfield)
{
    set_many(c, "h", 0, 12);
    check_hrandfield(c, 12);
    set_many(c, "h", 12, 600);
    check_hrandfield(c, 600);
    CHECK_REPLY(c, "HRANDFIELD none", "nil");
    CHECK_REPLY(c, "HRANDFIELD none 3", "[]");
    CHECK_REPLY(c, "HRANDFIELD none -3 WITHVALUES", "[]");
    CHECK_REPLY(c, "HRANDFIELD h 0", "[]");
    CHECK_REPLY(c, "HRANDFIELD h x", NOT_INTEGER);
    CHECK_REPLY(c, "HRANDFIELD h -9223372036854775808",
                "-ERR value is out of range, value must between -9223372036854775807 and "
                "9223372036854775807");
    CHECK_REPLY(c, "HRANDFIELD h 1 2", SYNTAX);
    CHECK_REPLY(c, "HRANDFIELD h 1 WITHVALUES 2", SYNTAX);
    CHECK_REPLY(c, "HRANDFIELD h x 2", NOT_INTEGER);
    CHECK_REPLY(c, "HRANDFIELD h 9223372036854775807 WITHVALUES", "-ERR value is out of range");
    CHECK_REPLY(c, "HRANDFIELD h -9223372036854775807 WITHVALUES", "-ERR value is out of range");
    CHECK_REPLY(c, "HSET one a 1", ":1");
    CHECK_REPLY(c, "HRANDFIELD one", "\"a\"");
    CHECK_REPLY(c, "HRANDFIELD one -2", "[\"a\", \"a\"]");
}

TORC_TEST(hrandfield_is_bounded)
{
    CHECK_REPLY(c, "HSET h a 1", ":1");
    CHECK_REPLY(c, "HRANDFIELD h -9223372036854775807", "-ERR value is out of range");
    CHECK_REPLY(c, "HRANDFIELD h -200000000 WITHVALUES", "-ERR value is out of range");
    CHECK_REPLY(c, "DEL h", ":1");
    struct text line = {0}; /* few of what is long are too much, too */
    text_addf(&line, "HSET h %0*d 1", 200000, 7);
    CHECK_REPLY(c, line.data, ":1");
    CHECK_REPLY(c, "HRANDFIELD h -10000", "-ERR value is out of range");
    CHECK_REPLY(c, "HRANDFIELD h -9223372036854775807", "-ERR value is out of range");
    text_fini(&line);
}

/* How many of the fields f0 .. f999 a whole pass finds, each at least once with its value. */
static int scan_all(struct wire *c, const char *options, int step)
{
    bool seen[1000] = {false};
    char cursor[32] = "0", line[128];
    int count = 0;
    do {
        snprintf(line, sizeof(line), "HSCAN h %s %s", cursor, options);
        struct reply *reply = wire_command(c, line);
        if (!reply || reply->count != 2) test_fail(__FILE__, __LINE__, "no scan");
        if (test_failed()) break;
        struct reply *const *items = reply->items[1]->items;
        for (size_t i = 0; i < reply->items[1]->count; i += (size_t)step) {
            int number = atoi(items[i]->data + 1);
            if (step == 2) CHECK_STR(items[i]->data + 1, items[i + 1]->data + 1);
            count += !seen[number];
            seen[number] = true;
        }
        snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
    } while (strcmp(cursor, "0") != 0);
    return count;
}

WIRE_TEST(hscan)
{
    set_many(c, "h", 0, 1000);
    CHECK_INT(scan_all(c, "", 2), 1000);
    CHECK_INT(scan_all(c, "COUNT 1", 2), 1000);
    CHECK_INT(scan_all(c, "COUNT 9223372036854775807", 2), 1000);
    CHECK_INT(scan_all(c, "MATCH *7", 2), 100);
    CHECK_INT(scan_all(c, "MATCH v*", 2), 0);
    if (!wire_env()->oracle) CHECK_INT(scan_all(c, "NOVALUES COUNT 50 MATCH f*", 1), 1000);
    CHECK_REPLY(c, "HSET s b 1 a 2", ":2");
    CHECK_REPLY(c, "HSCAN s 0", "[\"0\", [\"b\", \"1\", \"a\", \"2\"]]");
    CHECK_REPLY(c, "HSCAN s 0 MATCH a COUNT 1", "[\"0\", [\"a\", \"2\"]]");
    if (!wire_env()->oracle) CHECK_REPLY(c, "HSCAN s 0 NOVALUES", "[\"0\", [\"b\", \"a\"]]");
    CHECK_REPLY(c, "HSCAN none 0", "[\"0\", []]");
    CHECK_REPLY(c, "HSCAN none 0 nonsense", "[\"0\", []]");
    CHECK_REPLY(c, "HSCAN h x", "-ERR invalid cursor");
    CHECK_REPLY(c, "HSCAN h 0 COUNT 0", SYNTAX);
    CHECK_REPLY(c, "HSCAN h 0 COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "HSCAN h 0 MATCH", SYNTAX);
    CHECK_REPLY(c, "HSCAN h 0 NOSCORES", SYNTAX);
}

#define MANY 30000

/* COMMAND key f0 ..., so many, with a value behind each if there is one. */
static void send_many(struct wire *c, const char *command, const char *value)
{
    struct text out = {0};
    text_addf(&out, "*%d\r\n$%zu\r\n%s\r\n$1\r\nh\r\n", MANY * (value ? 2 : 1) + 2, strlen(command),
              command);
    for (int i = 0; i < MANY; i++) {
        char field[32];
        text_addf(&out, "$%d\r\n%s\r\n", snprintf(field, sizeof(field), "f%d", i), field);
        if (value) text_addf(&out, "$%zu\r\n%s\r\n", strlen(value), value);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
}

/* Items of the reply, those of pairs being counted twice. */
static void check_count(struct wire *c, const char *line, size_t count)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && reply->type != '-');
    bool pairs = reply->count && reply->items[0]->type == '*';
    CHECK_INT(pairs ? reply->count * 2 : reply->count, count);
    reply_free(reply);
}

/* Those that take several turns. */
WIRE_TEST(long_commands)
{
    send_many(c, "HSET", "1");
    CHECK_NEXT(c, ":30000");
    send_many(c, "HMGET", NULL);
    struct reply *reply = wire_read(c);
    REQUIRE(reply && reply->count == MANY);
    CHECK_STR(reply->items[MANY - 1]->data, "1");
    reply_free(reply);
    check_count(c, "HGETALL h", 60000);
    check_count(c, "HKEYS h", 30000);
    check_count(c, "HVALS h", 30000);
    check_count(c, "HRANDFIELD h 5000", 5000);
    check_count(c, "HRANDFIELD h 20000 WITHVALUES", 40000);
    check_count(c, "HRANDFIELD h -20000 WITHVALUES", 40000);
    CHECK_REPLY(c, "COPY h g", ":1");
    send_many(c, "HDEL", NULL);
    CHECK_NEXT(c, ":30000");
    CHECK_REPLY(c, "EXISTS h g", ":1");
    CHECK_REPLY(c, "HLEN g", ":30000");
}
