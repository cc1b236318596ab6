#include "shard/shard.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/fault.h"
#include "base/mark.h"
#include "base/prefetch.h"
#include "ds/mintree.h"
#include "shard/claim.h"
#include "shard/expiry.h"
#include "shard/long_call.h"
#include "shard/pause.h"
#include "shard/request.h"
#include "shard/track.h"
#include "shard/waiters.h"

enum {
    INBOX_BATCH = 32,
    INBOX_A_PASS = 1024, /* messages, before connections have their turn again */
    INBOX_US = 5000,     /* the same, if they are slow */
    GARBAGE_KEYS_A_PASS = 256,
    SPIN_MAX_NS = 30 * 1000,
    SPIN_WORTH_NS = 12 * 1000, /* expected idle times beyond this are slept through */
    SLEEP_MAX_NS = 1000 * 1000 * 1000,
    TELL_IDLE_NS = 10 * 1000 * 1000, /* asking for CPU time is a system call */
};

void shard_apply(struct shard *shard, const struct settings *settings)
{
    shard->settings = settings;
    shard_listen(shard);
    shard->limits = (struct call_limits){
        .types = settings->types,
        .proto_max_bulk_len = settings->proto_max_bulk_len,
        .hll_sparse_max_bytes = settings->hll_sparse_max_bytes,
        .databases = (uint32_t)settings->databases,
        .lfu_log_factor = 10,
        .lfu_decay_minutes = 1,
    };
    shard->limits.types.hash_key = shard->group->store->hash_key;
}

void shard_listen(struct shard *shard)
{
    bool anybody = shard->settings->notify_keyspace_events || shard->tracking.client_count;
    shard->sink = anybody ? &shard->change_sink : NULL;
}

struct shard *shard_new(struct group *group, uint16_t id)
{
    struct shard *shard = mem_alloc_aligned(sizeof *shard, 64);
    memset(shard, 0, sizeof *shard);
    shard->group = group;
    shard->id = id;
    shard_apply(shard, group->settings);
    inbox_init(&shard->inbox);
    shard->inbox_batch = INBOX_BATCH;
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        shard->homes.gates[slot] =
            home_of(group, (uint16_t)slot) == id ? GATE_OPEN : GATE_ELSEWHERE;
    return shard;
}

void shard_free(struct shard *shard)
{
    mem_free_aligned(shard, sizeof *shard, 64);
}

static size_t doorbell_bytes(const struct shard *shard)
{
    return (shard->group->shard_count + 63u) / 64 * sizeof *shard->doorbells;
}

static void read_clocks(struct shard *shard)
{
    shard->now_ns = clock_monotonic_ns();
    shard->now_ms = clock_realtime_ms();
    shard->last_tick = clock_ticks();
}

static struct shard *shard_of_cron(struct timer *timer)
{
    return CONTAINER_OF(timer, struct shard, cron);
}

static void on_cron(struct timer *timer)
{
    struct shard *shard = shard_of_cron(timer);
    metric_set(&shard->counters.thread_cpu_ns, clock_thread_cpu_ns());
    shard->group->hooks->on_cron(shard);
    mem_decay();
    timer_set(&shard->timers, timer, shard->now_ns + 1000000000 / shard->settings->hz);
}

int shard_open(struct shard *shard, char *reason, size_t reason_size)
{
    mem_attach(&shard->memory);
    int error = ring_open(&shard->ring, &shard->group->ring_options, reason, reason_size);
    if (error) {
        mem_attach(NULL); /* the shard will go, and its account with it */
        return error;
    }
    uint64_t seed;
    random_secret(&seed, sizeof seed);
    random_init(&shard->random, seed);
    arena_init(&shard->scratch);
    shard->doorbells = mem_alloc_zero(doorbell_bytes(shard));
    read_clocks(shard);
    shard->cron.fire = on_cron;
    timer_set(&shard->timers, &shard->cron, shard->now_ns);
    return 0;
}

void shard_close(struct shard *shard)
{
    claim_check_idle(shard);
    timers_fini(&shard->timers);
    long_call_fini(shard);
    garbage_fini(&shard->garbage);
    if (shard->expiry) mintree_free(shard->expiry);
    mem_free(shard->doorbells, doorbell_bytes(shard));
    request_stock_fini(&shard->stock);
    arena_fini(&shard->scratch);
    ring_close(shard->ring);
    mem_attach(NULL); /* the account goes with the shard */
}

void shard_stop(struct shard *shard)
{
    shard->state = SHARD_STOPPED;
}

void shard_push(struct shard *from, uint16_t to, struct message *message)
{
    inbox_push(&from->group->shards[to]->inbox, message);
    if (to != from->id) shard_wake(from, to);
}

void shard_wake(struct shard *from, uint16_t to)
{
    if (!inbox_claim_doorbell(&from->group->shards[to]->inbox)) {
        metric_add(&from->counters.doorbells_saved, 1);
        return;
    }
    from->doorbells[to / 64] |= (uint64_t)1 << to % 64;
    from->doorbells_due = true;
}

static void ring_doorbells(struct shard *shard)
{
    if (!shard->doorbells_due) return;
    shard->doorbells_due = false;
    for (uint16_t i = 0; i < shard->group->shard_count; i++) {
        if (!(shard->doorbells[i / 64] >> i % 64 & 1)) continue;
        shard->doorbells[i / 64] &= ~((uint64_t)1 << i % 64);
        ring_doorbell(shard->ring, ring_fd(shard->group->shards[i]->ring));
    }
}

/* The oldest message, waiting out a push that has begun and not ended. The inbox is not empty. */
static struct message *pop(struct shard *shard)
{
    struct message *message = inbox_pop(&shard->inbox);
    if (!message) mark(MARK_PUSH_WAITED);
    for (struct pause pause = {0}; !message; message = inbox_pop(&shard->inbox))
        pause_spin(&pause);
    return message;
}

static void swap(struct message **one, struct message **other)
{
    struct message *kept = *one;
    *one = *other;
    *other = kept;
}

/* The queue is a list, each of whose links would be waited for. But requests come from stocks of
 * equal blocks, mostly at equal distances: asks for the lines where the next two messages stand if
 * that goes on. Returns where this one stands. */
static uintptr_t prefetch_next(const struct message *message, uintptr_t before)
{
    uintptr_t at = (uintptr_t)message, distance = at - before;
    prefetch_line_to_write((const void *)(at + distance));
    prefetch_line_to_write((const void *)(at + 2 * distance));
    return at;
}

/* Delivers some messages, up to `last` if that is among them; they are taken at once, so that the
 * memory they will touch is fetched together. Returns how many; *reached: `last` was. */
static uint32_t take_messages(struct shard *shard, const struct message *last, bool *reached)
{
    struct message *messages[INBOX_BATCH];
    uint32_t count = 0;
    uintptr_t before = 0;
    while (count < shard->inbox_batch && !*reached && !inbox_is_empty(&shard->inbox)) {
        struct message *message = messages[count++] = pop(shard);
        before = prefetch_next(message, before);
        ASSERT(message);
        *reached = message == last;
        request_prefetch(shard, message, 0);
    }
    for (unsigned stage = 1; stage <= 3 && count > 1; stage++)
        for (uint32_t i = 0; i < count; i++)
            request_prefetch(shard, messages[i], stage);
    if (fault_is(FAULT_INBOX_ORDER) && count > 1) swap(&messages[0], &messages[1]);
    for (uint32_t i = 0; i < count; i++)
        messages[i]->deliver(shard, messages[i]);
    return count;
}

void shard_catch_up(struct shard *shard)
{
    const struct message *newest = atomic_load(&shard->inbox.newest);
    bool reached = false;
    mark(MARK_CAUGHT_UP);
    while (!reached && !inbox_is_empty(&shard->inbox))
        take_messages(shard, newest, &reached);
}

static void drain_inbox(struct shard *shard)
{
    uint32_t taken = 0;
    bool reached = false; /* takes whatever comes */
    uint64_t start = shard->last_tick, allowed = (uint64_t)(INBOX_US * clock_ticks_per_us());
    while (taken < INBOX_A_PASS && !inbox_is_empty(&shard->inbox)) {
        taken += take_messages(shard, NULL, &reached);
        if (likely(shard->last_tick - start < allowed)) continue;
        shard->inbox_batch =
            1; /* what is taken must be delivered: so no more at once than must be */
        break;
    }
    if (shard->last_tick - start < allowed) shard->inbox_batch = INBOX_BATCH;
    if (!inbox_is_empty(&shard->inbox)) shard->more_work = true;
}

static bool may_touch(struct call *call, uint16_t slot)
{
    return shard_slot_is_open(call->shard, slot);
}

static struct outcome run_monitored(struct shard *shard, struct call *call)
{
    const struct shard_hooks *hooks = shard->group->hooks;
    struct buf line = {0};
    hooks->monitor_before(shard, call, &line);
    struct outcome outcome = call->command->run(call);
    if (outcome.kind == OUTCOME_LONG)
        buf_fini(&line); /* it is shown when it has run */
    else
        hooks->monitor_after(shard, call, &line);
    return outcome;
}

struct outcome shard_run(struct shard *shard, struct call *call)
{
    call->store = shard->group->store;
    if (!call->scratch) call->scratch = &shard->scratch;
    call->counters = &shard->call_counters;
    call->errors = &shard->errors;
    call->limits = &shard->limits;
    call->registry = shard->group->registry;
    call->garbage = &shard->garbage;
    call->random = &shard->random;
    call->now_ms = shard->now_ms;
    call->shard = shard;
    if (call->command->route == ROUTE_CURSOR && !call->is_queued) call->may_touch = may_touch;
    if (likely(!call->actor)) {
        call->actor = &call->own;
        call->own.sink = shard->sink;
        call->own.tracker = call->tracker;
    }
    struct arena_mark mark = arena_mark(call->scratch);
    struct outcome outcome =
        likely(!shard->monitor_count) ? call->command->run(call) : run_monitored(shard, call);
    if (unlikely(call->flags & CALL_REMEMBERED) && outcome.kind == OUTCOME_REPLIED)
        track_reads(shard, call);
    if (unlikely(call->breath != NULL)) arena_empty(call->scratch, mark, call->breath);
    arena_return(call->scratch, mark);
    if (unlikely(call->own.first_ready != NULL)) waiters_serve(shard, &call->own);
    struct command_counters *counters = &shard->command_counters[call->command->id];
    metric_add(&counters->calls, outcome.kind <= OUTCOME_PARKED);
    if (unlikely(call->flags & CALL_ERROR)) metric_add(&counters->failed, 1);
    if (unlikely(call->breath != NULL)) return outcome; /* its slices are timed */
    uint64_t tick = clock_ticks();
    metric_add(&counters->ticks, (int64_t)(tick - shard->last_tick));
    shard->last_tick = tick;
    return outcome;
}

static int64_t next_deadline_ns(const struct shard *shard)
{
    int64_t deadline_ns = timers_next_ns(&shard->timers);
    int64_t expiry_ms = expiry_next_ms(shard);
    if (expiry_ms != INT64_MAX) {
        int64_t wait_ms = expiry_ms - shard->now_ms;
        if (wait_ms < SLEEP_MAX_NS / 1000000) {
            int64_t expiry_ns = shard->now_ns + wait_ms * 1000000;
            if (expiry_ns < deadline_ns) deadline_ns = expiry_ns;
        }
    }
    int64_t corked_ns = net_next_deadline_ns(&shard->net);
    if (corked_ns < deadline_ns) deadline_ns = corked_ns;
    int64_t latest_ns = shard->now_ns + SLEEP_MAX_NS;
    return deadline_ns < latest_ns ? deadline_ns : latest_ns;
}

static bool is_wanted(struct shard *shard)
{
    return ring_has_work(shard->ring) || !inbox_is_empty(&shard->inbox);
}

/* Submits, then watches memory for a moment. True: there is work. */
static bool spin(struct shard *shard)
{
    latch_open(&shard->latch);
    ring_enter(shard->ring, 0);
    metric_add(&shard->counters.spins, 1);
    int64_t start_ns = clock_monotonic_ns(), now_ns = start_ns;
    bool found = is_wanted(shard);
    for (uint32_t i = 0; !found && now_ns - start_ns <= shard->spin_ns; i++) {
        pause_spin(&(struct pause){0});
        if (i % 16 == 15) now_ns = clock_monotonic_ns();
        found = is_wanted(shard);
    }
    shard->spun_ns += clock_monotonic_ns() - start_ns;
    metric_add(&shard->counters.spin_hits, found);
    latch_close(&shard->latch);
    return found;
}

/* How long it was idle tells whether it is worth spinning next time. */
static void learn(struct shard *shard, int64_t idle_ns)
{
    if (!shard->group->may_spin) return;
    int64_t capped_ns = idle_ns < 4 * SPIN_MAX_NS ? idle_ns : 4 * SPIN_MAX_NS;
    shard->idle_average_ns += (capped_ns - shard->idle_average_ns) / 8;
    bool worth = shard->idle_average_ns < SPIN_WORTH_NS;
    shard->spin_ns = worth ? SPIN_MAX_NS : 0;
}

/* The deadline is computed and sleep declared while the home is still ours: whoever stands in and
 * makes the deadline earlier sees that it has to wake us. */
static void sleep_on_ring(struct shard *shard)
{
    int64_t deadline_ns = next_deadline_ns(shard);
    bool asleep = inbox_fall_asleep(&shard->inbox);
    latch_open(&shard->latch);
    ring_enter(shard->ring, asleep ? deadline_ns : 0);
    latch_close(&shard->latch);
    inbox_wake(&shard->inbox);
}

static void enter(struct shard *shard)
{
    latch_open(&shard->latch);
    ring_enter(shard->ring, 0);
    latch_close(&shard->latch);
}

/* Nothing to do: spins or sleeps until there is. */
static void idle(struct shard *shard)
{
    int64_t start_ns = clock_monotonic_ns();
    if (shard->spin_ns && spin(shard))
        enter(shard);
    else
        sleep_on_ring(shard);
    learn(shard, clock_monotonic_ns() - start_ns);
}

/* Idle is what is left of the time when the CPU time of the thread, spinning excepted, has been
 * taken from it. The time between falling asleep and waking would not do: in there, the kernel does
 * the sending. */
static void tell_idle(struct shard *shard)
{
    if (shard->now_ns - shard->told_idle_ns < TELL_IDLE_NS) return;
    shard->told_idle_ns = shard->now_ns;
    int64_t busy_ns = clock_thread_cpu_ns() - shard->start_cpu_ns - shard->spun_ns;
    int64_t idle_ns = shard->now_ns - metric_read(&shard->counters.start_ns) - busy_ns;
    metric_set(&shard->counters.idle_ns, idle_ns > 0 ? idle_ns : 0);
}

static bool has_nothing_to_do(struct shard *shard)
{
    return !shard->more_work && inbox_is_empty(&shard->inbox) && !ring_has_work(shard->ring) &&
           shard->state != SHARD_STOPPED;
}

static void run_background(struct shard *shard)
{
    if (expiry_slice(shard)) shard->more_work = true;
    if (shard->garbage.keys && garbage_slice(&shard->garbage, GARBAGE_KEYS_A_PASS))
        shard->more_work = true;
    if (long_call_slice(shard)) shard->more_work = true;
}

static void pass(struct shard *shard)
{
    if (has_nothing_to_do(shard))
        idle(shard);
    else
        enter(shard);
    shard->more_work = false;
    read_clocks(shard);
    tell_idle(shard);
    metric_add(&shard->counters.passes, 1);
    ring_dispatch(shard->ring);
    drain_inbox(shard);
    timers_run(&shard->timers, shard->now_ns);
    run_background(shard);
    shard->group->hooks->on_pass(shard);
    net_flush(&shard->net, shard->now_ns);
    ring_doorbells(shard);
}

void shard_loop(struct shard *shard)
{
    shard->group->hooks->on_start(shard);
    metric_set(&shard->counters.start_ns, shard->now_ns);
    shard->start_cpu_ns = clock_thread_cpu_ns();
    while (shard->state != SHARD_STOPPED)
        pass(shard);
    shard->group->hooks->on_stop(shard);
    ring_enter(shard->ring, 0); /* the last doorbells */
}
