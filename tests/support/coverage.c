#include "support/coverage.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 1024
#define NAME_MAX  40

static struct noted {
    char name[NAME_MAX];
    unsigned seen; /* enum coverage */
} names[NAMES_MAX];
static size_t count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* some tests have threads */

static void write_file(void)
{
    char path[512];
    const char *dir = getenv("TORC_COVERAGE");
    snprintf(path, sizeof(path), "%s/%d", dir, (int)getpid());
    FILE *file = fopen(path, "w");
    if (!file) return;
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s %u\n", names[i].name, names[i].seen);
    fclose(file);
}

static struct noted *find(const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].name, name) == 0) return &names[i];
    if (count == NAMES_MAX) return NULL;
    if (!count) atexit(write_file);
    snprintf(names[count].name, NAME_MAX, "%s", name);
    return &names[count++];
}

static void note(const char *name, unsigned seen)
{
    pthread_mutex_lock(&lock);
    struct noted *noted = find(name);
    if (noted) noted->seen |= seen;
    pthread_mutex_unlock(&lock);
}

static unsigned seen_in(const struct reply *reply)
{
    if (reply->type != '-') return COVERAGE_REPLY;
    if (strstr(reply->data, "wrong number of arguments")) return COVERAGE_ARITY;
    return strncmp(reply->data, "WRONGTYPE", 9) == 0 ? COVERAGE_TYPE : 0;
}

/* A name in small letters; false: it cannot be one. */
static bool copy_name(char *out, size_t size, const char *word)
{
    size_t len = strcspn(word, " \r\n");
    if (!len || len >= size) return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)word[i]);
    out[len] = 0;
    return true;
}

void coverage_note(const char *word, const char *second, const struct reply *reply)
{
    char name[NAME_MAX], rest[NAME_MAX], both[2 * NAME_MAX];
    if (!getenv("TORC_COVERAGE") || !reply || !copy_name(name, sizeof(name), word)) return;
    unsigned seen = seen_in(reply);
    if (!seen) return;
    note(name, seen);
    if (!second || !copy_name(rest, sizeof(rest), second)) return;
    snprintf(both, sizeof(both), "%s|%s", name, rest);
    bool has_subcommands =
        strcmp(name, "object") == 0 || strcmp(name, "xgroup") == 0 || strcmp(name, "xinfo") == 0;
    if (has_subcommands && strlen(both) < NAME_MAX) note(both, seen);
}
