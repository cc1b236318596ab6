/* diff/grammar_parts.h -- What the files of the grammar share: rules are loaded by grammar_rules.c,
 * walked through by grammar.c; what is drawn for an argument is in grammar_values.c, and in
 * grammar_family.c where a family's commands would rarely mean anything else. */
#ifndef TESTS_DIFF_GRAMMAR_PARTS_H
#define TESTS_DIFF_GRAMMAR_PARTS_H

#include <string.h>

#include "diff/grammar.h"

struct allowed {
    const char *name, *subcommand;
    int weight;
    enum grammar_comparison comparison;
};

struct rule {
    const struct allowed *allowed;
    enum grammar_family family;    /* FAMILY_COUNT: of all */
    const struct reply *arguments; /* of ours; NULL: it has none */
    const struct reply *theirs;    /* the whole of their entry, searched for tokens */
};

const char *grammar_text(const struct reply *map, const char *key); /* "": it has none */
const struct rule *rules_draw(const struct grammar *grammar, struct rng *rng);

/* A command being drawn. */
struct draw {
    struct rng *rng;
    struct words *words;
    const struct rule *rule;
    int numkeys;                /* word that says how many keys follow; 0: none */
    uint32_t key_count;         /* the keys that did */
    enum grammar_family family; /* of its keys */
    bool lex;                   /* sorted sets with one score for all: see draw_key() */
};

void draw_begin(struct draw *draw); /* family and lex, by the rule */
bool draw_is_sort(const struct draw *draw);

static inline void draw_add(struct draw *draw, const char *word)
{
    words_add(draw->words, word, strlen(word));
}

static inline bool draw_one_in(struct draw *draw, uint32_t n)
{
    return rng_below(draw->rng, n) == 0;
}

#define PICK(draw, list) list[rng_below((draw)->rng, sizeof(list) / sizeof(*list))]

void draw_key(struct draw *draw);
void draw_value(struct draw *draw);
void draw_integer(struct draw *draw);
void draw_double(struct draw *draw);
void draw_duration(struct draw *draw);
void draw_moment(struct draw *draw);
void draw_pattern(struct draw *draw);
void draw_rank(struct draw *draw);

/* Arguments that a family chooses with care, by their name; false: nothing special. The second one
 * is for those that are neither keys nor made of others. */
bool family_argument(struct draw *draw, const struct reply *argument);
bool family_plain_argument(struct draw *draw, const char *name);

#endif
