#include "command/cmd_command_info.h"

#include "command/category.h"

struct flag_name {
    uint32_t flag;
    const char *name;
};

/* In the order of redis-server; what it hides is not here. */
static const struct flag_name command_flags[] = {
    {CMD_WRITE, "write"},
    {CMD_READ, "readonly"},
    {CMD_DENYOOM, "denyoom"},
    {CMD_ADMIN, "admin"},
    {CMD_PUBSUB, "pubsub"},
    {CMD_NOSCRIPT, "noscript"},
    {CMD_BLOCKING, "blocking"},
    {CMD_LOADING, "loading"},
    {CMD_STALE, "stale"},
    {CMD_SKIP_SLOWLOG, "skip_slowlog"},
    {CMD_FAST, "fast"},
    {CMD_NO_AUTH, "no_auth"},
    {CMD_NO_ASYNC_LOADING, "no_async_loading"},
    {CMD_NO_MULTI, "no_multi"},
    {CMD_ALLOW_BUSY, "allow_busy"},
};

static const struct flag_name key_flags[] = {
    {KEY_RO, "RO"},
    {KEY_RW, "RW"},
    {KEY_OW, "OW"},
    {KEY_RM, "RM"},
    {KEY_ACCESS, "access"},
    {KEY_UPDATE, "update"},
    {KEY_INSERT, "insert"},
    {KEY_DELETE, "delete"},
    {KEY_NOT_KEY, "not_key"},
    {KEY_INCOMPLETE, "incomplete"},
    {KEY_VARIABLE_FLAGS, "variable_flags"},
};

enum {
    COMMAND_FLAGS = sizeof command_flags / sizeof *command_flags,
    KEY_FLAGS = sizeof key_flags / sizeof *key_flags,
};

/* The one pair of numbers and the step by which older clients find keys. */
struct legacy_keys {
    int first, last, step;
    bool movable; /* it does not tell all */
};

static bool is_plain(const struct key_spec *spec, int previous_last)
{
    if (spec->kind != KEYS_RANGE) return false;
    return spec->step == 1 && (!previous_last || previous_last == spec->first - 1);
}

static int last_of(const struct key_spec *spec)
{
    return spec->last ? spec->last : spec->first;
}

/* One range is taken as it is; several count as one if they follow each other. */
static struct legacy_keys legacy_keys_of(const struct command *row)
{
    struct legacy_keys legacy = {0};
    const struct key_spec *keys = row->keys;
    if (keys[0].kind == KEYS_RANGE && !keys[1].kind)
        return (struct legacy_keys){keys[0].first, last_of(&keys[0]), keys[0].step,
                                    keys[0].flags & KEY_INCOMPLETE};
    for (uint32_t i = 0; i < KEY_SPEC_MAX && keys[i].kind; i++) {
        if (!is_plain(&keys[i], legacy.last)) {
            legacy.movable = true;
            continue;
        }
        if (!legacy.first) legacy.first = keys[i].first;
        legacy.last = last_of(&keys[i]);
        legacy.step = 1;
        legacy.movable |= (keys[i].flags & KEY_INCOMPLETE) != 0;
    }
    return legacy;
}

static uint32_t count_flags(const struct flag_name *names, uint32_t count, uint32_t flags)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += (flags & names[i].flag) != 0;
    return found;
}

static void write_flags(struct writer *out, const struct flag_name *names, uint32_t count,
                        uint32_t flags)
{
    for (uint32_t i = 0; i < count; i++)
        if (flags & names[i].flag) writer_status(out, bytes_of_string(names[i].name));
}

static void write_command_flags(struct writer *out, const struct command *row, bool movable)
{
    writer_set(out, count_flags(command_flags, COMMAND_FLAGS, row->flags) + movable);
    write_flags(out, command_flags, COMMAND_FLAGS, row->flags);
    if (movable) writer_status(out, BYTES("movablekeys"));
}

void command_info_write_key_flags(struct writer *out, uint16_t flags)
{
    writer_set(out, count_flags(key_flags, KEY_FLAGS, flags));
    write_flags(out, key_flags, KEY_FLAGS, flags);
}

static void write_categories(struct writer *out, const struct command *row)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < category_count(); i++)
        found += category_has(i, row);
    writer_set(out, found);
    for (uint32_t i = 0; i < category_count(); i++) {
        if (!category_has(i, row)) continue;
        char text[32] = "@";
        strncat(text, category_name(i), sizeof text - 2);
        writer_status(out, bytes_of_string(text));
    }
}

static void write_tips(struct writer *out, const char *tips)
{
    uint32_t count = tips != NULL;
    for (const char *at = tips; at && (at = strchr(at, ' ')); at++)
        count++;
    writer_set(out, count);
    for (; tips; tips = strchr(tips, ' ') ? strchr(tips, ' ') + 1 : NULL)
        writer_bulk(out, bytes_make(tips, strcspn(tips, " ")));
}

static void write_number(struct writer *out, const char *name, int value)
{
    writer_bulk_string(out, name);
    writer_int(out, value);
}

static void write_unknown(struct writer *out)
{
    writer_bulk_string(out, "unknown");
    writer_bulk_string(out, "spec");
    writer_map(out, 0);
}

static void write_begin_index(struct writer *out, const struct key_spec *spec)
{
    writer_bulk_string(out, "index");
    writer_bulk_string(out, "spec");
    writer_map(out, 1);
    write_number(out, "index", spec->first);
}

static void write_begin_word(struct writer *out, const struct key_spec *spec)
{
    writer_bulk_string(out, "keyword");
    writer_bulk_string(out, "spec");
    writer_map(out, 2);
    writer_bulk_string(out, "keyword");
    writer_bulk_string(out, spec->word);
    write_number(out, "startfrom", spec->first);
}

static bool is_unknown(const struct key_spec *spec)
{
    return spec->kind == KEYS_CONTENT || spec->unknown;
}

static void write_begin_search(struct writer *out, const struct key_spec *spec)
{
    writer_bulk_string(out, "begin_search");
    writer_map(out, 2);
    writer_bulk_string(out, "type");
    if (is_unknown(spec))
        write_unknown(out);
    else if (spec->kind == KEYS_WORD)
        write_begin_word(out, spec);
    else
        write_begin_index(out, spec);
}

static void write_find_range(struct writer *out, const struct key_spec *spec)
{
    writer_bulk_string(out, "range");
    writer_bulk_string(out, "spec");
    writer_map(out, 3);
    write_number(out, "lastkey", spec->last > 0 ? spec->last - spec->first : spec->last);
    write_number(out, "keystep", spec->step);
    write_number(out, "limit", spec->kind == KEYS_WORD && spec->last ? 2 : 0);
}

static void write_find_counted(struct writer *out, const struct key_spec *spec)
{
    writer_bulk_string(out, "keynum");
    writer_bulk_string(out, "spec");
    writer_map(out, 3);
    write_number(out, "keynumidx", 0);
    write_number(out, "firstkey", 1);
    write_number(out, "keystep", spec->step);
}

static void write_key_spec(struct writer *out, const struct key_spec *spec)
{
    writer_map(out, spec->notes ? 4 : 3);
    if (spec->notes) {
        writer_bulk_string(out, "notes");
        writer_bulk_string(out, spec->notes);
    }
    writer_bulk_string(out, "flags");
    command_info_write_key_flags(out, spec->flags);
    write_begin_search(out, spec);
    writer_bulk_string(out, "find_keys");
    writer_map(out, 2);
    writer_bulk_string(out, "type");
    if (is_unknown(spec))
        write_unknown(out);
    else if (spec->kind == KEYS_COUNTED)
        write_find_counted(out, spec);
    else
        write_find_range(out, spec);
}

static void write_key_specs(struct writer *out, const struct command *row)
{
    uint32_t count = 0;
    while (count < KEY_SPEC_MAX && row->keys[count].kind)
        count++;
    writer_set(out, count);
    for (uint32_t i = 0; i < count; i++)
        write_key_spec(out, &row->keys[i]);
}

/* An array, or an empty set: so redis-server has it. */
static void write_subcommands(struct writer *out, const struct command *rows)
{
    uint32_t count = 0;
    while (rows && rows[count].name)
        count++;
    if (!count) return writer_set(out, 0);
    writer_array(out, count);
    for (uint32_t i = 0; i < count; i++)
        command_info_write(out, &rows[i]);
}

void command_info_write(struct writer *out, const struct command *row)
{
    struct legacy_keys legacy = legacy_keys_of(row);
    writer_array(out, 10);
    writer_bulk_string(out, row->full_name);
    writer_int(out, row->arity);
    write_command_flags(out, row, legacy.movable);
    writer_int(out, legacy.first);
    writer_int(out, legacy.last);
    writer_int(out, legacy.step);
    write_categories(out, row);
    write_tips(out, row->tips);
    write_key_specs(out, row);
    write_subcommands(out, row->subcommands);
}
