#include "reply.h"

#include "fatal.h"

#include <string.h>

/* Its line has ended and is not what was expected. */
static void refuse(struct reply_scan *scan, const struct batch_reply *expected)
{
    scan->line[scan->line_len] = '\0';
    scan->line[strcspn(scan->line, "\r\n")] = '\0';
    if (scan->line[0] == '-') fatal("the server answered with an error: %s", scan->line + 1);
    if (!strcmp(scan->line, "$-1")) fatal("a key is missing: has the server been filled?");
    fatal("the server answered '%.40s' and not '%.*s'", scan->line, (int)expected->head_len - 2,
          expected->head);
}

/* Gathers the head's line; true if it has ended. */
static bool take_line(struct reply_scan *scan, struct reply_input *input,
                      const struct batch_reply *expected)
{
    while (input->at < input->end) {
        char byte = (char)*input->at++;
        scan->line[scan->line_len++] = byte;
        if (byte != '\n' && scan->line_len < REPLY_LINE_MAX) continue;
        bool matches = scan->line_len == expected->head_len &&
                       !memcmp(scan->line, expected->head, expected->head_len);
        if (!matches) refuse(scan, expected);
        scan->line_len = 0;
        return true;
    }
    return false;
}

bool reply_scan_split(struct reply_scan *scan, struct reply_input *input,
                      const struct batch_reply *expected)
{
    if (!scan->skip) {
        if (!take_line(scan, input, expected)) return false;
        scan->skip = expected->len - expected->head_len;
        if (!scan->skip) return true;
    }
    uint64_t left = (uint64_t)(input->end - input->at);
    uint32_t len = left < scan->skip ? (uint32_t)left : scan->skip;
    if (!len) return false;
    input->at += len;
    scan->skip -= len;
    if (scan->skip) return false;
    if (input->at[-1] != '\n')
        fatal("a value is longer than the %u bytes announced",
              expected->len - expected->head_len - 2);
    return true;
}
