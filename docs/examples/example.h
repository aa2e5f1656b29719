/*
 * What the examples of the reference share. They run against the embedded server, whose port is in
 * PUSHER_PORT: scripts/test-snippets.sh starts it.
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <pusherws.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program where a call has failed, with the library's own words for it. */
static inline void must(int32_t status)
{
    if (status != PUSHER_OK) {
        char why[512];
        pusher_last_error(why, sizeof why);
        fprintf(stderr, "%s (%s)\n", why, pusher_status_name(status));
        exit(1);
    }
}

/* The same for what an example expects of itself. */
static inline void expect(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "not so: %s\n", what);
        exit(1);
    }
}

/* Waits for a request that has just been made. */
static inline void finish(pusher_client *client, pusher_request request)
{
    must(pusher_client_wait(client, request, 60000));
}

/* A config for the embedded server: it needs no TLS, and its secret is known. */
static inline pusher_config *embedded_server(void)
{
    const char *port = getenv("PUSHER_PORT");
    expect(port != NULL, "PUSHER_PORT is set");
    pusher_config *config = pusher_config_new("app-key");
    must(pusher_config_set_host(config, "127.0.0.1"));
    must(pusher_config_set_port(config, (int32_t)strtol(port, NULL, 10)));
    must(pusher_config_set_tls(config, 0));
    must(pusher_config_set_secret(config, "app-secret"));
    return config;
}

#endif
