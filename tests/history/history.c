#include "history/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/members.h"

/* Values are seen, and lost, and so are the elements of lists: they have numbers behind them. */
enum {
    PLACES = HISTORY_DATABASES * HISTORY_KEYS_ALL,
    OBSERVED_MAX = HISTORY_VALUES_MAX + HISTORY_ELEMENTS + 1,
};

struct state {
    uint16_t at[HISTORY_CONNS_MAX]; /* commands taken of each connection */
    int32_t values[PLACES];         /* of strings, and what has been added to them, in
                                       HISTORY_VALUES_MAX */
    uint16_t expiries[PLACES];
    struct members members[HISTORY_DATABASES];
};

/* When a value that was set with an expiry goes: not before, not after. */
struct lifetime {
    int64_t earliest_ns, latest_ns; /* 0: it does not expire */
};

/* Where the search stands: the state, and what is to be tried next. */
struct frame {
    struct state state;
    uint8_t order[HISTORY_CONNS_MAX]; /* connections whose next command may come now, the one that
                                         was answered first in front */
    uint8_t count, at;                /* of them; the one to be tried ... */
    uint32_t variant;                 /* ... with which of its keys expired, as a mask, and behind
                                         it which member SPOP takes, if nobody knows */
};

/* A command whose reply names a value, or a list's element. */
struct observer {
    struct observer *next;
    uint32_t conn, at;
};

struct search {
    const struct history *history;
    struct observer *observers[OBSERVED_MAX];
    struct lifetime lifetimes[HISTORY_VALUES_MAX];
    uint64_t *seen; /* hashes of states; 0: free */
    size_t seen_size, seen_count;
    struct frame *frames;
    size_t frame_count, frame_max;
    uint32_t must[HISTORY_CONNS_MAX]; /* commands that were answered */
    bool has_members;                 /* else that part of the state stays as it is */
    uint32_t total, deepest_total;
    uint32_t *deepest;
};

static uint64_t mix(uint64_t word)
{
    word ^= word >> 32;
    word *= 0xd6e8feb86659fd93ULL;
    word ^= word >> 32;
    word *= 0xd6e8feb86659fd93ULL;
    return word ^ word >> 32;
}

static uint64_t hash_words(uint64_t hash, const void *bytes, size_t len)
{
    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, (const uint8_t *)bytes + at, len - at < 8 ? len - at : 8);
        hash = mix(hash ^ word) + at;
    }
    return hash;
}

static uint64_t hash_members(uint64_t hash, const struct members *members)
{
    hash = hash_words(hash, members->lists, sizeof members->lists);
    hash = hash_words(hash, members->sets, sizeof members->sets);
    return mix(hash ^ (members->once | (uint64_t)members->twice << 16));
}

static uint64_t hash_state(const struct search *search, const struct state *state)
{
    uint32_t conn_count = search->history->conn_count;
    uint64_t hash = hash_words(0x9e3779b97f4a7c15ULL, state->at, conn_count * sizeof *state->at);
    hash = hash_words(hash, state->values, sizeof state->values);
    hash = hash_words(hash, state->expiries, sizeof state->expiries);
    for (uint32_t db = 0; search->has_members && db < HISTORY_DATABASES; db++)
        hash = hash_members(hash, &state->members[db]);
    return hash ? hash : 1;
}

static void insert_hash(uint64_t *table, size_t size, uint64_t hash)
{
    size_t at = hash & (size - 1);
    while (table[at])
        at = (at + 1) & (size - 1);
    table[at] = hash;
}

static void grow_seen(struct search *search)
{
    size_t size = search->seen_size ? search->seen_size * 2 : 4096;
    uint64_t *table = calloc(size, sizeof *table);
    for (size_t i = 0; i < search->seen_size; i++)
        if (search->seen[i]) insert_hash(table, size, search->seen[i]);
    free(search->seen);
    search->seen = table;
    search->seen_size = size;
}

/* False: this state has been looked at. */
static bool note_state(struct search *search, const struct state *state)
{
    if (search->seen_count * 2 >= search->seen_size) grow_seen(search);
    uint64_t hash = hash_state(search, state);
    size_t at = hash & (search->seen_size - 1);
    for (; search->seen[at]; at = (at + 1) & (search->seen_size - 1))
        if (search->seen[at] == hash) return false;
    search->seen[at] = hash;
    search->seen_count++;
    return true;
}

/* --- the model ---------------------------------------------------------------------------- */

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

static int32_t value_at(const struct state *state, const struct op *op, uint32_t i)
{
    return state->values[place_of(op, i)];
}

static bool has_string(uint32_t place)
{
    return place % HISTORY_KEYS_ALL < HISTORY_KEYS;
}

static bool is_there(const struct state *state, uint32_t place)
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
        if (is_there(state, db * HISTORY_KEYS_ALL + key)) mask |= 1 << key;
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
        if (!is_there(state, place) || (stores && i == 0)) state->expiries[place] = 0;
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
    bool exists = is_there(state, place);
    uint16_t before = state->expiries[place];
    if (exists) state->expiries[place] = op->expiry;
    if (op->kind == OP_PEXPIRE) return op_says(op, exists);
    return op_says(op, op->kind == OP_PERSIST ? before != 0 : state->values[place]);
}

static bool apply_pttl(const struct state *state, const struct op *op)
{
    uint32_t place = place_of(op, 0);
    if (!is_there(state, place)) return op_says(op, 0);
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
        count += is_there(state, place_of(op, i));
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
    if (!is_there(state, from)) return op_says(op, is_rename ? -1 : 0);
    if (spares && is_there(state, to)) return op_says(op, 0);
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
    case OP_SCAN: return true;
    default: return apply_set(state, op);
    }
}

/* --- expiry ------------------------------------------------------------------------------- */

static void note_lifetimes(struct search *search)
{
    const struct history *history = search->history;
    for (uint32_t c = 0; c < history->conn_count; c++)
        for (uint32_t i = 0; i < history->conns[c].count; i++) {
            const struct op *op = &history->conns[c].ops[i];
            if (!op->expiry) continue;
            int64_t live_ns = (int64_t)op->expiry_ms * 1000000, slack_ns = history->clock_slack_ns;
            search->lifetimes[op->expiry] = (struct lifetime){
                op->sent_ns + live_ns - slack_ns,
                op->is_answered ? op->answered_ns + live_ns + slack_ns : INT64_MAX,
            };
        }
}

/* May the keys be expired, or still there, as `mask` says, when the command takes effect? */
static bool expire(const struct search *search, struct state *state, const struct op *op,
                   uint32_t mask)
{
    for (uint32_t i = 0; i < place_count(op); i++) {
        uint32_t place = place_of(op, i);
        bool expires = state->expiries[place] != 0, is_expired = mask >> i & 1;
        const struct lifetime *life = &search->lifetimes[state->expiries[place]];
        if (is_expired && (!expires || (op->is_answered && op->answered_ns < life->earliest_ns)))
            return false;
        if (!is_expired && expires && op->sent_ns > life->latest_ns) return false;
        if (is_expired) clear(state, place);
    }
    return true;
}

/* Did SPOP take effect, and what did it take? Nobody says. */
static bool is_open(const struct op *op)
{
    return op->kind == OP_SPOP && !op->is_answered;
}

static uint32_t variant_count(const struct op *op)
{
    return (is_open(op) ? HISTORY_MEMBERS + 1 : 1) << place_count(op);
}

static bool apply_variant(const struct search *search, struct state *state, const struct op *op,
                          uint32_t variant)
{
    uint32_t expired = variant & ((1u << place_count(op)) - 1);
    struct op chosen = *op;
    if (is_open(op)) chosen.reply[0] = (int32_t)(1u << (variant >> place_count(op)) >> 1);
    return expire(search, state, op, expired) && apply(state, &chosen);
}

/* --- the search --------------------------------------------------------------------------- */

static const struct op *next_op(const struct search *search, const struct state *state,
                                uint32_t conn)
{
    const struct history_conn *ops = &search->history->conns[conn];
    return state->at[conn] < ops->count ? &ops->ops[state->at[conn]] : NULL;
}

static int64_t horizon_of(const struct search *search, const struct state *state)
{
    int64_t earliest_ns = INT64_MAX;
    for (uint32_t c = 0; c < search->history->conn_count; c++) {
        const struct op *op = next_op(search, state, c);
        if (op && op->is_answered && op->answered_ns < earliest_ns) earliest_ns = op->answered_ns;
    }
    return earliest_ns;
}

static bool is_explained(const struct search *search, const struct state *state)
{
    for (uint32_t c = 0; c < search->history->conn_count; c++)
        if (state->at[c] < search->must[c]) return false;
    return true;
}

static void note_depth(struct search *search, const struct state *state)
{
    uint32_t total = 0;
    for (uint32_t c = 0; c < search->history->conn_count; c++)
        total += state->at[c];
    if (!search->deepest || total < search->deepest_total) return;
    search->deepest_total = total;
    for (uint32_t c = 0; c < search->history->conn_count; c++)
        search->deepest[c] = state->at[c];
}

static int64_t end_of(const struct op *op)
{
    return op->is_answered ? op->answered_ns : INT64_MAX;
}

static void add_candidate(const struct search *search, struct frame *frame, uint32_t conn)
{
    int64_t end_ns = end_of(next_op(search, &frame->state, conn));
    uint32_t at = frame->count++;
    for (; at; at--) {
        uint8_t before = frame->order[at - 1];
        if (end_of(next_op(search, &frame->state, before)) <= end_ns) break;
        frame->order[at] = before;
    }
    frame->order[at] = (uint8_t)conn;
}

static void push(struct search *search, const struct state *state)
{
    if (search->frame_count == search->frame_max) {
        search->frame_max = search->frame_max ? search->frame_max * 2 : 1024;
        search->frames = realloc(search->frames, search->frame_max * sizeof *search->frames);
    }
    struct frame *frame = &search->frames[search->frame_count++];
    *frame = (struct frame){.state = *state};
    int64_t horizon_ns = horizon_of(search, state);
    for (uint32_t conn = 0; conn < search->history->conn_count; conn++) {
        const struct op *op = next_op(search, state, conn);
        if (op && op->sent_ns <= horizon_ns) add_candidate(search, frame, conn);
    }
    note_depth(search, state);
}

/* Did it leave everything as it was, whenever that was? Its reply tells. */
static bool is_idle(const struct op *op)
{
    if (!op->is_answered) return false;
    if (op_has_members(op)) return members_is_idle(op);
    switch (op->kind) {
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

/* Takes commands that changed nothing, and were answered as they would be now. Whatever explains
 * the rest explains it with these here, too: so nothing else need be tried. */
static void take_idle(const struct search *search, struct state *state)
{
    for (bool found = true; found;) {
        int64_t horizon_ns = horizon_of(search, state);
        found = false;
        for (uint32_t conn = 0; conn < search->history->conn_count && !found; conn++) {
            const struct op *op = next_op(search, state, conn);
            struct state after = *state;
            if (!op || op->sent_ns > horizon_ns || !is_idle(op)) continue;
            if (!expire(search, &after, op, 0) || !apply(&after, op)) continue;
            state->at[conn]++;
            found = true;
        }
    }
}

/* The value that was written, whatever has been added since. */
static uint32_t written(int32_t value)
{
    return (uint32_t)value % HISTORY_VALUES_MAX;
}

static bool holds(const struct state *state, uint32_t value)
{
    for (uint32_t place = 0; place < PLACES; place++)
        if (written(state->values[place]) == value) return true;
    return false;
}

/* By a command still to come. */
static bool is_seen(const struct search *search, uint32_t value, const struct state *state)
{
    for (const struct observer *o = search->observers[value]; o; o = o->next)
        if (o->at >= state->at[o->conn]) return true;
    return false;
}

static uint32_t elements_in(const struct state *state)
{
    return members_elements(&state->members[0]) | members_elements(&state->members[1]);
}

static bool has_lost_element(const struct search *search, const struct state *before,
                             const struct state *after)
{
    uint32_t lost = elements_in(before) & ~elements_in(after);
    for (uint32_t element = 1; lost && element <= HISTORY_ELEMENTS; element++)
        if (lost >> element & 1 && is_seen(search, HISTORY_VALUES_MAX + element, after))
            return true;
    return false;
}

/* Each value is written once: one that is gone is seen no more. Has one gone that a command still
 * to come has seen? */
static bool has_lost(const struct search *search, const struct state *before,
                     const struct state *after)
{
    for (uint32_t place = 0; place < PLACES; place++) {
        uint32_t value = written(before->values[place]);
        if (!value || value == written(after->values[place]) || holds(after, value)) continue;
        if (is_seen(search, value, after)) return true;
    }
    return search->has_members && has_lost_element(search, before, after);
}

/* Tries what the frame points at, and points it at the next. False: it cannot be. */
static bool try_next(struct search *search, struct frame *frame, struct state *state)
{
    uint32_t conn = frame->order[frame->at];
    const struct op *op = next_op(search, &frame->state, conn);
    uint32_t variant = frame->variant++;
    if (frame->variant == variant_count(op)) {
        frame->variant = 0;
        frame->at++;
    }
    *state = frame->state;
    if (!apply_variant(search, state, op, variant)) return false;
    state->at[conn]++;
    if (has_lost(search, &frame->state, state)) return false;
    take_idle(search, state);
    return note_state(search, state);
}

static enum history_verdict look(struct search *search, uint64_t max_steps)
{
    struct state state = {0};
    take_idle(search, &state);
    push(search, &state);
    for (uint64_t step = 0; search->frame_count; step++) {
        if (step > max_steps) return HISTORY_UNDECIDED;
        struct frame *frame = &search->frames[search->frame_count - 1];
        if (is_explained(search, &frame->state)) return HISTORY_GOOD;
        if (frame->at == frame->count)
            search->frame_count--;
        else if (try_next(search, frame, &state))
            push(search, &state);
    }
    return HISTORY_BAD;
}

static uint32_t observed_count(const struct op *op)
{
    if (!op->is_answered) return 0;
    if (op->kind == OP_MGET) return op->key_count;
    switch (op->kind) {
    case OP_GET:
    case OP_SET_GET:
    case OP_INCRBY:
    case OP_GETDEL:
    case OP_GETEX_PX:
    case OP_GETEX_PERSIST: return 1;
    default: return 0;
    }
}

static void add_observer(struct search *search, uint32_t value, uint32_t conn, uint32_t at)
{
    struct observer **first = &search->observers[value];
    struct observer *observer = malloc(sizeof *observer);
    *observer = (struct observer){*first, conn, at};
    *first = observer;
}

static void note_observers(struct search *search, uint32_t conn)
{
    for (uint32_t at = 0; at < search->history->conns[conn].count; at++) {
        const struct op *op = &search->history->conns[conn].ops[at];
        for (uint32_t i = 0; i < observed_count(op); i++)
            add_observer(search, written(op->reply[i]), conn, at);
        if (!op_has_members(op)) continue; /* other commands only take away, or carry elsewhere */
        search->has_members = true;
        for (uint32_t element = 1; element <= HISTORY_ELEMENTS; element++)
            if (members_seen(op) >> element & 1)
                add_observer(search, HISTORY_VALUES_MAX + element, conn, at);
    }
}

static void forget_observers(struct search *search)
{
    for (uint32_t value = 0; value < OBSERVED_MAX; value++)
        while (search->observers[value]) {
            struct observer *next = search->observers[value]->next;
            free(search->observers[value]);
            search->observers[value] = next;
        }
}

enum history_verdict history_check(const struct history *history, uint64_t max_steps,
                                   uint32_t *deepest)
{
    struct search *search = calloc(1, sizeof *search);
    search->history = history;
    search->deepest = deepest;
    for (uint32_t c = 0; c < history->conn_count; c++)
        for (uint32_t i = 0; i < history->conns[c].count; i++)
            if (history->conns[c].ops[i].is_answered) search->must[c] = i + 1;
    note_lifetimes(search);
    for (uint32_t c = 0; c < history->conn_count; c++)
        note_observers(search, c);
    enum history_verdict verdict = look(search, max_steps);
    forget_observers(search);
    free(search->seen);
    free(search->frames);
    free(search);
    return verdict;
}

static const char *const kind_names[OP_KIND_COUNT] = {
    "GET",      "SET",     "SET..GET",    "SET..NX",        "SETNX",       "SET..PX",
    "INCRBY",   "GETDEL",  "GETEX",       "GETEX..PERSIST", "PEXPIRE",     "PERSIST",
    "PTTL",     "DEL",     "UNLINK",      "EXISTS",         "MGET",        "MSET",
    "MSETNX",   "RENAME",  "RENAMENX",    "COPY",           "MOVE",        "SELECT",
    "SWAPDB",   "FLUSHDB", "FLUSHALL",    "DBSIZE",         "KEYS",        "RANDOMKEY",
    "SCAN",     "SADD",    "SREM",        "SPOP",           "SMOVE",       "SISMEMBER",
    "SMEMBERS", "SUNION",  "SUNIONSTORE", "SINTERSTORE",    "ZUNIONSTORE", "ZCARD",
    "ZRANGE",   "LPUSH",   "RPUSH",       "LPOP",           "RPOP",        "LMOVE",
    "LRANGE",
};

static char key_letter(const struct op *op, uint32_t i)
{
    if (op->keys[i] < FIRST_SET) return 'k';
    return op->keys[i] < FIRST_LIST ? 's' : op->keys[i] < UNION_KEY ? 'l' : 'z';
}

void op_print(const struct op *op, uint32_t conn, char *out, size_t size)
{
    int len = snprintf(out, size, "c%u %s", conn, kind_names[op->kind]);
    if (op->db) len += snprintf(out + len, size - (size_t)len, " in %u", op->db);
    if (op->to_db) len += snprintf(out + len, size - (size_t)len, " to %u", op->to_db);
    if (op->increment) len += snprintf(out + len, size - (size_t)len, " +%u", op->increment);
    for (uint32_t i = 0; i < op->key_count; i++) {
        len += snprintf(out + len, size - (size_t)len, " %c%u", key_letter(op, i), op->keys[i]);
        if (op->values[i]) len += snprintf(out + len, size - (size_t)len, "=%u", op->values[i]);
    }
    if (op->expiry_ms) len += snprintf(out + len, size - (size_t)len, " %u ms", op->expiry_ms);
    if (op->members) len += snprintf(out + len, size - (size_t)len, " 0x%x", op->members);
    if (op->kind == OP_LMOVE)
        len += snprintf(out + len, size - (size_t)len, " %s to %s",
                        op->from_right ? "right" : "left", op->to_right ? "right" : "left");
    if (!op->is_answered) {
        snprintf(out + len, size - (size_t)len, " -> ? [%lld..]", (long long)op->sent_ns);
        return;
    }
    len += snprintf(out + len, size - (size_t)len, " ->");
    bool has_masks = op->kind == OP_ZRANGE || op->kind == OP_LRANGE;
    uint32_t replies = op->kind == OP_MGET ? op->key_count : has_masks ? 2 : 1;
    for (uint32_t i = 0; i < replies; i++)
        len += snprintf(out + len, size - (size_t)len, " %d", op->reply[i]);
    snprintf(out + len, size - (size_t)len, " [%lld..%lld]", (long long)op->sent_ns,
             (long long)op->answered_ns);
}

void history_print(const struct history *history, const uint32_t *explained)
{
    char line[256];
    for (uint32_t c = 0; c < history->conn_count; c++)
        for (uint32_t i = 0; i < history->conns[c].count; i++) {
            op_print(&history->conns[c].ops[i], c, line, sizeof line);
            printf("  %s %s\n", i < explained[c] ? "  " : "??", line);
        }
}
