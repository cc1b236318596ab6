#include "history/model.h"

#include <assert.h>
#include <string.h>

static_assert(PLACES <= 32, "a mask of places has 32 bits");
static_assert(HISTORY_DATABASES == 2, "a block that swaps them swaps two");

static const uint32_t all_places = (uint32_t)(((uint64_t)1 << PLACES) - 1);

static uint32_t place_count(const struct op *op)
{
    return op->kind == OP_MOVE ? 2 : op->key_count;
}

static uint32_t place_of(const struct op *op, uint32_t i)
{
    bool is_beyond = i == 1 && (op->kind == OP_COPY || op->kind == OP_MOVE);
    uint32_t db = is_beyond ? op->to_db : op->db;
    return db * HISTORY_KEYS_ALL + op->keys[op->kind == OP_MOVE ? 0 : i];
}

static uint32_t mask_of(const struct op *op)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < place_count(op); i++)
        mask |= 1u << place_of(op, i);
    return mask;
}

uint32_t model_places(const struct op *op, uint32_t places[PLACES_OF_OP_MAX])
{
    uint32_t mask = 0, count = 0;
    bool swaps = false;
    for (uint32_t part = 0; part <= op->parts; part++) {
        mask |= mask_of(&op[part]);
        swaps |= op[part].kind == OP_SWAPDB;
    }
    if (swaps)
        mask |= (mask << HISTORY_KEYS_ALL | mask >> HISTORY_KEYS_ALL) &
                all_places; /* of both databases */
    for (; mask; mask &= mask - 1) {
        assert(count < PLACES_OF_OP_MAX);
        places[count++] = (uint32_t)__builtin_ctz(mask);
    }
    return count;
}

static int32_t value_at(const struct state *state, const struct op *op, uint32_t i)
{
    return state->values[place_of(op, i)];
}

static bool has_string(uint32_t place)
{
    return place % HISTORY_KEYS_ALL < HISTORY_KEYS;
}

bool model_has(const struct state *state, uint32_t place)
{
    if (has_string(place)) return state->values[place];
    return members_has(&state->members[place / HISTORY_KEYS_ALL], place % HISTORY_KEYS_ALL);
}

/* A string. */
static void put(struct state *state, uint32_t place, int32_t value, uint16_t expiry)
{
    state->values[place] = value;
    state->expiries[place] = expiry;
}

/* Whatever it is. */
static void copy(struct state *state, uint32_t from, uint32_t to)
{
    put(state, to, state->values[from], state->expiries[from]);
    if (has_string(to)) return;
    struct members members = state->members[from / HISTORY_KEYS_ALL];
    members_put(&state->members[to / HISTORY_KEYS_ALL], to % HISTORY_KEYS_ALL, &members,
                from % HISTORY_KEYS_ALL);
}

static void clear(struct state *state, uint32_t place)
{
    put(state, place, 0, 0);
    if (has_string(place)) return;
    members_put(&state->members[place / HISTORY_KEYS_ALL], place % HISTORY_KEYS_ALL, NULL, 0);
}

/* The keys that there are, as a mask. */
static int32_t keys_of(const struct state *state, uint32_t db)
{
    int32_t mask = 0;
    for (uint32_t key = 0; key < HISTORY_KEYS_ALL; key++)
        if (model_has(state, db * HISTORY_KEYS_ALL + key)) mask |= 1 << key;
    return mask;
}

/* A key that has become empty goes, with its expiry; what is stored has none. */
static bool apply_members(struct state *state, const struct op *op)
{
    bool stores =
        op->kind == OP_SUNIONSTORE || op->kind == OP_SINTERSTORE || op->kind == OP_ZUNIONSTORE;
    bool is_said = members_apply(&state->members[op->db], op);
    for (uint32_t i = 0; i < op->key_count; i++) {
        uint32_t place = place_of(op, i);
        if (!model_has(state, place) || (stores && i == 0)) state->expiries[place] = 0;
    }
    return is_said;
}

static bool apply_set(struct state *state, const struct op *op)
{
    int32_t before = value_at(state, op, 0);
    bool is_put = !before || (op->kind != OP_SET_NX && op->kind != OP_SETNX);
    if (is_put) put(state, place_of(op, 0), op->values[0], op->expiry);
    if (op->kind == OP_SET_NX || op->kind == OP_SETNX) return op_says(op, is_put);
    return op_says(op, op->kind == OP_SET_GET ? before : 0);
}

static bool apply_getdel(struct state *state, const struct op *op)
{
    int32_t before = value_at(state, op, 0);
    put(state, place_of(op, 0), 0, 0);
    return op_says(op, before);
}

static bool apply_incrby(struct state *state, const struct op *op)
{
    int32_t *value = &state->values[place_of(op, 0)];
    *value += op->increment * HISTORY_VALUES_MAX;
    return op_says(op, *value);
}

/* What sets an expiry or takes it away. */
static bool apply_expiry(struct state *state, const struct op *op)
{
    uint32_t place = place_of(op, 0);
    bool exists = model_has(state, place);
    uint16_t before = state->expiries[place];
    if (exists) state->expiries[place] = op->expiry;
    if (op->kind == OP_PEXPIRE) return op_says(op, exists);
    return op_says(op, op->kind == OP_PERSIST ? before != 0 : state->values[place]);
}

static bool apply_pttl(const struct state *state, const struct op *op)
{
    uint32_t place = place_of(op, 0);
    if (!model_has(state, place)) return op_says(op, 0);
    return op_says(op, state->expiries[place] ? 2 : 1);
}

static bool apply_mget(const struct state *state, const struct op *op)
{
    for (uint32_t i = 0; op->is_answered && i < op->key_count; i++)
        if (op->reply[i] != value_at(state, op, i)) return false;
    return true;
}

static bool apply_mset(struct state *state, const struct op *op)
{
    for (uint32_t i = 0; op->kind == OP_MSETNX && i < op->key_count; i++)
        if (value_at(state, op, i)) return op_says(op, 0);
    for (uint32_t i = 0; i < op->key_count; i++)
        put(state, place_of(op, i), op->values[i], 0);
    return op_says(op, op->kind == OP_MSETNX);
}

static bool apply_del(struct state *state, const struct op *op)
{
    int32_t count = 0;
    for (uint32_t i = 0; i < op->key_count; i++) {
        count += model_has(state, place_of(op, i));
        if (op->kind != OP_EXISTS) clear(state, place_of(op, i));
    }
    return op_says(op, count);
}

/* From one place to another: RENAME, RENAMENX, COPY, MOVE. */
static bool apply_rename(struct state *state, const struct op *op)
{
    uint32_t from = place_of(op, 0), to = place_of(op, 1);
    bool is_rename = op->kind == OP_RENAME || op->kind == OP_RENAMENX;
    bool spares = op->kind == OP_RENAMENX || op->kind == OP_MOVE;
    if (!model_has(state, from)) return op_says(op, is_rename ? -1 : 0);
    if (spares && model_has(state, to)) return op_says(op, 0);
    copy(state, from, to);
    if (op->kind != OP_COPY) clear(state, from);
    return op_says(op, op->kind != OP_RENAME);
}

static bool apply_swapdb(struct state *state, const struct op *op)
{
    struct state before = *state;
    for (uint32_t key = 0; key < HISTORY_KEYS_ALL; key++) {
        uint32_t other = HISTORY_KEYS_ALL + key;
        put(state, key, before.values[other], before.expiries[other]);
        put(state, other, before.values[key], before.expiries[key]);
    }
    state->members[0] = before.members[1];
    state->members[1] = before.members[0];
    return op_says(op, 0);
}

static bool apply_flush(struct state *state, const struct op *op)
{
    for (uint32_t place = 0; place < PLACES; place++)
        if (op->kind == OP_FLUSHALL || place / HISTORY_KEYS_ALL == op->db) clear(state, place);
    return op_says(op, 0);
}

static bool apply_dbsize(const struct state *state, const struct op *op)
{
    return op_says(op, __builtin_popcount((unsigned)keys_of(state, op->db)));
}

static bool apply_randomkey(const struct state *state, const struct op *op)
{
    int32_t keys = keys_of(state, op->db);
    if (!op->is_answered) return true;
    return op->reply[0] ? keys >> (op->reply[0] - 1) & 1 : !keys;
}

/* Takes effect; false: its reply would have been another one. */
static bool apply(struct state *state, const struct op *op)
{
    if (op_has_members(op)) return apply_members(state, op);
    switch (op->kind) {
    case OP_GET:
    case OP_MGET: return apply_mget(state, op);
    case OP_INCRBY: return apply_incrby(state, op);
    case OP_GETDEL: return apply_getdel(state, op);
    case OP_GETEX_PX:
    case OP_GETEX_PERSIST:
    case OP_PEXPIRE:
    case OP_PERSIST: return apply_expiry(state, op);
    case OP_PTTL: return apply_pttl(state, op);
    case OP_MSET:
    case OP_MSETNX: return apply_mset(state, op);
    case OP_DEL:
    case OP_UNLINK:
    case OP_EXISTS: return apply_del(state, op);
    case OP_RENAME:
    case OP_RENAMENX:
    case OP_COPY:
    case OP_MOVE: return apply_rename(state, op);
    case OP_SWAPDB: return apply_swapdb(state, op);
    case OP_FLUSHDB:
    case OP_FLUSHALL: return apply_flush(state, op);
    case OP_DBSIZE: return apply_dbsize(state, op);
    case OP_KEYS: return op_says(op, keys_of(state, op->db));
    case OP_RANDOMKEY: return apply_randomkey(state, op);
    case OP_SELECT:
    case OP_ID:
    case OP_SCAN: return true;
    default: return apply_set(state, op);
    }
}

static bool is_idle_block(const struct op *block)
{
    if (op_is_discarded(block) || !block->reply[0]) return true;
    for (uint32_t part = 1; part <= block->parts; part++)
        if (!model_is_idle(&block[part])) return false;
    return true;
}

bool model_is_idle(const struct op *op)
{
    if (!op->is_answered) return false;
    if (op_has_members(op)) return members_is_idle(op);
    switch (op->kind) {
    case OP_BLOCK: return is_idle_block(op);
    case OP_ID:
    case OP_UNWATCH:
    case OP_GET:
    case OP_MGET:
    case OP_EXISTS:
    case OP_PTTL:
    case OP_SELECT:
    case OP_DBSIZE:
    case OP_KEYS:
    case OP_RANDOMKEY:
    case OP_SCAN: return true;
    case OP_SET_NX:
    case OP_SETNX:
    case OP_GETDEL:
    case OP_GETEX_PX:
    case OP_GETEX_PERSIST:
    case OP_PEXPIRE:
    case OP_PERSIST:
    case OP_DEL:
    case OP_UNLINK:
    case OP_MSETNX:
    case OP_RENAMENX:
    case OP_COPY:
    case OP_MOVE: return op->reply[0] <= 0;
    case OP_RENAME: return op->reply[0] < 0;
    default: return false;
    }
}

/* --- watches and blocks ------------------------------------------------------------------- */

static uint32_t changed_places(const struct state *before, const struct state *after)
{
    uint32_t mask = 0;
    for (uint32_t place = 0; place < PLACES; place++) {
        uint32_t db = place / HISTORY_KEYS_ALL, key = place % HISTORY_KEYS_ALL;
        bool is_same = before->values[place] == after->values[place] &&
                       before->expiries[place] == after->expiries[place] &&
                       (key < HISTORY_KEYS ||
                        members_are_same(&before->members[db], &after->members[db], key));
        if (!is_same) mask |= 1u << place;
    }
    return mask;
}

/* What it may have written to, whatever is there now. */
static uint32_t written_places(const struct op *op)
{
    if (model_is_idle(op)) return 0;
    switch (op->kind) {
    case OP_SWAPDB: return ~0u;
    case OP_FLUSHDB:
    case OP_FLUSHALL: return 0; /* only if there is something, and then it changes */
    case OP_SUNIONSTORE:
    case OP_SINTERSTORE:
    case OP_ZUNIONSTORE: return 1u << place_of(op, 0);
    case OP_COPY: return 1u << place_of(op, 1);
    default: return mask_of(op);
    }
}

static void note_changes(struct state *state, uint32_t written, uint32_t changed)
{
    for (uint64_t left = state->watching; left; left &= left - 1) {
        uint64_t bit = left & -left;
        uint32_t watched = state->watched[__builtin_ctzll(left)];
        if (watched & (written | changed)) state->written |= bit;
        if (watched & changed) state->changed |= bit;
    }
}

static bool apply_noting(struct state *state, const struct op *op)
{
    if (!state->watching) return apply(state, op);
    struct state before = *state;
    bool is_said = apply(state, op);
    note_changes(state, written_places(op), changed_places(&before, state));
    return is_said;
}

void model_expire(struct state *state, uint32_t place)
{
    clear(state, place);
    note_changes(state, 0, 1u << place);
}

static void watch(struct state *state, uint32_t conn, uint32_t places)
{
    state->watched[conn] |= places;
    state->watching |= (uint64_t)1 << conn;
}

static void unwatch(struct state *state, uint32_t conn)
{
    uint64_t others = ~((uint64_t)1 << conn);
    state->watched[conn] = 0;
    state->watching &= others;
    state->written &= others;
    state->changed &= others;
}

static bool apply_block(struct state *state, const struct op *block, uint32_t conn, bool runs)
{
    bool written = state->written >> conn & 1, changed = state->changed >> conn & 1;
    unwatch(state, conn);
    if (op_is_discarded(block)) return true;
    if (!runs) return written;
    if (changed) return false;
    for (uint32_t part = 1; part <= block->parts; part++)
        if (!apply_noting(state, &block[part])) return false;
    return true;
}

bool model_apply(struct state *state, const struct op *op, uint32_t conn, bool runs)
{
    switch (op->kind) {
    case OP_WATCH: watch(state, conn, mask_of(op)); return true;
    case OP_UNWATCH: unwatch(state, conn); return true;
    case OP_BLOCK: return apply_block(state, op, conn, runs);
    default: return apply_noting(state, op);
    }
}
