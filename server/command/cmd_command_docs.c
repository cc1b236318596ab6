#include "command/cmd_command_docs.h"

#include "base/check.h"
#include "command/syntax.h"

struct text_field {
    const char *name, *value;
};

static void write_fields(struct writer *out, const struct text_field *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!fields[i].value) continue;
        writer_bulk_string(out, fields[i].name);
        writer_bulk_string(out, fields[i].value);
    }
}

static void write_deprecated_flag(struct writer *out)
{
    writer_bulk_string(out, "doc_flags");
    writer_set(out, 1);
    writer_status(out, BYTES("deprecated"));
}

static void write_argument_flags(struct writer *out, uint32_t flags)
{
    static const char *const names[] = {"optional", "multiple", "multiple_token"};
    writer_bulk_string(out, "flags");
    writer_set(out, (size_t)__builtin_popcount(flags));
    for (uint32_t i = 0; i < 3; i++)
        if (flags & 1u << i) writer_status(out, bytes_of_string(names[i]));
}

static void write_arguments(struct writer *out, const struct syntax *first);

static void write_argument(struct writer *out, const struct syntax *argument)
{
    bool has_key = argument->key_spec >= 0, has_token = argument->token.len > 0;
    writer_map(out,
               2 + has_key + has_token + (argument->flags != 0) + (argument->children != NULL));
    writer_bulk_string(out, "name");
    writer_bulk(out, argument->name);
    writer_bulk_string(out, "type");
    writer_bulk_string(out, syntax_type_name(argument->type));
    if (has_key) {
        writer_bulk_string(out, "key_spec_index");
        writer_int(out, argument->key_spec);
    }
    if (has_token) {
        writer_bulk_string(out, "token");
        writer_bulk(out, argument->token);
    }
    if (argument->flags) write_argument_flags(out, argument->flags);
    if (!argument->children) return;
    writer_bulk_string(out, "arguments");
    write_arguments(out, argument->children);
}

static void write_arguments(struct writer *out, const struct syntax *first)
{
    uint32_t count = 0;
    for (const struct syntax *argument = first; argument; argument = argument->next)
        count++;
    writer_array(out, count);
    for (; first; first = first->next)
        write_argument(out, first);
}

static void write_subcommands(struct call *call, const struct command *rows)
{
    uint32_t count = 0;
    while (rows[count].name)
        count++;
    writer_bulk_string(&call->out, "subcommands");
    writer_map(&call->out, count);
    for (uint32_t i = 0; i < count; i++)
        command_docs_write(call, &rows[i]);
}

void command_docs_write(struct call *call, const struct command *row)
{
    const struct text_field fields[] = {{"summary", row->summary},
                                        {"since", row->since},
                                        {"group", row->group},
                                        {"complexity", row->complexity},
                                        {"deprecated_since", row->deprecated_since},
                                        {"replaced_by", row->replaced_by}};
    enum { FIELDS = sizeof fields / sizeof *fields };
    struct syntax *arguments;
    uint32_t count = 0;
    bool parsed = syntax_parse(row, call->scratch, &arguments);
    ASSERT(parsed);
    for (uint32_t i = 0; i < FIELDS; i++)
        count += fields[i].value != NULL;
    count += row->deprecated_since != NULL; /* its flag */
    writer_bulk_string(&call->out, row->full_name);
    writer_map(&call->out, count + (arguments != NULL) + (row->subcommands != NULL));
    write_fields(&call->out, fields, FIELDS);
    if (row->deprecated_since) write_deprecated_flag(&call->out);
    if (arguments) {
        writer_bulk_string(&call->out, "arguments");
        write_arguments(&call->out, arguments);
    }
    if (row->subcommands) write_subcommands(call, row->subcommands);
}
