/*
 * What the functions for asking take and refuse: configs, queues, events, descriptors and wake-ups.
 * delivery.c has what they do.
 */
#include "support.h"

static void count_wakeup(void *user_data)
{
    gate_add((gate *)user_data, 1);
}

static void drop_wakeup(void *user_data)
{
    (void)user_data;
    drops++;
}

static pusher_client *polled_client(void)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    CHECK_OK(pusher_config_set_delivery(config, PUSHER_DELIVER_POLL));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}

static pusher_queue *stale_queue(void)
{
    pusher_queue *queue = NULL;
    CHECK_OK(pusher_queue_new(&queue));
    CHECK_OK(pusher_queue_free(queue));
    return queue;
}

static void choosing(void)
{
    pusher_config *config = new_config();
    pusher_queue *queue = NULL;
    CHECK_OK(pusher_queue_new(&queue));
    for (int32_t delivery = PUSHER_DELIVER_THREAD; delivery <= PUSHER_DELIVER_INLINE; delivery++) {
        CHECK_OK(pusher_config_set_delivery(config, delivery));
    }
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "pusher_delivery", pusher_config_set_delivery(config, 3));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "pusher_delivery", pusher_config_set_delivery(config, -1));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_config_set_delivery(NULL, PUSHER_DELIVER_POLL));
    CHECK_STATUS(PUSHER_ERR_HANDLE,
                 pusher_config_set_delivery(stale_config(), PUSHER_DELIVER_POLL));

    CHECK_OK(pusher_config_set_network_threads(config, 1));
    CHECK_OK(pusher_config_set_network_threads(config, 64));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "threads", pusher_config_set_network_threads(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "threads", pusher_config_set_network_threads(config, 65));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_config_set_network_threads(NULL, 1));

    CHECK_OK(pusher_config_set_shared_queue(config, queue));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "queue", pusher_config_set_shared_queue(config, NULL));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "queue", pusher_config_set_shared_queue(config, stale_queue()));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_config_set_shared_queue(stale_config(), queue));
    CHECK_OK(pusher_queue_free(queue));
    CHECK_OK(pusher_config_free(config));
}

static void queues(void)
{
    pusher_queue *queue = NULL;
    pusher_event *event = NULL;
    pusher_events *events = NULL;
    intptr_t descriptor = -7;
    uint32_t count = 7;
    gate woken = GATE_INITIALIZER;
    pusher_wakeup wakeup = {count_wakeup, drop_wakeup, NULL};
    pusher_wakeup no_call = {NULL, drop_wakeup, NULL};
    wakeup.user_data = &woken;
    drops = 0;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_queue_new(NULL));
    CHECK_OK(pusher_queue_new(&queue));
    CHECK(queue != NULL);

    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "no event", pusher_queue_dispatch(queue, 0, 0, &count));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_queue_dispatch(queue, 5, 1, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_queue_dispatch(queue, 0, -2, &count));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_queue_next(queue, 0, &event));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_queue_next(queue, -2, &event));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event", pusher_queue_next(queue, 0, NULL));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_queue_next_batch(queue, 0, 0, &events));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_queue_next_batch(queue, 0, -2, &events));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "events", pusher_queue_next_batch(queue, 0, 0, NULL));
    CHECK(count == 7 && event == NULL && events == NULL);

    CHECK_OK(pusher_queue_descriptor(queue, &descriptor));
    CHECK(descriptor >= 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "descriptor", pusher_queue_descriptor(queue, NULL));

    CHECK_OK(pusher_queue_set_wakeup(queue, &wakeup));
    CHECK(drops == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "call", pusher_queue_set_wakeup(queue, &no_call));
    CHECK(drops == 1);
    CHECK_OK(pusher_queue_set_wakeup(queue, NULL));
    CHECK(drops == 2);
    CHECK_OK(pusher_queue_set_wakeup(queue, &wakeup));
    CHECK_OK(pusher_queue_free(queue));
    CHECK(drops == 3 && gate_get(&woken) == 0);

    CHECK_OK(pusher_queue_free(NULL));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "queue", pusher_queue_free(queue));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_queue_dispatch(queue, 0, 0, NULL));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_queue_next(queue, 0, &event));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_queue_next_batch(queue, 0, 0, &events));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_queue_descriptor(queue, &descriptor));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_queue_set_wakeup(queue, &wakeup));
    CHECK(drops == 4);
}

static void asking_a_client(void)
{
    pusher_client *client = polled_client();
    pusher_event *event = NULL;
    pusher_events *events = NULL;
    intptr_t descriptor = -7;
    uint32_t count = 7;
    gate woken = GATE_INITIALIZER;
    pusher_wakeup wakeup = {count_wakeup, drop_wakeup, NULL};
    pusher_wakeup no_call = {NULL, drop_wakeup, NULL};
    wakeup.user_data = &woken;
    drops = 0;

    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_dispatch(client, 0, 0, &count));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_client_dispatch(client, 0, -2, &count));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_next(client, 0, &event));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_client_next(client, -2, &event));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event", pusher_client_next(client, 0, NULL));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_next_batch(client, 0, 0, &events));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_client_next_batch(client, 0, -2, &events));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "events", pusher_client_next_batch(client, 0, 0, NULL));
    CHECK(count == 7 && event == NULL && events == NULL);
    CHECK_OK(pusher_client_descriptor(client, &descriptor));
    CHECK(descriptor >= 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "descriptor", pusher_client_descriptor(client, NULL));
    CHECK_OK(pusher_client_set_wakeup(client, NULL));
    CHECK_OK(pusher_client_set_wakeup(client, &wakeup));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "call", pusher_client_set_wakeup(client, &no_call));
    CHECK(drops == 1);
    CHECK_OK(pusher_client_free(client));
    CHECK(drops == 2 && gate_get(&woken) == 0);

    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_dispatch(client, 0, 0, NULL));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_next(client, 0, &event));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_next_batch(client, 0, 0, &events));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_descriptor(client, &descriptor));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_set_wakeup(client, &wakeup));
    CHECK(drops == 3);
}

/* Clients that deliver by themselves, or into a queue that they share. */
static void asking_others(void)
{
    pusher_queue *queue = NULL;
    CHECK_OK(pusher_queue_new(&queue));
    for (int kind = 0; kind < 3; kind++) {
        static const char *const words[] = {"by itself", "by itself", "shares"};
        const char *word = words[kind];
        pusher_config *config = new_config();
        pusher_client *client = NULL;
        pusher_event *event = NULL;
        pusher_events *events = NULL;
        intptr_t descriptor = -7;
        pusher_wakeup wakeup = {count_wakeup, drop_wakeup, NULL};
        drops = 0;
        CHECK_OK(pusher_config_set_delivery(config, kind == 0 ? PUSHER_DELIVER_THREAD
                                                              : PUSHER_DELIVER_INLINE));
        if (kind == 2) {
            CHECK_OK(pusher_config_set_shared_queue(config, queue));
        }
        CHECK_OK(pusher_client_new(config, &client));
        CHECK_OK(pusher_config_free(config));
        CHECK_ERROR(PUSHER_ERR_STATE, word, pusher_client_dispatch(client, 0, -1, NULL));
        CHECK_ERROR(PUSHER_ERR_STATE, word, pusher_client_next(client, -1, &event));
        CHECK_ERROR(PUSHER_ERR_STATE, word, pusher_client_next_batch(client, 0, -1, &events));
        CHECK_ERROR(PUSHER_ERR_STATE, word, pusher_client_descriptor(client, &descriptor));
        CHECK_ERROR(PUSHER_ERR_STATE, word, pusher_client_set_wakeup(client, &wakeup));
        CHECK(event == NULL && events == NULL && descriptor == -7 && drops == 1);
        CHECK_OK(pusher_client_free(client));
    }
    CHECK_OK(pusher_queue_free(queue));
}

static void lists_of_events(void)
{
    pusher_client *client = polled_client();
    pusher_events *events = NULL;
    pusher_event *event = NULL;
    size_t length = 7;
    size_t count;
    const char *text;
    CHECK_OK(pusher_client_connect(client, NULL));
    CHECK_OK(pusher_client_next_batch(client, 0, PATIENCE_MS, &events));
    count = pusher_events_count(events);
    CHECK(count > 0);
    text = pusher_events_text(events, &length);
    CHECK(text != NULL && length > 0 && pusher_events_text(events, NULL) == text);
    for (size_t i = 0; i < count; i++) {
        const pusher_event *one = pusher_events_at(events, i);
        const char *first = (const char *)pusher_events_at(events, 0);
        CHECK(one != NULL && one->size == sizeof(pusher_event) && one->client == client);
        CHECK((const char *)one == first + i * one->size);
        CHECK(one->name >= text && one->name + one->name_len < text + length);
        CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_event_free((pusher_event *)one));
    }
    CHECK(pusher_events_at(events, count) == NULL && pusher_events_at(events, (size_t)-1) == NULL);
    event = pusher_event_clone(pusher_events_at(events, 0));
    CHECK_OK(pusher_events_free(events));
    CHECK(event != NULL && event->client == client);
    CHECK_OK(pusher_event_free(event));

    CHECK_OK(pusher_events_free(NULL));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "events", pusher_events_free(events));
    CHECK(pusher_events_count(events) == 0 && pusher_events_at(events, 0) == NULL);
    CHECK(pusher_events_count(NULL) == 0 && pusher_events_at(NULL, 0) == NULL);
    length = 7;
    CHECK(pusher_events_text(events, &length) == NULL && pusher_events_text(NULL, NULL) == NULL);
    CHECK(length == 7);

    /* One by one, as events of one's own. */
    CHECK_OK(pusher_client_ping(client, NULL));
    CHECK_OK(pusher_client_next(client, PATIENCE_MS, &event));
    CHECK(event->client == client && event->size == sizeof(pusher_event));
    CHECK_OK(pusher_event_free(event));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_event_free(event));
    CHECK_OK(pusher_client_free(client));
}

int main(int argc, char **argv)
{
    static const test tests[] = {
        {"choosing a delivery", choosing},
        {"queues", queues},
        {"asking a client", asking_a_client},
        {"asking clients that cannot be asked", asking_others},
        {"lists of events", lists_of_events},
        {NULL, NULL},
    };
    start_server();
    return run_tests(tests, argc, argv);
}
