#include "admin/config_change.h"

#include <stdio.h>

#include "admin/admin.h"
#include "admin/config_rewrite.h"
#include "admin/config_rows.h"
#include "base/container.h"
#include "base/log.h"
#include "client/accept.h"
#include "shard/visit.h"

enum { ROWS_MAX = 64 };

struct config_change {
    struct visit visit;     /* first: see visit.h */
    struct message message; /* to shard 0 and back */
    struct config_change *next;
    struct client_handle asker;
    uint16_t front;
    bool is_rewrite;
    uint32_t word_count; /* names and values, in turn */
    struct bytes *words;
    struct settings *settings; /* the new ones */
    uint64_t changed;          /* rows, as bits */
    size_t size;               /* of this block, words included */
    char error[512];           /* what to answer; "": OK */
};

static struct config_change *change_of(struct message *message)
{
    return CONTAINER_OF(message, struct config_change, message);
}

/* Copies of the arguments from args[2] on stand behind the struct. */
static struct config_change *change_new(const struct call *call)
{
    uint32_t count = call->arg_count - 2;
    size_t size = sizeof(struct config_change) + count * sizeof(struct bytes);
    for (uint32_t i = 2; i < call->arg_count; i++)
        size += call->args[i].len;
    struct config_change *change = mem_alloc_zero(size);
    change->size = size;
    change->word_count = count;
    change->words = (struct bytes *)(void *)(change + 1);
    uint8_t *at = (uint8_t *)(change->words + count);
    for (uint32_t i = 0; i < count; i++) {
        struct bytes arg = call->args[i + 2];
        change->words[i] = bytes_make(at, arg.len);
        if (arg.len) memcpy(at, arg.ptr, arg.len);
        at += arg.len;
    }
    return change;
}

/* Back at the front. */
static void on_answer(struct shard *front, struct message *message)
{
    struct config_change *change = change_of(message);
    struct writer writer;
    if (client_answer(front, change->asker, &writer)) {
        struct bytes error = bytes_of_string(change->error);
        if (error.len) {
            errors_count(&front->errors, error);
            writer_error(&writer, error);
        } else {
            writer_status(&writer, BYTES("OK"));
        }
        client_answered(front, change->asker);
    }
    mem_free(change, change->size);
}

/* The first in the queue is done. */
static void finish(struct shard *shard)
{
    struct admin *admin = shard->group->admin;
    struct config_change *change = admin->first;
    admin->first = change->next;
    if (!admin->first) admin->last = NULL;
    change->message.deliver = on_answer;
    shard_push(shard, change->front, &change->message);
}

static void refuse(struct config_change *change, struct bytes name, const char *reason)
{
    snprintf(change->error, sizeof change->error,
             "ERR CONFIG SET failed (possibly related to argument '%.*s') - %s",
             (int)(name.len < 128 ? name.len : 128), (const char *)name.ptr, reason);
}

static const char *check_row(const struct config_row *row, uint64_t seen, uint64_t bit)
{
    if (row->flags & CONFIG_IMMUTABLE) return "can't set immutable config";
    if (row->flags & CONFIG_PROTECTED) return "can't set protected config";
    return seen & bit ? "duplicate parameter" : NULL;
}

static uint64_t bit_of(const struct config_row *row)
{
    uint64_t index = (uint64_t)(row - config_row_at(0));
    ASSERT(index < ROWS_MAX);
    return (uint64_t)1 << index;
}

/* Are these names that may be set? What is wrong with the first wrong one stands in `error`. */
static bool check_names(struct config_change *change)
{
    for (uint32_t i = 0; i < change->word_count; i += 2) {
        struct bytes name = change->words[i];
        const struct config_row *row = config_find(name);
        if (!row) {
            snprintf(change->error, sizeof change->error,
                     "ERR Unknown option or number of arguments for CONFIG SET - '%.*s'",
                     (int)(name.len < 128 ? name.len : 128), (const char *)name.ptr);
            return false;
        }
        const char *problem = check_row(row, change->changed, bit_of(row));
        if (problem) {
            refuse(change, name, problem);
            return false;
        }
        change->changed |= bit_of(row);
    }
    return true;
}

static bool set_values(struct config_change *change)
{
    char reason[256];
    for (uint32_t i = 0; i < change->word_count; i += 2) {
        const struct config_row *row = config_find(change->words[i]);
        const char *problem =
            config_set(row, change->settings, &change->words[i + 1], 1, reason, sizeof reason);
        if (!problem && row->check) problem = row->check(change->settings, reason, sizeof reason);
        if (!problem) continue;
        refuse(change, bytes_of_string(row->name), problem);
        return false;
    }
    return true;
}

/* Sockets first: they are what may not be had. The setting named first is to blame. */
static bool listen_anew(struct shard *shard, struct config_change *change)
{
    char reason[256] = "The server is shutting down.";
    const struct config_row *row = NULL;
    for (uint32_t i = 0; i < change->word_count && !row; i += 2) {
        row = config_find(change->words[i]);
        if (!(row->flags & CONFIG_LISTENS)) row = NULL;
    }
    if (!row) return true;
    struct acceptor *acceptor = shard->group->admin->acceptor;
    if (acceptor_rebind(acceptor, change->settings, reason, sizeof reason)) return true;
    log_warning("%s", reason);
    refuse(change, bytes_of_string(row->name), row->refusal);
    return false;
}

static void apply(struct shard *shard, struct visit *visit)
{
    const struct config_change *change = (const struct config_change *)(const void *)visit;
    shard_apply(shard, change->settings);
    for (uint32_t i = 0; i < config_row_count(); i++) {
        const struct config_row *row = config_row_at(i);
        if (change->changed & bit_of(row) && row->apply) row->apply(shard);
    }
}

static void go_on(struct shard *shard);

static void on_applied(struct shard *shard, struct visit *visit)
{
    struct config_change *change = (struct config_change *)(void *)visit;
    struct admin *admin = shard->group->admin;
    settings_free(admin->changed);
    admin->changed = change->settings;
    finish(shard);
    go_on(shard);
}

/* False: it takes a visit, and on_applied() goes on. */
static bool run_set(struct shard *shard, struct config_change *change)
{
    change->settings = settings_copy(shard->settings);
    if (!check_names(change) || !set_values(change) || !listen_anew(shard, change)) {
        settings_free(change->settings);
        return true;
    }
    change->visit.run = apply;
    change->visit.done = on_applied;
    visit_start(shard, &change->visit);
    return false;
}

static bool run_rewrite(struct shard *shard, struct config_change *change)
{
    int error = config_rewrite_file(shard->settings);
    if (error) {
        log_warning("CONFIG REWRITE failed: %s", strerror(-error));
        snprintf(change->error, sizeof change->error, "ERR Rewriting config file: %s",
                 strerror(-error));
    } else {
        log_notice("CONFIG REWRITE executed with success.");
    }
    return true;
}

/* Changes in the queue, up to one that takes a visit. */
static void go_on(struct shard *shard)
{
    struct admin *admin = shard->group->admin;
    while (admin->first) {
        struct config_change *change = admin->first;
        bool done = change->is_rewrite ? run_rewrite(shard, change) : run_set(shard, change);
        if (!done) return;
        finish(shard);
    }
}

/* On shard 0. */
static void on_asked(struct shard *shard, struct message *message)
{
    struct config_change *change = change_of(message);
    struct admin *admin = shard->group->admin;
    bool idle = !admin->first;
    if (idle)
        admin->first = change;
    else
        admin->last->next = change;
    admin->last = change;
    if (idle) go_on(shard);
}

static struct outcome ask(struct call *call, bool is_rewrite)
{
    struct config_change *change = change_new(call);
    struct outcome outcome = client_park(call, &change->asker);
    change->front = call->shard->id;
    change->is_rewrite = is_rewrite;
    change->message.deliver = on_asked;
    shard_push(call->shard, 0, &change->message);
    return outcome;
}

struct outcome config_change_set(struct call *call)
{
    return ask(call, false);
}

struct outcome config_change_rewrite(struct call *call)
{
    return ask(call, true);
}
