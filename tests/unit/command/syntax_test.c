/* The syntax of arguments: trees beside the trees that they should be, and every row of every
 * table. */
#include "command/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "command/registry.h"
#include "commands.h"
#include "mem/buf.h"
#include "support/check.h"

static void print(struct buf *out, const struct syntax *node);

static void print_list(struct buf *out, const struct syntax *node)
{
    for (; node; node = node->next) {
        print(out, node);
        if (node->next) buf_append_string(out, " ");
    }
}

/* name:type, a token before it, its children in brackets, ? optional, * multiple, ** token too. */
static void print(struct buf *out, const struct syntax *node)
{
    if (node->type != SYNTAX_PURE_TOKEN && node->token.len)
        buf_printf(out, "%.*s=", (int)node->token.len, (const char *)node->token.ptr);
    buf_printf(out, "%.*s:%s", (int)node->name.len, (const char *)node->name.ptr,
               syntax_type_name(node->type));
    if (node->key_spec >= 0) buf_printf(out, "%d", node->key_spec);
    if (node->children) {
        buf_append_string(out, "(");
        print_list(out, node->children);
        buf_append_string(out, ")");
    }
    if (node->flags & SYNTAX_OPTIONAL) buf_append_string(out, "?");
    if (node->flags & SYNTAX_MULTIPLE) buf_append_string(out, "*");
    if (node->flags & SYNTAX_MULTIPLE_TOKEN) buf_append_string(out, "*");
}

static void check(const char *file, int line, const struct command *row, const char *expected)
{
    struct arena arena;
    struct syntax *arguments;
    struct buf text = {0};
    arena_init(&arena);
    if (!syntax_parse(row, &arena, &arguments))
        test_fail(file, line, "'%s' does not parse", row->syntax);
    else
        print_list(&text, arguments);
    buf_append(&text, bytes_make("", 1));
    test_check_str((const char *)text.ptr, expected, file, line, row->syntax);
    buf_fini(&text);
    arena_fini(&arena);
}

TEST(words_and_tokens)
{
    static const struct command get = {.name = "get", .keys = KEYS_ONE(KEY_RO), .syntax = "key"};
    static const struct command empty = {.name = "ping"};
    check(__FILE__, __LINE__, &get, "key:key0");
    check(__FILE__, __LINE__, &empty, "");
}

TEST(trees)
{
    static const struct {
        const char *name, *syntax, *tree;
    } cases[] = {
        {"ping", "[message]", "message:string?"},
        {"config", "parameter value [parameter value ...]",
         "parameter_value:block(parameter:string value:string)*"},
        {"info", "[section ...]", "section:string?*"},
        {"flushall", "[ASYNC | SYNC]", "async_sync:oneof(async:pure-token sync:pure-token)?"},
        {"hello", "[protover [AUTH username password] [SETNAME clientname]]",
         "protover_username_password_clientname:block(protover:integer "
         "AUTH=username_password:block(username:string password:string)? "
         "SETNAME=clientname:string?)?"},
        {"client", "<ON | OFF>", "on_off:oneof(on:pure-token off:pure-token)"},
        {"incrbyfloat", "increment", "increment:double"},
        {"increx", "[BYFLOAT increment | BYINT increment]",
         "increment_increment:oneof(BYFLOAT=increment:double BYINT=increment:integer)?"},
        {"shutdown", "[[NOSAVE | SAVE] [NOW] [FORCE] | ABORT]",
         "nosave_save_now_force_abort:oneof(nosave_save_now_force:block("
         "nosave_save:oneof(nosave:pure-token save:pure-token)? now:pure-token? "
         "force:pure-token?) abort:pure-token)?"},
        {"sort", "[LIMIT offset count] [GET pattern [GET pattern ...]]",
         "LIMIT=offset_count:block(offset:integer count:integer)? GET=pattern:pattern?**"},
        {"x", "FIELDS numfields field [field ...]",
         "FIELDS=numfields_field:block(numfields:integer field:string*)"},
        {"x", "[TYPE <normal | pubsub>]", "TYPE=normal_pubsub:oneof(normal:string pubsub:string)?"},
        {"x", "[COUNT count [ANY]]", "count_any:block(COUNT=count:integer any:pure-token?)?"},
        {"x", "[KEYS name [name ...]]", "KEYS=name:string?*"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct command row = {.name = cases[i].name, .syntax = cases[i].syntax};
        check(__FILE__, __LINE__, &row, cases[i].tree);
    }
}

TEST(keys_and_their_specifications)
{
    static const struct command rows[] = {
        {.name = "copy", .keys = KEYS_TWO(KEY_RO, KEY_OW), .syntax = "source destination"},
        {.name = "lcs", .keys = {{KEYS_RANGE, 1, 2, 1, KEY_RO}}, .syntax = "key1 key2"},
        {.name = "mset",
         .keys = {{KEYS_RANGE, 1, -1, 2, KEY_OW}},
         .syntax = "key value [key value ...]"},
        {.name = "keys", .syntax = "key"},
    };
    check(__FILE__, __LINE__, &rows[0], "source:key0 destination:key1");
    check(__FILE__, __LINE__, &rows[1], "key1:key0 key2:key0");
    check(__FILE__, __LINE__, &rows[2], "key_value:block(key:key0 value:string)*");
    check(__FILE__, __LINE__, &rows[3], "key:string"); /* the row has no keys */
}

TEST(mistakes)
{
    static const char *const bad[] = {"[a",  "a]",    "<a | b",    "[]", "a |",  "[a | ]",
                                      "...", "a ...", "[a ... b]", "<>", "[[a]", "TOKEN <a"};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct command row = {.name = "x", .syntax = bad[i]};
        struct syntax *arguments;
        if (syntax_parse(&row, &arena, &arguments))
            test_fail(__FILE__, __LINE__, "'%s' was taken", bad[i]);
    }
    arena_fini(&arena);
}

/* What an argument stands for: at least so many words, or 0 when it may be left out. */
static int count_words(const struct syntax *node)
{
    int count = 0;
    if (node->flags & SYNTAX_OPTIONAL) return 0;
    if (node->token.len && node->type != SYNTAX_PURE_TOKEN) count++;
    if (node->type == SYNTAX_ONEOF) {
        int least = 1000;
        for (const struct syntax *child = node->children; child; child = child->next)
            if (count_words(child) < least) least = count_words(child);
        return count + least;
    }
    if (node->type != SYNTAX_BLOCK) return count + 1;
    for (const struct syntax *child = node->children; child; child = child->next)
        count += count_words(child);
    return count;
}

/* DEBUG counts its arguments itself; of CLIENT KILL's filters at least one is needed. */
static bool is_loose(const struct command *row)
{
    return row->subcommands || !strncmp(row->full_name, "debug|", 6) ||
           !strcmp(row->full_name, "client|kill");
}

/* The shortest call that the syntax allows has the arity of the row. */
TEST(every_row)
{
    struct registry *registry = registry_new(command_tables);
    struct arena arena;
    arena_init(&arena);
    for (uint32_t id = 0; id < registry_count(registry); id++) {
        const struct command *row = registry_row(registry, id);
        struct syntax *arguments;
        if (!syntax_parse(row, &arena, &arguments)) {
            test_fail(__FILE__, __LINE__, "%s: '%s' does not parse", row->full_name, row->syntax);
            continue;
        }
        int words = 1 + (strchr(row->full_name, '|') != NULL), arity = row->arity;
        for (const struct syntax *node = arguments; node; node = node->next)
            words += count_words(node);
        if (!is_loose(row) && words != abs(arity))
            test_fail(__FILE__, __LINE__, "%s: '%s' has %d words at least, its arity is %d",
                      row->full_name, row->syntax ? row->syntax : "", words, arity);
    }
    arena_fini(&arena);
    registry_free(registry);
}
