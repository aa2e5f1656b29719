/*
 * Events that are asked for: in a loop of the program's own, by callbacks or one after another.
 */
#include "example.h"

#include <poll.h>
#include <semaphore.h>

static pusher_client *new_client(void)
{
    pusher_config *config = embedded_server();
    pusher_client *client = NULL;
    //! [delivery]
    pusher_config_set_delivery(config, PUSHER_DELIVER_POLL);
    //! [delivery]
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    must(pusher_client_subscribe(client, "prices", NULL, NULL));
    must(pusher_client_connect(client, NULL));
    return client;
}

static void on_event(const pusher_event *event, void *user_data)
{
    bool *subscribed = user_data; /* no lock: this runs on the thread that dispatches */
    *subscribed = *subscribed || event->kind == PUSHER_EVENT_SUBSCRIBED;
}

static void dispatch(void)
{
    pusher_client *client = new_client();
    bool done = false;
    pusher_callback callback = {on_event, NULL, &done};
    must(pusher_client_bind(client, NULL, NULL, &callback, NULL));
    //! [dispatch]
    while (!done) {
        uint32_t count = 0; /* callbacks run in here, for 100 events at most */
        int32_t status = pusher_client_dispatch(client, 100, 50, &count);
        if (status != PUSHER_OK && status != PUSHER_ERR_TIMEOUT) {
            break; /* PUSHER_ERR_CLOSED: it has told everything */
        }
        /* here a game draws its next picture */
    }
    //! [dispatch]
    expect(done, "prices is subscribed");
    must(pusher_client_free(client));
}

static void next(void)
{
    pusher_client *client = new_client();
    pusher_event *kept = NULL;
    //! [next]
    pusher_event *event = NULL;
    while (pusher_client_next(client, 15000, &event) == PUSHER_OK) {
        bool subscribed = event->kind == PUSHER_EVENT_SUBSCRIBED;
        printf("%s\n", event->name);
        if (subscribed) {
            kept = pusher_event_clone(event); /* for later, or for another thread */
        }
        pusher_event_free(event);
        if (subscribed) {
            break;
        }
    }
    //! [next]
    expect(kept != NULL, "prices is subscribed");
    //! [event_free]
    printf("%s was subscribed\n", kept->channel);
    pusher_event_free(kept);
    //! [event_free]
    must(pusher_client_free(client));
}

static void next_batch(void)
{
    pusher_client *client = new_client();
    size_t seen = 0;
    //! [next_batch]
    pusher_events *events = NULL;
    if (pusher_client_next_batch(client, 0, 15000, &events) == PUSHER_OK) {
        for (size_t i = 0; i < pusher_events_count(events); i++) {
            const pusher_event *event = pusher_events_at(events, i); /* lives as long as events */
            printf("%s\n", event->name);
            seen++;
        }
        pusher_events_free(events);
    }
    //! [next_batch]
    expect(seen > 0, "there was an event");
    must(pusher_client_free(client));
}

static void text_of_a_batch(void)
{
    pusher_client *client = new_client();
    pusher_events *events = NULL;
    must(pusher_client_next_batch(client, 0, 15000, &events));
    //! [events_text]
    size_t length = 0; /* for languages that copy all text at once */
    const char *text = pusher_events_text(events, &length);
    const pusher_event *first = pusher_events_at(events, 0);
    printf("the first name begins %td bytes into %zu\n", first->name - text, length);
    //! [events_text]
    expect(first->name == text, "the first name comes first");
    must(pusher_events_free(events));
    must(pusher_client_free(client));
}

static void descriptor(void)
{
    pusher_client *client = new_client();
    //! [descriptor]
    ptrdiff_t descriptor = -1;
    pusher_client_descriptor(client, &descriptor);
    struct pollfd waited_for[] = {{.fd = (int)descriptor, .events = POLLIN}};
    int ready = poll(waited_for, 1, 15000); /* with your own descriptors beside it */
    if (ready > 0) {
        while (pusher_client_dispatch(client, 0, 0, NULL) == PUSHER_OK) {
            /* until PUSHER_ERR_TIMEOUT: then it is no longer readable */
        }
    }
    //! [descriptor]
    expect(ready == 1, "there was something to ask for");
    must(pusher_client_free(client));
}

//! [wakeup]
/* Mostly on a thread of the library: say that there is something, and return. */
static void on_wakeup(void *user_data)
{
    sem_post(user_data); /* or PostMessage, g_idle_add, uv_async_send */
}
//! [wakeup]

static void wakeup(void)
{
    sem_t there_is_something;
    expect(sem_init(&there_is_something, 0, 0) == 0, "there are semaphores");
    pusher_client *client = new_client();
    //! [set_wakeup]
    pusher_wakeup wakeup = {on_wakeup, NULL, &there_is_something};
    pusher_client_set_wakeup(client, &wakeup); /* called once for any number of events */
    sem_wait(&there_is_something);
    while (pusher_client_dispatch(client, 0, 0, NULL) == PUSHER_OK) {
        /* until PUSHER_ERR_TIMEOUT: only then it is called again */
    }
    //! [set_wakeup]
    must(pusher_client_free(client)); /* after this it is not called any more */
    sem_destroy(&there_is_something);
}

int main(void)
{
    dispatch();
    next();
    next_batch();
    text_of_a_batch();
    descriptor();
    wakeup();
    return 0;
}
