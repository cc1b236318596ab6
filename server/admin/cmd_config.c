#include "admin/cmd_config.h"

#include "admin/admin.h"
#include "admin/config_change.h"
#include "admin/config_rows.h"
#include "base/glob.h"
#include "client/client.h"
#include "command/reply.h"
#include "shard/visit.h"

static bool is_pattern(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*?[\\", text.ptr[i])) return true;
    return false;
}

/* Is the setting asked for? A name that was given in full comes back as it was written. */
static bool is_wanted(const struct call *call, struct bytes name, struct bytes *shown)
{
    for (uint32_t i = 2; i < call->arg_count; i++) {
        if (!glob_match_nocase(call->args[i], name)) continue;
        *shown = is_pattern(call->args[i]) ? name : call->args[i];
        return true;
    }
    return false;
}

static struct outcome cmd_config_get(struct call *call)
{
    struct chunk *hole = writer_hole(&call->out);
    struct buf value = {0};
    uint32_t found = 0;
    for (uint32_t i = 0; i < config_row_count(); i++) {
        const struct config_row *row = config_row_at(i);
        struct bytes shown;
        if (!is_wanted(call, bytes_of_string(row->name), &shown)) continue;
        value.len = 0;
        config_write(row, call->shard->settings, &value);
        writer_bulk(&call->out, shown);
        writer_bulk(&call->out, buf_view(&value));
        found++;
    }
    buf_fini(&value);
    writer_close_map(&call->out, hole, found);
    return reply_written(call);
}

static struct outcome cmd_config_set(struct call *call)
{
    if (call->arg_count % 2) return reply_syntax(call);
    return config_change_set(call);
}

static struct outcome cmd_config_rewrite(struct call *call)
{
    if (!call->shard->settings->config_path)
        return reply_error(call, "ERR The server is running without a config file");
    return config_change_rewrite(call);
}

struct reset {
    struct visit visit; /* first */
    struct client_handle asker;
    uint16_t command; /* CONFIG RESETSTAT itself */
};

static void on_visit(struct shard *shard, struct visit *visit)
{
    (void)visit;
    admin_reset(shard);
}

/* The command that resets is the first that counts. */
static void on_reset(struct shard *shard, struct visit *visit)
{
    struct reset *reset = (struct reset *)(void *)visit;
    struct writer writer;
    metric_add(&shard->command_counters[reset->command].calls, 1);
    metric_add(&shard->counters.commands, 1);
    if (client_answer(shard, reset->asker, &writer)) {
        writer_status(&writer, BYTES("OK"));
        client_answered(shard, reset->asker);
    }
    mem_free(reset, sizeof *reset);
}

static struct outcome cmd_config_resetstat(struct call *call)
{
    struct reset *reset = mem_alloc_zero(sizeof *reset);
    struct outcome outcome = client_park(call, &reset->asker);
    reset->visit.run = on_visit;
    reset->visit.done = on_reset;
    reset->command = call->command->id;
    visit_start(call->shard, &reset->visit);
    return outcome;
}

static struct outcome cmd_config_help(struct call *call)
{
    static const char *const lines[] = {
        "GET <pattern> [<pattern> ...]",
        "    The settings whose names match, and their values.",
        "RESETSTAT",
        "    Start the counters of INFO anew.",
        "REWRITE",
        "    Bring the configuration file up to date.",
        "SET <setting> <value> [<setting> <value> ...]",
        "    Change settings: all of them, or none if one is wrong.",
        NULL};
    return reply_help(call, lines);
}

#define FLAGS CMD_ADMIN | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_FRONT
#define PARKS FLAGS | CMD_MAY_PARK
#define NO_KEYS                                                                                    \
    {                                                                                              \
        {                                                                                          \
            KEYS_NONE                                                                              \
        }                                                                                          \
    }

/* clang-format off */
static const struct command subcommands[] = {
    {"get", cmd_config_get, -3, FLAGS, 0, NO_KEYS, "server", "2.0.0", "O(N) for N settings",
     "parameter [parameter ...]",
     "The values of settings, by name or pattern."},
    {"help", cmd_config_help, 2, CMD_LOADING | CMD_STALE | CMD_FRONT, 0, NO_KEYS, "server", "5.0.0",
     "O(1)", NULL,
     "What the subcommands do."},
    {"resetstat", cmd_config_resetstat, 2, PARKS, 0, NO_KEYS, "server", "2.0.0",
     "O(N) for N commands", NULL,
     "Starts the counters of INFO anew."},
    {"rewrite", cmd_config_rewrite, 2, PARKS, 0, NO_KEYS, "server", "2.8.0", "O(N) for N lines",
     NULL, "Writes the settings that hold now into the configuration file."},
    {"set", cmd_config_set, -4, PARKS, 0, NO_KEYS, "server", "2.0.0", "O(N) for N settings",
     "parameter value [parameter value ...]",
     "Changes settings: all that are named, or none.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = NULL},
};

const struct command cmd_config_table[] = {
    {"config", NULL, -2, CMD_FRONT, 0, NO_KEYS, "server", "2.0.0", "Depends on the subcommand",
     NULL, "Settings of the server.", subcommands},
    {.name = NULL},
};
/* clang-format on */
