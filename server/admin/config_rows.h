/* admin/config_rows.h -- The settings: one row for each says its name, type, bounds, default,
 * whether it may change at run time, and what has to be done then. Files, the command line, CONFIG
 * and redis.conf.example know of a setting what its row says.
 *
 * A struct settings made here owns its texts: settings_copy() is independent of its source. */
#ifndef TORC_ADMIN_CONFIG_ROWS_H
#define TORC_ADMIN_CONFIG_ROWS_H

#include "mem/arena.h"
#include "mem/buf.h"
#include "shard/settings.h"

struct shard;

enum config_type {
    CONFIG_BOOL, /* yes or no */
    CONFIG_INT,
    CONFIG_MEMORY,  /* with units: 1k 1kb 1m 1mb 1g 1gb */
    CONFIG_PERCENT, /* memory, or 5%: kept as -5 */
    CONFIG_OCTAL,
    CONFIG_ENUM,
    CONFIG_TEXT,
    CONFIG_OTHER, /* the row brings functions of its own */
};

enum config_flag {
    CONFIG_IMMUTABLE = 1 << 0,   /* set when the server starts */
    CONFIG_PROTECTED = 1 << 1,   /* CONFIG SET refuses it */
    CONFIG_WORDS = 1 << 2,       /* takes any number of words, not one */
    CONFIG_ALWAYS_KEPT = 1 << 3, /* CONFIG REWRITE writes it, default or not */
    CONFIG_LISTENS = 1 << 5,     /* where the server listens: see `refusal` */
    CONFIG_BY_CLASS = 1 << 4,    /* a line for each class of clients, which is its first word */
    CONFIG_ALIAS = 1 << 6,       /* an old name; CONFIG REWRITE adds no line with it */
};

/* A name and the number it stands for; a row without a name ends a list. */
struct config_choice {
    const char *name;
    int64_t value;
};

/* What is being set. */
struct config_edit {
    struct settings *settings;
    struct arena *texts; /* what settings point to */
    char reason[256];    /* where a function may put its reason */
};

struct config_row {
    const char *name;
    enum config_type type;
    uint32_t flags;
    size_t offset; /* of the value in struct settings */
    int64_t min, max;
    const char *standard; /* the default, as a file would give it */
    const struct config_choice *choices;
    /* Of CONFIG_OTHER. read: NULL, or why not. write: as CONFIG GET shows it. rewrite: the lines
     * for a file, each with its name; NULL: `name value`. */
    const char *(*read)(const struct config_row *row, struct config_edit *edit,
                        const struct bytes *words, uint32_t count);
    void (*write)(const struct config_row *row, const struct settings *settings, struct buf *out);
    void (*rewrite)(const struct config_row *row, const struct settings *settings, struct buf *out);
    /* Can the process do that? NULL, or why not, maybe in `reason`; NULL: always. */
    const char *(*check)(const struct settings *settings, char *reason, size_t size);
    const char *refusal; /* CONFIG_LISTENS: what CONFIG SET says when it cannot listen there */
    /* After a change, on every shard; NULL: those who use the setting look at it each time. */
    void (*apply)(struct shard *shard);
};

uint32_t config_row_count(void);
const struct config_row *config_row_at(uint32_t index);
const struct config_row *config_find(struct bytes name); /* NULL: unknown; case does not matter */

/* How many open files that many clients need: with them, rings, listeners and the log. */
uint64_t settings_open_files(const struct settings *settings);

struct settings *settings_new(void); /* the defaults */
struct settings *settings_copy(const struct settings *settings);
void settings_free(struct settings *settings);
/* A text that lives as long as the settings. */
const char *settings_keep(struct settings *settings, struct bytes text);

/* Sets one setting from words; several may come as one, with blanks between. NULL, or why not, in
 * `reason`. */
const char *config_set(const struct config_row *row, struct settings *settings,
                       const struct bytes *words, uint32_t count, char *reason, size_t size);
/* Appends the value as CONFIG GET shows it. */
void config_write(const struct config_row *row, const struct settings *settings, struct buf *out);
/* Appends the directive as a file has it: one line or more, each ended. */
void config_write_lines(const struct config_row *row, const struct settings *settings,
                        struct buf *out);
/* Is the value the same in both? */
bool config_is_same(const struct config_row *row, const struct settings *a,
                    const struct settings *b);

#endif
