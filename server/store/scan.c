#include "store/scan.h"

bool scan_parse_cursor(struct bytes text, uint64_t *cursor)
{
    bool sign = text.len > 1 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    uint64_t number = 0;
    for (size_t i = sign; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9) return false;
        if (__builtin_mul_overflow(number, 10, &number)) return false;
        if (__builtin_add_overflow(number, digit, &number)) return false;
    }
    *cursor = sign && text.ptr[0] == '-' ? 0 - number : number;
    return true;
}

static void count_entry(void *context, void *item)
{
    struct scan *scan = context;
    if (scan->keys_left) scan->keys_left--;
    scan->on_entry(scan->context, item);
}

static uint64_t cursor_of(uint32_t bucket, uint32_t slot)
{
    return slot < SLOT_COUNT ? (uint64_t)bucket << 14 | slot : 0;
}

static bool may_touch(const struct scan *scan, uint32_t slot)
{
    return !scan->may_touch || scan->may_touch(scan->context, (uint16_t)slot);
}

uint64_t scan_step(struct scan *scan, uint64_t cursor)
{
    uint32_t first = scan_slot_of_cursor(cursor), bucket = (uint32_t)(cursor >> 14);
    for (uint32_t slot = first; slot < SLOT_COUNT; slot++, bucket = 0) {
        if (slot != first && !may_touch(scan, slot)) return cursor_of(0, slot);
        struct database *database = slot_find_database(&scan->store->slots[slot], scan->db);
        if (!database || !database->table.count) continue;
        do {
            bucket = table_scan(&database->table, bucket, count_entry, scan);
            if (!scan->keys_left || !--scan->buckets_left)
                return bucket ? cursor_of(bucket, slot) : cursor_of(0, slot + 1);
        } while (bucket);
    }
    return 0;
}

void scan_all(struct store *store, uint16_t db, table_visit *visit, void *context)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        struct database *database = slot_find_database(&store->slots[slot], db);
        for (uint32_t i = 0; database && i < database->table.bucket_count; i++)
            table_visit_bucket(&database->table, i, visit, context);
    }
}

struct entry *scan_random(struct store *store, uint16_t db, struct random *random, uint16_t *slot)
{
    uint64_t count = store_count_keys(store, db);
    if (!count) return NULL;
    uint64_t rank = random_below(random, count);
    for (uint32_t number = 0;; number++) {
        struct database *database = slot_find_database(&store->slots[number], db);
        if (!database) continue;
        if (rank < database->table.count) {
            *slot = (uint16_t)number;
            return table_random(&database->table, random);
        }
        rank -= database->table.count;
    }
}
