/* fuzz/sequence.h -- Bytes read as commands: each is chosen from the registry, and its arguments
 * are drawn along the grammar in its row, now and then wrong. So a new command is fuzzed as soon as
 * it has a row. */
#ifndef TESTS_FUZZ_SEQUENCE_H
#define TESTS_FUZZ_SEQUENCE_H

#include "fuzz/fuzz.h"
#include "fuzz/world.h"

/* Runs what the choices say in the world. */
void sequence_run(struct world *world, struct choices *choices);

#endif
