# Tests. Included by the top Makefile, which defines BUILD, CC, CFLAGS and LDFLAGS and builds
# $(BUILD)/torc and $(BUILD)/libtorc.a.
#
#   make test-unit     unit tests
#   make test-wire     wire tests, hiredis programs, order, redis-cli, a short differential run,
#                      payloads exchanged with redis-server, starts that must fail, wire tests on
#                      odd rings
#   make test-rings    the wire tests on odd rings alone
#   make test-diff     200,000 random commands side by side with redis-server, on 1 and 3 shards
#   make test-oracle   the wire tests against redis-server, which proves their expectations
#   make test-tester   the testers that compare find the differences planted for them
#   make chaos         everything that clients can do to each other at once, 60 s on 3 shards
#   make torture       hostile crowds beside a PING, with redis-server, 3 seconds each; a table
#   make torture-short its short form: 1 second each, 2,000 connections, and again on odd rings
#   make history       histories of a real server, checked for one order
#   make sim, sim-asan, sim-faults: see tests/sim/sim.mk; make fuzz: see tests/fuzz/fuzz.mk

test_flags = -I. -Itests -Iserver
test_support = text reply wire server check coverage
test_support_objects = $(test_support:%=$(BUILD)/tests/support/%.o)

test_wire_names = $(notdir $(basename $(wildcard tests/wire/*_test.c)))
test_wire = $(test_wire_names:%=$(BUILD)/tests/wire/%)
test_hiredis = $(BUILD)/tests/hiredis/sync_test $(BUILD)/tests/hiredis/async_test
test_coverage = $(BUILD)/tests/coverage/coverage
test_diff = $(BUILD)/tests/diff/diff
test_order = $(BUILD)/tests/order/order_test
test_faults = $(BUILD)/tests/faults/start_test
test_chaos = $(BUILD)/tests/chaos/chaos_test
test_chaos_seconds ?= 5
test_compat = $(BUILD)/tests/compat/payload_test

# Rings as other kernels have them, and so small that their queues overflow (read by server.c).
test_rings = cq=16,sq=8,buffers=4,bytes=4096 plain-buffers=1 plain-sends=1 \
    cq=16,sq=8,buffers=2,bytes=1024,plain-buffers=1,plain-sends=1
test_ring_shards ?= 3
test_ring_runs = $(foreach ring,$(test_rings),$(foreach t,protocol string limits, \
    "env TORC_RING=$(ring) $(BUILD)/tests/wire/$(t)_test --shards $(test_ring_shards) --resp 2"))

# Unit tests: each tests/unit/.../x_test.c is one binary, on the library and check.o. More flags
# for them may be set in test_unit_flags, more libraries in test_unit_libs.
test_unit_sources = $(shell find tests/unit -name '*_test.c' 2>/dev/null | LC_ALL=C sort)
test_unit = $(test_unit_sources:tests/%.c=$(BUILD)/tests/%)
test_unit_flags ?= -Iserver
test_unit_libs ?= $(or $(LIBS),-lm -lpthread)

# What test-wire runs; a make that needs more, or longer, sets these.
test_diff_commands ?= 20000
test_diff_shards ?= 1 3 7
test_order_seconds ?= 4
test_torc = TORC=$(BUILD)/torc
test_wire_options ?=
test_wire_runs = $(foreach t,$(test_wire),"$(strip $(t) $(test_wire_options))") $(test_hiredis) $(test_compat) \
    "$(test_order) --seconds $(test_order_seconds)" \
    "$(test_chaos) --seconds $(test_chaos_seconds)" \
    $(foreach n,$(test_diff_shards),"$(test_diff) --commands $(test_diff_commands) --shards $(n)") \
    "$(test_diff) --small --commands $(test_diff_commands) --shards 3" \
    "$(test_diff) --notify --commands $(test_diff_commands) --shards 3" \
    "tests/cli_test.sh" "env LAUNCH=$(BUILD)/tests/faults/launch $(test_faults)" $(test_ring_runs)

test_programs = $(test_coverage) $(test_wire) $(test_hiredis) $(test_diff) $(test_order) $(test_chaos) $(test_faults) \
    $(test_compat)

.PHONY: test-unit test-wire test-rings test-diff test-oracle test-tester test-programs

test-programs: $(test_programs)

test-unit: $(test_unit)
	@tests/run $(test_unit)

test-wire: $(BUILD)/torc $(test_programs)
	@rm -rf $(BUILD)/coverage; mkdir -p $(BUILD)/coverage
	@$(test_torc) TORC_COVERAGE=$(BUILD)/coverage tests/run $(test_wire_runs)
	@$(test_torc) tests/run "$(test_coverage) $(BUILD)/coverage"

test-rings: $(BUILD)/torc $(test_wire)
	@$(test_torc) tests/run $(test_ring_runs)

test-oracle: $(test_programs)
	@tests/run $(foreach t,$(test_wire) $(test_hiredis) $(test_order),"$(t) --oracle") \
	    "$(test_diff) --self --commands $(test_diff_commands)" \
	    "$(test_diff) --self --notify --commands $(test_diff_commands)" "tests/cli_test.sh --oracle"

# The long differential run.
test-diff: $(BUILD)/torc $(test_diff)
	@$(test_torc) tests/run "$(test_diff) --commands 200000 --shards 1" \
	    "$(test_diff) --commands 200000 --shards 3" \
	    "$(test_diff) --small --commands 100000 --shards 2" \
	    "$(test_diff) --notify --commands 100000 --shards 3"

# Each of these must fail.
test-tester: $(test_diff) $(test_order)
	! $(test_diff) --self --plant-key --commands 10000
	! $(test_diff) --self --plant-reply --commands 10000
	! $(test_order) --oracle --plant --seconds 4

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libtorc.a $(BUILD)/tests/support/check.o
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(CFLAGS) $(test_flags) $(test_unit_flags) -MMD -MP -MF $@.d -MT $@ $< \
	    $(BUILD)/tests/support/check.o $(BUILD)/libtorc.a $(LDFLAGS) $(test_unit_libs) -o $@

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(CFLAGS) $(test_flags) -MMD -MP -c $< -o $@

$(test_wire): $(BUILD)/tests/wire/%: $(BUILD)/tests/wire/%.o $(BUILD)/tests/wire/wire_main.o \
    $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$(BUILD)/tests/hiredis/sync_test: $(BUILD)/tests/hiredis/sync_test.o $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lhiredis -o $@

$(BUILD)/tests/hiredis/async_test: $(BUILD)/tests/hiredis/async_test.o $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lhiredis -levent -o $@

$(test_coverage): $(BUILD)/tests/coverage/coverage.o $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

# Payloads exchanged with redis-server.
$(test_compat): $(BUILD)/tests/compat/payload_test.o $(test_support_objects) $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lhiredis $(LIBS) -o $@

$(test_faults): $(BUILD)/tests/faults/start_test.o $(test_support_objects) \
    $(BUILD)/tests/faults/launch
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $(filter %.o,$^) $(LDFLAGS) -o $@

# No sanitizer: it only replaces itself by the server.
$(BUILD)/tests/faults/launch: tests/faults/launch.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror $< -o $@

$(test_diff): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/diff/*.c)) $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$(test_order): $(BUILD)/tests/order/order_test.o $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lpthread -o $@

$(test_chaos): $(BUILD)/tests/chaos/chaos_test.o $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lpthread -o $@

-include $(shell find $(BUILD)/tests -name '*.d' 2>/dev/null)
include tests/sim/sim.mk

# Histories of a real server, checked (tests/history).
test_history = $(BUILD)/tests/history/history_test
test_checkers = $(patsubst %,$(BUILD)/tests/history/%,checker_test checker_block_test)
# Crowds of clients, each test a story of its own.
test_crowds = $(patsubst %,$(BUILD)/tests/history/%,exchange_test messages_test tracking_test \
    publish_test turns_test)
test_histories ?= 2000

$(test_history): $(patsubst %,$(BUILD)/tests/history/%.o,history_test history history_print model \
    members workload workload_block workload_members) \
    $(test_support_objects) $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LIBS) -o $@

$(test_checkers): %: %.o $(patsubst %,$(BUILD)/tests/history/%.o,history history_print model members) \
    $(BUILD)/tests/support/check.o
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$(test_crowds): %: %.o $(BUILD)/tests/history/crowd.o $(test_support_objects) $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LIBS) -o $@

history: $(BUILD)/torc $(test_history) $(test_checkers) $(test_crowds)
	@$(test_torc) tests/run $(test_checkers) "$(test_history) --histories $(test_histories)" \
	    $(foreach crowd,$(test_crowds),"$(crowd) --rounds $(test_histories)")

test_faults_told = stale-untold stale-late publish-order serve-last
# Only of a build that has faults: make VARIANT=faults history-faults. Called by sim-faults.
history-faults: $(BUILD)/torc $(test_crowds)
	@$(test_torc) tests/run $(foreach fault,$(test_faults_told),\
	    "tests/history/faults.sh $(BUILD)/tests/history $(fault)")

.PHONY: history history-faults

# Hostile crowds against a real server (tests/torture). The long form prints what a PING of the
# others takes, beside redis-server's; the short one looks only at what is no matter of time.
test_torture = $(BUILD)/tests/torture/torture_test
test_torture_short = $(test_torture) --shards 2 --seconds 1 --connections 2000

$(test_torture): $(patsubst %,$(BUILD)/tests/torture/%.o,torture_test mob pinger) \
    $(test_support_objects)
	@echo 'ld $@'
	@$(CC) $(CFLAGS) $^ $(LDFLAGS) -lpthread -o $@

torture: $(BUILD)/torc $(test_torture)
	@$(test_torc) $(test_torture) --oracle

torture-short: $(BUILD)/torc $(test_torture)
	@$(test_torc) tests/run "$(test_torture_short)" \
	    "env TORC_RING=cq=16,sq=8,buffers=4,bytes=4096 $(test_torture_short)"

.PHONY: torture torture-short
include tests/fuzz/fuzz.mk

.PHONY: chaos
chaos: $(BUILD)/torc $(test_chaos)
	@$(test_torc) tests/run "$(test_chaos) --seconds 60 $(test_chaos_options)"
