#include "admin/admin.h"

#include "admin/config_rows.h"
#include "base/clock.h"
#include "command/registry.h"

#define SAMPLE_NS INT64_C(100000000)

static void make_id(char id[ADMIN_RUN_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t secret[(ADMIN_RUN_ID_BYTES - 1) / 2];
    random_secret(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++) {
        id[i * 2] = digits[secret[i] >> 4];
        id[i * 2 + 1] = digits[secret[i] & 15];
    }
    id[ADMIN_RUN_ID_BYTES - 1] = 0;
}

struct admin *admin_new(void)
{
    struct admin *admin = mem_alloc_zero(sizeof *admin);
    make_id(admin->run_id);
    make_id(admin->replication_id);
    admin->start_ms = clock_realtime_ms();
    admin->start_bytes = mem_unattached_bytes();
    return admin;
}

void admin_free(struct admin *admin)
{
    settings_free(admin->changed);
    mem_free(admin, sizeof *admin);
}

int64_t admin_used_bytes(const struct group *group)
{
    int64_t used = mem_unattached_bytes();
    for (uint16_t i = 0; i < group->shard_count; i++)
        used += metric_read(&group->shards[i]->memory.used_bytes);
    return used;
}

/* Of all shards. */
struct traffic {
    int64_t commands, input_bytes, output_bytes;
};

static struct traffic measure(const struct group *group)
{
    struct traffic sum = {0, 0, 0};
    for (uint16_t i = 0; i < group->shard_count; i++) {
        const struct ring_counters *ring = ring_counters(group->shards[i]->ring);
        sum.commands += metric_read(&group->shards[i]->counters.commands);
        sum.input_bytes += metric_read(&ring->received_bytes);
        sum.output_bytes += metric_read(&ring->sent_bytes);
    }
    return sum;
}

static void take_sample(struct rate *rate, uint32_t sample, int64_t count, int64_t elapsed_ns)
{
    int64_t sum = 0, delta = count - rate->last_count;
    if (delta < 0) delta = 0; /* the counter was reset */
    rate->last_count = count;
    rate->samples[sample] = (int64_t)((double)delta * 1e9 / (double)elapsed_ns);
    for (uint32_t i = 0; i < ADMIN_SAMPLES; i++)
        sum += rate->samples[i];
    metric_set(&rate->per_second, sum / ADMIN_SAMPLES);
}

void admin_cron(struct shard *shard)
{
    struct admin *admin = shard->group->admin;
    if (shard->id || !admin) return;
    int64_t used = admin_used_bytes(shard->group);
    if (used > metric_read(&admin->peak_bytes)) metric_set(&admin->peak_bytes, used);
    int64_t elapsed_ns = shard->now_ns - admin->sampled_ns;
    if (elapsed_ns < SAMPLE_NS) return;
    admin->sampled_ns = shard->now_ns;
    uint32_t sample = admin->sample++ % ADMIN_SAMPLES;
    struct traffic traffic = measure(shard->group);
    take_sample(&admin->commands, sample, traffic.commands, elapsed_ns);
    take_sample(&admin->input, sample, traffic.input_bytes, elapsed_ns);
    take_sample(&admin->output, sample, traffic.output_bytes, elapsed_ns);
}

void admin_reset(struct shard *shard)
{
    struct shard_counters *counters = &shard->counters;
    struct ring_counters *ring = ring_counters(shard->ring);
    struct metric *const reset[] = {
        &counters->commands,
        &counters->connections_received,
        &counters->connections_rejected,
        &ring->received_bytes,
        &ring->sent_bytes,
        &counters->evicted_clients,
        &shard->call_counters.keyspace_hits,
        &shard->call_counters.keyspace_misses,
        &shard->call_counters.expired_keys,
    };
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        metric_set(reset[i], 0);
    errors_reset(&shard->errors);
    uint32_t count = registry_count(shard->group->registry);
    for (uint32_t i = 0; i < count; i++) {
        struct command_counters *command = &shard->command_counters[i];
        metric_set(&command->calls, 0);
        metric_set(&command->ticks, 0);
        metric_set(&command->rejected, 0);
        metric_set(&command->failed, 0);
    }
}
