/* ring/ring_process.h -- What the server asks of the system for itself as a process. */
#ifndef TORC_RING_RING_PROCESS_H
#define TORC_RING_RING_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Noreturn void process_exit(int status); /* at once, without ceremony */
/* Goes into the background: the caller continues in a child that has left the terminal. 0 or
 * -errno. */
int process_daemonize(void);
/* Raises the limit of open files to `wanted` if it may; returns the limit. */
uint64_t process_raise_open_files(uint64_t wanted);
/* Tells a supervisor (sd_notify: a datagram to $NOTIFY_SOCKET); without one it does nothing. */
void process_notify(const char *state);
void process_sleep(int64_t us);                 /* the calling thread does nothing for so long */
int process_change_directory(const char *path); /* 0 or -errno */
bool process_current_directory(char *out, size_t size);
bool process_executable(char *out, size_t size); /* the path of the program that runs */
/* "Linux 6.1.0 x86_64" */
void process_system_name(char *out, size_t size);
uint64_t process_memory_total(void); /* of the machine, in bytes */

/* Processor time in microseconds. */
struct process_usage {
    int64_t user_us, system_us;
};
enum process_part { PROCESS_ALL, PROCESS_CHILDREN, PROCESS_THIS_THREAD };
struct process_usage process_usage(enum process_part part);

#endif
