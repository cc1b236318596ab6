/* mem/small_pages.h -- An arena of the allocator in small pages. The first touch of a huge page
 * clears 2 MiB, which was seen to take 0.3 to 3 ms: a stall, when clients make the server take much
 * memory at once. What is read and written in sequence gains nothing from huge pages; in small ones
 * it is cleared as it is filled, and given back page by page. */
#ifndef TORC_MEM_SMALL_PAGES_H
#define TORC_MEM_SMALL_PAGES_H

#include <stdbool.h>

/* False: there is none to be had. The arena lives as long as the process. */
bool small_pages_arena(unsigned *arena);

#endif
