/* Payloads of DUMP, without their checksum: value_restore() refuses what is not sound, and what it
 * takes is sound, says the same after another dump, and leaves nothing behind. */
#include "fuzz/fuzz.h"
#include "support/payload.h"

static struct type_limits draw_limits(struct choices *choices)
{
    struct type_limits limits = type_limits_standard;
    bool small = choose_byte(choices) & 1;
    if (!small) return limits;
    limits.hash_max_listpack_entries = 1;
    limits.set_max_intset_entries = 2;
    limits.set_max_listpack_entries = 2;
    limits.zset_max_listpack_entries = 1;
    limits.list_max_listpack_size = 2;
    limits.stream_node_max_entries = 2;
    return limits;
}

static void check_copies(const struct value *value, const struct type_limits *limits)
{
    struct value again, copy = value_copy(value, NULL);
    value_check(&copy);
    FUZZ_CHECK(have_same_digest(value, &copy));
    FUZZ_CHECK(payload_there_and_back(value, limits, &again));
    value_check(&again);
    FUZZ_CHECK(value_count(&again) == value_count(value));
    FUZZ_CHECK(have_same_digest(value, &again));
    value_free(&again);
    value_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = mem_unattached_bytes();
    struct choices choices = choices_of(data, size);
    struct type_limits limits = draw_limits(&choices);
    struct value value;
    if (payload_restore(choices_rest(&choices), &limits, &value)) {
        value_check(&value);
        FUZZ_CHECK(value_block_size(&value) > 0);
        FUZZ_CHECK(!PLANTED || value_count(&value) != 3);
        check_copies(&value, &limits);
        value_free(&value);
    }
    FUZZ_CHECK(mem_unattached_bytes() == before);
    return 0;
}
