#include "diff/grammar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "diff/grammar_parts.h"
#include "diff/grammar_stream.h"

static bool is_duration(const struct draw *draw, const char *token)
{
    static const char *const commands[] = {"expire", "pexpire", "setex", "psetex"};
    if (strcasecmp(token, "EX") == 0 || strcasecmp(token, "PX") == 0) return true;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(draw->rule->allowed->name, commands[i]) == 0) return true;
    }
    return false;
}

/* Does the other server know this token for this command? */
static bool has_token(const struct reply *tree, const char *token)
{
    const char *own = grammar_text(tree, "token");
    if (strcasecmp(own, token) == 0) return true;
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->items[i]->count && has_token(tree->items[i], token)) return true;
    }
    return false;
}

static bool is_known(const struct draw *draw, const struct reply *argument)
{
    const char *token = grammar_text(argument, "token");
    if (!draw->lex && strcasecmp(token, "BYLEX") == 0) return false;
    bool changes_scores = strcasecmp(token, "INCR") == 0;
    if (draw->lex && changes_scores) return false;
    if (draw->rule->family == FAMILY_STREAM && grammar_stream_avoids(token)) return false;
    return !*token || has_token(draw->rule->theirs, token);
}

static bool has_flag(const struct reply *argument, const char *flag)
{
    const struct reply *flags = reply_find(argument, "flags");
    for (size_t i = 0; flags && i < flags->count; i++) {
        if (strcmp(flags->items[i]->data, flag) == 0) return true;
    }
    return false;
}

static void add_arguments(struct draw *draw, const struct reply *arguments);

static void add_one_of(struct draw *draw, const struct reply *choices);

static void add_token(struct draw *draw, const char *token)
{
    char word[64];
    if (!*token) return;
    snprintf(word, sizeof(word), "%s", token);
    if (draw_one_in(draw, 3)) {
        for (char *at = word; *at; at++)
            *at = (char)tolower((unsigned char)*at);
    }
    draw_add(draw, word);
}

static void add_body(struct draw *draw, const struct reply *argument)
{
    if (family_argument(draw, argument)) return;
    const char *type = grammar_text(argument, "type"), *token = grammar_text(argument, "token");
    const struct reply *children = reply_find(argument, "arguments");
    bool is_plain = !children && strcmp(type, "pure-token") != 0 && strcmp(type, "key") != 0;
    if (is_plain && family_plain_argument(draw, grammar_text(argument, "name"))) return;
    if (strcmp(type, "key") == 0) {
        draw_key(draw);
    } else if (strcmp(type, "integer") == 0) {
        if (is_duration(draw, token)) {
            draw_duration(draw);
        } else if (strcmp(token, "RANK") == 0) {
            draw_rank(draw);
        } else {
            draw_integer(draw);
        }
    } else if (strcmp(type, "double") == 0) {
        draw_double(draw);
    } else if (strcmp(type, "pattern") == 0) {
        draw_pattern(draw);
    } else if (strcmp(type, "unix-time") == 0) {
        draw_moment(draw);
    } else if (strcmp(type, "oneof") == 0 && children) {
        add_one_of(draw, children);
    } else if (strcmp(type, "block") == 0 && children) {
        add_arguments(draw, children);
    } else if (strcmp(type, "pure-token") != 0) {
        draw_value(draw);
    }
}

/* After keys have been drawn: what says how many they are says so, most of the time. */
static void settle_numkeys(struct draw *draw, uint32_t count)
{
    char number[16];
    if (!draw->numkeys || draw_one_in(draw, 10)) return;
    int len = snprintf(number, sizeof(number), "%u", count);
    free(draw->words->data[draw->numkeys]);
    draw->words->data[draw->numkeys] = strdup(number);
    draw->words->lens[draw->numkeys] = (size_t)len;
    draw->key_count = count;
}

static uint32_t draw_times(struct draw *draw, const struct reply *argument)
{
    if (!has_flag(argument, "multiple")) return 1;
    bool of_keys = strcmp(grammar_text(argument, "name"), "weight") == 0 && draw->key_count;
    return of_keys && !draw_one_in(draw, 10) ? draw->key_count : 1 + rng_below(draw->rng, 4);
}

static void add_argument(struct draw *draw, const struct reply *argument)
{
    const char *token = grammar_text(argument, "token");
    uint32_t times = draw_times(draw, argument);
    if (strcmp(grammar_text(argument, "name"), "numkeys") == 0) draw->numkeys = draw->words->count;
    for (uint32_t i = 0; i < times; i++) {
        if (i == 0 || has_flag(argument, "multiple_token")) add_token(draw, token);
        add_body(draw, argument);
    }
    if (draw->numkeys && strcmp(grammar_text(argument, "type"), "key") == 0)
        settle_numkeys(draw, times);
}

static void add_one_of(struct draw *draw, const struct reply *choices)
{
    for (int tries = 0; tries < 20; tries++) {
        const struct reply *choice = choices->items[rng_below(draw->rng, (uint32_t)choices->count)];
        if (!is_known(draw, choice)) continue;
        add_argument(draw, choice);
        return;
    }
}

/* Where the options end that begin at `start`. */
static size_t end_of_options(const struct reply *arguments, size_t start)
{
    while (start < arguments->count && has_flag(arguments->items[start], "optional"))
        start++;
    return start;
}

static void shuffle(struct draw *draw, const struct reply **items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = rng_below(draw->rng, (uint32_t)i);
        const struct reply *item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}

/* Options may come in any order, and more than once: a second time it may be another of those that
 * exclude each other. */
static void add_options(struct draw *draw, struct reply *const *options, size_t count)
{
    const struct reply *order[16];
    size_t known = 0;
    for (size_t i = 0; i < count && known < sizeof(order) / sizeof(*order); i++) {
        if (is_known(draw, options[i])) order[known++] = options[i];
    }
    if (draw_one_in(draw, 2)) shuffle(draw, order, known);
    for (size_t i = 0; i < known; i++) {
        if (!draw_one_in(draw, 3)) continue;
        add_argument(draw, order[i]);
        if (draw_one_in(draw, 12)) add_argument(draw, order[rng_below(draw->rng, (uint32_t)known)]);
    }
}

static void add_arguments(struct draw *draw, const struct reply *arguments)
{
    for (size_t i = 0; i < arguments->count;) {
        size_t end = end_of_options(arguments, i);
        if (end == i) {
            if (is_known(draw, arguments->items[i])) add_argument(draw, arguments->items[i]);
            i++;
        } else {
            add_options(draw, &arguments->items[i], end - i);
            i = end;
        }
    }
}

static void drop_word(struct words *words, int at)
{
    free(words->data[at]);
    memmove(&words->data[at], &words->data[at + 1],
            (size_t)(words->count - at - 1) * sizeof(*words->data));
    memmove(&words->lens[at], &words->lens[at + 1],
            (size_t)(words->count - at - 1) * sizeof(*words->lens));
    words->count--;
}

/* Makes a wrong command of a right one. What it adds is never a number, so that no key gets an
 * expiry that ends while the test runs. */
static void spoil(struct draw *draw)
{
    static const char *const garbage[] = {"x", "", "NX", "XX", "GET", "EX", "KEEPTTL", "LIMIT"};
    /* redis-server 7.0 takes one argument less. */
    bool may_add = !strstr(draw->rule->allowed->name, "rank");
    if ((draw_one_in(draw, 2) || !may_add) && draw->words->count > 1) {
        drop_word(draw->words, 1 + (int)rng_below(draw->rng, (uint32_t)draw->words->count - 1));
    } else {
        draw_add(draw, PICK(draw, garbage));
    }
}

static int find_word(const struct words *words, const char *word)
{
    for (int i = 1; i < words->count; i++)
        if (strcasecmp(words->data[i], word) == 0) return i;
    return 0;
}

/* Where texts that are compared are equal, or nothing is, the order of SORT is anybody's. */
static void leave_out_chance(struct draw *draw)
{
    if (!draw_is_sort(draw)) return;
    for (int at; find_word(draw->words, "BY") && (at = find_word(draw->words, "ALPHA"));)
        drop_word(draw->words, at);
}

/* redis-server 7.0 may refuse to sort numbers because of an errno that an earlier command has left.
 * What is answered is compared with that in mind; what is stored is compared by its bytes. */
static void leave_out_numbers_to_store(struct draw *draw)
{
    int at = find_word(draw->words, "STORE");
    if (!draw_is_sort(draw) || !at || find_word(draw->words, "ALPHA")) return;
    if (!find_word(draw->words, "BY")) {
        add_token(draw, "ALPHA");
        return;
    }
    if (at + 1 < draw->words->count) drop_word(draw->words, at + 1);
    drop_word(draw->words, at);
}

/* Only we have BITCOUNT with a start alone. */
static void leave_out_what_is_newer(struct draw *draw)
{
    bool is_bitcount = strcmp(draw->rule->allowed->name, "bitcount") == 0;
    if (is_bitcount && draw->words->count == 3) drop_word(draw->words, 2);
}

static bool is_blocking(const struct draw *draw)
{
    const char *name = draw->rule->allowed->name;
    return strncmp(name, "bl", 2) == 0 || strncmp(name, "br", 2) == 0 ||
           strncmp(name, "bz", 2) == 0;
}

/* Another word in the place of its timeout could make it wait for long. */
static bool may_wait(const struct draw *draw)
{
    return find_word(draw->words, "BLOCK") || is_blocking(draw);
}

void grammar_random_command(const struct grammar *grammar, struct rng *rng, struct words *words)
{
    const struct rule *rule = rules_draw(grammar, rng);
    struct draw draw = {.rng = rng, .words = words, .rule = rule};
    draw_begin(&draw);
    add_token(&draw, rule->allowed->name);
    if (rule->allowed->subcommand) add_token(&draw, rule->allowed->subcommand);
    if (rule->arguments) add_arguments(&draw, rule->arguments);
    leave_out_chance(&draw);
    leave_out_numbers_to_store(&draw);
    if (!may_wait(&draw) && draw_one_in(&draw, 30)) spoil(&draw);
    leave_out_what_is_newer(&draw);
}
