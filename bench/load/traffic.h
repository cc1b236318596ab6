/* traffic.h -- Connections that send batches of requests and wait for their replies.
 *
 * Closed loop: each connection sends a batch, waits for all its replies, sends the next. With a
 * rate, batches fall due at equal distances and any free connection takes the next; its latency
 * counts from when it was due, so that a server's pause is felt by all that fell into it. With
 * fill, each key is set once, and the traffic ends by itself.
 *
 * One thread, one ring. Any wrong reply, closed connection, or ten seconds without an answer ends
 * the program with a message. */
#ifndef BENCH_LOAD_TRAFFIC_H
#define BENCH_LOAD_TRAFFIC_H

#include "histogram.h"
#include "load_options.h"

struct traffic_result {
    double seconds;
    uint64_t requests;
    uint64_t server_cpu_ns;
    uint64_t own_cpu_ns;
    struct histogram latency_ns; /* of batches: first byte sent to last reply arrived */
};

void traffic_run(const struct load_options *options, struct traffic_result *result);

#endif
