/* cut_bench -- What a command costs that holds every slot there is: SWAPDB 0 0, which has nothing
 * to do with them, and DBSIZE, which looks at all of them. On 7 shards, more than there are CPUs
 * here: each of them has to be woken, and to have its turn on a CPU, twice. On 2, for comparison.
 */
#include "micro.h"

#include "shard/lease.h"

static struct request *make_swap(void *context)
{
    static const char *const words[] = {"swapdb", "0", "0"};
    return micro_request(context, words, 3);
}

static struct request *make_count(void *context)
{
    static const char *const words[] = {"dbsize"};
    return micro_request(context, words, 1);
}

/* No slot moves here: a cut is never refused. */
static void begin_swap(struct micro *micro, const struct micro_case *self)
{
    (void)self;
    lease_start_cut(micro->front, make_swap, micro);
}

static void begin_count(struct micro *micro, const struct micro_case *self)
{
    (void)self;
    lease_start_cut(micro->front, make_count, micro);
}

static const struct micro_case cases[] = {
    {"idle: a cut", begin_swap, MICRO_IDLE},
    {"idle: DBSIZE", begin_count, MICRO_IDLE},
    {"loaded: a cut", begin_swap, MICRO_LOADED},
    {"loaded: DBSIZE", begin_count, MICRO_LOADED},
};

static int measure(const char *title, uint16_t shards, uint32_t repetitions_loaded)
{
    struct micro_plan plan = {
        .title = title,
        .shards = shards,
        .rounds = 9,
        .repetitions = {[MICRO_IDLE] = 100, [MICRO_LOADED] = repetitions_loaded},
        .cases = cases,
        .case_count = sizeof cases / sizeof *cases,
    };
    return micro_run(&plan);
}

int main(void)
{
    int error = measure("a cut through 7 shards", 7, 30);
    return error ? error : measure("a cut through 2 shards", 2, 300);
}
