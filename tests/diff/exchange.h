/* diff/exchange.h -- DUMP and RESTORE between the two servers: what one of them wrote the other
 * reads, and then holds the same value. */
#ifndef TESTS_DIFF_EXCHANGE_H
#define TESTS_DIFF_EXCHANGE_H

#include "support/wire.h"

/* Every key of the grammar that is in this database, both ways. false: it has said what differs. */
bool exchange_all(struct wire *ours, struct wire *theirs, int database);

#endif
