/* admin/config_load.h -- From the command line to settings, as redis-server reads it:
 *     torc [file] [-] [--name value ...]
 * The file first, then standard input, then the options: the last word on a setting counts. A
 * mistake is reported in redis-server's form, with its file and line. */
#ifndef TORC_ADMIN_CONFIG_LOAD_H
#define TORC_ADMIN_CONFIG_LOAD_H

#include "admin/config_rows.h"

/* NULL: the process ends with *exit_status; what there is to say has been printed: a mistake, the
 * version, the help, the result of --check-config. Else the caller's, settings_free(). */
struct settings *config_load(int argc, char **argv, int *exit_status);

/* Applies the text of a file that is called `name` in messages. False: *report is what to print. */
bool config_load_text(struct settings *settings, const char *name, struct bytes text,
                      struct buf *report);

#endif
