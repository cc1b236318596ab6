#include "command/cmd_command.h"

#include "base/glob.h"
#include "command/category.h"
#include "command/cmd_command_docs.h"
#include "command/cmd_command_info.h"
#include "command/keys.h"
#include "command/registry.h"
#include "command/reply.h"

static struct outcome info_of_all(struct call *call)
{
    uint32_t count = registry_top_count(call->registry);
    writer_array(&call->out, count);
    for (uint32_t i = 0; i < count; i++)
        command_info_write(&call->out, registry_row(call->registry, i));
    return reply_written(call);
}

/* Also called for a subcommand that nobody knows. */
static struct outcome cmd_command(struct call *call)
{
    if (call->arg_count == 1) return info_of_all(call);
    struct bytes word = call->args[1];
    return reply_error(call, "ERR unknown subcommand '%.*s'. Try COMMAND HELP.",
                       (int)(word.len < 128 ? word.len : 128), (const char *)word.ptr);
}

static struct outcome cmd_command_count(struct call *call)
{
    return reply_int(call, registry_top_count(call->registry));
}

static struct outcome cmd_command_info(struct call *call)
{
    if (call->arg_count == 2) return info_of_all(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        const struct command *row = registry_find_full(call->registry, call->args[i]);
        if (row)
            command_info_write(&call->out, row);
        else
            writer_null(&call->out);
    }
    return reply_written(call);
}

static struct outcome docs_of_all(struct call *call)
{
    uint32_t count = registry_top_count(call->registry);
    writer_map(&call->out, count);
    for (uint32_t i = 0; i < count; i++)
        command_docs_write(call, registry_row(call->registry, i));
    return reply_written(call);
}

/* Names that nobody knows are passed over. */
static struct outcome cmd_command_docs(struct call *call)
{
    if (call->arg_count == 2) return docs_of_all(call);
    struct chunk *hole = writer_hole(&call->out);
    uint32_t found = 0;
    for (uint32_t i = 2; i < call->arg_count; i++) {
        const struct command *row = registry_find_full(call->registry, call->args[i]);
        if (!row) continue;
        command_docs_write(call, row);
        found++;
    }
    writer_close_map(&call->out, hole, found);
    return reply_written(call);
}

struct list_filter {
    enum { LIST_ALL, LIST_NOTHING, LIST_CATEGORY, LIST_PATTERN } kind;
    uint32_t category;
    struct bytes pattern;
};

static bool read_filter(const struct call *call, struct list_filter *filter)
{
    *filter = (struct list_filter){LIST_ALL};
    if (call->arg_count == 2) return true;
    if (call->arg_count != 5 || !bytes_is(call->args[2], "filterby")) return false;
    struct bytes kind = call->args[3], value = call->args[4];
    if (bytes_is(kind, "pattern")) {
        *filter = (struct list_filter){LIST_PATTERN, .pattern = value};
        return true;
    }
    if (!bytes_is(kind, "module") && !bytes_is(kind, "aclcat")) return false;
    filter->kind = LIST_NOTHING; /* there are no modules, and maybe no such category */
    if (bytes_is(kind, "aclcat") && category_find(value, &filter->category))
        filter->kind = LIST_CATEGORY;
    return true;
}

static bool passes(const struct list_filter *filter, const struct command *row)
{
    if (filter->kind == LIST_CATEGORY) return category_has(filter->category, row);
    if (filter->kind == LIST_PATTERN)
        return glob_match_nocase(filter->pattern, bytes_of_string(row->full_name));
    return filter->kind == LIST_ALL;
}

static struct outcome cmd_command_list(struct call *call)
{
    struct list_filter filter;
    if (!read_filter(call, &filter)) return reply_syntax(call);
    struct chunk *hole = writer_hole(&call->out);
    uint32_t found = 0;
    for (uint32_t i = 0; i < registry_count(call->registry); i++) {
        const struct command *row = registry_row(call->registry, i);
        if (!passes(&filter, row)) continue;
        writer_bulk_string(&call->out, row->full_name);
        found++;
    }
    writer_close_array(&call->out, hole, found);
    return reply_written(call);
}

/* The row that arguments 2 and following would run. */
static const struct command *find_quoted(const struct call *call)
{
    const struct command *row = registry_find(call->registry, call->args[2]);
    if (!row || !row->subcommands || call->arg_count < 4) return row;
    return registry_find_sub(row, call->args[3]);
}

static bool arity_fits(const struct command *row, uint32_t arg_count)
{
    return row->arity < 0 ? arg_count >= (uint32_t)-row->arity : arg_count == (uint32_t)row->arity;
}

/* What is found stands in `keys`; else the error has been replied. */
static bool find_keys(struct call *call, struct key_list *keys)
{
    const struct command *row = find_quoted(call);
    uint32_t count = call->arg_count - 2;
    if (!row) {
        reply_error(call, "ERR Invalid command specified");
    } else if (!row->keys[0].kind) {
        reply_error(call, "ERR The command has no key arguments");
    } else if (!arity_fits(row, count)) {
        reply_error(call, "ERR Invalid number of arguments specified for command");
    } else if (!keys_extract(row, call->args + 2, count, call->scratch, keys) || !keys->count) {
        reply_error(call, "ERR Invalid arguments specified for command");
    } else {
        return true;
    }
    return false;
}

static struct outcome cmd_command_getkeys(struct call *call)
{
    struct key_list keys;
    if (!find_keys(call, &keys)) return reply_written(call);
    writer_array(&call->out, keys.count);
    for (uint32_t i = 0; i < keys.count; i++)
        writer_bulk(&call->out, call->args[keys.items[i].index + 2]);
    return reply_written(call);
}

static struct outcome cmd_command_getkeysandflags(struct call *call)
{
    struct key_list keys;
    if (!find_keys(call, &keys)) return reply_written(call);
    writer_array(&call->out, keys.count);
    for (uint32_t i = 0; i < keys.count; i++) {
        writer_array(&call->out, 2);
        writer_bulk(&call->out, call->args[keys.items[i].index + 2]);
        command_info_write_key_flags(&call->out, keys.items[i].flags);
    }
    return reply_written(call);
}

static struct outcome cmd_command_help(struct call *call)
{
    static const char *const lines[] = {
        "(no subcommand)",
        "    Every command there is, with all that is known of it.",
        "COUNT",
        "    How many commands there are.",
        "DOCS [<command-name> ...]",
        "    Documentation of these commands, or of all.",
        "GETKEYS <full-command>",
        "    Which of the arguments of a whole command are keys.",
        "GETKEYSANDFLAGS <full-command>",
        "    The same, and how each key is used.",
        "INFO [<command-name> ...]",
        "    What is known of these commands, or of all.",
        "LIST [FILTERBY <MODULE|ACLCAT|PATTERN> <value>]",
        "    Names of commands: all, or those of a category, or those that match.",
        NULL};
    return reply_help(call, lines);
}

#define FLAGS CMD_LOADING | CMD_STALE | CMD_SENTINEL | CMD_FRONT
#define NO_KEYS                                                                                    \
    {                                                                                              \
        {                                                                                          \
            KEYS_NONE                                                                              \
        }                                                                                          \
    }
#define ORDER .tips = "nondeterministic_output_order"

/* clang-format off */
static const struct command subcommands[] = {
    {"count", cmd_command_count, 2, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "2.8.13", "O(1)",
     NULL, "The number of commands."},
    {"docs", cmd_command_docs, -2, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "7.0.0",
     "O(N) for N commands", "[command-name ...]",
     "Documentation of commands, with a tree of their arguments.", ORDER},
    {"getkeys", cmd_command_getkeys, -4, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "2.8.13",
     "O(N) for N arguments", "command arg [arg ...]",
     "Which of the arguments of a whole command are keys."},
    {"getkeysandflags", cmd_command_getkeysandflags, -4, FLAGS, ACL_CONNECTION, NO_KEYS, "server",
     "7.0.0", "O(N) for N arguments", "command arg [arg ...]",
     "The keys of a whole command, and how it uses each."},
    {"help", cmd_command_help, 2, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "5.0.0", "O(1)", NULL,
     "What the subcommands do."},
    {"info", cmd_command_info, -2, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "2.8.13",
     "O(N) for N commands", "[command-name ...]",
     "Arity, flags, keys and categories of commands.", ORDER},
    {"list", cmd_command_list, -2, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "7.0.0",
     "O(N) for N commands",
     "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
     "Names of commands.", ORDER},
    {.name = NULL},
};

const struct command cmd_command_table[] = {
    {"command", cmd_command, -1, FLAGS, ACL_CONNECTION, NO_KEYS, "server", "2.8.13",
     "O(N) for N commands", NULL,
     "Every command there is, with all that is known of it.", subcommands, ORDER},
    {.name = NULL},
};
/* clang-format on */
