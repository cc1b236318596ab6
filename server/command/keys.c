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

bool keys_extract(const struct command *command, const struct bytes *args, uint32_t arg_count,
                  struct arena *scratch, struct key_list *keys)
{
    struct key_range ranges[KEY_SPEC_MAX];
    uint32_t range_count = 0, room = 0;
    bool fits = true;
    for (uint32_t i = 0; i < KEY_SPEC_MAX && command->keys[i].kind; i++) {
        struct key_range *range = &ranges[range_count];
        if (!find_range(&command->keys[i], args, arg_count, range)) {
            fits = false;
            continue;
        }
        room += (range->end - range->first) / range->step + 1;
        range_count++;
    }
    keys->count = 0;
    keys->items = arena_alloc_array(scratch, room + 1, sizeof *keys->items);
    for (uint32_t r = 0; r < range_count; r++) {
        uint16_t flags = settle_flags(command->keys[r].flags, args, arg_count);
        for (uint32_t i = ranges[r].first; i < ranges[r].end && i < arg_count; i += ranges[r].step)
            keys->items[keys->count++] = (struct key_item){i, flags};
    }
    return fits;
}
