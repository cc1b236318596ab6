/* COMMAND and its subcommands. The words of DOCS are Torc's own; names, arity, flags and key
 * positions are those of Redis. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

WIRE_TEST(getkeys)
{
    CHECK_REPLY(c, "COMMAND GETKEYS GET a", "[\"a\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS MSET a 1 b 2", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS MGET a b d", "[\"a\", \"b\", \"d\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS DEL a a", "[\"a\", \"a\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS RENAME a b", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS OBJECT ENCODING a", "[\"a\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS LCS a b LEN", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS GET",
                "-ERR wrong number of arguments for 'command|getkeys' command");
    CHECK_REPLY(c, "COMMAND GETKEYS GET a b",
                "-ERR Invalid number of arguments specified for command");
    CHECK_REPLY(c, "COMMAND GETKEYS PING a", "-ERR The command has no key arguments");
    CHECK_REPLY(c, "COMMAND GETKEYS NONSENSE a", "-ERR Invalid command specified");
    CHECK_REPLY(c, "COMMAND GETKEYS",
                "-ERR wrong number of arguments for 'command|getkeys' command");
}

/* What a key is used for may depend on the options. */
TORC_TEST(flags_of_conditions)
{
    static const char *const conditions[] = {"IFEQ x", "ifne x", "IFDEQ x", "IFDNE x"};
    char line[128];
    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        snprintf(line, sizeof(line), "COMMAND GETKEYSANDFLAGS SET a 1 %s", conditions[i]);
        CHECK_REPLY(c, line,
                    BY_RESP(c, "[[\"a\", [+RW, +access, +update]]]",
                            "[[\"a\", ~[+RW, +access, +update]]]"));
    }
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS DELEX a",
                BY_RESP(c, "[[\"a\", [+RM, +delete]]]", "[[\"a\", ~[+RM, +delete]]]"));
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS DELEX a IFEQ x",
                BY_RESP(c, "[[\"a\", [+RW, +delete]]]", "[[\"a\", ~[+RW, +delete]]]"));
    CHECK_LIKE(c, "COMMAND INFO delex", "[[\"delex\"*[+RW, +delete, +variable_flags]*]]");
}

TORC_TEST(getkeys_of_newer_commands)
{
    CHECK_REPLY(c, "COMMAND GETKEYS MSETEX 2 a 1 b 2 NX", "[\"a\", \"b\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS DELEX a IFEQ x", "[\"a\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS INCREX a BYINT 1", "[\"a\"]");
    CHECK_REPLY(c, "COMMAND GETKEYS DIGEST a", "[\"a\"]");
}

WIRE_TEST(getkeysandflags)
{
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS SET a 1",
                BY_RESP(c, "[[\"a\", [+OW, +update]]]", "[[\"a\", ~[+OW, +update]]]"));
    CHECK_REPLY(
        c, "COMMAND GETKEYSANDFLAGS SET a 1 GET",
        BY_RESP(c, "[[\"a\", [+RW, +access, +update]]]", "[[\"a\", ~[+RW, +access, +update]]]"));
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS COPY a b",
                BY_RESP(c, "[[\"a\", [+RO, +access]], [\"b\", [+OW, +update]]]",
                        "[[\"a\", ~[+RO, +access]], [\"b\", ~[+OW, +update]]]"));
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS DEL a",
                BY_RESP(c, "[[\"a\", [+RM, +delete]]]", "[[\"a\", ~[+RM, +delete]]]"));
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS EXISTS a",
                BY_RESP(c, "[[\"a\", [+RO]]]", "[[\"a\", ~[+RO]]]"));
    CHECK_REPLY(c, "COMMAND GETKEYSANDFLAGS NONSENSE a", "-ERR Invalid command specified");
}

WIRE_TEST(info_of_get)
{
    CHECK_LIKE(
        c, "COMMAND INFO get",
        BY_RESP(c,
                "[[\"get\", :2, [+readonly, +fast], :1, :1, :1, [+@read, +@string, +@fast], "
                "[*], [[\"flags\", [+RO, +access], \"begin_search\", [\"type\", \"index\", "
                "\"spec\", [\"index\", :1]], \"find_keys\", [\"type\", \"range\", \"spec\", "
                "[\"lastkey\", :0, \"keystep\", :1, \"limit\", :0]]]], []]]",
                "[[\"get\", :2, ~[+readonly, +fast], :1, :1, :1, ~[+@read, +@string, "
                "+@fast], ~[*], ~[{\"flags\": ~[+RO, +access], \"begin_search\": {\"type\": "
                "\"index\", \"spec\": {\"index\": :1}}, \"find_keys\": {\"type\": \"range\", "
                "\"spec\": {\"lastkey\": :0, \"keystep\": :1, \"limit\": :0}}}], ~[]]]"));
}

/* [name, arity, flags, first, last, step, ACL categories ...] of some rows, up to the tips. */
WIRE_TEST(info_rows)
{
    static const char *const rows[][2] = {
        {"set", "\"set\", :-3, [+write, +denyoom], :1, :1, :1, [+@write, +@string, +@slow]"},
        {"mset", "\"mset\", :-3, [+write, +denyoom], :1, :-1, :2, [+@write, +@string, +@slow]"},
        {"del", "\"del\", :-2, [+write], :1, :-1, :1, [+@keyspace, +@write, +@slow]"},
        {"incr", "\"incr\", :2, [+write, +denyoom, +fast], :1, :1, :1, "
                 "[+@write, +@string, +@fast]"},
        {"rename", "\"rename\", :3, [+write], :1, :2, :1, [+@keyspace, +@write, +@slow]"},
        {"ping", "\"ping\", :-1, [+fast], :0, :0, :0, [+@fast, +@connection]"},
        {"lcs", "\"lcs\", :-3, [+readonly], :1, :2, :1, [+@read, +@string, +@slow]"},
        {"getex", "\"getex\", :-2, [+write, +fast], :1, :1, :1, [+@write, +@string, +@fast]"},
        {"expire", "\"expire\", :-3, [+write, +fast], :1, :1, :1, [+@keyspace, +@write, +@fast]"},
        {"keys", "\"keys\", :2, [+readonly], :0, :0, :0, "
                 "[+@keyspace, +@read, +@slow, +@dangerous]"},
        {"select", "\"select\", :2, [+loading, +stale, +fast], :0, :0, :0, "
                   "[+@fast, +@connection]"},
        {"flushall", "\"flushall\", :-1, [+write], :0, :0, :0, "
                     "[+@keyspace, +@write, +@slow, +@dangerous]"},
    };
    char line[64], pattern[512];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(line, sizeof(line), "COMMAND INFO %s", rows[i][0]);
        int len = snprintf(pattern, sizeof(pattern), "[[%s, ", rows[i][1]);
        for (int at = len - 1; c->resp == 3 && at > 1; at--) {
            if (pattern[at] != '[') continue; /* RESP3 has sets where RESP2 has arrays */
            memmove(pattern + at + 1, pattern + at, strlen(pattern + at) + 1);
            pattern[at] = '~';
        }
        snprintf(pattern + strlen(pattern), sizeof(pattern) - strlen(pattern), "*]]");
        CHECK_LIKE(c, line, pattern);
    }
}

WIRE_TEST(info_of_unknown_and_many)
{
    CHECK_REPLY(c, "COMMAND INFO nonsense", "[nil]");
    CHECK_LIKE(c, "COMMAND INFO get nonsense SET", "[[\"get\"*], nil*, [\"set\"*]]");
    CHECK_LIKE(c, "COMMAND INFO config|get", "[[\"config|get\", :-3, *]]");
    CHECK_LIKE(c, "COMMAND INFO config", "[[\"config\", :-2*[\"config|*]]");
}

/* Among so many sets, subcommands stand in an array. */
WIRE_TEST(info_of_subcommands)
{
    struct reply *info = wire_command(c, "COMMAND INFO object get");
    REQUIRE(info && info->count == 2 && info->items[0]->count == 10);
    const struct reply *subcommands = info->items[0]->items[9];
    CHECK_INT(subcommands->type, '*');
    CHECK_INT(subcommands->count, 5);
    CHECK_INT(info->items[1]->items[9]->type, c->resp == 3 ? '~' : '*');
    reply_free(info);
}

WIRE_TEST(info_with_notes)
{
    CHECK_LIKE(c, "COMMAND INFO set", "[[\"set\"*\"notes\"*GET*\"flags\"*[+RW, *]]");
}

WIRE_TEST(count_and_list)
{
    struct reply *list = wire_command(c, "COMMAND LIST");
    REQUIRE(list && list->type == '*');
    char expected[32];
    int count = 0; /* the list has the subcommands too */
    for (size_t i = 0; i < list->count; i++)
        count += !strchr(list->items[i]->data, '|');
    snprintf(expected, sizeof(expected), ":%d", count);
    CHECK_REPLY(c, "COMMAND COUNT", expected);
    CHECK(count > 50);
    reply_free(list);
    struct reply *all = wire_command(c, "COMMAND");
    REQUIRE(all && all->type == '*');
    snprintf(expected, sizeof(expected), ":%zu", all->count);
    CHECK_REPLY(c, "COMMAND COUNT", expected);
    reply_free(all);
    struct reply *info = wire_command(c, "COMMAND INFO");
    REQUIRE(info && info->type == '*');
    snprintf(expected, sizeof(expected), ":%zu", info->count);
    CHECK_REPLY(c, "COMMAND COUNT", expected);
    reply_free(info);
}

static bool lists(struct wire *c, const char *line, const char *name)
{
    struct reply *list = wire_command(c, line);
    bool found = false;
    for (size_t i = 0; list && list->type == '*' && i < list->count; i++) {
        if (strcmp(list->items[i]->data, name) == 0) found = true;
    }
    reply_free(list);
    return found;
}

WIRE_TEST(list_filters)
{
    CHECK(lists(c, "COMMAND LIST", "get"));
    CHECK(lists(c, "COMMAND LIST FILTERBY ACLCAT string", "get"));
    CHECK(!lists(c, "COMMAND LIST FILTERBY ACLCAT string", "del"));
    CHECK(lists(c, "COMMAND LIST FILTERBY ACLCAT keyspace", "del"));
    CHECK(lists(c, "COMMAND LIST FILTERBY PATTERN getr*", "getrange"));
    CHECK(!lists(c, "COMMAND LIST FILTERBY PATTERN getr*", "get"));
    CHECK(lists(c, "COMMAND LIST FILTERBY PATTERN config|*", "config|get"));
    CHECK_REPLY(c, "COMMAND LIST FILTERBY ACLCAT nope", "[]");
    CHECK_REPLY(c, "COMMAND LIST FILTERBY MODULE none", "[]");
    CHECK_REPLY(c, "COMMAND LIST FILTERBY PATTERN nope*", "[]");
    CHECK_REPLY(c, "COMMAND LIST FILTERBY", "-ERR syntax error");
    CHECK_REPLY(c, "COMMAND LIST FILTERBY NONSENSE x", "-ERR syntax error");
}

WIRE_TEST(docs)
{
    struct reply *docs = wire_command(c, "COMMAND DOCS SET get");
    REQUIRE(docs && docs->type == (c->resp == 3 ? '%' : '*') && docs->count == 4);
    const struct reply *set = reply_find(docs, "set");
    REQUIRE(set && reply_find(docs, "get"));
    const struct reply *group = reply_find(set, "group");
    REQUIRE(group && group->data);
    CHECK_STR(group->data, "string");
    CHECK(reply_find(set, "summary") && reply_find(set, "since") && reply_find(set, "complexity"));
    const struct reply *arguments = reply_find(set, "arguments");
    REQUIRE(arguments && arguments->type == '*' && arguments->count >= 5);
    const struct reply *type = reply_find(arguments->items[0], "type");
    REQUIRE(type && type->data);
    CHECK_STR(type->data, "key");
    reply_free(docs);
    CHECK_REPLY(c, "COMMAND DOCS nonsense", BY_RESP(c, "[]", "{}"));
}

WIRE_TEST(docs_of_deprecated_commands)
{
    static const char *const names[][2] = {{"getset", "6.2.0"}, {"substr", "2.0.0"}};
    struct reply *docs = wire_command(c, "COMMAND DOCS getset substr");
    REQUIRE(docs && docs->count == 4);
    for (size_t i = 0; i < 2; i++) {
        const struct reply *entry = reply_find(docs, names[i][0]);
        REQUIRE(entry);
        const struct reply *since = reply_find(entry, "deprecated_since");
        const struct reply *flags = reply_find(entry, "doc_flags");
        REQUIRE(since && flags && flags->count == 1 && reply_find(entry, "replaced_by"));
        CHECK_STR(since->data, names[i][1]);
        CHECK_STR(flags->items[0]->data, "deprecated");
        CHECK_INT(flags->type, c->resp == 3 ? '~' : '*');
    }
    reply_free(docs);
}

static const char *name_of_argument(const struct reply *docs, const char *command, size_t index)
{
    const struct reply *entry = reply_find(docs, command);
    const struct reply *arguments = entry ? reply_find(entry, "arguments") : NULL;
    if (!arguments || arguments->count <= index) return "";
    return reply_find(arguments->items[index], "name")->data;
}

/* Groups of options that many commands have are called as redis-server calls them. */
WIRE_TEST(docs_name_groups)
{
    struct reply *docs = wire_command(c, "COMMAND DOCS set getex expire");
    REQUIRE(docs);
    CHECK_STR(name_of_argument(docs, "set", 2), "condition");
    CHECK_STR(name_of_argument(docs, "set", 4), "expiration");
    CHECK_STR(name_of_argument(docs, "getex", 1), "expiration");
    CHECK_STR(name_of_argument(docs, "expire", 2), "condition");
    reply_free(docs);
}

/* Every command has its documentation, and every one of them is in the list. */
WIRE_TEST(docs_of_all)
{
    struct reply *list = wire_command(c, "COMMAND LIST");
    struct reply *docs = wire_command(c, "COMMAND DOCS");
    REQUIRE(list && docs);
    int missing = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i]->data;
        if (strchr(name, '|') || reply_find(docs, name)) continue;
        test_fail(__FILE__, __LINE__, "%s has no documentation", name);
        missing++;
    }
    CHECK_INT(missing, 0);
    for (size_t i = 1; i < docs->count; i += 2) {
        CHECK(reply_find(docs->items[i], "summary") != NULL);
        CHECK(reply_find(docs->items[i], "group") != NULL);
    }
    reply_free(list);
    reply_free(docs);
}

WIRE_TEST(errors)
{
    CHECK_REPLY(c, "COMMAND NONSENSE", "-ERR unknown subcommand 'NONSENSE'. Try COMMAND HELP.");
    CHECK_REPLY(c, "COMMAND COUNT x", "-ERR wrong number of arguments for 'command|count' command");
    CHECK_LIKE(c, "COMMAND HELP", "[+*COMMAND*+HELP, *]");
}
