/* command/sampler.h -- Choosing several of many at random, for SRANDMEMBER, HRANDFIELD and their
 * like. */
#ifndef TORC_COMMAND_SAMPLER_H
#define TORC_COMMAND_SAMPLER_H

#include "base/random.h"
#include "command/call.h"
#include "types/value.h"

/* How many are asked for by argument `index`: a negative number allows repetition. */
struct sample {
    uint64_t count;
    bool repeats;
};

bool sample_read(struct call *call, uint32_t index, struct sample *sample, struct outcome *problem);
/* With what may follow: `word`, which asks for a value beside each element, and nothing else. */
bool sample_read_pairs(struct call *call, uint32_t index, const char *word, struct sample *sample,
                       bool *pairs, struct outcome *problem);

/* A sample that repeats may have any number of elements: a reply of more than SAMPLE_REPLY_MAX
 * bytes is refused before it is begun. What is drawn is drawn twice, from one seed: for its lengths
 * first. (redis-server has no bound but its memory's.) */
enum { SAMPLE_REPLY_MAX = 1 << 30 };
/* Draws an element; the bytes that it will have in the reply, without what is around them. */
typedef size_t sample_draw(void *source, struct random *random);
/* Sets `random` to what the draws are to be made from. false: *problem is the answer. */
bool sample_fits(struct call *call, const struct value *value, uint64_t count, sample_draw *draw,
                 void *source, struct random *random, struct outcome *problem);

/* Of elements that are passed one after the other: does this one belong to the sample? Every choice
 * of `wanted` of `left` is equally likely. */
struct pass {
    uint64_t wanted, left;
};

bool pass_takes(struct pass *pass, struct random *random);

/* Elements that have been drawn already, by their address. */
struct drawn {
    const void **places;
    uint64_t mask;
};

void drawn_init(struct drawn *drawn, struct call *call, uint64_t count); /* room for so many */
bool drawn_add(struct drawn *drawn, const void *element); /* false: it had been drawn */

#endif
