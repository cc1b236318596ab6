#include "diff/exchange.h"

#include <stdio.h>
#include <string.h>

#include "diff/grammar.h"

#define RESTORED "restored elsewhere"

static void add(struct words *words, const char *text)
{
    words_add(words, text, strlen(text));
}

/* DEBUG DIGEST-VALUE of a key; valid until the next call for the same server. */
static const char *digest_of(struct wire *wire, const char *key)
{
    struct words words = {0};
    add(&words, "DEBUG");
    add(&words, "DIGEST-VALUE");
    add(&words, key);
    const char *text = wire_words_text(wire, &words);
    words_fini(&words);
    return text;
}

static struct reply *dump(struct wire *wire, const char *key)
{
    struct words words = {0};
    add(&words, "DUMP");
    add(&words, key);
    bool sent = wire_send_words(wire, &words);
    words_fini(&words);
    return sent ? wire_read(wire) : NULL;
}

static bool restore(struct wire *wire, const struct reply *payload)
{
    struct words words = {0};
    add(&words, "RESTORE");
    add(&words, RESTORED);
    add(&words, "0");
    words_add(&words, payload->data, payload->len);
    add(&words, "REPLACE");
    bool done = strcmp(wire_words_text(wire, &words), "+OK") == 0;
    words_fini(&words);
    return done;
}

static bool exchange(struct wire *from, struct wire *to, const char *key)
{
    struct reply *payload = dump(from, key);
    bool good = payload && (!payload->data || restore(to, payload));
    if (good && payload->data) {
        char digest[128];
        snprintf(digest, sizeof(digest), "%s", digest_of(to, RESTORED));
        /* an expiry is part of a digest, but not of a payload: both are looked at without one */
        struct words words = {0};
        add(&words, "COPY");
        add(&words, key);
        add(&words, RESTORED);
        add(&words, "REPLACE");
        wire_words_text(from, &words);
        words_fini(&words);
        wire_command_text(from, "PERSIST \"" RESTORED "\"");
        good = strcmp(digest, digest_of(from, RESTORED)) == 0;
        wire_command_text(from, "DEL \"" RESTORED "\"");
        wire_command_text(to, "DEL \"" RESTORED "\"");
    }
    reply_free(payload);
    return good;
}

bool exchange_all(struct wire *ours, struct wire *theirs, int database)
{
    char line[32], key[32];
    snprintf(line, sizeof(line), "SELECT %d", database);
    wire_command_text(ours, line);
    wire_command_text(theirs, line);
    for (int i = 0; i < GRAMMAR_KEY_COUNT; i++) {
        grammar_key(i, key, sizeof(key));
        bool theirs_reads = exchange(ours, theirs, key);
        if (theirs_reads && exchange(theirs, ours, key)) continue;
        printf("FAIL key %d of database %d: what %s wrote, %s reads otherwise\n", i, database,
               theirs_reads ? "theirs" : "ours", theirs_reads ? "ours" : "theirs");
        return false;
    }
    return true;
}
