#include "command/cmd_geo.h"

#include <math.h>

#include "command/cmd_geo_parts.h"

/* --- What the family shares ------------------------------------------------------------------- */

bool geo_read_point(struct call *call, uint32_t index, struct geo_point *point,
                    struct outcome *problem)
{
    bool sound = number_parse_double(call->args[index], &point->longitude) &&
                 number_parse_double(call->args[index + 1], &point->latitude);
    if (!sound)
        *problem = reply_not_float(call);
    else if (!geo_is_valid(*point))
        *problem = reply_error(call, "ERR invalid longitude,latitude pair %f,%f", point->longitude,
                               point->latitude);
    else
        return true;
    return false;
}

bool geo_read_unit(struct call *call, uint32_t index, double *metres, struct outcome *problem)
{
    if (args_is(call, index, "m"))
        *metres = 1;
    else if (args_is(call, index, "km"))
        *metres = 1000;
    else if (args_is(call, index, "ft"))
        *metres = 0.3048;
    else if (args_is(call, index, "mi"))
        *metres = 1609.34;
    else {
        *problem = reply_error(call, "ERR unsupported unit provided. please use M, KM, FT, MI");
        return false;
    }
    return true;
}

/* Scores that are no geohashes become what redis-server's processor makes of them: those below 0
 * wrap around, and what is too large for 63, or for 64 bits, has the highest bit, or none. */
uint64_t geo_number_of_score(double score)
{
    static const double top = 9223372036854775808.0; /* 2^63 */
    if (score < -top) return (uint64_t)1 << 63;
    if (score < top) return (uint64_t)(int64_t)score;
    return score < 2 * top ? (uint64_t)(int64_t)(score - top) ^ (uint64_t)1 << 63 : 0;
}

struct geo_point geo_point_of_score(double score)
{
    return geo_center(geo_number_of_score(score));
}

bool geo_find(const struct value *set, struct bytes member, struct geo_point *point)
{
    double score;
    if (!zset_score(set, member, &score)) return false;
    *point = geo_point_of_score(score);
    return true;
}

/* Scaled and then rounded, as redis-server does it, which shows in the last place. */
void geo_write_distance(struct call *call, double distance)
{
    enum { SCALE = 10000, PLACES = 4 };
    char text[NUMBER_INT_MAX + PLACES + 2];
    uint64_t scaled = (uint64_t)llrint(distance * SCALE);
    size_t len = number_write_uint(text, scaled / SCALE);
    text[len++] = '.';
    for (uint64_t unit = SCALE / 10; unit; unit /= 10)
        text[len++] = (char)('0' + scaled / unit % 10);
    writer_bulk(&call->out, bytes_make(text, len));
}

/* Plain digits, a bulk string in RESP2 and a double in RESP3. */
static void write_degrees(struct call *call, double degrees)
{
    char text[NUMBER_LONG_DOUBLE_MAX];
    size_t len = number_write_long_double(text, degrees);
    if (call->out.protocol == 2) {
        writer_bulk(&call->out, bytes_make(text, len));
        return;
    }
    writer_raw(&call->out, BYTES(","));
    writer_raw(&call->out, bytes_make(text, len));
    writer_raw(&call->out, BYTES("\r\n"));
}

void geo_write_point(struct call *call, struct geo_point point)
{
    writer_array(&call->out, 2);
    write_degrees(call, point.longitude);
    write_degrees(call, point.latitude);
}

/* --- GEOADD ----------------------------------------------------------------------------------- */

struct addition {
    uint32_t flags;
    bool counts_changes; /* CH */
    uint32_t first;      /* argument: a longitude */
    uint32_t count;
    const double *scores;
};

static void read_flags(const struct call *call, struct addition *addition)
{
    uint32_t at = 2;
    for (; at < call->arg_count; at++) {
        if (args_is(call, at, "nx"))
            addition->flags |= ZSET_NX;
        else if (args_is(call, at, "xx"))
            addition->flags |= ZSET_XX;
        else if (args_is(call, at, "ch"))
            addition->counts_changes = true;
        else
            break;
    }
    addition->first = at;
    addition->count = (call->arg_count - at) / 3;
}

static bool read_places(struct call *call, struct addition *addition, struct outcome *problem)
{
    double *scores = arena_alloc_array(call->scratch, addition->count, sizeof *scores);
    for (uint32_t i = 0; i < addition->count; i++) {
        struct geo_point point;
        if (!geo_read_point(call, addition->first + i * 3, &point, problem)) return false;
        scores[i] = (double)geo_number(point);
    }
    addition->scores = scores;
    return true;
}

static struct outcome add(struct call *call, const struct addition *addition)
{
    struct collection set;
    int64_t added = 0, updated = 0;
    if (!collection_find(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry && addition->flags & ZSET_XX) return reply_int(call, 0);
    collection_open(&set);
    for (uint32_t i = 0; i < addition->count; i++) {
        struct bytes member = call->args[addition->first + i * 3 + 2];
        double score = addition->scores[i];
        enum zset_outcome outcome =
            zset_add(&set.value, member, &score, addition->flags, &call->limits->types);
        added += outcome == ZSET_ADDED;
        updated += outcome == ZSET_UPDATED;
        breathe(call->breath, 8);
    }
    collection_close(call, &set, added || updated ? CHANGE_ZADD : CHANGE_NONE);
    return reply_int(call, added + (addition->counts_changes ? updated : 0));
}

static struct outcome cmd_geoadd(struct call *call)
{
    struct addition addition = {0};
    struct outcome problem;
    read_flags(call, &addition);
    bool both = addition.flags & ZSET_NX && addition.flags & ZSET_XX;
    if ((call->arg_count - addition.first) % 3 || both || !addition.count)
        return reply_syntax(call);
    if (call_is_long(call, (uint64_t)addition.count * 12)) return call_run_long(call);
    if (!read_places(call, &addition, &problem)) return problem;
    if (!zset_members_fit(call, addition.first + 2, 3, addition.count, &problem)) return problem;
    return add(call, &addition);
}

/* --- Looking at members ----------------------------------------------------------------------- */

static struct outcome cmd_geodist(struct call *call)
{
    struct collection set;
    struct geo_point from, to;
    struct outcome problem;
    double unit = 1;
    if (call->arg_count > 5) return reply_syntax(call);
    if (call->arg_count == 5 && !geo_read_unit(call, 4, &unit, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    bool found =
        geo_find(&set.value, call->args[2], &from) && geo_find(&set.value, call->args[3], &to);
    if (!found) return reply_null(call);
    geo_write_distance(call, geo_distance(from, to) / unit);
    return reply_written(call);
}

static void write_hash(struct call *call, struct geo_point point)
{
    char text[GEO_TEXT_LEN];
    geo_text(point, text);
    writer_bulk(&call->out, bytes_make(text, sizeof text));
}

static struct outcome cmd_geohash(struct call *call)
{
    struct collection set;
    struct geo_point point;
    if (call_is_long(call, (uint64_t)call->arg_count * 6)) return call_run_long(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        if (geo_find(&set.value, call->args[i], &point))
            write_hash(call, point);
        else
            writer_null(&call->out);
        breathe(call->breath, 6);
    }
    return reply_written(call);
}

static struct outcome cmd_geopos(struct call *call)
{
    struct collection set;
    struct geo_point point;
    if (call_is_long(call, (uint64_t)call->arg_count * 40)) return call_run_long(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        if (geo_find(&set.value, call->args[i], &point))
            geo_write_point(call, point);
        else
            writer_null_array(&call->out);
        breathe(call->breath, 40);
    }
    return reply_written(call);
}

#define READ_KEY                                                                                   \
    {                                                                                              \
        KEYS_RANGE, 1, 0, 1, KEY_RO | KEY_ACCESS                                                   \
    }
#define STORE_KEY(from_, word_)                                                                    \
    {                                                                                              \
        KEYS_WORD, (from_), 0, 1, KEY_OW | KEY_UPDATE, .word = (word_)                             \
    }
#define STORES_FROM(from_)                                                                         \
    {                                                                                              \
        READ_KEY, STORE_KEY(from_, "STORE"), STORE_KEY(from_, "STOREDIST")                         \
    }
#define UNIT "<M | KM | FT | MI>"
#define AREA                                                                                       \
    "<<FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius " UNIT                  \
    " | BYBOX width height " UNIT "> | BYPOLYGON num-vertices longitude latitude longitude "       \
    "latitude longitude latitude [longitude latitude ...]>"
#define WITH    "[WITHCOORD] [WITHDIST] [WITHHASH]"
#define COUNTED "[COUNT count [ANY]]"
#define SORTED  "[ASC | DESC]"
#define RADIUS  "radius " UNIT " " WITH " " COUNTED " " SORTED
#define STORED  " [STORE key | STOREDIST key]"
#define COST    "O(N + M*log(M)) for N members around the area and M in it"

/* clang-format off */
const struct command cmd_geo_table[] = {
    {"geoadd", cmd_geoadd, -5, CMD_WRITE | CMD_DENYOOM, ACL_GEO, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "geo", "3.2.0", "O(log(N)) for each member of a set of N",
     "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
     "Adds members with their places, or gives them other places."},
    {"geodist", cmd_geodist, -4, CMD_READ, ACL_GEO, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "3.2.0", "O(1)", "key member1 member2 [M | KM | FT | MI]",
     "How far it is from one member to another."},
    {"geohash", cmd_geohash, -2, CMD_READ, ACL_GEO, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "3.2.0", "O(1) for each member", "key [member [member ...]]",
     "The geohashes of members, as text of 11 letters."},
    {"geopos", cmd_geopos, -2, CMD_READ, ACL_GEO, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "3.2.0", "O(1) for each member", "key [member [member ...]]",
     "Longitude and latitude of members."},
    {"georadius", cmd_georadius, -6, CMD_WRITE | CMD_DENYOOM, ACL_GEO, STORES_FROM(6),
     "geo", "3.2.0", COST, "key longitude latitude " RADIUS STORED,
     "Members within a distance of a place; answered or stored.",
     .deprecated_since = "6.2.0", .replaced_by = "GEOSEARCH and GEOSEARCHSTORE with BYRADIUS"},
    {"georadius_ro", cmd_georadius_ro, -6, CMD_READ, ACL_GEO, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "3.2.10", COST, "key longitude latitude " RADIUS,
     "Members within a distance of a place.",
     .deprecated_since = "6.2.0", .replaced_by = "GEOSEARCH with BYRADIUS"},
    {"georadiusbymember", cmd_georadiusbymember, -5, CMD_WRITE | CMD_DENYOOM, ACL_GEO,
     STORES_FROM(5),
     "geo", "3.2.0", COST, "key member " RADIUS STORED,
     "Members within a distance of one of them; answered or stored.",
     .deprecated_since = "6.2.0",
     .replaced_by = "GEOSEARCH and GEOSEARCHSTORE with BYRADIUS and FROMMEMBER"},
    {"georadiusbymember_ro", cmd_georadiusbymember_ro, -5, CMD_READ, ACL_GEO,
     KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "3.2.10", COST, "key member " RADIUS,
     "Members within a distance of one of them.",
     .deprecated_since = "6.2.0", .replaced_by = "GEOSEARCH with BYRADIUS and FROMMEMBER"},
    {"geosearch", cmd_geosearch, -7, CMD_READ, ACL_GEO, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "geo", "6.2.0", COST, "key " AREA " " SORTED " " COUNTED " " WITH,
     "Members inside of a circle, a box or a polygon."},
    {"geosearchstore", cmd_geosearchstore, -8, CMD_WRITE | CMD_DENYOOM, ACL_GEO,
     KEYS_TWO(KEY_OW | KEY_UPDATE, KEY_RO | KEY_ACCESS),
     "geo", "6.2.0", COST,
     "destination source " AREA " " SORTED " " COUNTED " [STOREDIST]",
     "Stores members inside of a circle, a box or a polygon."},
    {.name = NULL},
};
/* clang-format on */
