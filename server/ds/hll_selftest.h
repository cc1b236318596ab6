/* ds/hll_selftest.h -- What PFSELFTEST runs: does this build, on this CPU, count as it should? Some
 * milliseconds. */
#ifndef TORC_DS_HLL_SELFTEST_H
#define TORC_DS_HLL_SELFTEST_H

/* NULL, or what went wrong. */
const char *hll_selftest(void);

#endif
