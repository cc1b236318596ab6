#include "diff/events.h"

#include <stdio.h>
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

static bool is_event(const struct reply *message, const char *event)
{
    const struct reply *content = message->items[message->count - 1];
    const struct reply *channel = message->items[message->count - 2];
    char pattern[64];
    snprintf(pattern, sizeof pattern, "__keyevent@*__:%s", event);
    return text_like(channel->data, pattern) ||
           (text_like(channel->data, "__keyspace@*") && strcmp(content->data, event) == 0);
}

static bool is_told(const struct reply *message, bool with_misses)
{
    /* A reader that is given nothing is made a consumer all the same, as by redis-server 7.2. */
    if (is_event(message, "xgroup-createconsumer")) return false;
    return !is_event(message, "expired") && (with_misses || !is_event(message, "keymiss"));
}

bool events_hear(struct wire *listener, struct wire *control, bool with_misses, struct text *text)
{
    if (!takes(control, "PUBLISH fence x", ":1")) return false;
    for (;;) {
        struct reply *message = wire_read(listener);
        if (!message || message->count < 3) {
            reply_free(message);
            return false;
        }
        bool is_fence = strcmp(message->items[1]->data, "fence") == 0;
        if (!is_fence && is_told(message, with_misses)) reply_print(message, listener->resp, text);
        reply_free(message);
        if (is_fence) return true;
    }
}
