/* Payloads of streams: one that decisions have made, with groups and pending entries, of which
 * bytes are changed. What value_restore() takes of it is sound, says the same after another dump,
 * bears being read and changed, and leaves nothing behind. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "support/payload.h"
#include "types/stream.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

enum { ENTRIES = 12, FIELDS = 3, CHANGES = 6 };

static struct bytes draw_text(struct choices *choices)
{
    static const char *const texts[] = {"a", "field", "7", "-300", "", "70000000000", "value"};
    return bytes_of_string(texts[choose_below(choices, sizeof texts / sizeof *texts)]);
}

static void add_entries(struct choices *choices, struct stream *stream,
                        const struct type_limits *limits)
{
    struct bytes texts[2 * FIELDS];
    uint32_t count = choose_below(choices, ENTRIES);
    for (uint32_t i = 0; i < count; i++) {
        struct id id = {stream->last_id.ms + choose_below(choices, 3),
                        stream->last_id.seq + 1 + choose_below(choices, 3)};
        uint32_t fields = 1 + choose_below(choices, FIELDS);
        for (uint32_t j = 0; j < 2 * fields; j++)
            texts[j] = draw_text(choices);
        struct stream_content content = {texts, 2 * fields, NULL};
        stream_add(stream, id, &content, limits);
        if (choose_below(choices, 4) == 0) stream_remove(stream, id);
    }
}

static void add_group(struct choices *choices, struct stream *stream)
{
    struct bytes name = draw_text(choices);
    if (stream_groups_find(stream->groups, name)) return;
    struct stream_group *group = stream_group_new(stream, name);
    group->last_id = stream->last_id;
    uint32_t pending = choose_below(choices, 5);
    for (uint32_t i = 0; i < pending; i++) {
        struct bytes owner = draw_text(choices);
        struct id id = {choose_below(choices, 6), choose_below(choices, 6)};
        struct stream_consumer *consumer = stream_consumer_find(group, owner);
        if (!consumer) consumer = stream_consumer_new(group, owner, 1);
        if (choose_below(choices, 5) == 0) consumer = NULL;
        if (!stream_pending_find(group, id)) stream_pending_add(group, id, consumer);
    }
}

static void add_producers(struct choices *choices, struct stream *stream)
{
    for (uint32_t i = choose_below(choices, 6); i; i--) {
        struct stream_addition addition = {.producer = draw_text(choices)};
        digest_next(&addition.digest, draw_text(choices));
        stream_producers_add(stream, &addition, (struct id){7 - i, 0});
    }
}

static void change_bytes(struct choices *choices, struct buf *dump)
{
    for (uint32_t i = choose_below(choices, CHANGES); i && dump->len > 1; i--) {
        uint32_t at = 1 + choose_below(choices, (uint32_t)dump->len - 1);
        if (choose_below(choices, 16) == 0)
            dump->len = at;
        else
            dump->ptr[at] = choose_byte(choices);
    }
}

static void check_same(const struct value *one, const struct value *other)
{
    value_check(other);
    FUZZ_CHECK(have_same_digest(one, other));
    FUZZ_CHECK(value_count(one) == value_count(other));
}

static void check_copies(const struct value *value, const struct type_limits *limits)
{
    struct value again, copy = value_copy(value, NULL);
    check_same(value, &copy);
    FUZZ_CHECK(payload_there_and_back(value, limits, &again));
    check_same(value, &again);
    value_free(&again);
    value_free(&copy);
}

/* Reads backwards, deletes every other entry, adds one and trims. */
static void use(struct stream *stream, const struct type_limits *limits)
{
    struct stream_cursor cursor;
    struct bytes texts[] = {BYTES("f"), BYTES("v")};
    struct stream_content content = {texts, 2, NULL};
    uint64_t passed = 0;
    bool more = stream_seek(&cursor, stream, ID_MAX, true);
    for (; more; more = stream_step(&cursor, true))
        passed++;
    FUZZ_CHECK(passed == stream->length);
    while (stream_seek(&cursor, stream, (struct id){passed, 0}, false)) {
        FUZZ_CHECK(stream_remove(stream, cursor.entry.id));
        passed += 2;
    }
    struct id id = stream->last_id;
    if (stream_id_increment(&id)) stream_add(stream, id, &content, limits);
    struct stream_trim trim = {
        .by = STREAM_TRIM_LENGTH, .refs = STREAM_DELETE_REFS, .max_length = 1};
    stream_trim(stream, &trim, NULL);
    FUZZ_CHECK(stream->length <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = mem_unattached_bytes();
    struct choices choices = choices_of(data, size);
    struct type_limits limits = type_limits_standard;
    struct value value = value_new(VALUE_STREAM);
    struct buf dump = {0};
    limits.stream_node_max_entries = choose_below(&choices, 5);
    add_entries(&choices, stream_open(&value), &limits);
    for (uint32_t groups = choose_below(&choices, 3); groups; groups--)
        add_group(&choices, stream_open(&value));
    add_producers(&choices, stream_open(&value));
    value_dump(&value, &dump, NULL);
    value_free(&value);
    change_bytes(&choices, &dump);
    if (payload_restore(buf_view(&dump), &limits, &value)) {
        value_check(&value);
        FUZZ_CHECK(!PLANTED || value_count(&value) != 3);
        check_copies(&value, &limits);
        use(value.stream, &limits);
        value_check(&value);
        value_free(&value);
    }
    buf_fini(&dump);
    FUZZ_CHECK(mem_unattached_bytes() == before);
    return 0;
}
