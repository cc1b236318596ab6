/* What hostile crowds cost the others, on a real server. Each scenario lets its crowds loose for
 * some seconds while a few well-behaved clients send PING, and then demands: every answer came and
 * was right, nobody harmless was cut off, the process stayed small, and what the crowds had taken
 * came back. How long the worst PING took is printed, beside redis-server's, and is no condition.
 *
 *   torture_test [--seconds N] [--connections N] [--shards N]... [--oracle] [--filter text]
 *
 * Without --shards on 1 and on 2; with --oracle on redis-server too. Fewer connections than asked
 * for are used where the limit of open files allows no more, and that is said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"
#include "torture/mob.h"
#include "torture/pinger.h"

#define PASSWORD "torture"
#define MIB      (1024LL * 1024)

enum {
    CROWDS_MAX = 16,
    RESULTS_MAX = 64,
    SUBJECTS_MAX = 4,
    GOAL_MS = 10,
    PATIENCE = 4000, /* steps of 5 ms */
    STEP_MS = 5,
    GATHER_MS = 60000,
    SAMPLE_MS = 50,
    OTHER_FILES = 4200, /* all but the still connections, and what a server needs */
    HALF_SENT = 1500,
    HALF_SENT_BYTES = 50000,
    BIG_BYTES = 64 * 1024,
    MID_BYTES = 16000,
    LOAD_NICE = 10,
};

struct subject {
    char name[32];
    int shards;
    bool oracle;
};

struct result {
    const char *scenario;
    char subject[32];
    struct ping_times times;
    long long lives, rss, rss_peak, rss_end, used, used_peak, used_end;
};

static struct {
    int seconds, connections;
    struct subject subjects[SUBJECTS_MAX];
    int subject_count;
    const struct subject *subject;
    struct result results[RESULTS_MAX];
    int result_count;
} torture = {.seconds = 3, .connections = 10000};

/* One scenario on its way. */
struct run {
    struct server server;
    struct wire control;
    struct pinger pinger;
    struct mob mob;
    struct crowd crowds[CROWDS_MAX];
    int crowd_count;
    long long clients; /* before the crowds came */
    bool gathered;     /* there was a time at which everybody was there */
    struct result *result;
};

/* The crowds. */

static struct crowd *add_crowd(struct run *run, const char *name, int count, enum crowd_end end)
{
    struct crowd *crowd = &run->crowds[run->crowd_count++];
    *crowd = (struct crowd){.name = name, .count = count, .end = end};
    return crowd;
}

static void add_member(struct run *run, const char *name, int count, enum crowd_end end)
{
    text_addf(&add_crowd(run, name, count, end)->head, "AUTH " PASSWORD "\r\n");
}

static struct crowd *last_crowd(struct run *run)
{
    return &run->crowds[run->crowd_count - 1];
}

static struct text *add_body(struct crowd *crowd)
{
    return &crowd->bodies[crowd->body_count++];
}

static void add_filler(struct text *text, size_t len)
{
    text_reserve(text, len);
    for (size_t i = 0; i < len; i++)
        text_add(text, "x", 1);
}

/* Half of them say nothing, half a byte a second. */
static void add_still(struct run *run)
{
    int half = torture.connections / 2;
    add_member(run, "silent", half, END_HOLD);
    last_crowd(run)->harmless = true;
    add_member(run, "a byte a second", torture.connections - half, END_HOLD);
    struct crowd *crowd = last_crowd(run);
    crowd->harmless = crowd->drips = true;
    text_addf(add_body(crowd), "*3\r\n$3\r\nSET\r\n$5\r\nd:{d}\r\n$1\r\nx\r\n");
}

static void add_dying(struct run *run)
{
    add_member(run, "dying", 100, END_RESET);
    struct crowd *crowd = last_crowd(run);
    crowd->deaths_a_second = 500;
    text_addf(add_body(crowd), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\nabc");
    text_addf(add_body(crowd), "*2\r\n$3\r\nGE");
    text_addf(add_body(crowd), "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n*3\r\n$4\r\nMG");
    text_addf(add_body(crowd), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nabcdef");
    text_addf(add_body(crowd), "PIN");
}

static void add_half_sent(struct run *run)
{
    add_member(run, "half-sent", HALF_SENT, END_HOLD);
    struct crowd *crowd = last_crowd(run);
    crowd->harmless = true;
    for (int i = 0; i < 4; i++) {
        struct text *body = add_body(crowd);
        text_addf(body, "*3\r\n$3\r\nSET\r\n$3\r\nh:%d\r\n$%d\r\n", i, 2 * HALF_SENT_BYTES);
        add_filler(body, HALF_SENT_BYTES);
    }
    struct text *many = add_body(crowd);
    text_addf(many, "*3000\r\n$4\r\nMGET\r\n");
    for (int i = 0; i < 1500; i++)
        text_addf(many, "$5\r\n%05d\r\n", i);
}

static void add_errors(struct run *run)
{
    struct crowd *crowd = add_crowd(run, "errors", 500, END_WAIT);
    text_addf(add_body(crowd), "*1\r\nX4\r\nPING\r\n");
    text_addf(add_body(crowd), "*999999999999\r\n");
    text_addf(add_body(crowd), "*1\r\n$-5\r\n");
    text_addf(add_body(crowd), "*x\r\n");
    text_addf(add_body(crowd), "PING \"unbalanced\r\n");
    text_addf(add_body(crowd), "*1\r\n$4\r\nPING\r\n*2\r\n$a\r\n");
    text_addf(add_body(crowd), "*1\r\n$99999999999\r\n");
    add_filler(add_body(crowd), 70 * 1024); /* a line that is too long */
}

static void add_connects(struct run *run)
{
    add_crowd(run, "connect and go", 200, END_RESET);
    struct crowd *crowd = add_crowd(run, "connect, PING, go", 100, END_RESET);
    text_addf(add_body(crowd), "PING\r\n");
    crowd = add_crowd(run, "connect, QUIT", 100, END_WAIT);
    text_addf(add_body(crowd), "QUIT\r\n");
}

/* redis-server keeps all that it owes, so there they ask for no more than fits this machine. */
static void add_deaf_of(struct run *run, const char *name, const char *key)
{
    add_member(run, name, 100, END_REPEAT);
    struct crowd *crowd = last_crowd(run);
    crowd->deaf = crowd->harmless = true;
    if (torture.subject->oracle) crowd->repeats_max = 4;
    struct text *body = add_body(crowd);
    for (int i = 0; i < 16; i++)
        text_addf(body, "*2\r\n$3\r\nGET\r\n$3\r\n%s\r\n", key);
}

static void add_deaf(struct run *run)
{
    add_deaf_of(run, "deaf", "big");
    add_deaf_of(run, "deaf to copies", "mid"); /* values that are not referred to, but copied */
}

static void add_strangers(struct run *run)
{
    struct crowd *crowd = add_crowd(run, "strangers", 150, END_REPEAT);
    struct text *body = add_body(crowd);
    for (int i = 0; i < 200; i++)
        text_addf(body, "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n");
    body = add_body(crowd);
    for (int i = 0; i < 200; i++)
        text_addf(body, "AUTH wrong%d\r\n", i);
    crowd = add_crowd(run, "deaf strangers", 150, END_REPEAT);
    crowd->deaf = true;
    if (torture.subject->oracle) crowd->repeats_max = 200;
    body = add_body(crowd);
    for (int i = 0; i < 200; i++)
        text_addf(body, "GET big\r\n");
    crowd = add_crowd(run, "strangers with much", 100, END_WAIT);
    text_addf(add_body(crowd), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n");
    text_addf(add_body(crowd), "*1000000\r\n$3\r\nDEL\r\n");
}

/* What is measured. */

static long long number_after(const char *text, const char *start)
{
    const char *at = text ? strstr(text, start) : NULL;
    return at ? atoll(at + strlen(start)) : -1;
}

static long long info_number(struct run *run, const char *name)
{
    char start[64];
    snprintf(start, sizeof start, "\n%s:", name);
    struct reply *reply = wire_command(&run->control, "INFO");
    long long value = number_after(reply ? reply->data : NULL, start);
    reply_free(reply);
    if (value < 0) test_fail(__FILE__, __LINE__, "no %s: %s", name, run->control.error);
    return value;
}

static long long resident_bytes(const struct run *run)
{
    char path[64];
    struct text status = {0};
    snprintf(path, sizeof path, "/proc/%d/status", (int)run->server.pid);
    bool ok = file_read(path, &status);
    long long kib = number_after(ok ? status.data : NULL, "VmRSS:");
    text_fini(&status);
    return kib * 1024;
}

/* What shards keep of what was given back: pooled chunks and blocks for requests. */
static long long kept_bytes(void)
{
    return torture.subject->oracle ? 16 * MIB : (6LL << 20) * torture.subject->shards + 2 * MIB;
}

/* 200 deaf readers may be owed 128 MiB a shard, 1,500 half-sent requests are 75 MB, and the rest is
 * for the connections themselves. Allocators that watch for errors take more. */
static long long rss_bound(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return INT64_MAX;
#else
    return torture.subject->oracle ? INT64_MAX : 640 * MIB;
#endif
}

/* Waits until the field is at most `most`; what it is then. */
static long long wait_for_field(struct run *run, const char *name, long long most)
{
    long long value = 0;
    for (int i = 0; i < PATIENCE; i++) {
        value = info_number(run, name);
        if (value <= most) return value;
        wait_ms(STEP_MS);
    }
    test_fail(__FILE__, __LINE__, "%s stays at %lld, expected at most %lld", name, value, most);
    return value;
}

/* The steps of a scenario. */

static void set_value(struct run *run, const char *key, size_t len)
{
    struct words words = {0};
    struct text value = {0};
    add_filler(&value, len);
    words_add(&words, "SET", 3);
    words_add(&words, key, strlen(key));
    words_add(&words, value.data, value.len);
    CHECK_STR(wire_words_text(&run->control, &words), "+OK");
    words_fini(&words);
    text_fini(&value);
}

static void begin(struct run *run, const char *scenario)
{
    static const char *const args[] = {"--requirepass", PASSWORD, "--maxclients", "16000", NULL};
    struct server_options options = {
        .oracle = torture.subject->oracle, .shards = torture.subject->shards, .args = args};
    REQUIRE(torture.result_count < RESULTS_MAX);
    run->result = &torture.results[torture.result_count++];
    *run->result = (struct result){.scenario = scenario};
    snprintf(run->result->subject, sizeof run->result->subject, "%s", torture.subject->name);
    REQUIRE(server_start(&run->server, &options));
    REQUIRE(wire_open(&run->control, run->server.port));
    run->control.timeout_ms = 30000;
    CHECK_REPLY(&run->control, "AUTH " PASSWORD, "+OK");
    set_value(run, "big", BIG_BYTES);
    set_value(run, "mid", MID_BYTES);
    REQUIRE(pinger_start(&run->pinger, run->server.port, PASSWORD));
    run->clients = info_number(run, "connected_clients");
    run->result->used = info_number(run, "used_memory");
    run->result->rss = resident_bytes(run);
}

static void sample(struct run *run)
{
    long long rss = resident_bytes(run);
    if (rss > run->result->rss_peak) run->result->rss_peak = rss;
}

/* Until everybody is there, and then for the time that was asked for. The thread steps back behind
 * the server and the pinging one: what is measured is the server, not who is scheduled. */
static void *drive(void *arg)
{
    struct run *run = arg;
    int64_t start = now_ms(), next_sample = 0, end = 0;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOAD_NICE);
    for (int64_t now = start; !end || now < end; now = now_ms()) {
        mob_step(&run->mob);
        if (!end && mob_is_gathered(&run->mob)) end = now + torture.seconds * 1000;
        if (!end && now - start > GATHER_MS) break;
        if (now < next_sample) continue;
        sample(run);
        next_sample = now + SAMPLE_MS;
    }
    run->gathered = end != 0;
    return NULL;
}

static void let_loose(struct run *run)
{
    pthread_t thread;
    REQUIRE(mob_start(&run->mob, run->crowds, run->crowd_count, run->server.port));
    REQUIRE(!pthread_create(&thread, NULL, drive, run));
    pthread_join(thread, NULL);
    run->result->used_peak = info_number(run, "used_memory");
    for (int i = 0; i < run->crowd_count && !run->gathered; i++)
        test_fail(__FILE__, __LINE__, "%s: %d of %d open, %d have spoken", run->crowds[i].name,
                  run->crowds[i].open, run->crowds[i].count, run->crowds[i].settled);
}

static void check_crowds(const struct run *run)
{
    for (int i = 0; i < run->crowd_count; i++) {
        const struct crowd *crowd = &run->crowds[i];
        run->result->lives += crowd->lives;
        if (crowd->harmed)
            test_fail(__FILE__, __LINE__, "%lld harmed; %s", crowd->harmed, crowd->complaint);
        CHECK(crowd->lives > 0);
    }
}

static void check_return(struct run *run)
{
    struct result *result = run->result;
    wait_for_field(run, "connected_clients", run->clients);
    result->used_end = wait_for_field(run, "used_memory", result->used + kept_bytes());
    sample(run); /* what was under way still grows when the crowds have gone */
    result->rss_end = resident_bytes(run);
    if (result->rss_peak - result->rss > rss_bound())
        test_fail(__FILE__, __LINE__, "the process grew by %lld MiB",
                  (result->rss_peak - result->rss) / MIB);
    CHECK_INT(info_number(run, "connected_clients"), run->clients);
}

static void finish(struct run *run)
{
    run->result->times = pinger_stop(&run->pinger);
    if (*run->pinger.error) test_fail(__FILE__, __LINE__, "%s", run->pinger.error);
    CHECK(run->result->times.count > 0);
    CHECK_REPLY(&run->control, "STRLEN big", ":65536");
    wire_close(&run->control);
    pinger_fini(&run->pinger);
    CHECK(server_stop(&run->server));
    server_fini(&run->server);
    for (int i = 0; i < run->crowd_count; i++)
        crowd_fini(&run->crowds[i]);
}

typedef void (*crowd_adder)(struct run *);

static void torment(const char *scenario, const crowd_adder *adders)
{
    static struct run run; /* large; one at a time */
    run = (struct run){0};
    begin(&run, scenario);
    for (; *adders; adders++)
        (*adders)(&run);
    let_loose(&run);
    mob_scatter(&run.mob);
    check_crowds(&run);
    check_return(&run);
    finish(&run);
}

#define TORMENT(...) torment(__func__, (const crowd_adder[]){__VA_ARGS__, NULL})

TEST(nobody) /* what this machine does to a PING by itself */
{
    static struct run run;
    run = (struct run){0};
    begin(&run, __func__);
    let_loose(&run);
    mob_scatter(&run.mob);
    check_return(&run);
    finish(&run);
}

TEST(ten_thousand_connections)
{
    TORMENT(add_still, add_dying);
}

TEST(half_sent_requests)
{
    TORMENT(add_half_sent);
}

TEST(storm_of_errors)
{
    TORMENT(add_errors);
}

TEST(storm_of_connections)
{
    TORMENT(add_connects);
}

TEST(deaf_readers)
{
    TORMENT(add_deaf);
}

TEST(strangers)
{
    TORMENT(add_strangers);
}

TEST(all_at_once)
{
    TORMENT(add_still, add_dying, add_half_sent, add_errors, add_connects, add_deaf, add_strangers);
}

/* Settings and the table. */

static void print_result(const struct result *result)
{
    const struct ping_times *times = &result->times;
    printf("%-25s %-13s %7zu %7.2f %7.2f %8.2f %9.2f %-5s %8lld %5lld %5lld %5lld\n",
           result->scenario, result->subject, times->count, times->median_ms, times->p99_ms,
           times->worst_ms, times->own_worst_ms, times->worst_ms < GOAL_MS ? "PASS" : "short",
           result->lives, result->rss / MIB, result->rss_peak / MIB, result->rss_end / MIB);
}

static void print_table(void)
{
    printf("\nPING of others, in ms; the goal is a worst below %d ms. `sleep` is how late the\n"
           "pinging thread itself was woken at worst, without any server. RSS in MiB.\n\n",
           GOAL_MS);
    printf("%-25s %-13s %7s %7s %7s %8s %9s %-5s %8s %5s %5s %5s\n", "scenario", "server", "pings",
           "median", "p99", "worst", "sleep", "", "opened", "RSS", "peak", "end");
    for (struct test *test = test_first(); test; test = test->next)
        for (int i = 0; i < torture.result_count; i++)
            if (!strcmp(torture.results[i].scenario, test->name)) print_result(&torture.results[i]);
    printf("\n");
}

/* As many open files as may be; fewer connections if that is not enough. */
static void fit_connections(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t want = (rlim_t)torture.connections + OTHER_FILES;
    struct rlimit more = {want, limit.rlim_max > want ? limit.rlim_max : want};
    if (setrlimit(RLIMIT_NOFILE, &more)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_max >= want) return;
        int fits = (int)limit.rlim_max - OTHER_FILES;
        torture.connections = fits > 100 ? fits : 100;
        printf("the limit of open files allows only %d connections\n", torture.connections);
    }
}

static void add_subject(int shards, bool oracle)
{
    if (torture.subject_count == SUBJECTS_MAX) exit(2);
    struct subject *subject = &torture.subjects[torture.subject_count++];
    *subject = (struct subject){.shards = shards, .oracle = oracle};
    if (oracle)
        snprintf(subject->name, sizeof subject->name, "redis-server");
    else
        snprintf(subject->name, sizeof subject->name, "torc %d", shards);
}

static const char *read_arguments(int argc, char **argv)
{
    const char *filter = "";
    bool oracle = false;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--oracle"))
            oracle = true;
        else if (!strcmp(argv[i], "--seconds"))
            torture.seconds = atoi(value), i++;
        else if (!strcmp(argv[i], "--connections"))
            torture.connections = atoi(value), i++;
        else if (!strcmp(argv[i], "--shards"))
            add_subject(atoi(value), false), i++;
        else if (!strcmp(argv[i], "--filter"))
            filter = value, i++;
    }
    if (!torture.subject_count) add_subject(1, false), add_subject(2, false);
    if (oracle) add_subject(0, true);
    return filter;
}

int main(int argc, char **argv)
{
    const char *filter = read_arguments(argc, argv);
    fit_connections();
    for (int i = 0; i < torture.subject_count; i++) {
        torture.subject = &torture.subjects[i];
        for (struct test *test = test_first(); test; test = test->next)
            if (strstr(test->name, filter)) test_run(test, torture.subject->name);
    }
    print_table();
    return test_finish(argv[0]);
}
