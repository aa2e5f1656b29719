/*
 * trigger: what a server does, through the HTTP API and without a connection: publishes an event
 * to several channels, publishes a batch, and asks who is there. Prints what the server answers.
 *
 * Compile:  cc trigger.c -o trigger $(pkg-config --cflags --libs pusherws) -pthread
 *      or:  cc trigger.c -o trigger -Ipath/to/include -Lpath/to/library -lpusherws -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... PUSHER_APP_ID=... ./trigger
 *           (common.h has the other settings; `tail news` and `presence ann lobby` are somebody to
 *           publish to)
 */
#define _POSIX_C_SOURCE 200809L /* threads and signals, also with -std=c99 */

#include "common.h"
#include "waiting.h"

#include <string.h>

#define ROOM "presence-lobby"

static bool answered, failed;

/* The answer to every request, whether good or bad. */
static void on_completed(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->status != PUSHER_OK) {
        failed = true;
    }
    printf("  %s: %s\n", pusher_status_name(event->status),
           event->data != NULL ? event->data : "done");
    set_flag(&answered);
}

/* Waits for the answer to a request that was just made; false where it is not a good one. */
static bool done(int32_t status)
{
    if (status != PUSHER_OK) {
        complain("  not even asked", status);
        return false;
    }
    bool came = wait_for_flag(&answered, 60);
    answered = false;
    return came && !failed;
}

static bool publish(pusher_client *client)
{
    const char *const channels[] = {"news", ROOM};
    const char *json = "{\"text\":\"hello from the server\"}";
    puts("Publishing on two channels");
    return done(pusher_client_trigger(client, channels, 2, "headline", json, strlen(json), NULL,
                                      NULL, NULL));
}

static bool publish_batch(pusher_client *client)
{
    pusher_batch *batch = pusher_batch_new();
    puts("Publishing two events at once");
    int32_t status = pusher_batch_add(batch, "news", "first", "{\"n\":1}", 7, NULL, NULL);
    if (status == PUSHER_OK) {
        status = pusher_batch_add(batch, ROOM, "second", "{\"n\":2}", 7, NULL, "user_count");
    }
    if (status == PUSHER_OK) {
        status = pusher_client_trigger_batch(client, batch, NULL);
    }
    pusher_batch_free(batch); /* the request has its own copy */
    return done(status);
}

static bool ask_which_rooms(pusher_client *client)
{
    puts("Which presence channels are there, and with how many users?");
    return done(pusher_client_get_channels(client, "presence-", "user_count", NULL));
}

static bool ask_who_is_there(pusher_client *client)
{
    puts("Who is in " ROOM "?");
    return done(pusher_client_get_users(client, ROOM, NULL));
}

int main(void)
{
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    pusher_callback callback = {on_completed, NULL, NULL};
    pusher_client *client = NULL;
    int32_t status = pusher_client_new(config, &client);
    pusher_config_free(config);
    if (status == PUSHER_OK) {
        status = pusher_client_bind(client, NULL, "pusher:completed", &callback, NULL);
    }
    int result = 1;
    if (status != PUSHER_OK) {
        complain("No client", status);
    } else if (publish(client) && publish_batch(client) && ask_which_rooms(client) &&
               ask_who_is_there(client)) {
        result = 0;
    }
    pusher_client_free(client);
    return result;
}
