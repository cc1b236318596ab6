/* ds/geo_shape.h -- What is searched for places: a circle, a box along the meridians, or a polygon;
 * and the cells that cover it, whose numbers are looked through. */
#ifndef TORC_DS_GEO_SHAPE_H
#define TORC_DS_GEO_SHAPE_H

#include "ds/geohash.h"

enum geo_shape_kind { GEO_NO_SHAPE, GEO_CIRCLE, GEO_BOX, GEO_POLYGON };

struct geo_shape {
    enum geo_shape_kind kind;
    struct geo_point center; /* distances are from here */
    double unit;             /* metres; of the following */
    double radius;
    double width, height;
    const struct geo_point *vertices; /* borrowed; at least 3 */
    uint32_t vertex_count;
    /* Set by geo_shape_prepare(): what is further from the center, in degrees, is not in it; nor is
     * what the window does not hold. */
    struct geo_point reach;
    struct geo_window window;
    struct geo_origin origin; /* the center */
};

/* A polygon's center is the mean of its vertices; it has no unit but metres. */
struct geo_shape geo_polygon(const struct geo_point *vertices, uint32_t count);

/* To be called when all else is set, before what follows. */
void geo_shape_prepare(struct geo_shape *shape);

/* Is the point in it? Then *distance is from the center, in metres. O(1), of polygons O(vertices).
 */
bool geo_shape_holds(const struct geo_shape *shape, struct geo_point point, double *distance);

/* Numbers `first` .. `end` - 1. */
struct geo_numbers {
    uint64_t first, end;
};

enum { GEO_COVER_MAX = 9 };

struct geo_cover {
    uint32_t count;
    struct geo_numbers ranges[GEO_COVER_MAX];
};

/* Every place in the shape has its number in one of the ranges. In redis-server's order, which
 * searches without sorting show: the center's cell, then north, south, east, west, and the corners.
 * Around the whole world a range may come twice, as it does there. */
void geo_shape_cover(const struct geo_shape *shape, struct geo_cover *cover);

#endif
