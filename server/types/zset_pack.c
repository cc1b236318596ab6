/* The small form of a sorted set: a listpack of member and score, in order. */
#include "base/check.h"
#include "types/zset_parts.h"

static double score_of(const struct listpack_element *element)
{
    double score = (double)element->integer;
    if (!element->ptr) return score;
    bool sound = number_parse_double(bytes_make(element->ptr, element->len), &score);
    ASSERT(sound);
    return score;
}

bool zset_pack_integer(double score, int64_t *integer)
{
    static const double max = 4611686018427387904.0; /* 2^62 */
    if (score < -max || score > max) return false;
    *integer = (int64_t)score;
    return (double)*integer == score;
}

/* An integer, where it is one, of no more than 62 bits; else text, written into `text`. */
static struct listpack_element element_of(double score, char text[NUMBER_DOUBLE_MAX])
{
    int64_t integer;
    if (zset_pack_integer(score, &integer)) return listpack_integer(integer);
    size_t len = number_write_double(text, score);
    return (struct listpack_element){(const uint8_t *)text, (uint32_t)len, 0};
}

uint32_t zset_pack_find(const struct listpack *pack, struct bytes member, double *score)
{
    uint32_t at = listpack_find(pack, listpack_first(pack), member, 1);
    if (!at) return 0;
    struct listpack_element element = listpack_get(pack, listpack_next(pack, at));
    *score = score_of(&element);
    return at;
}

uint32_t zset_pack_read(const struct listpack *pack, uint32_t at, char digits[NUMBER_INT_MAX],
                        struct zset_element *element)
{
    struct listpack_element part;
    at = listpack_read(pack, at, &part);
    element->member = listpack_text(&part, digits);
    at = listpack_read(pack, at, &part);
    element->score = score_of(&part);
    return at;
}

static bool comes_before(const struct zset_element *element, struct bytes member, double score)
{
    if (element->score != score) return element->score < score;
    return bytes_compare(element->member, member) < 0;
}

/* Of the first element that does not come before it; 0: it comes last. The last one is looked at
 * first: much is added in order. */
static uint32_t place_for(const struct listpack *pack, struct bytes member, double score)
{
    char digits[NUMBER_INT_MAX];
    struct zset_element element;
    uint32_t at = listpack_first(pack), next;
    if (!at) return 0;
    zset_pack_read(pack, listpack_prev(pack, listpack_last(pack)), digits, &element);
    if (comes_before(&element, member, score)) return 0;
    for (; at; at = next) {
        next = zset_pack_read(pack, at, digits, &element);
        if (!comes_before(&element, member, score)) break;
    }
    return at;
}

static void insert_at(struct listpack **pack, uint32_t at, struct bytes member, double score)
{
    char text[NUMBER_DOUBLE_MAX];
    struct listpack_element elements[2] = {listpack_string(member), element_of(score, text)};
    listpack_insert(pack, at, (struct listpack_elements){elements, 2});
}

void zset_pack_insert(struct listpack **pack, struct bytes member, double score)
{
    insert_at(pack, place_for(*pack, member, score), member, score);
}

void zset_pack_append(struct listpack **pack, struct bytes member, double score)
{
    insert_at(pack, 0, member, score);
}

bool zset_pack_allows(const struct type_limits *limits, uint64_t count, size_t longest_member,
                      uint64_t bytes)
{
    enum { SCORE_BYTES_MAX = 64 }; /* with what surrounds it, and its member's head */
    if (limits->zset_max_listpack_entries < 0 || limits->zset_max_listpack_value < 0) return false;
    if (count > (uint64_t)limits->zset_max_listpack_entries) return false;
    if (longest_member > (uint64_t)limits->zset_max_listpack_value) return false;
    return bytes + count * SCORE_BYTES_MAX <= LISTPACK_BYTES_MAX;
}

uint64_t zset_pack_rank(const struct listpack *pack, uint32_t at)
{
    uint64_t rank = 0;
    for (uint32_t i = listpack_first(pack); i < at; i = listpack_next(pack, i))
        rank++;
    return rank / 2;
}

static bool is_below(double score, const struct zset_scores *scores)
{
    return scores->min_excluded ? score <= scores->min : score < scores->min;
}

static bool is_above(double score, const struct zset_scores *scores)
{
    return scores->max_excluded ? score >= scores->max : score > scores->max;
}

struct zset_range zset_pack_scores(const struct listpack *pack, const struct zset_scores *scores)
{
    struct zset_range range = {0, 0};
    char digits[NUMBER_INT_MAX];
    struct zset_element element;
    for (uint32_t at = listpack_first(pack); at; range.end++) {
        at = zset_pack_read(pack, at, digits, &element);
        if (is_above(element.score, scores)) break;
        if (is_below(element.score, scores)) range.start++;
    }
    return range;
}

/* The first that reaches `min`, and what follows as long as it is within `max`. */
static struct zset_range lex_forwards(const struct listpack *pack, const struct zset_lex *lex)
{
    struct zset_range range = {0, 0};
    char digits[NUMBER_INT_MAX];
    struct zset_element element;
    for (uint32_t at = listpack_first(pack); at; range.end++) {
        at = zset_pack_read(pack, at, digits, &element);
        bool begun = range.start < range.end || zset_lex_reaches(&lex->min, element.member);
        if (begun && !zset_lex_holds(&lex->max, element.member)) break;
        if (!begun) range.start++;
    }
    return range;
}

/* The last that is within `max`, and what precedes it as long as it reaches `min`. */
static struct zset_range lex_backwards(const struct listpack *pack, const struct zset_lex *lex)
{
    uint64_t count = listpack_count(pack) / 2;
    struct zset_range range = {count, count};
    char digits[NUMBER_INT_MAX];
    struct zset_element element;
    for (uint32_t at = listpack_last(pack); at; range.start--) {
        at = listpack_prev(pack, at);
        zset_pack_read(pack, at, digits, &element);
        bool begun = range.start < range.end || zset_lex_holds(&lex->max, element.member);
        if (begun && !zset_lex_reaches(&lex->min, element.member)) break;
        if (!begun) range.end--;
        at = listpack_prev(pack, at);
    }
    return range;
}

struct zset_range zset_pack_lex(const struct listpack *pack, const struct zset_lex *lex,
                                bool backwards)
{
    return backwards ? lex_backwards(pack, lex) : lex_forwards(pack, lex);
}
