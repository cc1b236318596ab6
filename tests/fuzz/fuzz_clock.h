/* fuzz/fuzz_clock.h -- The clock that stands in for the system's: see fuzz_clock.c. */
#ifndef TESTS_FUZZ_FUZZ_CLOCK_H
#define TESTS_FUZZ_FUZZ_CLOCK_H

#include <stdint.h>

void fuzz_clock_reset(void);
void fuzz_clock_advance_us(int64_t us);

#endif
