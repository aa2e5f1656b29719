/*
 * A bug of the library's own, a panic, ends one client at most, and not the host. For a library with
 * the feature planted-faults, which has bugs on order.
 */
#include "process.h"

#ifdef __cplusplus
extern "C"
#endif
    int32_t
    pusherws_plant(pusher_client *client, int32_t fault);

/* As in src/ffi/planted.rs. */
enum { PANIC_IN_EXPORT = 1, PANIC_IN_DRIVER = 2, PANIC_IN_DELIVERY = 3 };

static void a_panic_in_a_function(void)
{
    pusher_client *client = new_listener(count_event);
    for (int i = 0; i < 3; i++) {
        CHECK_ERROR(PUSHER_ERR_PANIC, "report", pusherws_plant(client, PANIC_IN_EXPORT));
        ping_server(client);
    }
    CHECK_ERROR(PUSHER_ERR_PANIC, "report", pusherws_plant(NULL, PANIC_IN_EXPORT));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusherws_plant(NULL, PANIC_IN_DRIVER));
    CHECK_STATUS(PUSHER_ERR_ARGUMENT, pusherws_plant(client, 99));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

/* What is pending when the bug strikes: the server answers neither ping nor subscription, and the
   event waits for that. */
enum { PENDING = 3 };

static void make_pending(pusher_client *client, pusher_request *requests)
{
    order("faults", "{\"fault\":\"ignore_pings\"}");
    order("faults", "{\"fault\":\"ignore_subscribe\"}");
    CHECK_OK(pusher_client_ping(client, &requests[0]));
    CHECK_OK(pusher_client_subscribe(client, "private-b", NULL, &requests[1]));
    CHECK_OK(pusher_client_publish(client, "private-b", "e", "1", 1, &requests[2]));
    order("wait", "{\"event\":\"pusher:subscribe\",\"contains\":\"private-b\",\"timeout_ms\":15000}");
}

typedef struct waiter {
    pusher_client *client;
    pusher_request request;
} waiter;

static void *wait_for_the_bug(void *argument)
{
    waiter *self = (waiter *)argument;
    CHECK_STATUS(PUSHER_ERR_PANIC, pusher_client_wait(self->client, self->request, -1));
    return NULL;
}

/* The client with the bug fails, says so, and completes what was pending; another one goes on. */
static void a_panic_behind_a_client(int32_t fault)
{
    recorder *events = recorder_new();
    pusher_client *other = new_listener(count_event);
    pusher_client *client = new_client("ben");
    pusher_request pending[PENDING] = {0, 0, 0};
    const pusher_event *event;
    waiter waiting = {NULL, 0};
    pthread_t thread;
    char dump[32768];

    recorder_bind(events, client, NULL, NULL);
    recorder_bind(events, client, "news", NULL);
    connect_client(client);
    subscribe_channel(client, "news");
    make_pending(client, pending);
    waiting.client = client;
    waiting.request = pending[1];
    thread = start_thread(wait_for_the_bug, &waiting);

    CHECK_OK(pusherws_plant(client, fault));
    for (int i = 0; i < PENDING; i++) {
        event = WAIT_COMPLETED(events, pending[i]);
        CHECK(event->status == PUSHER_ERR_PANIC && strstr(event->data, "report") != NULL);
        CHECK_STATUS(PUSHER_ERR_PANIC, pusher_client_wait(client, pending[i], PATIENCE_MS));
    }
    CHECK(pthread_join(thread, NULL) == 0);
    event = WAIT_EVENT(events, PUSHER_EVENT_ERROR, NULL, NULL, 1);
    CHECK(event->status == PUSHER_ERR_PANIC && strstr(event->data, "report") != NULL);
    /* Connecting, connected, failed. */
    event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, 3);
    CHECK(event->state == PUSHER_STATE_FAILED && event->status == PUSHER_ERR_PANIC);
    CHECK(event->previous_state == PUSHER_STATE_CONNECTED && event->retry_in_ms == -1);
    CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    /* What is asked for in a report of it. */
    CHECK_OK(pusher_client_dump(client, dump, sizeof dump, NULL));
    CHECK(strstr(dump, "\"state\": \"failed\"") != NULL && strstr(dump, "private-b") != NULL);
    CHECK_STATUS(PUSHER_ERR_CLOSED, pusher_client_ping(client, NULL));
    CHECK_STATUS(PUSHER_ERR_CLOSED, pusher_client_connect(client, NULL));

    /* The other one has not noticed, and there can be new ones. */
    order("clear", "{}");
    ping_server(other);
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&events_seen, 1));
    CHECK(pusher_client_state(other) == PUSHER_STATE_CONNECTED);
    CHECK_OK(pusher_client_free(new_listener(count_event)));

    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    for (int i = 0; i < PENDING; i++) {
        CHECK(recorder_completions(events, pending[i]) == 1);
    }
    CHECK(events->drops == 2);
    recorder_free(events);
    ping_server(other);
    CHECK_OK(pusher_client_free(other));
    wait_for_threads("pusherws-", 0);
}

static void a_panic_in_the_driver(void)
{
    a_panic_behind_a_client(PANIC_IN_DRIVER);
}

static void a_panic_on_the_delivery_thread(void)
{
    a_panic_behind_a_client(PANIC_IN_DELIVERY);
}

/* The events before and behind it are delivered; closing and freeing do not wait for what was lost. */
static void a_panic_among_many_events(void)
{
    recorder *events = recorder_new(), *errors = recorder_new();
    pusher_client *client = new_client("ann");
    recorder_bind(events, client, "news", "n");
    recorder_bind(errors, client, NULL, "pusher:error");
    connect_client(client);
    subscribe_channel(client, "news");
    for (size_t round = 1; round <= 3; round++) {
        order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":500,"
                       "\"numbered\":true}");
        if (round == 3) {
            CHECK_OK(pusherws_plant(client, PANIC_IN_DELIVERY));
            CHECK_OK(pusherws_plant(client, PANIC_IN_DELIVERY));
        }
        WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "n", 500 * (round < 3 ? round : 2));
    }
    WAIT_EVENT(errors, PUSHER_EVENT_ERROR, NULL, NULL, 1);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    for (size_t i = 0; i < events->count; i++) {
        CHECK(strtol(events->events[i]->data, NULL, 10) == (long)(i % 500));
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(errors);
    recorder_free(events);
}

/* Freed at the very moment of the bug. */
static void freed_while_it_panics(void)
{
    for (int round = 0; round < 20; round++) {
        recorder *events = recorder_new();
        pusher_client *client = new_client("ann");
        recorder_bind(events, client, NULL, NULL);
        connect_client(client);
        CHECK_OK(pusherws_plant(client, round % 2 ? PANIC_IN_DRIVER : PANIC_IN_DELIVERY));
        CHECK_OK(pusher_client_free(client));
        CHECK(events->drops == 1);
        recorder_free(events);
    }
    wait_for_threads("pusherws-", 0);
}

static const test tests[] = {
    {"a_panic_in_a_function", a_panic_in_a_function},
    {"a_panic_in_the_driver", a_panic_in_the_driver},
    {"a_panic_on_the_delivery_thread", a_panic_on_the_delivery_thread},
    {"a_panic_among_many_events", a_panic_among_many_events},
    {"freed_while_it_panics", freed_while_it_panics},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_one_test(tests, argc, argv);
}
