#include "admin/config_rows.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "admin/config_value.h"
#include "base/check.h"
#include "base/log.h"
#include "base/number.h"
#include "client/client.h"
#include "mem/mem.h"
#include "ring/ring_file.h"
#include "ring/ring_process.h"
#include "shard/group.h"

enum { RESERVED_FILES = 32 };

/* Settings and the texts they point to: what settings_new() really makes. */
struct snapshot {
    struct settings settings;
    struct arena texts;
};

static const char *keep(struct arena *texts, struct bytes text)
{
    char *copy = arena_alloc(texts, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    return copy;
}

/* bind: addresses, each maybe with '-' before it. */

static const char *read_bind(const struct config_row *row, struct config_edit *edit,
                             const struct bytes *words, uint32_t count)
{
    (void)row;
    if (count > SETTINGS_BIND_MAX) return "Too many bind addresses specified.";
    if (count == 1 && !words[0].len) count = 0;
    for (uint32_t i = 0; i < count; i++)
        edit->settings->bind[i] = keep(edit->texts, words[i]);
    edit->settings->bind_count = count;
    return NULL;
}

static void write_bind(const struct config_row *row, const struct settings *settings,
                       struct buf *out)
{
    (void)row;
    for (uint32_t i = 0; i < settings->bind_count; i++)
        buf_printf(out, "%s%s", i ? " " : "", settings->bind[i]);
}

static void rewrite_bind(const struct config_row *row, const struct settings *settings,
                         struct buf *out)
{
    buf_append_string(out, row->name);
    if (!settings->bind_count) buf_append_string(out, " \"\"");
    for (uint32_t i = 0; i < settings->bind_count; i++) {
        buf_append_string(out, " ");
        config_write_word(out, bytes_of_string(settings->bind[i]));
    }
    buf_append_string(out, "\n");
}

/* notify-keyspace-events: a letter for each class; A stands for g$lshzxetd. */

static const struct {
    char letter;
    uint8_t is_in_all;
    int64_t class;
} notify_letters[] = {
    {'g', 1, NOTIFY_GENERIC},  {'$', 1, NOTIFY_STRING},  {'l', 1, NOTIFY_LIST},
    {'s', 1, NOTIFY_SET},      {'h', 1, NOTIFY_HASH},    {'z', 1, NOTIFY_ZSET},
    {'x', 1, NOTIFY_EXPIRED},  {'e', 1, NOTIFY_EVICTED}, {'t', 1, NOTIFY_STREAM},
    {'d', 1, NOTIFY_MODULE},   {'n', 0, NOTIFY_NEW},     {'K', 0, NOTIFY_KEYSPACE},
    {'E', 0, NOTIFY_KEYEVENT}, {'m', 0, NOTIFY_MISS},
};
enum { NOTIFY_LETTERS = sizeof notify_letters / sizeof *notify_letters };

static int64_t class_of_letter(char letter)
{
    if (letter == 'A') return NOTIFY_ALL;
    for (size_t i = 0; i < NOTIFY_LETTERS; i++)
        if (notify_letters[i].letter == letter) return notify_letters[i].class;
    return 0;
}

static const char *read_notify(const struct config_row *row, struct config_edit *edit,
                               const struct bytes *words, uint32_t count)
{
    (void)row;
    int64_t classes = 0;
    if (count != 1) return "wrong number of arguments";
    for (size_t i = 0; i < words[0].len; i++) {
        int64_t class = class_of_letter((char)words[0].ptr[i]);
        if (!class) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
        classes |= class;
    }
    edit->settings->notify_keyspace_events = classes;
    return NULL;
}

static void write_notify(const struct config_row *row, const struct settings *settings,
                         struct buf *out)
{
    (void)row;
    int64_t classes = settings->notify_keyspace_events;
    bool has_all = (classes & NOTIFY_ALL) == NOTIFY_ALL;
    if (has_all) buf_append_string(out, "A");
    for (size_t i = 0; i < NOTIFY_LETTERS; i++) {
        bool is_said = has_all && notify_letters[i].is_in_all;
        if (classes & notify_letters[i].class && !is_said)
            buf_append(out, bytes_make(&notify_letters[i].letter, 1));
    }
}

static void rewrite_notify(const struct config_row *row, const struct settings *settings,
                           struct buf *out)
{
    struct buf text = {0};
    write_notify(row, settings, &text);
    buf_printf(out, "%s ", row->name);
    config_write_word(out, buf_view(&text));
    buf_append_string(out, "\n");
    buf_fini(&text);
}

/* client-output-buffer-limit: for each class hard limit, soft limit, seconds over the soft one. */

static const char *const class_names[CLASS_COUNT] = {"normal", "slave", "pubsub"};

static bool find_class(struct bytes word, enum client_class *found)
{
    if (bytes_is(word, "replica")) word = BYTES("slave");
    for (uint32_t class = 0; class < CLASS_COUNT; class ++) {
        if (!bytes_equal_nocase(bytes_of_string(class_names[class]), word)) continue;
        *found = (enum client_class) class;
        return true;
    }
    return false;
}

static bool parse_seconds(struct bytes word, int64_t *value)
{
    size_t digits = 0;
    while (digits < word.len && word.ptr[digits] == '0' && digits + 1 < word.len)
        digits++; /* leading zeros are allowed here */
    struct bytes rest = bytes_make(word.ptr + digits, word.len - digits);
    uint64_t seconds;
    if (!number_parse_uint(rest, &seconds) || seconds > INT_MAX) return false;
    *value = (int64_t)seconds;
    return true;
}

static const char *read_output_limit(const struct config_row *row, struct config_edit *edit,
                                     const struct bytes *words, uint32_t count)
{
    (void)row;
    struct output_limit limits[CLASS_COUNT];
    memcpy(limits, edit->settings->output_limits, sizeof limits);
    if (count == 1 && !words[0].len) return NULL;
    if (count % 4) return "Wrong number of arguments in buffer limit configuration.";
    for (uint32_t i = 0; i < count; i += 4) {
        enum client_class class;
        if (!find_class(words[i], &class))
            return "Invalid client class specified in buffer limit configuration.";
        struct output_limit *limit = &limits[class];
        if (!config_parse_memory(words[i + 1], &limit->hard_bytes) ||
            !config_parse_memory(words[i + 2], &limit->soft_bytes) ||
            !parse_seconds(words[i + 3], &limit->soft_seconds))
            return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    memcpy(edit->settings->output_limits, limits, sizeof limits);
    return NULL;
}

static void write_output_limit(const struct config_row *row, const struct settings *settings,
                               struct buf *out)
{
    (void)row;
    for (uint32_t class = 0; class < CLASS_COUNT; class ++) {
        const struct output_limit *limit = &settings->output_limits[class];
        buf_printf(out, "%s%s %lld %lld %lld", class ? " " : "", class_names[class],
                   (long long)limit->hard_bytes, (long long)limit->soft_bytes,
                   (long long)limit->soft_seconds);
    }
}

static void rewrite_output_limit(const struct config_row *row, const struct settings *settings,
                                 struct buf *out)
{
    for (uint32_t class = 0; class < CLASS_COUNT; class ++) {
        const struct output_limit *limit = &settings->output_limits[class];
        buf_printf(out, "%s %s ", row->name,
                   class == CLASS_REPLICA ? "replica" : class_names[class]);
        config_write_memory(out, limit->hard_bytes);
        buf_append_string(out, " ");
        config_write_memory(out, limit->soft_bytes);
        buf_printf(out, " %lld\n", (long long)limit->soft_seconds);
    }
}

/* dir: takes effect at once, so that what follows in a file is relative to it. */

static const char *read_dir(const struct config_row *row, struct config_edit *edit,
                            const struct bytes *words, uint32_t count)
{
    (void)row, (void)count;
    const char *path = keep(edit->texts, words[0]);
    int error = process_change_directory(path);
    if (error) {
        snprintf(edit->reason, sizeof edit->reason, "%s", strerror(-error));
        return edit->reason;
    }
    edit->settings->dir = path;
    return NULL;
}

static void write_dir(const struct config_row *row, const struct settings *settings,
                      struct buf *out)
{
    (void)row, (void)settings;
    char path[PATH_MAX];
    if (process_current_directory(path, sizeof path)) buf_append_string(out, path);
}

static void rewrite_dir(const struct config_row *row, const struct settings *settings,
                        struct buf *out)
{
    struct buf path = {0};
    write_dir(row, settings, &path);
    buf_printf(out, "%s ", row->name);
    config_write_quoted(out, buf_view(&path));
    buf_append_string(out, "\n");
    buf_fini(&path);
}

/* hz: out of range is not wrong, but cut. */

static const char *read_hz(const struct config_row *row, struct config_edit *edit,
                           const struct bytes *words, uint32_t count)
{
    enum { HZ_MIN = 1, HZ_MAX = 500 };
    (void)count;
    struct config_row plain = *row;
    plain.type = CONFIG_INT;
    const char *problem = config_value_read(&plain, edit, words[0]);
    if (edit->settings->hz < HZ_MIN) edit->settings->hz = HZ_MIN;
    if (edit->settings->hz > HZ_MAX) edit->settings->hz = HZ_MAX;
    return problem;
}

static void write_hz(const struct config_row *row, const struct settings *settings, struct buf *out)
{
    (void)row;
    buf_printf(out, "%lld", (long long)settings->hz);
}

/* shard-cpus: a list of CPUs, "0-3,8". */

static const char *read_cpus(const struct config_row *row, struct config_edit *edit,
                             const struct bytes *words, uint32_t count)
{
    (void)row, (void)count;
    int cpus[SETTINGS_SHARDS_MAX];
    const char *text = keep(edit->texts, words[0]);
    if (words[0].len && group_parse_cpus(text, cpus, SETTINGS_SHARDS_MAX) <= 0)
        return "argument must be a list of CPUs: 0-3,8";
    edit->settings->shard_cpus = words[0].len ? text : NULL;
    return NULL;
}

static void write_cpus(const struct config_row *row, const struct settings *settings,
                       struct buf *out)
{
    (void)row;
    buf_append_string(out, settings->shard_cpus ? settings->shard_cpus : "");
}

static void rewrite_cpus(const struct config_row *row, const struct settings *settings,
                         struct buf *out)
{
    buf_printf(out, "%s ", row->name);
    config_write_word(out, bytes_of_string(settings->shard_cpus ? settings->shard_cpus : ""));
    buf_append_string(out, "\n");
}

static void apply_loglevel(struct shard *shard)
{
    log_set_level((enum log_level)shard->settings->loglevel);
}

/* Without a password everybody is welcome, also those who came when there was one. */
static void apply_requirepass(struct shard *shard)
{
    const char *password = shard->settings->requirepass;
    if (password && *password) return;
    for (struct client *client = clients_of(shard)->first; client; client = client->next)
        client->flags |= CLIENT_AUTHENTICATED;
}

uint64_t settings_open_files(const struct settings *settings)
{
    return (uint64_t)settings->maxclients + (uint64_t)settings->shards + RESERVED_FILES;
}

static const char *check_maxclients(const struct settings *settings, char *reason, size_t size)
{
    uint64_t wanted = settings_open_files(settings);
    uint64_t reserved = wanted - (uint64_t)settings->maxclients;
    uint64_t limit = process_raise_open_files(wanted);
    if (limit >= wanted) return NULL;
    snprintf(reason, size,
             "The operating system is not able to handle the specified number of clients, "
             "try with %lld",
             limit > reserved ? (long long)(limit - reserved) : 0);
    return reason;
}

static const struct config_choice loglevels[] = {
    {"debug", LOG_DEBUG},
    {"verbose", LOG_VERBOSE},
    {"notice", LOG_NOTICE},
    {"warning", LOG_WARNING},
    {NULL, 0},
};

static const struct config_choice supervisors[] = {
    {"upstart", SUPERVISED_UPSTART},
    {"systemd", SUPERVISED_SYSTEMD},
    {"auto", SUPERVISED_AUTO},
    {"no", SUPERVISED_NO},
    {NULL, 0},
};

static const struct config_choice permissions[] = {
    {"no", PERMISSION_NO}, {"yes", PERMISSION_YES}, {"local", PERMISSION_LOCAL}, {NULL, 0}};

#define AT(member) offsetof(struct settings, member)
#define FIXED      CONFIG_IMMUTABLE
#define MEBI       (1 << 20)

/* clang-format off */
static const struct config_row rows[] = {
    /* name         type         flags  where              min max      default */
    {"bind",        CONFIG_OTHER, CONFIG_LISTENS | CONFIG_WORDS, AT(bind), 0, 0, "* -::*",
     .read = read_bind, .write = write_bind, .rewrite = rewrite_bind,
     .refusal = "Failed to bind to specified addresses."},
    {"client-output-buffer-limit", CONFIG_OTHER, CONFIG_WORDS | CONFIG_BY_CLASS,
     AT(output_limits), 0, 0, "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60",
     .read = read_output_limit, .write = write_output_limit, .rewrite = rewrite_output_limit},
    {"client-query-buffer-limit", CONFIG_MEMORY, 0, AT(client_query_buffer_limit),
     MEBI, INT64_MAX, "1gb"},
    {"daemonize",   CONFIG_BOOL, FIXED, AT(daemonize),     0, 1,        "no"},
    {"databases",   CONFIG_INT,  FIXED, AT(databases),     1, UINT16_MAX, "16"},
    {"dir",         CONFIG_OTHER, CONFIG_PROTECTED | CONFIG_ALWAYS_KEPT, AT(dir), 0, 0, NULL,
     .read = read_dir, .write = write_dir, .rewrite = rewrite_dir},
    {"enable-debug-command", CONFIG_ENUM, FIXED, AT(enable_debug_command), 0, 0, "no", permissions},
    {"hash-max-listpack-entries", CONFIG_INT, 0, AT(types.hash_max_listpack_entries), 0, INT64_MAX,
     "512"},
    {"hash-max-listpack-value", CONFIG_INT, 0, AT(types.hash_max_listpack_value), 0, INT64_MAX,
     "64"},
    {"hash-max-ziplist-entries", CONFIG_INT, CONFIG_ALIAS, AT(types.hash_max_listpack_entries), 0,
     INT64_MAX, "512"},
    {"hash-max-ziplist-value", CONFIG_INT, CONFIG_ALIAS, AT(types.hash_max_listpack_value), 0,
     INT64_MAX, "64"},
    {"hll-sparse-max-bytes", CONFIG_MEMORY, 0, AT(hll_sparse_max_bytes), 0, INT64_MAX, "3000"},
    {"hz",          CONFIG_OTHER, 0,    AT(hz),            0, INT_MAX,  "10",
     .read = read_hz, .write = write_hz},
    {"lazyfree-lazy-eviction", CONFIG_BOOL, 0, AT(lazyfree_eviction), 0, 1, "no"},
    {"lazyfree-lazy-expire", CONFIG_BOOL, 0, AT(lazyfree_expire), 0, 1, "no"},
    {"lazyfree-lazy-server-del", CONFIG_BOOL, 0, AT(lazyfree_server_del), 0, 1, "no"},
    {"lazyfree-lazy-user-del", CONFIG_BOOL, 0, AT(lazyfree_user_del), 0, 1, "no"},
    {"lazyfree-lazy-user-flush", CONFIG_BOOL, 0, AT(lazyfree_user_flush), 0, 1, "no"},
    {"list-compress-depth", CONFIG_INT, 0, AT(types.list_compress_depth), 0, INT_MAX, "0"},
    {"list-max-listpack-size", CONFIG_INT, 0, AT(types.list_max_listpack_size), INT_MIN, INT_MAX,
     "-2"},
    {"list-max-ziplist-size", CONFIG_INT, CONFIG_ALIAS, AT(types.list_max_listpack_size), INT_MIN,
     INT_MAX, "-2"},
    {"logfile",     CONFIG_TEXT, FIXED, AT(logfile),       0, 0,        ""},
    {"loglevel",    CONFIG_ENUM, 0,     AT(loglevel),      0, 0,        "notice", loglevels,
     .apply = apply_loglevel},
    {"maxclients",  CONFIG_INT,  0,     AT(maxclients),    1, UINT32_MAX, "10000",
     .check = check_maxclients},
    {"maxmemory-clients", CONFIG_PERCENT, 0, AT(maxmemory_clients), 0, INT64_MAX, "0"},
    {"notify-keyspace-events", CONFIG_OTHER, 0, AT(notify_keyspace_events), 0, 0, "",
     .read = read_notify, .write = write_notify, .rewrite = rewrite_notify},
    {"pidfile",     CONFIG_TEXT, FIXED, AT(pidfile),       0, 0,        ""},
    {"port",        CONFIG_INT,  CONFIG_LISTENS, AT(port), 0, 65535,    "6379",
     .refusal = "Unable to listen on this port. Check server logs."},
    {"protected-mode", CONFIG_BOOL, 0,  AT(protected_mode), 0, 1,       "yes"},
    {"proto-max-bulk-len", CONFIG_MEMORY, 0, AT(proto_max_bulk_len), MEBI, INT64_MAX, "512mb"},
    {"requirepass", CONFIG_TEXT, 0,     AT(requirepass),   0, 0,        "",
     .apply = apply_requirepass},
    {"set-max-intset-entries", CONFIG_INT, 0, AT(types.set_max_intset_entries), 0, INT64_MAX,
     "512"},
    {"set-max-listpack-entries", CONFIG_INT, 0, AT(types.set_max_listpack_entries), 0, INT64_MAX,
     "128"},
    {"set-max-listpack-value", CONFIG_INT, 0, AT(types.set_max_listpack_value), 0, INT64_MAX,
     "64"},
    {"shard-cpus",  CONFIG_OTHER, FIXED, AT(shard_cpus),   0, 0,        "",
     .read = read_cpus, .write = write_cpus, .rewrite = rewrite_cpus},
    {"shards",      CONFIG_INT,  FIXED, AT(shards),        1, SETTINGS_SHARDS_MAX, NULL},
    {"stream-node-max-bytes", CONFIG_MEMORY, 0, AT(types.stream_node_max_bytes), 0, INT64_MAX,
     "4096"},
    {"stream-node-max-entries", CONFIG_INT, 0, AT(types.stream_node_max_entries), 0, INT64_MAX,
     "100"},
    {"supervised",  CONFIG_ENUM, FIXED, AT(supervised),    0, 0,        "no", supervisors},
    {"tcp-backlog", CONFIG_INT,  FIXED, AT(tcp_backlog),   0, INT_MAX,  "511"},
    {"tcp-keepalive", CONFIG_INT, 0,    AT(tcp_keepalive), 0, INT_MAX,  "300"},
    {"timeout",     CONFIG_INT,  0,     AT(timeout),       0, INT_MAX,  "0"},
    {"tracking-table-max-keys", CONFIG_INT, 0, AT(tracking_table_max_keys), 0, INT64_MAX,
     "1000000"},
    {"unixsocket",  CONFIG_TEXT, FIXED, AT(unixsocket),    0, 0,        ""},
    {"unixsocketperm", CONFIG_OCTAL, FIXED, AT(unixsocketperm), 0, 0777, "0"},
    {"zset-max-listpack-entries", CONFIG_INT, 0, AT(types.zset_max_listpack_entries), 0, INT64_MAX,
     "128"},
    {"zset-max-listpack-value", CONFIG_INT, 0, AT(types.zset_max_listpack_value), 0, INT64_MAX,
     "64"},
    {"zset-max-ziplist-entries", CONFIG_INT, CONFIG_ALIAS, AT(types.zset_max_listpack_entries), 0,
     INT64_MAX, "128"},
    {"zset-max-ziplist-value", CONFIG_INT, CONFIG_ALIAS, AT(types.zset_max_listpack_value), 0,
     INT64_MAX, "64"},
};
/* clang-format on */

uint32_t config_row_count(void)
{
    return sizeof rows / sizeof *rows;
}

const struct config_row *config_row_at(uint32_t index)
{
    ASSERT(index < config_row_count());
    return &rows[index];
}

const struct config_row *config_find(struct bytes name)
{
    for (uint32_t i = 0; i < config_row_count(); i++)
        if (bytes_equal_nocase(bytes_of_string(rows[i].name), name)) return &rows[i];
    return NULL;
}

static struct snapshot *snapshot_of(struct settings *settings)
{
    return (struct snapshot *)(void *)settings;
}

const char *settings_keep(struct settings *settings, struct bytes text)
{
    return keep(&snapshot_of(settings)->texts, text);
}

static void set_standard(const struct config_row *row, struct settings *settings)
{
    char reason[256];
    if (!row->standard) return;
    struct bytes value = bytes_of_string(row->standard);
    const char *problem = config_set(row, settings, &value, 1, reason, sizeof reason);
    ASSERT(!problem);
}

struct settings *settings_new(void)
{
    struct snapshot *snapshot = mem_alloc_zero(sizeof *snapshot);
    arena_init(&snapshot->texts);
    for (uint32_t i = 0; i < config_row_count(); i++)
        set_standard(&rows[i], &snapshot->settings);
    snapshot->settings.shards = group_count_cpus();
    return &snapshot->settings;
}

static const char *copy_text(struct snapshot *snapshot, const char *text)
{
    return text ? keep(&snapshot->texts, bytes_of_string(text)) : NULL;
}

struct settings *settings_copy(const struct settings *settings)
{
    struct snapshot *snapshot = mem_alloc_zero(sizeof *snapshot);
    struct settings *copy = &snapshot->settings;
    arena_init(&snapshot->texts);
    *copy = *settings;
    for (uint32_t i = 0; i < config_row_count(); i++) {
        if (rows[i].type != CONFIG_TEXT) continue;
        const char **text = (const char **)((uint8_t *)copy + rows[i].offset);
        *text = copy_text(snapshot, *text);
    }
    for (uint32_t i = 0; i < copy->bind_count; i++)
        copy->bind[i] = copy_text(snapshot, copy->bind[i]);
    copy->dir = copy_text(snapshot, copy->dir);
    copy->shard_cpus = copy_text(snapshot, copy->shard_cpus);
    copy->config_path = copy_text(snapshot, copy->config_path);
    return copy;
}

void settings_free(struct settings *settings)
{
    if (!settings) return;
    struct snapshot *snapshot = snapshot_of(settings);
    arena_fini(&snapshot->texts);
    mem_free(snapshot, sizeof *snapshot);
}

enum { SPLIT_MAX = 64 };

/* Too many are too many for every row. */
static uint32_t split_words(struct bytes value, struct bytes words[SPLIT_MAX])
{
    uint32_t count = 0;
    const uint8_t *end = value.ptr + value.len;
    while (count < SPLIT_MAX) {
        const uint8_t *space = value.len ? memchr(value.ptr, ' ', value.len) : NULL;
        size_t len = space ? (size_t)(space - value.ptr) : value.len;
        words[count++] = bytes_make(value.ptr, len);
        if (!space) break;
        value = bytes_make(space + 1, (size_t)(end - space - 1));
    }
    return count;
}

/* Texts are kept with a NUL at their end: a password must not end at one of its own. */
static bool has_nul(const struct bytes *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (words[i].len && memchr(words[i].ptr, 0, words[i].len)) return true;
    return false;
}

const char *config_set(const struct config_row *row, struct settings *settings,
                       const struct bytes *words, uint32_t count, char *reason, size_t size)
{
    struct bytes parts[SPLIT_MAX];
    struct config_edit edit = {settings, &snapshot_of(settings)->texts, ""};
    bool fits = row->flags & CONFIG_WORDS ? count > 0 : count == 1;
    if (!fits) return "wrong number of arguments";
    if (has_nul(words, count)) return "argument can't contain a NUL byte";
    if (row->flags & CONFIG_WORDS && count == 1) {
        count = split_words(words[0], parts);
        words = parts;
    }
    const char *problem = row->type == CONFIG_OTHER ? row->read(row, &edit, words, count)
                                                    : config_value_read(row, &edit, words[0]);
    if (problem != edit.reason) return problem;
    snprintf(reason, size, "%s", problem);
    return reason;
}

void config_write(const struct config_row *row, const struct settings *settings, struct buf *out)
{
    if (row->type == CONFIG_OTHER)
        row->write(row, settings, out);
    else
        config_value_write(row, settings, out);
}

void config_write_lines(const struct config_row *row, const struct settings *settings,
                        struct buf *out)
{
    if (row->rewrite) {
        row->rewrite(row, settings, out);
        return;
    }
    buf_printf(out, "%s ", row->name);
    if (row->type == CONFIG_OTHER)
        row->write(row, settings, out);
    else
        config_value_rewrite(row, settings, out);
    buf_append_string(out, "\n");
}

bool config_is_same(const struct config_row *row, const struct settings *a,
                    const struct settings *b)
{
    struct buf text_a = {0}, text_b = {0};
    config_write(row, a, &text_a);
    config_write(row, b, &text_b);
    bool same = bytes_equal(buf_view(&text_a), buf_view(&text_b));
    buf_fini(&text_a);
    buf_fini(&text_b);
    return same;
}
