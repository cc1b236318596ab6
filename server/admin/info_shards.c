/* INFO's sections that add up, or set side by side, what the shards have counted. */
#include <stdio.h>

#include "admin/info.h"
#include "base/clock.h"
#include "command/registry.h"

static struct command_counters sum_of_command(const struct group *group, uint32_t id)
{
    int64_t calls = 0, ticks = 0, rejected = 0, failed = 0;
    for (uint16_t i = 0; i < group->shard_count; i++) {
        const struct command_counters *counters = &group->shards[i]->command_counters[id];
        calls += metric_read(&counters->calls);
        ticks += metric_read(&counters->ticks);
        rejected += metric_read(&counters->rejected);
        failed += metric_read(&counters->failed);
    }
    struct command_counters sum;
    metric_set(&sum.calls, calls);
    metric_set(&sum.ticks, ticks);
    metric_set(&sum.rejected, rejected);
    metric_set(&sum.failed, failed);
    return sum;
}

void info_write_commandstats(const struct info *info, struct buf *out)
{
    const struct registry *registry = info->group->registry;
    for (uint32_t id = 0; id < registry_count(registry); id++) {
        struct command_counters sum = sum_of_command(info->group, id);
        int64_t calls = metric_read(&sum.calls), rejected = metric_read(&sum.rejected);
        double us = (double)metric_read(&sum.ticks) / clock_ticks_per_us();
        char name[128];
        if (!calls && !rejected) continue;
        snprintf(name, sizeof name, "cmdstat_%s", registry_row(registry, id)->full_name);
        info_field(out, name,
                   "calls=%lld,usec=%lld,usec_per_call=%.2f,rejected_calls=%lld,"
                   "failed_calls=%lld",
                   (long long)calls, (long long)us, calls ? us / (double)calls : 0.0,
                   (long long)rejected, (long long)metric_read(&sum.failed));
    }
}

static uint32_t kind_count(const struct shard *shard)
{
    return atomic_load_explicit(&shard->errors.count, memory_order_acquire);
}

/* How often shards from `first` on replied this code. */
static int64_t sum_of_error(const struct group *group, uint16_t first, const char *code)
{
    int64_t sum = 0;
    for (uint16_t i = first; i < group->shard_count; i++) {
        const struct shard *shard = group->shards[i];
        for (uint32_t kind = 0; kind < kind_count(shard); kind++)
            if (!strcmp(shard->errors.kinds[kind].code, code))
                sum += metric_read(&shard->errors.kinds[kind].replies);
    }
    return sum;
}

static bool is_known_before(const struct group *group, uint16_t end, const char *code)
{
    for (uint16_t i = 0; i < end; i++)
        for (uint32_t kind = 0; kind < kind_count(group->shards[i]); kind++)
            if (!strcmp(group->shards[i]->errors.kinds[kind].code, code)) return true;
    return false;
}

void info_write_errorstats(const struct info *info, struct buf *out)
{
    const struct group *group = info->group;
    for (uint16_t i = 0; i < group->shard_count; i++) {
        const struct shard *shard = group->shards[i];
        for (uint32_t kind = 0; kind < kind_count(shard); kind++) {
            const char *code = shard->errors.kinds[kind].code;
            if (is_known_before(group, i, code)) continue; /* it has its line */
            int64_t count = sum_of_error(group, i, code);
            if (count) buf_printf(out, "errorstat_%s:count=%lld\r\n", code, (long long)count);
        }
    }
}

void info_write_keyspace(const struct info *info, struct buf *out)
{
    for (uint32_t db = 0; db < info->database_count; db++) {
        struct info_database sum = {0};
        for (uint16_t i = 0; i < info->group->shard_count; i++) {
            sum.keys += info->parts[i].databases[db].keys;
            sum.expires += info->parts[i].databases[db].expires;
            sum.ttl_ms += info->parts[i].databases[db].ttl_ms;
            sum.sampled += info->parts[i].databases[db].sampled;
        }
        if (!sum.keys) continue;
        buf_printf(out, "db%u:keys=%llu,expires=%llu,avg_ttl=%lld\r\n", db,
                   (unsigned long long)sum.keys, (unsigned long long)sum.expires,
                   (long long)(sum.sampled ? sum.ttl_ms / sum.sampled : 0));
    }
}

static double utilisation_of(const struct shard *shard, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - metric_read(&shard->counters.start_ns);
    int64_t idle_ns = metric_read(&shard->counters.idle_ns);
    if (elapsed_ns <= 0 || idle_ns >= elapsed_ns) return 0;
    return 1 - (double)idle_ns / (double)elapsed_ns;
}

void info_write_shards(const struct info *info, struct buf *out)
{
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        const struct shard *shard = info->group->shards[i];
        const struct shard_counters *counters = &shard->counters;
        buf_printf(out,
                   "shard%u:connections=%lld,commands=%lld,messages=%lld,forwarded=%lld,"
                   "stood_in=%lld,leases=%lld,long_calls=%lld,long_slices=%lld,keys=%llu,"
                   "utilisation=%.4f,cpu=%.6f\r\n",
                   i, (long long)metric_read(&counters->connected_clients),
                   (long long)metric_read(&counters->commands),
                   (long long)metric_read(&counters->messages),
                   (long long)metric_read(&counters->forwarded),
                   (long long)metric_read(&counters->stood_in),
                   (long long)metric_read(&counters->leases),
                   (long long)metric_read(&counters->long_calls),
                   (long long)metric_read(&counters->long_slices),
                   (unsigned long long)info->parts[i].keys, utilisation_of(shard, info->now_ns),
                   (double)metric_read(&counters->thread_cpu_ns) / 1e9);
    }
}

static void write_features(const struct ring_features *features, struct buf *out)
{
    const struct {
        const char *name;
        bool used;
    } all[] = {
        {"incremental_buffers", features->incremental_buffers},
        {"skipped_sends", features->skipped_sends},
        {"receive_cap", features->receive_cap},
        {"no_iowait", features->no_iowait},
        {"registered_fd", features->registered_fd},
        {"defer_taskrun", features->defer_taskrun},
    };
    const char *separator = "";
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].used) continue;
        buf_printf(out, "%s%s", separator, all[i].name);
        separator = "+";
    }
}

static void write_counter(struct buf *out, const char *name, const struct metric *metric)
{
    buf_printf(out, ",%s=%lld", name, (long long)metric_read(metric));
}

void info_write_rings(const struct info *info, struct buf *out)
{
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        struct shard *shard = info->group->shards[i];
        const struct ring_counters *ring = ring_counters(shard->ring);
        int64_t passes = metric_read(&shard->counters.passes);
        buf_printf(out, "ring%u:features=", i);
        write_features(ring_features(shard->ring), out);
        write_counter(out, "passes", &shard->counters.passes);
        write_counter(out, "enters", &ring->enters);
        buf_printf(out, ",completions_per_pass=%.2f",
                   passes ? (double)metric_read(&ring->completions) / (double)passes : 0.0);
        write_counter(out, "rearmed_receives", &shard->net.rearmed_receives);
        write_counter(out, "buffer_exhaustions", &ring->buffer_exhaustions);
        write_counter(out, "cq_overflows", &ring->cq_overflows);
        write_counter(out, "doorbells_sent", &ring->doorbells_sent);
        write_counter(out, "doorbells_saved", &shard->counters.doorbells_saved);
        write_counter(out, "sends", &ring->sends);
        write_counter(out, "short_sends", &ring->short_sends);
        write_counter(out, "sleeps", &ring->sleeps);
        write_counter(out, "spins", &shard->counters.spins);
        write_counter(out, "spin_hits", &shard->counters.spin_hits);
        buf_append_string(out, "\r\n");
    }
}
