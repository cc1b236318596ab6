# make            builds build/release/torc
# make test       the quick suite, in the release build
# make asan tsan  unit and wire suites under the sanitizers; tsan: histories, too
# make sim history   order, in a simulation and of a real server
# Other targets: deps, format, lint, bench, bench-memory, bench-expire, clean.

VARIANT ?= release
BUILD := build/$(VARIANT)

CC ?= gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wno-missing-field-initializers
CFLAGS_release := -O2 -g -fno-plt
CFLAGS_debug := -O1 -g -DTORC_DEBUG
CFLAGS_faults := -O2 -g -DTORC_DEBUG -DTORC_FAULTS
CFLAGS_asan := -O1 -g -DTORC_DEBUG -DTORC_LIBC_MALLOC -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -g -DTORC_DEBUG -DTORC_LIBC_MALLOC -fsanitize=thread -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LIBS_release := -ljemalloc
LIBS_debug := -ljemalloc
LIBS_faults := -ljemalloc

CFLAGS := -std=gnu11 -pthread -D_GNU_SOURCE $(WARNINGS) $(CFLAGS_$(VARIANT)) $(EXTRA_CFLAGS)
LDFLAGS := -pthread $(LDFLAGS_$(VARIANT))
LIBS := -luring $(LIBS_$(VARIANT)) -lm

sources := $(filter-out server/main.c $(EXCLUDE),$(shell find server -name '*.c' | sort))
objects := $(sources:%.c=$(BUILD)/%.o)

all: $(BUILD)/torc

$(BUILD)/torc: $(BUILD)/server/main.o $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libtorc.a: $(objects)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/server/%.o: server/%.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(CFLAGS) -Iserver -MMD -MP -c -o $@ $<

-include $(objects:.o=.d) $(BUILD)/server/main.d
-include tests/tests.mk bench/bench.mk

test: all test-unit test-wire

asan:
	$(MAKE) VARIANT=asan all test-unit test-wire

tsan:
	$(MAKE) VARIANT=tsan all test-unit test-wire
	$(MAKE) VARIANT=tsan history test_histories=300

deps:
	tools/install-deps

format:
	tools/format --check

format-fix:
	tools/format --fix

lint:
	tools/lint

clean:
	rm -rf build

.PHONY: all test asan tsan deps format format-fix lint clean
.DEFAULT_GOAL := all
