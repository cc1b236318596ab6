/* Does the checker say no where it must? Blocks, keys that are watched, and commands that wait. */
#include "history/handmade.h"

static void do_block(uint32_t conn, bool runs, uint32_t parts)
{
    DO(conn, .kind = OP_BLOCK, .parts = (uint8_t)parts, .reply = {runs});
}

/* Key 0 becomes 2, key 1 becomes 3, or was to. */
static void end_pair(uint32_t conn, bool runs, enum block_end end)
{
    struct op first = {.kind = OP_SET, .is_part = true, .keys = {0}, .values = {2}};
    struct op second = {.kind = OP_SET, .is_part = true, .keys = {1}, .values = {3}};
    second.closes = (uint8_t)end;
    struct op *added = add(conn, &first);
    if (runs) note_answer(added);
    added = add(conn, &second);
    if (runs) note_answer(added);
}

TEST(a_block_happens_at_once)
{
    for (int32_t seen = 0; seen < 4; seen++) {
        begin();
        DO(0, .kind = OP_SET, .keys = {0}, .values = {1});
        DO_SLOWLY(1, .kind = OP_BLOCK, .parts = 2, .reply = {1});
        end_pair(1, true, BLOCK_EXEC);
        DO(0, .kind = OP_MGET, .key_count = 2, .keys = {0, 1},
           .reply = {seen & 1 ? 2 : 1, seen & 2 ? 3 : 0});
        CHECK(verdict() == (seen == 0 || seen == 3 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(an_unheard_block_has_done_all_or_nothing)
{
    for (int32_t seen = 0; seen < 4; seen++) {
        begin();
        DO_UNHEARD(1, .kind = OP_BLOCK, .parts = 2);
        end_pair(1, false, BLOCK_EXEC);
        DO(0, .kind = OP_GET, .keys = {0}, .reply = {seen & 1 ? 2 : 0});
        DO(0, .kind = OP_GET, .keys = {1}, .reply = {seen & 2 ? 3 : 0});
        DO(0, .kind = OP_GET, .keys = {0}, .reply = {seen & 1 ? 2 : 0});
        CHECK(verdict() == (seen == 1 || seen == 2 ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(what_is_discarded_has_done_nothing)
{
    for (int32_t seen = 0; seen < 2; seen++) {
        begin();
        do_block(0, false, 2);
        end_pair(0, false, BLOCK_DISCARD);
        DO(0, .kind = OP_GET, .keys = {0}, .reply = {seen ? 2 : 0});
        CHECK(verdict() == (seen ? HISTORY_BAD : HISTORY_GOOD));
    }
}

/* Client 0 watches key 0, `what` happens, and it runs its block, or not. */
static enum history_verdict verdict_of_watch(const struct op *what, bool unwatches, bool runs)
{
    begin();
    DO(1, .kind = OP_SET, .keys = {3}, .values = {9});
    DO(0, .kind = OP_WATCH, .keys = {0});
    if (what) note_answer(add(1, what));
    if (unwatches) DO(0, .kind = OP_UNWATCH);
    do_block(0, runs, 2);
    end_pair(0, runs, BLOCK_EXEC);
    DO(1, .kind = OP_GET, .keys = {1}, .reply = {runs ? 3 : 0});
    return verdict();
}

TEST(exec_does_nothing_if_what_was_watched_has_changed)
{
    struct op change = {.kind = OP_SET, .keys = {0}, .values = {5}};
    CHECK(verdict_of_watch(&change, false, false) == HISTORY_GOOD);
    CHECK(verdict_of_watch(&change, false, true) == HISTORY_BAD);
    CHECK(verdict_of_watch(&change, true, true) == HISTORY_GOOD);
    CHECK(verdict_of_watch(&change, true, false) == HISTORY_BAD);
}

TEST(exec_runs_if_nothing_that_was_watched_has_changed)
{
    struct op elsewhere = {.kind = OP_SET, .keys = {2}, .values = {5}};
    struct op in_vain = {.kind = OP_DEL, .keys = {0}, .reply = {0}};
    struct op from_it = {.kind = OP_RENAMENX, .key_count = 2, .keys = {0, 3}, .reply = {-1}};
    const struct op *const all[] = {NULL, &elsewhere, &in_vain, &from_it};
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(verdict_of_watch(all[i], false, true) == HISTORY_GOOD);
        CHECK(verdict_of_watch(all[i], false, false) == HISTORY_BAD);
    }
}

TEST(a_change_and_one_back_is_a_change)
{
    begin();
    DO(0, .kind = OP_WATCH, .keys = {0});
    DO(1, .kind = OP_SET, .keys = {0}, .values = {5});
    DO(1, .kind = OP_DEL, .keys = {0}, .reply = {1});
    do_block(0, true, 2);
    end_pair(0, true, BLOCK_EXEC);
    CHECK(verdict() == HISTORY_BAD);
}

/* --- commands that wait ------------------------------------------------------------------- */

TEST(an_element_is_taken_once)
{
    for (int32_t other = 0; other < 2; other++) {
        begin();
        DO_SLOWLY(0, .kind = OP_BLPOP, .keys = {LIST_A}, .reply = {1, 0, 1});
        DO_SLOWLY(2, .kind = OP_BRPOP, .keys = {LIST_A}, .from_right = true,
                  .reply = {other ? 2 : 1, 0, 1});
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 2, .reply = {other ? 1 : 2});
        CHECK(verdict() == (other ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(the_first_key_with_elements_is_taken_from)
{
    for (int32_t has_homes = 0; has_homes < 2; has_homes++) {
        begin();
        made.has_homes = has_homes;
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(1, .kind = OP_RPUSH, .keys = {LIST_B}, .members = 2, .reply = {1});
        DO(0, .kind = OP_BLPOP, .key_count = 2, .keys = {LIST_A, LIST_B}, .reply = {2, 0, 2});
        CHECK(verdict() == (has_homes ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(blmpop_takes_as_many_as_it_may)
{
    for (uint8_t count = 1; count < 4; count++) {
        begin();
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 2, .reply = {2});
        DO(0, .kind = OP_BLMPOP, .keys = {LIST_A}, .count = count, .reply = {0x21, 0, 1});
        CHECK(verdict() == (count == 1 ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(nobody_waits_in_vain_beside_an_element)
{
    for (int32_t late = 0; late < 2; late++) {
        begin();
        DO_SLOWLY(0, .kind = OP_BLPOP, .keys = {LIST_A}, .reply = {0, 0, 0, 1},
                  .unblocked_ns = late ? 500 : 1);
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        CHECK(verdict() == (late ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(a_time_that_is_over_ends_waiting_no_earlier)
{
    for (uint32_t wait_ms = 0; wait_ms < 2; wait_ms++) {
        begin();
        DO_SLOWLY(0, .kind = OP_BLPOP, .keys = {LIST_A}, .wait_ms = wait_ms);
        ops[0][0].answered_ns = INT64_MAX;
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        CHECK(verdict() == (wait_ms ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(who_was_killed_before_takes_nothing)
{
    for (int32_t killed = 0; killed < 2; killed++) {
        begin();
        DO_UNHEARD(0, .kind = OP_BLPOP, .keys = {LIST_A}, .gone_ns = killed);
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(1, .kind = OP_LRANGE, .keys = {LIST_A});
        CHECK(verdict() == (killed ? HISTORY_BAD : HISTORY_GOOD));
    }
}

/* Two of three: as they were, or one by one; but not three. */
TEST(blmovem_moves_some)
{
    static const int32_t seen[4] = {0x12, 0x21, 0x321, 0x1};
    for (int i = 0; i < 8; i++) {
        bool in_bulk = i >= 4;
        begin();
        for (uint16_t element = 1; element <= 3; element++)
            DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = element, .reply = {element});
        DO(0, .kind = OP_BLMOVEM, .key_count = 2, .keys = {LIST_A, LIST_B}, .count = 2,
           .exactly = true, .in_bulk = in_bulk, .reply = {seen[i % 4], 0, 1});
        CHECK(verdict() == (i % 4 == in_bulk ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(blmovem_waits_for_as_many)
{
    for (int found = 0; found < 2; found++) {
        begin();
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(0, .kind = OP_BLMOVEM, .key_count = 2, .keys = {LIST_A, LIST_B}, .count = 2,
           .exactly = true, .reply = {found, 0, found, !found}, .unblocked_ns = !found,
           .is_rescued = true);
        CHECK(verdict() == (found ? HISTORY_BAD : HISTORY_GOOD));
    }
}

/* Members 0, m6 and m10: of those with the same score the lowest as a string, or the highest. */
TEST(bzpop_takes_the_outermost)
{
    static const int32_t right[2][3] = {{1, 1 << 10, 1 << 6}, {1 << 6, 1 << 10, 1}};
    for (int i = 0; i < 12; i++) {
        bool is_max = i >= 6, is_wrong = i % 6 >= 3;
        uint8_t kind = is_max ? OP_BZPOPMAX : OP_BZPOPMIN;
        begin();
        DO(1, .kind = OP_SADD, .keys = {FIRST_SET}, .members = 1 | 1 << 6 | 1 << 10, .reply = {3});
        DO(1, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION_KEY, FIRST_SET, FIRST_SET + 1},
           .reply = {3});
        for (int j = 0; j < i % 3; j++)
            DO(0, .kind = kind, .keys = {UNION_KEY}, .reply = {right[is_max][j], 1, 1});
        DO(0, .kind = kind, .keys = {UNION_KEY},
           .reply = {right[is_max][(i % 3 + is_wrong) % 3], 1, 1});
        CHECK(verdict() == (is_wrong ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(bzpop_waits_for_a_member)
{
    for (int32_t found = 0; found < 2; found++) {
        begin();
        DO_SLOWLY(0, .kind = OP_BZPOPMIN, .keys = {UNION_KEY},
                  .reply = {found, found, found, !found}, .unblocked_ns = 500);
        DO(1, .kind = OP_SADD, .keys = {FIRST_SET}, .members = 1, .reply = {1});
        DO(1, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION_KEY, FIRST_SET, FIRST_SET + 1},
           .reply = {1});
        CHECK(verdict() == (found ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(blmove_moves_at_once)
{
    for (int32_t seen = 0; seen < 4; seen++) {
        begin();
        DO_SLOWLY(0, .kind = OP_BLMOVE, .key_count = 2, .keys = {LIST_A, LIST_B},
                  .reply = {1, 0, 1});
        DO(1, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(1, .kind = OP_BLOCK, .parts = 2, .reply = {1});
        DO(1, .kind = OP_LRANGE, .is_part = true, .keys = {LIST_A}, .reply = {seen & 1});
        DO(1, .kind = OP_LRANGE, .is_part = true, .keys = {LIST_B}, .reply = {seen >> 1},
           .closes = BLOCK_EXEC);
        CHECK(verdict() == (seen == 1 || seen == 2 ? HISTORY_GOOD : HISTORY_BAD));
    }
}
