#include "command/sampler.h"

#include "base/bits.h"
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
