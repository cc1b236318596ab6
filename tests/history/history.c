#include "history/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/model.h"

/* Values are seen, and lost, and so are the elements of lists: they have numbers behind them. */
enum { OBSERVED_MAX = HISTORY_VALUES_MAX + HISTORY_ELEMENTS + 1 };

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
                                         it what it took, if nobody knows */
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
    bool has_members, has_watches;    /* else that part of the state stays as it is */
    bool has_detours; /* one that waits may be sent elsewhere, and others behind it wait on */
    bool has_bursts;  /* several keys may get elements at once */
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
    if (search->has_watches) {
        hash = hash_words(hash, state->watched, conn_count * sizeof *state->watched);
        hash = mix(hash ^ state->written) + mix(state->changed + 1);
    }
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

/* When did it take effect, at the earliest? What has waited in vain has found nothing until the
 * end. */
static int64_t start_of(const struct search *search, const struct op *op)
{
    bool is_in_vain = op_waits(op) && !op->is_part && op->is_answered && !op->reply[2];
    if (!is_in_vain || (search->has_detours && !op->is_rescued)) return op->sent_ns;
    int64_t deadline_ns =
        op->sent_ns + (int64_t)op->wait_ms * 1000000 - search->history->clock_slack_ns;
    bool has_deadline = op->wait_ms && !op->reply[3];
    int64_t end_ns = has_deadline ? deadline_ns : op->unblocked_ns;
    if (has_deadline && op->unblocked_ns && op->unblocked_ns < end_ns) end_ns = op->unblocked_ns;
    return end_ns > op->sent_ns ? end_ns : op->sent_ns;
}

static int64_t end_of(const struct op *op)
{
    return op->is_answered ? op->answered_ns : INT64_MAX;
}

/* Those places of its keys at which something will expire. */
static uint32_t expiring_places(const struct state *state, const struct op *op,
                                uint32_t expiring[PLACES_OF_OP_MAX])
{
    uint32_t places[PLACES_OF_OP_MAX], count = 0, all = model_places(op, places);
    for (uint32_t i = 0; i < all; i++)
        if (state->expiries[places[i]]) expiring[count++] = places[i];
    return count;
}

/* May the keys be expired, or still there, as `mask` says, when the command takes effect? */
static bool expire(const struct search *search, struct state *state, const struct op *op,
                   uint32_t mask)
{
    uint32_t places[PLACES_OF_OP_MAX], count = expiring_places(state, op, places);
    for (uint32_t i = 0; i < count; i++) {
        const struct lifetime *life = &search->lifetimes[state->expiries[places[i]]];
        bool is_expired = mask >> i & 1;
        if (is_expired && end_of(op) < life->earliest_ns) return false;
        if (!is_expired && start_of(search, op) > life->latest_ns) return false;
        if (is_expired) model_expire(state, places[i]);
    }
    return true;
}

/* What is watched may have expired, or must have. */
static void expire_watched(const struct search *search, struct state *state, const struct op *op,
                           uint32_t conn)
{
    for (uint32_t left = state->watched[conn]; left; left &= left - 1) {
        uint16_t expiry = state->expiries[__builtin_ctz(left)];
        const struct lifetime *life = &search->lifetimes[expiry];
        if (expiry && end_of(op) >= life->earliest_ns) state->written |= (uint64_t)1 << conn;
        if (expiry && op->sent_ns > life->latest_ns) state->changed |= (uint64_t)1 << conn;
    }
}

/* In how many ways may it have taken effect, if nobody says? */
static uint32_t ways_of(const struct op *op)
{
    if (op->is_answered) return 1;
    if (op->kind == OP_SPOP) return HISTORY_MEMBERS + 1;
    if (op->kind == OP_BLOCK) return 2;
    if (op_waits_to_move(op)) return 2;
    return op_waits(op) ? op->key_count + 1 : 1;
}

static uint32_t variant_count(const struct state *state, const struct op *op)
{
    uint32_t places[PLACES_OF_OP_MAX];
    return ways_of(op) << expiring_places(state, op, places);
}

static bool apply_way(const struct search *search, struct state *state, const struct op *op,
                      uint32_t conn, uint32_t way)
{
    if (op->kind == OP_BLOCK) {
        bool runs = op->is_answered ? op->reply[0] : !way;
        if (search->has_watches) expire_watched(search, state, op, conn);
        return model_apply(state, op, conn, runs);
    }
    bool is_open = !op->is_answered && (op->kind == OP_SPOP || op_waits(op));
    if (!is_open && !op_waits(op)) return model_apply(state, op, conn, true);
    struct op chosen = *op;
    chosen.takes_any = search->has_bursts || search->history->has_homes;
    if (is_open) chosen.reply[op->kind == OP_SPOP ? 0 : 2] = (int32_t)way;
    if (is_open && op->kind == OP_SPOP) chosen.reply[0] = (int32_t)(1u << way >> 1);
    return model_apply(state, &chosen, conn, true);
}

static bool apply_variant(const struct search *search, struct state *state, const struct op *op,
                          uint32_t conn, uint32_t variant)
{
    uint32_t places[PLACES_OF_OP_MAX], count = expiring_places(state, op, places);
    return expire(search, state, op, variant & ((1u << count) - 1)) &&
           apply_way(search, state, op, conn, variant >> count);
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

/* When was the last of those taken sent that changed something? The others have been taken as soon
 * as they could be. */
static int64_t latest_of(const struct history_conn *ops, uint32_t at)
{
    while (at && ops->ops[at - 1].is_answered && model_is_idle(&ops->ops[at - 1]))
        at--;
    return at ? ops->ops[at - 1].sent_ns : INT64_MIN;
}

/* Its client had been killed, which was known before some other command was sent. */
static bool is_too_late(const struct search *search, const struct state *state, const struct op *op)
{
    if (op->is_answered || !op->gone_ns) return false;
    for (uint32_t c = 0; c < search->history->conn_count; c++)
        if (latest_of(&search->history->conns[c], state->at[c]) > op->gone_ns) return true;
    return false;
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
        if (!op || start_of(search, op) > horizon_ns || is_too_late(search, state, op)) continue;
        add_candidate(search, frame, conn);
    }
    note_depth(search, state);
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
            if (!op || !op->is_answered || !model_is_idle(op) || start_of(search, op) > horizon_ns)
                continue;
            if (!expire(search, &after, op, 0)) continue;
            if (!apply_way(search, &after, op, conn, 0)) continue;
            after.at[conn] = (uint16_t)op_end(op, after.at[conn]);
            *state = after;
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
    if (frame->variant == variant_count(&frame->state, op)) {
        frame->variant = 0;
        frame->at++;
    }
    *state = frame->state;
    if (!apply_variant(search, state, op, conn, variant)) return false;
    state->at[conn] = (uint16_t)op_end(op, state->at[conn]);
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

static void note_kinds(struct search *search, const struct op *op)
{
    search->has_members |= op_has_members(op);
    search->has_watches |= op->kind == OP_WATCH;
    search->has_detours |= op_waits_to_move(op);
    search->has_bursts |= op->kind == OP_BLOCK || op->kind == OP_SWAPDB;
}

static void note_observers(struct search *search, uint32_t conn)
{
    for (uint32_t at = 0; at < search->history->conns[conn].count; at++) {
        const struct op *op = &search->history->conns[conn].ops[at];
        for (uint32_t i = 0; i < observed_count(op); i++)
            add_observer(search, written(op->reply[i]), conn, at);
        note_kinds(search, op);
        if (!op_has_members(op)) continue; /* other commands only take away, or carry elsewhere */
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

/* Whose block was answered had all of it answered. */
static void note_musts(struct search *search, uint32_t conn)
{
    const struct history_conn *ops = &search->history->conns[conn];
    for (uint32_t i = 0; i < ops->count; i = op_end(&ops->ops[i], i))
        if (ops->ops[i].is_answered) search->must[conn] = op_end(&ops->ops[i], i);
}

enum history_verdict history_check(const struct history *history, uint64_t max_steps,
                                   uint32_t *deepest)
{
    struct search *search = calloc(1, sizeof *search);
    search->history = history;
    search->deepest = deepest;
    for (uint32_t c = 0; c < history->conn_count; c++)
        note_musts(search, c);
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
