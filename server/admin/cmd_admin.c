#include "admin/cmd_admin.h"

#include <math.h>
#include <stdio.h>

#include "admin/admin.h"
#include "base/clock.h"
#include "command/args.h"
#include "command/lookup.h"
#include "command/reply.h"
#include "mem/buf.h"
#include "version.h"

static struct outcome cmd_time(struct call *call)
{
    int64_t now_us = clock_realtime_us();
    writer_array(&call->out, 2);
    writer_bulk_int(&call->out, now_us / 1000000);
    writer_bulk_int(&call->out, now_us % 1000000);
    return reply_written(call);
}

/* The canvas of LOLWUT. */
enum { TORC_WIDTH = 61, TORC_HEIGHT = 27 };

struct canvas {
    char cells[TORC_HEIGHT][TORC_WIDTH];
    double depths[TORC_HEIGHT][TORC_WIDTH]; /* of what is drawn; nearer ones hide it */
};

static void plot(struct canvas *canvas, double x, double y, double depth, char ink)
{
    int column = (int)lround(x), row = (int)lround(y);
    if (column < 0 || column >= TORC_WIDTH || row < 0 || row >= TORC_HEIGHT) return;
    if (canvas->cells[row][column] != ' ' && canvas->depths[row][column] > depth) return;
    canvas->cells[row][column] = ink;
    canvas->depths[row][column] = depth;
}

/* One strand: it winds around the ring's core, a phase behind the others. The ring is open below.
 */
static void draw_strand(struct canvas *canvas, double phase, double turns)
{
    static const char inks[] = ".:-=+*#%@";
    const double gap = 0.42, steps = 4000;
    for (int i = 0; i <= (int)steps; i++) {
        double angle = M_PI / 2 + gap + (2 * M_PI - 2 * gap) * i / steps;
        double twist = angle * turns + phase;
        double radius = 1 + 0.16 * cos(twist), depth = sin(twist);
        int ink = (int)((depth + 1) / 2 * (double)(sizeof inks - 2) + 0.5);
        plot(canvas, (TORC_WIDTH - 1) / 2.0 + radius * cos(angle) * 24,
             (TORC_HEIGHT - 1) / 2.0 + radius * sin(angle) * 11, depth, inks[ink]);
    }
}

/* The knobs at both ends. */
static void draw_ends(struct canvas *canvas)
{
    for (int side = -1; side <= 1; side += 2)
        for (double y = -1; y <= 1; y += 0.5)
            for (double x = -2; x <= 2; x += 0.5)
                if (x * x / 4 + y * y <= 1.1)
                    plot(canvas, (TORC_WIDTH - 1) / 2.0 + side * sin(0.42) * 24 + x,
                         (TORC_HEIGHT - 1) / 2.0 + cos(0.42) * 11 + y, 2, 'O');
}

static void draw_torc(struct random *random, struct buf *out)
{
    struct canvas canvas;
    memset(canvas.cells, ' ', sizeof canvas.cells);
    int strands = 2 + (int)random_below(random, 3);
    double turns = 9 + (double)random_below(random, 8);
    for (int i = 0; i < strands; i++)
        draw_strand(&canvas, 2 * M_PI * i / strands, turns);
    draw_ends(&canvas);
    for (int row = 0; row < TORC_HEIGHT; row++) {
        size_t len = TORC_WIDTH;
        while (len && canvas.cells[row][len - 1] == ' ')
            len--;
        buf_append(out, bytes_make(canvas.cells[row], len));
        buf_append_string(out, "\n");
    }
}

/* Every version draws a torc, each time another one. */
static struct outcome cmd_lolwut(struct call *call)
{
    int64_t version;
    if (call->arg_count > 2 && bytes_is(call->args[1], "version") && !args_int(call, 2, &version))
        return reply_not_int(call);
    struct buf text = {0};
    draw_torc(call->random, &text);
    buf_printf(&text, "\nTorc ver. %s\n", TORC_VERSION);
    writer_verbatim(&call->out, "txt", buf_view(&text));
    buf_fini(&text);
    return reply_written(call);
}

/* MEMORY USAGE key [SAMPLES count]: all of a value is looked at, whatever the count. */
static struct outcome cmd_memory_usage(struct call *call)
{
    for (uint32_t i = 3; i < call->arg_count; i += 2) {
        int64_t samples;
        if (!bytes_is(call->args[i], "samples") || i + 1 >= call->arg_count)
            return reply_syntax(call);
        if (!args_int(call, i + 1, &samples)) return reply_not_int(call);
        if (samples < 0) return reply_syntax(call);
    }
    struct place place = call_first_place(call, 2);
    struct entry *entry = call_peek(call, &place);
    return entry ? reply_int(call, (int64_t)entry_block_size(entry)) : reply_null(call);
}

static struct outcome cmd_memory_purge(struct call *call)
{
    mem_purge();
    return reply_ok(call);
}

static struct outcome cmd_memory_help(struct call *call)
{
    static const char *const lines[] = {"PURGE", "    Give unused pages back to the system.",
                                        "USAGE <key> [SAMPLES <count>]",
                                        "    The bytes that a key and its value take.", NULL};
    return reply_help(call, lines);
}

#define NO_KEYS                                                                                    \
    {                                                                                              \
        {                                                                                          \
            KEYS_NONE                                                                              \
        }                                                                                          \
    }

/* clang-format off */
static const struct command memory_rows[] = {
    {"help", cmd_memory_help, 2, CMD_LOADING | CMD_STALE | CMD_FRONT, 0, NO_KEYS, "server", "4.0.0",
     "O(1)", NULL,
     "What the subcommands do."},
    {"purge", cmd_memory_purge, 2, CMD_FRONT, 0, NO_KEYS, "server", "4.0.0", "O(1)", NULL,
     "Gives unused pages back to the system.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {"usage", cmd_memory_usage, -3, CMD_READ, 0, KEYS_AT(2, KEY_RO), "server", "4.0.0",
     "O(N) for N elements", "key [SAMPLES count]",
     "The bytes that a key and its value take."},
    {.name = NULL},
};

const struct command cmd_admin_table[] = {
    {"lolwut", cmd_lolwut, -1, CMD_READ | CMD_FAST | CMD_FRONT, 0, NO_KEYS, "server", "5.0.0",
     "O(1)", "[VERSION version]",
     "Draws a torc."},
    {"memory", NULL, -2, CMD_FRONT, 0, NO_KEYS, "server", "4.0.0",
     "Depends on the subcommand", NULL, "Where memory goes.", memory_rows},
    {"time", cmd_time, 1, CMD_LOADING | CMD_STALE | CMD_FAST | CMD_FRONT, 0, NO_KEYS, "server",
     "2.6.0", "O(1)", NULL,
     "The server's clock: seconds since 1970, and microseconds.",
     .tips = "nondeterministic_output"},
    {.name = NULL},
};
/* clang-format on */
