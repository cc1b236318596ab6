#include "types/set.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/item.h"
#include "types/set_parts.h"

enum { INTSET_ENTRIES_MAX = 1 << 30, BYTES_A_UNIT = 64 };

/* The table of a large one. */

static uint64_t hash_item(void *context, const void *item)
{
    return hash_keyed(context, item_read(item));
}

static struct table_owner owner_of(const struct set *set)
{
    return (struct table_owner){.hash = hash_item, .context = (void *)&set->hash_key};
}

static bool match(const void *item, const void *key)
{
    return bytes_equal(item_read(item), *(const struct bytes *)key);
}

struct set *set_new(struct hash_key hash_key)
{
    struct set *set = mem_alloc_zero(sizeof *set);
    set->hash_key = hash_key;
    return set;
}

void set_insert(struct set *set, struct bytes member)
{
    size_t size = item_room(member.len);
    uint8_t *item = mem_alloc(size);
    item_write(item, member);
    set->item_bytes += mem_block_size(size);
    struct table_owner owner = owner_of(set);
    table_insert(&set->table, hash_keyed(&set->hash_key, member), item, &owner);
}

static bool table_add(struct set *set, struct bytes member)
{
    uint64_t hash = hash_keyed(&set->hash_key, member);
    if (table_find(&set->table, hash, match, &member)) return false;
    set_insert(set, member);
    return true;
}

static void item_free(struct set *set, void *item)
{
    size_t size = item_room(item_read(item).len);
    set->item_bytes -= mem_block_size(size);
    mem_free(item, size);
}

static bool table_take(struct set *set, struct bytes member)
{
    uint64_t hash = hash_keyed(&set->hash_key, member);
    void *item = table_find(&set->table, hash, match, &member);
    if (!item) return false;
    struct table_owner owner = owner_of(set);
    table_remove(&set->table, hash, item, &owner);
    item_free(set, item);
    return true;
}

/* Which form it has. */

static void become(struct value *set, struct value form)
{
    value_free(set);
    *set = form;
}

static void become_table(struct value *set, const struct type_limits *limits)
{
    struct value form = {.type = VALUE_SET, .encoding = VALUE_OBJECT};
    form.set = set_new(limits->hash_key);
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (set_next(&cursor, &member))
        set_insert(form.set, member);
    become(set, form);
}

static void become_pack(struct value *set)
{
    struct value form = value_new(VALUE_SET);
    uint32_t count = intset_count(set->ints);
    for (uint32_t i = 0; i < count; i++)
        listpack_append(&form.pack, listpack_integer(intset_get(set->ints, i)));
    become(set, form);
}

void set_keep_limits(struct value *set, const struct type_limits *limits)
{
    if (set->encoding != VALUE_INTSET) return;
    int64_t max = limits->set_max_intset_entries;
    if (max > INTSET_ENTRIES_MAX) max = INTSET_ENTRIES_MAX;
    if (intset_count(set->ints) > max) become_table(set, limits);
}

static bool fits_pack(uint32_t count, size_t len, const struct type_limits *limits)
{
    return count < limits->set_max_listpack_entries &&
           len <= (uint64_t)limits->set_max_listpack_value;
}

static size_t digits_of(int64_t integer)
{
    char digits[NUMBER_INT_MAX];
    return number_write_int(digits, integer);
}

/* May a member that is no integer be added to this intset by making it a listpack? */
static bool ints_fit_pack(const struct intset *ints, struct bytes member,
                          const struct type_limits *limits)
{
    size_t len = digits_of(intset_max(ints)), other = digits_of(intset_min(ints));
    if (other > len) len = other;
    return fits_pack(intset_count(ints), len > member.len ? len : member.len, limits);
}

static bool add_to_ints(struct value *set, struct bytes member, const struct type_limits *limits)
{
    int64_t integer;
    if (number_parse_int(member, &integer)) {
        if (!intset_add(&set->ints, integer)) return false;
        set_keep_limits(set, limits);
        return true;
    }
    if (!intset_count(set->ints) || ints_fit_pack(set->ints, member, limits))
        become_pack(set);
    else
        become_table(set, limits);
    return set_add(set, member, limits);
}

static bool becomes_ints(const struct value *set, struct bytes member,
                         const struct type_limits *limits)
{
    int64_t integer;
    return !listpack_first(set->pack) && limits->set_max_intset_entries > 0 &&
           number_parse_int(member, &integer);
}

static bool add_to_pack(struct value *set, struct bytes member, const struct type_limits *limits)
{
    if (becomes_ints(set, member, limits)) {
        become(set, (struct value){VALUE_SET, VALUE_INTSET, {.ints = intset_new()}});
        return add_to_ints(set, member, limits);
    }
    if (listpack_find(set->pack, listpack_first(set->pack), member, 0)) return false;
    if (fits_pack(listpack_count(set->pack), member.len, limits) &&
        listpack_fits(set->pack, member.len)) {
        listpack_append(&set->pack, listpack_string(member));
        return true;
    }
    become_table(set, limits);
    set_insert(set->set, member);
    return true;
}

bool set_add(struct value *set, struct bytes member, const struct type_limits *limits)
{
    if (set->encoding == VALUE_OBJECT) return table_add(set->set, member);
    if (set->encoding == VALUE_INTSET) return add_to_ints(set, member, limits);
    return add_to_pack(set, member, limits);
}

bool set_remove(struct value *set, struct bytes member)
{
    if (set->encoding == VALUE_OBJECT) return table_take(set->set, member);
    if (set->encoding == VALUE_INTSET) {
        int64_t integer;
        return number_parse_int(member, &integer) && intset_remove(&set->ints, integer);
    }
    uint32_t at = listpack_find(set->pack, listpack_first(set->pack), member, 0);
    return at && listpack_remove(&set->pack, at, 1);
}

bool set_has(const struct value *set, struct bytes member)
{
    if (set->encoding == VALUE_OBJECT) {
        uint64_t hash = hash_keyed(&set->set->hash_key, member);
        return table_find(&set->set->table, hash, match, &member);
    }
    if (set->encoding == VALUE_INTSET) {
        int64_t integer;
        return number_parse_int(member, &integer) && intset_has(set->ints, integer);
    }
    return listpack_find(set->pack, listpack_first(set->pack), member, 0);
}

/* Passing all. */

void set_begin(struct set_cursor *cursor, const struct value *set)
{
    cursor->set = set;
    cursor->at = set->encoding == VALUE_LISTPACK ? listpack_first(set->pack) : 0;
    if (set->encoding == VALUE_OBJECT) table_begin(&cursor->table, &set->set->table);
}

/* The digits of an integer go to `digits`. */
static bool next_member(struct set_cursor *cursor, struct bytes *member,
                        char digits[NUMBER_INT_MAX])
{
    const struct value *set = cursor->set;
    if (set->encoding == VALUE_OBJECT) {
        const void *item = table_next(&cursor->table);
        if (item) *member = item_read(item);
        return item;
    }
    if (set->encoding == VALUE_INTSET) {
        if (cursor->at == intset_count(set->ints)) return false;
        int64_t integer = intset_get(set->ints, cursor->at++);
        *member = bytes_make(digits, number_write_int(digits, integer));
        return true;
    }
    if (!cursor->at) return false;
    struct listpack_element element;
    cursor->at = listpack_read(set->pack, cursor->at, &element);
    *member = listpack_text(&element, digits);
    return true;
}

bool set_next(struct set_cursor *cursor, struct bytes *member)
{
    return next_member(cursor, member, cursor->digits);
}

bool set_next_batch(struct set_cursor *cursor, struct set_batch *batch)
{
    uint32_t count = 0;
    while (count < SET_BATCH && next_member(cursor, &batch->members[count], batch->digits[count]))
        count++;
    batch->count = count;
    batch->is_hashed = false;
    return count;
}

static void hash_batch(struct set_batch *batch, const struct hash_key *hash_key)
{
    if (batch->is_hashed) return;
    batch->is_hashed = true;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->hashes[i] = hash_keyed(hash_key, batch->members[i]);
}

static uint32_t table_has_batch(const struct set *set, struct set_batch *batch, uint32_t wanted)
{
    const struct table *table = &set->table;
    uint32_t found = 0;
    hash_batch(batch, &set->hash_key);
    for (uint32_t i = 0; i < batch->count; i++)
        table_prefetch_bucket(table, batch->hashes[i]);
    for (uint32_t i = 0; i < batch->count; i++)
        table_prefetch_item(table, batch->hashes[i]);
    for (uint32_t rest = wanted; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (table_find(table, batch->hashes[i], match, &batch->members[i])) found |= 1u << i;
    }
    return found;
}

uint32_t set_has_batch(const struct value *set, struct set_batch *batch, uint32_t wanted)
{
    if (set->encoding == VALUE_OBJECT) return table_has_batch(set->set, batch, wanted);
    uint32_t found = 0;
    for (uint32_t rest = wanted; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (set_has(set, batch->members[i])) found |= 1u << i;
    }
    return found;
}

struct bytes set_random(const struct value *set, struct random *random, char digits[NUMBER_INT_MAX])
{
    if (set->encoding == VALUE_OBJECT) return item_read(table_random(&set->set->table, random));
    struct listpack_element element;
    if (set->encoding == VALUE_INTSET) {
        element = listpack_integer(intset_random(set->ints, random));
    } else {
        uint64_t index = random_below(random, listpack_count(set->pack));
        element = listpack_get(set->pack, listpack_seek(set->pack, (int64_t)index));
    }
    return listpack_text(&element, digits);
}

struct scanned {
    set_visit *visit;
    void *context;
};

static void visit_item(void *context, void *item)
{
    const struct scanned *scanned = context;
    scanned->visit(scanned->context, item_read(item));
}

uint32_t set_scan(const struct value *set, uint32_t cursor, set_visit *visit, void *context)
{
    if (set->encoding == VALUE_OBJECT) {
        struct scanned scanned = {visit, context};
        return table_scan(&set->set->table, cursor, visit_item, &scanned);
    }
    struct set_cursor all;
    struct bytes member;
    set_begin(&all, set);
    while (set_next(&all, &member))
        visit(context, member);
    return 0;
}

uint64_t set_work(const struct value *set)
{
    if (set->encoding == VALUE_OBJECT)
        return set->set->table.count + set->set->item_bytes / BYTES_A_UNIT;
    if (set->encoding == VALUE_INTSET) return intset_count(set->ints);
    return listpack_count(set->pack) + listpack_view(set->pack).len / BYTES_A_UNIT;
}

/* What is common to all types, of a struct set. */

uint64_t set_object_count(const void *object)
{
    return ((const struct set *)object)->table.count;
}

struct freed {
    struct set *set;
    uint64_t work;
};

static void free_item(void *context, void *item)
{
    struct freed *freed = context;
    item_free(freed->set, item);
    freed->work++;
}

bool set_object_free_some(void *object, uint64_t *work)
{
    struct set *set = object;
    struct freed freed = {set, 0};
    while (freed.work < *work) {
        if (table_drain(&set->table, free_item, &freed)) continue;
        *work -= freed.work;
        mem_free(set, sizeof *set);
        return true;
    }
    *work = 0;
    return false;
}

void *set_object_copy(const void *object, struct breath *breath)
{
    const struct set *set = object;
    struct set *copy = set_new(set->hash_key);
    struct table_cursor cursor;
    table_begin(&cursor, &set->table);
    for (const void *item; (item = table_next(&cursor));) {
        struct bytes member = item_read(item);
        set_insert(copy, member);
        breathe(breath, 4 + member.len / BYTES_A_UNIT);
    }
    return copy;
}

size_t set_object_block_size(const void *object)
{
    const struct set *set = object;
    return mem_block_size(sizeof *set) + table_block_size(&set->table) + set->item_bytes;
}

void set_object_check(const void *object)
{
    const struct set *set = object;
    struct table_owner owner = owner_of(set);
    table_check(&set->table, &owner);
    struct table_cursor cursor;
    uint64_t count = 0, bytes = 0;
    table_begin(&cursor, &set->table);
    for (const void *item; (item = table_next(&cursor)); count++) {
        struct bytes member = item_read(item);
        uint64_t hash = hash_keyed(&set->hash_key, member);
        ASSERT(table_find(&set->table, hash, match, &member) == item);
        bytes += mem_block_size(item_room(member.len));
    }
    ASSERT(count == set->table.count && bytes == set->item_bytes);
}
