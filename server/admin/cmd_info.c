#include "admin/cmd_info.h"

#include "admin/admin.h"
#include "admin/info.h"
#include "base/clock.h"
#include "client/blocking.h"
#include "client/client_filter.h"
#include "command/reply.h"
#include "store/entry.h"

/* A slot that is lent all the time is left out in the end. */
enum { VISITS_MAX = 1000 };

/* Keys looked at for avg_ttl, of each database by each shard: one in a slot. */
enum { TTL_SAMPLES = 64 };

static size_t part_bytes(const struct info *info)
{
    return info->database_count * sizeof(struct info_database);
}

static struct info *info_new(struct shard *shard)
{
    struct info *info = mem_alloc_zero(sizeof *info);
    info->group = shard->group;
    info->admin = shard->group->admin;
    info->database_count = shard->limits.databases;
    info->parts = mem_alloc_zero(info->group->shard_count * sizeof *info->parts);
    for (uint16_t i = 0; i < info->group->shard_count; i++)
        info->parts[i].databases = mem_alloc_zero(part_bytes(info));
    return info;
}

static void info_free(struct info *info)
{
    for (uint16_t i = 0; i < info->group->shard_count; i++)
        mem_free(info->parts[i].databases, part_bytes(info));
    mem_free(info->parts, info->group->shard_count * sizeof *info->parts);
    mem_free(info, sizeof *info);
}

static void sample_ttl(struct shard *shard, const struct database *database,
                       struct info_database *sum)
{
    if (!database->expiring_count || sum->sampled >= TTL_SAMPLES) return;
    const struct entry *entry = table_random(&database->table, &shard->random);
    if (!entry_expires(entry) || entry_expiry_ms(entry) <= shard->now_ms) return;
    sum->ttl_ms += entry_expiry_ms(entry) - shard->now_ms;
    sum->sampled++;
}

static void count_slot(struct shard *shard, struct info_part *part, struct slot *slot,
                       uint32_t database_count)
{
    uint32_t limit = slot_database_limit(slot);
    for (uint32_t db = 0; db < limit && db < database_count; db++) {
        const struct database *database = slot_find_database(slot, db);
        sample_ttl(shard, database, &part->databases[db]);
        part->databases[db].keys += database->table.count;
        part->databases[db].expires += database->expiring_count;
        part->keys += database->table.count;
    }
}

/* Of the slots at home here, those that nobody has borrowed. Of others, not even `counted` may be
 * looked at here. */
static void count_slots(struct shard *shard, struct info *info, struct info_part *part)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        if (!shard_slot_is_open(shard, (uint16_t)slot) || info->counted[slot]) continue;
        count_slot(shard, part, &shard->group->store->slots[slot], info->database_count);
        info->counted[slot] = 1;
    }
}

static size_t max_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void look_at_clients(struct shard *shard, struct info_part *part)
{
    part->blocked_clients = part->timed_clients = 0;
    part->listening_clients = part->watching_clients = 0;
    for (const struct client *client = clients_of(shard)->first; client; client = client->next) {
        size_t half_read = client->partial ? partial_bytes(client->partial) : 0;
        part->blocked_clients += client_is_blocked(client);
        part->timed_clients += blocking_has_deadline(client);
        part->listening_clients += client->listening != NULL;
        part->watching_clients += client->watches != NULL;
        part->input_max =
            max_of(part->input_max, client->backlog.len - client->backlog_taken + half_read);
        part->output_max = max_of(part->output_max, conn_output_bytes(&client->conn));
    }
}

static void on_visit(struct shard *shard, struct visit *visit)
{
    struct info *info = (struct info *)(void *)visit;
    struct info_part *part = &info->parts[shard->id];
    metric_set(&shard->counters.thread_cpu_ns, clock_thread_cpu_ns());
    part->garbage_keys = shard->garbage.keys;
    if (shard->id == 0) info->main_thread = process_usage(PROCESS_THIS_THREAD);
    if (info->shows_clients) look_at_clients(shard, part);
    count_slots(shard, info, part);
}

static bool is_incomplete(const struct info *info)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (!info->counted[slot]) return true;
    return false;
}

static void answer(struct shard *shard, struct info *info)
{
    struct writer writer;
    struct buf text = {0};
    if (!client_answer(shard, info->asker, &writer)) return;
    info->settings = shard->settings;
    info->now_ms = shard->now_ms;
    info->now_ns = shard->now_ns;
    info_write(info, &text);
    writer_verbatim(&writer, "txt", buf_view(&text));
    buf_fini(&text);
    client_answered(shard, info->asker);
}

static void on_visited(struct shard *shard, struct visit *visit)
{
    struct info *info = (struct info *)(void *)visit;
    if (is_incomplete(info) && ++info->visits < VISITS_MAX) {
        visit_start(shard, visit);
        return;
    }
    answer(shard, info);
    info_free(info);
}

static uint64_t sections_of_word(struct bytes word)
{
    bool all = bytes_is(word, "all") || bytes_is(word, "everything");
    bool standard = bytes_is(word, "default");
    uint64_t sections = 0;
    for (uint32_t i = 0; i < info_section_count(); i++) {
        const struct info_section *section = info_section_at(i);
        if (all || (standard && section->is_default) ||
            bytes_equal_nocase(bytes_of_string(section->name), word))
            sections |= (uint64_t)1 << i;
    }
    return sections;
}

static struct outcome cmd_info(struct call *call)
{
    struct info *info = info_new(call->shard);
    if (call->arg_count == 1) info->sections = sections_of_word(BYTES("default"));
    for (uint32_t i = 1; i < call->arg_count; i++)
        info->sections |= sections_of_word(call->args[i]);
    info->shows_clients = info->sections & sections_of_word(BYTES("clients"));
    struct outcome outcome = client_park(call, &info->asker);
    info->visit.run = on_visit;
    info->visit.done = on_visited;
    visit_start(call->shard, &info->visit);
    return outcome;
}

/* clang-format off */
const struct command cmd_info_table[] = {
    {"info", cmd_info, -1, CMD_LOADING | CMD_STALE | CMD_SENTINEL | CMD_FRONT | CMD_MAY_PARK,
     ACL_DANGEROUS, {{KEYS_NONE}}, "server", "1.0.0", "O(N) for N slots and shards",
     "[section ...]",
     "What the server says of itself: state, counters, shards, rings.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special"},
    {.name = NULL},
};
/* clang-format on */
