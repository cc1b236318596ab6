/* Members inside of an area: GEOSEARCH, and what was there before it. */
#include "command/cmd_geo_hits.h"
#include "command/cmd_geo_parts.h"
#include "ds/geo_shape.h"
#include "types/zset_gather.h"

enum search_form {
    SEARCH_FROM_POINT,  /* GEORADIUS */
    SEARCH_FROM_MEMBER, /* GEORADIUSBYMEMBER */
    SEARCH_FREE,        /* GEOSEARCH: options say all */
};

enum search_center { CENTER_NONE, CENTER_MEMBER, CENTER_POINT };
enum search_order { ORDER_NONE, ORDER_ASCENDING, ORDER_DESCENDING };

struct search {
    struct call *call;
    enum search_form form;
    bool read_only;     /* _RO: there is no STORE */
    bool always_stores; /* GEOSEARCHSTORE */
    uint32_t source;    /* argument: the key */
    struct collection set;
    struct geo_shape shape;
    enum search_center center;
    uint32_t store; /* argument: the key to store in; 0: none */
    bool stores_distance;
    bool with_distance, with_hash, with_point;
    enum search_order order;
    bool any;
    int64_t count; /* 0: all */
};

static bool refuse(struct outcome *problem, struct outcome outcome)
{
    *problem = outcome;
    return false;
}

/* --- Shapes ----------------------------------------------------------------------------------- */

static bool read_metric(struct search *search, uint32_t at, const char *what, double *number,
                        struct outcome *problem)
{
    struct call *call = search->call;
    if (number_parse_double(call->args[at], number)) return true;
    return refuse(problem, reply_error(call, "ERR need numeric %s", what));
}

/* Radius and unit. */
static bool read_circle(struct search *search, uint32_t at, struct outcome *problem)
{
    struct geo_shape *shape = &search->shape;
    if (!read_metric(search, at, "radius", &shape->radius, problem)) return false;
    if (shape->radius < 0)
        return refuse(problem, reply_error(search->call, "ERR radius cannot be negative"));
    shape->kind = GEO_CIRCLE;
    return geo_read_unit(search->call, at + 1, &shape->unit, problem);
}

/* Width, height and unit. */
static bool read_box(struct search *search, uint32_t at, struct outcome *problem)
{
    struct geo_shape *shape = &search->shape;
    if (!read_metric(search, at, "width", &shape->width, problem)) return false;
    if (!read_metric(search, at + 1, "height", &shape->height, problem)) return false;
    if (shape->width < 0 || shape->height < 0)
        return refuse(problem, reply_error(search->call, "ERR height or width cannot be negative"));
    shape->kind = GEO_BOX;
    return geo_read_unit(search->call, at + 2, &shape->unit, problem);
}

/* How many vertices, and as many places; *at passes them. */
static bool read_polygon(struct search *search, uint32_t *at, struct outcome *problem)
{
    struct call *call = search->call;
    int64_t count;
    uint32_t first = *at + 1;
    if (!args_read_int(call, *at, &count, problem)) return false;
    if (count < 3 || count > (call->arg_count - first) / 2)
        return refuse(problem,
                      reply_error(call, "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"));
    struct geo_point *vertices = arena_alloc_array(call->scratch, (size_t)count, sizeof *vertices);
    for (uint32_t i = 0; i < count; i++)
        if (!geo_read_point(call, first + i * 2, &vertices[i], problem)) return false;
    search->shape = geo_polygon(vertices, (uint32_t)count);
    *at = first + (uint32_t)count * 2;
    return true;
}

/* A key that is not there has no members, and its answer no need of a center. */
static bool find_center(struct search *search, uint32_t at, struct outcome *problem)
{
    search->center = CENTER_MEMBER;
    if (!search->set.entry) return true;
    if (geo_find(&search->set.value, search->call->args[at], &search->shape.center)) return true;
    return refuse(problem, reply_error(search->call, "ERR could not decode requested zset member"));
}

/* --- Options ---------------------------------------------------------------------------------- */

static bool read_count(struct search *search, uint32_t at, struct outcome *problem)
{
    if (!args_read_int(search->call, at, &search->count, problem)) return false;
    if (search->count > 0) return true;
    return refuse(problem, reply_error(search->call, "ERR COUNT must be > 0"));
}

/* A word alone. */
static bool take_flag(struct search *search, struct bytes word)
{
    if (bytes_is(word, "withdist"))
        search->with_distance = true;
    else if (bytes_is(word, "withhash"))
        search->with_hash = true;
    else if (bytes_is(word, "withcoord"))
        search->with_point = true;
    else if (bytes_is(word, "any"))
        search->any = true;
    else if (bytes_is(word, "asc"))
        search->order = ORDER_ASCENDING;
    else if (bytes_is(word, "desc"))
        search->order = ORDER_DESCENDING;
    else if (search->always_stores && bytes_is(word, "storedist"))
        search->stores_distance = true;
    else
        return false;
    return true;
}

/* STORE or STOREDIST, and a key. */
static bool take_store(struct search *search, uint32_t *at)
{
    struct bytes word = search->call->args[*at];
    bool with_distance = bytes_is(word, "storedist");
    bool may = search->form != SEARCH_FREE && !search->read_only;
    if (!may || *at + 1 >= search->call->arg_count) return false;
    if (!with_distance && !bytes_is(word, "store")) return false;
    search->stores_distance = with_distance;
    search->store = *at + 1;
    *at += 2;
    return true;
}

/* Of GEOSEARCH: where from, and the shape. */
static bool read_area(struct search *search, uint32_t *at, struct outcome *problem)
{
    struct call *call = search->call;
    uint32_t behind = call->arg_count - *at - 1, first = *at + 1;
    enum geo_shape_kind kind = search->shape.kind;
    bool is_polygon = kind == GEO_POLYGON;
    bool may_be_member = !is_polygon && search->center != CENTER_POINT;
    bool may_be_point = !is_polygon && search->center != CENTER_MEMBER;
    if (may_be_member && behind >= 1 && args_is(call, *at, "frommember")) {
        *at += 2;
        return find_center(search, first, problem);
    }
    if (may_be_point && behind >= 2 && args_is(call, *at, "fromlonlat")) {
        *at += 3;
        search->center = CENTER_POINT;
        return geo_read_point(call, first, &search->shape.center, problem);
    }
    if ((!kind || kind == GEO_CIRCLE) && behind >= 2 && args_is(call, *at, "byradius")) {
        *at += 3;
        return read_circle(search, first, problem);
    }
    if ((!kind || kind == GEO_BOX) && behind >= 3 && args_is(call, *at, "bybox")) {
        *at += 4;
        return read_box(search, first, problem);
    }
    if (!kind && !search->center && behind >= 1 && args_is(call, *at, "bypolygon")) {
        ++*at;
        return read_polygon(search, at, problem);
    }
    return refuse(problem, reply_syntax(call));
}

static bool read_options(struct search *search, uint32_t at, struct outcome *problem)
{
    struct call *call = search->call;
    while (at < call->arg_count) {
        if (take_flag(search, call->args[at])) {
            at++;
        } else if (args_is(call, at, "count") && at + 1 < call->arg_count) {
            if (!read_count(search, at + 1, problem)) return false;
            at += 2;
        } else if (!take_store(search, &at)) {
            if (search->form != SEARCH_FREE) return refuse(problem, reply_syntax(call));
            if (!read_area(search, &at, problem)) return false;
        }
    }
    return true;
}

/* --- Arguments -------------------------------------------------------------------------------- */

/* What stands in front of the options; *at is behind it. */
static bool read_front(struct search *search, uint32_t *at, struct outcome *problem)
{
    *at = search->source + 1;
    if (search->form == SEARCH_FREE) return true;
    search->center = CENTER_POINT;
    if (search->form == SEARCH_FROM_POINT) {
        *at = 6;
        return geo_read_point(search->call, 2, &search->shape.center, problem) &&
               read_circle(search, 4, problem);
    }
    *at = 5;
    if (!search->set.entry) return true;
    return find_center(search, 2, problem) && read_circle(search, 3, problem);
}

static bool check(struct search *search, struct outcome *problem)
{
    struct call *call = search->call;
    int name_len = args_print_len(call, 0);
    const char *name = (const char *)call->args[0].ptr;
    if (search->store && (search->with_distance || search->with_hash || search->with_point))
        return refuse(
            problem,
            reply_error(call,
                        "ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
                        search->always_stores ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"));
    bool is_free = search->form == SEARCH_FREE;
    if (is_free && !search->center && search->shape.kind != GEO_POLYGON)
        return refuse(problem, reply_error(call,
                                           "ERR exactly one of FROMMEMBER or FROMLONLAT can be "
                                           "specified for %.*s",
                                           name_len, name));
    if (is_free && !search->shape.kind)
        return refuse(problem, reply_error(call,
                                           "ERR exactly one of BYRADIUS and BYBOX can be "
                                           "specified for %.*s",
                                           name_len, name));
    if (search->any && !search->count)
        return refuse(problem, reply_error(call, "ERR the ANY argument requires COUNT argument"));
    return true;
}

static bool read_all(struct search *search, struct outcome *problem)
{
    uint32_t at;
    if (!collection_read(search->call, search->source, VALUE_ZSET, &search->set))
        return refuse(problem, reply_wrong_type(search->call));
    if (!read_front(search, &at, problem)) return false;
    if (!read_options(search, at, problem)) return false;
    if (!check(search, problem)) return false;
    bool nearest = search->count && search->order == ORDER_NONE && !search->any;
    if (nearest) search->order = ORDER_ASCENDING;
    return true;
}

/* --- Searching -------------------------------------------------------------------------------- */

static bool has_enough(const struct search *search, const struct hits *hits)
{
    return search->any && hits->count >= (uint64_t)search->count;
}

static uint64_t work_for_each(const struct search *search)
{
    return 8 + search->shape.vertex_count / 8;
}

/* The member's digits are the cursor's. */
static void add_hit(struct search *search, struct hits *hits, const struct zset_cursor *cursor,
                    struct hit *hit)
{
    struct arena *scratch = search->call->scratch;
    bool is_digits = (const char *)hit->member.ptr == cursor->digits;
    if (is_digits) hit->member = arena_copy(scratch, hit->member);
    hits_add(hits, hit, scratch);
}

static void look_through(struct search *search, struct zset_range range, struct hits *hits)
{
    struct zset_cursor cursor;
    struct zset_element element;
    uint64_t count = zset_range_count(range);
    if (!count) return;
    zset_begin(&cursor, &search->set.value, range.start);
    for (; count && zset_next(&cursor, &element); count--) {
        struct hit hit = {.score = element.score, .member = element.member};
        uint64_t number = geo_number_of_score(element.score);
        breathe(search->call->breath, work_for_each(search));
        if (!geo_window_holds(&search->shape.window, number)) continue;
        if (!geo_shape_holds(&search->shape, geo_center(number), &hit.distance)) continue;
        add_hit(search, hits, &cursor, &hit);
        if (has_enough(search, hits)) return;
    }
}

struct ranges {
    uint32_t count;
    struct zset_range ranges[GEO_COVER_MAX];
    uint64_t elements; /* in all of them */
};

static void find_ranges(struct search *search, struct ranges *ranges)
{
    struct geo_cover cover;
    geo_shape_prepare(&search->shape);
    geo_shape_cover(&search->shape, &cover);
    *ranges = (struct ranges){.count = cover.count};
    for (uint32_t i = 0; i < cover.count; i++) {
        struct zset_scores scores = {.min = (double)cover.ranges[i].first,
                                     .max = (double)cover.ranges[i].end,
                                     .max_excluded = true};
        ranges->ranges[i] = zset_range_of_scores(&search->set.value, &scores);
        ranges->elements += zset_range_count(ranges->ranges[i]);
    }
}

/* --- Replies ---------------------------------------------------------------------------------- */

static void write_hit(const struct search *search, const struct hit *hit)
{
    struct call *call = search->call;
    uint32_t options = (uint32_t)search->with_distance + search->with_hash + search->with_point;
    if (options) writer_array(&call->out, options + 1);
    writer_bulk(&call->out, hit->member);
    if (search->with_distance) geo_write_distance(call, hit->distance / search->shape.unit);
    if (search->with_hash) writer_int(&call->out, (int64_t)hit->score);
    if (search->with_point) geo_write_point(call, geo_point_of_score(hit->score));
    breathe(call->breath, options ? 40 : 2);
}

static struct outcome reply(const struct search *search, const struct hits *hits, uint64_t count)
{
    writer_array(&search->call->out, count);
    for (uint64_t i = 0; i < count; i++)
        write_hit(search, hits_told(hits, i));
    return reply_written(search->call);
}

static struct outcome store(const struct search *search, const struct hits *hits, uint64_t count)
{
    struct call *call = search->call;
    struct zset_gather gather;
    zset_gather_init(&gather);
    for (uint64_t i = 0; i < count; i++) {
        const struct hit *hit = hits_told(hits, i);
        double distance = hit->distance / search->shape.unit;
        zset_gather_at(&gather, hit->member, search->stores_distance ? distance : hit->score);
        breathe(call->breath, 10);
    }
    struct value result = zset_gather_finish(&gather, &call->limits->types, call->breath);
    bool is_free = search->form == SEARCH_FREE;
    collection_store(call, search->store, &result,
                     is_free ? CHANGE_GEOSEARCHSTORE : CHANGE_GEORADIUSSTORE);
    return reply_int(call, (int64_t)count);
}

static struct outcome tell(struct search *search, struct hits *hits)
{
    uint64_t count = hits->count;
    if (search->count && (uint64_t)search->count < count) count = (uint64_t)search->count;
    bool furthest = search->order == ORDER_DESCENDING;
    if (search->order != ORDER_NONE) hits_order(hits, count, furthest, search->call->breath);
    return search->store ? store(search, hits, count) : reply(search, hits, count);
}

static struct outcome run(struct search *search)
{
    struct outcome outcome;
    struct ranges ranges = {0};
    struct hits hits = {.count = 0};
    if (!read_all(search, &outcome)) return outcome;
    if (search->set.entry) find_ranges(search, &ranges);
    if (call_is_long(search->call, ranges.elements * work_for_each(search)))
        return call_run_long(search->call);
    for (uint32_t i = 0; i < ranges.count && !has_enough(search, &hits); i++)
        look_through(search, ranges.ranges[i], &hits);
    outcome = tell(search, &hits);
    hits_fini(&hits);
    return outcome;
}

struct outcome cmd_georadius(struct call *call)
{
    return run(&(struct search){.call = call, .form = SEARCH_FROM_POINT, .source = 1});
}

struct outcome cmd_georadius_ro(struct call *call)
{
    return run(
        &(struct search){.call = call, .form = SEARCH_FROM_POINT, .source = 1, .read_only = true});
}

struct outcome cmd_georadiusbymember(struct call *call)
{
    return run(&(struct search){.call = call, .form = SEARCH_FROM_MEMBER, .source = 1});
}

struct outcome cmd_georadiusbymember_ro(struct call *call)
{
    return run(
        &(struct search){.call = call, .form = SEARCH_FROM_MEMBER, .source = 1, .read_only = true});
}

struct outcome cmd_geosearch(struct call *call)
{
    return run(&(struct search){.call = call, .form = SEARCH_FREE, .source = 1});
}

struct outcome cmd_geosearchstore(struct call *call)
{
    return run(&(struct search){
        .call = call, .form = SEARCH_FREE, .source = 2, .always_stores = true, .store = 1});
}
