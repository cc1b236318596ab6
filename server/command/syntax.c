#include "command/syntax.h"

#include <ctype.h>

#include "base/check.h"

/* What is being read. `at` stands at the next lexeme. */
struct reader {
    const uint8_t *at, *end;
    const struct command *row;
    struct arena *scratch;
    int keys_seen;
    bool failed;
};

/* Nodes in the making, as long as more may follow. */
struct list {
    struct syntax *first, *last;
    uint32_t count;
};

static void list_add(struct list *list, struct syntax *node)
{
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    list->count++;
}

static bool is_bracket(uint8_t byte)
{
    return byte == '[' || byte == ']' || byte == '<' || byte == '>' || byte == '|';
}

/* The next bracket, bar or word, without moving; empty at the end. */
static struct bytes peek(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
    const uint8_t *end = reader->at;
    if (end < reader->end && is_bracket(*end)) return bytes_make(end, 1);
    while (end < reader->end && *end != ' ' && !is_bracket(*end))
        end++;
    return bytes_make(reader->at, (size_t)(end - reader->at));
}

static void skip(struct reader *reader, struct bytes lexeme)
{
    reader->at = lexeme.ptr + lexeme.len;
}

static bool skip_if(struct reader *reader, const char *text)
{
    struct bytes lexeme = peek(reader);
    if (!bytes_equal(lexeme, bytes_of_string(text))) return false;
    skip(reader, lexeme);
    return true;
}

static bool is_word(struct bytes lexeme)
{
    return lexeme.len && !is_bracket(lexeme.ptr[0]);
}

/* Without small letters: to be written as it stands. */
static bool is_token(struct bytes lexeme)
{
    if (!is_word(lexeme)) return false;
    for (size_t i = 0; i < lexeme.len; i++)
        if (islower(lexeme.ptr[i])) return false;
    return true;
}

static bool is_placeholder(struct bytes lexeme)
{
    return is_word(lexeme) && !is_token(lexeme);
}

static bool starts_with(struct bytes text, const char *start)
{
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.ptr, start, len) == 0;
}

static bool ends_with(struct bytes text, const char *end)
{
    size_t len = strlen(end);
    return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

static bool is_one_of(struct bytes text, const char *const *words)
{
    for (; *words; words++)
        if (bytes_equal(text, bytes_of_string(*words))) return true;
    return false;
}

static bool names_key(struct bytes name)
{
    static const char *const names[] = {"key",     "key1",   "key2",        "newkey",
                                        "destkey", "source", "destination", "sourcekey",
                                        "dst",     "src",    NULL};
    return is_one_of(name, names);
}

static bool names_integer(struct bytes name)
{
    static const char *const names[] = {"seconds",   "milliseconds",
                                        "start",     "end",
                                        "stop",      "offset",
                                        "count",     "decrement",
                                        "increment", "db",
                                        "index",     "index1",
                                        "index2",    "timeout",
                                        "protover",  "cursor",
                                        "len",       "version",
                                        "maxage",    "slot",
                                        "shard",     "bits",
                                        "ttl",       "destination-db",
                                        "client-id", "min-match-len",
                                        "port",      "rank",
                                        "exactly",   "bit",
                                        "limit",     NULL};
    return starts_with(name, "num") || is_one_of(name, names);
}

static bool names_double(struct bytes name)
{
    static const char *const names[] = {"score",  "weight", "longitude", "latitude",
                                        "radius", "width",  "height",    NULL};
    return is_one_of(name, names);
}

/* `token` is what stands before it. What is called an increment is a fraction where the command or
 * the token has FLOAT in its name. */
static enum syntax_type type_of(const struct reader *reader, struct bytes name, struct bytes token)
{
    bool is_float =
        ends_with(token, "FLOAT") || ends_with(bytes_of_string(reader->row->name), "float");
    if (names_key(name) && reader->row->keys[0].kind) return SYNTAX_KEY;
    if (bytes_equal(name, BYTES("pattern"))) return SYNTAX_PATTERN;
    if (starts_with(name, "unix-time")) return SYNTAX_UNIX_TIME;
    if (is_float && bytes_equal(name, BYTES("increment"))) return SYNTAX_DOUBLE;
    if (names_integer(name)) return SYNTAX_INTEGER;
    bool is_bitmap = reader->row->group && !strcmp(reader->row->group, "bitmap");
    if (is_bitmap && bytes_equal(name, BYTES("value"))) return SYNTAX_INTEGER;
    return names_double(name) ? SYNTAX_DOUBLE : SYNTAX_STRING;
}

static struct syntax *new_node(struct reader *reader, enum syntax_type type, struct bytes source)
{
    struct syntax *node = arena_alloc(reader->scratch, sizeof *node);
    *node = (struct syntax){.type = type, .source = source, .name = source, .key_spec = -1};
    return node;
}

static struct bytes lower(struct reader *reader, struct bytes text)
{
    uint8_t *copy = arena_alloc(reader->scratch, text.len);
    for (size_t i = 0; i < text.len; i++)
        copy[i] = byte_lower(text.ptr[i]);
    return bytes_make(copy, text.len);
}

/* "nosave_save": how a group is called that has no name of its own. */
static struct bytes join_names(struct reader *reader, const struct syntax *children)
{
    size_t len = 0;
    for (const struct syntax *child = children; child; child = child->next)
        len += child->name.len + 1;
    uint8_t *text = arena_alloc(reader->scratch, len), *at = text;
    for (const struct syntax *child = children; child; child = child->next) {
        if (at != text) *at++ = '_';
        at = mempcpy(at, child->name.ptr, child->name.len);
    }
    return bytes_make(text, (size_t)(at - text));
}

static bool has_token(const struct syntax *first, const char *token)
{
    for (; first; first = first->next)
        if (bytes_equal(first->token, bytes_of_string(token))) return true;
    return false;
}

/* Choices that many commands have in common have a name; others are called "nosave_save". */
static struct bytes name_of_choice(struct reader *reader, const struct syntax *children)
{
    if (has_token(children, "NX") || has_token(children, "IFEQ")) return BYTES("condition");
    if (has_token(children, "PX")) return BYTES("expiration");
    return join_names(reader, children);
}

static struct bytes span(struct bytes first, struct bytes last)
{
    return bytes_make(first.ptr, (size_t)(last.ptr + last.len - first.ptr));
}

static struct syntax *new_group(struct reader *reader, enum syntax_type type,
                                const struct list *children)
{
    ASSERT(children->first);
    struct bytes source = span(children->first->source, children->last->source);
    struct syntax *group = new_node(reader, type, source);
    group->children = children->first;
    group->name = type == SYNTAX_ONEOF ? name_of_choice(reader, children->first)
                                       : join_names(reader, children->first);
    return group;
}

/* Does the bracket at which the reader stands repeat something: [... ...]? Then *text is what. */
static bool find_repetition(struct reader *reader, struct bytes *text)
{
    struct reader ahead = *reader;
    struct bytes lexeme = peek(&ahead), last = {0};
    skip(&ahead, lexeme);
    struct bytes first = peek(&ahead);
    for (int depth = 1; depth;) {
        lexeme = peek(&ahead);
        if (!lexeme.len) return false;
        skip(&ahead, lexeme);
        depth += lexeme.ptr[0] == '[';
        depth -= lexeme.ptr[0] == ']';
        if (!depth) break;
        if (depth == 1 && bytes_equal(lexeme, BYTES("..."))) {
            if (!last.ptr || !skip_if(&ahead, "]")) return false;
            *text = span(first, last);
            *reader = ahead;
            return true;
        }
        last = lexeme;
    }
    return false;
}

/* The last `count` nodes of the list become one. */
static struct syntax *wrap_last(struct reader *reader, struct list *list, uint32_t count)
{
    struct list kept = {0}, wrapped = {0};
    uint32_t keep = list->count - count;
    struct syntax *node = list->first;
    while (node) {
        struct syntax *next = node->next;
        node->next = NULL;
        list_add(kept.count < keep ? &kept : &wrapped, node);
        node = next;
    }
    struct syntax *block = new_group(reader, SYNTAX_BLOCK, &wrapped);
    list_add(&kept, block);
    *list = kept;
    return block;
}

static struct bytes source_of_last(const struct list *list, uint32_t count)
{
    const struct syntax *node = list->first;
    for (uint32_t i = list->count - count; i; i--)
        node = node->next;
    return span(node->source, list->last->source);
}

/* x [x ...]: what of the list is repeated by `text`? */
static bool mark_repeated(struct reader *reader, struct list *list, struct bytes text)
{
    for (uint32_t count = 1; count <= list->count; count++) {
        struct bytes source = source_of_last(list, count);
        if (!bytes_equal(source, text)) continue;
        struct syntax *node = count == 1 ? list->last : wrap_last(reader, list, count);
        node->flags |= SYNTAX_MULTIPLE;
        if (node->token.len) node->flags |= SYNTAX_MULTIPLE_TOKEN;
        return true;
    }
    return false;
}

static void parse_sequence(struct reader *reader, struct list *list);

/* What a list of alternatives, or of one, comes to. The list is not empty. */
static struct syntax *collapse(struct reader *reader, const struct list *list,
                               enum syntax_type type)
{
    if (list->count == 1) return list->first;
    return new_group(reader, type, list);
}

/* a | b | ... up to the closing bracket, which is taken. */
static struct syntax *parse_alternatives(struct reader *reader, const char *closing)
{
    struct list alternatives = {0};
    do {
        struct list sequence = {0};
        parse_sequence(reader, &sequence);
        if (reader->failed || !sequence.count) {
            reader->failed = true;
            return NULL;
        }
        list_add(&alternatives, collapse(reader, &sequence, SYNTAX_BLOCK));
    } while (skip_if(reader, "|"));
    if (!skip_if(reader, closing)) reader->failed = true;
    return reader->failed ? NULL : collapse(reader, &alternatives, SYNTAX_ONEOF);
}

/* At a text that stands by itself: [x ...] without an x before it. */
static struct syntax *parse_text(struct reader *reader, struct bytes text)
{
    struct reader inner = *reader;
    struct list list = {0};
    inner.at = text.ptr;
    inner.end = text.ptr + text.len;
    parse_sequence(&inner, &list);
    reader->keys_seen = inner.keys_seen;
    if (inner.failed || !list.count || peek(&inner).len) {
        reader->failed = true;
        return NULL;
    }
    return collapse(reader, &list, SYNTAX_BLOCK);
}

static void parse_repetition(struct reader *reader, struct list *list, struct bytes text)
{
    if (mark_repeated(reader, list, text)) return;
    struct syntax *node = parse_text(reader, text);
    if (!node) return;
    node->flags |= SYNTAX_OPTIONAL | SYNTAX_MULTIPLE;
    if (node->token.len) node->flags |= SYNTAX_MULTIPLE_TOKEN;
    list_add(list, node);
}

static void parse_optional(struct reader *reader, struct list *list)
{
    struct bytes text;
    if (find_repetition(reader, &text)) {
        parse_repetition(reader, list, text);
        return;
    }
    struct bytes opening = peek(reader);
    skip(reader, opening);
    struct syntax *node = parse_alternatives(reader, "]");
    if (!node) return;
    node->flags |= SYNTAX_OPTIONAL;
    node->source = bytes_make(opening.ptr, (size_t)(reader->at - opening.ptr));
    list_add(list, node);
}

static struct syntax *parse_choice(struct reader *reader)
{
    struct bytes opening = peek(reader);
    skip(reader, opening);
    struct syntax *node = parse_alternatives(reader, ">");
    if (node) node->source = bytes_make(opening.ptr, (size_t)(reader->at - opening.ptr));
    return node;
}

static struct syntax *parse_placeholder(struct reader *reader, struct bytes token)
{
    struct bytes word = peek(reader);
    skip(reader, word);
    struct syntax *node = new_node(reader, type_of(reader, word, token), word);
    if (node->type == SYNTAX_KEY) node->key_spec = reader->keys_seen++;
    return node;
}

/* The arguments behind a token: words, with repetitions among them. */
static void parse_token_arguments(struct reader *reader, struct bytes token, struct list *list)
{
    struct bytes text;
    for (;;) {
        struct bytes lexeme = peek(reader);
        if (is_placeholder(lexeme)) {
            list_add(list, parse_placeholder(reader, token));
            continue;
        }
        struct reader ahead = *reader;
        if (!lexeme.len || lexeme.ptr[0] != '[' || !find_repetition(&ahead, &text)) return;
        if (!mark_repeated(reader, list, text)) return; /* repeats the token as well */
        reader->at = ahead.at;
    }
}

static struct syntax *parse_token(struct reader *reader)
{
    struct bytes token = peek(reader);
    struct list list = {0};
    skip(reader, token);
    if (bytes_equal(peek(reader), BYTES("<"))) {
        struct syntax *choice = parse_choice(reader);
        if (choice) list_add(&list, choice);
    } else {
        parse_token_arguments(reader, token, &list);
    }
    if (reader->failed) return NULL;
    struct syntax *node = list.count ? collapse(reader, &list, SYNTAX_BLOCK)
                                     : new_node(reader, SYNTAX_PURE_TOKEN, token);
    if (!list.count) node->name = lower(reader, token);
    node->token = token;
    node->source = span(token, node->source);
    return node;
}

static void parse_sequence(struct reader *reader, struct list *list)
{
    while (!reader->failed) {
        struct bytes lexeme = peek(reader);
        struct syntax *node = NULL;
        if (!lexeme.len || lexeme.ptr[0] == '|' || lexeme.ptr[0] == ']' || lexeme.ptr[0] == '>')
            return;
        if (lexeme.ptr[0] == '[') {
            parse_optional(reader, list);
            continue;
        }
        if (bytes_equal(lexeme, BYTES("...")))
            reader->failed = true; /* it stands at the end of brackets only */
        else if (lexeme.ptr[0] == '<')
            node = parse_choice(reader);
        else if (is_token(lexeme))
            node = parse_token(reader);
        else
            node = parse_placeholder(reader, (struct bytes){0});
        if (node) list_add(list, node);
    }
}

/* Keys beyond the last specification belong to it: KEY1 and KEY2 of one range. */
static void settle_key_specs(struct syntax *node, int spec_count)
{
    for (; node; node = node->next) {
        if (node->key_spec >= spec_count) node->key_spec = spec_count - 1;
        settle_key_specs(node->children, spec_count);
    }
}

bool syntax_parse(const struct command *row, struct arena *scratch, struct syntax **arguments)
{
    struct bytes text = bytes_of_string(row->syntax ? row->syntax : "");
    struct reader reader = {text.ptr, text.ptr + text.len, row, scratch, 0, false};
    struct list list = {0};
    int spec_count = 0;
    while (spec_count < KEY_SPEC_MAX && row->keys[spec_count].kind)
        spec_count++;
    parse_sequence(&reader, &list);
    settle_key_specs(list.first, spec_count);
    *arguments = list.first;
    return !reader.failed && !peek(&reader).len;
}

const char *syntax_type_name(enum syntax_type type)
{
    static const char *const names[] = {"string",    "integer",    "double", "key",  "pattern",
                                        "unix-time", "pure-token", "oneof",  "block"};
    return names[type];
}
