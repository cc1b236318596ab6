/* admin/config_rewrite.h -- CONFIG REWRITE: a file that says what holds now, and otherwise stays as
 * it is: comments, order, and lines whose values have not changed. What has changed is replaced
 * where it stands; what is not in the file and not the default is added behind a mark. */
#ifndef TORC_ADMIN_CONFIG_REWRITE_H
#define TORC_ADMIN_CONFIG_REWRITE_H

#include "admin/config_rows.h"

/* Appends the new content to `out`. */
void config_rewrite(const struct settings *settings, struct bytes old, struct buf *out);
/* Rewrites settings->config_path. 0 or -errno. */
int config_rewrite_file(const struct settings *settings);

#endif
