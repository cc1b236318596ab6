/* Tests of ds/geo_shape: what is found by looking through its cells is what is found by looking at
 * every place there is. */
#include "ds/geo_shape.h"

#include <math.h>

#include "support/check.h"
#include "support/seed.h"

enum { PLACES = 500, VERTICES_MAX = 9 };

static struct random rng;

static double uniform(double min, double max)
{
    return min + (max - min) * ((double)(random_next(&rng) >> 11) / 9007199254740992.0);
}

/* Anywhere, or around a place of which there are few. */
static struct geo_point draw_point(double spread)
{
    struct geo_point point = {uniform(-spread, spread) + 20, uniform(-spread, spread) + 30};
    if (random_below(&rng, 4) == 0)
        point = (struct geo_point){uniform(-180, 180), uniform(-85, 85)};
    if (random_below(&rng, 20) == 0) point.longitude = random_below(&rng, 2) ? 180 : -180;
    if (random_below(&rng, 20) == 0)
        point.latitude = random_below(&rng, 2) ? 85.05112878 : -85.05112878;
    return geo_is_valid(point) ? point : (struct geo_point){0, 0};
}

static bool is_covered(const struct geo_cover *cover, uint64_t number)
{
    for (uint32_t i = 0; i < cover->count; i++)
        if (number >= cover->ranges[i].first && number < cover->ranges[i].end) return true;
    return false;
}

static bool holds_slowly(const struct geo_shape *shape, struct geo_point point)
{
    struct geo_shape far = *shape;
    double distance;
    far.reach = (struct geo_point){INFINITY, INFINITY};
    return geo_shape_holds(&far, point, &distance);
}

/* How many of the places around are in it. */
static int check_shape(struct geo_shape *shape, double spread, bool covers)
{
    struct geo_cover cover;
    int held = 0;
    geo_shape_prepare(shape);
    geo_shape_cover(shape, &cover);
    CHECK(cover.count >= 1 && cover.count <= GEO_COVER_MAX);
    for (int i = 0; i < PLACES; i++) {
        uint64_t number = geo_number(draw_point(spread));
        if (random_below(&rng, 50) == 0) number <<= random_below(&rng, 12);
        bool is_one = number <= geo_number((struct geo_point){180, 85.05112878});
        struct geo_point point = geo_center(number);
        double distance = -1;
        bool holds = geo_shape_holds(shape, point, &distance);
        CHECK(holds == holds_slowly(shape, point));
        CHECK(!holds || geo_window_holds(&shape->window, number));
        if (!holds) continue;
        held++;
        CHECK(distance == geo_distance(shape->center, point));
        if (covers && is_one) CHECK(is_covered(&cover, number));
    }
    return held;
}

/* Below some 1,000 km nine cells are enough wherever it is, but near the poles. */
static struct geo_shape draw_circle(double spread)
{
    struct geo_shape shape = {.kind = GEO_CIRCLE, .unit = 1000};
    shape.center = (struct geo_point){uniform(-spread, spread) + 20, uniform(-spread, spread) + 30};
    shape.radius = uniform(0, spread * 60);
    return shape;
}

TEST(circles)
{
    int held = 0;
    test_seed(&rng, "geo_shape");
    for (int i = 0; i < 300; i++) {
        double spread = pow(2, uniform(-8, 4));
        struct geo_shape near = draw_circle(spread), far = near;
        held += check_shape(&near, spread, true);
        far.center = draw_point(spread);
        far.radius *= uniform(1, 300);
        check_shape(&far, 100, false);
    }
    CHECK(held > 1000);
}

TEST(boxes)
{
    int held = 0;
    for (int i = 0; i < 300; i++) {
        double spread = pow(2, uniform(-8, 4));
        struct geo_shape near = draw_circle(spread), far;
        near.kind = GEO_BOX;
        near.width = uniform(0, spread * 60);
        near.height = uniform(0, spread * 60);
        held += check_shape(&near, spread, true);
        far = near;
        far.center = draw_point(spread);
        far.width *= uniform(1, 300);
        far.height *= uniform(1, 300);
        check_shape(&far, 100, false);
    }
    CHECK(held > 1000);
}

TEST(polygons_are_covered)
{
    int held = 0;
    for (int i = 0; i < 500; i++) {
        struct geo_point vertices[VERTICES_MAX];
        double spread = pow(2, uniform(-8, 8));
        uint32_t count = 3 + (uint32_t)random_below(&rng, VERTICES_MAX - 2);
        for (uint32_t j = 0; j < count; j++)
            vertices[j] = draw_point(spread);
        struct geo_shape shape = geo_polygon(vertices, count);
        held += check_shape(&shape, spread, true);
    }
    CHECK(held > 1000);
}

TEST(a_polygon_is_what_it_looks_like)
{
    static const struct geo_point arrow[] = {{0, 0}, {4, 0}, {2, 2}, {4, 4}, {0, 4}};
    struct geo_shape shape = geo_polygon(arrow, 5);
    double distance;
    geo_shape_prepare(&shape);
    CHECK(geo_shape_holds(&shape, (struct geo_point){1, 2}, &distance));
    CHECK(geo_shape_holds(&shape, (struct geo_point){3, 0.5}, &distance));
    CHECK(!geo_shape_holds(&shape, (struct geo_point){3, 2}, &distance));
    CHECK(!geo_shape_holds(&shape, (struct geo_point){5, 2}, &distance));
    CHECK(!geo_shape_holds(&shape, (struct geo_point){-1, 2}, &distance));
    CHECK(shape.center.longitude == 2 && shape.center.latitude == 2);
}
