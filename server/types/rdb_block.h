/* types/rdb_block.h -- Collections that a payload holds as one string. */
#ifndef TORC_TYPES_RDB_BLOCK_H
#define TORC_TYPES_RDB_BLOCK_H

#include "types/listpack.h"
#include "types/rdb_payload.h"

enum rdb_block { RDB_BLOCK_LISTPACK, RDB_BLOCK_ZIPLIST, RDB_BLOCK_ZIPMAP };

/* Reads a string and shows `visit` each of its elements, in order, which may refuse. false: it is
 * not sound, or was refused. Elements are good until it returns. */
bool rdb_read_block(struct rdb_reader *reader, enum rdb_block kind, listpack_visit *visit,
                    void *context);

#endif
