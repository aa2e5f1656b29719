/*
 * Threads and floods: freeing, closing, binding and publishing while thousands of events are in
 * flight, from other threads and from inside the callbacks.
 */
#include "harness.h"

#define FLOOD                                                                                      \
    "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"{\\\"n\\\":{n}}\",\"numbered\":true,"        \
    "\"count\":4000}"

static pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static void join_thread(pthread_t thread)
{
    CHECK(pthread_join(thread, NULL) == 0);
}

/* The server writes a flood as fast as it is read: the order returns when it is written, or when
   the last receiver has gone. */
static void *flood(void *unused)
{
    (void)unused;
    try_order("flood", FLOOD);
    return NULL;
}

/* A client under flood, and what its callbacks see. */
typedef struct victim {
    pusher_client *client;
    gate calls;
    gate drops;
    gate running;
    gate over;     /* set when free has returned: no call may begin or run after that */
    long act_at;   /* the call that does something by itself, or 0 */
    void (*act)(struct victim *self);
    int32_t result;
} victim;

static void on_flood(const pusher_event *event, void *user_data)
{
    victim *self = (victim *)user_data;
    CHECK(gate_add(&self->running, 1) == 1);
    CHECK(gate_get(&self->over) == 0 && gate_get(&self->drops) == 0);
    CHECK(event->data != NULL);
    if (gate_add(&self->calls, 1) == self->act_at) {
        self->act(self);
        CHECK(event->data[0] == '{'); /* the event is good until the callback returns */
    }
    CHECK(gate_get(&self->over) == 0);
    gate_add(&self->running, -1);
}

static void on_drop(void *user_data)
{
    victim *self = (victim *)user_data;
    CHECK(gate_get(&self->running) == 0);
    CHECK(gate_add(&self->drops, 1) == 1);
}

static victim *new_victim(void (*act)(victim *self), long act_at)
{
    victim *self = (victim *)calloc(1, sizeof(victim));
    pusher_callback callback = {on_flood, on_drop, NULL};
    CHECK(self != NULL);
    gate_init(&self->calls);
    gate_init(&self->drops);
    gate_init(&self->running);
    gate_init(&self->over);
    self->act = act;
    self->act_at = act_at;
    self->client = new_client("victim");
    callback.user_data = self;
    CHECK_OK(pusher_client_bind(self->client, "news", "e", &callback, NULL));
    connect_client(self->client);
    subscribe_channel(self->client, "news");
    return self;
}

/* Freeing from outside ------------------------------------------------------------------------ */

static void *free_it(void *argument)
{
    victim *self = (victim *)argument;
    int32_t result = pusher_client_free(self->client);
    if (result == PUSHER_OK) {
        CHECK(gate_get(&self->running) == 0);
        CHECK(gate_get(&self->drops) == 1);
        gate_set(&self->over, 1);
    } else {
        CHECK(result == PUSHER_ERR_HANDLE);
    }
    return NULL;
}

/* After free returns no callback runs: from this thread, from another, from two at once. */
static void freed_under_flood(void)
{
    for (int round = 0; round < 30; round++) {
        victim *self = new_victim(NULL, 0);
        pthread_t flooding = start_thread(flood, NULL);
        long calls;
        CHECK(gate_reaches(&self->calls, 1 + round * 20));
        if (round % 3 == 0) {
            free_it(self);
        } else {
            pthread_t freeing = start_thread(free_it, self);
            if (round % 3 == 2) {
                free_it(self);
            }
            join_thread(freeing);
        }
        CHECK(gate_get(&self->over) == 1);
        calls = gate_get(&self->calls);
        CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_state(self->client));
        join_thread(flooding);
        CHECK(gate_get(&self->calls) == calls && gate_get(&self->drops) == 1);
        free(self);
    }
}

/* From inside --------------------------------------------------------------------------------- */

static void free_here(victim *self)
{
    self->result = pusher_client_free(self->client);
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_free(self->client));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_ping(self->client, NULL));
    CHECK(gate_get(&self->drops) == 0); /* it is still running */
}

static void never(const pusher_event *event, void *user_data)
{
    (void)user_data;
    FAIL("a callback was called after the client was freed in an earlier one: %s", event->name);
}

static void freed_in_a_callback(void)
{
    for (int round = 0; round < 10; round++) {
        victim *self = new_victim(free_here, 1 + round * 50);
        pusher_callback late = {never, NULL, NULL};
        if (round == 0) { /* then it is the very first event of the channel that frees */
            CHECK_OK(pusher_client_bind(self->client, "news", "e", &late, NULL));
        }
        flood(NULL);
        CHECK(gate_reaches(&self->drops, 1));
        CHECK(self->result == PUSHER_OK);
        CHECK(gate_get(&self->calls) == self->act_at);
        wait_for_threads("pusherws-", 0);
        free(self);
    }
}

static void close_here(victim *self)
{
    self->result = pusher_client_close(self->client, PATIENCE_MS);
    CHECK_STATUS(PUSHER_ERR_CLOSED, pusher_client_ping(self->client, NULL));
}

static void closed_in_a_callback(void)
{
    for (int round = 0; round < 5; round++) {
        victim *self = new_victim(close_here, 1 + round * 100);
        recorder *events = recorder_new();
        pusher_request request = 0;
        recorder_bind(events, self->client, NULL, "pusher:completed");
        order("faults", "{\"fault\":\"ignore_pings\"}");
        CHECK_OK(pusher_client_ping(self->client, &request));
        flood(NULL);
        CHECK(WAIT_COMPLETED(events, request)->status == PUSHER_ERR_CANCELLED);
        CHECK(self->result == PUSHER_OK);
        CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
        CHECK(pusher_client_state(self->client) == PUSHER_STATE_DISCONNECTED);
        CHECK_OK(pusher_client_free(self->client));
        CHECK(gate_get(&self->drops) == 1 && events->drops == 1);
        CHECK(recorder_completions(events, request) == 1);
        order("clear", "{}");
        recorder_free(events);
        free(self);
    }
}

static pusher_client *other_client;

static void free_the_other(victim *self)
{
    self->result = pusher_client_free(other_client);
}

static void freed_in_a_callback_of_another_client(void)
{
    for (int round = 0; round < 5; round++) {
        victim *self = new_victim(free_the_other, 100);
        victim *other = new_victim(NULL, 0);
        other_client = other->client;
        flood(NULL);
        CHECK(gate_reaches(&self->calls, 4000));
        CHECK(self->result == PUSHER_OK);
        CHECK(gate_get(&other->drops) == 1);
        CHECK_OK(pusher_client_free(self->client));
        free(self);
        free(other);
    }
}

/* Waiting ------------------------------------------------------------------------------------- */

typedef struct waiter {
    pusher_client *client;
    pusher_request request;
    int32_t result;
} waiter;

static void *wait_for_it(void *argument)
{
    waiter *self = (waiter *)argument;
    self->result = pusher_client_wait(self->client, self->request, -1);
    return NULL;
}

static void freeing_releases_who_waits(void)
{
    for (int round = 0; round < 10; round++) {
        waiter self = {NULL, 0, 1};
        pthread_t waiting;
        self.client = new_client("ann");
        /* It is never connected, so that the subscription stays open. */
        CHECK_OK(pusher_client_subscribe(self.client, "news", NULL, &self.request));
        waiting = start_thread(wait_for_it, &self);
        CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(self.client, self.request, round));
        CHECK_OK(pusher_client_free(self.client));
        join_thread(waiting);
        /* Or the client was gone before that thread had begun to wait. */
        CHECK(self.result == PUSHER_ERR_CANCELLED || self.result == PUSHER_ERR_HANDLE);
    }
}

/* All at once --------------------------------------------------------------------------------- */

enum { WORKERS = 4, ROUNDS = 60, EACH = 3 };

typedef struct worker {
    pusher_client *client;
    int number;
    pusher_request requests[ROUNDS * EACH];
    int made;
} worker;

static void note_request(worker *self, int32_t status, pusher_request request)
{
    CHECK(status == PUSHER_OK || status == PUSHER_ERR_QUEUE_FULL);
    if (status == PUSHER_OK) {
        self->requests[self->made++] = request;
    }
}

static void ignore(const pusher_event *event, void *user_data)
{
    CHECK(event->name != NULL);
    gate_add((gate *)user_data, 0);
}

static void count_drop(void *user_data)
{
    gate_add((gate *)user_data, 1);
}

static gate bindings_dropped = GATE_INITIALIZER;

static void *work(void *argument)
{
    worker *self = (worker *)argument;
    pusher_callback callback = {ignore, count_drop, NULL};
    callback.user_data = &bindings_dropped;
    for (int round = 0; round < ROUNDS; round++) {
        pusher_binding binding = 0;
        pusher_request request = 0;
        char channel[40];
        int32_t status;
        snprintf(channel, sizeof channel, "private-%d-%d", self->number, round % 3);
        CHECK_OK(pusher_client_bind(self->client, round % 2 ? "news" : NULL, NULL, &callback,
                                    &binding));
        status = pusher_client_subscribe(self->client, channel, NULL, &request);
        note_request(self, status, request);
        status = pusher_client_publish(self->client, channel, "e", "{}", 2, &request);
        note_request(self, status, request);
        CHECK(pusher_client_channel_state(self->client, channel) >= 0);
        CHECK(pusher_client_state(self->client) >= 0);
        status = pusher_client_unsubscribe(self->client, channel, &request);
        note_request(self, status, request);
        CHECK_OK(pusher_client_unbind(self->client, binding));
    }
    return NULL;
}

static void used_by_many_threads_under_flood(void)
{
    static worker workers[WORKERS];
    pthread_t threads[WORKERS];
    victim *self = new_victim(NULL, 0);
    recorder *events = recorder_new();
    pthread_t flooding;

    recorder_bind(events, self->client, NULL, "pusher:completed");
    flooding = start_thread(flood, NULL);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].client = self->client;
        workers[i].number = i;
        threads[i] = start_thread(work, &workers[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        join_thread(threads[i]);
    }
    join_thread(flooding);
    CHECK(gate_reaches(&self->calls, 4000));
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    for (int i = 0; i < WORKERS; i++) {
        CHECK(workers[i].made > 0);
        for (int j = 0; j < workers[i].made; j++) {
            CHECK(recorder_completions(events, workers[i].requests[j]) == 1);
        }
    }
    CHECK_OK(pusher_client_free(self->client));
    CHECK(gate_get(&self->calls) == 4000); /* nothing is lost, nothing comes twice */
    CHECK(gate_get(&bindings_dropped) == WORKERS * ROUNDS);
    recorder_free(events);
    free(self);
}

static gate uses = GATE_INITIALIZER;
static gate handed_over = GATE_INITIALIZER, taken_back = GATE_INITIALIZER;

/* Uses a client until somebody has freed it; each callback that was handed over is dropped. */
static void *use_until_it_is_gone(void *argument)
{
    pusher_client *client = (pusher_client *)argument;
    for (int32_t status = PUSHER_OK; status != PUSHER_ERR_HANDLE; gate_add(&uses, 1)) {
        pusher_callback callback = {ignore, count_drop, NULL};
        pusher_binding binding = 0;
        pusher_request request = 0;
        callback.user_data = &taken_back;
        gate_add(&handed_over, 1);
        status = pusher_client_bind(client, "news", NULL, &callback, &binding);
        CHECK(status == PUSHER_OK || status == PUSHER_ERR_CLOSED || status == PUSHER_ERR_HANDLE);
        pusher_client_subscribe(client, "private-a", NULL, &request);
        pusher_client_publish(client, "private-a", "e", "{}", 2, NULL);
        pusher_client_unsubscribe(client, "private-a", NULL);
        if (request != 0 && request % 8 == 0) {
            pusher_client_wait(client, request, -1);
        }
        if (status == PUSHER_OK) {
            pusher_client_unbind(client, binding);
            status = pusher_client_ping(client, NULL);
        }
        CHECK(status == PUSHER_OK || status == PUSHER_ERR_CLOSED || status == PUSHER_ERR_HANDLE ||
              status == PUSHER_ERR_QUEUE_FULL);
    }
    return NULL;
}

static void used_by_two_threads_while_a_third_frees(void)
{
    for (int round = 0; round < 20; round++) {
        victim *self = new_victim(NULL, 0);
        pthread_t flooding = start_thread(flood, NULL), freeing;
        pthread_t one = start_thread(use_until_it_is_gone, self->client);
        pthread_t two = start_thread(use_until_it_is_gone, self->client);
        CHECK(gate_reaches(&uses, gate_get(&uses) + 5 * round));
        freeing = start_thread(free_it, self);
        join_thread(freeing);
        join_thread(one);
        join_thread(two);
        CHECK(gate_get(&self->over) == 1 && gate_get(&self->drops) == 1);
        CHECK(gate_get(&taken_back) == gate_get(&handed_over));
        join_thread(flooding);
        free(self);
    }
}

static void *live(void *argument)
{
    const char *name = (const char *)argument;
    for (int round = 0; round < 10; round++) {
        recorder *events = recorder_new();
        pusher_client *client = new_client(name);
        recorder_bind(events, client, "private-own", NULL);
        connect_client(client);
        subscribe_channel(client, "private-own");
        subscribe_channel(client, "presence-all");
        publish_text(client, "private-own", "e", "1");
        ping_server(client);
        WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, NULL, NULL, 1);
        if (round % 2) {
            CHECK_OK(pusher_client_close(client, PATIENCE_MS));
        }
        CHECK_OK(pusher_client_free(client));
        CHECK(events->drops == 1);
        recorder_free(events);
    }
    return NULL;
}

static void two_clients_in_two_threads(void)
{
    static char ann[] = "ann", ben[] = "ben";
    pthread_t one = start_thread(live, ann);
    pthread_t two = start_thread(live, ben);
    join_thread(one);
    join_thread(two);
    wait_for_threads("pusherws-", 0);
}

static const test tests[] = {
    {"freed_under_flood", freed_under_flood},
    {"freed_in_a_callback", freed_in_a_callback},
    {"closed_in_a_callback", closed_in_a_callback},
    {"freed_in_a_callback_of_another_client", freed_in_a_callback_of_another_client},
    {"freeing_releases_who_waits", freeing_releases_who_waits},
    {"used_by_many_threads_under_flood", used_by_many_threads_under_flood},
    {"used_by_two_threads_while_a_third_frees", used_by_two_threads_while_a_third_frees},
    {"two_clients_in_two_threads", two_clients_in_two_threads},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
