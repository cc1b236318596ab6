#include "admin/info.h"

#include <stdarg.h>
#include <stdio.h>

#include "admin/admin.h"
#include "admin/supervisor.h"
#include "base/check.h"
#include "base/clock.h"
#include "pubsub/directory.h"
#include "version.h"

void info_field(struct buf *out, const char *name, const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    buf_printf(out, "%s:%s\r\n", name, value);
}

static void field_int(struct buf *out, const char *name, int64_t value)
{
    info_field(out, name, "%lld", (long long)value);
}

/* Fields that are what they are as long as there is no persistence, replication, scripting. */
struct constant {
    const char *name, *value;
};

static void write_constants(struct buf *out, const struct constant *constants)
{
    for (; constants->name; constants++)
        info_field(out, constants->name, "%s", constants->value);
}

/* The sum of one of the shards' metrics. */
static int64_t sum_metric(const struct info *info, size_t offset)
{
    int64_t sum = 0;
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        const uint8_t *shard = (const uint8_t *)info->group->shards[i];
        sum += metric_read((const struct metric *)(const void *)(shard + offset));
    }
    return sum;
}

#define SUM(info, member) sum_metric((info), offsetof(struct shard, member))

static int64_t sum_ring(const struct info *info, size_t offset)
{
    int64_t sum = 0;
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        const uint8_t *counters = (const uint8_t *)ring_counters(info->group->shards[i]->ring);
        sum += metric_read((const struct metric *)(const void *)(counters + offset));
    }
    return sum;
}

static void write_server(const struct info *info, struct buf *out)
{
    char os[256], executable[1024] = "";
    int64_t uptime = (info->now_ms - info->admin->start_ms) / 1000;
    const char *path = info->settings->config_path;
    static const char *const supervisors[] = {"no", "systemd", "upstart"};
    process_system_name(os, sizeof os);
    process_executable(executable, sizeof executable);
    info_field(out, "redis_version", "%s", TORC_REDIS_VERSION);
    info_field(out, "torc_version", "%s", TORC_VERSION);
    write_constants(out, (const struct constant[]){{"redis_git_sha1", "00000000"},
                                                   {"redis_git_dirty", "0"},
                                                   {"redis_build_id", "0"},
                                                   {"redis_mode", "standalone"},
                                                   {NULL, NULL}});
    info_field(out, "os", "%s", os);
    field_int(out, "arch_bits", (int64_t)sizeof(void *) * 8);
    write_constants(out, (const struct constant[]){{"monotonic_clock", "POSIX clock_gettime"},
                                                   {"multiplexing_api", "io_uring"},
                                                   {"atomicvar_api", "c11-builtin"},
                                                   {"gcc_version", __VERSION__},
                                                   {NULL, NULL}});
    field_int(out, "process_id", clock_process_id());
    info_field(out, "process_supervised", "%s", supervisors[supervisor_find(info->settings)]);
    info_field(out, "run_id", "%s", info->admin->run_id);
    field_int(out, "tcp_port", info->settings->port);
    field_int(out, "server_time_usec", clock_realtime_us());
    field_int(out, "uptime_in_seconds", uptime);
    field_int(out, "uptime_in_days", uptime / (24 * 60 * 60));
    field_int(out, "hz", info->settings->hz);
    field_int(out, "configured_hz", info->settings->hz);
    field_int(out, "lru_clock", (info->now_ms / 1000) & 0xffffff);
    info_field(out, "executable", "%s", executable);
    info_field(out, "config_file", "%s", path ? path : "");
    field_int(out, "io_threads_active", 0);
    field_int(out, "shards", info->group->shard_count);
}

static void write_clients(const struct info *info, struct buf *out)
{
    int64_t blocked = 0, timed = 0, listening = 0, watching = 0;
    size_t input_max = 0, output_max = 0;
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        const struct info_part *part = &info->parts[i];
        blocked += part->blocked_clients;
        timed += part->timed_clients;
        listening += part->listening_clients;
        watching += part->watching_clients;
        if (part->input_max > input_max) input_max = part->input_max;
        if (part->output_max > output_max) output_max = part->output_max;
    }
    field_int(out, "connected_clients", SUM(info, counters.connected_clients));
    field_int(out, "cluster_connections", 0);
    field_int(out, "maxclients", info->settings->maxclients);
    field_int(out, "client_recent_max_input_buffer", (int64_t)input_max);
    field_int(out, "client_recent_max_output_buffer", (int64_t)output_max);
    field_int(out, "blocked_clients", blocked);
    field_int(out, "tracking_clients", SUM(info, counters.tracking_clients));
    field_int(out, "pubsub_clients", listening);
    field_int(out, "watching_clients", watching);
    field_int(out, "clients_in_timeout_table", timed);
    field_int(out, "total_watched_keys", SUM(info, call_counters.watched_keys));
    field_int(out, "total_blocking_keys", SUM(info, call_counters.waited_keys));
    field_int(out, "total_blocking_keys_on_nokey", SUM(info, call_counters.minded_keys));
}

static void write_persistence(const struct info *info, struct buf *out)
{
    static const struct constant before[] = {{"loading", "0"},
                                             {"async_loading", "0"},
                                             {"current_cow_peak", "0"},
                                             {"current_cow_size", "0"},
                                             {"current_cow_size_age", "0"},
                                             {"current_fork_perc", "0.00"},
                                             {"current_save_keys_processed", "0"},
                                             {"current_save_keys_total", "0"},
                                             {NULL, NULL}};
    static const struct constant after[] = {{"rdb_last_bgsave_status", "ok"},
                                            {"rdb_last_bgsave_time_sec", "-1"},
                                            {"rdb_current_bgsave_time_sec", "-1"},
                                            {"rdb_saves", "0"},
                                            {"rdb_last_cow_size", "0"},
                                            {"rdb_last_load_keys_expired", "0"},
                                            {"rdb_last_load_keys_loaded", "0"},
                                            {"aof_enabled", "0"},
                                            {"aof_rewrite_in_progress", "0"},
                                            {"aof_rewrite_scheduled", "0"},
                                            {"aof_last_rewrite_time_sec", "-1"},
                                            {"aof_current_rewrite_time_sec", "-1"},
                                            {"aof_last_bgrewrite_status", "ok"},
                                            {"aof_rewrites", "0"},
                                            {"aof_rewrites_consecutive_failures", "0"},
                                            {"aof_last_write_status", "ok"},
                                            {"aof_last_cow_size", "0"},
                                            {"module_fork_in_progress", "0"},
                                            {"module_fork_last_cow_size", "0"},
                                            {NULL, NULL}};
    write_constants(out, before);
    field_int(out, "rdb_changes_since_last_save", SUM(info, call_counters.changes));
    field_int(out, "rdb_bgsave_in_progress", 0);
    field_int(out, "rdb_last_save_time", info->admin->start_ms / 1000);
    write_constants(out, after);
}

static void write_traffic(const struct info *info, struct buf *out)
{
    field_int(out, "total_connections_received", SUM(info, counters.connections_received));
    field_int(out, "total_commands_processed", SUM(info, counters.commands));
    field_int(out, "instantaneous_ops_per_sec", metric_read(&info->admin->commands.per_second));
    field_int(out, "total_net_input_bytes",
              sum_ring(info, offsetof(struct ring_counters, received_bytes)));
    field_int(out, "total_net_output_bytes",
              sum_ring(info, offsetof(struct ring_counters, sent_bytes)));
    field_int(out, "total_net_repl_input_bytes", 0);
    field_int(out, "total_net_repl_output_bytes", 0);
    info_field(out, "instantaneous_input_kbps", "%.2f",
               (double)metric_read(&info->admin->input.per_second) / 1024);
    info_field(out, "instantaneous_output_kbps", "%.2f",
               (double)metric_read(&info->admin->output.per_second) / 1024);
    write_constants(out, (const struct constant[]){{"instantaneous_input_repl_kbps", "0.00"},
                                                   {"instantaneous_output_repl_kbps", "0.00"},
                                                   {NULL, NULL}});
    field_int(out, "rejected_connections", SUM(info, counters.connections_rejected));
}

static void write_stats(const struct info *info, struct buf *out)
{
    static const struct constant none[] = {
        {"latest_fork_usec", "0"},         {"total_forks", "0"},
        {"migrate_cached_sockets", "0"},   {"slave_expires_tracked_keys", "0"},
        {"active_defrag_hits", "0"},       {"active_defrag_misses", "0"},
        {"active_defrag_key_hits", "0"},   {"active_defrag_key_misses", "0"},
        {"total_active_defrag_time", "0"}, {"current_active_defrag_time", "0"},
        {"unexpected_error_replies", "0"}, {NULL, NULL}};
    write_traffic(info, out);
    write_constants(out, (const struct constant[]){{"sync_full", "0"},
                                                   {"sync_partial_ok", "0"},
                                                   {"sync_partial_err", "0"},
                                                   {NULL, NULL}});
    field_int(out, "expired_keys", SUM(info, call_counters.expired_keys));
    write_constants(out, (const struct constant[]){{"expired_stale_perc", "0.00"},
                                                   {"expired_time_cap_reached_count", "0"},
                                                   {NULL, NULL}});
    field_int(out, "expire_cycle_cpu_milliseconds",
              (int64_t)((double)SUM(info, counters.expire_ticks) / clock_ticks_per_us() / 1000));
    field_int(out, "evicted_keys", 0);
    field_int(out, "evicted_clients", SUM(info, counters.evicted_clients));
    field_int(out, "total_eviction_exceeded_time", 0);
    field_int(out, "current_eviction_exceeded_time", 0);
    field_int(out, "keyspace_hits", SUM(info, call_counters.keyspace_hits));
    field_int(out, "keyspace_misses", SUM(info, call_counters.keyspace_misses));
    field_int(out, "tracking_total_keys", SUM(info, call_counters.tracked_keys));
    field_int(out, "tracking_total_items", SUM(info, call_counters.tracked_items));
    field_int(out, "tracking_total_prefixes",
              metric_read(&info->group->shards[0]->counters.tracking_prefixes));
    struct directory *directory = info->group->directory;
    field_int(out, "pubsub_channels", (int64_t)directory_count(directory, TOPIC_CHANNEL));
    field_int(out, "pubsub_patterns", (int64_t)directory_count(directory, TOPIC_PATTERN));
    field_int(out, "pubsubshard_channels",
              (int64_t)directory_count(directory, TOPIC_SHARD_CHANNEL));
    write_constants(out, none);
    field_int(out, "total_error_replies", SUM(info, errors.replies));
    field_int(out, "dump_payload_sanitizations", 0);
    field_int(out, "total_reads_processed",
              sum_ring(info, offsetof(struct ring_counters, receives)));
    field_int(out, "total_writes_processed", sum_ring(info, offsetof(struct ring_counters, sends)));
    field_int(out, "io_threaded_reads_processed", 0);
    field_int(out, "io_threaded_writes_processed", 0);
    field_int(out, "reply_buffer_shrinks", 0); /* there is no such buffer of a fixed size */
    field_int(out, "reply_buffer_expands", 0);
}

static void write_replication(const struct info *info, struct buf *out)
{
    static const struct constant after[] = {
        {"master_replid2", "0000000000000000000000000000000000000000"},
        {"master_repl_offset", "0"},
        {"second_repl_offset", "-1"},
        {"repl_backlog_active", "0"},
        {"repl_backlog_size", "1048576"},
        {"repl_backlog_first_byte_offset", "0"},
        {"repl_backlog_histlen", "0"},
        {NULL, NULL}};
    write_constants(out, (const struct constant[]){{"role", "master"},
                                                   {"connected_slaves", "0"},
                                                   {"master_failover_state", "no-failover"},
                                                   {NULL, NULL}});
    info_field(out, "master_replid", "%s", info->admin->replication_id);
    write_constants(out, after);
}

static void field_seconds(struct buf *out, const char *name, int64_t us)
{
    info_field(out, name, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void write_cpu(const struct info *info, struct buf *out)
{
    struct process_usage all = process_usage(PROCESS_ALL);
    struct process_usage children = process_usage(PROCESS_CHILDREN);
    field_seconds(out, "used_cpu_sys", all.system_us);
    field_seconds(out, "used_cpu_user", all.user_us);
    field_seconds(out, "used_cpu_sys_children", children.system_us);
    field_seconds(out, "used_cpu_user_children", children.user_us);
    field_seconds(out, "used_cpu_sys_main_thread", info->main_thread.system_us);
    field_seconds(out, "used_cpu_user_main_thread", info->main_thread.user_us);
}

static void write_modules(const struct info *info, struct buf *out)
{
    (void)info, (void)out; /* there are none */
}

static void write_cluster(const struct info *info, struct buf *out)
{
    (void)info;
    field_int(out, "cluster_enabled", 0);
}

static const struct info_section sections[] = {
    {"Server", true, write_server},
    {"Clients", true, write_clients},
    {"Memory", true, info_write_memory},
    {"Persistence", true, write_persistence},
    {"Stats", true, write_stats},
    {"Replication", true, write_replication},
    {"CPU", true, write_cpu},
    {"Modules", true, write_modules},
    {"Commandstats", false, info_write_commandstats},
    {"Errorstats", true, info_write_errorstats},
    {"Cluster", true, write_cluster},
    {"Keyspace", true, info_write_keyspace},
    {"Shards", true, info_write_shards},
    {"Rings", true, info_write_rings},
};

uint32_t info_section_count(void)
{
    return sizeof sections / sizeof *sections;
}

const struct info_section *info_section_at(uint32_t place)
{
    ASSERT(place < info_section_count());
    return &sections[place];
}

void info_write(const struct info *info, struct buf *out)
{
    for (uint32_t i = 0; i < info_section_count(); i++) {
        if (!(info->sections >> i & 1)) continue;
        buf_printf(out, "%s# %s\r\n", out->len ? "\r\n" : "", sections[i].name);
        sections[i].write(info, out);
    }
}
