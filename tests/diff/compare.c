#include "diff/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diff/grammar.h"

#define TTL_TOLERANCE_MS 60000

bool entry_is(const struct entry *entry, const char *name)
{
    return strcasecmp(entry->words.data[0], name) == 0;
}

static int compare_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The canonical text of `count` items, `step` together at a time, with those pieces in order. */
void compare_print_sorted(struct reply *const *items, size_t count, size_t step, int resp,
                          struct text *text)
{
    size_t pieces = (count + step - 1) / step;
    char **texts = calloc(pieces + 1, sizeof(*texts));
    for (size_t i = 0; i < pieces; i++) {
        struct text piece = {0};
        for (size_t j = i * step; j < count && j < (i + 1) * step; j++) {
            if (j > i * step) text_add(&piece, " ", 1);
            reply_print(items[j], resp, &piece);
        }
        texts[i] = piece.data;
    }
    qsort(texts, pieces, sizeof(*texts), compare_text);
    text_add(text, "", 0);
    for (size_t i = 0; i < pieces; i++) {
        text_addf(text, "%s%s", i ? ", " : "", texts[i]);
        free(texts[i]);
    }
    free(texts);
}

/* RESP3 has pairs in maps, or in arrays of their own. */
static size_t items_of_pair(const struct reply *reply)
{
    return reply->count && reply->items[0]->type == '*' ? 1 : 2;
}

/* An error, or a cursor and items? */
static bool is_scan(const struct reply *reply)
{
    return reply->count == 2 && reply->items[0]->data;
}

static bool is_whole_scan(const struct entry *entry, const struct reply *reply)
{
    return entry->words.count > 2 && strcmp(entry->words.data[2], "0") == 0 && is_scan(reply) &&
           strcmp(reply->items[0]->data, "0") == 0;
}

/* One side may answer in several steps what the other does in one. */
static bool are_parts(const struct entry *entry, struct reply *const *replies)
{
    if (grammar_comparison(&entry->words) != COMPARE_SCAN) return false;
    if (!is_scan(replies[0]) || !is_scan(replies[1])) return false;
    return !is_whole_scan(entry, replies[0]) || !is_whole_scan(entry, replies[1]);
}

static void print_scan(const struct reply *reply, int resp, struct text *text)
{
    const struct reply *items = reply->items[1];
    compare_print_sorted(items->items, items->count, 1, resp, text);
}

/* What OBJECT ENCODING said before small lists and sets had a form of their own. */
static void print_encoding(const struct reply *reply, int resp, struct text *text)
{
    static const char *const names[] = {"listpack", "hashtable", "quicklist", "skiplist", "intset"};
    bool renamed = false;
    for (size_t i = 0; reply->data && i < sizeof(names) / sizeof(*names); i++)
        renamed |= strcmp(reply->data, names[i]) == 0;
    if (renamed)
        text_addf(text, "of a collection");
    else
        reply_print(reply, resp, text);
}

/* Of XINFO: what depends on the clock, or on how a stream is kept; and the lag of a group,
 * which 7.0 has wrong when an entry was deleted that stood between the group and the first that is
 * left. */
static bool is_left_out(const struct reply *name)
{
    static const char *const names[] = {"idle",        "inactive",         "seen-time",
                                        "active-time", "radix-tree-nodes", "lag"};
    for (size_t i = 0; name->data && i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name->data, names[i]) == 0) return true;
    return false;
}

/* An entry that is pending: its id, its consumer (or not), a time, and how often it was delivered.
 */
static bool is_time_of_pending(const struct reply *array, size_t index)
{
    if (array->type != '*' || array->count < 3 || array->count > 4) return false;
    return index + 2 == array->count && array->items[index]->type == ':' &&
           array->items[index + 1]->type == ':';
}

static void print_untimed(const struct reply *reply, int resp, struct text *text)
{
    if (!reply->count) {
        reply_print(reply, resp, text);
        return;
    }
    text_addf(text, "%c(", reply->type);
    for (size_t i = 0; i < reply->count; i++) {
        if (is_left_out(reply->items[i]) && i + 1 < reply->count) {
            i++;
            continue;
        }
        if (!is_time_of_pending(reply, i)) print_untimed(reply->items[i], resp, text);
        text_add(text, " ", 1);
    }
    text_add(text, ")", 1);
}

static void print_reply(const struct reply *reply, enum grammar_comparison comparison, int resp,
                        struct text *text)
{
    bool aggregate = reply->type == '*' || reply->type == '~' || reply->type == '%';
    if (comparison == COMPARE_ENCODING)
        print_encoding(reply, resp, text);
    else if ((comparison == COMPARE_COUNT || comparison == COMPARE_POPPED) && reply->type != '-')
        text_addf(text, "%s %zu", reply->data ? "one" : "some", reply->count);
    else if (!aggregate)
        reply_print(reply, resp, text);
    else if (comparison == COMPARE_PART)
        text_addf(text, "a part");
    else if (comparison == COMPARE_AS_SET)
        compare_print_sorted(reply->items, reply->count, 1, resp, text);
    else if (comparison == COMPARE_AS_PAIRS)
        compare_print_sorted(reply->items, reply->count, items_of_pair(reply), resp, text);
    else if (comparison == COMPARE_UNTIMED)
        print_untimed(reply, resp, text);
    else if (comparison == COMPARE_SCAN)
        print_scan(reply, resp, text);
    else
        reply_print(reply, resp, text);
}

static int64_t ttl_unit_ms(const struct entry *entry)
{
    if (entry_is(entry, "TTL") || entry_is(entry, "EXPIRETIME")) return 1000;
    if (entry_is(entry, "PTTL") || entry_is(entry, "PEXPIRETIME")) return 1;
    return 0;
}

static bool ttls_are_close(const struct entry *entry, struct reply *const *replies)
{
    int64_t unit = ttl_unit_ms(entry);
    if (!unit || replies[0]->type != ':' || replies[1]->type != ':') return false;
    if (replies[0]->integer < 0 || replies[1]->integer < 0) return false;
    return llabs(replies[0]->integer - replies[1]->integer) <= TTL_TOLERANCE_MS / unit;
}

/* redis-server 7.0 looks at an errno that may be an earlier command's. */
static bool is_stale_errno(const struct entry *entry, struct reply *const *replies)
{
    const struct reply *theirs = replies[1];
    return strncasecmp(entry->words.data[0], "sort", 4) == 0 && theirs->type == '-' &&
           strstr(theirs->data, "can't be converted into double");
}

bool compare_replies(const struct entry *entry, struct reply *const *replies, int resp,
                     struct text *texts)
{
    enum grammar_comparison comparison = grammar_comparison(&entry->words);
    bool goes_on = entry->words.count > 2 && strcmp(entry->words.data[2], "0") != 0;
    if (comparison == COMPARE_SCAN && goes_on) comparison = COMPARE_PART;
    for (int side = 0; side < SIDES; side++) {
        texts[side].len = 0;
        if (replies[side])
            print_reply(replies[side], comparison, resp, &texts[side]);
        else
            text_addf(&texts[side], "<no reply>");
    }
    if (!replies[0] || !replies[1]) return false;
    if (strcmp(texts[0].data, texts[1].data) == 0) return true;
    return ttls_are_close(entry, replies) || are_parts(entry, replies) ||
           is_stale_errno(entry, replies);
}
