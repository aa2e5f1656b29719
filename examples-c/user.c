/*
 * user: signs in as a user, watches a friend come and go, greets the friend who comes, and prints
 * what others send to this user, until Enter, Ctrl-C or the end of the input.
 *
 * Compile:  cc user.c -o user $(pkg-config --cflags --libs pusherws)
 *      or:  cc user.c -o user -Ipath/to/include -Lpath/to/library -lpusherws
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... PUSHER_APP_ID=... ./user ann ben
 *           (common.h has the other settings; run it twice, the other way round, to see them meet)
 */
#define _POSIX_C_SOURCE 200809L /* signal and close, also with -std=c99 */

#include "common.h"

#include <string.h>

typedef struct session {
    pusher_client *client;
    const char *me, *friend_id;
} session;

/* To all connections of the friend, through the HTTP API. */
static void greet(const session *self)
{
    char text[200];
    snprintf(text, sizeof text, "{\"from\":\"%s\"}", self->me);
    int32_t status = pusher_client_send_to_user(self->client, self->friend_id, "greeting", text,
                                                strlen(text), NULL);
    if (status != PUSHER_OK) {
        complain("Cannot greet", status);
    }
}

static void on_event(const pusher_event *event, void *user_data)
{
    const session *self = user_data;
    switch (event->kind) {
    case PUSHER_EVENT_SIGNED_IN: /* also after a reconnect */
        printf("Signed in as %s\n", event->user_id);
        break;
    case PUSHER_EVENT_WATCHLIST: /* "online" or "offline", and which users */
        printf("%s: %s\n", event->name, event->data);
        if (strcmp(event->name, "online") == 0) {
            greet(self);
        }
        break;
    case PUSHER_EVENT_MESSAGE: /* on the channel #server-to-user-ME */
        printf("%s for %s: %s\n", event->name, self->me, event->data);
        break;
    default: /* later versions add kinds */
        break;
    }
    fflush(stdout);
}

static int run(session *self)
{
    pusher_callback callback = {on_event, NULL, self};
    pusher_request request = 0;
    int32_t status = pusher_client_bind(self->client, NULL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(self->client, NULL);
    }
    /* No need to wait for the connection: the sign-in does. */
    if (status == PUSHER_OK) {
        status = pusher_client_sign_in(self->client, &request);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_wait(self->client, request, 30000);
    }
    if (status != PUSHER_OK) {
        return complain("Cannot sign in", status);
    }
    wait_for_enter();
    pusher_client_close(self->client, 2000); /* so that the friend sees us go at once */
    return 0;
}

int main(int argc, char **argv)
{
    /* The names become JSON below, where these would need escapes. */
    if (argc != 3 || strpbrk(argv[1], "\"\\") != NULL || strpbrk(argv[2], "\"\\") != NULL) {
        fprintf(stderr, "usage: %s user friend\n", argv[0]);
        return 2;
    }
    let_interrupt_end_input();
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    session self = {NULL, argv[1], argv[2]};
    char user[500];
    snprintf(user, sizeof user, "{\"id\":\"%s\",\"watchlist\":[\"%s\"]}", argv[1], argv[2]);
    int32_t status = pusher_config_set_user(config, user);
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &self.client);
    }
    pusher_config_free(config);
    int result = status == PUSHER_OK ? run(&self) : complain("No client", status);
    pusher_client_free(self.client);
    return result;
}
