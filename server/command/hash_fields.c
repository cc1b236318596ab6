#include "command/hash_fields.h"

#include "command/reply.h"

static bool refuse(struct outcome *problem, struct outcome answer)
{
    *problem = answer;
    return false;
}

bool hash_fields_read_plain(struct call *call, struct hash_fields *fields, struct outcome *problem)
{
    int64_t count;
    if (!args_is(call, 2, "fields"))
        return refuse(problem, reply_error(call, "ERR Mandatory argument FIELDS is missing or not "
                                                 "at the right position"));
    if (!args_int(call, 3, &count) || count < 1)
        return refuse(problem,
                      reply_error(call, "ERR Number of fields must be a positive integer"));
    if (count != call->arg_count - 4)
        return refuse(problem, reply_error(call, "ERR The `numfields` parameter must match the "
                                                 "number of arguments"));
    *fields = (struct hash_fields){.first = 4, .count = (uint32_t)count};
    return true;
}

bool hash_fields_deadline(struct call *call, uint32_t index, enum args_expiry_kind kind,
                          int64_t *deadline_ms, struct outcome *problem)
{
    int64_t time, unit = kind == EXPIRY_EX || kind == EXPIRY_EXAT ? 1000 : 1;
    int64_t from = kind == EXPIRY_EX || kind == EXPIRY_PX ? call->now_ms : 0;
    if (!args_int(call, index, &time)) return refuse(problem, reply_not_int(call));
    if (time < 0)
        return refuse(problem, reply_error(call, "ERR invalid expire time, must be >= 0"));
    if (time > HASH_FIELDS_TIME_MAX_MS / unit || time * unit > HASH_FIELDS_TIME_MAX_MS - from)
        return refuse(problem, reply_bad_expiry(call));
    *deadline_ms = time * unit + from;
    return true;
}

/* The reader of one command line. */
struct reader {
    struct call *call;
    enum hash_fields_grammar grammar;
    struct hash_fields *fields;
    struct outcome *problem;
    uint32_t at;
    bool many_tests;
};

static bool refuse_text(struct reader *reader, const char *text)
{
    return refuse(reader->problem, reply_error(reader->call, "ERR %s", text));
}

static bool read_fields(struct reader *reader)
{
    struct call *call = reader->call;
    uint32_t at = reader->at, step = reader->grammar == FIELDS_OF_HSETEX ? 2 : 1;
    int64_t count;
    if (reader->fields->first)
        return refuse_text(reader, "FIELDS keyword specified multiple times");
    if (at + 2 >= call->arg_count)
        return refuse_text(reader, "FIELDS requires at least numfields and one field argument");
    if (!args_int(call, at + 1, &count) || count < 1)
        return refuse_text(reader, reader->grammar == FIELDS_OF_HEXPIRE
                                       ? "Parameter `numFields` should be greater than 0"
                                       : "invalid number of fields");
    if (count > (call->arg_count - at - 2) / step)
        return refuse_text(reader, "wrong number of arguments");
    reader->fields->first = at + 2;
    reader->fields->count = (uint32_t)count;
    reader->at = at + 2 + (uint32_t)count * step;
    return true;
}

/* One that comes again is no other one; two are refused at the end. */
static bool read_test(struct reader *reader, enum hash_fields_test test)
{
    enum hash_fields_test before = reader->fields->test;
    if (before && before != test) reader->many_tests = true;
    reader->fields->test = test;
    reader->at++;
    return true;
}

/* One of two flags that exclude each other. */
static bool read_flag(struct reader *reader, bool *flag, const bool *other, const char *conflict)
{
    if (*flag || *other) return refuse_text(reader, conflict);
    *flag = true;
    reader->at++;
    return true;
}

static bool read_expiry(struct reader *reader, enum args_expiry_kind kind)
{
    struct call *call = reader->call;
    struct hash_fields *fields = reader->fields;
    bool gets = reader->grammar == FIELDS_OF_HGETEX;
    if (fields->kind)
        return refuse_text(
            reader, gets ? "Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"
                         : "Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    fields->kind = kind;
    reader->at++;
    if (kind == EXPIRY_KEEPTTL || kind == EXPIRY_PERSIST) return true;
    if (reader->at == call->arg_count) return refuse_text(reader, "missing expire time");
    return hash_fields_deadline(call, reader->at++, kind, &fields->deadline_ms, reader->problem);
}

static enum hash_fields_test test_of(struct bytes word)
{
    if (bytes_is(word, "nx")) return FIELDS_NX;
    if (bytes_is(word, "xx")) return FIELDS_XX;
    if (bytes_is(word, "gt")) return FIELDS_GT;
    if (bytes_is(word, "lt")) return FIELDS_LT;
    return FIELDS_ALWAYS;
}

static enum args_expiry_kind kind_of(struct bytes word, enum hash_fields_grammar grammar)
{
    bool sets = grammar == FIELDS_OF_HSETEX;
    if (bytes_is(word, "ex")) return EXPIRY_EX;
    if (bytes_is(word, "px")) return EXPIRY_PX;
    if (bytes_is(word, "exat")) return EXPIRY_EXAT;
    if (bytes_is(word, "pxat")) return EXPIRY_PXAT;
    if (sets && bytes_is(word, "keepttl")) return EXPIRY_KEEPTTL;
    if (!sets && bytes_is(word, "persist")) return EXPIRY_PERSIST;
    return EXPIRY_NONE;
}

static bool refuse_unknown(struct reader *reader)
{
    struct call *call = reader->call;
    return refuse(reader->problem,
                  reply_error(call, "ERR unknown argument: %.*s", args_print_len(call, reader->at),
                              (const char *)call->args[reader->at].ptr));
}

static bool read_condition(struct reader *reader, struct bytes word)
{
    static const char by_key[] = "Only one of XX or NX arguments can be specified";
    static const char by_field[] = "Only one of FXX or FNX arguments can be specified";
    struct hash_fields *fields = reader->fields;
    if (bytes_is(word, "nx")) return read_flag(reader, &fields->key_new, &fields->key_old, by_key);
    if (bytes_is(word, "xx")) return read_flag(reader, &fields->key_old, &fields->key_new, by_key);
    if (bytes_is(word, "fnx"))
        return read_flag(reader, &fields->fields_new, &fields->fields_old, by_field);
    if (bytes_is(word, "fxx"))
        return read_flag(reader, &fields->fields_old, &fields->fields_new, by_field);
    return refuse_unknown(reader);
}

static bool read_option(struct reader *reader)
{
    struct bytes word = reader->call->args[reader->at];
    if (bytes_is(word, "fields")) return read_fields(reader);
    if (reader->grammar == FIELDS_OF_HEXPIRE) {
        enum hash_fields_test test = test_of(word);
        return test ? read_test(reader, test) : refuse_unknown(reader);
    }
    enum args_expiry_kind kind = kind_of(word, reader->grammar);
    if (kind) return read_expiry(reader, kind);
    if (reader->grammar == FIELDS_OF_HSETEX) return read_condition(reader, word);
    return refuse_unknown(reader);
}

bool hash_fields_read(struct call *call, uint32_t at, enum hash_fields_grammar grammar,
                      struct hash_fields *fields, struct outcome *problem)
{
    struct reader reader = {call, grammar, fields, problem, at, false};
    *fields = (struct hash_fields){.first = 0};
    while (reader.at < call->arg_count)
        if (!read_option(&reader)) return false;
    if (!fields->first) return refuse_text(&reader, "missing FIELDS argument");
    return !reader.many_tests || refuse_text(&reader, "Multiple condition flags specified");
}
