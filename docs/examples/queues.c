/*
 * One queue for the events of many clients.
 */
#include "example.h"

#include <poll.h>

#define CLIENTS 3

static int subscribed;

static void on_event(const pusher_event *event, void *user_data)
{
    const char *name = user_data;
    if (event->kind == PUSHER_EVENT_SUBSCRIBED) {
        printf("%s is subscribed\n", name);
        subscribed++;
    }
}

static void on_wakeup(void *user_data)
{
    (void)user_data;
}

int main(void)
{
    pusher_client *clients[CLIENTS] = {NULL};
    char names[CLIENTS][16];
    pusher_config *config = embedded_server();
    //! [queue_new]
    pusher_queue *queue = NULL;
    if (pusher_queue_new(&queue) == PUSHER_OK) {
        pusher_config_set_shared_queue(config, queue); /* for all clients of this config */
    }
    //! [queue_new]
    for (int i = 0; i < CLIENTS; i++) {
        snprintf(names[i], sizeof names[i], "client %d", i + 1);
        pusher_callback callback = {on_event, NULL, names[i]};
        must(pusher_client_new(config, &clients[i]));
        must(pusher_client_bind(clients[i], NULL, NULL, &callback, NULL));
        must(pusher_client_subscribe(clients[i], "prices", NULL, NULL));
        must(pusher_client_connect(clients[i], NULL));
    }
    must(pusher_config_free(config));

    //! [queue_dispatch]
    while (subscribed < CLIENTS) { /* one thread, or a few of them, serve all clients */
        uint32_t count = 0;
        int32_t status = pusher_queue_dispatch(queue, 0, 15000, &count);
        if (status != PUSHER_OK) {
            break; /* PUSHER_ERR_TIMEOUT: nothing for 15 seconds */
        }
    }
    //! [queue_dispatch]
    expect(subscribed == CLIENTS, "all are subscribed");

    for (int i = 0; i < CLIENTS; i++) {
        must(pusher_client_ping(clients[i], NULL));
    }
    //! [queue_next]
    pusher_event *event = NULL;
    if (pusher_queue_next(queue, 15000, &event) == PUSHER_OK) {
        if (event->client == clients[0]) {
            puts("it happened to the first client");
        }
        pusher_event_free(event);
    }
    //! [queue_next]
    //! [queue_next_batch]
    pusher_events *events = NULL;
    if (pusher_queue_next_batch(queue, 100, 15000, &events) == PUSHER_OK) {
        printf("%zu events, all of one client\n", pusher_events_count(events));
        pusher_events_free(events);
    }
    //! [queue_next_batch]

    //! [queue_descriptor]
    ptrdiff_t descriptor = -1;
    pusher_queue_descriptor(queue, &descriptor);
    struct pollfd waited_for = {.fd = (int)descriptor, .events = POLLIN};
    if (poll(&waited_for, 1, 1000) > 0) {
        while (pusher_queue_dispatch(queue, 0, 0, NULL) == PUSHER_OK) {
            /* until PUSHER_ERR_TIMEOUT, as for a client's own */
        }
    }
    //! [queue_descriptor]
    //! [queue_set_wakeup]
    pusher_wakeup wakeup = {on_wakeup, NULL, NULL};
    pusher_queue_set_wakeup(queue, &wakeup); /* any client of the queue */
    //! [queue_set_wakeup]

    //! [queue_free]
    for (int i = 0; i < CLIENTS; i++) {
        pusher_client_free(clients[i]); /* the clients first */
    }
    pusher_queue_free(queue);
    //! [queue_free]
    return 0;
}
