/* The part of base/random.h that asks the kernel; exchangeable at link time. */
#include <sys/random.h>

#include "base/check.h"
#include "base/random.h"

void random_secret(void *out, size_t len)
{
    ASSERT(len <= 256); /* so much the kernel gives whole */
    ssize_t got = getrandom(out, len, 0);
    if (got != (ssize_t)len) FATAL("the kernel gives no random bytes");
}
