#include "command/errors.h"

static struct bytes code_of(struct bytes text)
{
    size_t len = 0;
    while (len < text.len && len < ERROR_CODE_BYTES - 1 && text.ptr[len] != ' ')
        len++;
    return bytes_make(text.ptr, len);
}

void errors_count(struct error_counters *errors, struct bytes text)
{
    struct bytes code = code_of(text);
    uint32_t count = atomic_load_explicit(&errors->count, memory_order_relaxed);
    metric_add(&errors->replies, 1);
    for (uint32_t i = 0; i < count; i++) {
        if (!bytes_equal(bytes_of_string(errors->kinds[i].code), code)) continue;
        metric_add(&errors->kinds[i].replies, 1);
        return;
    }
    if (count == ERROR_KINDS_MAX) return;
    memcpy(errors->kinds[count].code, code.ptr, code.len);
    metric_set(&errors->kinds[count].replies, 1);
    atomic_store_explicit(&errors->count, count + 1, memory_order_release);
}

void errors_reset(struct error_counters *errors)
{
    uint32_t count = atomic_load_explicit(&errors->count, memory_order_relaxed);
    metric_set(&errors->replies, 0);
    for (uint32_t i = 0; i < count; i++)
        metric_set(&errors->kinds[i].replies, 0);
}
