/* diff/grammar_stream.h -- Arguments of the stream commands: ids that ascend with the run and meet
 * again, few groups and consumers, times that are nothing or far away. */
#ifndef TESTS_DIFF_GRAMMAR_STREAM_H
#define TESTS_DIFF_GRAMMAR_STREAM_H

#include "support/text.h"

/* An argument by its name in COMMAND DOCS, and the token before it; false: it is none that needs
 * to be chosen with care. */
bool grammar_stream_argument(struct rng *rng, struct words *words, const char *name,
                             const char *token);
/* An option that must not be drawn: it waits, or takes ids from the clock. */
bool grammar_stream_avoids(const char *token);
void grammar_stream_id(struct rng *rng, struct words *words);

#endif
