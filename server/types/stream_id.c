#include "types/stream_id.h"

/* Longer texts are no ids, whatever zeros they begin with. */
enum { TEXT_MAX = 127 };

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct bytes without_first(struct bytes text)
{
    return bytes_make(text.ptr + 1, text.len - 1);
}

/* Digits; other than in numbers of commands, space, a plus and zeros may stand before them. */
static bool parse_word(struct bytes text, uint64_t *word)
{
    while (text.len && is_space(text.ptr[0]))
        text = without_first(text);
    if (text.len && text.ptr[0] == '+') text = without_first(text);
    while (text.len > 1 && text.ptr[0] == '0')
        text = without_first(text);
    return number_parse_uint(text, word);
}

static bool parse(struct bytes text, uint64_t missing_seq, struct id *id, bool *has_seq)
{
    if (!text.len || text.len > TEXT_MAX) return false;
    const uint8_t *dash = memchr(text.ptr, '-', text.len);
    if (has_seq) *has_seq = true;
    id->seq = missing_seq;
    if (!dash) return parse_word(text, &id->ms);
    size_t ms_len = (size_t)(dash - text.ptr);
    struct bytes rest = bytes_make(dash + 1, text.len - ms_len - 1);
    if (!parse_word(bytes_make(text.ptr, ms_len), &id->ms)) return false;
    if (!has_seq || rest.len != 1 || rest.ptr[0] != '*') return parse_word(rest, &id->seq);
    id->seq = 0;
    *has_seq = false;
    return true;
}

bool stream_id_parse(struct bytes text, uint64_t missing_seq, struct id *id)
{
    return parse(text, missing_seq, id, NULL);
}

bool stream_id_parse_open(struct bytes text, struct id *id, bool *has_seq)
{
    return parse(text, 0, id, has_seq);
}

bool stream_id_parse_edge(struct bytes text, uint64_t missing_seq, struct id *id)
{
    bool is_edge = text.len == 1 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    if (!is_edge) return parse(text, missing_seq, id, NULL);
    *id = text.ptr[0] == '-' ? (struct id){0, 0} : ID_MAX;
    return true;
}

size_t stream_id_write(char out[STREAM_ID_TEXT_MAX], struct id id)
{
    size_t len = number_write_uint(out, id.ms);
    out[len++] = '-';
    return len + number_write_uint(out + len, id.seq);
}

bool stream_id_increment(struct id *id)
{
    if (id_compare(*id, ID_MAX) == 0) return false;
    if (++id->seq == 0) id->ms++;
    return true;
}

bool stream_id_decrement(struct id *id)
{
    if (stream_id_is_zero(*id)) return false;
    if (id->seq-- == 0) id->ms--;
    return true;
}

static void encode_word(uint8_t *out, uint64_t word)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(word >> (56 - 8 * i));
}

static uint64_t decode_word(const uint8_t *bytes)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word = word << 8 | bytes[i];
    return word;
}

void stream_id_encode(uint8_t out[STREAM_ID_BYTES], struct id id)
{
    encode_word(out, id.ms);
    encode_word(out + 8, id.seq);
}

struct id stream_id_decode(const uint8_t bytes[STREAM_ID_BYTES])
{
    return (struct id){decode_word(bytes), decode_word(bytes + 8)};
}
