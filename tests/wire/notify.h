/* wire/notify.h -- Hearing keyspace notifications: what came since the last look, as text. */
#ifndef TESTS_WIRE_NOTIFY_H
#define TESTS_WIRE_NOTIFY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

struct notify {
    struct wire sub;
    struct text heard;  /* "event key, event key@db": the database unless it is 0 */
    int spaces, events; /* how many messages of each kind */
};

/* Sets the classes, and listens. */
static inline void notify_begin(struct notify *notify, struct wire *c, const char *classes)
{
    char line[64];
    *notify = (struct notify){0};
    snprintf(line, sizeof line, "CONFIG SET notify-keyspace-events \"%s\"", classes);
    CHECK_REPLY(c, line, "+OK");
    wire_another(&notify->sub);
    CHECK(wire_send_command(&notify->sub, "PSUBSCRIBE __key* fence"));
    CHECK_PUSH(&notify->sub, "\"psubscribe\", \"__key*\", :1");
    CHECK_PUSH(&notify->sub, "\"psubscribe\", \"fence\", :2");
}

static inline void notify_end(struct notify *notify, struct wire *c)
{
    CHECK_REPLY(c, "CONFIG SET notify-keyspace-events \"\"", "+OK");
    wire_close(&notify->sub);
    text_fini(&notify->heard);
}

/* A message of either kind as "event key@db". */
static inline void notify_read(struct notify *notify, const char *channel, const char *content,
                               struct text *text)
{
    bool is_space = strncmp(channel, "__keyspace@", 11) == 0;
    const char *colon = strchr(channel, ':');
    if (!colon) return;
    int db = atoi(channel + 11);
    text_addf(text, "%s %s", is_space ? content : colon + 1, is_space ? colon + 1 : content);
    if (db) text_addf(text, "@%d", db);
    *(is_space ? &notify->spaces : &notify->events) += 1;
}

/* Both kinds tell of everything, that of the key first: together they are heard as one. */
static inline void notify_add(struct notify *notify, struct text *last, const char *channel,
                              const char *content)
{
    struct text text = {0};
    notify_read(notify, channel, content, &text);
    bool is_second = strncmp(channel, "__keyevent@", 11) == 0;
    bool is_pair = is_second && last->len && text.len && strcmp(last->data, text.data) == 0;
    last->len = 0;
    if (!is_pair) {
        text_addf(&notify->heard, "%s%s", notify->heard.len ? ", " : "", text.data);
        if (!is_second) text_add(last, text.data, text.len);
    }
    text_fini(&text);
}

/* Everything until a message that is said now. */
static inline const char *notify_hear(struct notify *notify, struct wire *c)
{
    struct text last = {0};
    bool is_over = false;
    notify->heard.len = 0;
    notify->spaces = notify->events = 0;
    text_add(&notify->heard, "", 0);
    CHECK_LIKE(c, "PUBLISH fence x", ":*");
    while (!is_over) {
        struct reply *reply = wire_read(&notify->sub);
        REQUIRE(reply && reply->count == 4);
        is_over = strcmp(reply->items[2]->data, "fence") == 0;
        if (!is_over) notify_add(notify, &last, reply->items[2]->data, reply->items[3]->data);
        reply_free(reply);
    }
    text_fini(&last);
    return notify->heard.data;
}

/* After a command, with both kinds of channels on. */
static inline void notify_check(struct notify *notify, struct wire *c, const char *line,
                                const char *expected)
{
    const char *heard = notify_hear(notify, c);
    if (strcmp(heard, expected) != 0)
        test_fail(__FILE__, __LINE__, "%s\n    expected: %.900s\n    heard:    %.900s", line,
                  expected, heard);
    if (notify->spaces != notify->events)
        test_fail(__FILE__, __LINE__, "%s: %d of keys, %d of events", line, notify->spaces,
                  notify->events);
}

#endif
