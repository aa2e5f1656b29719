/*
 * auth_endpoint: reads a private channel without knowing the secret. Your application's HTTP
 * endpoint says who may read what; the library asks it, and is given a fresh token where the old
 * one has expired. Prints the channel's events until Enter, Ctrl-C or the end of the input.
 *
 * Compile:  cc auth_endpoint.c -o auth_endpoint $(pkg-config --cflags --libs pusherws)
 *      or:  cc auth_endpoint.c -o auth_endpoint -Ipath/to/include -Lpath/to/library -lpusherws
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_AUTH_ENDPOINT=https://... ./auth_endpoint
 *           (common.h has the other settings)
 */
#define _POSIX_C_SOURCE 200809L /* signal and close, also with -std=c99 */

#include "common.h"

#include <stdbool.h>

/* A real program keeps the one that it has, and fetches another where that was refused. */
static const char *token(bool fresh)
{
    return fresh ? "Bearer a-fresh-token" : "Bearer the-token-at-hand";
}

static void on_event(const pusher_event *event, void *user_data)
{
    pusher_client *client = user_data;
    switch (event->kind) {
    case PUSHER_EVENT_PREPARE_AUTHORIZATION: {
        bool refused = event->value == 1;
        const char *const headers[] = {"Authorization", token(refused), NULL};
        printf("The endpoint is asked%s\n", refused ? " again, with a fresh token" : "");
        pusher_client_prepare(client, event->request, headers, NULL);
        break;
    }
    case PUSHER_EVENT_SUBSCRIBED: /* also after a reconnect, for which it was asked anew */
        printf("May read %s\n", event->channel);
        break;
    case PUSHER_EVENT_MESSAGE:
        printf("%s: %s\n", event->name, event->data != NULL ? event->data : "(no data)");
        break;
    default: /* later versions add kinds */
        break;
    }
    fflush(stdout);
}

static int read_channel(pusher_client *client, const char *channel)
{
    pusher_callback callback = {on_event, NULL, client};
    pusher_request request = 0;
    int32_t status = pusher_client_bind(client, NULL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_subscribe(client, channel, NULL, &request);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, 60000);
    }
    if (status != PUSHER_OK) {
        return complain("May not read it", status);
    }
    wait_for_enter();
    pusher_client_close(client, 2000);
    return 0;
}

int main(int argc, char **argv)
{
    let_interrupt_end_input();
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    pusher_client *client = NULL;
    int32_t status = set_auth_endpoint(config);
    if (status == PUSHER_OK) {
        status = pusher_config_set_auth_prepared(config, 1); /* headers may change: ask for them */
    }
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    pusher_config_free(config);
    const char *channel = argc > 1 ? argv[1] : "private-orders";
    int result =
        status == PUSHER_OK ? read_channel(client, channel) : complain("No client", status);
    pusher_client_free(client);
    return result;
}
