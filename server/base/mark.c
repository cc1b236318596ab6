#include "base/mark.h"

#ifdef TORC_SIMULATED
uint64_t mark_counts[MARK_COUNT];
#endif
