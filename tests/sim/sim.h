/* sim/sim.h -- A simulated machine: the threads of a server run one at a time and take turns where
 * they enter their ring, push a message or wait for each other; time, sockets, completions and
 * doorbells come from here, and everything is drawn from one seed. Linked in place of ring/ring,
 * ring_open and ring_socket, base/clock and secret, shard/threads. One machine a process. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

struct mem_account;
struct ring;

/* What this machine does to its server; chances in 1/1000. Drawn anew for each seed, each mostly
 * switched off, so that rare things also meet alone. */
struct sim_habits {
    uint32_t late_receive;  /* data is there, its completion comes later */
    uint32_t short_receive; /* a part of what is there */
    uint32_t no_buffers;    /* -ENOBUFS in its place */
    uint32_t end_multishot; /* with data, as when the completion queue has overflowed */
    uint32_t short_send;
    uint32_t full_socket;    /* -EAGAIN */
    uint32_t partial_reap;   /* not all that has completed is seen in one pass */
    uint32_t stand_still;    /* a thread loses its processor for long ... */
    uint32_t stand_still_ms; /* ... up to so long */
    uint32_t switch_in_push; /* a thread loses it in the middle of a push */
    uint32_t late_bell;
    uint32_t late_timer; /* a wait ends after its deadline */
    uint64_t long_work;  /* calls of more than this run over several passes */
    uint32_t early_wake; /* or before, with nothing to show for it */
    uint32_t accept_error;
    uint32_t socket_room; /* bytes that the kernel holds for a client */
    uint32_t queue_room;  /* completions that a ring can hold */
    uint32_t cpus;
    bool misses_end;   /* see struct ring_features */
    bool silent_sends; /* nobody is woken because a send went well */
};

void sim_start(uint64_t seed, const struct sim_habits *habits);
void sim_end(void);           /* all threads have ended */
int64_t sim_bytes_left(void); /* of shards that have ended, as they accounted for their memory */
struct random *sim_random(void);
const struct sim_habits *sim_habits(void);
bool sim_chance(uint32_t thousandths);
int64_t sim_now_ns(void);
/* The longest that a thread was out of its ring: how old what it thought to be now may have been.
 */
int64_t sim_longest_pass_ns(void);
void sim_note_pass(int64_t len_ns);

/* Threads. `run` returns at the end of the thread. */
struct sim_thread;
struct sim_thread *sim_thread_new(void (*run)(void *context), void *context);
bool sim_thread_has_ended(const struct sim_thread *thread);
/* Of the thread that runs. */
void sim_thread_account(struct mem_account *account); /* whose memory it uses from now on */
void sim_yield(void);                                 /* others may run */
/* Until the ring has something, or the deadline passes. */
void sim_wait(struct ring *ring, int64_t deadline_ns);
/* From outside: one turn of one thread, or a jump in time. False: all have ended. */
bool sim_step(void);

/* What the machine did to the server, counted beside the server's own marks (base/mark.h). */
#define DEEDS(DEED)                                                                                \
    DEED(LATE_RECEIVE, "late receives")                                                            \
    DEED(SHORT_RECEIVE, "short receives")                                                          \
    DEED(NO_BUFFERS, "no buffers")                                                                 \
    DEED(ENDED, "multishots ended")                                                                \
    DEED(MUTED, "ends missed")                                                                     \
    DEED(SHORT_SEND, "short sends")                                                                \
    DEED(FULL_SOCKET, "full sockets")                                                              \
    DEED(OUT_OF_ORDER, "completions out of order")                                                 \
    DEED(PARTIAL_REAP, "partial reaps")                                                            \
    DEED(OVERFLOW, "queue overflows")                                                              \
    DEED(SILENT_SEND, "silent sends slept on")                                                     \
    DEED(ACCEPT_ERROR, "accept errors")                                                            \
    DEED(LATE_BELL, "late bells")                                                                  \
    DEED(LATE_TIMER, "late timers")                                                                \
    DEED(EARLY_WAKE, "early wake-ups")                                                             \
    DEED(STANDSTILL, "standstills")                                                                \
    DEED(LONG_STANDSTILL, "of a second and more")                                                  \
    DEED(SWITCH, "switches in the middle")                                                         \
    DEED(GONE, "peers gone amid commands")

enum sim_deed {
#define DEED(name, text) DEED_##name,
    DEEDS(DEED)
#undef DEED
        DEED_COUNT,
};
void sim_did(enum sim_deed deed);
const uint64_t *sim_deeds(void);

/* Of the ring: for the scheduler. */
bool sim_ring_is_ready(const struct ring *ring, int64_t now_ns);
int64_t sim_ring_next_ns(const struct ring *ring); /* when a bell arrives; INT64_MAX: none is due */

/* Signals. */
void sim_terminate(void); /* SIGTERM */
bool sim_signal_is_due(void);

/* Clients' side of the network. */
struct sim_stream;
struct sim_stream *sim_connect(void); /* NULL: refused, nobody listens */
void sim_stream_write(struct sim_stream *stream, const void *bytes, size_t len);
size_t sim_stream_read(struct sim_stream *stream, void *out, size_t max);
size_t sim_stream_readable(const struct sim_stream *stream);
int sim_stream_port(const struct sim_stream *stream);       /* how the server knows it */
bool sim_stream_has_ended(const struct sim_stream *stream); /* and nothing is left to be read */
enum sim_goodbye { SIM_SHUT, SIM_CLOSE, SIM_RESET };
/* SHUT: no more is written, the rest is still read. After the others it is gone for the client. */
void sim_stream_leave(struct sim_stream *stream, enum sim_goodbye how);

#endif
