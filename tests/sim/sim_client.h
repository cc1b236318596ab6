/* sim/sim_client.h -- The clients of a simulated run: each carries out its items of the plan in
 * their order, writes and reads in pieces, and notes what it asked and was told. */
#ifndef TESTS_SIM_SIM_CLIENT_H
#define TESTS_SIM_SIM_CLIENT_H

#include "sim/plan.h"

struct sim_clients;

struct sim_clients *sim_clients_new(const struct plan *plan);
void sim_clients_free(struct sim_clients *clients);
void sim_clients_step(struct sim_clients *clients);           /* one of them does something */
bool sim_clients_are_done(const struct sim_clients *clients); /* all items, all replies */
void sim_clients_leave(struct sim_clients *clients);
/* What went wrong from a client's view; NULL: nothing. */
const char *sim_clients_complaint(const struct sim_clients *clients);
const struct history *sim_clients_history(struct sim_clients *clients);

#endif
