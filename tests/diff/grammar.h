/* diff/grammar.h -- Random commands from the grammar that COMMAND DOCS tells.
 * Only what both servers understand is generated: commands of the allow list that both list, and
 * of those only the options whose token both know. Expiries lie far away or in the past, so that
 * nothing depends on when a command runs. */
#ifndef TESTS_DIFF_GRAMMAR_H
#define TESTS_DIFF_GRAMMAR_H

#include "support/reply.h"
#include "support/text.h"

/* Keys of each family: most commands of a family meet values of their own type. */
enum grammar_family {
    FAMILY_STRING,
    FAMILY_LIST,
    FAMILY_SET,
    FAMILY_HASH,
    FAMILY_ZSET,
    FAMILY_STREAM,
    FAMILY_HLL,
    FAMILY_COUNT,
};

#define GRAMMAR_FAMILY_KEYS 12
#define GRAMMAR_KEY_COUNT   (GRAMMAR_FAMILY_KEYS * FAMILY_COUNT)

/* When replies are equal. */
enum grammar_comparison {
    COMPARE_EXACT,
    COMPARE_AS_SET,   /* an array's items in any order */
    COMPARE_AS_PAIRS, /* the same, of each two items; or of the pairs of a map */
    COMPARE_COUNT,    /* random ones: of one type, and as many */
    COMPARE_POPPED,   /* the same, and they are gone now */
    COMPARE_SCAN,     /* a cursor and items in any order; not at all where it takes several steps */
    COMPARE_PART,     /* of such a scan */
    COMPARE_ENCODING, /* names of encodings that later versions gave to small collections */
    COMPARE_UNTIMED,  /* but for times, and what only one of the two tells */
};

struct grammar;

/* `ours` and `theirs` are replies to COMMAND DOCS; both must live as long as the grammar. NULL: a
 * command of the allow list that both have lacks its arguments in `ours`; it has been printed.
 */
struct grammar *grammar_new(const struct reply *ours, const struct reply *theirs);
void grammar_free(struct grammar *grammar);
int grammar_count(const struct grammar *grammar);

enum grammar_comparison grammar_comparison(const struct words *words);
/* One command, or a block with MULTI and EXEC and what belongs to it; how many these are. */
enum { GRAMMAR_SCRIPT_MAX = 32 };
size_t grammar_random_script(const struct grammar *grammar, struct rng *rng, struct words *script);
void grammar_random_command(const struct grammar *grammar, struct rng *rng, struct words *words);
void grammar_key(int number, char *name, size_t size);

#endif
