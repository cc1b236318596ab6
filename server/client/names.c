#include "client/names.h"

#include "command/reply.h"

bool client_name_is_valid(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] < '!' || name.ptr[i] > '~') return false;
    return true;
}

struct outcome reply_bad_client_name(struct call *call, const char *what)
{
    return reply_error(call, "ERR %s cannot contain spaces, newlines or special characters.", what);
}

void client_set_text(struct buf *text, struct bytes value)
{
    buf_fini(text);
    buf_append(text, value);
}
