/* Does the checker say no where it must? Small histories made by hand, of sets, lists and sorted
 * sets, in which the last reply decides, or the one before. */
#include "history/handmade.h"

/* Two members in set A, and the first is being moved to B. */
static void begin_smove(void)
{
    begin();
    DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 3, .reply = {2});
    DO_SLOWLY(1, .kind = OP_SMOVE, .key_count = 2, .keys = {SET_A, SET_B}, .members = 1,
              .reply = {1});
}

TEST(what_smove_moves_is_in_one_of_the_sets)
{
    for (int32_t mask = 0; mask < 4; mask++) {
        begin_smove();
        DO(0, .kind = OP_SUNION, .key_count = 2, .keys = {SET_A, SET_B}, .reply = {mask});
        CHECK(verdict() == (mask == 3 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(what_smove_has_moved_stays_moved)
{
    for (int32_t in_a = 0; in_a < 2; in_a++)
        for (int32_t in_b = 0; in_b < 2; in_b++) {
            begin_smove();
            DO(0, .kind = OP_SISMEMBER, .keys = {SET_B}, .members = 1, .reply = {in_b});
            DO(0, .kind = OP_SISMEMBER, .keys = {SET_A}, .members = 1, .reply = {in_a});
            CHECK(verdict() == (in_b && in_a ? HISTORY_BAD : HISTORY_GOOD));
            begin_smove();
            DO(0, .kind = OP_SISMEMBER, .keys = {SET_A}, .members = 1, .reply = {in_a});
            DO(0, .kind = OP_SISMEMBER, .keys = {SET_B}, .members = 1, .reply = {in_b});
            CHECK(verdict() == (!in_a && !in_b ? HISTORY_BAD : HISTORY_GOOD));
        }
}

TEST(an_unheard_smove_has_moved_all_or_nothing)
{
    for (int32_t mask = 0; mask < 4; mask++) {
        begin();
        DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 1, .reply = {1});
        DO_UNHEARD(1, .kind = OP_SMOVE, .key_count = 2, .keys = {SET_A, SET_B}, .members = 1);
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {mask & 1});
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_B}, .reply = {mask >> 1});
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {mask & 1});
        CHECK(verdict() == (mask == 1 || mask == 2 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

/* 1, 2 and 3 are in list A; then one of them goes over to B. */
static void begin_lmove(bool from_right, bool to_right, int32_t element)
{
    begin();
    DO(0, .kind = OP_RPUSH, .keys = {LIST_B}, .members = 4, .reply = {1});
    DO(0, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 2, .reply = {1});
    DO(0, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 3, .reply = {2});
    DO(1, .kind = OP_LPUSH, .keys = {LIST_A}, .members = 1, .reply = {3});
    DO(1, .kind = OP_LMOVE, .key_count = 2, .keys = {LIST_A, LIST_B}, .from_right = from_right,
       .to_right = to_right, .reply = {element});
}

static enum history_verdict with_lists(int32_t first, int32_t other)
{
    DO(0, .kind = OP_LRANGE, .keys = {LIST_A}, .reply = {first});
    DO(2, .kind = OP_LRANGE, .keys = {LIST_B}, .reply = {other});
    return verdict();
}

TEST(lmove_takes_from_one_end_and_adds_at_another)
{
    begin_lmove(false, false, 1);
    CHECK(with_lists(0x32, 0x41) == HISTORY_GOOD);
    begin_lmove(false, true, 1);
    CHECK(with_lists(0x32, 0x14) == HISTORY_GOOD);
    begin_lmove(true, false, 3);
    CHECK(with_lists(0x21, 0x43) == HISTORY_GOOD);
    begin_lmove(true, true, 3);
    CHECK(with_lists(0x21, 0x34) == HISTORY_GOOD);
}

TEST(lmove_loses_nothing_and_adds_nothing)
{
    begin_lmove(true, true, 3);
    CHECK(with_lists(0x321, 0x34) == HISTORY_BAD);
    begin_lmove(true, true, 3);
    CHECK(with_lists(0x21, 0x4) == HISTORY_BAD);
    begin_lmove(true, true, 3);
    CHECK(with_lists(0x21, 0x43) == HISTORY_BAD);
    begin_lmove(true, true, 1);
    CHECK(with_lists(0x32, 0x14) == HISTORY_BAD);
}

TEST(an_element_is_popped_once)
{
    for (int32_t second = 0; second < 3; second++) {
        begin();
        DO(0, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 1, .reply = {1});
        DO(0, .kind = OP_RPUSH, .keys = {LIST_A}, .members = 2, .reply = {2});
        DO_SLOWLY(1, .kind = OP_LPOP, .keys = {LIST_A}, .reply = {1});
        DO_SLOWLY(2, .kind = OP_RPOP, .keys = {LIST_A}, .reply = {second});
        CHECK(verdict() == (second == 2 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

/* A has the members 0 and 1, B has 1 and 2. */
static void begin_union(void)
{
    begin();
    DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 3, .reply = {2});
    DO(1, .kind = OP_SADD, .keys = {SET_B}, .members = 6, .reply = {2});
}

TEST(zunionstore_sees_two_sets_at_one_time)
{
    begin_union();
    DO(2, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION, SET_A, SET_B}, .reply = {3});
    DO(0, .kind = OP_ZRANGE, .keys = {UNION}, .reply = {5, 2});
    DO(0, .kind = OP_ZCARD, .keys = {UNION}, .reply = {3});
    CHECK(verdict() == HISTORY_GOOD);
    DO(0, .kind = OP_ZRANGE, .keys = {UNION}, .reply = {7, 0});
    CHECK(verdict() == HISTORY_BAD);
    begin_smove(); /* a union in the middle of it */
    DO(2, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION, SET_A, SET_B}, .reply = {1});
    CHECK(verdict() == HISTORY_BAD);
    begin_smove();
    DO(2, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION, SET_A, SET_B}, .reply = {2});
    CHECK(verdict() == HISTORY_GOOD);
    DO(2, .kind = OP_ZRANGE, .keys = {UNION}, .reply = {2, 1});
    CHECK(verdict() == HISTORY_BAD);
}

TEST(a_set_is_replaced_by_what_is_stored)
{
    begin_union();
    DO(2, .kind = OP_SINTERSTORE, .key_count = 3, .keys = {SET_A, SET_A, SET_B}, .reply = {1});
    DO(2, .kind = OP_SUNIONSTORE, .key_count = 3, .keys = {SET_C, SET_A, SET_B}, .reply = {2});
    DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {2});
    DO(0, .kind = OP_SMEMBERS, .keys = {SET_C}, .reply = {6});
    CHECK(verdict() == HISTORY_GOOD);
    DO(0, .kind = OP_SREM, .keys = {SET_C}, .members = 3, .reply = {2});
    CHECK(verdict() == HISTORY_BAD);
}

TEST(what_goes_altogether_is_gone)
{
    begin_lmove(true, true, 3);
    DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 1, .reply = {1});
    DO(0, .kind = OP_DBSIZE, .reply = {3});
    DO(1, .kind = OP_UNLINK, .key_count = 3, .keys = {LIST_A, SET_A, SET_B}, .reply = {2});
    DO(0, .kind = OP_DBSIZE, .reply = {1});
    CHECK(verdict() == HISTORY_GOOD);
    DO(1, .kind = OP_FLUSHALL);
    DO(0, .kind = OP_DBSIZE, .reply = {0});
    CHECK(verdict() == HISTORY_GOOD);
    DO(2, .kind = OP_LRANGE, .keys = {LIST_B}, .reply = {0x34});
    CHECK(verdict() == HISTORY_BAD);
}

/* --- SPOP ------------------------------------------------------------------------------------- */

/* Members 0 and 1 are in set A. */
static void begin_set(void)
{
    begin();
    DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 3, .reply = {2});
}

TEST(spop_takes_what_it_says)
{
    for (int32_t popped = 0; popped <= 4; popped = popped ? popped * 2 : 1) {
        begin_set();
        DO(1, .kind = OP_SPOP, .keys = {SET_A}, .reply = {popped});
        CHECK(verdict() == (popped == 1 || popped == 2 ? HISTORY_GOOD : HISTORY_BAD));
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {3 & ~popped});
        CHECK(verdict() == (popped == 1 || popped == 2 ? HISTORY_GOOD : HISTORY_BAD));
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {3});
        CHECK(verdict() == HISTORY_BAD);
    }
}

TEST(a_member_is_popped_once)
{
    for (int32_t second = 1; second < 3; second++) {
        begin_set();
        DO_SLOWLY(1, .kind = OP_SPOP, .keys = {SET_A}, .reply = {2});
        DO_SLOWLY(2, .kind = OP_SPOP, .keys = {SET_A}, .reply = {second});
        CHECK(verdict() == (second == 1 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(an_unheard_spop_has_taken_one_or_none)
{
    for (int32_t left = 0; left < 4; left++) {
        begin_set();
        DO_UNHEARD(1, .kind = OP_SPOP, .keys = {SET_A});
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {left});
        CHECK(verdict() == (left ? HISTORY_GOOD : HISTORY_BAD));
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {left == 1 ? 2 : 1});
        CHECK(verdict() == (left == 3 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

/* --- databases -------------------------------------------------------------------------------- */

TEST(databases_are_apart)
{
    begin_set();
    DO(1, .kind = OP_SMEMBERS, .db = 1, .keys = {SET_A}, .reply = {0});
    DO(1, .kind = OP_DBSIZE, .db = 1, .reply = {0});
    DO(1, .kind = OP_RPUSH, .db = 1, .keys = {LIST_A}, .members = 1, .reply = {1});
    DO(0, .kind = OP_LRANGE, .keys = {LIST_A}, .reply = {0});
    CHECK(verdict() == HISTORY_GOOD);
    DO(1, .kind = OP_FLUSHDB, .db = 1);
    DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {3});
    CHECK(verdict() == HISTORY_GOOD);
    DO(1, .kind = OP_SMEMBERS, .db = 1, .keys = {SET_A}, .reply = {3});
    CHECK(verdict() == HISTORY_BAD);
}

TEST(swapdb_swaps_collections_at_once)
{
    for (int32_t both = 0; both < 4; both++) {
        begin_set();
        DO_SLOWLY(1, .kind = OP_SWAPDB);
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {both & 1 ? 3 : 0});
        DO(0, .kind = OP_SMEMBERS, .db = 1, .keys = {SET_A}, .reply = {both & 2 ? 3 : 0});
        CHECK(verdict() == (both ? HISTORY_GOOD : HISTORY_BAD));
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {3});
        CHECK(verdict() == (both == 1 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

/* --- what is done with keys of any type ---------------------------------------------------------
 */

TEST(rename_carries_a_collection)
{
    begin_lmove(true, true, 3);
    DO(1, .kind = OP_RENAME, .key_count = 2, .keys = {LIST_B, LIST_A});
    CHECK(with_lists(0x34, 0) == HISTORY_GOOD);
    DO(1, .kind = OP_RENAME, .key_count = 2, .keys = {LIST_B, LIST_A}, .reply = {-1});
    DO(1, .kind = OP_RENAMENX, .key_count = 2, .keys = {LIST_A, LIST_B}, .reply = {1});
    CHECK(with_lists(0, 0x34) == HISTORY_GOOD);
    DO(1, .kind = OP_LRANGE, .keys = {LIST_A}, .reply = {0x21}); /* which has been overwritten */
    CHECK(verdict() == HISTORY_BAD);
    begin_lmove(true, true, 3);
    DO_SLOWLY(1, .kind = OP_RENAME, .key_count = 2, .keys = {LIST_B, LIST_A});
    CHECK(with_lists(0x21, 0) == HISTORY_GOOD);
    DO(0, .kind = OP_LRANGE, .keys = {LIST_A}, .reply = {0x21});
    CHECK(verdict() == HISTORY_BAD);
    begin_lmove(true, true, 3);
    DO(1, .kind = OP_RENAMENX, .key_count = 2, .keys = {LIST_A, LIST_B}, .reply = {1});
    CHECK(verdict() == HISTORY_BAD);
}

TEST(a_copy_is_one_of_its_own)
{
    for (uint8_t to_db = 0; to_db < 2; to_db++) {
        begin_set();
        DO(1, .kind = OP_COPY, .to_db = to_db, .key_count = 2, .keys = {SET_A, SET_B},
           .reply = {1});
        DO(2, .kind = OP_SREM, .keys = {SET_A}, .members = 1, .reply = {1});
        DO(0, .kind = OP_SMEMBERS, .db = to_db, .keys = {SET_B}, .reply = {3});
        CHECK(verdict() == HISTORY_GOOD);
        DO(0, .kind = OP_SMEMBERS, .db = !to_db, .keys = {SET_B}, .reply = {3});
        CHECK(verdict() == HISTORY_BAD);
    }
    begin_set();
    DO(1, .kind = OP_COPY, .key_count = 2, .keys = {SET_B, SET_A}, .reply = {1});
    CHECK(verdict() == HISTORY_BAD);
}

TEST(move_leaves_nothing_behind)
{
    for (int32_t in_one = 0; in_one < 2; in_one++) {
        begin_set();
        DO(1, .kind = OP_ZUNIONSTORE, .key_count = 3, .keys = {UNION, SET_A, SET_B}, .reply = {2});
        DO(1, .kind = OP_MOVE, .to_db = 1, .keys = {UNION}, .reply = {1});
        DO(0, .kind = OP_ZCARD, .db = 1, .keys = {UNION}, .reply = {2});
        DO(0, .kind = OP_ZCARD, .keys = {UNION}, .reply = {in_one * 2});
        CHECK(verdict() == (in_one ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(del_counts_keys_of_all_types)
{
    for (int32_t count = 0; count < 5; count++) {
        begin_lmove(true, true, 3);
        DO(0, .kind = OP_SET, .keys = {0}, .values = {1});
        DO(0, .kind = OP_SADD, .keys = {SET_B}, .members = 1, .reply = {1});
        DO(0, .kind = OP_EXISTS, .key_count = 4, .keys = {0, SET_A, SET_B, LIST_A}, .reply = {3});
        DO(1, .kind = OP_DEL, .key_count = 4, .keys = {0, SET_A, SET_B, LIST_A}, .reply = {count});
        CHECK(verdict() == (count == 3 ? HISTORY_GOOD : HISTORY_BAD));
    }
}

/* --- expiry -------------------------------------------------------------------------------------
 */

static void pass_ms(int64_t ms)
{
    now_ns += ms * 1000000;
}

/* A set that expires 10 ms from now on. */
static void begin_expiring(void)
{
    begin_set();
    DO(1, .kind = OP_PEXPIRE, .keys = {SET_A}, .expiry_ms = 10, .expiry = 1, .reply = {1});
}

TEST(a_collection_expires_in_time)
{
    for (int32_t there = 0; there < 2; there++) {
        begin_expiring();
        pass_ms(9);
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {there * 3});
        CHECK(verdict() == (there ? HISTORY_GOOD : HISTORY_BAD));
        begin_expiring();
        DO(0, .kind = OP_PTTL, .keys = {SET_A}, .reply = {2});
        pass_ms(11);
        DO(0, .kind = OP_SPOP, .keys = {SET_A}, .reply = {there});
        CHECK(verdict() == (there ? HISTORY_BAD : HISTORY_GOOD));
        begin_expiring();
        DO(0, .kind = OP_PERSIST, .keys = {SET_A}, .reply = {1});
        pass_ms(11);
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {there * 3});
        CHECK(verdict() == (there ? HISTORY_GOOD : HISTORY_BAD));
    }
}

TEST(an_expiry_goes_where_its_key_goes)
{
    for (int32_t there = 0; there < 2; there++) {
        begin_expiring();
        DO(1, .kind = OP_RENAME, .key_count = 2, .keys = {SET_A, SET_B});
        DO(1, .kind = OP_SADD, .keys = {SET_A}, .members = 4, .reply = {1});
        pass_ms(11);
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_A}, .reply = {4});
        DO(0, .kind = OP_SMEMBERS, .keys = {SET_B}, .reply = {there * 3});
        CHECK(verdict() == (there ? HISTORY_BAD : HISTORY_GOOD));
    }
}

TEST(an_expiry_goes_with_what_is_emptied_or_overwritten)
{
    for (int32_t there = 0; there < 2; there++) {
        begin_expiring();
        DO(0, .kind = OP_SREM, .keys = {SET_A}, .members = 3, .reply = {2});
        DO(0, .kind = OP_SADD, .keys = {SET_A}, .members = 1, .reply = {1});
        pass_ms(11);
        DO(0, .kind = OP_SISMEMBER, .keys = {SET_A}, .members = 1, .reply = {there});
        CHECK(verdict() == (there ? HISTORY_GOOD : HISTORY_BAD));
        begin_expiring();
        DO(0, .kind = OP_SUNIONSTORE, .key_count = 3, .keys = {SET_A, SET_A, SET_B}, .reply = {2});
        DO(0, .kind = OP_PTTL, .keys = {SET_A}, .reply = {2 - there});
        CHECK(verdict() == (there ? HISTORY_GOOD : HISTORY_BAD));
    }
}
