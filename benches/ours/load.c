/*
 * The library under load.
 *
 *     load MODE PORT CHANNEL [OTHERS [CA_FILE]]
 *
 * MODE: thread, poll, batch or inline. OTHERS is how many more channels are subscribed and bound,
 * which hear nothing unless CHANNEL asks for a spread load. With CA_FILE it is over TLS.
 */
#define _POSIX_C_SOURCE 200809L

#include "common.h"
#include "../measure.h"

#include <stdatomic.h>

static struct meter meter;
static atomic_bool done;

static void on_event(const pusher_event *event, void *user_data)
{
    if (event->kind == PUSHER_EVENT_MESSAGE) {
        if (meter_event(&meter, event->name, event->name_len, event->data, event->data_len))
            atomic_store(&done, true);
    } else if (event->kind == PUSHER_EVENT_ERROR || event->kind == PUSHER_EVENT_SUBSCRIPTION_ERROR) {
        give_up("%s: %s", event->name, event->data);
    }
    (void)user_data;
}

static void dispatch(pusher_client *client)
{
    while (!atomic_load(&done))
        MUST(pusher_client_dispatch(client, 0, -1, NULL));
}

static void take_batches(pusher_client *client)
{
    while (!atomic_load(&done)) {
        pusher_events *events = NULL;
        MUST(pusher_client_next_batch(client, 0, -1, &events));
        size_t count = pusher_events_count(events);
        for (size_t i = 0; i < count; i++)
            on_event(pusher_events_at(events, i), NULL);
        MUST(pusher_events_free(events));
    }
}

static void wait_idle(void)
{
    const struct timespec moment = {0, 10000000};
    while (!atomic_load(&done))
        nanosleep(&moment, NULL);
}

static void join(pusher_client *client, const char *channel)
{
    pusher_callback callback = {on_event, NULL, NULL};
    MUST(pusher_client_bind(client, channel, NULL, &callback, NULL));
    MUST(pusher_client_subscribe(client, channel, NULL, NULL));
}

int main(int argc, char **argv)
{
    if (argc < 4)
        give_up("load MODE PORT CHANNEL [OTHERS [CA_FILE]]");
    struct mode mode = mode_named(argv[1]);
    int others = argc > 4 ? atoi(argv[4]) : 0;
    pusher_config *config = config_for(argv[2], argc > 5 ? argv[5] : NULL, mode.delivery);
    pusher_client *client = NULL;
    MUST(pusher_client_new(config, &client));
    MUST(pusher_config_free(config));

    pusher_callback errors = {on_event, NULL, NULL};
    MUST(pusher_client_bind(client, NULL, "pusher:error", &errors, NULL));
    for (int i = 0; i < others; i++) {
        char name[64];
        snprintf(name, sizeof name, "other-channel-%d", i);
        join(client, name);
    }
    join(client, argv[3]); /* the last: the load begins as soon as it is subscribed */
    MUST(pusher_client_connect(client, NULL));
    if (mode.batches)
        take_batches(client);
    else if (mode.delivery == PUSHER_DELIVER_POLL)
        dispatch(client);
    else
        wait_idle();
    MUST(pusher_client_close(client, 2000));
    MUST(pusher_client_free(client));
    return 0;
}
