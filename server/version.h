/* version.h -- What this is. */
#ifndef TORC_VERSION_H
#define TORC_VERSION_H

#define TORC_VERSION "0.1.0"
/* What clients that look for features may take us for. */
#define TORC_REDIS_VERSION "7.2.4"

#endif
