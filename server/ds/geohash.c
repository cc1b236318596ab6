#include "ds/geohash.h"

#include <math.h>

#include "base/check.h"

const double geo_earth_radius = 6372797.560856;

static const struct geo_area world = {{-180, -85.05112878}, {180, 85.05112878}};
static const struct geo_area whole_world = {{-180, -90}, {180, 90}};

double geo_radians(double degrees)
{
    return degrees * (M_PI / 180.0);
}

double geo_degrees(double radians)
{
    return radians / (M_PI / 180.0);
}

bool geo_is_valid(struct geo_point point)
{
    return point.longitude >= world.min.longitude && point.longitude <= world.max.longitude &&
           point.latitude >= world.min.latitude && point.latitude <= world.max.latitude;
}

/* --- Bits ------------------------------------------------------------------------------------- */

/* The bits of a word at the even places of one twice as long. */
static uint64_t spread(uint32_t word)
{
    uint64_t bits = word;
    bits = (bits | bits << 16) & 0x0000ffff0000ffffULL;
    bits = (bits | bits << 8) & 0x00ff00ff00ff00ffULL;
    bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0fULL;
    bits = (bits | bits << 2) & 0x3333333333333333ULL;
    return (bits | bits << 1) & 0x5555555555555555ULL;
}

static uint32_t gather(uint64_t bits)
{
    bits &= 0x5555555555555555ULL;
    bits = (bits | bits >> 1) & 0x3333333333333333ULL;
    bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0fULL;
    bits = (bits | bits >> 4) & 0x00ff00ff00ff00ffULL;
    bits = (bits | bits >> 8) & 0x0000ffff0000ffffULL;
    return (uint32_t)(bits | bits >> 16);
}

static uint64_t interleave(uint32_t longitude, uint32_t latitude)
{
    return spread(longitude) << 1 | spread(latitude);
}

/* --- Cells ------------------------------------------------------------------------------------ */

static uint32_t part_of(double value, double min, double max, uint8_t steps)
{
    double offset = (value - min) / (max - min);
    return (uint32_t)(offset * (double)(1ULL << steps));
}

static struct geo_cell encode_within(const struct geo_area *area, struct geo_point point,
                                     uint8_t steps)
{
    uint32_t longitude = part_of(point.longitude, area->min.longitude, area->max.longitude, steps);
    uint32_t latitude = part_of(point.latitude, area->min.latitude, area->max.latitude, steps);
    return (struct geo_cell){interleave(longitude, latitude), steps};
}

struct geo_cell geo_encode(struct geo_point point, uint8_t steps)
{
    ASSERT(geo_is_valid(point) && steps >= 1 && steps <= GEO_STEPS);
    return encode_within(&world, point, steps);
}

static double edge(double min, double max, double part, uint8_t steps)
{
    return min + part / (double)(1ULL << steps) * (max - min);
}

struct geo_area geo_decode(struct geo_cell cell)
{
    double longitude = gather(cell.bits >> 1), latitude = gather(cell.bits);
    const struct geo_point *min = &world.min, *max = &world.max;
    return (struct geo_area){
        {edge(min->longitude, max->longitude, longitude, cell.steps),
         edge(min->latitude, max->latitude, latitude, cell.steps)},
        {edge(min->longitude, max->longitude, longitude + 1, cell.steps),
         edge(min->latitude, max->latitude, latitude + 1, cell.steps)},
    };
}

static uint32_t moved(uint32_t part, int by, uint8_t steps)
{
    return by ? (part + (uint32_t)by) & (uint32_t)((1ULL << steps) - 1) : part;
}

struct geo_cell geo_neighbor(struct geo_cell cell, int east, int north)
{
    uint32_t longitude = moved(gather(cell.bits >> 1), east, cell.steps);
    uint32_t latitude = moved(gather(cell.bits), north, cell.steps);
    return (struct geo_cell){interleave(longitude, latitude), cell.steps};
}

uint64_t geo_first_number(struct geo_cell cell)
{
    return cell.bits << 2 * (GEO_STEPS - cell.steps);
}

uint64_t geo_number(struct geo_point point)
{
    return geo_encode(point, GEO_STEPS).bits;
}

/* Which of the smallest cells, counted from an edge of the world; what is beyond is at its edge. */
static uint32_t cell_part(double value, double min, double max)
{
    const uint32_t end = 1u << GEO_STEPS;
    double part = floor((value - min) / (max - min) * (double)end);
    if (!(part > 0)) return 0;
    return part < end ? (uint32_t)part : end;
}

struct geo_window geo_window(const struct geo_area *area)
{
    const struct geo_point *min = &world.min, *max = &world.max;
    uint32_t west = cell_part(area->min.longitude, min->longitude, max->longitude);
    uint32_t east = cell_part(area->max.longitude, min->longitude, max->longitude);
    uint32_t south = cell_part(area->min.latitude, min->latitude, max->latitude);
    uint32_t north = cell_part(area->max.latitude, min->latitude, max->latitude);
    struct geo_window window = {spread(west ? west - 1 : 0) << 1, spread(east + 1) << 1,
                                spread(south ? south - 1 : 0), spread(north + 1)};
    bool is_around = area->min.longitude < min->longitude || area->max.longitude > max->longitude;
    if (is_around) window.west = 0, window.east = UINT64_MAX;
    return window;
}

static double middle(double min, double max, double from, double to)
{
    double value = (min + max) / 2;
    return value < from ? from : value > to ? to : value;
}

struct geo_point geo_center(uint64_t number)
{
    struct geo_area area = geo_decode((struct geo_cell){number, GEO_STEPS});
    return (struct geo_point){
        middle(area.min.longitude, area.max.longitude, world.min.longitude, world.max.longitude),
        middle(area.min.latitude, area.max.latitude, world.min.latitude, world.max.latitude),
    };
}

/* Ten letters of five bits, and a last one that always is the first of the alphabet: 55 bits would
 * be needed for it. */
void geo_text(struct geo_point point, char text[GEO_TEXT_LEN])
{
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    uint64_t bits = encode_within(&whole_world, point, GEO_STEPS).bits;
    for (unsigned i = 0; i < GEO_TEXT_LEN - 1; i++)
        text[i] = alphabet[bits >> (2 * GEO_STEPS - (i + 1) * 5) & 31];
    text[GEO_TEXT_LEN - 1] = alphabet[0];
}

/* --- Distances -------------------------------------------------------------------------------- */

double geo_latitude_distance(double from, double to)
{
    return geo_earth_radius * fabs(geo_radians(to) - geo_radians(from));
}

struct geo_origin geo_origin(struct geo_point point)
{
    double latitude = geo_radians(point.latitude);
    return (struct geo_origin){point, geo_radians(point.longitude), latitude, cos(latitude)};
}

double geo_distance_from(const struct geo_origin *origin, struct geo_point to)
{
    double v = sin((geo_radians(to.longitude) - origin->longitude) / 2);
    if (v == 0) return geo_latitude_distance(origin->point.latitude, to.latitude);
    double latitude = geo_radians(to.latitude);
    double u = sin((latitude - origin->latitude) / 2);
    double square = u * u + origin->cosine * cos(latitude) * v * v;
    if (square > 1) square = 1; /* rounded up, at the other end of the world */
    return 2.0 * geo_earth_radius * asin(sqrt(square));
}

double geo_distance(struct geo_point from, struct geo_point to)
{
    struct geo_origin origin = geo_origin(from);
    return geo_distance_from(&origin, to);
}
