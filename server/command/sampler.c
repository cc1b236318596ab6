#include "command/sampler.h"

#include "base/bits.h"
#include "base/number.h"
#include "base/random.h"
#include "command/args.h"
#include "command/reply.h"

bool sample_read(struct call *call, uint32_t index, struct sample *sample, struct outcome *problem)
{
    int64_t count;
    if (!args_read_int(call, index, &count, problem)) return false;
    if (count == INT64_MIN) {
        *problem = reply_error(call, "ERR value is out of range, value must between %lld and %lld",
                               (long long)-INT64_MAX, (long long)INT64_MAX);
        return false;
    }
    *sample = (struct sample){(uint64_t)(count < 0 ? -count : count), count < 0};
    return true;
}

bool sample_read_pairs(struct call *call, uint32_t index, const char *word, struct sample *sample,
                       bool *pairs, struct outcome *problem)
{
    uint32_t more = call->arg_count - index - 1;
    if (!sample_read(call, index, sample, problem)) return false;
    *pairs = more == 1 && args_is(call, index + 1, word);
    if (more && !*pairs) {
        *problem = reply_syntax(call);
        return false;
    }
    if (*pairs && sample->count > INT64_MAX / 2) {
        *problem = reply_error(call, "ERR value is out of range");
        return false;
    }
    return true;
}

enum { AROUND_BYTES = 8, DRAW_WORK = 4 };

/* As if each draw were all of the value. */
static bool is_surely_short(const struct value *value, uint64_t count)
{
    size_t longest = value_block_size(value) + NUMBER_INT_MAX + AROUND_BYTES;
    return count <= SAMPLE_REPLY_MAX / longest;
}

static bool draws_fit(struct call *call, uint64_t count, sample_draw *draw, void *source,
                      struct random random)
{
    uint64_t bytes = 0;
    if (count > SAMPLE_REPLY_MAX / AROUND_BYTES) return false;
    for (; count && bytes <= SAMPLE_REPLY_MAX; count--) {
        bytes += draw(source, &random) + AROUND_BYTES;
        breathe(call->breath, DRAW_WORK);
    }
    return bytes <= SAMPLE_REPLY_MAX;
}

bool sample_fits(struct call *call, const struct value *value, uint64_t count, sample_draw *draw,
                 void *source, struct random *random, struct outcome *problem)
{
    random_init(random, random_next(call->random));
    if (is_surely_short(value, count)) return true;
    if (draws_fit(call, count, draw, source, *random)) return true;
    *problem = reply_error(call, "ERR value is out of range");
    return false;
}

bool pass_takes(struct pass *pass, struct random *random)
{
    bool takes = random_below(random, pass->left--) < pass->wanted;
    if (takes) pass->wanted--;
    return takes;
}

enum { CLEARED_AT_ONCE = 16 * 1024 };

void drawn_init(struct drawn *drawn, struct call *call, uint64_t count)
{
    uint64_t places = 4;
    while (places < count * 2)
        places *= 2;
    drawn->mask = places - 1;
    drawn->places = arena_alloc_array(call->scratch, places, sizeof *drawn->places);
    for (uint64_t at = 0, len; at < places; at += len) {
        len = places - at < CLEARED_AT_ONCE ? places - at : CLEARED_AT_ONCE;
        memset(drawn->places + at, 0, len * sizeof *drawn->places);
        breathe(call->breath, len / 8);
    }
}

bool drawn_add(struct drawn *drawn, const void *element)
{
    uint64_t at = ((uintptr_t)element * 0x9e3779b97f4a7c15ULL) >> 20;
    for (;; at++) {
        const void **place = &drawn->places[at & drawn->mask];
        if (*place == element) return false;
        if (*place) continue;
        *place = element;
        return true;
    }
}
