/*
 * Programs that ask for their events: with a loop around a descriptor, with a wake-up, with threads
 * that share a queue; and what happens when they free what they ask.
 */
#include "sockets.h"
#include "support.h"

#include <pthread.h>

static pusher_client *client_with(int32_t delivery, pusher_queue *queue)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    CHECK_OK(pusher_config_set_delivery(config, delivery));
    if (queue != NULL) {
        CHECK_OK(pusher_config_set_shared_queue(config, queue));
    }
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}

static void publish_numbers(int from, int until)
{
    char json[80];
    for (int n = from; n < until; n++) {
        snprintf(json, sizeof json, "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"%d\"}", n);
        order("publish", json);
    }
}

static void listen_to_news(pusher_client *client)
{
    connect_client(client);
    subscribe_channel(client, "news");
}

/* Checks one number after another, on the thread that it is told. */
typedef struct reader {
    pusher_client *client;
    pthread_t thread;
    int next;
    int calls;
} reader;

static void read_number(const pusher_event *event, void *user_data)
{
    reader *self = (reader *)user_data;
    CHECK(pthread_equal(pthread_self(), self->thread));
    CHECK(event->client == self->client);
    CHECK(atoi(event->data) == self->next);
    self->next++;
}

static void bind_reader(reader *self, pusher_client *client)
{
    pusher_callback callback = {read_number, NULL, NULL};
    callback.user_data = self;
    self->client = client;
    self->thread = pthread_self();
    self->next = 0;
    self->calls = 0;
    CHECK_OK(pusher_client_bind(client, "news", "n", &callback, NULL));
}

static void loop_around_a_descriptor(void)
{
    pusher_client *client = client_with(PUSHER_DELIVER_POLL, NULL);
    intptr_t descriptor = -1;
    reader self;
    struct pollfd waiting;
    bind_reader(&self, client);
    CHECK_OK(pusher_client_descriptor(client, &descriptor));
    waiting.fd = (socket_handle)descriptor;
    waiting.events = POLLIN;
    listen_to_news(client);
    for (int round = 1; round <= 20; round++) {
        publish_numbers(self.next, round * 10);
        while (self.next < round * 10) {
            CHECK(poll(&waiting, 1, PATIENCE_MS) == 1);
            while (pusher_client_dispatch(client, 3, 0, NULL) == PUSHER_OK) {
            }
        }
        CHECK(poll(&waiting, 1, 0) == 0);
    }
    CHECK_OK(pusher_client_free(client));
}

static void taking_events_in_order(void)
{
    pusher_client *client = client_with(PUSHER_DELIVER_POLL, NULL);
    pusher_events *events = NULL;
    pusher_event *event = NULL;
    int next = 0;
    listen_to_news(client);
    publish_numbers(0, 100);
    while (next < 50) {
        CHECK_OK(pusher_client_next(client, PATIENCE_MS, &event));
        if (event->kind == PUSHER_EVENT_MESSAGE) {
            CHECK(atoi(event->data) == next++ && strcmp(event->channel, "news") == 0);
        }
        CHECK_OK(pusher_event_free(event));
    }
    while (next < 100) {
        CHECK_OK(pusher_client_next_batch(client, 20, PATIENCE_MS, &events));
        CHECK(pusher_events_count(events) <= 20);
        for (size_t i = 0; i < pusher_events_count(events); i++) {
            const pusher_event *one = pusher_events_at(events, i);
            if (one->kind == PUSHER_EVENT_MESSAGE) {
                CHECK(atoi(one->data) == next++);
            }
        }
        CHECK_OK(pusher_events_free(events));
    }
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    int32_t status = pusher_client_next(client, PATIENCE_MS, &event);
    while (status == PUSHER_OK) {
        CHECK_OK(pusher_event_free(event));
        status = pusher_client_next(client, PATIENCE_MS, &event);
    }
    CHECK_STATUS(PUSHER_ERR_CLOSED, status);
    CHECK_OK(pusher_client_free(client));
}

static void wake(void *user_data)
{
    gate_add((gate *)user_data, 1);
}

static void woken_once_for_many(void)
{
    pusher_client *client = client_with(PUSHER_DELIVER_POLL, NULL);
    gate woken = GATE_INITIALIZER;
    pusher_wakeup wakeup = {wake, NULL, NULL};
    reader self;
    wakeup.user_data = &woken;
    bind_reader(&self, client);
    CHECK_OK(pusher_client_set_wakeup(client, &wakeup));
    listen_to_news(client);
    for (int round = 1; round <= 20; round++) {
        publish_numbers(self.next, round * 10);
        ping_server(client);
        CHECK(gate_get(&woken) <= 1); /* nothing has been asked for since */
        while (self.next < round * 10) {
            CHECK(gate_reaches(&woken, 1));
            gate_set(&woken, 0); /* before asking: what comes from here on wakes again */
            while (pusher_client_dispatch(client, 0, 0, NULL) == PUSHER_OK) {
            }
        }
    }
    CHECK_OK(pusher_client_free(client));
}

#define CLIENTS 30
#define NUMBERS 40

/* Its callbacks run on any of the threads, but one at a time. */
typedef struct counter {
    pusher_client *client;
    gate next;
} counter;

static void count_number(const pusher_event *event, void *user_data)
{
    counter *self = (counter *)user_data;
    CHECK(event->client == self->client);
    CHECK(atoi(event->data) == gate_get(&self->next));
    gate_add(&self->next, 1);
}

static void *serve(void *queue)
{
    int32_t status;
    do {
        status = pusher_queue_dispatch((pusher_queue *)queue, 7, -1, NULL);
    } while (status == PUSHER_OK);
    CHECK_STATUS(PUSHER_ERR_CLOSED, status);
    return NULL;
}

static void many_clients_and_few_threads(void)
{
    static counter counters[CLIENTS];
    pthread_t threads[3];
    pusher_queue *queue = NULL;
    CHECK_OK(pusher_queue_new(&queue));
    for (int i = 0; i < CLIENTS; i++) {
        pusher_callback callback = {count_number, NULL, NULL};
        callback.user_data = &counters[i];
        gate_init(&counters[i].next);
        counters[i].client = client_with(PUSHER_DELIVER_POLL, queue);
        CHECK_OK(pusher_client_bind(counters[i].client, "news", "n", &callback, NULL));
    }
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_create(&threads[i], NULL, serve, queue) == 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        listen_to_news(counters[i].client);
    }
    CHECK(threads_named("pusherws-ev") == 0);
    publish_numbers(0, NUMBERS);
    for (int i = 0; i < CLIENTS; i++) {
        CHECK(gate_reaches(&counters[i].next, NUMBERS));
    }
    /* While the others go on. */
    for (int i = 0; i < CLIENTS / 2; i++) {
        CHECK_OK(pusher_client_free(counters[i].client));
    }
    publish_numbers(NUMBERS, NUMBERS + 5);
    for (int i = CLIENTS / 2; i < CLIENTS; i++) {
        CHECK(gate_reaches(&counters[i].next, NUMBERS + 5));
        CHECK_OK(pusher_client_free(counters[i].client));
    }
    CHECK_OK(pusher_queue_free(queue));
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void taking_from_a_queue_tells_whose(void)
{
    pusher_queue *queue = NULL;
    pusher_client *clients[2];
    int seen[2] = {0, 0};
    pusher_event *event = NULL;
    pusher_events *events = NULL;
    CHECK_OK(pusher_queue_new(&queue));
    for (int i = 0; i < 2; i++) {
        clients[i] = client_with(PUSHER_DELIVER_POLL, queue);
        listen_to_news(clients[i]);
    }
    publish_numbers(0, 10);
    while (seen[0] < 10 || seen[1] < 10) {
        if ((seen[0] + seen[1]) % 2 == 0) {
            CHECK_OK(pusher_queue_next(queue, PATIENCE_MS, &event));
            int whose = event->client == clients[0] ? 0 : 1;
            CHECK(event->client == clients[whose]);
            if (event->kind == PUSHER_EVENT_MESSAGE) {
                CHECK(atoi(event->data) == seen[whose]++);
            }
            CHECK_OK(pusher_event_free(event));
            continue;
        }
        CHECK_OK(pusher_queue_next_batch(queue, 3, PATIENCE_MS, &events));
        for (size_t i = 0; i < pusher_events_count(events); i++) {
            const pusher_event *one = pusher_events_at(events, i);
            int whose = one->client == clients[0] ? 0 : 1;
            CHECK(one->client == clients[whose]);
            if (one->kind == PUSHER_EVENT_MESSAGE) {
                CHECK(atoi(one->data) == seen[whose]++);
            }
        }
        CHECK_OK(pusher_events_free(events));
    }
    CHECK_OK(pusher_client_free(clients[0]));
    CHECK_OK(pusher_client_free(clients[1]));
    CHECK_OK(pusher_queue_free(queue));
}

static void record_thread(const pusher_event *event, void *user_data)
{
    gate *counted = (gate *)user_data;
    pusher_request request = 0;
    CHECK_STATUS(PUSHER_ERR_WOULD_DEADLOCK, pusher_client_wait(event->client, 1, PATIENCE_MS));
    CHECK_OK(pusher_client_ping(event->client, &request));
    gate_add(counted, 1);
}

static void inline_on_the_network_thread(void)
{
    pusher_client *client = client_with(PUSHER_DELIVER_INLINE, NULL);
    gate counted = GATE_INITIALIZER;
    pusher_callback callback = {record_thread, NULL, NULL};
    callback.user_data = &counted;
    CHECK_OK(pusher_client_bind(client, "news", "n", &callback, NULL));
    listen_to_news(client);
    publish_numbers(0, 10);
    CHECK(gate_reaches(&counted, 10));
    CHECK(threads_named("pusherws-ev") == 0);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

/* Frees the client that it is an event of. */
static void free_it(const pusher_event *event, void *user_data)
{
    CHECK_OK(pusher_client_free(event->client));
    gate_add((gate *)user_data, 1);
}

static void count_drop(void *user_data)
{
    gate_add((gate *)user_data, 100);
}

static void freed_in_its_own_callback(void)
{
    for (int32_t delivery = PUSHER_DELIVER_THREAD; delivery <= PUSHER_DELIVER_INLINE; delivery++) {
        pusher_client *client = client_with(delivery, NULL);
        gate done = GATE_INITIALIZER;
        pusher_callback callback = {free_it, count_drop, NULL};
        callback.user_data = &done;
        CHECK_OK(pusher_client_bind(client, "news", "n", &callback, NULL));
        listen_to_news(client);
        publish_numbers(0, 3);
        if (delivery == PUSHER_DELIVER_POLL) {
            int32_t status;
            do {
                status = pusher_client_dispatch(client, 0, PATIENCE_MS, NULL);
            } while (status == PUSHER_OK);
            CHECK(status == PUSHER_ERR_HANDLE || status == PUSHER_ERR_CLOSED);
        }
        CHECK(gate_reaches(&done, 101));
        CHECK(gate_get(&done) == 101);
        CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_free(client));
        wait_for_threads("pusherws-", 0);
    }
}

/* Nobody asks: the client stops reading, and nothing is lost. */
static void nobody_asks(void)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    reader self;
    CHECK_OK(pusher_config_set_delivery(config, PUSHER_DELIVER_POLL));
    CHECK_OK(pusher_config_set_queue_capacity(config, 16));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    bind_reader(&self, client);
    listen_to_news(client);
    order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":2000,"
                   "\"numbered\":true}");
    while (self.next < 2000) {
        CHECK_OK(pusher_client_dispatch(client, 0, PATIENCE_MS, NULL));
    }
    CHECK_OK(pusher_client_free(client));
}

int main(int argc, char **argv)
{
    static const test tests[] = {
        {"a loop around a descriptor", loop_around_a_descriptor},
        {"taking events in order", taking_events_in_order},
        {"woken once for many events", woken_once_for_many},
        {"many clients and few threads", many_clients_and_few_threads},
        {"taking from a queue tells whose", taking_from_a_queue_tells_whose},
        {"inline, on the network thread", inline_on_the_network_thread},
        {"freed in its own callback", freed_in_its_own_callback},
        {"nobody asks for a while", nobody_asks},
        {NULL, NULL},
    };
    start_server();
    return run_tests(tests, argc, argv);
}
