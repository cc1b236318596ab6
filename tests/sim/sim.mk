# Simulation: the server linked with a simulated machine. Included by tests/tests.mk.
#
#   make sim           1,000 seeds, from a random one (sim_seeds=N, sim_first=SEED)
#                      a million, in parts: make sim sim_seeds=250000 sim_first=1, 250001 ...
#   make sim-asan      the same under AddressSanitizer and UndefinedBehaviorSanitizer
#   make sim-faults    faults planted on purpose are found; those that the simulated clients would
#                      not notice, by tests/history/faults.sh on a real server
#   build/sim/sim --seed N --verbose

sim_build = build/sim$(sim_variant)
sim_sanitize = -fsanitize=address,undefined -fno-sanitize-recover=undefined
sim_flags = $(if $(sim_variant),$(sim_sanitize)) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARNINGS) -DTORC_DEBUG -DTORC_LIBC_MALLOC \
    -DTORC_SIMULATED -DTORC_FAULTS -Iserver -Itests -I.
sim_exchanged = server/main.c server/base/clock.c server/base/random_secret.c \
    server/ring/ring.c server/ring/ring_open.c server/ring/ring_socket.c \
    server/shard/group_threads.c
sim_sources = $(filter-out $(sim_exchanged),$(shell find server -name '*.c' | LC_ALL=C sort)) \
    $(wildcard tests/sim/*.c) $(filter-out %_test.c %/crowd.c,$(wildcard tests/history/*.c))
sim_objects = $(sim_sources:%.c=$(sim_build)/%.o)
sim_seeds ?= 1000

$(sim_build)/%.o: %.c
	@mkdir -p $(@D)
	@echo 'cc $<'
	@$(CC) $(sim_flags) -MMD -MP -c $< -o $@

$(sim_build)/sim: $(sim_objects)
	@echo 'ld $@'
	@$(CC) $(if $(sim_variant),$(sim_sanitize)) $^ -lm -o $@

sim: $(sim_build)/sim
	@tests/run "$(sim_build)/sim --seeds $(sim_seeds) $(if $(sim_first),--first $(sim_first))"

sim-asan:
	$(MAKE) sim sim_variant=-asan

sim-faults: $(sim_build)/sim
	@tests/run "tests/sim/faults.sh $(sim_build)/sim"
	@$(MAKE) VARIANT=faults history-faults

-include $(sim_objects:.o=.d)
.PHONY: sim sim-asan sim-faults
