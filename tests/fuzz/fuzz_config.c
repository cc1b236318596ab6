/* Configuration: what a text sets is what CONFIG REWRITE's text sets, whatever the old file was;
 * and a second rewrite changes nothing. The process's directory and other files are not touched:
 * the linker puts the functions below in the place of those that would (fuzz.mk). */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "admin/config_load.h"
#include "admin/config_rewrite.h"
#include "fuzz/fuzz.h"

static char directory[PATH_MAX] = "/";

int __wrap_process_change_directory(const char *path);
bool __wrap_process_current_directory(char *out, size_t size);
int __wrap_file_read_whole(const char *path, struct buf *out);
void __wrap_file_expand(const char *pattern, void (*each)(void *context, const char *path),
                        void *context);

int __wrap_process_change_directory(const char *path)
{
    if (path[0] != '/') return -ENOENT;
    if (strlen(path) >= sizeof directory) return -ENAMETOOLONG;
    strcpy(directory, path);
    return 0;
}

bool __wrap_process_current_directory(char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s", directory) < size;
}

int __wrap_file_read_whole(const char *path, struct buf *out)
{
    (void)out;
    return strcmp(path, "/empty") ? -ENOENT : 0;
}

void __wrap_file_expand(const char *pattern, void (*each)(void *context, const char *path),
                        void *context)
{
    if (!strcmp(pattern, "/em*")) each(context, "/empty");
}

/* NULL: the text is wrong. */
static struct settings *load(struct bytes text)
{
    struct settings *settings = settings_new();
    struct buf report = {0};
    strcpy(directory, "/");
    bool loaded = config_load_text(settings, "fuzz", text, &report);
    FUZZ_CHECK(loaded == !report.len);
    buf_fini(&report);
    if (loaded) return settings;
    settings_free(settings);
    return NULL;
}

static void check_same(const struct settings *settings, const struct settings *again)
{
    for (uint32_t i = 0; i < config_row_count(); i++)
        if (!config_is_same(config_row_at(i), settings, again))
            FUZZ_FAIL("%s is not what it was", config_row_at(i)->name);
}

static void check_rewrite(const struct settings *settings, struct bytes old)
{
    struct buf text = {0}, text_again = {0};
    char directory_then[PATH_MAX];
    strcpy(directory_then, directory);
    config_rewrite(settings, old, &text);
    struct settings *again = load(buf_view(&text));
    if (!again) FUZZ_FAIL("refused:\n%.*s", (int)text.len, (const char *)text.ptr);
    if (PLANTED) again->tcp_keepalive = 300; /* the default */
    check_same(settings, again);
    FUZZ_CHECK(!strcmp(directory, directory_then));
    config_rewrite(again, buf_view(&text), &text_again);
    if (!bytes_equal(buf_view(&text), buf_view(&text_again)))
        FUZZ_FAIL("first:\n%.*s\nthen:\n%.*s", (int)text.len, (const char *)text.ptr,
                  (int)text_again.len, (const char *)text_again.ptr);
    settings_free(again);
    buf_fini(&text);
    buf_fini(&text_again);
}

static void check_copy(const struct settings *settings)
{
    struct settings *copy = settings_copy(settings);
    check_same(settings, copy);
    settings_free(copy);
}

/* 0x80 to 0xbf: a line begins with the name of a setting; 0xc0 to 0xdf: a value. */
static void spell(struct bytes bytes, struct buf *out)
{
    static const char *const values[] = {
        "yes",  "no",    "0",     "1",       "5",       "100",    "2mb",       "1gb",
        "10%",  "700",   "0-3,8", "\"a b\"", "''",      "/x",     "\"\\x01\"", "debug",
        "auto", "local", "::1",   "normal",  "replica", "pubsub",
    };
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.ptr[i];
        if (byte < 0x80 || byte > 0xdf)
            buf_append(out, bytes_make(&byte, 1));
        else if (byte < 0xc0)
            buf_printf(out, "\n%s ", config_row_at((byte - 0x80u) % config_row_count())->name);
        else
            buf_printf(out, "%s ", values[(byte - 0xc0u) % (sizeof values / sizeof *values)]);
    }
}

/* Two texts, a byte 1 between them: settings, and an old file to rewrite; one alone is both. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf spelt = {0};
    spell(bytes_make(data, size), &spelt);
    struct bytes text = buf_view(&spelt), old = text;
    const uint8_t *mark = text.len ? memchr(text.ptr, 1, text.len) : NULL;
    if (mark) {
        old = bytes_make(mark + 1, (size_t)(text.ptr + text.len - mark - 1));
        text.len = (size_t)(mark - text.ptr);
    }
    struct settings *of_old = load(old), *settings = load(text);
    if (settings) {
        struct buf kept = {0};
        buf_append_string(&kept, directory);
        check_copy(settings);
        if (of_old) check_rewrite(settings, old);
        buf_append(&kept, bytes_make("", 1));
        strcpy(directory, (const char *)kept.ptr);
        check_rewrite(settings, (struct bytes){0});
        buf_fini(&kept);
        settings_free(settings);
    }
    settings_free(of_old);
    buf_fini(&spelt);
    return 0;
}
