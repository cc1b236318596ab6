# Benchmarks. Included by the Makefile, which sets BUILD, CC and CFLAGS.

bench_build := $(BUILD)/bench
bench_source := bench/load
bench_flags := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
bench_tools := $(bench_build)/load $(bench_build)/limit $(bench_build)/probe \
	$(bench_build)/commands $(bench_build)/collections $(bench_build)/stall \
	$(bench_build)/together

bench_load_names := load load_options traffic batch reply cpu_clock histogram dial benchring fatal
bench_limit_names := limit benchring fatal
bench_probe_names := probe dial fatal

bench_commands_names := commands script dial fatal
bench_collections_names := collections script dial fatal
bench_together_names := together histogram script dial fatal
bench_stall_names := stall histogram script dial fatal

bench_commands_objects := $(bench_commands_names:%=$(bench_build)/%.o)
bench_together_objects := $(bench_together_names:%=$(bench_build)/%.o)
bench_collections_objects := $(bench_collections_names:%=$(bench_build)/%.o)
bench_stall_objects := $(bench_stall_names:%=$(bench_build)/%.o)
bench_load_objects := $(bench_load_names:%=$(bench_build)/%.o)
bench_limit_objects := $(bench_limit_names:%=$(bench_build)/%.o)
bench_probe_objects := $(bench_probe_names:%=$(bench_build)/%.o)

# Not with CFLAGS: a sanitizer's build must measure with the same tools.
$(bench_build)/%.o: $(bench_source)/%.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(bench_flags) -MMD -MP -c $< -o $@

$(bench_build)/load: $(bench_load_objects)
	@echo 'ld $@'
	@$(CC) $^ -luring -lm -o $@

$(bench_build)/limit: $(bench_limit_objects)
	@echo 'ld $@'
	@$(CC) $^ -luring -o $@

$(bench_build)/probe: $(bench_probe_objects)
	@echo 'ld $@'
	@$(CC) $^ -o $@

$(bench_build)/commands: $(bench_commands_objects)
	@echo 'ld $@'
	@$(CC) $^ -o $@

$(bench_build)/together: $(bench_together_objects)
	@echo 'ld $@'
	@$(CC) $^ -lpthread -o $@

$(bench_build)/stall: $(bench_stall_objects)
	@echo 'ld $@'
	@$(CC) $^ -lpthread -o $@

$(bench_build)/collections: $(bench_collections_objects)
	@echo 'ld $@'
	@$(CC) $^ -o $@

-include $(wildcard $(bench_build)/*.d)

.PHONY: bench bench-quick bench-commands bench-together bench-stall bench-memory bench-expire bench-tools
bench-tools: $(bench_tools)

bench: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/bench
	BENCH_BUILD=$(BUILD) bench/commands
	BENCH_BUILD=$(BUILD) bench/together

bench-together: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/together

bench-commands: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/commands
	BENCH_BUILD=$(BUILD) bench/stall

bench-quick: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/bench --quick

bench-stall: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/stall

bench-memory: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/memory
	BENCH_BUILD=$(BUILD) bench/collections

bench-expire: $(BUILD)/torc $(bench_tools)
	BENCH_BUILD=$(BUILD) bench/expire

# What the core costs, without sockets, and what a client sees of it: see "What the core costs" in server/README.md.
micro_names := inbox doorbell lease cut move
bench_micro := $(micro_names:%=$(BUILD)/bench/%_bench)
micro_objects := $(BUILD)/bench/micro/figures.o $(BUILD)/bench/micro/micro.o \
	$(BUILD)/bench/micro/background.o

$(BUILD)/bench/micro/%.o: bench/micro/%.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(CFLAGS) -Iserver -MMD -MP -c $< -o $@

$(BUILD)/bench/%_bench: $(BUILD)/bench/micro/%_bench.o $(micro_objects) $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(wildcard $(BUILD)/bench/micro/*.d)

bench-micro: $(bench_micro) $(BUILD)/bench/served_bench $(BUILD)/torc $(BUILD)/bench/load
	@for program in $(bench_micro); do $$program || exit 1; done
	@$(BUILD)/bench/served_bench $(BUILD)/torc $(BUILD)/bench/load

.PHONY: bench-micro
