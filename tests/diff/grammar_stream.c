#include "diff/grammar_stream.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void add(struct words *words, const char *text)
{
    words_add(words, text, strlen(text));
}

#define PICK(rng, list) list[rng_below(rng, sizeof(list) / sizeof(*list))]

/* Ids grow with the number of those that were drawn before, so that a new entry is mostly greater
 * than those there are, and an old one is mostly still there. */
static unsigned next_ms(struct rng *rng)
{
    static unsigned drawn;
    unsigned ms = 10 + drawn++ / 24, back = rng_below(rng, 8);
    return ms > back ? ms - back : ms;
}

void grammar_stream_id(struct rng *rng, struct words *words)
{
    static const char *const odd[] = {"0",
                                      "0-0",
                                      "0-1",
                                      "-",
                                      "$",
                                      ">",
                                      "x",
                                      "",
                                      "1-",
                                      "-1",
                                      "1-x",
                                      "5-*",
                                      "007-1",
                                      "1-2-3",
                                      "18446744073709551615-18446744073709551615",
                                      "18446744073709551616-1"};
    char id[64];
    unsigned ms = next_ms(rng), seq = rng_below(rng, 6);
    switch (rng_below(rng, 16)) {
    case 0: add(words, PICK(rng, odd)); return;
    case 1: snprintf(id, sizeof(id), "%u", ms); break;
    case 2: snprintf(id, sizeof(id), "%u-*", ms); break;
    default: snprintf(id, sizeof(id), "%u-%u", ms, seq); break;
    }
    add(words, id);
}

static void add_bound(struct rng *rng, struct words *words, const char *all)
{
    char id[64];
    switch (rng_below(rng, 6)) {
    case 0: grammar_stream_id(rng, words); return;
    case 1: snprintf(id, sizeof(id), "(%u-%u", next_ms(rng), rng_below(rng, 4)); break;
    case 2: snprintf(id, sizeof(id), "%u", next_ms(rng)); break;
    case 3: snprintf(id, sizeof(id), "%s", rng_below(rng, 8) ? all : "(-"); break;
    default: snprintf(id, sizeof(id), "%s", all); break;
    }
    add(words, id);
}

static void add_threshold(struct rng *rng, struct words *words)
{
    static const char *const lengths[] = {"0", "3", "10", "20", "30", "50", "-1", "x"};
    if (rng_below(rng, 2))
        add(words, PICK(rng, lengths));
    else
        grammar_stream_id(rng, words);
}

/* Nothing is idle for so long; everything is idle for no time at all. */
static void add_idle(struct rng *rng, struct words *words)
{
    static const char *const times[] = {"0", "0", "0", "1000000000", "x", "-1"};
    add(words, PICK(rng, times));
}

/* Not 0, which would be for ever. */
static void add_block_time(struct rng *rng, struct words *words)
{
    static const char *const times[] = {"1", "2", "1", "3", "x", "-1"};
    add(words, PICK(rng, times));
}

bool grammar_stream_argument(struct rng *rng, struct words *words, const char *name,
                             const char *token)
{
    static const char *const groups[] = {"g1", "g1", "g2", "", "nobody"};
    static const char *const consumers[] = {"alice", "bob", "bob", "carol", ""};
    static const char *const fields[] = {"f1", "f2", "f1", "temperature"};
    static const char *const counts[] = {"1", "2", "3", "5", "10", "100", "0", "-1", "x"};
    if (strcmp(name, "group") == 0)
        add(words, PICK(rng, groups));
    else if (strcmp(name, "consumer") == 0)
        add(words, PICK(rng, consumers));
    else if (strcmp(name, "field") == 0)
        add(words, PICK(rng, fields));
    else if (strcmp(name, "count") == 0 && strcasecmp(token, "LIMIT") != 0)
        add(words, PICK(rng, counts));
    else if (strcasecmp(token, "BLOCK") == 0)
        add_block_time(rng, words);
    else if (strcmp(name, "threshold") == 0)
        add_threshold(rng, words);
    else if (strcmp(name, "start") == 0)
        add_bound(rng, words, "-");
    else if (strcmp(name, "end") == 0)
        add_bound(rng, words, "+");
    else if (strcmp(name, "min-idle-time") == 0 || strcmp(name, "ms") == 0)
        add_idle(rng, words);
    else if (strcmp(name, "id") == 0 || strcmp(name, "last-id") == 0 ||
             strcmp(name, "lastid") == 0 || strcmp(name, "max-deleted-id") == 0)
        grammar_stream_id(rng, words);
    else
        return false;
    return true;
}

bool grammar_stream_avoids(const char *token)
{
    return strcmp(token, "*") == 0;
}
