#include "batch.h"

#include "fatal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
    "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
    "9293949596979899";

void batch_patch(char *end, uint64_t number, uint32_t pairs)
{
    for (uint32_t i = 0; i < pairs; i++) {
        end -= 2;
        memcpy(end, digit_pairs + 2 * (number % 100), 2);
        number /= 100;
    }
}

/* Text, never a number, that does not compress into a pattern. */
static void put_value(FILE *out, uint32_t len, uint64_t *state)
{
    for (uint32_t i = 0; i < len; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        fputc("abcdefghijklmnopqrstuvwxyzABCDEF"[*state >> 59], out);
    }
}

static uint32_t position(FILE *out)
{
    fflush(out);
    return (uint32_t)ftell(out);
}

static uint32_t put_key(FILE *out, const struct load_options *options)
{
    uint32_t digits = options->key_len - (uint32_t)strlen(options->key_prefix);
    fprintf(out, "$%u\r\n%s%0*u", options->key_len, options->key_prefix, (int)digits, 0u);
    uint32_t end = position(out);
    fputs("\r\n", out);
    return end;
}

static void put_get(FILE *out, struct batch_slot *slot, const struct load_options *options)
{
    fputs("*2\r\n$3\r\nGET\r\n", out);
    slot->key_end = put_key(out, options);
}

static void put_expiry(FILE *out, struct batch_slot *slot, const struct load_options *options)
{
    char text[16];
    if (options->expire_seconds) {
        int len = snprintf(text, sizeof(text), "%u", options->expire_seconds);
        fprintf(out, "$2\r\nEX\r\n$%d\r\n%s\r\n", len, text);
    }
    if (!options->expire_at_ms) return;
    fprintf(out, "$4\r\nPXAT\r\n$13\r\n%013llu", (unsigned long long)options->expire_at_ms);
    slot->expiry_end = position(out);
    fputs("\r\n", out);
}

static void put_set(FILE *out, struct batch_slot *slot, const struct load_options *options,
                    uint64_t *state)
{
    bool has_expiry = options->expire_seconds || options->expire_at_ms;
    fprintf(out, "*%d\r\n$3\r\nSET\r\n", has_expiry ? 5 : 3);
    slot->key_end = put_key(out, options);
    fprintf(out, "$%u\r\n", options->value_len);
    put_value(out, options->value_len, state);
    fputs("\r\n", out);
    put_expiry(out, slot, options);
}

static bool is_set(const struct load_options *options, uint32_t slot, uint32_t parity)
{
    if (options->command == LOAD_MIX) return (slot + parity) % 2;
    return options->command == LOAD_SET;
}

static void init_replies(struct batch_prototype *prototype, const struct load_options *options)
{
    struct batch_reply *get = &prototype->get_reply;
    struct batch_reply *set = &prototype->set_reply;
    set->head_len = set->len = (uint32_t)sprintf(set->head, "+OK\r\n");
    get->head_len = (uint32_t)snprintf(get->head, BATCH_HEAD_MAX, "$%u\r\n", options->value_len);
    get->len = get->head_len + options->value_len + 2;
    if (options->any_reply) *get = *set;
}

static uint32_t pairs_for(uint64_t keys)
{
    uint32_t pairs = 1;
    for (uint64_t room = 100; room < keys; room *= 100)
        pairs++;
    return pairs;
}

void batch_prototype_init(struct batch_prototype *prototype, const struct load_options *options,
                          uint32_t parity)
{
    size_t len;
    uint64_t state = options->seed + parity;
    *prototype = (struct batch_prototype){.count = options->pipeline};
    prototype->key_pairs = pairs_for(options->keys);
    init_replies(prototype, options);
    prototype->slots = calloc(prototype->count, sizeof(*prototype->slots));
    FILE *out = open_memstream(&prototype->bytes, &len);
    if (!prototype->slots || !out) fatal("no memory for the requests");
    for (uint32_t i = 0; i < prototype->count; i++) {
        struct batch_slot *slot = &prototype->slots[i];
        bool set = is_set(options, i, parity);
        if (set)
            put_set(out, slot, options, &state);
        else
            put_get(out, slot, options);
        slot->reply = set ? &prototype->set_reply : &prototype->get_reply;
        slot->end = position(out);
        if (slot->end > 1u << 30) fatal("a batch of more than 1 GiB");
    }
    if (fclose(out)) fatal("no memory for the requests");
    prototype->len = (uint32_t)len;
}
