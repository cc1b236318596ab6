/* admin/config_value.h -- Values of settings to and from text, by type: units, bounds, choices, and
 * redis-server's words for what is wrong. */
#ifndef TORC_ADMIN_CONFIG_VALUE_H
#define TORC_ADMIN_CONFIG_VALUE_H

#include "admin/config_rows.h"

/* 100, 1k (1000), 1kb (1024), 1m, 1mb, 1g, 1gb, in any case. */
bool config_parse_memory(struct bytes text, int64_t *value);
/* "1gb", "3mb", "5kb" or plain bytes: what config_parse_memory() reads back. */
void config_write_memory(struct buf *out, int64_t value);
/* "text", with \n \r \t \" \xHH: what parser_split_line() reads back. */
void config_write_quoted(struct buf *out, struct bytes text);

/* As it stands if that is one word, else quoted. */
void config_write_word(struct buf *out, struct bytes text);
/* A line of a file without the white space around it. */
struct bytes config_trim(struct bytes line);

/* For rows of every type but CONFIG_OTHER. NULL, or why not. */
const char *config_value_read(const struct config_row *row, struct config_edit *edit,
                              struct bytes word);
void config_value_write(const struct config_row *row, const struct settings *settings,
                        struct buf *out);
/* As a file has it: memory in units, texts quoted. */
void config_value_rewrite(const struct config_row *row, const struct settings *settings,
                          struct buf *out);

#endif
