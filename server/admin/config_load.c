#include "admin/config_load.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/config_value.h"
#include "mem/mem.h"
#include "resp/parser.h"
#include "ring/ring_file.h"
#include "version.h"

enum { INCLUDE_DEPTH_MAX = 16 };

/* What is being read, and where in it. */
struct source {
    const char *name;
    uint32_t line;
    uint32_t depth; /* of includes */
};

struct loader {
    struct settings *settings;
    struct buf *report;
    bool failed;
};

/* 0 or -errno: it cannot be read. */
static int load_file(struct loader *loader, const char *path, uint32_t depth);

static void fail(struct loader *loader, const struct source *source, struct bytes line,
                 const char *problem)
{
    loader->failed = true;
    buf_append_string(loader->report,
                      "\n*** FATAL CONFIG FILE ERROR (Torc " TORC_VERSION ") ***\n");
    buf_printf(loader->report, "Reading the configuration file, at line %u of %s\n", source->line,
               source->name);
    buf_printf(loader->report, ">>> '%.*s'\n%s\n", (int)line.len, (const char *)line.ptr, problem);
}

/* Where an include stands, and where it leads. */
struct inclusion {
    struct loader *loader;
    const struct source *source;
    struct bytes line;
};

static void on_included(void *context, const char *path)
{
    const struct inclusion *inclusion = context;
    char problem[PATH_MAX + 128];
    if (inclusion->loader->failed) return;
    int error = load_file(inclusion->loader, path, inclusion->source->depth + 1);
    if (!error) return;
    snprintf(problem, sizeof problem, "can't open config file '%s': %s", path, strerror(-error));
    fail(inclusion->loader, inclusion->source, inclusion->line, problem);
}

static void include(struct loader *loader, const struct source *source, struct bytes line,
                    struct bytes word)
{
    struct inclusion inclusion = {loader, source, line};
    char path[PATH_MAX];
    if (source->depth == INCLUDE_DEPTH_MAX) {
        fail(loader, source, line, "includes are nested too deeply");
    } else if (word.len >= sizeof path) {
        fail(loader, source, line, "the name of the file is too long");
    } else {
        memcpy(path, word.ptr, word.len);
        path[word.len] = 0;
        if (strpbrk(path, "*?["))
            file_expand(path, on_included, &inclusion);
        else
            on_included(&inclusion, path);
    }
}

static void set(struct loader *loader, const struct source *source, struct bytes line,
                const struct bytes *words, uint32_t count)
{
    char reason[256];
    const struct config_row *row = config_find(words[0]);
    if (!row && bytes_is(words[0], "include") && count == 2) {
        include(loader, source, line, words[1]);
        return;
    }
    const char *problem =
        row ? config_set(row, loader->settings, words + 1, count - 1, reason, sizeof reason)
            : "Bad directive or wrong number of arguments";
    if (problem) fail(loader, source, line, problem);
}

/* The words that parser_split_line() found, as views. */
static struct bytes *make_views(const struct buf *text, const struct buf *places, uint32_t count)
{
    struct bytes *words = mem_alloc((count + 1) * sizeof *words);
    for (uint32_t i = 0; i < count; i++) {
        struct partial_arg place;
        memcpy(&place, places->ptr + i * sizeof place, sizeof place);
        words[i] = bytes_make(text->ptr + place.offset, place.len);
    }
    return words;
}

static void load_line(struct loader *loader, const struct source *source, struct bytes line)
{
    struct buf text = {0}, places = {0};
    uint32_t count;
    line = config_trim(line);
    if (!line.len || line.ptr[0] == '#') return;
    if (!parser_split_line(line, &text, &places, &count)) {
        fail(loader, source, line, "Unbalanced quotes in configuration line");
    } else if (count) {
        struct bytes *words = make_views(&text, &places, count);
        set(loader, source, line, words, count);
        mem_free(words, (count + 1) * sizeof *words);
    }
    buf_fini(&text);
    buf_fini(&places);
}

static void load_text(struct loader *loader, const char *name, struct bytes text, uint32_t depth)
{
    struct source source = {name, 0, depth};
    while (text.len && !loader->failed) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;
        source.line++;
        load_line(loader, &source, bytes_make(text.ptr, len));
        len += end != NULL;
        text = bytes_make(text.ptr + len, text.len - len);
    }
}

static int load_file(struct loader *loader, const char *path, uint32_t depth)
{
    struct buf text = {0};
    int error = file_read_whole(path, &text);
    if (!error)
        load_text(loader, strcmp(path, "-") ? path : "standard input", buf_view(&text), depth);
    buf_fini(&text);
    return error;
}

bool config_load_text(struct settings *settings, const char *name, struct bytes text,
                      struct buf *report)
{
    struct loader loader = {settings, report, false};
    load_text(&loader, name, text, 0);
    return !loader.failed;
}

/* The command line, sorted out. */
struct command_line {
    const char *path; /* NULL: no file */
    bool standard_input;
    bool check_only;
    struct buf options; /* as lines of a file */
};

/* "--port", but not "--port 7000" in one argument, which brings its value along. */
static bool lacks_value(const char *option)
{
    while (*option && !isspace(*option))
        option++;
    while (isspace(*option))
        option++;
    return !*option;
}

/* An option's name begins a line; all that follows up to the next one is quoted behind it. Right
 * behind a name, whatever comes is a value, even if it looks like a name. */
static void read_options(struct command_line *line, int first, int argc, char **argv)
{
    bool wants_value = false;
    for (int i = first; i < argc; i++) {
        const char *word = argv[i];
        if (!strcmp(word, "-") && (i == 1 || i == argc - 1)) {
            line->standard_input = true;
        } else if (!wants_value && !strcmp(word, "--check-config")) {
            line->check_only = true;
        } else if (!wants_value && !strncmp(word, "--", 2)) {
            buf_printf(&line->options, "%s%s ", line->options.len ? "\n" : "", word + 2);
            wants_value = lacks_value(word);
        } else {
            config_write_quoted(&line->options, bytes_of_string(word));
            buf_append_string(&line->options, " ");
            wants_value = false;
        }
    }
}

static struct command_line read_command_line(int argc, char **argv)
{
    struct command_line line = {0};
    int first = 1;
    if (argc > 1 && argv[1][0] != '-') line.path = argv[first++];
    read_options(&line, first, argc, argv);
    return line;
}

/* Absolute, because `dir` may lead elsewhere. */
static void remember_path(struct settings *settings, const char *path)
{
    char absolute[PATH_MAX];
    if (file_absolute_path(path, absolute, sizeof absolute))
        settings->config_path = settings_keep(settings, bytes_of_string(absolute));
}

static void load_named(struct loader *loader, const char *path)
{
    int error = load_file(loader, path, 0);
    if (!error) return;
    loader->failed = true;
    buf_printf(loader->report, "Fatal error, can't open config file '%s': %s\n", path,
               strerror(-error));
}

static bool load(struct settings *settings, const struct command_line *line, struct buf *report)
{
    struct loader loader = {settings, report, false};
    if (line->path) {
        remember_path(settings, line->path);
        load_named(&loader, line->path);
    }
    if (line->standard_input && !loader.failed) load_named(&loader, "-");
    if (!loader.failed) load_text(&loader, "the command line", buf_view(&line->options), 0);
    return !loader.failed;
}

static const char help[] =
    "Usage: torc [file] [-] [--name value ...]\n"
    "       torc -v or --version\n"
    "       torc -h or --help\n"
    "       torc [file] [--name value ...] --check-config\n"
    "\n"
    "Settings come from the file, then from standard input if there is a -, then from\n"
    "the command line; the last one counts. redis.conf.example describes all of them.\n"
    "\n"
    "Examples:\n"
    "       torc                          (the defaults: port 6379, a shard for each CPU)\n"
    "       torc /etc/torc/redis.conf\n"
    "       torc --port 7777 --shards 2\n"
    "       torc redis.conf --loglevel verbose\n"
    "       echo 'maxclients 128' | torc -\n";

/* True: there was nothing to do but to say something. */
static bool answer(int argc, char **argv)
{
    if (argc < 2) return false;
    if (!strcmp(argv[1], "-v") || !strcmp(argv[1], "--version")) {
        printf("Torc server v=" TORC_VERSION " sha=00000000:0 malloc=%s bits=%d build=0\n",
               mem_allocator_name(), (int)sizeof(void *) * 8);
        return true;
    }
    if (strcmp(argv[1], "-h") != 0 && strcmp(argv[1], "--help") != 0) return false;
    fputs(help, stdout);
    return true;
}

struct settings *config_load(int argc, char **argv, int *exit_status)
{
    *exit_status = EXIT_SUCCESS;
    if (answer(argc, argv)) return NULL;
    struct command_line line = read_command_line(argc, argv);
    struct settings *settings = settings_new();
    struct buf report = {0};
    bool loaded = load(settings, &line, &report);
    if (!loaded) *exit_status = EXIT_FAILURE;
    if (!loaded) fwrite(report.ptr, 1, report.len, stderr);
    if (loaded && line.check_only) puts("The configuration is valid.");
    if (!loaded || line.check_only) {
        settings_free(settings);
        settings = NULL;
    }
    buf_fini(&report);
    buf_fini(&line.options);
    return settings;
}
