/* load.c -- A load generator that is not the bottleneck.
 * Requests are rendered once and sent as they are, but for the digits of their keys; replies are
 * checked by one comparison each. It reports throughput, latency of batches, and, where it is told
 * the server's process, how much CPU time the server's threads took for each request. */
#include "fatal.h"
#include "load_options.h"
#include "traffic.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static double latency_us(const struct traffic_result *result, double fraction)
{
    return (double)histogram_percentile(&result->latency_ns, fraction) / 1e3;
}

static double cpu_per_request(const struct traffic_result *result)
{
    return result->requests ? (double)result->server_cpu_ns / (double)result->requests : 0;
}

static void print_csv(const struct load_options *options, const struct traffic_result *result)
{
    printf("%s,%u,%u,%u,%.0f,%.1f,%.1f,%.1f,%.1f,%.1f,%.3f\n", load_options_command_name(options),
           options->connections, options->pipeline, options->value_len,
           (double)result->requests / result->seconds, cpu_per_request(result),
           latency_us(result, 0.5), latency_us(result, 0.99), latency_us(result, 0.999),
           (double)result->latency_ns.max / 1e3,
           (double)result->own_cpu_ns / 1e9 / result->seconds);
}

static void print_text(const struct load_options *options, const struct traffic_result *result)
{
    printf("%s %u bytes, %u connections, pipeline %u: %.0f requests/s",
           load_options_command_name(options), options->value_len, options->connections,
           options->pipeline, (double)result->requests / result->seconds);
    if (options->pid_count) printf(", server %.0f ns CPU/request", cpu_per_request(result));
    printf(", p50 %.1f p99 %.1f p99.9 %.1f max %.1f us, load %.0f %% busy\n",
           latency_us(result, 0.5), latency_us(result, 0.99), latency_us(result, 0.999),
           (double)result->latency_ns.max / 1e3,
           (double)result->own_cpu_ns / 1e7 / result->seconds);
}

static void pin_to(int cpu)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (sched_setaffinity(0, sizeof(cpus), &cpus)) fatal("cpu %d: %s", cpu, strerror(errno));
}

int main(int argc, char **argv)
{
    static struct traffic_result result;
    struct load_options options;
    load_options_read(&options, argc, argv);
    if (options.cpu >= 0) pin_to(options.cpu);
    traffic_run(&options, &result);
    if (!result.requests) fatal("no request was answered");
    if (options.is_csv)
        print_csv(&options, &result);
    else
        print_text(&options, &result);
    return 0;
}
