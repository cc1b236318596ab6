#include "fuzz/sequence.h"

#include <stdio.h>

#include "admin/config_rows.h"
#include "base/clock.h"
#include "command/syntax.h"
#include "fuzz/fuzz_clock.h"

enum {
    ARGS_MAX = 600,
    LARGE_MIN = 1000,    /* what makes LCS, which costs the product of two lengths, too slow */
    BULK_KEYS_MAX = 200, /* of one slot, at once: a table grows */
};

/* A command in the making. */
struct draft {
    const struct command *row;
    struct choices *choices;
    struct bytes args[ARGS_MAX];
    uint32_t count;
    uint32_t key_count; /* what `numkeys` said; 0: it has not */
    struct arena *scratch;
};

struct sequence {
    struct world *world;
    struct choices *choices;
    struct arena scratch;
    bool has_large; /* some value may be long */
};

static const char *const keys[] = {
    "a",  "b",  "c",   "{a}1", "{a}2", "{t}1", "{t}2", "{t}3",
    "k1", "k2", "k:3", "",     "{}x",  "{a",   "0",    "a key that is longer than others are",
};

static const char *const integers[] = {
    "0",
    "1",
    "-1",
    "2",
    "3",
    "5",
    "10",
    "-2",
    "16",
    "100",
    "255",
    "256",
    "1000",
    "16383",
    "2147483647",
    "4294967296",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775808",
    "1048575",
    "01",
    "+1",
    " 1",
    "1.5",
};

static const char *const doubles[] = {
    "0",
    "1",
    "-1",
    "0.1",
    "3.0e3",
    "1e400",
    "-1e400",
    "nan",
    "inf",
    "-inf",
    "1e-320",
    "5e-324",
    "1.7976931348623157e308",
    "123456789.123456789",
    "0x10",
    "(1",
};

static const char *const patterns[] = {"*", "?", "a*", "{t}*", "[ab]", "[^a]*", "\\a", "*[", "k?"};

static const char *const values[] = {
    "",     "0",      "1",        "-1",  "10", "hello",   "Hello World", "9223372036854775807",
    "3.25", "a\r\nb", "\xff\xfe", "yes", "no", "default", "ohmytext",    "mynewtext",
};

#define PICK(choices, list) (list)[choose_below((choices), sizeof(list) / sizeof *(list))]

static void add(struct draft *draft, struct bytes arg)
{
    if (draft->count < ARGS_MAX) draft->args[draft->count++] = arg;
}

static struct bytes keep_format(struct draft *draft, const char *format, long long number)
    __attribute__((format(printf, 2, 0)));

static struct bytes keep_format(struct draft *draft, const char *format, long long number)
{
    enum { SIZE = 48 };
    char *text = arena_alloc(draft->scratch, SIZE);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int len = snprintf(text, SIZE, format, number);
#pragma GCC diagnostic pop
    return bytes_make(text, (size_t)len);
}

static struct bytes repeat(struct draft *draft, size_t len)
{
    uint8_t *text = arena_alloc(draft->scratch, len + 1);
    memset(text, 'x', len);
    return bytes_make(text, len);
}

static struct bytes draw_literal(struct draft *draft)
{
    return choose_bytes(draft->choices, choose_below(draft->choices, 12));
}

static struct bytes draw_value(struct draft *draft)
{
    static const uint16_t lens[] = {30, 44, 63, 64, 200, 999, 4000, 16383, 16384, 20000, 33000};
    uint8_t kind = choose_byte(draft->choices);
    if (kind < 128) return bytes_of_string(PICK(draft->choices, values));
    if (kind < 170) return draw_literal(draft);
    if (kind < 220) return bytes_of_string(PICK(draft->choices, integers));
    return repeat(draft, PICK(draft->choices, lens));
}

static struct bytes draw_key(struct draft *draft)
{
    uint8_t kind = choose_byte(draft->choices);
    if (kind < 224) return bytes_of_string(keys[kind % (sizeof keys / sizeof *keys)]);
    if (kind < 240) return keep_format(draft, "{t}%lld", choose_byte(draft->choices));
    return draw_literal(draft);
}

static struct bytes draw_integer(struct draft *draft)
{
    uint8_t kind = choose_byte(draft->choices);
    if (kind < 200) return bytes_of_string(PICK(draft->choices, integers));
    return keep_format(draft, "%lld", kind - 228);
}

/* Soon, long ago, or anything; in seconds or in milliseconds. */
static struct bytes draw_time(struct draft *draft)
{
    uint8_t kind = choose_byte(draft->choices);
    long long offset = choose_byte(draft->choices) - 64, now_us = clock_realtime_us();
    if (kind < 100) return keep_format(draft, "%lld", now_us / 1000000 + offset);
    if (kind < 200) return keep_format(draft, "%lld", now_us / 1000 + offset * 50);
    return draw_integer(draft);
}

/* The number of keys, mostly the right one. */
static struct bytes draw_key_count(struct draft *draft)
{
    draft->key_count = 1 + choose_below(draft->choices, 3);
    if (choose_byte(draft->choices) > 230) return draw_integer(draft);
    return keep_format(draft, "%lld", draft->key_count);
}

static bool is_named(const struct command *row, const char *name)
{
    return !strcmp(row->full_name, name);
}

/* Texts of which only a few mean something; empty: this is none of them. */
static struct bytes draw_known(struct draft *draft, const struct syntax *node)
{
    static const char *const types[] = {"string",   "integer", "double", "bignum", "null",
                                        "array",    "set",     "map",    "attrib", "push",
                                        "verbatim", "true",    "false"};
    static const char *const settings[] = {
        "yes", "no", "1", "100", "2mb", "5%", "debug", "pubsub 32mb 8mb 60", "normal 1 1 1"};
    if (bytes_is(node->name, "parameter")) {
        uint32_t row = choose_below(draft->choices, config_row_count());
        return bytes_of_string(config_row_at(row)->name);
    }
    if (is_named(draft->row, "debug|protocol")) return bytes_of_string(PICK(draft->choices, types));
    if (is_named(draft->row, "config|set")) return bytes_of_string(PICK(draft->choices, settings));
    return (struct bytes){0};
}

static struct bytes draw_argument(struct draft *draft, const struct syntax *node)
{
    struct bytes known = draw_known(draft, node);
    if (known.len) return known;
    switch (node->type) {
    case SYNTAX_KEY: return draw_key(draft);
    case SYNTAX_INTEGER:
        return bytes_is(node->name, "numkeys") ? draw_key_count(draft) : draw_integer(draft);
    case SYNTAX_DOUBLE: return bytes_of_string(PICK(draft->choices, doubles));
    case SYNTAX_PATTERN: return bytes_of_string(PICK(draft->choices, patterns));
    case SYNTAX_UNIX_TIME: return draw_time(draft);
    default: return draw_value(draft);
    }
}

static void draw_nodes(struct draft *draft, const struct syntax *node);

static const struct syntax *choose_child(struct draft *draft, const struct syntax *node)
{
    uint32_t count = 0;
    for (const struct syntax *child = node->children; child; child = child->next)
        count++;
    const struct syntax *child = node->children;
    for (uint32_t i = count ? choose_below(draft->choices, count) : 0; i; i--)
        child = child->next;
    return child;
}

static void draw_node(struct draft *draft, const struct syntax *node);

static void draw_content(struct draft *draft, const struct syntax *node)
{
    if (node->type == SYNTAX_ONEOF) {
        const struct syntax *child = choose_child(draft, node);
        if (child) draw_node(draft, child);
    } else if (node->type == SYNTAX_BLOCK) {
        draw_nodes(draft, node->children);
    } else if (node->type != SYNTAX_PURE_TOKEN) {
        add(draft, draw_argument(draft, node));
    }
}

static uint32_t draw_times(struct draft *draft, const struct syntax *node)
{
    if (node->flags & SYNTAX_OPTIONAL && choose_byte(draft->choices) % 2 == 0) return 0;
    if (!(node->flags & SYNTAX_MULTIPLE)) return 1;
    if (draft->key_count) return draft->key_count;
    return 1 + choose_below(draft->choices, 3);
}

static void draw_node(struct draft *draft, const struct syntax *node)
{
    uint32_t times = draw_times(draft, node);
    for (uint32_t i = 0; i < times; i++) {
        bool with_token = i == 0 || node->flags & SYNTAX_MULTIPLE_TOKEN;
        if (node->token.len && with_token) add(draft, node->token);
        draw_content(draft, node);
    }
}

static void draw_nodes(struct draft *draft, const struct syntax *node)
{
    for (; node; node = node->next)
        draw_node(draft, node);
}

/* A mistake, now and then. */
static void spoil(struct draft *draft)
{
    uint8_t kind = choose_byte(draft->choices);
    uint32_t at = draft->count > 1 ? 1 + choose_below(draft->choices, draft->count - 1) : 0;
    if (kind >= 200 && kind < 215) add(draft, draw_value(draft));
    if (!at) return;
    if (kind >= 215 && kind < 230) draft->args[at] = draw_value(draft);
    if (kind >= 230 && kind < 240) draft->args[at] = draft->args[draft->count - 1];
    if (kind >= 240) draft->count = at;
}

static void draw_command(struct draft *draft)
{
    const struct command *row = draft->row;
    size_t container_len = strlen(row->full_name) - strlen(row->name);
    struct syntax *arguments = NULL;
    if (container_len) add(draft, bytes_make(row->full_name, container_len - 1));
    add(draft, bytes_of_string(row->name));
    if (row->syntax) FUZZ_CHECK(syntax_parse(row, draft->scratch, &arguments));
    draw_nodes(draft, arguments);
    spoil(draft);
}

/* A setting with which the next executions would take seconds, or one that opens ports: this world
 * has none. */
static bool is_setting_left_out(struct bytes name)
{
    const struct config_row *row = config_find(name);
    return row && (row->flags & CONFIG_LISTENS || !strcmp(row->name, "proto-max-bulk-len"));
}

/* What would make one execution take seconds, or cannot be had. */
static bool is_left_out(const struct sequence *sequence, const struct draft *draft)
{
    if (is_named(draft->row, "lcs")) return sequence->has_large;
    if (is_named(draft->row, "debug|stringmatch-len")) return true;
    if (!is_named(draft->row, "config|set")) return false;
    for (uint32_t i = 2; i < draft->count; i++)
        if (is_setting_left_out(draft->args[i])) return true;
    return false;
}

static void note_large(struct sequence *sequence, const struct draft *draft)
{
    if (is_named(draft->row, "setrange")) sequence->has_large = true;
    for (uint32_t i = 0; i < draft->count; i++)
        if (draft->args[i].len >= LARGE_MIN) sequence->has_large = true;
}

static bool is_word(const struct draft *draft, uint32_t at, const char *word)
{
    return at < draft->count && bytes_equal_nocase(draft->args[at], bytes_of_string(word));
}

/* Who hears of what others do gets more than replies; by redirection it may be anybody. */
static void note_listening(struct sequence *sequence, struct peer *peer, const struct draft *draft)
{
    static const char *const words[] = {"subscribe",    "psubscribe",   "ssubscribe", "unsubscribe",
                                        "punsubscribe", "sunsubscribe", "monitor"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(draft, 0, words[i])) peer->is_inexact = true;
    if (!is_word(draft, 0, "client") || !is_word(draft, 1, "tracking")) return;
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        sequence->world->peers[i].is_inexact = true;
}

static void note_protocol(struct peer *peer, const struct draft *draft)
{
    if (is_word(draft, 0, "hello")) peer->may_be_newer = true;
    if (is_word(draft, 0, "debug") && is_word(draft, 1, "protocol")) peer->may_be_newer = true;
    if (is_word(draft, 0, "client") && is_word(draft, 1, "reply")) peer->is_inexact = true;
}

static void write_command(struct buf *out, const struct draft *draft)
{
    buf_printf(out, "*%u\r\n", draft->count);
    for (uint32_t i = 0; i < draft->count; i++) {
        buf_printf(out, "$%zu\r\n", draft->args[i].len);
        buf_append(out, draft->args[i]);
        buf_append_string(out, "\r\n");
    }
}

static void put(struct sequence *sequence, struct peer *peer, const struct draft *draft)
{
    if (is_left_out(sequence, draft)) return;
    note_large(sequence, draft);
    note_protocol(peer, draft);
    note_listening(sequence, peer, draft);
    write_command(&peer->input, draft);
    peer->sent++;
    if (PLANTED && is_word(draft, 0, "getdel") && draft->count == 2) peer->sent++;
}

static void put_command(struct sequence *sequence, struct peer *peer)
{
    struct draft draft = {.choices = sequence->choices, .scratch = &sequence->scratch};
    uint32_t id = choose_below(sequence->choices, registry_count(sequence->world->registry));
    draft.row = registry_row(sequence->world->registry, id);
    draw_command(&draft);
    put(sequence, peer, &draft);
}

/* Many keys of one slot, made or removed by one command. */
static void put_many(struct sequence *sequence, struct peer *peer, bool remove)
{
    struct draft draft = {.choices = sequence->choices, .scratch = &sequence->scratch};
    const char *name = remove ? "del" : "mset";
    uint32_t first = choose_byte(sequence->choices);
    uint32_t count = 1 + choose_below(sequence->choices, BULK_KEYS_MAX);
    draft.row = registry_find(sequence->world->registry, bytes_of_string(name));
    add(&draft, bytes_of_string(name));
    for (uint32_t i = 0; i < count; i++) {
        add(&draft, keep_format(&draft, "{t}%lld", first + i));
        if (!remove) add(&draft, BYTES("v"));
    }
    put(sequence, peer, &draft);
}

/* Bytes as they are: from here on nothing is known of this connection. */
static void put_raw(struct sequence *sequence, struct peer *peer)
{
    peer->is_inexact = peer->may_be_newer = true;
    buf_append(&peer->input, choose_bytes(sequence->choices, choose_byte(sequence->choices)));
}

static void wait_a_while(struct sequence *sequence)
{
    static const int64_t steps_us[] = {1, 1000, 10000, 100000, 1000000, 60000000, 3600000000};
    fuzz_clock_advance_us(PICK(sequence->choices, steps_us));
    world_pass(sequence->world);
}

/* The first byte of a step says what it is, the second who does it, and whether at once. */
static void take_step(struct sequence *sequence)
{
    uint8_t kind = choose_byte(sequence->choices), how = choose_byte(sequence->choices);
    struct peer *peer = &sequence->world->peers[how % WORLD_CLIENTS];
    if (kind < 216)
        put_command(sequence, peer);
    else if (kind < 224)
        wait_a_while(sequence);
    else if (kind < 228)
        world_pass(sequence->world);
    else if (kind < 248)
        put_many(sequence, peer, kind % 2);
    else
        put_raw(sequence, peer);
    bool at_once = how % 8 < 6;
    if (at_once) world_send(sequence->world, peer, how < 128 ? 0 : how * 7u);
}

void sequence_run(struct world *world, struct choices *choices)
{
    struct sequence sequence = {.world = world, .choices = choices};
    arena_init(&sequence.scratch);
    while (choices->at < choices->end)
        take_step(&sequence);
    arena_fini(&sequence.scratch);
}
