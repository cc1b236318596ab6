/* ds/geohash.h -- Places on earth as numbers of 52 bits, so that what is near has a number near.
 *
 * Longitude and latitude are halved in turns, 26 times each; the bits say which half, longitude
 * first. A cell of fewer steps is the area whose numbers share so many leading bits. All is
 * computed as redis-server does it, operation by operation, so that numbers and distances are the
 * same. */
#ifndef TORC_DS_GEOHASH_H
#define TORC_DS_GEOHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEO_STEPS = 26, GEO_TEXT_LEN = 11 };

struct geo_point {
    double longitude, latitude; /* degrees */
};

struct geo_cell {
    uint64_t bits;
    uint8_t steps; /* 1 .. GEO_STEPS; 0: no cell */
};

struct geo_area {
    struct geo_point min, max;
};

/* Within 180 degrees of longitude, and of latitude where the Mercator projection is a square. */
bool geo_is_valid(struct geo_point point);
struct geo_cell geo_encode(struct geo_point point, uint8_t steps); /* of a valid point */
struct geo_area geo_decode(struct geo_cell cell);
/* The cell beside it; at the edge of the world, the one at the other edge. */
struct geo_cell geo_neighbor(struct geo_cell cell, int east, int north);

/* An area in which a number is looked for without decoding it: its bits of longitude, and those of
 * latitude, are compared where they stand. */
struct geo_window {
    uint64_t west, east, south, north;
};
/* A cell more than the area on each side; all longitudes if it reaches around the world. What is no
 * number of 52 bits is held by each: it is to be decoded, to wherever that leads. */
struct geo_window geo_window(const struct geo_area *area);
static inline bool geo_window_holds(const struct geo_window *window, uint64_t number)
{
    uint64_t longitude = number & 0xaaaaaaaaaaaaaaaaULL, latitude = number & 0x5555555555555555ULL;
    bool is_in = (longitude >= window->west) & (longitude <= window->east) &
                 (latitude >= window->south) & (latitude <= window->north);
    return is_in || number >> 2 * GEO_STEPS;
}

uint64_t geo_number(struct geo_point point);  /* of 52 bits */
struct geo_point geo_center(uint64_t number); /* the middle of its cell */
/* The first number of 52 bits in the cell; that of the next cell ends it. */
uint64_t geo_first_number(struct geo_cell cell);
/* The common geohash, for latitudes up to 90 degrees, in base 32. */
void geo_text(struct geo_point point, char text[GEO_TEXT_LEN]);

/* Metres on a sphere. */
double geo_distance(struct geo_point from, struct geo_point to);
/* The same from a place that many distances are asked from. */
struct geo_origin {
    struct geo_point point;
    double longitude, latitude, cosine; /* radians; of the latitude */
};
struct geo_origin geo_origin(struct geo_point point);
double geo_distance_from(const struct geo_origin *origin, struct geo_point to);
/* The same along a meridian: never more, but for rounding, than the distance. */
double geo_latitude_distance(double from, double to);

double geo_radians(double degrees);
double geo_degrees(double radians);

extern const double geo_earth_radius; /* metres */

#endif
