/* command/cmd_geo_parts.h -- What the files of the geo family share. */
#ifndef TORC_COMMAND_CMD_GEO_PARTS_H
#define TORC_COMMAND_CMD_GEO_PARTS_H

#include "command/cmd_zset_parts.h"
#include "ds/geohash.h"

/* Longitude and latitude, from argument `index` on; else *problem is the answer. */
bool geo_read_point(struct call *call, uint32_t index, struct geo_point *point,
                    struct outcome *problem);
/* How many metres the unit has. */
bool geo_read_unit(struct call *call, uint32_t index, double *metres, struct outcome *problem);
/* The number and the place of a score, whatever it is. */
uint64_t geo_number_of_score(double score);
struct geo_point geo_point_of_score(double score);
bool geo_find(const struct value *set, struct bytes member, struct geo_point *point);

void geo_write_distance(struct call *call, double distance); /* four places, a bulk string */
void geo_write_point(struct call *call, struct geo_point point);

command_run cmd_georadius, cmd_georadius_ro, cmd_georadiusbymember, cmd_georadiusbymember_ro;
command_run cmd_geosearch, cmd_geosearchstore;

#endif
