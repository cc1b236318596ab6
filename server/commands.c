#include "commands.h"

#include "admin/cmd_admin.h"
#include "admin/cmd_config.h"
#include "admin/cmd_debug.h"
#include "admin/cmd_info.h"
#include "client/cmd_connection.h"
#include "client/multi.h"
#include "client/cmd_server.h"
#include "command/cmd_bitmap.h"
#include "command/cmd_command.h"
#include "command/cmd_geo.h"
#include "command/cmd_hash.h"
#include "command/cmd_hll.h"
#include "command/cmd_key.h"
#include "command/cmd_list.h"
#include "command/cmd_set.h"
#include "command/cmd_sort.h"
#include "command/cmd_stream.h"
#include "command/cmd_string.h"
#include "command/cmd_zset.h"
#include "pubsub/cmd_pubsub.h"

/* clang-format off */
const struct command *const command_tables[] = {
    cmd_string_table,
    cmd_bitmap_table,
    cmd_hll_table,
    cmd_key_table,
    cmd_list_table,
    cmd_set_table,
    cmd_hash_table,
    cmd_zset_table,
    cmd_geo_table,
    cmd_stream_table,
    cmd_sort_table,
    cmd_multi_table,
    cmd_pubsub_table,
    cmd_connection_table,
    cmd_client_table,
    cmd_server_table,
    cmd_command_table,
    cmd_config_table,
    cmd_info_table,
    cmd_admin_table,
    cmd_debug_table,
    NULL,
};
/* clang-format on */
