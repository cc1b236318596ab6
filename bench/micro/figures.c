#include "figures.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, double value)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 1024;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) abort();
    }
    samples->values[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_at(struct samples *samples, double fraction)
{
    qsort(samples->values, samples->count, sizeof *samples->values, by_value);
    uint32_t index = (uint32_t)(samples->count * fraction);
    return samples->values[index < samples->count ? index : samples->count - 1];
}

void samples_free(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){0};
}

void figures_title(const char *title)
{
    printf("\n%-54s %9s %9s %9s\n", title, "median us", "p99 us", "CPU us");
}

static void print_figure(struct samples *samples, double fraction)
{
    if (samples->count)
        printf(" %9.3f", samples_at(samples, fraction));
    else
        printf(" %9s", "");
}

void figures_row(const char *name, struct samples *times_us, struct samples *cpu_us)
{
    printf("  %-52s", name);
    print_figure(times_us, 0.5);
    print_figure(times_us, 0.99);
    print_figure(cpu_us, 0.5);
    printf("\n");
    fflush(stdout);
}

void figures_assign_cpus(int *cpus, uint32_t count)
{
    cpu_set_t set;
    uint32_t found = 0;
    if (sched_getaffinity(0, sizeof set, &set)) abort();
    for (int cpu = 0; cpu < CPU_SETSIZE && found < count; cpu++)
        if (CPU_ISSET(cpu, &set)) cpus[found++] = cpu;
    for (uint32_t i = found; i < count; i++)
        cpus[i] = cpus[i % found];
}

void figures_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set)) abort();
}
