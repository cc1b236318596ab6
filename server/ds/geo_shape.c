#include "ds/geo_shape.h"

#include <math.h>

static const double mercator_max = 20037726.37; /* metres */

struct geo_shape geo_polygon(const struct geo_point *vertices, uint32_t count)
{
    struct geo_shape shape = {
        .kind = GEO_POLYGON, .unit = 1, .vertices = vertices, .vertex_count = count};
    for (uint32_t i = 0; i < count; i++) {
        shape.center.longitude += vertices[i].longitude / count;
        shape.center.latitude += vertices[i].latitude / count;
    }
    return shape;
}

/* --- Inside ----------------------------------------------------------------------------------- */

/* A little more than computed, so that rounding excludes nothing. */
static double with_margin(double degrees)
{
    return degrees * (1 + 1e-9) + 1e-9;
}

/* Where the meridian on which the circle ends touches it. */
static double reach_of_circle(const struct geo_shape *shape)
{
    double angle = shape->radius * shape->unit / geo_earth_radius;
    double latitude = fabs(geo_radians(shape->center.latitude));
    if (!(angle + latitude < M_PI / 2 - 1e-6)) return 360; /* a pole is in it */
    return with_margin(geo_degrees(asin(sin(angle) / cos(latitude))));
}

/* Where the box is nearest to a pole: there its width is the most degrees. */
static double reach_of_box(const struct geo_shape *shape, double latitude_reach)
{
    double half = shape->width * shape->unit / 4 / geo_earth_radius;
    double latitude = geo_radians(fabs(shape->center.latitude) + latitude_reach);
    if (!(latitude < M_PI / 2 - 1e-6) || !(half < M_PI / 2)) return 360;
    double sine = sin(half) / cos(latitude);
    return sine < 1 ? with_margin(geo_degrees(2 * asin(sine))) : 360;
}

static struct geo_area bounds_of_polygon(const struct geo_shape *shape)
{
    struct geo_area bounds = {shape->vertices[0], shape->vertices[0]};
    for (uint32_t i = 1; i < shape->vertex_count; i++) {
        struct geo_point vertex = shape->vertices[i];
        bounds.min.longitude = fmin(bounds.min.longitude, vertex.longitude);
        bounds.min.latitude = fmin(bounds.min.latitude, vertex.latitude);
        bounds.max.longitude = fmax(bounds.max.longitude, vertex.longitude);
        bounds.max.latitude = fmax(bounds.max.latitude, vertex.latitude);
    }
    return bounds;
}

static struct geo_area area_in_reach(const struct geo_shape *shape)
{
    struct geo_point center = shape->center, reach = shape->reach;
    return (struct geo_area){
        {center.longitude - reach.longitude, center.latitude - reach.latitude},
        {center.longitude + reach.longitude, center.latitude + reach.latitude}};
}

static struct geo_point reach_of(const struct geo_shape *shape)
{
    if (shape->kind == GEO_POLYGON) return (struct geo_point){360, 360};
    bool is_circle = shape->kind == GEO_CIRCLE;
    double height = shape->unit * (is_circle ? shape->radius : shape->height / 2);
    double latitude = with_margin(geo_degrees(height / geo_earth_radius));
    double longitude = is_circle ? reach_of_circle(shape) : reach_of_box(shape, latitude);
    return (struct geo_point){longitude, latitude};
}

void geo_shape_prepare(struct geo_shape *shape)
{
    bool is_polygon = shape->kind == GEO_POLYGON;
    shape->reach = reach_of(shape);
    struct geo_area area = is_polygon ? bounds_of_polygon(shape) : area_in_reach(shape);
    shape->window = geo_window(&area);
    shape->origin = geo_origin(shape->center);
}

/* Found out without a sine. */
static bool is_out_of_reach(const struct geo_shape *shape, struct geo_point point)
{
    if (fabs(point.latitude - shape->center.latitude) > shape->reach.latitude) return true;
    double aside = fabs(point.longitude - shape->center.longitude);
    if (aside > 180) aside = 360 - aside;
    return aside > shape->reach.longitude;
}

static bool circle_holds(const struct geo_shape *shape, struct geo_point point, double *distance)
{
    if (is_out_of_reach(shape, point)) return false;
    *distance = geo_distance_from(&shape->origin, point);
    return !(*distance > shape->radius * shape->unit);
}

static bool box_holds(const struct geo_shape *shape, struct geo_point point, double *distance)
{
    double width = shape->width * shape->unit, height = shape->height * shape->unit;
    struct geo_point same_latitude = {shape->center.longitude, point.latitude};
    if (is_out_of_reach(shape, point)) return false;
    double up = geo_latitude_distance(point.latitude, shape->center.latitude);
    if (up > height / 2 || geo_distance(point, same_latitude) > width / 2) return false;
    *distance = geo_distance_from(&shape->origin, point);
    return true;
}

/* A ray towards east crosses an odd number of edges. */
static bool polygon_holds(const struct geo_shape *shape, struct geo_point point, double *distance)
{
    bool inside = false;
    const struct geo_point *from = &shape->vertices[shape->vertex_count - 1];
    for (uint32_t i = 0; i < shape->vertex_count; from = &shape->vertices[i++]) {
        const struct geo_point *to = &shape->vertices[i];
        if ((from->latitude > point.latitude) == (to->latitude > point.latitude)) continue;
        double part = (point.latitude - from->latitude) / (to->latitude - from->latitude);
        double crossing = from->longitude + part * (to->longitude - from->longitude);
        inside ^= point.longitude < crossing;
    }
    if (inside) *distance = geo_distance_from(&shape->origin, point);
    return inside;
}

bool geo_shape_holds(const struct geo_shape *shape, struct geo_point point, double *distance)
{
    if (shape->kind == GEO_CIRCLE) return circle_holds(shape, point, distance);
    if (shape->kind == GEO_BOX) return box_holds(shape, point, distance);
    return polygon_holds(shape, point, distance);
}

/* --- Covering --------------------------------------------------------------------------------- */

/* How fine the cells may be for nine of them to cover a circle, but for odd places. */
static uint8_t steps_for(double radius, double latitude)
{
    if (radius == 0) return GEO_STEPS;
    int steps = 1;
    for (; radius < mercator_max; radius *= 2)
        steps++;
    steps -= 2;
    if (latitude > 66 || latitude < -66) steps--;
    if (latitude > 80 || latitude < -80) steps--;
    return (uint8_t)(steps < 1 ? 1 : steps > GEO_STEPS ? GEO_STEPS : steps);
}

static struct geo_area bounds_around(const struct geo_shape *shape)
{
    bool is_circle = shape->kind == GEO_CIRCLE;
    double height = shape->unit * (is_circle ? shape->radius : shape->height / 2);
    double width = shape->unit * (is_circle ? shape->radius : shape->width / 2);
    double latitude = shape->center.latitude, longitude = shape->center.longitude;
    double up = geo_degrees(height / geo_earth_radius);
    bool southern = latitude < 0;
    double far = southern ? latitude - up : latitude + up; /* from the equator: where it is wide */
    double aside = geo_degrees(width / geo_earth_radius / cos(geo_radians(far)));
    return (struct geo_area){{longitude - aside, latitude - up},
                             {longitude + aside, latitude + up}};
}

/* Do the cells beside this one end within the bounds? */
static bool falls_short(struct geo_cell cell, const struct geo_area *bounds)
{
    return geo_decode(geo_neighbor(cell, 0, 1)).max.latitude < bounds->max.latitude ||
           geo_decode(geo_neighbor(cell, 0, -1)).min.latitude > bounds->min.latitude ||
           geo_decode(geo_neighbor(cell, 1, 0)).max.longitude < bounds->max.longitude ||
           geo_decode(geo_neighbor(cell, -1, 0)).min.longitude > bounds->min.longitude;
}

/* Is there something of the shape on that side of the middle cell? */
static bool side_matters(const struct geo_area *middle, const struct geo_area *bounds, int east,
                         int north)
{
    if (north < 0 && middle->min.latitude < bounds->min.latitude) return false;
    if (north > 0 && middle->max.latitude > bounds->max.latitude) return false;
    if (east < 0 && middle->min.longitude < bounds->min.longitude) return false;
    return !(east > 0 && middle->max.longitude > bounds->max.longitude);
}

static void cover_around(struct geo_cell middle, const struct geo_area *bounds,
                         struct geo_cover *cover)
{
    static const int sides[GEO_COVER_MAX][2] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                                                {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
    struct geo_area area = geo_decode(middle);
    struct geo_cell last = {0, 0}; /* the middle is not among those that are compared with */
    cover->count = 0;
    for (unsigned i = 0; i < GEO_COVER_MAX; i++) {
        int east = sides[i][0], north = sides[i][1];
        struct geo_cell cell = geo_neighbor(middle, east, north);
        if (middle.steps >= 2 && !side_matters(&area, bounds, east, north)) continue;
        if (last.steps && cell.bits == last.bits) continue;
        struct geo_cell next = {cell.bits + 1, cell.steps};
        cover->ranges[cover->count++] =
            (struct geo_numbers){geo_first_number(cell), geo_first_number(next)};
        if (i) last = cell;
    }
}

/* For a polygon, whatever it takes: its bounds do not follow from a radius. */
static void cover_polygon(const struct geo_shape *shape, struct geo_cover *cover)
{
    struct geo_area bounds = bounds_of_polygon(shape);
    struct geo_point center = {(bounds.min.longitude + bounds.max.longitude) / 2,
                               (bounds.min.latitude + bounds.max.latitude) / 2};
    struct geo_cell middle = geo_encode(center, GEO_STEPS);
    while (middle.steps > 1 && falls_short(middle, &bounds))
        middle = geo_encode(center, middle.steps - 1);
    cover_around(middle, &bounds, cover);
}

void geo_shape_cover(const struct geo_shape *shape, struct geo_cover *cover)
{
    if (shape->kind == GEO_POLYGON) {
        cover_polygon(shape, cover);
        return;
    }
    double width = shape->width / 2, height = shape->height / 2;
    double radius =
        shape->kind == GEO_CIRCLE ? shape->radius : sqrt(width * width + height * height);
    struct geo_area bounds = bounds_around(shape);
    uint8_t steps = steps_for(radius * shape->unit, shape->center.latitude);
    struct geo_cell middle = geo_encode(shape->center, steps);
    if (steps > 1 && falls_short(middle, &bounds)) middle = geo_encode(shape->center, steps - 1);
    cover_around(middle, &bounds, cover);
}
