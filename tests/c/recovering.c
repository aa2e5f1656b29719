/*
 * Connecting again, as the application decides; the gap that a loss leaves; and what is dropped when
 * callbacks do not keep up.
 */
#include "support.h"

#define REFUSE_ONCE "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":1}"
#define REFUSE "{\"fault\":\"refuse_upgrade\",\"status\":503}"

/* The n-th announcement of a try. */
static const pusher_event *wait_for_try(recorder *events, size_t n)
{
    for (size_t i = 1;; i++) {
        const pusher_event *event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, i);
        n -= event->retry_in_ms >= 0;
        if (n == 0) {
            return event;
        }
    }
}

/* The n-th change to this state. */
static const pusher_event *wait_for_state(recorder *events, int32_t state, size_t n)
{
    for (size_t i = 1;; i++) {
        const pusher_event *event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, i);
        n -= event->state == state && event->previous_state != state;
        if (n == 0) {
            return event;
        }
    }
}

static pusher_client *patient_client(recorder *events, uint32_t max_tries)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_retry_patience(config, 3600000));
    CHECK_OK(pusher_config_set_max_tries(config, max_tries));
    return make_client(config, events);
}

/* Retrying ------------------------------------------------------------------------------------ */

/* The patience is an hour: what connects is the decision. */
static void a_try_waits_for_the_decision(void)
{
    recorder *events = recorder_new();
    pusher_client *client = patient_client(events, 0);
    pusher_request connecting = 0, decided = 0, late = 0;
    const pusher_event *event;
    fresh_server();
    order("faults", "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":2}");
    CHECK_OK(pusher_client_connect(client, &connecting));
    event = wait_for_try(events, 1);
    CHECK(event->state == PUSHER_STATE_CONNECTING && event->retry_in_ms < 3600000);
    CHECK(event->code == 503 && event->data != NULL);

    /* Later; and that fails again. */
    CHECK_OK(pusher_client_retry(client, 30, &decided));
    CHECK(WAIT_COMPLETED(events, decided)->status == PUSHER_OK);
    wait_for_try(events, 2);
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, connecting, 0));

    /* At once. */
    CHECK_OK(pusher_client_retry(client, 0, &decided));
    CHECK_OK(pusher_client_wait(client, connecting, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
    CHECK_OK(pusher_client_wait(client, decided, PATIENCE_MS));

    /* Too late. */
    CHECK_OK(pusher_client_retry(client, -1, &late));
    CHECK_STATUS(PUSHER_ERR_STATE, pusher_client_wait(client, late, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
    end_client(client, events);
}

static void no_further_try(void)
{
    recorder *events = recorder_new();
    pusher_client *client = patient_client(events, 0);
    pusher_request connecting = 0, subscribing = 0, decided = 0;
    const pusher_event *event;
    fresh_server();
    order("faults", REFUSE_ONCE);
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, &subscribing));
    CHECK_OK(pusher_client_connect(client, &connecting));
    wait_for_try(events, 1);
    CHECK_OK(pusher_client_retry(client, -1, &decided));
    CHECK_OK(pusher_client_wait(client, decided, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_CANCELLED, pusher_client_wait(client, connecting, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_CANCELLED, pusher_client_wait(client, subscribing, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    event = wait_for_state(events, PUSHER_STATE_FAILED, 1);
    CHECK(event->status == PUSHER_ERR_CANCELLED && event->retry_in_ms == -1);

    /* Until another connect. The channel is still wanted. */
    connect_client(client);
    WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "news", NULL, 1);
    end_client(client, events);
}

static void decide(const pusher_event *event, void *user_data)
{
    if (event->retry_in_ms >= 0) {
        CHECK_OK(pusher_client_retry((pusher_client *)user_data, 1, NULL));
    }
}

static void decided_in_the_callback(void)
{
    recorder *events = recorder_new();
    pusher_client *client = patient_client(events, 0);
    pusher_callback callback = {decide, NULL, NULL};
    fresh_server();
    order("faults", "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":5}");
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:state_change", &callback, NULL));
    connect_client(client);
    wait_for_try(events, 5);
    end_client(client, events);
}

static void it_gives_up_after_so_many_tries(void)
{
    recorder *events = recorder_new();
    pusher_config *config = new_config();
    pusher_client *client;
    pusher_request connecting = 0;
    const pusher_event *event;
    CHECK_OK(pusher_config_set_max_tries(config, 3));
    client = make_client(config, events);
    fresh_server();
    order("faults", REFUSE);
    CHECK_OK(pusher_client_connect(client, &connecting));
    event = WAIT_COMPLETED(events, connecting);
    CHECK(event->status != PUSHER_OK && event->code == 503);
    CHECK(strstr(event->data, "3 tries") != NULL);
    CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    CHECK(recorder_count(events, PUSHER_EVENT_ERROR, NULL, NULL) == 3);

    /* A connect counts from the beginning, and so does a connection. */
    order("clear", "{}");
    order("faults", "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":2}");
    connect_client(client);
    order("faults", "{\"fault\":\"refuse_upgrade\",\"status\":503,\"times\":2}");
    order("drop", "{\"how\":\"rst\"}");
    wait_for_state(events, PUSHER_STATE_CONNECTED, 2);
    end_client(client, events);
}

/* Other networks ------------------------------------------------------------------------------ */

static void another_network_is_tried_at_once(void)
{
    recorder *events = recorder_new();
    pusher_client *client = patient_client(events, 0);
    pusher_request connecting = 0, changed = 0;
    fresh_server();
    order("faults", REFUSE_ONCE);
    CHECK_OK(pusher_client_connect(client, &connecting));
    wait_for_try(events, 1);
    CHECK_OK(pusher_client_network_changed(client, &changed));
    CHECK(WAIT_COMPLETED(events, changed)->status == PUSHER_OK);
    CHECK_OK(pusher_client_wait(client, connecting, PATIENCE_MS));

    /* A connection is probed. */
    CHECK_OK(pusher_client_network_changed(client, NULL));
    order("wait", "{\"event\":\"pusher:ping\",\"count\":1,\"timeout_ms\":15000}");
    CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
    end_client(client, events);
}

/* Gaps ---------------------------------------------------------------------------------------- */

static void a_loss_leaves_a_gap(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(new_config(), events);
    pusher_request request = 0;
    const pusher_event *gap, *last = NULL;
    fresh_server();
    connect_client(client);
    subscribe_channel(client, "news");
    order("drop", "{\"how\":\"rst\"}");
    gap = WAIT_EVENT(events, PUSHER_EVENT_GAP, "news", "pusher:gap", 1);
    CHECK(gap->status == PUSHER_ERR_NETWORK && gap->code == 1006 && gap->value >= 0);
    CHECK(strstr(gap->data, "\"from\":") != NULL && strstr(gap->data, "\"to\":") != NULL);
    CHECK(strstr(gap->data, "\"tries\":1") != NULL && strstr(gap->data, "\"reason\":\"") != NULL);
    for (size_t i = 0; events->events[i] != gap; i++) {
        last = events->events[i]->kind == PUSHER_EVENT_SUBSCRIBED ? events->events[i] : last;
    }
    CHECK(recorder_count(events, PUSHER_EVENT_SUBSCRIBED, "news", NULL) == 2);
    CHECK(last == WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "news", NULL, 2));

    /* Another loss is another gap; what is missed after a disconnect is missed on purpose. */
    order("drop", "{\"how\":\"fin\"}");
    WAIT_EVENT(events, PUSHER_EVENT_GAP, "news", NULL, 2);
    CHECK_OK(pusher_client_disconnect(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    connect_client(client);
    WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "news", NULL, 4);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK(recorder_count(events, PUSHER_EVENT_GAP, NULL, NULL) == 2);
    end_client(client, events);
}

/* Dropping ------------------------------------------------------------------------------------ */

enum { SENT = 3000, CAPACITY = 64 };

/* What a callback sees that stands still until it may go on. */
typedef struct slow {
    gate begun;
    gate go_on;
    long delivered;
    long first_missing; /* the first number that did not come in its turn, or SENT */
    long last;
    long told; /* by PUSHER_EVENT_DROPPED */
} slow;

static void take_slowly(const pusher_event *event, void *user_data)
{
    slow *self = (slow *)user_data;
    long number = strtol(event->data, NULL, 10);
    gate_add(&self->begun, 1);
    CHECK(gate_reaches(&self->go_on, 1));
    CHECK(number > self->last);
    if (number != self->last + 1 && self->first_missing == SENT) {
        self->first_missing = self->last + 1;
    }
    self->last = number;
    self->delivered++;
}

static void take_dropped(const pusher_event *event, void *user_data)
{
    slow *self = (slow *)user_data;
    CHECK(event->kind == PUSHER_EVENT_DROPPED && event->status == PUSHER_ERR_QUEUE_FULL);
    CHECK(event->value > 0 && event->data != NULL);
    self->told += (long)event->value;
}

static void *flood(void *unused)
{
    (void)unused;
    order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":3000,"
                   "\"numbered\":true}");
    return NULL;
}

/* A flood over a callback that stands still; returns how many messages were dropped. */
static long flooded(slow *self, int32_t policy)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    pusher_callback taking = {take_slowly, NULL, NULL}, dropping = {take_dropped, NULL, NULL};
    pthread_t flooding;
    uint64_t dropped = 0, before = 0;

    memset(self, 0, sizeof *self);
    gate_init(&self->begun);
    gate_init(&self->go_on);
    self->first_missing = SENT;
    self->last = -1;
    taking.user_data = dropping.user_data = self;
    CHECK_OK(pusher_config_set_queue_capacity(config, CAPACITY));
    CHECK_OK(pusher_config_set_queue_policy(config, policy));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    CHECK_OK(pusher_client_bind(client, "news", "n", &taking, NULL));
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:dropped", &dropping, NULL));
    connect_client(client);
    subscribe_channel(client, "news");
    CHECK(pthread_create(&flooding, NULL, flood, NULL) == 0);
    CHECK(gate_reaches(&self->begun, 1));
    if (policy != PUSHER_QUEUE_BLOCK) {
        /* The server answers a ping after the flood: then all of it has been read, and when it has
           answered the next one, queued or dropped. */
        CHECK(pthread_join(flooding, NULL) == 0);
        ping_server(client);
        ping_server(client);
        CHECK_OK(pusher_client_dropped(client, &before));
        CHECK(before > 0 && before < SENT);
    }
    gate_set(&self->go_on, 1);
    if (policy == PUSHER_QUEUE_BLOCK) {
        CHECK(pthread_join(flooding, NULL) == 0);
        ping_server(client);
    }
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_dropped(client, &dropped));
    CHECK(policy == PUSHER_QUEUE_BLOCK || dropped == before);
    CHECK_OK(pusher_client_free(client));
    CHECK(self->delivered + (long)dropped == SENT);
    CHECK(self->told == (long)dropped);
    return (long)dropped;
}

static void nothing_is_dropped(void)
{
    slow self;
    fresh_server();
    CHECK(flooded(&self, PUSHER_QUEUE_BLOCK) == 0);
    CHECK(self.first_missing == SENT && self.last == SENT - 1);
}

static void the_oldest_are_dropped(void)
{
    slow self;
    fresh_server();
    CHECK(flooded(&self, PUSHER_QUEUE_DROP_OLDEST) > 0);
    CHECK(self.first_missing < SENT && self.last == SENT - 1);
}

static void the_newest_are_dropped(void)
{
    slow self;
    fresh_server();
    CHECK(flooded(&self, PUSHER_QUEUE_DROP_NEWEST) > 0);
    /* The first ones, while there was room. */
    CHECK(self.first_missing >= CAPACITY / 2 && self.last < SENT - 1);
}

static const test tests[] = {
    {"a_try_waits_for_the_decision", a_try_waits_for_the_decision},
    {"no_further_try", no_further_try},
    {"decided_in_the_callback", decided_in_the_callback},
    {"it_gives_up_after_so_many_tries", it_gives_up_after_so_many_tries},
    {"another_network_is_tried_at_once", another_network_is_tried_at_once},
    {"a_loss_leaves_a_gap", a_loss_leaves_a_gap},
    {"nothing_is_dropped", nothing_is_dropped},
    {"the_oldest_are_dropped", the_oldest_are_dropped},
    {"the_newest_are_dropped", the_newest_are_dropped},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
