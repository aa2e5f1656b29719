/*
 * Whom an event calls: in which order, what a callback may bind and unbind, and when it is dropped.
 */
#include "harness.h"

static gate turns = GATE_INITIALIZER;
static char order_of_calls[64];

static void note_turn(const pusher_event *event, void *user_data)
{
    if (event->kind != PUSHER_EVENT_MESSAGE) {
        return; /* the ping's end may come after the wait for it */
    }
    size_t length = strlen(order_of_calls);
    CHECK(length + 1 < sizeof order_of_calls);
    order_of_calls[length] = *(const char *)user_data;
    order_of_calls[length + 1] = '\0';
    if (strcmp(event->name, "end") == 0) {
        gate_add(&turns, 1);
    }
}

static pusher_binding bind_letter(pusher_client *client, const char *channel, const char *event,
                                  const char *letter)
{
    pusher_callback callback = {note_turn, NULL, NULL};
    pusher_binding bound = 0;
    callback.user_data = (void *)(uintptr_t)letter;
    CHECK_OK(pusher_client_bind(client, channel, event, &callback, &bound));
    return bound;
}

static void called_in_the_order_of_binding(void)
{
    pusher_client *client = new_client("ann");
    pusher_binding unbound;
    connect_client(client);
    subscribe_channel(client, "news");
    ping_server(client);
    bind_letter(client, "news", "e", "a");
    bind_letter(client, NULL, "e", "b");
    bind_letter(client, "news", NULL, "c");
    bind_letter(client, "other", NULL, "x");
    unbound = bind_letter(client, "news", NULL, "y");
    bind_letter(client, NULL, NULL, "d");
    bind_letter(client, "news", "e", "e");
    CHECK_OK(pusher_client_unbind(client, unbound));
    order_of_calls[0] = '\0';
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    order("publish", "{\"channel\":\"news\",\"event\":\"end\",\"data\":\"1\"}");
    CHECK(gate_reaches(&turns, 2));
    if (strcmp(order_of_calls, "abcdecd") != 0) {
        FAIL("the callbacks ran in the order %s", order_of_calls);
    }
    CHECK_OK(pusher_client_free(client));
}

typedef struct inside {
    pusher_client *client;
    pusher_binding own;
    recorder *later;
    gate calls, drops;
    int running;
    int32_t wait, unbind, unbind_again, subscribe;
} inside;

static inside *new_inside(pusher_client *client)
{
    inside *self = (inside *)calloc(1, sizeof(inside));
    CHECK(self != NULL);
    self->client = client;
    gate_init(&self->calls);
    gate_init(&self->drops);
    return self;
}

static void dropped_inside(void *user_data)
{
    inside *self = (inside *)user_data;
    CHECK(!self->running);
    gate_add(&self->drops, 1);
}

static void bind_inside(inside *self, pusher_event_callback call)
{
    pusher_callback callback = {NULL, dropped_inside, NULL};
    callback.call = call;
    callback.user_data = self;
    CHECK_OK(pusher_client_bind(self->client, "news", "e", &callback, &self->own));
}

static void wait_here(const pusher_event *event, void *user_data)
{
    inside *self = (inside *)user_data;
    pusher_request request = 0;
    (void)event;
    CHECK_OK(pusher_client_ping(self->client, &request));
    self->wait = pusher_client_wait(self->client, request, -1);
    check_message_at(__FILE__, __LINE__, "pusher_client_wait", "callback");
    gate_add(&self->calls, 1);
}

static void waiting_in_a_callback_is_refused(void)
{
    pusher_client *client = new_client("ann");
    inside *state = new_inside(client);
    bind_inside(state, wait_here);
    connect_client(client);
    subscribe_channel(client, "news");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&state->calls, 1));
    CHECK(state->wait == PUSHER_ERR_WOULD_DEADLOCK);
    CHECK_OK(pusher_client_free(client));
    CHECK(gate_get(&state->drops) == 1);
    free(state);
}

static void unbind_here(const pusher_event *event, void *user_data)
{
    inside *self = (inside *)user_data;
    self->running = 1;
    self->unbind = pusher_client_unbind(self->client, self->own);
    self->unbind_again = pusher_client_unbind(self->client, self->own);
    /* Still running, so not dropped yet: the event and user_data are good until the end. */
    CHECK(gate_get(&self->drops) == 0 && strcmp(event->name, "e") == 0);
    gate_add(&self->calls, 1);
    self->running = 0;
}

static void unbinding_in_the_callback(void)
{
    recorder *others = recorder_new();
    pusher_client *client = new_client("ann");
    inside *state = new_inside(client);
    bind_inside(state, unbind_here);
    recorder_bind(others, client, "news", "e");
    connect_client(client);
    subscribe_channel(client, "news");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"2\"}");
    WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, NULL, NULL, 2);
    CHECK(gate_get(&state->calls) == 1);
    CHECK(state->unbind == PUSHER_OK && state->unbind_again == PUSHER_ERR_NOT_FOUND);
    CHECK(gate_reaches(&state->drops, 1)); /* without waiting for the end of the client */
    CHECK_OK(pusher_client_free(client));
    CHECK(gate_get(&state->drops) == 1);
    free(state);
    recorder_free(others);
}

static void bind_here(const pusher_event *event, void *user_data)
{
    inside *self = (inside *)user_data;
    (void)event;
    if (gate_add(&self->calls, 1) == 1) {
        recorder_bind(self->later, self->client, "news", "e");
        recorder_bind(self->later, self->client, NULL, "pusher:completed");
        self->subscribe = pusher_client_subscribe(self->client, "other", NULL, NULL);
    }
}

static void binding_in_a_callback(void)
{
    pusher_client *client = new_client("ann");
    inside *state = new_inside(client);
    state->later = recorder_new();
    bind_inside(state, bind_here);
    connect_client(client);
    subscribe_channel(client, "news");
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&state->calls, 1));
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"2\"}");
    const pusher_event *event = WAIT_EVENT(state->later, PUSHER_EVENT_COMPLETED, "other", NULL, 1);
    CHECK(event->status == PUSHER_OK);
    event = WAIT_EVENT(state->later, PUSHER_EVENT_MESSAGE, NULL, NULL, 1);
    CHECK(strcmp(event->data, "2") == 0); /* bound for later events, not for the present one */
    CHECK_OK(pusher_client_free(client));
    recorder_wait_drops(state->later, 2);
    recorder_free(state->later);
    CHECK(state->subscribe == PUSHER_OK && gate_get(&state->drops) == 1);
    free(state);
}

static void every_callback_is_dropped_once(void)
{
    enum { COUNT = 5 };
    pusher_client *client = new_client("ann");
    recorder *recorders[COUNT];
    pusher_binding bindings[COUNT];
    for (int i = 0; i < COUNT; i++) {
        recorders[i] = recorder_new();
        bindings[i] = recorder_bind(recorders[i], client, NULL, NULL);
    }
    connect_client(client);
    CHECK_OK(pusher_client_unbind(client, bindings[0]));
    recorder_wait_drops(recorders[0], 1);
    CHECK_OK(pusher_client_unbind(client, bindings[COUNT - 1]));
    recorder_wait_drops(recorders[COUNT - 1], 1);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_unbind(client, bindings[1]));
    recorder_wait_drops(recorders[1], 1);
    CHECK(recorders[2]->drops == 0);
    CHECK_OK(pusher_client_free(client));
    for (int i = 0; i < COUNT; i++) {
        CHECK(recorders[i]->drops == 1);
        recorder_free(recorders[i]);
    }
}

static const test tests[] = {
    {"called_in_the_order_of_binding", called_in_the_order_of_binding},
    {"waiting_in_a_callback_is_refused", waiting_in_a_callback_is_refused},
    {"unbinding_in_the_callback", unbinding_in_the_callback},
    {"binding_in_a_callback", binding_in_a_callback},
    {"every_callback_is_dropped_once", every_callback_is_dropped_once},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
