# Fuzzing: libFuzzer, with ASan and UBSan. Included by tests/tests.mk.
#
#   make fuzz          the short form: 5,100,000 executions of the parsers, 1,400,000 payloads of
#                      DUMP, 100,000 sequences of commands, from the corpus in tests/fuzz/corpus
#   make fuzz-long     one target for long: fuzz_seconds=600 target=resp; what it finds goes to
#                      build/fuzz/found, and to tests/fuzz/corpus if it reaches new code
#   make fuzz-tester   targets with a fault planted in them find it
#
# A failure leaves its input in build/fuzz/failures; the program with that file as its argument
# repeats it.

fuzz_targets = number glob hll inline resp config payload zset stream commands

fuzz_runs_number ?= 2400000
fuzz_runs_glob ?= 1000000
fuzz_runs_hll ?= 100000
fuzz_runs_inline ?= 1200000
fuzz_runs_resp ?= 300000
fuzz_runs_config ?= 100000
fuzz_runs_payload ?= 1000000
fuzz_runs_commands ?= 100000
fuzz_runs_zset ?= 200000
fuzz_runs_stream ?= 200000

fuzz_seconds ?= 600
target ?= commands

# An empty view may be NULL, and NULL + 0 is what clang 14 takes for an overflow of a pointer.
fuzz_sanitizers = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-sanitize=pointer-overflow
fuzz_cflags = -O2 -g -DTORC_DEBUG -DTORC_LIBC_MALLOC -fno-omit-frame-pointer \
    $(fuzz_sanitizers) -fsanitize=fuzzer-no-link
fuzz_make = $(MAKE) VARIANT=fuzz CC=clang CFLAGS_fuzz='$(fuzz_cflags)'

.PHONY: fuzz fuzz-long fuzz-tester fuzz-programs fuzz-planted

fuzz:
	@$(fuzz_make) fuzz-programs
	@tests/run $(foreach t,$(fuzz_targets),"tests/fuzz/run short $(t) $(fuzz_runs_$(t))")

fuzz-long:
	@$(fuzz_make) build/fuzz/tests/fuzz/fuzz_$(target)
	@tests/fuzz/run long $(target) $(fuzz_seconds)

fuzz-tester:
	@$(fuzz_make) fuzz-planted
	@tests/run $(foreach t,$(fuzz_targets),"tests/fuzz/run planted $(t) $(fuzz_runs_$(t))")

fuzz_programs = $(fuzz_targets:%=$(BUILD)/tests/fuzz/fuzz_%)
fuzz_planted = $(fuzz_targets:%=$(BUILD)/tests/fuzz/planted_%)
fuzz-programs: $(fuzz_programs)
fuzz-planted: $(fuzz_planted)

# What is known of the sequences is what they reach; comparisons in loops over all slots would cost
# more than all the rest.
fuzz_world = world sequence reply_check fuzz_clock
$(BUILD)/tests/fuzz/%.o: test_flags += -Iserver
ifeq ($(VARIANT),fuzz)
$(fuzz_world:%=$(BUILD)/tests/fuzz/%.o): CFLAGS += -fno-sanitize-coverage=trace-cmp
$(BUILD)/server/client/% $(BUILD)/server/ds/% $(BUILD)/server/mem/% $(BUILD)/server/shard/% \
    $(BUILD)/server/store/%: CFLAGS += -fno-sanitize-coverage=trace-cmp
endif

# The planted fault stands in the target's own file, or in the decoder of sequences.
$(BUILD)/tests/fuzz/planted-%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	@echo 'cc $< (planted)'
	@$(CC) $(CFLAGS) $(test_flags) -DFUZZ_PLANT -MMD -MP -c $< -o $@

fuzz_more = $(if $(findstring commands,$(1)),$(fuzz_world:%=$(BUILD)/tests/fuzz/%.o))
fuzz_wraps_config = process_change_directory process_current_directory file_read_whole file_expand
fuzz_wraps_commands = process_sleep

define fuzz_rules
$(BUILD)/tests/fuzz/fuzz_$(1): $(BUILD)/tests/fuzz/fuzz_$(1).o $(call fuzz_more,$(1))
$(BUILD)/tests/fuzz/planted_$(1): $(BUILD)/tests/fuzz/planted-fuzz_$(1).o \
    $(subst /sequence.o,/planted-sequence.o,$(call fuzz_more,$(1)))
$(BUILD)/tests/fuzz/fuzz_$(1) $(BUILD)/tests/fuzz/planted_$(1): \
    fuzz_wraps = $(fuzz_wraps_$(1):%=-Wl,--wrap=%)
endef
$(foreach t,$(fuzz_targets),$(eval $(call fuzz_rules,$(t))))

$(fuzz_programs) $(fuzz_planted): $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/libtorc.a
	@echo 'ld $@'
	@$(CC) $(CFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(BUILD)/libtorc.a $(LDFLAGS) $(fuzz_wraps) \
	    $(LIBS) -o $@
