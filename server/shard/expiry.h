/* shard/expiry.h -- Which of a shard's slots have keys that are due: a tree of minima over the
 * slots at home here. A slot's number is a lower bound; it is brought up to date after each command
 * that may have lowered it, in O(log slots), and raised by a visit. */
#ifndef TORC_SHARD_EXPIRY_H
#define TORC_SHARD_EXPIRY_H

#include "shard/shard.h"

void expiry_note(struct shard *shard, uint16_t slot); /* its keys may expire at other times now */
void expiry_note_set(struct shard *shard, const uint16_t *slots, uint32_t count);
void expiry_note_all(struct shard *shard);              /* all slots at home here; O(slots) */
void expiry_forget(struct shard *shard, uint16_t slot); /* it is not at home here any more */
int64_t expiry_next_ms(const struct shard *shard);      /* INT64_MAX: never */
/* Removes what is due, for some 200 microseconds at most; false: nothing more is due now. */
bool expiry_slice(struct shard *shard);

#endif
