/* Blocks of commands: MULTI, EXEC, and what people do around them. */
#include "diff/grammar_parts.h"

struct script {
    const struct grammar *grammar;
    struct rng *rng;
    struct words *words;
    size_t count;
};

static bool is_one_in(struct script *script, uint32_t n)
{
    return rng_below(script->rng, n) == 0;
}

static void add_line(struct script *script, const char *line)
{
    words_split(&script->words[script->count++], line);
}

/* What takes members out at random is levelled afterwards, which is too late in a block. */
static void add_command(struct script *script)
{
    struct words *words = &script->words[script->count++];
    grammar_random_command(script->grammar, script->rng, words);
    while (grammar_comparison(words) == COMPARE_POPPED) {
        words_fini(words);
        grammar_random_command(script->grammar, script->rng, words);
    }
}

static void add_watch(struct script *script)
{
    char key[32];
    struct words *words = &script->words[script->count++];
    uint32_t keys = 1 + rng_below(script->rng, 3);
    words_add(words, "WATCH", 5);
    for (uint32_t i = 0; i < keys; i++) {
        grammar_key((int)rng_below(script->rng, GRAMMAR_KEY_COUNT), key, sizeof(key));
        words_add(words, key, strlen(key));
    }
}

static void add_block(struct script *script)
{
    static const char *const wrong[] = {"MULTI", "WATCH a", "NOSUCH a", "GET", "UNWATCH", "EXEC a"};
    uint32_t commands = rng_below(script->rng, 7);
    bool has_error = is_one_in(script, 10);
    add_line(script, "MULTI");
    for (uint32_t i = 0; i < commands; i++)
        add_command(script);
    if (has_error) {
        add_line(script, wrong[rng_below(script->rng, sizeof(wrong) / sizeof(*wrong))]);
        add_command(script);
    }
    add_line(script, is_one_in(script, 8) ? "DISCARD" : "EXEC");
}

size_t grammar_random_script(const struct grammar *grammar, struct rng *rng, struct words *words)
{
    struct script script = {grammar, rng, words, 0};
    if (rng_below(rng, 25)) {
        grammar_random_command(grammar, rng, &words[script.count++]);
        return script.count;
    }
    if (is_one_in(&script, 2)) add_watch(&script);
    if (is_one_in(&script, 4)) add_command(&script);
    if (is_one_in(&script, 10)) add_line(&script, "UNWATCH");
    add_block(&script);
    if (is_one_in(&script, 20)) add_line(&script, is_one_in(&script, 2) ? "EXEC" : "DISCARD");
    return script.count;
}
