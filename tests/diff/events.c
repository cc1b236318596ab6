#include "diff/events.h"

#include <string.h>

/* Channels that the grammar publishes on, and one that it does not. */
#define SUBSCRIBE "SUBSCRIBE fence a 1 value"
enum { CHANNELS = 4 };

static bool takes(struct wire *wire, const char *line, const char *pattern)
{
    return text_like(wire_command_text(wire, line), pattern);
}

bool events_listen(struct wire *listener, struct wire *control, bool notify)
{
    if (!takes(listener, SUBSCRIBE, "[*subscribe*")) return false;
    for (int i = 1; i < CHANNELS; i++)
        if (!text_like(wire_read_text(listener), "[*subscribe*")) return false;
    if (!takes(listener, "PSUBSCRIBE __key*", "[*psubscribe*")) return false;
    return !notify || takes(control, "CONFIG SET notify-keyspace-events KEAmn", "+OK");
}

static bool is_expiry(const struct reply *message)
{
    const struct reply *content = message->items[message->count - 1];
    const struct reply *channel = message->items[message->count - 2];
    return text_like(channel->data, "__keyevent@*__:expired") ||
           (text_like(channel->data, "__keyspace@*") && strcmp(content->data, "expired") == 0);
}

bool events_hear(struct wire *listener, struct wire *control, struct text *text)
{
    if (!takes(control, "PUBLISH fence x", ":1")) return false;
    for (;;) {
        struct reply *message = wire_read(listener);
        if (!message || message->count < 3) {
            reply_free(message);
            return false;
        }
        bool is_fence = strcmp(message->items[1]->data, "fence") == 0;
        if (!is_fence && !is_expiry(message)) reply_print(message, listener->resp, text);
        reply_free(message);
        if (is_fence) return true;
    }
}
