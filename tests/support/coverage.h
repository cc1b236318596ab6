/* support/coverage.h -- What wire tests have seen of each command: an answer, its refusal for the
 * number of arguments, and for the type of a key. Where TORC_COVERAGE names a directory, each
 * program leaves a file there when it ends; tests/coverage reads them. */
#ifndef TESTS_SUPPORT_COVERAGE_H
#define TESTS_SUPPORT_COVERAGE_H

#include "support/reply.h"

enum coverage { COVERAGE_REPLY = 1, COVERAGE_ARITY = 2, COVERAGE_TYPE = 4 };

/* The words of a command, of which one or two are its name, and what was answered. */
void coverage_note(const char *word, const char *second, const struct reply *reply);

#endif
