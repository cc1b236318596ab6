/* Tests of store/entry. */
#include "store/entry.h"

#include <stdio.h>

#include "base/random.h"
#include "mem/mem.h"
#include "support/check.h"

enum { TEXT_MAX = 40000 };

/* What an entry should hold. */
struct model {
    uint8_t text[TEXT_MAX];
    size_t len;
    int64_t expiry_ms;
    uint8_t key[600];
    size_t key_len;
};

static void check(const struct entry *entry, const struct model *model)
{
    char scratch[NUMBER_INT_MAX];
    struct bytes text = entry_text(entry, scratch), key = entry_key(entry);
    CHECK_BYTES(text.ptr, text.len, model->text, model->len);
    CHECK_BYTES(key.ptr, key.len, model->key, model->key_len);
    CHECK_INT(entry_expiry_ms(entry), model->expiry_ms);
    CHECK_INT(entry->clock, 0x123456);
    CHECK_INT((int64_t)entry_text_len(entry), (int64_t)model->len);
    CHECK(entry_text_equal(entry, bytes_make(model->text, model->len)));
}

static void draw_text(struct model *model, struct random *random)
{
    static const size_t lens[] = {0, 1, 5, 8, 44, 45, 100, 1000, BLOB_MIN - 1, BLOB_MIN, 30000};
    if (random_below(random, 3) == 0) {
        int64_t value = (int64_t)random_next(random) >> random_below(random, 64);
        model->len = number_write_int((char *)model->text, value);
        return;
    }
    model->len = lens[random_below(random, sizeof lens / sizeof *lens)];
    memset(model->text, 'a' + (int)random_below(random, 26), model->len);
}

static int64_t draw_expiry(struct random *random)
{
    return random_below(random, 2) ? INT64_MAX : (int64_t)(random_next(random) >> 2);
}

static struct entry *change(struct entry *entry, struct model *model, struct random *random)
{
    switch (random_below(random, 3)) {
    case 0:
        model->expiry_ms = draw_expiry(random);
        return entry_set_expiry(entry, model->expiry_ms);
    case 1:
        if (entry_encoding(entry) != VALUE_INLINE) return entry;
        size_t old = model->len;
        model->len = random_below(random, 2000);
        entry = entry_resize_inline(entry, model->len);
        if (model->len > old) {
            memset((uint8_t *)entry_inline(entry).ptr + old, 'z', model->len - old);
            memset(model->text + old, 'z', model->len - old);
        }
        return entry;
    default:
        draw_text(model, random);
        model->expiry_ms = draw_expiry(random);
        struct str value = str_of_bytes(bytes_make(model->text, model->len));
        return entry_rewrite(entry, &value, model->expiry_ms);
    }
}

static void run(struct model *model, struct random *random)
{
    draw_text(model, random);
    model->expiry_ms = draw_expiry(random);
    struct str value = str_of_bytes(bytes_make(model->text, model->len));
    struct bytes key = bytes_make(model->key, model->key_len);
    struct entry *entry = entry_new(key, &value, model->expiry_ms, 0x123456);
    for (int i = 0; i < 100; i++) {
        check(entry, model);
        entry = change(entry, model, random);
    }
    struct entry *copy = entry_copy(entry, key, NULL);
    check(copy, model);
    entry_free(entry);
    check(copy, model);
    model->key_len = random_below(random, sizeof model->key);
    copy = entry_rename(copy, bytes_make(model->key, model->key_len));
    check(copy, model);
    entry_free(copy);
}

TEST(entries_keep_what_they_hold_through_all_changes)
{
    static struct model model;
    static const size_t key_lens[] = {0, 1, 16, 254, 255, 256, 600};
    struct random random;
    random_init(&random, 3);
    int64_t before = mem_unattached_bytes();
    for (size_t i = 0; i < sizeof model.key; i++)
        model.key[i] = (uint8_t)(i * 31);
    for (int i = 0; i < 200; i++) {
        model.key_len = key_lens[i % 7];
        run(&model, &random);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(a_small_string_is_one_block)
{
    int64_t before = mem_unattached_bytes();
    struct str value = str_of_bytes(BYTES("12345678901234567890123456789012"));
    struct entry *entry = entry_new(BYTES("0123456789abcdef"), &value, INT64_MAX, 0);
    CHECK_INT((int64_t)entry_size(entry), 8 + 16 + 32);
    CHECK_INT(mem_unattached_bytes() - before, (int64_t)entry_block_size(entry));
    CHECK_INT((int64_t)entry_block_size(entry), 64);
    entry_free(entry);
    value = str_of_bytes(BYTES("77"));
    entry = entry_new(BYTES("0123456789abcdef"), &value, 5, 0);
    CHECK_INT((int64_t)entry_size(entry), 8 + 8 + 16 + 1);
    entry_free(entry);
}

static void check_encoding(const char *text, const char *expected)
{
    struct str value = str_of_bytes(bytes_of_string(text));
    struct entry *entry = entry_new(BYTES("k"), &value, INT64_MAX, 0);
    CHECK_STR(entry_encoding_name(entry), expected);
    entry_free(entry);
}

TEST(encodings_have_the_names_that_clients_know)
{
    check_encoding("10", "int");
    check_encoding("010", "embstr");
    check_encoding("01234567890123456789012345678901234567890123", "embstr");
    check_encoding("012345678901234567890123456789012345678901234", "raw");
}
