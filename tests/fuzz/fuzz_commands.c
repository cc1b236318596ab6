/* Sequences of commands against one shard. After each: every command has been answered once, every
 * reply is well-formed, every structure keeps its invariants, and FLUSHALL brings all memory back.
 */
#include "fuzz/fuzz.h"
#include "fuzz/sequence.h"
#include "fuzz/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = choices_of(data, size);
    struct world *world = world_get();
    bool lazily = choose_byte(&choices) & 1;
    world_begin(world);
    sequence_run(world, &choices);
    world_settle(world);
    world_end(world, lazily);
    return 0;
}
