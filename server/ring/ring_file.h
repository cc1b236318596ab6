/* ring/ring_file.h -- Small files, read and written whole: configuration, pid file, log. These
 * calls wait for the disk; they are for starting, and for what an operator asks for. All return 0
 * or -errno unless they say otherwise. */
#ifndef TORC_RING_RING_FILE_H
#define TORC_RING_RING_FILE_H

#include "mem/buf.h"

int file_read_whole(const char *path, struct buf *out); /* appends; "-": standard input */
/* Through a temporary file beside it and a rename: a reader sees the old content or the new. */
int file_replace(const char *path, struct bytes content);
int file_remove(const char *path);
int file_remove_socket(const char *path); /* what is no socket stays: it belongs to somebody */
int file_set_mode(const char *path, unsigned mode);
bool file_is_writable(const char *path);
/* The absolute form of a path; false: it does not fit. */
bool file_absolute_path(const char *path, char *out, size_t size);

/* Calls `each` for every file that a pattern of the shell names, sorted; none is no error. */
void file_expand(const char *pattern, void (*each)(void *context, const char *path), void *context);

/* Appends to a file, which is opened for each line, so that it may be renamed at any time; path ""
 * or NULL: to standard output. */
int file_append_line(const char *path, const char *line, size_t len);

/* Signals as a descriptor: ring_poll() it, then read the numbers; blocks their usual effect for
 * this thread and those it starts. Returns a descriptor. */
int file_open_signals(const int *signals, int count);
int file_next_signal(int fd); /* 0: none waits */
void file_close_signals(int fd);

#endif
