/*
 * encrypted: publishes a text on an encrypted channel, and receives it there. The server and
 * everybody between sees only what cannot be read without the master key.
 *
 * Compile:  cc encrypted.c -o encrypted $(pkg-config --cflags --libs pusherws) -pthread
 *      or:  cc encrypted.c -o encrypted -Ipath/to/include -Lpath/to/library -lpusherws -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... PUSHER_APP_ID=...
 *               PUSHER_MASTER_KEY=... ./encrypted "for your eyes only"
 *           (common.h has the other settings; of an authorisation endpoint that knows the master
 *           key, a program that only reads gets its key without knowing it)
 */
#define _POSIX_C_SOURCE 200809L /* threads and signals, also with -std=c99 */

#include "common.h"
#include "waiting.h"

#include <string.h>

#define CHANNEL "private-encrypted-notes"

static bool received;

static void on_event(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == PUSHER_EVENT_MESSAGE) {
        printf("Received, decrypted: %s\n", event->data);
        set_flag(&received);
    } else if (event->kind == PUSHER_EVENT_DECRYPTION_ERROR) {
        printf("Received, with another key: %s\n", event->data);
    }
}

static int32_t connect_and_subscribe(pusher_client *client)
{
    pusher_callback callback = {on_event, NULL, NULL};
    pusher_request request = 0;
    int32_t status = pusher_client_bind(client, CHANNEL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_subscribe(client, CHANNEL, NULL, &request);
    }
    return status == PUSHER_OK ? pusher_client_wait(client, request, 30000) : status;
}

/* Encrypted by the library, since the channel is an encrypted one. */
static int32_t publish(pusher_client *client, const char *text)
{
    const char *const channels[] = {CHANNEL};
    pusher_request request = 0;
    int32_t status = pusher_client_trigger(client, channels, 1, "note", text, strlen(text), NULL,
                                           NULL, &request);
    return status == PUSHER_OK ? pusher_client_wait(client, request, 30000) : status;
}

static int run(pusher_client *client, const char *text)
{
    int32_t status = connect_and_subscribe(client);
    if (status != PUSHER_OK) {
        return complain("Cannot subscribe", status);
    }
    status = publish(client, text);
    if (status != PUSHER_OK) {
        return complain("Cannot publish", status);
    }
    if (!wait_for_flag(&received, 15)) {
        fputs("It did not come back.\n", stderr);
        return 1;
    }
    pusher_client_close(client, 2000);
    return 0;
}

int main(int argc, char **argv)
{
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    const char *text = argc > 1 ? argv[1] : "for your eyes only";
    char what_all_see[1000];
    /* Only to show it: pusher_client_trigger does this by itself. */
    int32_t status = pusher_encrypt(config, CHANNEL, text, strlen(text), what_all_see,
                                    sizeof what_all_see, NULL);
    if (status == PUSHER_OK) {
        printf("What the server sees is like this: %s\n", what_all_see);
    }
    pusher_client *client = NULL;
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    pusher_config_free(config);
    int result = status == PUSHER_OK ? run(client, text) : complain("Cannot begin", status);
    pusher_client_free(client);
    return result;
}
