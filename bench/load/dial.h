/* dial.h -- Connecting to a server on this machine, with a message where it fails. */
#ifndef BENCH_LOAD_DIAL_H
#define BENCH_LOAD_DIAL_H

#include <stdint.h>

/* Both end the program if nobody listens. Also lifts the limit of open files on first use. */
int dial_tcp(const char *host, uint16_t port);
int dial_unix(const char *path);

#endif
