/* Tests of ds/geohash: numbers and texts that redis-server gives, and what must hold anywhere. */
#include "ds/geohash.h"

#include <math.h>
#include <string.h>

#include "support/check.h"
#include "support/seed.h"

static struct random rng;

static double uniform(double min, double max)
{
    return min + (max - min) * ((double)(random_next(&rng) >> 11) / 9007199254740992.0);
}

static struct geo_point draw_point(void)
{
    return (struct geo_point){uniform(-180, 180), uniform(-85.05, 85.05)};
}

static void check_text(struct geo_point point, const char *expected)
{
    char text[GEO_TEXT_LEN];
    geo_text(geo_center(geo_number(point)), text);
    CHECK_BYTES(text, GEO_TEXT_LEN, expected, strlen(expected));
}

TEST(numbers_are_those_of_redis)
{
    struct geo_point palermo = {13.361389, 38.115556}, catania = {15.087269, 37.502669};
    CHECK_INT(geo_number(palermo), 3479099956230698);
    CHECK_INT(geo_number(catania), 3479447370796909);
    check_text(palermo, "sqc8b49rny0");
    check_text(catania, "sqdtr74hyu0");
    struct geo_point from = geo_center(geo_number(palermo)), to = geo_center(geo_number(catania));
    CHECK(fabs(geo_distance(from, to) - 166274.1516) < 0.0001);
    CHECK_INT(geo_number((struct geo_point){-180, -85.05112878}), 0);
}

TEST(only_places_on_the_map_are_valid)
{
    CHECK(geo_is_valid((struct geo_point){180, 85.05112878}));
    CHECK(!geo_is_valid((struct geo_point){180.0001, 0}));
    CHECK(!geo_is_valid((struct geo_point){0, -85.0512}));
    CHECK(!geo_is_valid((struct geo_point){NAN, 0}));
    CHECK(!geo_is_valid((struct geo_point){0, INFINITY}));
}

TEST(a_cell_holds_its_place)
{
    test_seed(&rng, "geohash");
    for (int i = 0; i < 20000; i++) {
        struct geo_point point = draw_point();
        uint8_t steps = (uint8_t)(1 + random_below(&rng, GEO_STEPS));
        struct geo_cell cell = geo_encode(point, steps);
        struct geo_area area = geo_decode(cell);
        CHECK(area.min.longitude <= point.longitude && point.longitude <= area.max.longitude);
        CHECK(area.min.latitude <= point.latitude && point.latitude <= area.max.latitude);
        CHECK(geo_first_number(cell) <= geo_number(point));
        CHECK(geo_number(point) < geo_first_number((struct geo_cell){cell.bits + 1, steps}));
        CHECK_INT(geo_number(geo_center(geo_number(point))), geo_number(point));
    }
}

TEST(neighbors_are_neighbors)
{
    for (int i = 0; i < 20000; i++) {
        struct geo_cell cell = geo_encode(draw_point(), (uint8_t)(2 + random_below(&rng, 20)));
        struct geo_cell east = geo_neighbor(cell, 1, 0), north = geo_neighbor(cell, 0, 1);
        struct geo_area here = geo_decode(cell), there = geo_decode(east),
                        above = geo_decode(north);
        CHECK(geo_neighbor(east, -1, 0).bits == cell.bits);
        CHECK(geo_neighbor(north, 0, -1).bits == cell.bits);
        CHECK(geo_neighbor(east, 0, 1).bits == geo_neighbor(cell, 1, 1).bits);
        CHECK(there.min.longitude == here.max.longitude || there.min.longitude == -180);
        CHECK(above.min.latitude == here.max.latitude || above.min.latitude < -85);
    }
}

TEST(distances_are_distances)
{
    double half_around = M_PI * geo_earth_radius;
    for (int i = 0; i < 20000; i++) {
        struct geo_point a = draw_point(), b = draw_point();
        struct geo_point opposite = {a.longitude < 0 ? a.longitude + 180 : a.longitude - 180,
                                     -a.latitude};
        double distance = geo_distance(a, b);
        CHECK(distance >= 0 && distance <= half_around * 1.0000001);
        CHECK(fabs(distance - geo_distance(b, a)) < 1e-6);
        CHECK(distance >= geo_latitude_distance(a.latitude, b.latitude) * 0.9999999);
        CHECK(geo_distance(a, a) == 0);
        CHECK(fabs(geo_distance(a, opposite) - half_around) < 1);
    }
}
