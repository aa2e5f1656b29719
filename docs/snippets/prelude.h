/* What the pieces of C in the book stand on: scripts/test-snippets.sh compiles each behind this. */
#include <pusherws.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern pusher_config *config;
extern pusher_client *client;
extern pusher_callback callback;
extern pusher_request request;
extern void *app;
