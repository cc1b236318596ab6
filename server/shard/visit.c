#include "shard/visit.h"

struct visit_part {
    struct message message;
    struct visit *visit;
};

static struct visit *visit_of(struct message *message)
{
    return ((struct visit_part *)(void *)message)->visit;
}

static void on_back(struct shard *origin, struct message *message)
{
    struct visit *visit = visit_of(message);
    if (--visit->missing) return;
    mem_free(visit->parts, origin->group->shard_count * sizeof *visit->parts);
    visit->done(origin, visit);
}

static void on_visit(struct shard *shard, struct message *message)
{
    struct visit *visit = visit_of(message);
    visit->run(shard, visit);
    message->deliver = on_back;
    shard_push(shard, visit->origin, message);
}

void visit_start(struct shard *origin, struct visit *visit)
{
    uint16_t shard_count = origin->group->shard_count;
    visit->origin = origin->id;
    visit->missing = shard_count;
    visit->parts = mem_alloc(shard_count * sizeof *visit->parts);
    for (uint16_t i = 0; i < shard_count; i++) {
        visit->parts[i] = (struct visit_part){{.deliver = on_visit}, visit};
        shard_push(origin, i, &visit->parts[i].message);
    }
}
