/* client/names.h -- Names that clients give themselves: printable, without spaces, so that they
 * cannot disturb the lines of CLIENT LIST. */
#ifndef TORC_CLIENT_NAMES_H
#define TORC_CLIENT_NAMES_H

#include "client/client.h"

bool client_name_is_valid(struct bytes name);
/* ERR Client names cannot contain spaces, newlines or special characters. */
struct outcome reply_bad_client_name(struct call *call, const char *what);
void client_set_text(struct buf *text, struct bytes value); /* replaces; empty: holds no memory */

#endif
