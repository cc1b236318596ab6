/* The geo commands; the oracle proves each line. */
#include "wire/wire_test.h"

#define NO_UNIT   "-ERR unsupported unit provided. please use M, KM, FT, MI"
#define NO_MEMBER "-ERR could not decode requested zset member"

WIRE_TEST(another_type_is_refused)
{
    CHECK_REPLY(c, "SET s v", "+OK");
    CHECK_REPLY(c, "GEOADD s 1 2 a", WRONG_TYPE);
    CHECK_REPLY(c, "GEOADD s XX 1 2 a", WRONG_TYPE);
    CHECK_REPLY(c, "GEODIST s a b", WRONG_TYPE);
    CHECK_REPLY(c, "GEOHASH s a", WRONG_TYPE);
    CHECK_REPLY(c, "GEOPOS s a", WRONG_TYPE);
    CHECK_REPLY(c, "GEORADIUS s 1 2 3 m", WRONG_TYPE);
    CHECK_REPLY(c, "GEORADIUS_RO s 1 2 3 m", WRONG_TYPE);
    CHECK_REPLY(c, "GEORADIUSBYMEMBER s a 3 m", WRONG_TYPE);
    CHECK_REPLY(c, "GEORADIUSBYMEMBER_RO s a 3 m", WRONG_TYPE);
    CHECK_REPLY(c, "GEOSEARCH s FROMLONLAT 1 2 BYRADIUS 3 m", WRONG_TYPE);
    CHECK_REPLY(c, "GEOSEARCHSTORE d s FROMLONLAT 1 2 BYRADIUS 3 m", WRONG_TYPE);
}

WIRE_TEST(places_are_added)
{
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2");
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo", ":0");
    CHECK_REPLY(c, "GEOADD g NX 1 1 Palermo 2 2 other", ":1");
    CHECK_REPLY(c, "GEOADD g XX 3 3 nobody 3 3 other", ":0");
    CHECK_REPLY(c, "GEOADD g CH 4 4 other 5 5 fresh", ":2");
    CHECK_REPLY(c, "GEOADD g XX CH 6 6 other 7 7 nobody", ":1");
    CHECK_REPLY(c, "GEOADD g nx ch 6 6 newest", ":1");
    CHECK_REPLY(c, "ZRANGE g 0 -1 WITHSCORES",
                BY_RESP(c,
                        "[\"fresh\", \"3379881761160527\", \"newest\", \"3384374155690770\", "
                        "\"other\", \"3384374155690770\", \"Palermo\", \"3479099956230698\", "
                        "\"Catania\", \"3479447370796909\"]",
                        "[[\"fresh\", ,3379881761160527], [\"newest\", ,3384374155690770], "
                        "[\"other\", ,3384374155690770], [\"Palermo\", ,3479099956230698], "
                        "[\"Catania\", ,3479447370796909]]"));
    CHECK_REPLY(c, "GEOADD none XX 1 1 a", ":0");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "GEOADD g -180 -85.05112878 corner 180 85.05112878 edge", ":2");
    CHECK_REPLY(
        c, "GEOPOS g corner edge",
        BY_RESP(
            c,
            "[[\"-179.99999731779098511\", \"-85.05112751263942528\"], [\"180\", "
            "\"85.0511287799999991\"]]",
            "[[,-179.99999731779098511, ,-85.05112751263942528], [,180, ,85.0511287799999991]]"));
    CHECK_REPLY(c, "ZSCORE g edge", BY_RESP(c, "\"13510798882111488\"", ",13510798882111488"));
    CHECK_REPLY(c, "ZSCORE g corner", BY_RESP(c, "\"0\"", ",0"));
    CHECK_REPLY(c, "TYPE g", "+zset");
}

WIRE_TEST(what_geoadd_refuses)
{
    CHECK_REPLY(c, "GEOADD g NX XX 1 2 a", SYNTAX);
    CHECK_REPLY(c, "GEOADD g 1 2 a 3", SYNTAX);
    CHECK_REPLY(c, "GEOADD g 1 2 a 3 4", SYNTAX);
    CHECK_REPLY(c, "GEOADD g NX CH XX", SYNTAX);
    CHECK_REPLY(c, "GEOADD g CH CH CH", SYNTAX);
    CHECK_REPLY(c, "GEOADD g 181 0 a", "-ERR invalid longitude,latitude pair 181.000000,0.000000");
    CHECK_REPLY(c, "GEOADD g -180.1 0 a",
                "-ERR invalid longitude,latitude pair -180.100000,0.000000");
    CHECK_REPLY(c, "GEOADD g 0 86 a", "-ERR invalid longitude,latitude pair 0.000000,86.000000");
    CHECK_REPLY(c, "GEOADD g 0 -85.0511288 a",
                "-ERR invalid longitude,latitude pair 0.000000,-85.051129");
    CHECK_REPLY(c, "GEOADD g inf 0 a", "-ERR invalid longitude,latitude pair inf,0.000000");
    CHECK_REPLY(c, "GEOADD g x 0 a", NOT_FLOAT);
    CHECK_REPLY(c, "GEOADD g 0 nan a", NOT_FLOAT);
    CHECK_REPLY(c, "GEOADD g 0 0 a 1 x b", NOT_FLOAT);
    CHECK_REPLY(c, "GEOADD g 0 0 a 1 99 b",
                "-ERR invalid longitude,latitude pair 1.000000,99.000000");
    CHECK_REPLY(c, "GEOADD g BAD 0 0 a", SYNTAX);
    CHECK_REPLY(c, "EXISTS g", ":0");
}

WIRE_TEST(distances)
{
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2");
    CHECK_REPLY(c, "GEODIST g Palermo Catania", "\"166274.1516\"");
    CHECK_REPLY(c, "GEODIST g Palermo Catania km", "\"166.2742\"");
    CHECK_REPLY(c, "GEODIST g Palermo Catania MI", "\"103.3182\"");
    CHECK_REPLY(c, "GEODIST g Palermo Catania ft", "\"545518.8700\"");
    CHECK_REPLY(c, "GEODIST g Palermo Palermo", "\"0.0000\"");
    CHECK_REPLY(c, "GEODIST g Palermo nobody", "nil");
    CHECK_REPLY(c, "GEODIST none a b", "nil");
    CHECK_REPLY(c, "GEODIST g Palermo Catania parsec", NO_UNIT);
    CHECK_REPLY(c, "GEODIST none a b parsec", NO_UNIT);
    CHECK_REPLY(c, "GEODIST g Palermo Catania m m", SYNTAX);
}

WIRE_TEST(hashes_and_positions)
{
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2");
    CHECK_REPLY(c, "GEOHASH g Palermo Catania", "[\"sqc8b49rny0\", \"sqdtr74hyu0\"]");
    CHECK_REPLY(c, "GEOHASH g Palermo nobody", "[\"sqc8b49rny0\", nil]");
    CHECK_REPLY(c, "GEOHASH none a b", "[nil, nil]");
    CHECK_REPLY(c, "GEOHASH g", "[]");
    CHECK_REPLY(c, "GEOPOS g Palermo Catania",
                BY_RESP(c,
                        "[[\"13.36138933897018433\", \"38.11555639549629859\"], "
                        "[\"15.08726745843887329\", \"37.50266842333162032\"]]",
                        "[[,13.36138933897018433, ,38.11555639549629859], [,15.08726745843887329, "
                        ",37.50266842333162032]]"));
    CHECK_REPLY(c, "GEOPOS g nobody Catania",
                BY_RESP(c, "[nil*, [\"15.08726745843887329\", \"37.50266842333162032\"]]",
                        "[nil, [,15.08726745843887329, ,37.50266842333162032]]"));
    CHECK_REPLY(c, "GEOPOS none a b", BY_RESP(c, "[nil*, nil*]", "[nil, nil]"));
    CHECK_REPLY(c, "GEOPOS g", "[]");
    CHECK_REPLY(c, "ZADD odd -5 a inf b -inf c 1e18 d 0.5 e", ":5");
    CHECK_REPLY(
        c, "GEOPOS odd a b c d e",
        BY_RESP(
            c,
            "[[\"180\", \"85.0511287799999991\"], [\"-179.99999731779098511\", "
            "\"-85.05112751263942528\"], [\"180\", \"-85.05112751263942528\"], [\"180\", "
            "\"85.0511287799999991\"], [\"-179.99999731779098511\", \"-85.05112751263942528\"]]",
            "[[,180, ,85.0511287799999991], [,-179.99999731779098511, ,-85.05112751263942528], "
            "[,180, ,-85.05112751263942528], [,180, ,85.0511287799999991], "
            "[,-179.99999731779098511, ,-85.05112751263942528]]"));
    CHECK_REPLY(
        c, "GEOHASH odd a b c d e",
        "[\"bp05b5048p0\", \"00bh0hbj200\", \"00bh0hbj200\", \"bp05b5048p0\", \"00bh0hbj200\"]");
}

WIRE_TEST(radius)
{
    CHECK_REPLY(c,
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 "
                "38.788135 edge1 17.241510 38.788135 edge2",
                ":4");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km", "[\"Palermo\", \"Catania\"]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km WITHDIST",
                "[[\"Palermo\", \"190.4424\"], [\"Catania\", \"56.4413\"]]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km WITHCOORD",
                BY_RESP(c,
                        "[[\"Palermo\", [\"13.36138933897018433\", \"38.11555639549629859\"]], "
                        "[\"Catania\", [\"15.08726745843887329\", \"37.50266842333162032\"]]]",
                        "[[\"Palermo\", [,13.36138933897018433, ,38.11555639549629859]], "
                        "[\"Catania\", [,15.08726745843887329, ,37.50266842333162032]]]"));
    CHECK_REPLY(
        c, "GEORADIUS g 15 37 200 km WITHHASH WITHCOORD WITHDIST DESC",
        BY_RESP(c,
                "[[\"Palermo\", \"190.4424\", :3479099956230698, [\"13.36138933897018433\", "
                "\"38.11555639549629859\"]], [\"Catania\", \"56.4413\", :3479447370796909, "
                "[\"15.08726745843887329\", \"37.50266842333162032\"]]]",
                "[[\"Palermo\", \"190.4424\", :3479099956230698, [,13.36138933897018433, "
                ",38.11555639549629859]], [\"Catania\", \"56.4413\", :3479447370796909, "
                "[,15.08726745843887329, ,37.50266842333162032]]]"));
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km COUNT 1", "[\"Catania\"]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 1000000 ft ASC COUNT 3",
                "[\"Catania\", \"Palermo\", \"edge2\"]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km COUNT 1 ANY", "[\"Palermo\"]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 0 km", "[]");
    CHECK_REPLY(c, "GEORADIUS none 15 37 200 km", "[]");
    CHECK_REPLY(c, "GEORADIUS g 15 37 -1 km", "-ERR radius cannot be negative");
    CHECK_REPLY(c, "GEORADIUS g 15 37 x km", "-ERR need numeric radius");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 parsec", NO_UNIT);
    CHECK_REPLY(c, "GEORADIUS g 181 37 200 km",
                "-ERR invalid longitude,latitude pair 181.000000,37.000000");
    CHECK_REPLY(c, "GEORADIUS g x 37 200 km", NOT_FLOAT);
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km COUNT 0", "-ERR COUNT must be > 0");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km COUNT", SYNTAX);
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km ANY", "-ERR the ANY argument requires COUNT argument");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km BAD", SYNTAX);
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km FROMMEMBER Palermo", SYNTAX);
    CHECK_REPLY(c, "GEORADIUS_RO g 15 37 200 km ASC", "[\"Catania\", \"Palermo\"]");
    CHECK_REPLY(c, "GEORADIUS_RO g 15 37 200 km STORE d", SYNTAX);
    CHECK_REPLY(
        c, "GEORADIUSBYMEMBER g Palermo 200 km WITHDIST ASC",
        "[[\"Palermo\", \"0.0000\"], [\"edge1\", \"91.4007\"], [\"Catania\", \"166.2742\"]]");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER g nobody 200 km", NO_MEMBER);
    CHECK_REPLY(c, "GEORADIUSBYMEMBER none nobody x km", "[]");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER none nobody x km BAD", SYNTAX);
    CHECK_REPLY(c, "GEORADIUSBYMEMBER g Palermo x km", "-ERR need numeric radius");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER_RO g Palermo 200 km DESC",
                "[\"Catania\", \"edge1\", \"Palermo\"]");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER_RO g Palermo 200 km STOREDIST d", SYNTAX);
}

WIRE_TEST(radius_stored)
{
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km STORE d", ":2");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"Palermo\", \"3479099956230698\", \"Catania\", \"3479447370796909\"]",
                        "[[\"Palermo\", ,3479099956230698], [\"Catania\", ,3479447370796909]]"));
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km STOREDIST d COUNT 1", ":1");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"Catania\", \"56.441257870158204\"]",
                        "[[\"Catania\", ,56.441257870158204]]"));
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km STORE d STOREDIST e", ":2");
    CHECK_REPLY(c, "EXISTS d e", ":2");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km STORE d WITHDIST",
                "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and "
                "WITHCOORD options");
    CHECK_REPLY(c, "GEORADIUS g 15 37 200 km STORE", SYNTAX);
    CHECK_REPLY(c, "GEORADIUS g 15 37 1 m STORE d", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "SET d string", "+OK");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER g Palermo 200 km STORE d", ":2");
    CHECK_REPLY(c, "TYPE d", "+zset");
    CHECK_REPLY(c, "GEORADIUSBYMEMBER none a 200 km STORE d", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "GEORADIUS g 15 37 100 km STORE g", ":1");
    CHECK_REPLY(c, "ZRANGE g 0 -1", "[\"Catania\"]");
}

WIRE_TEST(searches)
{
    CHECK_REPLY(c,
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 "
                "38.788135 edge1 17.241510 38.788135 edge2",
                ":4");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC",
                "[\"Catania\", \"Palermo\"]");
    CHECK_REPLY(
        c, "GEOSEARCH g BYBOX 400 400 km FROMLONLAT 15 37 ASC WITHCOORD WITHDIST",
        BY_RESP(
            c,
            "[[\"Catania\", \"56.4413\", [\"15.08726745843887329\", \"37.50266842333162032\"]], "
            "[\"Palermo\", \"190.4424\", [\"13.36138933897018433\", \"38.11555639549629859\"]], "
            "[\"edge2\", \"279.7403\", [\"17.24151045083999634\", \"38.78813451624225195\"]], "
            "[\"edge1\", \"279.7405\", [\"12.7584877610206604\", \"38.78813451624225195\"]]]",
            "[[\"Catania\", \"56.4413\", [,15.08726745843887329, ,37.50266842333162032]], "
            "[\"Palermo\", \"190.4424\", [,13.36138933897018433, ,38.11555639549629859]], "
            "[\"edge2\", \"279.7403\", [,17.24151045083999634, ,38.78813451624225195]], "
            "[\"edge1\", \"279.7405\", [,12.7584877610206604, ,38.78813451624225195]]]"));
    CHECK_REPLY(
        c, "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km WITHDIST",
        "[[\"Palermo\", \"0.0000\"], [\"edge1\", \"91.4007\"], [\"Catania\", \"166.2742\"]]");
    CHECK_REPLY(c, "GEOSEARCH g FROMMEMBER Palermo BYBOX 100 100 mi WITHHASH",
                "[[\"Palermo\", :3479099956230698], [\"edge1\", :3479273021651468]]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC COUNT 2",
                "[\"edge1\", \"edge2\"]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km COUNT 2 ANY",
                "[\"Palermo\", \"edge1\"]");
    CHECK_REPLY(c, "GEOSEARCH g FROMMEMBER nobody BYRADIUS 1 km", NO_MEMBER);
    CHECK_REPLY(c, "GEOSEARCH none FROMMEMBER nobody BYRADIUS 1 km", "[]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 1 km", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 15 37 BYRADIUS 1 km", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 km BYBOX 1 1 km", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km BYRADIUS 1 km", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 ASC COUNT 1",
                "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH");
    CHECK_REPLY(c, "geosearch g BYRADIUS 1 km ASC COUNT 1",
                "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 km ANY",
                "-ERR the ANY argument requires COUNT argument");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS -1 km", "-ERR radius cannot be negative");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS x km", "-ERR need numeric radius");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX x 1 km", "-ERR need numeric width");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 x km", "-ERR need numeric height");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX -1 1 km",
                "-ERR height or width cannot be negative");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 -1 km",
                "-ERR height or width cannot be negative");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 parsec", NO_UNIT);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 99 BYBOX 1 1 km",
                "-ERR invalid longitude,latitude pair 15.000000,99.000000");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km STORE d", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km STOREDIST", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km COUNT 0", "-ERR COUNT must be > 0");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km BAD", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 50000 km ASC",
                "[\"Catania\", \"Palermo\", \"edge1\", \"edge2\"]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS inf km ASC",
                "[\"Catania\", \"Palermo\", \"edge2\", \"edge1\"]");
}

WIRE_TEST(searches_stored)
{
    CHECK_REPLY(c, "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2");
    CHECK_REPLY(c, "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km", ":2");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"Palermo\", \"3479099956230698\", \"Catania\", \"3479447370796909\"]",
                        "[[\"Palermo\", ,3479099956230698], [\"Catania\", ,3479447370796909]]"));
    CHECK_REPLY(c, "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km STOREDIST COUNT 1", ":1");
    CHECK_REPLY(c, "ZRANGE d 0 -1 WITHSCORES",
                BY_RESP(c, "[\"Catania\", \"56.441257870158204\"]",
                        "[[\"Catania\", ,56.441257870158204]]"));
    CHECK_REPLY(
        c, "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
        "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    CHECK_REPLY(c, "GEOSEARCHSTORE d g FROMLONLAT 15 37 ASC COUNT 3",
                "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCHSTORE");
    CHECK_REPLY(c, "GEOSEARCHSTORE d g BYRADIUS 200 km ASC COUNT 3",
                "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCHSTORE");
    CHECK_REPLY(c, "GEOSEARCHSTORE d none FROMMEMBER a BYRADIUS 200 km", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "SET d string", "+OK");
    CHECK_REPLY(c, "GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m", ":1");
    CHECK_REPLY(c, "TYPE d", "+zset");
    CHECK_REPLY(c, "GEOSEARCHSTORE g g FROMMEMBER Palermo BYRADIUS 1 m", ":1");
    CHECK_REPLY(c, "ZRANGE g 0 -1", "[\"Palermo\"]");
}

WIRE_TEST(across_the_edge_of_the_map)
{
    CHECK_REPLY(c, "GEOADD g 179.9 10 east -179.9 10 west 0 10 far 179.9 85 north", ":4");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 180 10 BYRADIUS 100 km ASC WITHDIST",
                "[[\"east\", \"10.9537\"]]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT -180 10 BYBOX 100 100 km ASC WITHDIST",
                "[[\"east\", \"10.9537\"], [\"west\", \"10.9537\"]]");
    CHECK_REPLY(c, "GEOSEARCH g FROMMEMBER north BYRADIUS 2000 km", "[\"north\"]");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 0 85 BYRADIUS 2000 km", "[\"north\"]");
}

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"GEOADD g 1 2",
                                        "GEODIST g a",
                                        "GEOHASH",
                                        "GEOPOS",
                                        "GEORADIUS g 1 2 3",
                                        "GEORADIUSBYMEMBER g a 1",
                                        "GEORADIUSBYMEMBER_RO g a 1",
                                        "GEORADIUS_RO g 1 2 3",
                                        "GEOSEARCH g FROMMEMBER a BYRADIUS 1",
                                        "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1",
                                        NULL};
    check_arity(c, lines);
}

/* Of Valkey 9. */
TORC_TEST(polygons)
{
    CHECK_REPLY(c, "GEOADD g 1 1 in 3.5 2 notch 2 3.5 top 5 5 out 1 3 left", ":5");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 4 0 0 4 0 4 4 0 4",
                "[\"in\", \"notch\", \"left\", \"top\"]");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 5 0 0 4 0 2 2 4 4 0 4 COUNT 10 ANY",
                "[\"in\", \"left\", \"top\"]");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 2 0 1 2 WITHDIST", "[[\"in\", \"37075.3732\"]]");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 2 0 1 2 WITHDIST COUNT 1 DESC",
                "[[\"in\", \"37075.3732\"]]");
    CHECK_REPLY(c, "GEOSEARCHSTORE d g BYPOLYGON 4 0 0 4 0 4 4 0 4", ":4");
    CHECK_REPLY(c, "GEOSEARCH none BYPOLYGON 4 0 0 4 0 4 4 0 4", "[]");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 4 -180 -85 180 -85 180 85 -180 85 ASC COUNT 1",
                "[\"in\"]");
}

TORC_TEST(polygons_that_are_none)
{
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 2 0 0 4 0 4 4",
                "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON x 0 0 4 0 4 4", NOT_INTEGER);
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 4 0 0 4 0 4 4",
                "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 9223372036854775807 0 0 4 0 4 4",
                "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 4 0 4 x", NOT_FLOAT);
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 4 0 4 99",
                "-ERR invalid longitude,latitude pair 4.000000,99.000000");
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 1 1 BYPOLYGON 3 0 0 4 0 4 4", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 4 0 4 4 FROMMEMBER a", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g BYPOLYGON 3 0 0 4 0 4 4 BYRADIUS 1 km", SYNTAX);
    CHECK_REPLY(c, "GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km BYPOLYGON 3 0 0 4 0 4 4", SYNTAX);
}
