/* diff/grammar.h -- Random commands from the grammar that COMMAND DOCS tells.
 * Only what both servers understand is generated: commands of the allow list that both list, and
 * of those only the options whose token both know. Expiries lie far away or in the past, so that
 * nothing depends on when a command runs. */
#ifndef TESTS_DIFF_GRAMMAR_H
#define TESTS_DIFF_GRAMMAR_H

#include "support/reply.h"
#include "support/text.h"

#define GRAMMAR_KEY_COUNT 60

struct grammar;

/* `ours` and `theirs` are replies to COMMAND DOCS; both must live as long as the grammar. NULL: a
 * command of the allow list that both have lacks its arguments in `ours`; it has been printed. */
struct grammar *grammar_new(const struct reply *ours, const struct reply *theirs);
void grammar_free(struct grammar *grammar);
int grammar_count(const struct grammar *grammar);

void grammar_random_command(const struct grammar *grammar, struct rng *rng, struct words *words);
void grammar_key(int number, char *name, size_t size);

#endif
