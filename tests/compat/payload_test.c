/* Payloads of DUMP, exchanged with redis-server both ways: what it writes is read here and is, byte
 * for byte, what is built here of the same elements; what is built here it restores. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "support/check.h"
#include "support/seed.h"
#include "support/server.h"
#include "types/intset.h"
#include "types/listpack.h"
#include "types/rdb_payload.h"
#include "types/value.h"

enum { TEXT_MAX = 17000, ROUNDS = 30, ELEMENTS_MAX = 60 };

/* Everything stays in one block, and what it restores it looks at closely. */
static const char config[] = "hash-max-listpack-entries 100000\nhash-max-listpack-value 100000\n"
                             "zset-max-listpack-entries 100000\nzset-max-listpack-value 100000\n"
                             "list-max-listpack-size -5\nsanitize-dump-payload yes\nsave \"\"\n";

static redisContext *context;
static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

/* --- Talking ---------------------------------------------------------------------------------- */

static redisReply *call_bytes(const struct bytes *arguments, int count)
{
    const char *argv[2 * ELEMENTS_MAX + 4];
    size_t lens[2 * ELEMENTS_MAX + 4];
    for (int i = 0; i < count; i++) {
        argv[i] = (const char *)arguments[i].ptr;
        lens[i] = arguments[i].len;
    }
    redisReply *reply = redisCommandArgv(context, count, argv, lens);
    REQUIRE(reply);
    if (reply->type == REDIS_REPLY_ERROR) test_fail(__FILE__, __LINE__, "error: %s", reply->str);
    return reply;
}

static redisReply *call(const char *command)
{
    redisReply *reply = redisCommand(context, command);
    REQUIRE(reply);
    if (reply->type == REDIS_REPLY_ERROR) test_fail(__FILE__, __LINE__, "error: %s", reply->str);
    return reply;
}

static void call_and_drop(const struct bytes *arguments, int count)
{
    freeReplyObject(call_bytes(arguments, count));
}

/* DUMP key; opened behind its type, which is checked. */
static redisReply *dump(struct rdb_reader *reader, enum rdb_type type)
{
    uint8_t byte = 0xff;
    redisReply *reply = call("DUMP key");
    REQUIRE(reply->type == REDIS_REPLY_STRING);
    REQUIRE(rdb_open(reader, bytes_make(reply->str, reply->len)));
    REQUIRE(rdb_read_byte(reader, &byte));
    CHECK_INT(byte, type);
    return reply;
}

static void restore(struct buf *payload)
{
    rdb_close(payload, NULL);
    struct bytes arguments[] = {BYTES("RESTORE"), BYTES("key"), BYTES("0"), buf_view(payload),
                                BYTES("REPLACE")};
    redisReply *reply = call_bytes(arguments, 5);
    CHECK_STR(reply->str, "OK");
    freeReplyObject(reply);
}

static void check_encoding(const char *expected)
{
    redisReply *reply = call("OBJECT ENCODING key");
    CHECK_STR(reply->str, expected);
    freeReplyObject(reply);
}

/* --- Elements --------------------------------------------------------------------------------- */

struct elements {
    int count;
    struct bytes texts[2 * ELEMENTS_MAX];
};

static int64_t draw_integer(void)
{
    static const unsigned bits[] = {0, 7, 12, 15, 23, 31, 63};
    uint64_t integer = ((uint64_t)1 << bits[below(7)]) + below(3) - 1;
    if (below(3) == 0) integer = random_next(&rng) >> below(64);
    return (int64_t)(below(2) ? integer : 0 - integer);
}

static size_t draw_len(void)
{
    static const size_t bounds[] = {62, 124, 4094, 16376};
    return below(4) ? below(30) : bounds[below(below(6) ? 2 : 4)] + below(5);
}

static struct bytes draw_text(void)
{
    uint8_t *text = malloc(TEXT_MAX);
    if (below(2)) return bytes_make(text, number_write_int((char *)text, draw_integer()));
    size_t len = draw_len();
    bool packs_well = below(2);
    for (size_t i = 0; i < len; i++)
        text[i] = packs_well ? (uint8_t)('a' + i % 7) : (uint8_t)random_next(&rng);
    return bytes_make(text, len);
}

static void elements_draw(struct elements *elements, int count)
{
    elements->count = count;
    for (int i = 0; i < count; i++)
        elements->texts[i] = draw_text();
}

static void elements_drop(struct elements *elements)
{
    for (int i = 0; i < elements->count; i++)
        free((void *)elements->texts[i].ptr);
}

/* `command` key element ... */
static void send_elements(struct bytes command, const struct elements *elements)
{
    struct bytes arguments[2 * ELEMENTS_MAX + 2] = {command, BYTES("key")};
    memcpy(&arguments[2], elements->texts, (size_t)elements->count * sizeof elements->texts[0]);
    call_and_drop(arguments, elements->count + 2);
}

/* What the query answers, as elements in order. */
static redisReply *ask(const char *query, struct elements *elements)
{
    redisReply *reply = call(query);
    REQUIRE(reply->type == REDIS_REPLY_ARRAY && reply->elements <= 2 * ELEMENTS_MAX);
    elements->count = (int)reply->elements;
    for (size_t i = 0; i < reply->elements; i++)
        elements->texts[i] = bytes_make(reply->element[i]->str, reply->element[i]->len);
    return reply;
}

static struct listpack *build(const struct bytes *texts, int count)
{
    struct listpack *pack = listpack_new();
    for (int i = 0; i < count; i++)
        listpack_append(&pack, listpack_string(texts[i]));
    listpack_check(pack);
    return pack;
}

/* The query's answer are the elements of `expected`, in their order. */
static void check_answer(const char *query, const struct elements *expected)
{
    struct elements answer;
    redisReply *reply = ask(query, &answer);
    CHECK_INT(answer.count, expected->count);
    for (int i = 0; i < answer.count && i < expected->count; i++)
        CHECK_BYTES(answer.texts[i].ptr, answer.texts[i].len, expected->texts[i].ptr,
                    expected->texts[i].len);
    freeReplyObject(reply);
}

/* --- Reading what redis-server writes ----------------------------------------------------------*/

/* The next string is a listpack, the one that is built of these texts; or of as many of them as it
 * has: how many. */
static int check_pack(struct rdb_reader *reader, const struct bytes *texts, int max)
{
    struct rdb_string string;
    REQUIRE(rdb_read_string(reader, &string));
    struct bytes view = rdb_string_view(&string);
    REQUIRE(listpack_validate(view, NULL, NULL));
    struct listpack *theirs = listpack_try_copy(view);
    int count = (int)listpack_count(theirs);
    REQUIRE(count <= max);
    struct listpack *ours = build(texts, count);
    struct bytes built = listpack_view(ours);
    CHECK_BYTES(view.ptr, view.len, built.ptr, built.len);
    listpack_free(ours);
    listpack_free(theirs);
    rdb_string_drop(&string);
    return count;
}

static void check_pack_dumped(const char *query, enum rdb_type type)
{
    struct elements elements;
    struct rdb_reader reader;
    redisReply *answer = ask(query, &elements), *payload = dump(&reader, type);
    check_encoding("listpack");
    CHECK_INT(check_pack(&reader, elements.texts, elements.count), elements.count);
    CHECK(rdb_at_end(&reader));
    freeReplyObject(payload);
    freeReplyObject(answer);
}

static void each_round(void (*run)(struct elements *elements))
{
    test_seed(&rng, "payload");
    for (int round = 0; round < ROUNDS && !test_failed(); round++) {
        struct elements elements;
        elements_draw(&elements, 2 * (1 + (int)below(ELEMENTS_MAX)));
        freeReplyObject(call("DEL key"));
        run(&elements);
        elements_drop(&elements);
    }
}

static void hash_dumped(struct elements *elements)
{
    send_elements(BYTES("HSET"), elements);
    check_pack_dumped("HGETALL key", RDB_HASH_LISTPACK);
}

TEST(hashes_are_read)
{
    each_round(hash_dumped);
}

/* Scores in the places of the even elements. */
static void set_scores(struct elements *elements)
{
    for (int i = 0; i < elements->count; i += 2) {
        char *text = (char *)elements->texts[i].ptr;
        int64_t score = (int64_t)below(2000000) - 1000000;
        elements->texts[i].len =
            below(2) ? number_write_int(text, score) : number_write_double(text, (double)score / 7);
    }
}

static void zset_dumped(struct elements *elements)
{
    set_scores(elements);
    send_elements(BYTES("ZADD"), elements);
    check_pack_dumped("ZRANGE key 0 -1 WITHSCORES", RDB_ZSET_LISTPACK);
}

TEST(sorted_sets_are_read)
{
    each_round(zset_dumped);
}

static void list_dumped(struct elements *elements)
{
    struct rdb_reader reader;
    uint64_t nodes = 0, form;
    int seen = 0;
    send_elements(BYTES("RPUSH"), elements);
    redisReply *payload = dump(&reader, RDB_LIST_QUICKLIST);
    REQUIRE(rdb_read_length(&reader, &nodes));
    for (uint64_t i = 0; i < nodes && i < ELEMENTS_MAX * 2; i++) {
        REQUIRE(rdb_read_length(&reader, &form));
        CHECK_INT(form, RDB_NODE_PACKED);
        seen += check_pack(&reader, elements->texts + seen, elements->count - seen);
    }
    CHECK_INT(seen, elements->count);
    CHECK(rdb_at_end(&reader));
    freeReplyObject(payload);
}

TEST(lists_are_read)
{
    each_round(list_dumped);
}

static void draw_integers(struct elements *elements, struct intset **set)
{
    unsigned bits = 8U << below(4);
    for (int i = 0; i < elements->count; i++) {
        int64_t integer = (int64_t)(random_next(&rng) & (UINT64_MAX >> (64 - bits)));
        char *text = (char *)elements->texts[i].ptr;
        elements->texts[i].len = number_write_int(text, integer);
        intset_add(set, integer);
    }
}

static void intset_dumped(struct elements *elements)
{
    struct rdb_reader reader;
    struct rdb_string string;
    struct intset *set = intset_new();
    draw_integers(elements, &set);
    send_elements(BYTES("SADD"), elements);
    check_encoding("intset");
    redisReply *payload = dump(&reader, RDB_SET_INTSET);
    REQUIRE(rdb_read_string(&reader, &string));
    struct bytes theirs = rdb_string_view(&string), ours = intset_view(set);
    CHECK(intset_validate(theirs));
    CHECK_BYTES(theirs.ptr, theirs.len, ours.ptr, ours.len);
    CHECK(rdb_at_end(&reader));
    rdb_string_drop(&string);
    freeReplyObject(payload);
    intset_free(set);
}

TEST(sets_of_integers_are_read)
{
    each_round(intset_dumped);
}

static void string_dumped(struct elements *elements)
{
    struct rdb_reader reader;
    struct rdb_string string;
    struct bytes text = elements->texts[0];
    call_and_drop((struct bytes[]){BYTES("SET"), BYTES("key"), text}, 3);
    redisReply *payload = dump(&reader, RDB_STRING);
    REQUIRE(rdb_read_string(&reader, &string));
    struct bytes view = rdb_string_view(&string);
    CHECK_BYTES(view.ptr, view.len, text.ptr, text.len);
    rdb_string_drop(&string);
    freeReplyObject(payload);
}

TEST(strings_are_read)
{
    each_round(string_dumped);
}

/* --- Writing what redis-server reads -----------------------------------------------------------*/

static void restore_pack(enum rdb_type type, const struct elements *elements)
{
    struct buf payload = {0};
    struct listpack *pack = build(elements->texts, elements->count);
    rdb_write_byte(&payload, (uint8_t)type);
    if (type == RDB_LIST_QUICKLIST) {
        rdb_write_length(&payload, 1);
        rdb_write_length(&payload, RDB_NODE_PACKED);
    }
    rdb_write_string(&payload, listpack_view(pack));
    restore(&payload);
    listpack_free(pack);
    buf_fini(&payload);
}

/* Fields, or members, that differ: a number goes before what was drawn. */
static void make_distinct(struct elements *elements, int first)
{
    for (int i = first; i < elements->count; i += 2) {
        char digits[NUMBER_INT_MAX];
        uint8_t *text = (uint8_t *)elements->texts[i].ptr;
        size_t len = number_write_int(digits, 100 + i);
        memcpy(text, digits, len);
        if (elements->texts[i].len < len) elements->texts[i].len = len;
    }
}

static void hash_restored(struct elements *elements)
{
    make_distinct(elements, 0);
    restore_pack(RDB_HASH_LISTPACK, elements);
    check_encoding("listpack");
    check_answer("HGETALL key", elements);
}

TEST(hashes_are_restored)
{
    each_round(hash_restored);
}

static void list_restored(struct elements *elements)
{
    restore_pack(RDB_LIST_QUICKLIST, elements);
    check_answer("LRANGE key 0 -1", elements);
}

TEST(lists_are_restored)
{
    each_round(list_restored);
}

static void zset_restored(struct elements *elements)
{
    make_distinct(elements, 0);
    for (int i = 1; i < elements->count; i += 2) /* ascending */
        elements->texts[i].len = number_write_double((char *)elements->texts[i].ptr, i * 3.25);
    restore_pack(RDB_ZSET_LISTPACK, elements);
    check_encoding("listpack");
    check_answer("ZRANGE key 0 -1 WITHSCORES", elements);
}

TEST(sorted_sets_are_restored)
{
    each_round(zset_restored);
}

static void intset_restored(struct elements *elements)
{
    struct buf payload = {0};
    struct intset *set = intset_new();
    draw_integers(elements, &set);
    rdb_write_byte(&payload, RDB_SET_INTSET);
    rdb_write_string(&payload, intset_view(set));
    restore(&payload);
    check_encoding("intset");
    struct elements answer;
    redisReply *reply = ask("SMEMBERS key", &answer);
    CHECK_INT(answer.count, intset_count(set));
    for (int i = 0; i < answer.count; i++) {
        int64_t integer = 0;
        CHECK(number_parse_int(answer.texts[i], &integer));
        CHECK_INT(integer, intset_get(set, (uint32_t)i));
    }
    freeReplyObject(reply);
    intset_free(set);
    buf_fini(&payload);
}

TEST(sets_of_integers_are_restored)
{
    each_round(intset_restored);
}

static void string_restored(struct elements *elements)
{
    struct buf payload = {0};
    rdb_write_byte(&payload, RDB_STRING);
    rdb_write_string(&payload, elements->texts[0]);
    restore(&payload);
    redisReply *reply = call("GET key");
    CHECK_BYTES(reply->str, reply->len, elements->texts[0].ptr, elements->texts[0].len);
    freeReplyObject(reply);
    buf_fini(&payload);
}

TEST(strings_are_restored)
{
    each_round(string_restored);
}

/* --- Whole values, both ways, in every form ----------------------------------------------------*/

/* Of these, small ones take the form of large ones. */
static struct type_limits draw_limits(void)
{
    struct type_limits limits = type_limits_standard;
    if (below(2)) return limits;
    limits.set_max_intset_entries = below(4);
    limits.set_max_listpack_entries = below(4);
    limits.hash_max_listpack_entries = below(4);
    return limits;
}

static void check_digest(const struct value *value)
{
    char text[2 * SHA1_BYTES + 1];
    struct digest digest = {{0}};
    digest_number(&digest, value->type);
    value_digest(value, &digest);
    for (int i = 0; i < SHA1_BYTES; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", digest.bytes[i]);
    redisReply *reply = call("DEBUG DIGEST-VALUE key");
    REQUIRE(reply->elements == 1);
    CHECK_STR(reply->element[0]->str, text);
    freeReplyObject(reply);
}

/* What redis-server holds is read here, and then goes back. */
static void exchange(const char *form)
{
    struct type_limits limits = draw_limits();
    struct value value;
    struct rdb_reader reader;
    uint8_t type = 0xff;
    check_encoding(form);
    redisReply *reply = call("DUMP key");
    REQUIRE(reply->type == REDIS_REPLY_STRING);
    REQUIRE(rdb_open(&reader, bytes_make(reply->str, reply->len)));
    REQUIRE(rdb_read_byte(&reader, &type));
    REQUIRE(value_restore(&value, &reader, type, &limits, NULL));
    freeReplyObject(reply);
    CHECK(rdb_at_end(&reader));
    value_check(&value);
    check_digest(&value);
    freeReplyObject(call("DEL key"));
    struct buf payload = {0};
    value_dump(&value, &payload, NULL);
    restore(&payload);
    check_digest(&value);
    buf_fini(&payload);
    value_free(&value);
}

static void set_exchanged(struct elements *elements)
{
    send_elements(BYTES("SADD"), elements);
    call_and_drop((struct bytes[]){BYTES("SADD"), BYTES("key"), BYTES("no integer")}, 3);
    exchange("hashtable");
}

TEST(sets_are_exchanged)
{
    each_round(set_exchanged);
}

static void ints_exchanged(struct elements *elements)
{
    struct intset *set = intset_new();
    draw_integers(elements, &set);
    intset_free(set);
    send_elements(BYTES("SADD"), elements);
    exchange("intset");
}

TEST(sets_of_integers_are_exchanged)
{
    each_round(ints_exchanged);
}

static void hash_exchanged(struct elements *elements)
{
    bool large = below(2);
    freeReplyObject(call(large ? "CONFIG SET hash-max-listpack-entries 0"
                               : "CONFIG SET hash-max-listpack-entries 100000"));
    send_elements(BYTES("HSET"), elements);
    exchange(large ? "hashtable" : "listpack");
    freeReplyObject(call("CONFIG SET hash-max-listpack-entries 100000"));
}

TEST(hashes_are_exchanged)
{
    each_round(hash_exchanged);
}

int main(int argc, char **argv)
{
    struct server server;
    struct server_options options = {.oracle = true, .config = config};
    if (!server_start(&server, &options)) return 1;
    context = redisConnectWithTimeout("127.0.0.1", server.port, (struct timeval){.tv_sec = 10});
    if (!context || context->err) return 1;
    redisSetTimeout(context, (struct timeval){.tv_sec = 10});
    int status = test_main(argc, argv);
    redisFree(context);
    if (!server_stop(&server)) return 1;
    server_fini(&server);
    return status;
}

/* --- Streams, both ways ----------------------------------------------------------------------- */

/* XADD key <i>-1 texts ...; every fourth is deleted again. */
static void add_entry(int i, const struct elements *elements)
{
    struct bytes arguments[2 * ELEMENTS_MAX + 3] = {BYTES("XADD"), BYTES("key")};
    char id[32];
    int len = snprintf(id, sizeof id, "%d-%d", 1 + i / 3, 1 + i % 3);
    int from = 2 * (int)below((uint32_t)elements->count / 2);
    int count = elements->count - from > 6 ? 6 : elements->count - from;
    arguments[2] = bytes_make(id, (size_t)len);
    memcpy(&arguments[3], &elements->texts[from], (size_t)count * sizeof elements->texts[0]);
    call_and_drop(arguments, count + 3);
    if (below(4)) return;
    call_and_drop((struct bytes[]){BYTES("XDEL"), BYTES("key"), bytes_make(id, (size_t)len)}, 3);
}

static void add_readers(void)
{
    static const char *const commands[] = {"XGROUP CREATE key one 0",
                                           "XGROUP CREATE key another 3-1 ENTRIESREAD 5",
                                           "XGROUP CREATE key last $",
                                           "XREADGROUP GROUP one bob COUNT 7 STREAMS key >",
                                           "XREADGROUP GROUP one amy COUNT 3 STREAMS key >",
                                           "XACK key one 1-1 2-1 2-2",
                                           "XREADGROUP GROUP another bob STREAMS key >"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        freeReplyObject(call(commands[i]));
}

/* What redis-server wrote is read, written again, and is the same to redis-server. */
static void stream_exchanged(struct elements *elements)
{
    struct rdb_reader reader;
    struct value value;
    struct buf ours = {0};
    int count = 1 + (int)below(30);
    for (int i = 0; i < count; i++)
        add_entry(i, elements);
    if (below(2)) add_readers();
    redisReply *theirs = dump(&reader, RDB_STREAM_2);
    REQUIRE(value_restore(&value, &reader, RDB_STREAM_2, &type_limits_standard, NULL));
    CHECK(rdb_at_end(&reader));
    value_check(&value);
    value_dump(&value, &ours, NULL);
    value_free(&value);
    restore(&ours);
    redisReply *again = dump(&reader, RDB_STREAM_2);
    CHECK_BYTES(again->str, again->len, theirs->str, theirs->len);
    freeReplyObject(theirs);
    freeReplyObject(again);
    buf_fini(&ours);
}

TEST(streams_go_both_ways)
{
    each_round(stream_exchanged);
}
