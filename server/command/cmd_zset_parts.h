/* command/cmd_zset_parts.h -- What the files of the sorted set family share. */
#ifndef TORC_COMMAND_CMD_ZSET_PARTS_H
#define TORC_COMMAND_CMD_ZSET_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/zset.h"

/* `count` arguments, from `first` on in steps, can be members. */
bool zset_members_fit(struct call *call, uint32_t first, uint32_t step, uint32_t count,
                      struct outcome *problem);

/* An element of a reply with scores: two items in RESP2, an array of two in RESP3. */
void zset_write_pair(struct call *call, const struct zset_element *element);
/* The header of a reply of so many elements. */
void zset_write_count(struct call *call, uint64_t count, bool with_scores);
/* Elements of a range, from either end, with its header. */
void zset_write_range(struct call *call, const struct value *set, struct zset_range range,
                      bool with_scores, bool backwards);

/* Two arguments as the ends of a range; false: they are none. */
bool zset_read_scores(const struct call *call, uint32_t min, uint32_t max,
                      struct zset_scores *scores);
bool zset_read_lex(const struct call *call, uint32_t min, uint32_t max, struct zset_lex *lex);
/* Indexes as clients give them, from the end if negative, both included, as ranks; counted from
 * the last element on, if `backwards`. */
struct zset_range zset_range_of_indexes(uint64_t count, int64_t start, int64_t stop,
                                        bool backwards);

command_run cmd_zrange, cmd_zrevrange, cmd_zrangebyscore, cmd_zrevrangebyscore;
command_run cmd_zrangebylex, cmd_zrevrangebylex, cmd_zrangestore;
command_run cmd_zcount, cmd_zlexcount;
command_run cmd_zremrangebyrank, cmd_zremrangebyscore, cmd_zremrangebylex;
command_run cmd_zpopmin, cmd_zpopmax, cmd_zmpop, cmd_zrandmember;
command_run cmd_bzpopmin, cmd_bzpopmax, cmd_bzmpop;
command_run cmd_zunion, cmd_zinter, cmd_zdiff, cmd_zintercard;
command_run cmd_zunionstore, cmd_zinterstore, cmd_zdiffstore;
command_run cmd_zscan;

#endif
