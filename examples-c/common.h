/*
 * What the examples share: the server to talk to, taken from the environment, and error messages.
 *
 *   PUSHER_KEY      the application's key; without it, the embedded server of `make demo`
 *   PUSHER_SECRET   the application's secret, for private and presence channels
 *   PUSHER_CLUSTER  one of Pusher's clusters, such as "eu"
 *   PUSHER_HOST     or a server of your own, with
 *   PUSHER_PORT     its port, and
 *   PUSHER_TLS      0 for ws:// instead of wss://
 *
 * And where an example says so:
 *
 *   PUSHER_APP_ID         the application's id, for the HTTP API
 *   PUSHER_MASTER_KEY     the key for encrypted channels: openssl rand -base64 32
 *   PUSHER_AUTH_ENDPOINT  the URL at which your application authorises its users
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <pusherws.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#ifndef _WIN32
#include <unistd.h>
#endif

/* Says what went wrong; the library knows why. Returns 1, for main to return. */
static inline int complain(const char *what, int32_t status)
{
    char why[512];
    pusher_last_error(why, sizeof why);
    fprintf(stderr, "%s: %s (%s)\n", what, why, pusher_status_name(status));
    return 1;
}

static inline int32_t set_port(pusher_config *config, const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    if (*end != '\0' || port < 0 || port > 999999) {
        port = 0; /* no number: the library refuses it, with a message */
    }
    return pusher_config_set_port(config, (int32_t)port);
}

/* A config to be freed with pusher_config_free; or NULL, and the reason has been printed. */
static inline pusher_config *config_from_environment(void)
{
    const char *key = getenv("PUSHER_KEY");
    const char *secret = getenv("PUSHER_SECRET");
    const char *cluster = getenv("PUSHER_CLUSTER");
    const char *host = getenv("PUSHER_HOST");
    const char *port = getenv("PUSHER_PORT");
    const char *tls = getenv("PUSHER_TLS");
    const char *app_id = getenv("PUSHER_APP_ID");
    const char *master_key = getenv("PUSHER_MASTER_KEY");

    if (key == NULL) {
        if (port == NULL) {
            fputs("No server to talk to: run `make demo`, which starts one; or set PUSHER_KEY, "
                  "PUSHER_SECRET and PUSHER_CLUSTER.\n", stderr);
            return NULL;
        }
        key = "app-key";
        secret = secret != NULL ? secret : "app-secret";
        app_id = app_id != NULL ? app_id : "app-id";
        if (master_key == NULL) { /* the embedded server's own */
            master_key = "ZGV2c2VydmVyLW1hc3Rlci1rZXktb2YtMzItYnl0ZXM=";
        }
        host = host != NULL ? host : "127.0.0.1";
        tls = tls != NULL ? tls : "0";
        cluster = NULL;
        fprintf(stderr, "No PUSHER_KEY: talking to the embedded server on %s:%s.\n", host, port);
    }

    pusher_config *config = pusher_config_new(key);
    int32_t status = config == NULL ? PUSHER_ERR_ARGUMENT : PUSHER_OK;
    if (status == PUSHER_OK && secret != NULL) {
        status = pusher_config_set_secret(config, secret);
    }
    if (status == PUSHER_OK && cluster != NULL) {
        status = pusher_config_set_cluster(config, cluster);
    }
    if (status == PUSHER_OK && host != NULL) {
        status = pusher_config_set_host(config, host);
    }
    if (status == PUSHER_OK && port != NULL) {
        status = set_port(config, port);
    }
    if (status == PUSHER_OK && tls != NULL) {
        status = pusher_config_set_tls(config, tls[0] != '0');
    }
    if (status == PUSHER_OK && app_id != NULL) {
        status = pusher_config_set_app_id(config, app_id);
    }
    if (status == PUSHER_OK && master_key != NULL) {
        status = pusher_config_set_encryption_master_key(config, master_key);
    }
    if (status != PUSHER_OK) {
        complain("The environment's PUSHER_... settings are not right", status);
        pusher_config_free(config);
        return NULL;
    }
    return config;
}

/* PUSHER_AUTH_ENDPOINT, or the embedded server's. It authorises in place of the secret. */
static inline int32_t set_auth_endpoint(pusher_config *config)
{
    const char *url = getenv("PUSHER_AUTH_ENDPOINT");
    const char *host = getenv("PUSHER_HOST");
    const char *port = getenv("PUSHER_PORT");
    char embedded[300];
    if (url == NULL && getenv("PUSHER_KEY") == NULL && port != NULL) {
        snprintf(embedded, sizeof embedded, "http://%s:%s/pusher/auth",
                 host != NULL ? host : "127.0.0.1", port);
        url = embedded;
    }
    return pusher_config_set_auth_endpoint(config, url != NULL ? url : "");
}

/*
 * Makes Ctrl-C end the standard input, so that a program which reads it until its end can say
 * goodbye to the server. Closing it works whether or not the program is reading at that moment.
 */
#ifndef _WIN32
static inline void end_input(int signal_number)
{
    (void)signal_number;
    close(STDIN_FILENO);
}
#endif

static inline void let_interrupt_end_input(void)
{
#ifndef _WIN32
    signal(SIGINT, end_input);
#endif
}

/* Waits for Enter, Ctrl-C or the end of the input; events go on coming meanwhile. */
static inline void wait_for_enter(void)
{
    int key;
    do {
        key = getchar();
    } while (key != '\n' && key != EOF);
}

#endif
