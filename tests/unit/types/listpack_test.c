/* Tests of types/listpack: beside an array of texts, on known bytes, and on corrupt ones. */
#include "types/listpack.h"

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { MODEL_MAX = 300, TEXT_MAX = 17000 };

struct text {
    uint8_t *ptr;
    size_t len;
};

struct model {
    struct listpack *pack;
    uint32_t count;
    struct text texts[MODEL_MAX];
};

static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

/* --- Random elements -------------------------------------------------------------------------- */

/* Around the bounds between the forms of integers, and anywhere. */
static int64_t draw_integer(void)
{
    static const unsigned bits[] = {0, 6, 7, 12, 13, 15, 16, 23, 24, 31, 32, 62, 63};
    uint64_t integer = (uint64_t)1 << bits[below(sizeof bits / sizeof bits[0])];
    integer += below(5) - (uint64_t)2;
    if (below(4) == 0) integer = random_next(&rng) >> below(64);
    return below(2) ? (int64_t)integer : (int64_t)(0 - integer);
}

static size_t draw_len(void)
{
    static const size_t bounds[] = {0, 62, 125, 127, 4094, 16378, 16382};
    if (below(3)) return below(20);
    size_t bound = bounds[below(below(8) ? 4 : 7)];
    return bound + below(5);
}

static struct text draw_text(void)
{
    struct text text = {malloc(TEXT_MAX), 0};
    if (below(3) == 0) {
        text.len = number_write_int((char *)text.ptr, draw_integer());
        return text;
    }
    text.len = draw_len();
    for (size_t i = 0; i < text.len; i++)
        text.ptr[i] = below(2) ? (uint8_t)('0' + below(10)) : (uint8_t)random_next(&rng);
    return text;
}

static struct bytes view(struct text text)
{
    return bytes_make(text.ptr, text.len);
}

/* --- The model -------------------------------------------------------------------------------- */

static void model_insert(struct model *model, uint32_t index, struct text text)
{
    memmove(&model->texts[index + 1], &model->texts[index],
            (model->count - index) * sizeof model->texts[0]);
    model->texts[index] = text;
    model->count++;
}

static void model_remove(struct model *model, uint32_t index, uint32_t count)
{
    for (uint32_t i = index; i < index + count; i++)
        free(model->texts[i].ptr);
    memmove(&model->texts[index], &model->texts[index + count],
            (model->count - index - count) * sizeof model->texts[0]);
    model->count -= count;
}

static void model_init(struct model *model)
{
    model->pack = listpack_new();
    model->count = 0;
}

static void model_fini(struct model *model)
{
    listpack_free(model->pack);
    model_remove(model, 0, model->count);
}

static void check_entry(const struct model *model, uint32_t at, uint32_t index)
{
    char digits[NUMBER_INT_MAX];
    struct listpack_element element = listpack_get(model->pack, at);
    struct bytes text = listpack_text(&element, digits), wanted = view(model->texts[index]);
    int64_t integer;
    CHECK_BYTES(text.ptr, text.len, wanted.ptr, wanted.len);
    CHECK(listpack_equals(&element, wanted));
    CHECK(!element.ptr == number_parse_int(wanted, &integer));
}

static void check_both_ways(const struct model *model)
{
    struct listpack_element element;
    uint32_t index = 0;
    for (uint32_t at = listpack_first(model->pack); at && index < model->count; index++) {
        check_entry(model, at, index);
        uint32_t next = listpack_next(model->pack, at);
        CHECK_INT(listpack_read(model->pack, at, &element), next);
        at = next;
    }
    CHECK_INT(index, model->count);
    for (uint32_t at = listpack_last(model->pack); at && index > 0; index--) {
        CHECK_INT(listpack_seek(model->pack, index - 1), at);
        CHECK_INT(listpack_seek(model->pack, (int64_t)index - 1 - model->count), at);
        at = listpack_prev(model->pack, at);
    }
    CHECK_INT(index, 0);
}

static void check_model(const struct model *model, int64_t bytes_before)
{
    listpack_check(model->pack);
    CHECK_INT(listpack_count(model->pack), model->count);
    CHECK_INT(listpack_seek(model->pack, model->count), 0);
    CHECK_INT(listpack_seek(model->pack, -(int64_t)model->count - 1), 0);
    CHECK_INT(mem_unattached_bytes() - bytes_before, (int64_t)listpack_block_size(model->pack));
    check_both_ways(model);
}

/* --- Random steps ----------------------------------------------------------------------------- */

static void step_insert(struct model *model)
{
    enum { BATCH = 3 };
    struct listpack_element elements[BATCH];
    uint32_t index = below(model->count + 1), count = 1 + below(BATCH);
    if (model->count + count > MODEL_MAX) return;
    uint32_t at = index == model->count ? 0 : listpack_seek(model->pack, index);
    for (uint32_t i = 0; i < count; i++) {
        struct text text = draw_text();
        elements[i] = listpack_string(view(text));
        model_insert(model, index + i, text);
    }
    listpack_insert(&model->pack, at, (struct listpack_elements){elements, count});
    if (at) CHECK_INT(listpack_seek(model->pack, index), at);
}

static void step_push(struct model *model)
{
    if (model->count == MODEL_MAX) return;
    struct text text = draw_text();
    bool front = below(2);
    if (front)
        listpack_prepend(&model->pack, listpack_string(view(text)));
    else
        listpack_append(&model->pack, listpack_string(view(text)));
    model_insert(model, front ? 0 : model->count, text);
}

static void step_replace(struct model *model)
{
    if (!model->count) return;
    uint32_t index = below(model->count);
    struct text text = draw_text();
    listpack_replace(&model->pack, listpack_seek(model->pack, index), listpack_string(view(text)));
    free(model->texts[index].ptr);
    model->texts[index] = text;
}

static void step_remove(struct model *model)
{
    if (!model->count) return;
    uint32_t index = below(model->count), count = below(below(10) ? 4 : MODEL_MAX);
    uint32_t left = model->count - index, expected = count < left ? count : left;
    if (below(2)) {
        CHECK_INT(listpack_remove_range(&model->pack, (int64_t)index - model->count, count),
                  expected);
    } else {
        uint32_t at = listpack_seek(model->pack, index);
        CHECK_INT(listpack_remove(&model->pack, at, count), expected);
        uint32_t follows = listpack_entry_from(model->pack, at);
        CHECK_INT(follows, expected < left ? at : 0);
    }
    model_remove(model, index, expected);
}

static uint32_t model_find(const struct model *model, uint32_t from, struct bytes wanted,
                           unsigned skip)
{
    for (uint32_t i = from; i < model->count; i += skip + 1)
        if (bytes_equal(view(model->texts[i]), wanted)) return i;
    return model->count;
}

static void step_find(struct model *model)
{
    if (!model->count) return;
    struct text drawn = draw_text();
    uint32_t from = below(model->count);
    unsigned skip = below(3);
    struct bytes wanted = view(below(4) ? model->texts[below(model->count)] : drawn);
    uint32_t at = listpack_find(model->pack, listpack_seek(model->pack, from), wanted, skip);
    uint32_t index = model_find(model, from, wanted, skip);
    CHECK_INT(at, index == model->count ? 0 : listpack_seek(model->pack, index));
    free(drawn.ptr);
}

static void step_split_and_join(struct model *model)
{
    if (!model->count) return;
    uint32_t index = below(model->count);
    struct listpack *rest = listpack_split(&model->pack, listpack_seek(model->pack, index));
    listpack_check(rest);
    listpack_check(model->pack);
    CHECK_INT(listpack_count(model->pack), index);
    CHECK_INT(listpack_count(rest), model->count - index);
    listpack_join(&model->pack, rest);
    listpack_free(rest);
}

static void step_copy(struct model *model)
{
    struct listpack *copy = listpack_try_copy(listpack_view(model->pack));
    REQUIRE(copy);
    listpack_free(model->pack);
    model->pack = copy;
}

TEST(it_behaves_like_an_array_of_texts)
{
    static void (*const steps[])(struct model *) = {
        step_insert,  step_push,   step_replace, step_remove,         step_find,
        step_replace, step_insert, step_find,    step_split_and_join, step_copy,
    };
    test_seed(&rng, "listpack");
    for (int round = 0; round < 40; round++) {
        int64_t before = mem_unattached_bytes();
        struct model model;
        model_init(&model);
        for (int i = 0; i < 200 && !test_failed(); i++) {
            steps[below(sizeof steps / sizeof steps[0])](&model);
            check_model(&model, before);
        }
        model_fini(&model);
        CHECK_INT(mem_unattached_bytes(), before);
    }
}

/* Many short texts of few different bytes, among them heads and lengths as entries have them, so
 * that what is looked for also stands inside of texts, and across their ends. */
static struct text draw_alike(void)
{
    static const uint8_t bytes[] = {'a', 'b', 0x82, 0x83, 3, 4};
    struct text text = {malloc(TEXT_MAX), below(6)};
    for (size_t i = 0; i < text.len; i++)
        text.ptr[i] = bytes[below(sizeof bytes)];
    return text;
}

TEST(short_texts_are_found)
{
    test_seed(&rng, "listpack");
    for (int round = 0; round < 300; round++) {
        struct model model;
        model_init(&model);
        for (uint32_t count = below(MODEL_MAX); model.count < count;) {
            struct text text = below(5) ? draw_alike() : draw_text();
            if (text.len > 30) text.len = 30;
            listpack_append(&model.pack, listpack_string(view(text)));
            model_insert(&model, model.count, text);
        }
        for (int i = 0; i < 50 && model.count; i++) {
            bool is_there = below(2);
            struct text drawn = draw_alike();
            struct bytes wanted = view(is_there ? model.texts[below(model.count)] : drawn);
            uint32_t from = below(2) ? 0 : below(model.count), skip = below(3);
            uint32_t at = listpack_seek(model.pack, from);
            uint32_t index = model_find(&model, from, wanted, skip);
            uint32_t expected = index < model.count ? listpack_seek(model.pack, index) : 0;
            CHECK_INT(listpack_find(model.pack, at, wanted, skip), expected);
            free(drawn.ptr);
        }
        model_fini(&model);
    }
}

/* --- Known bytes ------------------------------------------------------------------------------ */

static void check_encoding(struct listpack_element element, struct bytes expected)
{
    struct listpack *pack = listpack_new();
    listpack_append(&pack, element);
    struct bytes whole = listpack_view(pack);
    CHECK_INT(whole.len, expected.len + 7);
    CHECK_BYTES(whole.ptr + 6, whole.len - 7, expected.ptr, expected.len);
    CHECK_INT(listpack_entry_len(&element), expected.len);
    listpack_free(pack);
}

TEST(integers_take_their_form)
{
    check_encoding(listpack_integer(0), BYTES("\x00\x01"));
    check_encoding(listpack_integer(127), BYTES("\x7f\x01"));
    check_encoding(listpack_integer(128), BYTES("\xc0\x80\x02"));
    check_encoding(listpack_integer(-1), BYTES("\xdf\xff\x02"));
    check_encoding(listpack_integer(4095), BYTES("\xcf\xff\x02"));
    check_encoding(listpack_integer(-4096), BYTES("\xd0\x00\x02"));
    check_encoding(listpack_integer(4096), BYTES("\xf1\x00\x10\x03"));
    check_encoding(listpack_integer(-32768), BYTES("\xf1\x00\x80\x03"));
    check_encoding(listpack_integer(32768), BYTES("\xf2\x00\x80\x00\x04"));
    check_encoding(listpack_integer(-8388608), BYTES("\xf2\x00\x00\x80\x04"));
    check_encoding(listpack_integer(8388608), BYTES("\xf3\x00\x00\x80\x00\x05"));
    check_encoding(listpack_integer(INT32_MIN), BYTES("\xf3\x00\x00\x00\x80\x05"));
    check_encoding(listpack_integer(INT64_MIN), BYTES("\xf4\0\0\0\0\0\0\0\x80\x09"));
    check_encoding(listpack_integer(INT64_MAX), BYTES("\xf4\xff\xff\xff\xff\xff\xff\xff\x7f\x09"));
}

TEST(texts_take_their_form)
{
    check_encoding(listpack_string(BYTES("")), BYTES("\x80\x01"));
    check_encoding(listpack_string(BYTES("abc")), BYTES("\x83"
                                                        "abc\x04"));
    check_encoding(listpack_string(BYTES("12")), BYTES("\x0c\x01"));
    check_encoding(listpack_string(BYTES("-0")), BYTES("\x82-0\x03"));
    check_encoding(listpack_string(BYTES("012")), BYTES("\x83\x30\x31\x32\x04"));
    check_encoding(listpack_string(BYTES("9223372036854775808")), BYTES("\x93"
                                                                        "9223372036854775808\x14"));
}

TEST(long_texts_have_long_backlens)
{
    static const struct {
        uint32_t len, head_len, backlen_len;
    } cases[] = {
        {63, 1, 1},    {64, 2, 1},    {125, 2, 1},     {126, 2, 2},
        {4095, 2, 2},  {4096, 5, 2},  {16377, 5, 2},   {16378, 5, 3},
        {16379, 5, 3}, {70000, 5, 3}, {2097145, 5, 3}, {2097146, 5, 4},
    };
    static uint8_t zeros[2097146];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listpack *pack = listpack_new();
        uint32_t len = cases[i].len;
        listpack_append(&pack, listpack_string(bytes_make(zeros, len)));
        listpack_append(&pack, listpack_integer(1));
        struct bytes whole = listpack_view(pack);
        CHECK_INT(whole.len, 7 + cases[i].head_len + len + cases[i].backlen_len + 2);
        CHECK_INT(listpack_prev(pack, listpack_last(pack)), 6);
        listpack_check(pack);
        listpack_free(pack);
    }
}

static struct listpack *pack_of_zeros(uint32_t count)
{
    struct listpack *pack = listpack_new();
    for (uint32_t i = 0; i < count; i++)
        listpack_append(&pack, listpack_integer(0));
    return pack;
}

TEST(a_count_may_be_unknown)
{
    struct listpack *pack = pack_of_zeros(65534), *other = pack_of_zeros(3);
    CHECK_BYTES(listpack_view(pack).ptr + 4, 2, "\xfe\xff", 2);
    listpack_append(&pack, listpack_integer(7));
    CHECK_BYTES(listpack_view(pack).ptr + 4, 2, "\xff\xff", 2);
    listpack_join(&pack, other);
    CHECK_INT(listpack_count(pack), 65538);
    CHECK_INT(listpack_seek(pack, 65534), listpack_seek(pack, -4));
    CHECK_INT(listpack_get(pack, listpack_seek(pack, 65534)).integer, 7);
    CHECK_INT(listpack_seek(pack, 65538), 0);
    CHECK_INT(listpack_seek(pack, -65539), 0);
    CHECK_INT(listpack_remove_range(&pack, -4, UINT32_MAX), 4);
    CHECK_INT(listpack_count(pack), 65534);
    listpack_check(pack);
    struct listpack *rest = listpack_split(&pack, listpack_seek(pack, 65530));
    CHECK_BYTES(listpack_view(pack).ptr + 4, 2, "\xfa\xff", 2);
    CHECK_INT(listpack_count(rest), 4);
    listpack_free(rest);
    listpack_free(other);
    listpack_free(pack);
}

TEST(entries_in_longer_forms_than_needed_are_found)
{
    /* 5 in 16 bits, "5" as a text of the longest form, "a" as one of 12 bits. */
    struct bytes bytes = BYTES("\x17\x00\x00\x00\x03\x00\xf1\x05\x00\x03\xf0\x01\x00\x00\x00"
                               "5\x06\xe0\x01"
                               "a\x03\xff");
    uint8_t copy[32];
    memcpy(copy, bytes.ptr, bytes.len);
    copy[0] = (uint8_t)bytes.len;
    bytes.ptr = copy;
    REQUIRE(listpack_validate(bytes, NULL, NULL));
    struct listpack *pack = listpack_try_copy(bytes);
    CHECK_INT(listpack_find(pack, 6, BYTES("5"), 0), 6);
    CHECK_INT(listpack_find(pack, 10, BYTES("5"), 0), 10);
    CHECK_INT(listpack_find(pack, 6, BYTES("a"), 0), 17);
    listpack_replace(&pack, 6, listpack_integer(5));
    CHECK_INT(listpack_count(pack), 3);
    listpack_check(pack);
    listpack_free(pack);
}

TEST(too_much_does_not_fit)
{
    struct listpack *pack = listpack_new();
    CHECK(listpack_fits(pack, LISTPACK_BYTES_MAX - 7));
    CHECK(!listpack_fits(pack, LISTPACK_BYTES_MAX - 6));
    CHECK(!listpack_fits(pack, SIZE_MAX));
    listpack_free(pack);
}

/* --- Corrupt bytes ---------------------------------------------------------------------------- */

static bool count_visit(void *context, const struct listpack_element *element)
{
    uint32_t *count = context;
    if (element->ptr && element->len) CHECK(element->ptr[0] + element->ptr[element->len - 1] >= 0);
    return --*count > 0;
}

TEST(the_visitor_may_refuse)
{
    struct listpack *pack = pack_of_zeros(5);
    uint32_t count = 6;
    CHECK(listpack_validate(listpack_view(pack), count_visit, &count));
    CHECK_INT(count, 1);
    count = 3;
    CHECK(!listpack_validate(listpack_view(pack), count_visit, &count));
    CHECK_INT(count, 0);
    listpack_free(pack);
}

static void check_refused(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.len + 1); /* of its true size, for the sanitizer */
    memcpy(copy + 1, bytes.ptr, bytes.len);
    CHECK(!listpack_validate(bytes_make(copy + 1, bytes.len), NULL, NULL));
    free(copy);
}

TEST(unsound_bytes_are_refused)
{
    check_refused(BYTES(""));
    check_refused(BYTES("\x06\x00\x00\x00\x00\x00"));
    check_refused(BYTES("\x08\x00\x00\x00\x00\x00\xff"));         /* another total */
    check_refused(BYTES("\x07\x00\x00\x00\x00\x00\xfe"));         /* no end */
    check_refused(BYTES("\x07\x00\x00\x00\x01\x00\xff"));         /* another count */
    check_refused(BYTES("\x09\x00\x00\x00\x01\x00\x01\x02\xff")); /* another backlen */
    check_refused(BYTES("\x09\x00\x00\x00\x01\x00\xff\x01\xff")); /* an end within */
    check_refused(BYTES("\x09\x00\x00\x00\x01\x00\xf5\x01\xff")); /* no such form */
    check_refused(BYTES("\x08\x00\x00\x00\x01\x00\xf0\xff"));     /* ends in a head */
    check_refused(BYTES("\x08\x00\x00\x00\x01\x00\xe0\xff"));
    check_refused(BYTES("\x08\x00\x00\x00\x01\x00\x01\xff")); /* no backlen */
    check_refused(BYTES("\x0c\x00\x00\x00\x01\x00\xf0\xff\xff\xff\xff\xff"));
    check_refused(BYTES("\x0d\x00\x00\x00\x01\x00\xf0\xfb\xff\xff\xff\x00\xff"));
    check_refused(BYTES("\x0a\x00\x00\x00\x01\x00\xf4\x00\x00\xff"));
}

static struct listpack *draw_pack(void)
{
    struct listpack *pack = listpack_new();
    for (uint32_t i = below(12); i > 0; i--) {
        struct text text = draw_text();
        listpack_append(&pack, listpack_string(view(text)));
        free(text.ptr);
    }
    return pack;
}

/* A few bytes changed, mostly those that say something of the layout, or the end cut off. */
static size_t corrupt(uint8_t *bytes, size_t len)
{
    for (uint32_t i = below(4) + 1; i > 0; i--) {
        size_t place = below(3) ? random_below(&rng, len) : random_below(&rng, len < 9 ? len : 9);
        bytes[place] = below(2) ? (uint8_t)(0xe0 + below(32)) : (uint8_t)random_next(&rng);
    }
    if (below(4) == 0) len = random_below(&rng, len + 1);
    if (below(2) && len >= 7) { /* past the first look */
        memcpy(bytes, &(uint32_t){(uint32_t)len}, 4);
        bytes[len - 1] = 0xff;
        if (below(2)) bytes[4] = bytes[5] = 0xff;
    }
    return len;
}

/* What was accepted can be used in every way. */
static void use(struct bytes bytes)
{
    struct model model = {.pack = listpack_try_copy(bytes)};
    char digits[NUMBER_INT_MAX];
    struct listpack_element element;
    uint32_t count = listpack_count(model.pack), seen = 0;
    for (uint32_t at = listpack_first(model.pack); at; seen++) {
        at = listpack_read(model.pack, at, &element);
        CHECK(listpack_text(&element, digits).ptr != NULL);
    }
    CHECK_INT(seen, count);
    for (uint32_t at = listpack_last(model.pack); at; seen--)
        at = listpack_prev(model.pack, at);
    CHECK_INT(seen, 0);
    CHECK_INT(listpack_find(model.pack, listpack_first(model.pack), BYTES("absent!"), 0), 0);
    if (count)
        listpack_replace(&model.pack, listpack_seek(model.pack, count / 2), listpack_integer(-1));
    listpack_remove_range(&model.pack, 0, 1);
    listpack_check(model.pack);
    listpack_free(model.pack);
}

TEST(corrupt_bytes_are_refused_or_harmless)
{
    test_seed(&rng, "listpack");
    unsigned accepted = 0;
    for (int i = 0; i < 30000 && !test_failed(); i++) {
        struct listpack *pack = draw_pack();
        struct bytes whole = listpack_view(pack);
        uint8_t *bytes = malloc(whole.len);
        memcpy(bytes, whole.ptr, whole.len);
        size_t len = corrupt(bytes, whole.len);
        uint8_t *exact = malloc(len ? len : 1);
        memcpy(exact, bytes, len);
        uint32_t count = UINT32_MAX;
        if (listpack_validate(bytes_make(exact, len), count_visit, &count)) {
            accepted++;
            use(bytes_make(exact, len));
        }
        free(exact);
        free(bytes);
        listpack_free(pack);
    }
    CHECK(accepted > 100); /* or nothing has been tried */
}
