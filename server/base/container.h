/* base/container.h -- From a member back to the struct that embeds it. The pointer's type is
 * checked. */
#ifndef TORC_BASE_CONTAINER_H
#define TORC_BASE_CONTAINER_H

#include <stddef.h>

#define CONTAINER_OF(ptr, type, member)                                                            \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#endif
