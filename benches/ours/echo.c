/*
 * The round trip of a client event: one after the other, each sent when the one before has come back.
 *
 *     echo MODE PORT COUNT
 *
 * MODE: inline or thread; the next is published inside the callback.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"
#include "../trips.h"

#include <stdatomic.h>

#define CHANNEL "private-echo"

static struct trips trips;
static pusher_client *client;
static atomic_bool done;

static void publish(void)
{
    trips_begin(&trips);
    MUST(pusher_client_publish(client, CHANNEL, "client-echo", "{\"id\":1}", 8, NULL));
}

static void on_event(const pusher_event *event, void *user_data)
{
    (void)user_data;
    switch (event->kind) {
    case PUSHER_EVENT_MESSAGE:
        if (trips_end(&trips))
            atomic_store(&done, true);
        else
            publish();
        break;
    case PUSHER_EVENT_SUBSCRIBED:
        publish();
        break;
    case PUSHER_EVENT_ERROR:
    case PUSHER_EVENT_SUBSCRIPTION_ERROR:
        give_up("%s: %s", event->name, event->data);
        break;
    default:
        break;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        give_up("echo MODE PORT COUNT");
    struct mode mode = mode_named(argv[1]);
    if (mode.delivery == PUSHER_DELIVER_POLL)
        give_up("inline or thread");
    trips_prepare(&trips, (size_t)atol(argv[3]));
    pusher_config *config = config_for(argv[2], NULL, mode.delivery);
    MUST(pusher_config_set_publish_rate(config, 0, 0)); /* as fast as the events come back */
    MUST(pusher_client_new(config, &client));
    MUST(pusher_config_free(config));
    pusher_callback callback = {on_event, NULL, NULL};
    MUST(pusher_client_bind(client, NULL, NULL, &callback, NULL));
    MUST(pusher_client_subscribe(client, CHANNEL, NULL, NULL));
    MUST(pusher_client_connect(client, NULL));
    const struct timespec moment = {0, 50000000};
    while (!atomic_load(&done))
        nanosleep(&moment, NULL);
    trips_print(&trips);
    MUST(pusher_client_free(client));
    return 0;
}
