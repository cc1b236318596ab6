/* figures.h -- What the benchmarks of bench/micro print: one table, a row for each operation, in
 * microseconds. */
#ifndef BENCH_MICRO_FIGURES_H
#define BENCH_MICRO_FIGURES_H

#include <stdint.h>

/* Grows as needed; a zeroed one is empty. */
struct samples {
    double *values;
    uint32_t count, capacity;
};

void samples_add(struct samples *samples, double value);
double samples_at(struct samples *samples, double fraction); /* 0.5: the median; sorts them */
void samples_free(struct samples *samples);

void figures_title(const char *title);
/* Median and 99th percentile of the times, median of the CPU times; what is empty stays blank. */
void figures_row(const char *name, struct samples *times_us, struct samples *cpu_us);

/* A CPU for each of `count` threads, in turn among those that the process may use. */
void figures_assign_cpus(int *cpus, uint32_t count);
void figures_pin(int cpu); /* the calling thread */

#endif
