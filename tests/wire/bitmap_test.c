/* The bitmap commands, with every option; the oracle proves each line that it knows. */
#include <string.h>

#include "wire/wire_test.h"

#define BAD_OFFSET "-ERR bit offset is not an integer or out of range"
#define BAD_BIT    "-ERR bit is not an integer or out of range"
#define BAD_TYPE                                                                                   \
    "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "   \
    "i64 is."

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {
        "BITCOUNT",     "BITFIELD", "BITFIELD_RO", "BITOP",          "BITOP AND",
        "BITOP AND r",  "BITPOS",   "BITPOS k",    "GETBIT",         "GETBIT k",
        "GETBIT k 0 1", "SETBIT k", "SETBIT k 0",  "SETBIT k 0 1 2", NULL};
    check_arity(c, lines);
}

/* false: there are no lists yet. */
static bool make_list(struct wire *c)
{
    return strncmp(wire_command_text(c, "RPUSH list a"), "-ERR unknown", 12) != 0;
}

WIRE_TEST(wrong_types_are_refused)
{
    if (!make_list(c)) return;
    CHECK_REPLY(c, "BITCOUNT list x", WRONG_TYPE);
    CHECK_REPLY(c, "BITPOS list 1 x", WRONG_TYPE);
    CHECK_REPLY(c, "GETBIT list 0", WRONG_TYPE);
    CHECK_REPLY(c, "GETBIT list x", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT list 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "SETBIT list 0 x", BAD_BIT);
    CHECK_REPLY(c, "BITFIELD list", WRONG_TYPE);
    CHECK_REPLY(c, "BITFIELD list GET u8 0", WRONG_TYPE);
    CHECK_REPLY(c, "BITFIELD list SET u8 0 1", WRONG_TYPE);
    CHECK_REPLY(c, "BITFIELD_RO list GET u8 0", WRONG_TYPE);
    CHECK_REPLY(c, "BITOP OR r a list", WRONG_TYPE);
    CHECK_REPLY(c, "BITOP NOT list none", ":0");
    CHECK_REPLY(c, "EXISTS list", ":0");
}

WIRE_TEST(setbit_and_getbit)
{
    CHECK_REPLY(c, "GETBIT k 0", ":0");
    CHECK_REPLY(c, "SETBIT k 7 1", ":0");
    CHECK_REPLY(c, "GET k", "\"\\x01\"");
    CHECK_REPLY(c, "SETBIT k 7 1", ":1");
    CHECK_REPLY(c, "SETBIT k 7 0", ":1");
    CHECK_REPLY(c, "GET k", "\"\\x00\"");
    CHECK_REPLY(c, "STRLEN k", ":1");
    CHECK_REPLY(c, "SETBIT k 20 1", ":0");
    CHECK_REPLY(c, "GET k", "\"\\x00\\x00\\x08\"");
    CHECK_REPLY(c, "GETBIT k 20", ":1");
    CHECK_REPLY(c, "GETBIT k 19", ":0");
    CHECK_REPLY(c, "GETBIT k 24", ":0");
    CHECK_REPLY(c, "GETBIT k 4294967295", ":0");
    CHECK_REPLY(c, "SETBIT k 23 0", ":0");
    CHECK_REPLY(c, "STRLEN k", ":3");
    CHECK_REPLY(c, "SETBIT k 24 0", ":0");
    CHECK_REPLY(c, "GET k", "\"\\x00\\x00\\x08\\x00\"");
    CHECK_REPLY(c, "SET n 1", "+OK");
    CHECK_REPLY(c, "SETBIT n 6 1", ":0");
    CHECK_REPLY(c, "GET n", "\"3\"");
    CHECK_REPLY(c, "INCR n", ":4");
    CHECK_REPLY(c, "SETBIT n 1 1", ":0");
    CHECK_REPLY(c, "GET n", "\"t\"");
    CHECK_REPLY(c, "OBJECT ENCODING n", "\"raw\"");
    CHECK_REPLY(c, "SET i 12", "+OK");
    CHECK_REPLY(c, "SETBIT i 2 1", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING i", "\"raw\"");
    CHECK_REPLY(c, "GET i", "\"12\"");
    CHECK_REPLY(c, "SETBIT e 0 0", ":0");
    CHECK_REPLY(c, "GET e", "\"\\x00\"");
    CHECK_REPLY(c, "OBJECT ENCODING e", "\"raw\"");
    CHECK_REPLY(c, "SET t v EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "SETBIT t 100 1", ":0");
    CHECK_REPLY(c, "EXPIRETIME t", ":33177117420");
    CHECK_REPLY(c, "STRLEN t", ":13");
}

WIRE_TEST(setbit_and_getbit_errors)
{
    CHECK_REPLY(c, "GETBIT k x", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k -1", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k 4294967296", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k 9223372036854775807", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k 9223372036854775808", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k #1", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k \"\"", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k 1.0", BAD_OFFSET);
    CHECK_REPLY(c, "GETBIT k \" 1\"", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k x 2", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k -1 1", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k 4294967296 1", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k 18446744073709551615 1", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k #1 1", BAD_OFFSET);
    CHECK_REPLY(c, "SETBIT k 1 2", BAD_BIT);
    CHECK_REPLY(c, "SETBIT k 1 -1", BAD_BIT);
    CHECK_REPLY(c, "SETBIT k 1 x", BAD_BIT);
    CHECK_REPLY(c, "SETBIT k 1 \"\"", BAD_BIT);
    CHECK_REPLY(c, "SETBIT k 1 4294967297", BAD_BIT);
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(bitcount)
{
    CHECK_REPLY(c, "BITCOUNT k", ":0");
    CHECK_REPLY(c, "BITCOUNT k 0 -1", ":0");
    CHECK_REPLY(c, "SET k foobar", "+OK");
    CHECK_REPLY(c, "BITCOUNT k", ":26");
    CHECK_REPLY(c, "BITCOUNT k 0 0", ":4");
    CHECK_REPLY(c, "BITCOUNT k 1 1", ":6");
    CHECK_REPLY(c, "BITCOUNT k 0 -1", ":26");
    CHECK_REPLY(c, "BITCOUNT k 1 -2", ":18");
    CHECK_REPLY(c, "BITCOUNT k -2 -1", ":7");
    CHECK_REPLY(c, "BITCOUNT k 5 30", ":4");
    CHECK_REPLY(c, "BITCOUNT k 6 6", ":0");
    CHECK_REPLY(c, "BITCOUNT k 3 1", ":0");
    CHECK_REPLY(c, "BITCOUNT k -1 -2", ":0");
    CHECK_REPLY(c, "BITCOUNT k -100 100", ":26");
    CHECK_REPLY(c, "BITCOUNT k -9223372036854775808 9223372036854775807", ":26");
    CHECK_REPLY(c, "BITCOUNT k 9223372036854775807 -9223372036854775808", ":0");
    CHECK_REPLY(c, "BITCOUNT k 0 0 BYTE", ":4");
    CHECK_REPLY(c, "BITCOUNT k 1 1 byte", ":6");
    CHECK_REPLY(c, "BITCOUNT k 5 30 BIT", ":17");
    CHECK_REPLY(c, "BITCOUNT k 0 -1 bit", ":26");
    CHECK_REPLY(c, "BITCOUNT k 0 0 BIT", ":0");
    CHECK_REPLY(c, "BITCOUNT k 1 1 BIT", ":1");
    CHECK_REPLY(c, "BITCOUNT k 1 7 BIT", ":4");
    CHECK_REPLY(c, "BITCOUNT k 2 13 BIT", ":7");
    CHECK_REPLY(c, "BITCOUNT k 7 8 BIT", ":0");
    CHECK_REPLY(c, "BITCOUNT k 8 15 BIT", ":6");
    CHECK_REPLY(c, "BITCOUNT k -1 -1 BIT", ":0");
    CHECK_REPLY(c, "BITCOUNT k -3 -2 BIT", ":1");
    CHECK_REPLY(c, "BITCOUNT k 47 100 BIT", ":0");
    CHECK_REPLY(c, "BITCOUNT k 48 100 BIT", ":0");
    CHECK_REPLY(c, "BITCOUNT k -100 3 BIT", ":2");
    CHECK_REPLY(c, "SET n 12345", "+OK");
    CHECK_REPLY(c, "BITCOUNT n", ":17");
    CHECK_REPLY(c, "BITCOUNT n 0 0", ":3");
    CHECK_REPLY(c, "SET empty \"\"", "+OK");
    CHECK_REPLY(c, "BITCOUNT empty", ":0");
    CHECK_REPLY(c, "BITCOUNT empty 0 -1", ":0");
    CHECK_REPLY(c, "BITCOUNT empty 0 -1 BIT", ":0");
    /* A missing key is looked at first, and a reversed range before its unit. */
    CHECK_REPLY(c, "BITCOUNT none x y", ":0");
    CHECK_REPLY(c, "BITCOUNT none 0 1 BITS", ":0");
    CHECK_REPLY(c, "BITCOUNT k -1 -2 NONSENSE", ":0");
    CHECK_REPLY(c, "BITCOUNT k 0 1 NONSENSE", SYNTAX);
    CHECK_REPLY(c, "BITCOUNT k 0 x NONSENSE", NOT_INTEGER);
    CHECK_REPLY(c, "BITCOUNT k x 1", NOT_INTEGER);
    CHECK_REPLY(c, "BITCOUNT k 0 1.5", NOT_INTEGER);
    CHECK_REPLY(c, "BITCOUNT k 0 1 BIT BYTE", SYNTAX);
}

WIRE_TEST(bitpos)
{
    CHECK_REPLY(c, "BITPOS k 1", ":-1");
    CHECK_REPLY(c, "BITPOS k 0", ":0");
    CHECK_REPLY(c, "BITPOS k 1 5 9", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 5 9", ":0");
    CHECK_REPLY(c, "SET k \"\\xff\\xf0\\x00\"", "+OK");
    CHECK_REPLY(c, "BITPOS k 0", ":12");
    CHECK_REPLY(c, "BITPOS k 1", ":0");
    CHECK_REPLY(c, "BITPOS k 1 2", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 2", ":16");
    CHECK_REPLY(c, "BITPOS k 0 0 0", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 0 1", ":12");
    CHECK_REPLY(c, "BITPOS k 1 1 1", ":8");
    CHECK_REPLY(c, "BITPOS k 1 -1", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 -1 -1", ":16");
    CHECK_REPLY(c, "BITPOS k 1 -2 -1", ":8");
    CHECK_REPLY(c, "BITPOS k 1 2 1", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 2 1", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 5", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 5 7", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 8 11 BIT", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 8 12 BIT", ":12");
    CHECK_REPLY(c, "BITPOS k 0 11 15 BIT", ":12");
    CHECK_REPLY(c, "BITPOS k 1 12 23 BIT", ":-1");
    CHECK_REPLY(c, "BITPOS k 1 3 3 BIT", ":3");
    CHECK_REPLY(c, "BITPOS k 1 -13 -1 BIT", ":11");
    CHECK_REPLY(c, "BITPOS k 1 -12 -1 BIT", ":-1");
    CHECK_REPLY(c, "BITPOS k 0 0 -1 BYTE", ":12");
    CHECK_REPLY(c, "BITPOS k 0 0 0 byte", ":-1");
    CHECK_REPLY(c, "BITPOS k 1 -9223372036854775808 9223372036854775807 BIT", ":0");
    CHECK_REPLY(c, "SET all \"\\xff\\xff\\xff\"", "+OK");
    CHECK_REPLY(c, "BITPOS all 0", ":24");
    CHECK_REPLY(c, "BITPOS all 0 0", ":24");
    CHECK_REPLY(c, "BITPOS all 0 1", ":24");
    CHECK_REPLY(c, "BITPOS all 0 -1", ":24");
    CHECK_REPLY(c, "BITPOS all 0 3", ":-1");
    CHECK_REPLY(c, "BITPOS all 0 0 -1", ":-1");
    CHECK_REPLY(c, "BITPOS all 0 0 5", ":-1");
    CHECK_REPLY(c, "BITPOS all 0 0 -1 BIT", ":-1");
    CHECK_REPLY(c, "SET none \"\\x00\\x00\\x00\"", "+OK");
    CHECK_REPLY(c, "BITPOS none 1", ":-1");
    CHECK_REPLY(c, "BITPOS none 1 0", ":-1");
    CHECK_REPLY(c, "BITPOS none 1 0 -1", ":-1");
    CHECK_REPLY(c, "SET empty \"\"", "+OK");
    CHECK_REPLY(c, "BITPOS empty 0", ":-1");
    CHECK_REPLY(c, "BITPOS empty 1", ":-1");
    CHECK_REPLY(c, "BITPOS empty 0 0", ":-1");
    CHECK_REPLY(c, "BITPOS empty 0 0 -1", ":-1");
    CHECK_REPLY(c, "SET n 12", "+OK");
    CHECK_REPLY(c, "BITPOS n 1", ":2");
}

WIRE_TEST(bitpos_errors)
{
    CHECK_REPLY(c, "BITPOS k 2", "-ERR The bit argument must be 1 or 0.");
    CHECK_REPLY(c, "BITPOS k -1", "-ERR The bit argument must be 1 or 0.");
    CHECK_REPLY(c, "BITPOS k x", NOT_INTEGER);
    CHECK_REPLY(c, "BITPOS k x y", NOT_INTEGER);
    CHECK_REPLY(c, "BITPOS k 2 y", "-ERR The bit argument must be 1 or 0.");
    CHECK_REPLY(c, "BITPOS missing 1 x", ":-1");
    CHECK_REPLY(c, "BITPOS missing 0 0 1 NONSENSE", ":0");
    CHECK_REPLY(c, "SET k abc", "+OK");
    CHECK_REPLY(c, "BITPOS k 1 x 1 NONSENSE", NOT_INTEGER);
    CHECK_REPLY(c, "BITPOS k 1 0 x NONSENSE", SYNTAX);
    CHECK_REPLY(c, "BITPOS k 1 0 x BIT", NOT_INTEGER);
    CHECK_REPLY(c, "BITPOS k 1 0 1 BIT 2", SYNTAX);
    CHECK_REPLY(c, "BITPOS k 1 \"\"", NOT_INTEGER);
}

WIRE_TEST(bitop)
{
    CHECK_REPLY(c, "MSET a \"\\xf0\\xff\\x01\" b \"\\x0f\\x0f\" d \"\\xaa\"", "+OK");
    CHECK_REPLY(c, "BITOP AND r a b", ":3");
    CHECK_REPLY(c, "GET r", "\"\\x00\\x0f\\x00\"");
    CHECK_REPLY(c, "BITOP OR r a b", ":3");
    CHECK_REPLY(c, "GET r", "\"\\xff\\xff\\x01\"");
    CHECK_REPLY(c, "BITOP XOR r a b d", ":3");
    CHECK_REPLY(c, "GET r", "\"U\\xf0\\x01\"");
    CHECK_REPLY(c, "BITOP NOT r a", ":3");
    CHECK_REPLY(c, "GET r", "\"\\x0f\\x00\\xfe\"");
    CHECK_REPLY(c, "BITOP and r a", ":3");
    CHECK_REPLY(c, "GET r", "\"\\xf0\\xff\\x01\"");
    CHECK_REPLY(c, "BITOP xor r a a", ":3");
    CHECK_REPLY(c, "GET r", "\"\\x00\\x00\\x00\"");
    CHECK_REPLY(c, "BITOP AND r a none", ":3");
    CHECK_REPLY(c, "GET r", "\"\\x00\\x00\\x00\"");
    CHECK_REPLY(c, "BITOP OR r none b", ":2");
    CHECK_REPLY(c, "GET r", "\"\\x0f\\x0f\"");
    CHECK_REPLY(c, "BITOP NOT a a", ":3");
    CHECK_REPLY(c, "GET a", "\"\\x0f\\x00\\xfe\"");
    CHECK_REPLY(c, "BITOP OR b b d", ":2");
    CHECK_REPLY(c, "GET b", "\"\\xaf\\x0f\"");
    CHECK_REPLY(c, "BITOP OR r none none2", ":0");
    CHECK_REPLY(c, "EXISTS r", ":0");
    CHECK_REPLY(c, "SET r v EX 100", "+OK");
    CHECK_REPLY(c, "BITOP OR r d", ":1");
    CHECK_REPLY(c, "TTL r", ":-1");
    CHECK_REPLY(c, "SET empty \"\"", "+OK");
    CHECK_REPLY(c, "BITOP XOR r empty none", ":0");
    CHECK_REPLY(c, "EXISTS r", ":0");
    CHECK_REPLY(c, "BITOP NOT r none", ":0");
    CHECK_REPLY(c, "MSET n 12 m 34", "+OK");
    CHECK_REPLY(c, "BITOP OR r n m", ":2");
    CHECK_REPLY(c, "GET r", "\"36\"");
    CHECK_REPLY(c, "OBJECT ENCODING r", "\"raw\"");
    CHECK_REPLY(c, "SET one 1", "+OK");
    CHECK_REPLY(c, "BITOP OR r one", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING r", "\"raw\"");
    CHECK_REPLY(c, "GET r", "\"1\"");
    CHECK_REPLY(c, "INCR r", ":2");
}

WIRE_TEST(bitop_errors)
{
    CHECK_REPLY(c, "BITOP NAND r a", SYNTAX);
    CHECK_REPLY(c, "BITOP NOT r a b", "-ERR BITOP NOT must be called with a single source key.");
    CHECK_REPLY(c, "BITOP not r a b d", "-ERR BITOP NOT must be called with a single source key.");
    CHECK_REPLY(c, "BITOP \"\" r a", SYNTAX);
    CHECK_REPLY(c, "BITOP BIT r a", SYNTAX);
}

WIRE_TEST(bitfield)
{
    CHECK_REPLY(c, "BITFIELD k", "[]");
    CHECK_REPLY(c, "BITFIELD k GET u8 0", "[:0]");
    CHECK_REPLY(c, "BITFIELD k GET i64 100 GET u63 7", "[:0, :0]");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "BITFIELD k SET u8 0 255", "[:0]");
    CHECK_REPLY(c, "GET k", "\"\\xff\"");
    CHECK_REPLY(c, "BITFIELD k GET i8 0 GET u4 0 GET i1 0 GET u1 7 GET u8 4 GET i8 4",
                "[:-1, :15, :-1, :1, :240, :-16]");
    CHECK_REPLY(c, "BITFIELD k SET i8 8 -2 GET u8 8", "[:0, :254]");
    CHECK_REPLY(c, "BITFIELD k SET u8 #2 7 GET u8 #2 GET u8 16 GET i5 #3", "[:0, :7, :7, :0]");
    CHECK_REPLY(c, "GET k", "\"\\xff\\xfe\\x07\"");
    CHECK_REPLY(c, "BITFIELD k INCRBY u8 #0 1", "[:0]");
    CHECK_REPLY(c, "BITFIELD k INCRBY u8 #0 -1", "[:255]");
    CHECK_REPLY(c, "BITFIELD k INCRBY i8 #1 100 INCRBY i8 #1 100", "[:98, :-58]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY i8 #1 127 INCRBY i8 #1 127 INCRBY i8 #1 -300",
                "[:69, :127, :-128]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL INCRBY i8 #1 -1 INCRBY i8 #1 1 INCRBY u8 #0 1",
                "[nil, :-127, nil]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW WRAP INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 5",
                "[:1, :3]");
    CHECK_REPLY(c, "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1", "[:2, :3]");
    CHECK_REPLY(c, "BITFIELD k INCRBY u2 100 1 OVERFLOW FAIL INCRBY u2 102 1", "[:3, nil]");
    CHECK_REPLY(c, "STRLEN k", ":13");
    CHECK_REPLY(c, "SET n 100", "+OK");
    CHECK_REPLY(c, "BITFIELD n GET u8 0 SET u8 0 50", "[:49, :49]");
    CHECK_REPLY(c, "GET n", "\"200\"");
    CHECK_REPLY(c, "OBJECT ENCODING n", "\"raw\"");
    CHECK_REPLY(c, "SET same 7", "+OK");
    CHECK_REPLY(c, "BITFIELD same SET u8 0 55", "[:55]");
    CHECK_REPLY(c, "OBJECT ENCODING same", "\"raw\"");
    CHECK_REPLY(c, "SET t abc EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "BITFIELD t SET u8 #10 1", "[:0]");
    CHECK_REPLY(c, "EXPIRETIME t", ":33177117420");
    CHECK_REPLY(c, "STRLEN t", ":11");
}

WIRE_TEST(bitfield_of_all_widths)
{
    CHECK_REPLY(c, "BITFIELD k SET i64 3 -1 GET i64 3 GET u63 3 GET i64 2",
                "[:0, :-1, :9223372036854775807, :9223372036854775807]");
    CHECK_REPLY(c, "BITFIELD k SET i64 3 -9223372036854775808 GET i64 3",
                "[:-1, :-9223372036854775808]");
    CHECK_REPLY(c, "BITFIELD k INCRBY i64 3 -1", "[:9223372036854775807]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY i64 3 9223372036854775807",
                "[:9223372036854775807]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY i64 3 -9223372036854775808", "[:-1]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY i64 3 -9223372036854775808",
                "[:-9223372036854775808]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL INCRBY i64 3 -1", "[nil]");
    CHECK_REPLY(c, "BITFIELD k SET u63 5 9223372036854775807 GET u63 5",
                "[:0, :9223372036854775807]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL INCRBY u63 5 1", "[nil]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY u63 5 9223372036854775807",
                "[:9223372036854775807]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW WRAP INCRBY u63 5 9223372036854775807",
                "[:9223372036854775806]");
    CHECK_REPLY(c, "BITFIELD k INCRBY u63 5 -9223372036854775808", "[:9223372036854775806]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT INCRBY u63 5 -9223372036854775808", "[:0]");
    CHECK_REPLY(c, "BITFIELD k SET u1 0 1 SET u1 0 2 GET u1 0", "[:0, :1, :0]");
    CHECK_REPLY(c, "BITFIELD k SET i1 0 1 SET i1 0 -1 GET i1 0", "[:0, :-1, :-1]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i1 0 1 GET i1 0", "[:-1, :0]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0", "[:16, :255]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW WRAP SET u8 0 -2 GET u8 0", "[:255, :254]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL SET u8 0 -1 GET u8 0", "[nil, :254]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL SET u8 0 256 GET u8 0", "[nil, :254]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i8 0 1000 GET i8 0 SET i8 0 -1000 GET i8 0",
                "[:-2, :127, :127, :-128]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW WRAP SET i8 0 1000 GET i8 0 SET i8 0 -1000 GET i8 0",
                "[:-128, :-24, :-24, :24]");
    CHECK_REPLY(c, "BITFIELD k SET u17 7 70000 GET u17 7 SET i33 9 -4000000000 GET i33 9",
                "[:0, :70000, :1170210816, :-4000000000]");
    CHECK_REPLY(c, "GET k", "\"\\x19De6\\x00\\x00\\x00\\x00\\x00\"");
}

WIRE_TEST(bitfield_saturates_far_below)
{
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0", "[:0, :127]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0",
                "[:127, :127]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0",
                "[:127, :-128]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i63 0 -4611686018427387905 GET i63 0",
                "[:-4611686018427387904, :4611686018427387903]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT SET i63 0 -4611686018427387906 GET i63 0",
                "[:4611686018427387903, :4611686018427387903]");
}

WIRE_TEST(bitfield_that_fails_makes_zeros)
{
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1", "[nil]");
    CHECK_REPLY(c, "GET k", "\"\\x00\"");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW FAIL INCRBY u8 100 256", "[nil]");
    CHECK_REPLY(c, "STRLEN k", ":14");
}

WIRE_TEST(bitfield_errors)
{
    CHECK_REPLY(c, "BITFIELD k GET", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k GET u8", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k SET u8 0", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k INCRBY u8 0", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k NONSENSE u8 0", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k OVERFLOW", SYNTAX);
    CHECK_REPLY(c, "BITFIELD k OVERFLOW SAT", "[]");
    CHECK_REPLY(c, "BITFIELD k OVERFLOW NONSENSE", "-ERR Invalid OVERFLOW type specified");
    CHECK_REPLY(c, "BITFIELD k GET u64 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET i65 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u0 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET i0 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET U8 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET 8 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET \"\" 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u-8 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u08 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u9223372036854775808 0", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k GET u8 -1", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 x", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 #", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 #-1", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 #x", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 4294967296", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 #536870912", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k GET u8 4294967295", "[:0]");
    CHECK_REPLY(c, "BITFIELD k SET u8 0 x", NOT_INTEGER);
    CHECK_REPLY(c, "BITFIELD k SET u8 x y", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k SET x y z", BAD_TYPE);
    CHECK_REPLY(c, "BITFIELD k SET u8 0 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "BITFIELD k SET u8 0 1 GET", SYNTAX);
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(bitfield_ro)
{
    CHECK_REPLY(c, "BITFIELD_RO k", "[]");
    CHECK_REPLY(c, "BITFIELD_RO k GET u8 0", "[:0]");
    CHECK_REPLY(c, "SET k \"a\\xf0\"", "+OK");
    CHECK_REPLY(c, "BITFIELD_RO k GET u8 0 GET i4 8 GET u8 #1 GET u16 4",
                "[:97, :-1, :240, :7936]");
    CHECK_REPLY(c, "BITFIELD_RO k OVERFLOW SAT GET u8 0", "[:97]");
    CHECK_REPLY(c, "BITFIELD_RO k SET u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand");
    CHECK_REPLY(c, "BITFIELD_RO k GET u8 0 INCRBY u8 0 1",
                "-ERR BITFIELD_RO only supports the GET subcommand");
    CHECK_REPLY(c, "BITFIELD_RO k GET u8", SYNTAX);
    CHECK_REPLY(c, "BITFIELD_RO k SET u8 x 1", BAD_OFFSET);
    CHECK_REPLY(c, "GET k", "\"a\\xf0\"");
}

WIRE_TEST(long_strings)
{
    CHECK_REPLY(c, "SETBIT k 8388607 1", ":0");
    CHECK_REPLY(c, "BITCOUNT k", ":1");
    CHECK_REPLY(c, "BITPOS k 1", ":8388607");
    CHECK_REPLY(c, "BITPOS k 0 -1", ":8388600");
    CHECK_REPLY(c, "BITPOS k 1 100000", ":8388607");
    CHECK_REPLY(c, "BITCOUNT k -1 -1", ":1");
    CHECK_REPLY(c, "BITCOUNT k 65535 65536", ":0");
    CHECK_REPLY(c, "SETBIT k 524287 1", ":0");
    CHECK_REPLY(c, "SETBIT k 524288 1", ":0");
    CHECK_REPLY(c, "BITCOUNT k 65535 65536", ":2");
    CHECK_REPLY(c, "BITCOUNT k 65536 -1", ":2");
    CHECK_REPLY(c, "BITCOUNT k 524287 524288 BIT", ":2");
    CHECK_REPLY(c, "BITPOS k 1", ":524287");
    CHECK_REPLY(c, "BITPOS k 1 65536", ":524288");
    CHECK_REPLY(c, "BITPOS k 1 524289 -1 BIT", ":8388607");
    CHECK_REPLY(c, "BITPOS k 1 524289 8388606 BIT", ":-1");
    CHECK_REPLY(c, "BITOP NOT n k", ":1048576");
    CHECK_REPLY(c, "BITCOUNT n", ":8388605");
    CHECK_REPLY(c, "BITPOS n 0", ":524287");
    CHECK_REPLY(c, "BITPOS n 0 524289 -1 BIT", ":8388607");
    CHECK_REPLY(c, "BITPOS n 0 524289 8388606 BIT", ":-1");
    CHECK_REPLY(c, "BITOP AND r k n", ":1048576");
    CHECK_REPLY(c, "BITCOUNT r", ":0");
    CHECK_REPLY(c, "BITOP OR r k n", ":1048576");
    CHECK_REPLY(c, "BITCOUNT r", ":8388608");
    CHECK_REPLY(c, "BITPOS r 0", ":8388608");
    CHECK_REPLY(c, "BITPOS r 0 0 -1", ":-1");
    CHECK_REPLY(c, "SETBIT s 1000003 1", ":0");
    CHECK_REPLY(c, "BITOP XOR r n s s s", ":1048576");
    CHECK_REPLY(c, "BITCOUNT r", ":8388604");
    CHECK_REPLY(c, "STRLEN r", ":1048576");
    CHECK_REPLY(c, "GETBIT r 1000003", ":0");
    CHECK_REPLY(c, "BITOP AND r n s", ":1048576");
    CHECK_REPLY(c, "BITCOUNT r", ":1");
    CHECK_REPLY(c, "BITOP OR r s none k", ":1048576");
    CHECK_REPLY(c, "BITCOUNT r", ":4");
    CHECK_REPLY(c, "BITFIELD k GET u16 524280 SET u16 524280 65535 INCRBY u63 8388545 1",
                "[:384, :384, :2]");
    CHECK_REPLY(c, "BITCOUNT k", ":17");
    CHECK_REPLY(c, "COPY k copy", ":1");
    CHECK_REPLY(c, "SETBIT copy 5 1", ":0");
    CHECK_REPLY(c, "GETBIT k 5", ":0");
    CHECK_REPLY(c, "BITCOUNT copy", ":18");
    CHECK_REPLY(c, "STRLEN copy", ":1048576");
    CHECK_REPLY(c, "SETBIT k 5 0", ":0");
    CHECK_REPLY(c, "GETBIT copy 5", ":1");
}

/* What Redis 8 and Valkey 8 have in addition. */

TORC_TEST(bitcount_with_a_start_alone)
{
    CHECK_REPLY(c, "SET k foobar", "+OK");
    CHECK_REPLY(c, "BITCOUNT k 0", ":26");
    CHECK_REPLY(c, "BITCOUNT k -2", ":7");
    CHECK_REPLY(c, "BITCOUNT k 6", ":0");
    CHECK_REPLY(c, "BITCOUNT k x", NOT_INTEGER);
    CHECK_REPLY(c, "BITCOUNT none x", ":0");
}

TORC_TEST(bitop_of_the_first_and_the_others)
{
    CHECK_REPLY(c, "MSET x \"\\xf0\\xff\" y \"\\xcc\" z \"\\x0a\\x01\\x80\"", "+OK");
    CHECK_REPLY(c, "BITOP DIFF r x y z", ":3");
    CHECK_REPLY(c, "GET r", "\"0\\xfe\\x00\"");
    CHECK_REPLY(c, "BITOP diff1 r x y z", ":3");
    CHECK_REPLY(c, "GET r", "\"\\x0e\\x00\\x80\"");
    CHECK_REPLY(c, "BITOP ANDOR r x y z", ":3");
    CHECK_REPLY(c, "GET r", "\"\\xc0\\x01\\x00\"");
    CHECK_REPLY(c, "BITOP ONE r x y z", ":3");
    CHECK_REPLY(c, "GET r", "\"6\\xfe\\x80\"");
    CHECK_REPLY(c, "BITOP ONE r x x x", ":2");
    CHECK_REPLY(c, "GET r", "\"\\x00\\x00\"");
    CHECK_REPLY(c, "BITOP ONE r x", ":2");
    CHECK_REPLY(c, "GET r", "\"\\xf0\\xff\"");
    CHECK_REPLY(c, "BITOP DIFF r x none", ":2");
    CHECK_REPLY(c, "GET r", "\"\\xf0\\xff\"");
    CHECK_REPLY(c, "BITOP ANDOR r x none", ":2");
    CHECK_REPLY(c, "GET r", "\"\\x00\\x00\"");
    CHECK_REPLY(c, "BITOP DIFF x x y", ":2");
    CHECK_REPLY(c, "GET x", "\"0\\xff\"");
    CHECK_REPLY(c, "BITOP DIFF r none none", ":0");
    CHECK_REPLY(c, "EXISTS r", ":0");
}

TORC_TEST(bitop_of_the_first_wants_others)
{
    CHECK_REPLY(c, "SET x a", "+OK");
    CHECK_REPLY(c, "BITOP DIFF r x",
                "-ERR BITOP DIFF must be called with at least two source keys.");
    CHECK_REPLY(c, "BITOP diff1 r x",
                "-ERR BITOP DIFF1 must be called with at least two source keys.");
    CHECK_REPLY(c, "BITOP Andor r x",
                "-ERR BITOP ANDOR must be called with at least two source keys.");
}

/* Offsets from clients are checked before arithmetic: in Redis, BITFIELD and SETBIT wrote outside
 * of strings once where that was forgotten. */
TORC_TEST(offsets_that_overflow_are_refused)
{
    CHECK_REPLY(c, "BITFIELD k GET u8 #9223372036854775807", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k SET i64 #144115188075855872 1", BAD_OFFSET);
    CHECK_REPLY(c, "BITFIELD k SET i63 #292805461487453200 1", BAD_OFFSET);
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 9223372036854775807", "+OK");
    CHECK_LIKE(c, "SETBIT k 9223372036854775807 1", "-ERR out of memory*");
    CHECK_LIKE(c, "BITFIELD k SET i64 9223372036854775807 1", "-ERR out of memory*");
    CHECK_REPLY(c, "BITFIELD k GET i64 9223372036854775807", "[:0]");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k abc", "+OK");
    CHECK_LIKE(c, "SETBIT k 9223372036854775807 1", "-ERR out of memory*");
    CHECK_REPLY(c, "GET k", "\"abc\"");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 512mb", "+OK");
}
