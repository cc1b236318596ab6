/* fuzz/fuzz.h -- What the fuzz targets share. A target is one file with one function that gets
 * bytes and checks properties of what it makes of them; libFuzzer finds the bytes.
 *
 * The first bytes of an input are decisions (struct choices), the rest is what the target is about.
 * Inputs stay short: a target that needs long ones has a byte that stands for many.
 *
 * Built with -DFUZZ_PLANT, a target contains a fault of its own which it must find: `make
 * fuzz-tester`. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "mem/buf.h"
#include "mem/mem.h"

#ifdef FUZZ_PLANT
enum { PLANTED = 1 };
#else
enum { PLANTED = 0 };
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints the message and aborts, which libFuzzer reports with the input. */
_Noreturn void fuzz_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define FUZZ_CHECK(condition)                                                                      \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, "%s", #condition))
#define FUZZ_FAIL(...) fuzz_fail(__FILE__, __LINE__, __VA_ARGS__)

/* Bytes of the input from which decisions are drawn; when they are used up, all are 0. */
struct choices {
    const uint8_t *at, *end;
};

struct choices choices_of(const uint8_t *data, size_t size);
uint8_t choose_byte(struct choices *choices);
/* 0 .. bound - 1; takes one byte, of a bound over 256 two. */
uint32_t choose_below(struct choices *choices, uint32_t bound);
struct bytes choose_bytes(struct choices *choices, size_t len); /* fewer if they are used up */
struct bytes choices_rest(const struct choices *choices);

/* Appends `text`, in which 0xfe and a byte stand for many times an x: once for up to 65 KiB, else
 * for a few hundred bytes, so that an execution stays short. */
void fuzz_expand(struct bytes text, struct buf *out);

#endif
