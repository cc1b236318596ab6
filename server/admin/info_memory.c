/* INFO's section Memory. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/admin.h"
#include "admin/info.h"
#include "mem/mem.h"
#include "ring/ring_file.h"

struct figures {
    int64_t used, peak, start, overhead, dataset, resident, total;
    struct mem_figures allocator;
};

/* "1.50M", as redis-server shortens sizes. */
static void shorten(int64_t bytes, char *out, size_t size)
{
    static const char units[] = "BKMGTP";
    double value = (double)bytes;
    int unit = 0;
    while (value >= 1024 && unit < 5) {
        value /= 1024;
        unit++;
    }
    if (!unit)
        snprintf(out, size, "%lldB", (long long)bytes);
    else
        snprintf(out, size, "%.2f%c", value, units[unit]);
}

static void field_bytes(struct buf *out, const char *name, int64_t bytes)
{
    info_field(out, name, "%lld", (long long)bytes);
}

static void field_human(struct buf *out, const char *name, int64_t bytes)
{
    char text[32];
    shorten(bytes, text, sizeof text);
    info_field(out, name, "%s", text);
}

static void field_ratio(struct buf *out, const char *name, int64_t a, int64_t b)
{
    info_field(out, name, "%.2f", b ? (double)a / (double)b : 0.0);
}

static void field_percent(struct buf *out, const char *name, int64_t part, int64_t whole)
{
    info_field(out, name, "%.2f%%", whole ? (double)part * 100 / (double)whole : 0.0);
}

static int64_t resident_bytes(void)
{
    struct buf text = {0};
    int64_t bytes = 0;
    if (!file_read_whole("/proc/self/statm", &text) && text.len) {
        buf_append(&text, bytes_make("", 1));
        const char *second = strchr((const char *)text.ptr, ' ');
        if (second) bytes = atoll(second) * sysconf(_SC_PAGESIZE);
    }
    buf_fini(&text);
    return bytes;
}

static int64_t client_bytes(const struct group *group)
{
    int64_t bytes = 0;
    for (uint16_t i = 0; i < group->shard_count; i++)
        bytes += metric_read(&group->shards[i]->counters.client_bytes);
    return bytes;
}

static struct figures measure(const struct info *info)
{
    struct figures figures = {
        .used = admin_used_bytes(info->group),
        .peak = metric_read(&info->admin->peak_bytes),
        .start = info->admin->start_bytes,
        .resident = resident_bytes(),
        .total = (int64_t)process_memory_total(),
    };
    mem_read_figures(&figures.allocator);
    figures.overhead = figures.start + client_bytes(info->group);
    figures.dataset = figures.used > figures.overhead ? figures.used - figures.overhead : 0;
    if (figures.peak < figures.used) figures.peak = figures.used;
    return figures;
}

static void write_used(const struct figures *figures, struct buf *out)
{
    field_bytes(out, "used_memory", figures->used);
    field_human(out, "used_memory_human", figures->used);
    field_bytes(out, "used_memory_rss", figures->resident);
    field_human(out, "used_memory_rss_human", figures->resident);
    field_bytes(out, "used_memory_peak", figures->peak);
    field_human(out, "used_memory_peak_human", figures->peak);
    field_percent(out, "used_memory_peak_perc", figures->used, figures->peak);
    field_bytes(out, "used_memory_overhead", figures->overhead);
    field_bytes(out, "used_memory_startup", figures->start);
    field_bytes(out, "used_memory_dataset", figures->dataset);
    field_percent(out, "used_memory_dataset_perc", figures->dataset,
                  figures->used - figures->start);
    field_bytes(out, "allocator_allocated", (int64_t)figures->allocator.allocated);
    field_bytes(out, "allocator_active", (int64_t)figures->allocator.active);
    field_bytes(out, "allocator_resident", (int64_t)figures->allocator.resident);
    field_bytes(out, "total_system_memory", figures->total);
    field_human(out, "total_system_memory_human", figures->total);
}

static void write_scripts(struct buf *out)
{
    static const char *const sizes[] = {"used_memory_lua",          "used_memory_vm_eval",
                                        "used_memory_scripts_eval", "number_of_cached_scripts",
                                        "number_of_functions",      "number_of_libraries",
                                        "used_memory_vm_functions", "used_memory_vm_total",
                                        "used_memory_functions",    "used_memory_scripts"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        field_bytes(out, sizes[i], 0);
    field_human(out, "used_memory_lua_human", 0);
    field_human(out, "used_memory_vm_total_human", 0);
    field_human(out, "used_memory_scripts_human", 0);
}

static void write_allocator(const struct figures *figures, struct buf *out)
{
    int64_t allocated = (int64_t)figures->allocator.allocated;
    int64_t active = (int64_t)figures->allocator.active;
    int64_t resident = (int64_t)figures->allocator.resident;
    field_ratio(out, "allocator_frag_ratio", active, allocated);
    field_bytes(out, "allocator_frag_bytes", active - allocated);
    field_ratio(out, "allocator_rss_ratio", resident, active);
    field_bytes(out, "allocator_rss_bytes", resident - active);
    field_ratio(out, "rss_overhead_ratio", figures->resident, resident);
    field_bytes(out, "rss_overhead_bytes", figures->resident - resident);
    field_ratio(out, "mem_fragmentation_ratio", figures->resident, figures->used);
    field_bytes(out, "mem_fragmentation_bytes", figures->resident - figures->used);
}

void info_write_memory(const struct info *info, struct buf *out)
{
    struct figures figures = measure(info);
    uint64_t garbage_keys = 0;
    int64_t freed = 0;
    for (uint16_t i = 0; i < info->group->shard_count; i++) {
        garbage_keys += info->parts[i].garbage_keys;
        freed += metric_read(&info->group->shards[i]->garbage.freed);
    }
    write_used(&figures, out);
    write_scripts(out);
    field_bytes(out, "maxmemory", 0);
    field_human(out, "maxmemory_human", 0);
    info_field(out, "maxmemory_policy", "noeviction");
    write_allocator(&figures, out);
    field_bytes(out, "mem_not_counted_for_evict", 0);
    field_bytes(out, "mem_replication_backlog", 0);
    field_bytes(out, "mem_total_replication_buffers", 0);
    field_bytes(out, "mem_clients_slaves", 0);
    field_bytes(out, "mem_clients_normal", client_bytes(info->group));
    field_bytes(out, "mem_cluster_links", 0);
    field_bytes(out, "mem_aof_buffer", 0);
    info_field(out, "mem_allocator", "%s", mem_allocator_name());
    field_bytes(out, "active_defrag_running", 0);
    field_bytes(out, "lazyfree_pending_objects", (int64_t)garbage_keys);
    field_bytes(out, "lazyfreed_objects", freed);
}
