/* base/prefetch.h -- Asks for a line of memory ahead of its use. In a volatile instruction of its
 * own, because gcc 12 drops __builtin_prefetch from functions that do nothing else. */
#ifndef TORC_BASE_PREFETCH_H
#define TORC_BASE_PREFETCH_H

static inline void prefetch_line(const void *ptr)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetcht0 %0" : : "m"(*(const char *)ptr));
#elif defined(__aarch64__)
    __asm__ volatile("prfm pldl1keep, %0" : : "Q"(*(const char *)ptr));
#else
    __builtin_prefetch(ptr);
#endif
}

/* The same for a line that will be written, and which another core may have written last. */
static inline void prefetch_line_to_write(const void *ptr)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)ptr));
#elif defined(__aarch64__)
    __asm__ volatile("prfm pstl1keep, %0" : : "Q"(*(const char *)ptr));
#else
    __builtin_prefetch(ptr, 1);
#endif
}

#endif
