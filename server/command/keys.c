#include "command/keys.h"

#include "base/number.h"

/* Where one specification's keys stand in these arguments: [first, end) in steps. */
struct key_range {
    uint32_t first, end, step;
};

static bool find_range(const struct key_spec *spec, const struct bytes *args, uint32_t arg_count,
                       struct key_range *range)
{
    range->step = (uint32_t)spec->step;
    if (spec->kind == KEYS_RANGE) {
        int64_t last = spec->last < 0 ? (int64_t)arg_count + spec->last
                                      : (spec->last == 0 ? spec->first : spec->last);
        range->first = (uint32_t)spec->first;
        range->end = last < (int64_t)arg_count ? (uint32_t)(last + 1) : arg_count;
        return range->first < arg_count;
    }
    int64_t count;
    if ((uint32_t)spec->first >= arg_count || !number_parse_int(args[spec->first], &count))
        return false;
    if (count < 1 || count > (int64_t)(arg_count / range->step)) return false;
    range->first = (uint32_t)spec->first + 1;
    range->end = range->first + (uint32_t)count * range->step;
    return range->end - range->step < arg_count;
}

static bool is_reading_option(struct bytes word)
{
    return bytes_is(word, "get") || bytes_is(word, "ifeq") || bytes_is(word, "ifne") ||
           bytes_is(word, "ifdeq") || bytes_is(word, "ifdne");
}

/* What KEY_VARIABLE_FLAGS comes to with these arguments: SET with GET or a comparison reads what it
 * replaces, DELEX with one looks at what it removes. */
static uint16_t settle_flags(uint16_t flags, const struct bytes *args, uint32_t arg_count)
{
    if (!(flags & KEY_VARIABLE_FLAGS)) return flags;
    if (flags & KEY_DELETE) return arg_count > 2 ? KEY_RW | KEY_DELETE : KEY_RM | KEY_DELETE;
    for (uint32_t i = 3; i < arg_count; i++)
        if (is_reading_option(args[i])) return KEY_RW | KEY_ACCESS | KEY_UPDATE;
    return KEY_OW | KEY_UPDATE;
}

/* What is being gathered. */
struct extraction {
    const struct bytes *args;
    uint32_t arg_count;
    struct key_list *keys; /* with room for every argument for each specification */
};

static void add_range(const struct extraction *to, const struct key_range *range, uint16_t flags)
{
    for (uint32_t i = range->first; i < range->end && i < to->arg_count; i += range->step)
        to->keys->items[to->keys->count++] = (struct key_item){i, flags};
}

/* A word that is another option's value is taken for one as well: a key too many does no harm. */
static bool add_behind_words(const struct extraction *to, const struct key_spec *spec)
{
    for (uint32_t i = (uint32_t)spec->first; i + 1 < to->arg_count; i++) {
        if (!bytes_equal_nocase(to->args[i], bytes_of_string(spec->word))) continue;
        uint32_t rest = to->arg_count - i - 1;
        struct key_range range = {i + 1, spec->last ? i + 1 + rest / 2 : i + 2, 1};
        add_range(to, &range, spec->flags);
        if (spec->last) return true;
    }
    return spec->last == 0; /* one that must be there */
}

static bool add_keys(const struct extraction *to, const struct key_spec *spec)
{
    if (spec->kind == KEYS_CONTENT) return true;
    if (spec->kind == KEYS_WORD) return add_behind_words(to, spec);
    struct key_range range;
    if (!find_range(spec, to->args, to->arg_count, &range)) return false;
    add_range(to, &range, settle_flags(spec->flags, to->args, to->arg_count));
    return true;
}

static uint32_t spec_count(const struct command *command)
{
    uint32_t count = 0;
    while (count < KEY_SPEC_MAX && command->keys[count].kind)
        count++;
    return count;
}

bool keys_extract(const struct command *command, const struct bytes *args, uint32_t arg_count,
                  struct arena *scratch, struct key_list *keys)
{
    uint32_t specs = spec_count(command);
    size_t room = (size_t)specs * arg_count + 1;
    struct extraction to = {args, arg_count, keys};
    bool fits = true;
    keys->count = 0;
    keys->items = arena_alloc_array(scratch, room, sizeof *keys->items);
    for (uint32_t i = 0; i < specs; i++)
        fits = add_keys(&to, &command->keys[i]) && fits;
    return fits;
}
