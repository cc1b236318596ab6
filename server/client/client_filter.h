/* client/client_filter.h -- Which clients CLIENT LIST and CLIENT KILL mean: the same options for
 * both, negative forms included (NOT-ID ..., as Valkey 9 has them). */
#ifndef TORC_CLIENT_CLIENT_FILTER_H
#define TORC_CLIENT_CLIENT_FILTER_H

#include "client/client.h"

enum filter_field {
    FILTER_ID,
    FILTER_ADDR,
    FILTER_LADDR,
    FILTER_IP, /* without the port */
    FILTER_USER,
    FILTER_TYPE,
    FILTER_FLAGS, /* all of these letters, as CLIENT LIST shows them */
    FILTER_NAME,
    FILTER_LIB_NAME,
    FILTER_LIB_VERSION,
    FILTER_DB,
    FILTER_MAXAGE, /* at least so many seconds old */
    FILTER_IDLE,   /* idle for at least so many seconds */
    FILTER_FIELD_COUNT,
};

struct filter_condition {
    enum filter_field field;
    bool negative;
    struct bytes text;
    int64_t number;
    const uint64_t *ids;
    uint32_t id_count;
};

enum { FILTER_CONDITIONS_MAX = 2 * FILTER_FIELD_COUNT };

/* Immutable once read, so that all shards may look at it. */
struct client_filter {
    struct filter_condition conditions[FILTER_CONDITIONS_MAX];
    uint32_t count;
    bool skip_me;
    uint64_t me;
    struct arena texts; /* its own copies of the arguments */
};

enum filter_use { FILTER_FOR_LIST, FILTER_FOR_KILL };

/* Reads the options from args[from] on. False: *problem is the answer. Fini in any case. */
bool client_filter_read(struct client_filter *filter, struct call *call, uint32_t from,
                        enum filter_use use, struct outcome *problem);
/* CLIENT KILL addr: the one client with that address, itself included. */
void client_filter_for_address(struct client_filter *filter, struct call *call,
                               struct bytes address);
void client_filter_fini(struct client_filter *filter);
bool client_filter_matches(const struct client_filter *filter, const struct client *client);

/* Does it wait in a blocking command, or for the end of CLIENT PAUSE? */
bool client_is_blocked(const struct client *client);
enum { CLIENT_ADDRESS_MAX = 160 };
/* "127.0.0.1:6379", or "?:0"; into CLIENT_ADDRESS_MAX bytes. */
void client_print_peer(const struct client *client, char *out);
/* "id=3 addr=... " as CLIENT LIST and CLIENT INFO show it, without a newline. */
void client_print(const struct client *client, struct buf *out);

#endif
