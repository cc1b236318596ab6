/* client/dispatch.h -- From bytes to commands: each whole command in the input is looked up,
 * checked, and run here or sent to the home of its slots, in order. A pipeline is looked at some
 * commands ahead, so that the memory their keys need is on its way before it is touched. */
#ifndef TORC_CLIENT_DISPATCH_H
#define TORC_CLIENT_DISPATCH_H

#include "client/client.h"

void dispatch_init(struct clients *clients);
void dispatch_fini(struct clients *clients);

/* Takes commands from the input until it is used up or the client is stopped, which it is when its
 * commands have taken some ms and others are to have their turn. Returns the bytes taken. Never
 * frees the client. */
size_t dispatch_input(struct client *client, struct bytes input);

#endif
