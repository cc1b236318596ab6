/* Differential tester: the same random commands go to Torc and to redis-server, in pipelined
 * batches, in RESP2 and RESP3, and the replies must be equal byte for byte. Every thousand commands
 * the digests of both data sets must be equal, and a full SCAN of both must find the same keys.
 *
 *   diff [--commands N] [--seed S] [--shards N] [--small] [--notify] [--self] [--plant-reply]
 *        [--plant-key]
 *
 * What cannot be equal is compared by what it means: KEYS as a set, RANDOMKEY by whether there is
 * one, times to live with a tolerance. A difference prints the seed and a shortened script that
 * shows it.
 * `--small`: collections of ours take the forms of large ones from a few elements on.
 * `--notify`: one command at a time, and what keyspace notifications tell of it must be equal, too.
 * `--self` compares redis-server with itself, which tests the tester. So do the last two: they give
 * one side fewer databases, or a key with another value, and then the run must fail. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "diff/block.h"
#include "diff/compare.h"
#include "diff/events.h"
#include "diff/exchange.h"
#include "diff/grammar.h"
#include "support/server.h"
#include "support/wire.h"

#define LINES        2 /* a RESP2 and a RESP3 connection to each */
#define BATCH_MAX    100
#define DIGEST_EVERY 1000
#define SHRINK_MS    20000

struct history {
    struct entry *entries;
    size_t count, capacity;
};

struct options {
    size_t commands;
    uint64_t seed;
    int shards;
    bool self;
    bool small;
    bool notify;
    bool plant_reply, plant_key;
};

struct diff {
    struct options options;
    struct server servers[SIDES];
    struct wire wires[SIDES][LINES];
    struct wire controls[SIDES]; /* for what is not part of the script */
    struct wire listeners[SIDES];
    struct block blocks[LINES];
    struct reply *docs[SIDES];
    struct grammar *grammar;
    struct rng rng;
    struct history history;
};

static struct entry *history_add(struct history *history, int line)
{
    if (history->count == history->capacity) {
        history->capacity = history->capacity * 2 + 1024;
        history->entries = realloc(history->entries, history->capacity * sizeof(struct entry));
        if (!history->entries) abort();
    }
    struct entry *entry = &history->entries[history->count++];
    *entry = (struct entry){.line = line};
    return entry;
}

static void print_words(const struct words *words)
{
    struct text text = {0};
    for (int i = 0; i < words->count; i++) {
        if (i) text_add(&text, " ", 1);
        text_add_quoted(&text, words->data[i], words->lens[i]);
    }
    printf("%s\n", text.data ? text.data : "");
    text_fini(&text);
}

/* `command` key item ..., to the other side alone. */
static void send_items(struct diff *diff, const struct entry *entry, const char *command,
                       const struct reply *reply)
{
    struct words words = {0};
    words_add(&words, command, strlen(command));
    words_add(&words, entry->words.data[1], entry->words.lens[1]);
    if (reply->data) words_add(&words, reply->data, reply->len);
    for (size_t i = 0; i < reply->count; i++)
        words_add(&words, reply->items[i]->data, reply->items[i]->len);
    wire_words_text(&diff->wires[1][entry->line], &words);
    words_fini(&words);
}

/* After both have taken members out of a set, each its own: the other one's set becomes ours. One
 * that has been emptied is as good as ours already. */
static void make_level(struct diff *diff, const struct entry *entry, struct reply *const *replies)
{
    bool some = replies[0]->type != '-' && (replies[0]->data || replies[0]->count);
    struct words words = {0};
    if (!some) return;
    words_add(&words, "EXISTS", 6);
    words_add(&words, entry->words.data[1], entry->words.lens[1]);
    if (strcmp(wire_words_text(&diff->wires[1][entry->line], &words), ":1") == 0) {
        send_items(diff, entry, "SADD", replies[1]);
        send_items(diff, entry, "SREM", replies[0]);
    }
    words_fini(&words);
}

/* What both tell of the keys that have changed, or that were looked for in vain. */
static bool events_are_equal(struct diff *diff, bool with_misses, struct text *texts)
{
    for (int side = 0; side < SIDES; side++) {
        struct wire *listener = &diff->listeners[side], *control = &diff->controls[side];
        texts[side].len = 0;
        text_addf(&texts[side], "events: ");
        if (!events_hear(listener, control, with_misses, &texts[side])) return false;
    }
    return strcmp(texts[0].data, texts[1].data) == 0;
}

static bool has_error(const struct reply *reply)
{
    for (size_t i = 0; i < reply->count; i++)
        if (has_error(reply->items[i])) return true;
    return reply->type == '-';
}

/* SORT looks for the keys of its patterns in the order in which a set keeps its members; and one
 * that is to wait may look for its streams again. */
static bool misses_by_chance(const struct entry *entry)
{
    if (strncasecmp(entry->words.data[0], "sort", 4) == 0) return true;
    for (int i = 1; i < entry->words.count; i++)
        if (strcasecmp(entry->words.data[i], "BLOCK") == 0) return true;
    return false;
}

/* Whether a key was looked for before an error was found is anybody's business. */
static bool misses_matter(const struct block *block, const struct entry *entry,
                          const struct reply *reply)
{
    bool is_exec = entry_is(entry, "EXEC");
    for (size_t i = 0; is_exec && i < block->count; i++)
        if (misses_by_chance(block->queued[i])) return false;
    return !misses_by_chance(entry) && !has_error(reply);
}

/* Reads both replies to the entry. `pops`: it is what takes members out at random. */
static bool read_and_compare(struct diff *diff, const struct entry *entry, bool pops,
                             struct text *texts)
{
    int line = entry->line;
    struct reply *replies[SIDES];
    for (int side = 0; side < SIDES; side++)
        replies[side] = wire_read(&diff->wires[side][line]);
    struct block *block = &diff->blocks[line];
    bool equal = block_compare(block, entry, replies, diff->wires[0][line].resp, texts);
    if (equal && diff->options.notify)
        equal = events_are_equal(diff, misses_matter(block, entry, replies[0]), texts);
    if (equal && pops && !block->is_open) {
        make_level(diff, entry, replies);
        if (diff->options.notify) events_are_equal(diff, true, texts); /* only theirs has some */
    }
    for (int side = 0; side < SIDES; side++)
        reply_free(replies[side]);
    return equal;
}

/* Sends the entries, each line's in one go, to both sides; a change of line is a round trip, and
 * so is what takes members out at random, and everything where notifications are looked at. The
 * index of the first entry with different replies, or `count`. */
static size_t run_entries(struct diff *diff, struct entry *const *entries, size_t count,
                          struct text *texts)
{
    size_t start = 0, most = diff->options.notify ? 1 : BATCH_MAX;
    if (diff->options.notify)
        events_are_equal(diff, true, texts); /* of what was looked at in between */
    while (start < count) {
        int line = entries[start]->line;
        size_t end = start;
        struct text out = {0};
        bool pops = false;
        while (end < count && end - start < most && entries[end]->line == line && !pops) {
            pops = grammar_comparison(&entries[end]->words) == COMPARE_POPPED;
            text_add_command(&out, &entries[end++]->words);
        }
        for (int side = 0; side < SIDES; side++) {
            wire_send(&diff->wires[side][line], out.data, out.len);
        }
        text_fini(&out);
        for (size_t i = start; i < end; i++)
            if (!read_and_compare(diff, entries[i], pops && i + 1 == end, texts)) return i;
        start = end;
    }
    return count;
}

static void disconnect(struct diff *diff)
{
    for (int side = 0; side < SIDES; side++) {
        for (int line = 0; line < LINES; line++)
            wire_close(&diff->wires[side][line]);
        wire_close(&diff->controls[side]);
        wire_close(&diff->listeners[side]);
    }
    for (int line = 0; line < LINES; line++)
        block_fini(&diff->blocks[line]);
}

static bool connect_all(struct diff *diff)
{
    for (int side = 0; side < SIDES; side++) {
        for (int line = 0; line < LINES; line++) {
            struct wire *wire = &diff->wires[side][line];
            if (!wire_open(wire, diff->servers[side].port)) return false;
            if (!wire_hello(wire, line + 2)) return false;
            if (strcmp(wire_command_text(wire, "FLUSHALL"), "+OK") != 0) return false;
        }
        if (!wire_open(&diff->controls[side], diff->servers[side].port)) return false;
        if (!wire_open(&diff->listeners[side], diff->servers[side].port)) return false;
        if (!events_listen(&diff->listeners[side], &diff->controls[side], diff->options.notify))
            return false;
    }
    return true;
}

/* Does a fresh run of these entries still end in a difference at its last one? */
static bool still_differs(struct diff *diff, struct entry *const *entries, size_t count,
                          struct text *texts)
{
    disconnect(diff);
    if (!connect_all(diff)) return false;
    return run_entries(diff, entries, count, texts) == count - 1;
}

/* Drops pieces of the script while it still shows the difference. */
static size_t shrink(struct diff *diff, struct entry **entries, size_t count, struct text *texts)
{
    int64_t deadline = now_ms() + SHRINK_MS;
    struct entry **tried = calloc(count, sizeof(struct entry *));
    for (size_t piece = count / 2; piece && tried; piece /= 2) {
        for (size_t at = 0; at + piece < count && now_ms() < deadline;) {
            memcpy(tried, entries, at * sizeof(*tried));
            memcpy(tried + at, entries + at + piece, (count - at - piece) * sizeof(*tried));
            if (still_differs(diff, tried, count - piece, texts)) {
                count -= piece;
                memcpy(entries, tried, count * sizeof(*tried));
            } else {
                at += piece;
            }
        }
    }
    free(tried);
    return count;
}

static void show_difference(struct diff *diff, size_t end, struct text *texts)
{
    size_t count = end + 1;
    struct entry **entries = calloc(count, sizeof(struct entry *));
    for (size_t i = 0; i < count; i++)
        entries[i] = &diff->history.entries[i];
    printf("FAIL difference at command %zu, seed %" PRIu64 ", %d shards, RESP%d\n  ", end,
           diff->options.seed, diff->options.shards, entries[end]->line + 2);
    print_words(&entries[end]->words);
    printf("  ours:   %.2000s\n  theirs: %.2000s\n", texts[0].data, texts[1].data);
    if (still_differs(diff, entries, count, texts)) {
        count = shrink(diff, entries, count, texts);
        printf("  a script that shows it, from empty (RESP version first):\n");
        size_t skip = count > 60 ? count - 60 : 0;
        for (size_t i = skip; i < count; i++) {
            printf("  %d ", entries[i]->line + 2);
            print_words(&entries[i]->words);
        }
    } else {
        printf("  it does not come again when the commands are replayed\n");
    }
    free(entries);
}

static bool digests_are_equal(struct diff *diff)
{
    char digests[SIDES][128];
    for (int side = 0; side < SIDES; side++) {
        snprintf(digests[side], sizeof(digests[side]), "%s",
                 wire_command_text(&diff->controls[side], "DEBUG DIGEST"));
    }
    if (*digests[0] == '+' && strcmp(digests[0], digests[1]) == 0) return true;
    printf("FAIL digests differ after %zu commands, seed %" PRIu64 ", %d shards\n"
           "  ours:   %s\n  theirs: %s\n",
           diff->history.count, diff->options.seed, diff->options.shards, digests[0], digests[1]);
    return false;
}

/* What a key holds, as a command shows it. */
static void show_value(struct wire *wire, const char *key)
{
    static const char *const words[][4] = {
        {"GET", NULL},      {"LRANGE", "0", "-1", NULL},
        {"SMEMBERS", NULL}, {"ZRANGE", "0", "-1", "WITHSCORES"},
        {"HGETALL", NULL},  {"XRANGE", "-", "+", NULL},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        struct words command = {0};
        words_add(&command, words[i][0], strlen(words[i][0]));
        words_add(&command, key, strlen(key));
        for (int j = 1; j < 4 && words[i][j]; j++)
            words_add(&command, words[i][j], strlen(words[i][j]));
        const char *text = wire_words_text(wire, &command);
        if (strncmp(text, "-WRONGTYPE", 10) != 0) printf("    %.1000s\n", text);
        words_fini(&command);
    }
}

/* After different digests: which keys of a database differ? */
static void show_values_of(struct diff *diff, int database)
{
    for (int i = 0; i < GRAMMAR_KEY_COUNT; i++) {
        char key[32], texts[SIDES][128];
        grammar_key(i, key, sizeof(key));
        for (int side = 0; side < SIDES; side++) {
            struct words words = {0};
            words_add(&words, "DEBUG", 5);
            words_add(&words, "DIGEST-VALUE", 12);
            words_add(&words, key, strlen(key));
            snprintf(texts[side], sizeof(texts[side]), "%s",
                     wire_words_text(&diff->controls[side], &words));
            words_fini(&words);
        }
        if (strcmp(texts[0], texts[1]) == 0) continue;
        printf("  key %d of database %d, ours and theirs:\n", i, database);
        for (int side = 0; side < SIDES; side++)
            show_value(&diff->controls[side], key);
    }
}

static void show_values(struct diff *diff)
{
    for (int database = 0; database < 16; database++) {
        char line[32];
        snprintf(line, sizeof(line), "SELECT %d", database);
        for (int side = 0; side < SIDES; side++)
            wire_command_text(&diff->controls[side], line);
        show_values_of(diff, database);
    }
}

static bool check_digests(struct diff *diff)
{
    if (digests_are_equal(diff)) return true;
    show_values(diff);
    return false;
}

/* A full iteration: the keys, once each, in order, as text. */
static bool scan_all(struct wire *wire, const char *options, struct text *text)
{
    char cursor[32] = "0", line[128];
    struct reply all = {.type = '*'};
    bool ok = true;
    for (int rounds = 0; ok && rounds < 10000; rounds++) {
        snprintf(line, sizeof(line), "SCAN %s %s", cursor, options);
        struct reply *reply = wire_command(wire, line);
        ok = reply && reply->type == '*' && reply->count == 2;
        for (size_t i = 0; ok && i < reply->items[1]->count; i++) {
            all.items = realloc(all.items, (all.count + 1) * sizeof(*all.items));
            all.items[all.count++] = reply->items[1]->items[i];
            reply->items[1]->items[i] = NULL; /* taken */
        }
        if (ok) snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
        if (strcmp(cursor, "0") == 0) break;
    }
    compare_print_sorted(all.items, all.count, 1, wire->resp, text);
    for (size_t i = 0; i < all.count; i++)
        reply_free(all.items[i]);
    free(all.items);
    return ok && strcmp(cursor, "0") == 0;
}

static bool visit_all(struct wire *wire)
{
    struct text text = {0};
    bool ok = scan_all(wire, "", &text);
    text_fini(&text);
    return ok;
}

/* Right after a full SCAN, which has removed what had expired. */
static bool sizes_are_equal(struct diff *diff)
{
    char size[32];
    snprintf(size, sizeof(size), "%s", wire_command_text(&diff->controls[0], "DBSIZE"));
    return strcmp(size, wire_command_text(&diff->controls[1], "DBSIZE")) == 0;
}

static bool check_scan(struct diff *diff, int database)
{
    static const char *const options[] = {"", "COUNT 3", "MATCH *1* COUNT 100", "TYPE string"};
    const char *option = rng_below(&diff->rng, 4) ? "" : options[rng_below(&diff->rng, 4)];
    struct text texts[SIDES] = {{0}, {0}};
    char line[32];
    bool ok = true;
    snprintf(line, sizeof(line), "SELECT %d", database);
    for (int side = 0; side < SIDES; side++) {
        wire_command_text(&diff->controls[side], line);
        ok = scan_all(&diff->controls[side], option, &texts[side]) && ok;
        ok = visit_all(&diff->controls[side]) && ok;
    }
    ok = ok && strcmp(texts[0].data, texts[1].data) == 0 && sizes_are_equal(diff);
    if (!ok) {
        printf("FAIL SCAN %s or DBSIZE differs in database %d, seed %" PRIu64
               "\n  ours:   %s\n  theirs: %s\n",
               option, database, diff->options.seed, texts[0].data, texts[1].data);
    }
    for (int side = 0; side < SIDES; side++)
        text_fini(&texts[side]);
    return ok;
}

static bool check_scans(struct diff *diff)
{
    for (int database = 0; database < (diff->options.plant_reply ? 8 : 16); database++) {
        if (!check_scan(diff, database)) return false;
    }
    return true;
}

/* Of one database, the first one most of the time. */
static bool check_dumps(struct diff *diff)
{
    int database = rng_below(&diff->rng, 4) ? 0 : (int)rng_below(&diff->rng, 8);
    if (exchange_all(&diff->controls[0], &diff->controls[1], database)) return true;
    printf("  seed %" PRIu64 ", %d shards\n", diff->options.seed, diff->options.shards);
    return false;
}

static void add_script(struct diff *diff, int line)
{
    struct words script[GRAMMAR_SCRIPT_MAX] = {{0}};
    size_t count = grammar_random_script(diff->grammar, &diff->rng, script);
    for (size_t i = 0; i < count; i++)
        history_add(&diff->history, line)->words = script[i];
}

static bool run_batch(struct diff *diff, size_t count)
{
    struct entry *entries[BATCH_MAX + GRAMMAR_SCRIPT_MAX] = {NULL};
    struct text texts[SIDES] = {{0}, {0}};
    size_t start = diff->history.count;
    int line = (int)rng_below(&diff->rng, LINES);
    while (diff->history.count - start < count)
        add_script(diff, line);
    count = diff->history.count - start;
    for (size_t i = 0; i < count; i++)
        entries[i] = &diff->history.entries[start + i];
    size_t different = run_entries(diff, entries, count, texts);
    if (different < count) show_difference(diff, start + different, texts);
    for (int side = 0; side < SIDES; side++)
        text_fini(&texts[side]);
    return different == count;
}

static void plant(struct diff *diff)
{
    printf("planting a difference after %zu commands\n", diff->history.count);
    wire_command_text(&diff->controls[0], "SET planted value");
    wire_command_text(&diff->controls[1], "SET planted difference");
}

static bool run_all(struct diff *diff)
{
    size_t next_digest = DIGEST_EVERY;
    while (diff->history.count < diff->options.commands) {
        size_t left = diff->options.commands - diff->history.count;
        size_t count = 1 + rng_below(&diff->rng, BATCH_MAX);
        bool before = diff->history.count < diff->options.commands / 2;
        if (!run_batch(diff, count < left ? count : left)) return false;
        if (diff->options.plant_key && before &&
            diff->history.count >= diff->options.commands / 2) {
            plant(diff);
        }
        if (diff->history.count < next_digest) continue;
        next_digest += DIGEST_EVERY;
        if (!check_scans(diff) || !check_digests(diff) || !check_dumps(diff)) return false;
    }
    return check_scans(diff) && check_digests(diff) && check_dumps(diff);
}

/* Few elements make a HyperLogLog dense; payloads are looked at closely. */
static void choose_args(const struct diff *diff, int side, const char **args)
{
    static const char *const small[] = {
        "--set-max-listpack-entries",  "2", "--set-max-intset-entries", "2",
        "--hash-max-listpack-entries", "2", "--list-max-listpack-size", "3",
        "--list-compress-depth",       "1"};
    size_t count = 0;
    if (diff->options.small) { /* on both sides: small ones have no -0 */
        args[count++] = "--zset-max-listpack-entries";
        args[count++] = "2";
    }
    args[count++] = "--hll-sparse-max-bytes";
    args[count++] = "120";
    if (side == 1 || diff->options.self) {
        args[count++] = "--sanitize-dump-payload";
        args[count++] = "yes";
    }
    bool is_small = diff->options.small && side == 0;
    for (size_t i = 0; is_small && i < sizeof(small) / sizeof(*small); i++)
        args[count++] = small[i];
    if (side == 1 && diff->options.plant_reply) {
        args[count++] = "--databases";
        args[count++] = "8";
    }
    args[count] = NULL;
}

/* Small nodes, on both sides: what is trimmed in whole nodes depends on them. */
static bool set_stream_nodes(struct diff *diff)
{
    for (int side = 0; side < SIDES; side++) {
        const char *reply =
            wire_command_text(&diff->controls[side], "CONFIG SET stream-node-max-entries 7");
        if (strcmp(reply, "+OK") != 0) return false;
    }
    return true;
}

static bool start_servers(struct diff *diff)
{
    for (int side = 0; side < SIDES; side++) {
        const char *args[24];
        choose_args(diff, side, args);
        struct server_options options = {.oracle = side == 1 || diff->options.self,
                                         .shards = diff->options.shards,
                                         .args = args};
        if (!server_start(&diff->servers[side], &options)) return false;
    }
    return connect_all(diff) && set_stream_nodes(diff);
}

static bool load_grammar(struct diff *diff)
{
    for (int side = 0; side < SIDES; side++) {
        diff->docs[side] = wire_command(&diff->wires[side][0], "COMMAND DOCS");
        if (!diff->docs[side]) return false;
    }
    diff->grammar = grammar_new(diff->docs[0], diff->docs[1]);
    if (!diff->grammar) printf("FAIL no grammar\n");
    return diff->grammar != NULL;
}

static bool stop_servers(struct diff *diff)
{
    bool ok = true;
    disconnect(diff);
    for (int side = 0; side < SIDES; side++) {
        if (diff->servers[side].pid) ok = server_stop(&diff->servers[side]) && ok;
        server_fini(&diff->servers[side]);
    }
    return ok;
}

static void free_all(struct diff *diff)
{
    for (size_t i = 0; i < diff->history.count; i++)
        words_fini(&diff->history.entries[i].words);
    free(diff->history.entries);
    grammar_free(diff->grammar);
    for (int side = 0; side < SIDES; side++)
        reply_free(diff->docs[side]);
}

static bool parse_options(struct options *options, int argc, char **argv)
{
    *options = (struct options){.commands = 100000, .shards = 3};
    options->seed = (uint64_t)unix_now_ms() * 1000 + (uint64_t)getpid() % 1000;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--self") == 0) {
            options->self = true;
        } else if (strcmp(argv[i], "--small") == 0) {
            options->small = true;
        } else if (strcmp(argv[i], "--notify") == 0) {
            options->notify = true;
        } else if (strcmp(argv[i], "--plant-reply") == 0) {
            options->plant_reply = true;
        } else if (strcmp(argv[i], "--plant-key") == 0) {
            options->plant_key = true;
        } else if (strcmp(argv[i], "--commands") == 0 && more) {
            options->commands = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            options->seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--shards") == 0 && more) {
            options->shards = atoi(argv[++i]);
        } else {
            return false;
        }
    }
    return options->commands > 0;
}

int main(int argc, char **argv)
{
    static struct diff diff;
    if (!parse_options(&diff.options, argc, argv)) {
        fprintf(stderr,
                "usage: %s [--commands N] [--seed S] [--shards N] [--small] [--notify] [--self] "
                "[--plant-reply] [--plant-key]\n",
                argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    diff.rng.state = diff.options.seed;
    bool ok = start_servers(&diff) && load_grammar(&diff);
    if (ok) {
        printf("diff: seed %" PRIu64 ", %zu commands of %d kinds, %d shards\n", diff.options.seed,
               diff.options.commands, grammar_count(diff.grammar), diff.options.shards);
        ok = run_all(&diff);
    }
    ok = stop_servers(&diff) && ok;
    free_all(&diff);
    printf("diff: %d passed, %d failed\n", ok ? 1 : 0, ok ? 0 : 1);
    return ok ? 0 : 1;
}
