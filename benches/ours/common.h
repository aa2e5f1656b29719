/*
 * What the programs with libpusherws share: the ways of delivery by name, a client for the load
 * server, and giving up in words.
 */
#ifndef COMMON_H
#define COMMON_H

#include <pusherws.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* For calls that have to succeed: says which did not, and why. */
static inline void must(int32_t status, const char *what)
{
    char why[512];
    if (status == PUSHER_OK)
        return;
    pusher_last_error(why, sizeof why);
    give_up("%s: status %d, %s", what, (int)status, why);
}
#define MUST(call) must((call), #call)

struct mode {
    const char *name;
    int32_t delivery;
    /* Events are taken in batches, and not dispatched to callbacks. */
    bool batches;
};

static inline struct mode mode_named(const char *name)
{
    static const struct mode modes[] = {
        {"thread", PUSHER_DELIVER_THREAD, false},
        {"poll", PUSHER_DELIVER_POLL, false},
        {"batch", PUSHER_DELIVER_POLL, true},
        {"inline", PUSHER_DELIVER_INLINE, false},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(name, modes[i].name) == 0)
            return modes[i];
    give_up("'%s' is no way of delivery: thread, poll, batch or inline", name);
    return modes[0];
}

/* A config for the load server on this port; over TLS where there is a CA to trust. */
static inline pusher_config *config_for(const char *port, const char *ca_file, int32_t delivery)
{
    pusher_config *config = pusher_config_new("key");
    MUST(pusher_config_set_host(config, "127.0.0.1"));
    MUST(pusher_config_set_port(config, atoi(port)));
    MUST(pusher_config_set_tls(config, ca_file != NULL));
    if (ca_file != NULL)
        MUST(pusher_config_add_ca_file(config, ca_file));
    MUST(pusher_config_set_secret(config, "secret")); /* the server does not look */
    MUST(pusher_config_set_delivery(config, delivery));
    return config;
}

#endif
