/*
 * What a callback does to its own client: freeing, closing, unbinding and the rest, inside an event
 * of every kind and inside a drop. threads.c has the same under flood.
 */
#include "support.h"

/* How each kind of event comes about ---------------------------------------------------------- */

static pusher_config *ann_config(void)
{
    return server_config("ann");
}

static pusher_config *asking_config(void)
{
    pusher_config *config = plain_config();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    return config;
}

static pusher_config *preparing_config(void)
{
    pusher_config *config = endpoint_config("ann");
    CHECK_OK(pusher_config_set_auth_prepared(config, 1));
    return config;
}

static pusher_config *its_endpoint_config(void)
{
    return endpoint_config("ann");
}

static pusher_config *dropping_config(void)
{
    pusher_config *config = server_config("ann");
    CHECK_OK(pusher_config_set_queue_capacity(config, 16));
    CHECK_OK(pusher_config_set_queue_policy(config, PUSHER_QUEUE_DROP_NEWEST));
    return config;
}

/* These may find the client freed already. */
static void publish_one(pusher_client *client)
{
    (void)client;
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
}

static void drop_connection(pusher_client *client)
{
    (void)client;
    order("drop", "{\"how\":\"rst\"}");
}

static void send_error(pusher_client *client)
{
    (void)client;
    order("error", "{\"code\":4301,\"message\":\"slow down\"}");
}

static void subscribe_another(pusher_client *client)
{
    pusher_client_subscribe(client, "other", NULL, NULL);
}

static void subscribe_refused(pusher_client *client)
{
    order("faults", "{\"fault\":\"refuse_subscribe\",\"channel\":\"refused\"}");
    pusher_client_subscribe(client, "refused", NULL, NULL);
}

static void come_and_go(pusher_client *client)
{
    pusher_client *ben = new_client("ben");
    (void)client;
    connect_client(ben);
    subscribe_channel(ben, "presence-a");
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    CHECK_OK(pusher_client_free(ben));
}

static void subscribe_counted(pusher_client *client)
{
    order("app", "{\"subscription_count\":true}");
    pusher_client_subscribe(client, "other", NULL, NULL);
}

static void subscribe_cache(pusher_client *client)
{
    pusher_client_subscribe(client, "cache-a", NULL, NULL);
}

static void ping(pusher_client *client)
{
    pusher_client_ping(client, NULL);
}

static void send_strange(pusher_client *client)
{
    (void)client;
    order("send", "{\"text\":\"{\\\"event\\\":\\\"pusher:strange\\\",\\\"data\\\":{}}\"}");
}

static void subscribe_private(pusher_client *client)
{
    pusher_client_subscribe(client, "private-z", NULL, NULL);
}

static void sign_in(pusher_client *client)
{
    pusher_client_sign_in(client, NULL);
}

static void publish_unencrypted(pusher_client *client)
{
    (void)client;
    order("publish", "{\"channel\":\"private-encrypted-a\",\"event\":\"e\",\"data\":\"1\"}");
}

static void sign_in_refused(pusher_client *client)
{
    order("faults", "{\"fault\":\"auth_status\",\"status\":403,\"endpoint\":\"user\"}");
    pusher_client_sign_in(client, NULL);
}

static gate begun = GATE_INITIALIZER, go_on = GATE_INITIALIZER;

static void stand_still(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    gate_add(&begun, 1);
    CHECK(gate_reaches(&go_on, 1));
}

static void flood(pusher_client *client)
{
    pusher_callback callback = {stand_still, NULL, NULL};
    gate_set(&begun, 0);
    gate_set(&go_on, 0);
    CHECK_OK(pusher_client_bind_with(client, "news", "n", PUSHER_BIND_ONCE, &callback, NULL));
    order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"1\",\"count\":500}");
    CHECK(gate_reaches(&begun, 1));
    ping_server(client);
    gate_set(&go_on, 1);
}

static const struct kind {
    int32_t kind;
    pusher_config *(*config)(void);
    const char *channel; /* subscribed before */
    void (*provoke)(pusher_client *client);
} kinds[] = {
    {PUSHER_EVENT_MESSAGE, ann_config, "news", publish_one},
    {PUSHER_EVENT_STATE_CHANGE, ann_config, "news", drop_connection},
    {PUSHER_EVENT_ERROR, ann_config, "news", send_error},
    {PUSHER_EVENT_SUBSCRIBED, ann_config, "news", subscribe_another},
    {PUSHER_EVENT_SUBSCRIPTION_ERROR, ann_config, "news", subscribe_refused},
    {PUSHER_EVENT_MEMBER_ADDED, ann_config, "presence-a", come_and_go},
    {PUSHER_EVENT_MEMBER_REMOVED, ann_config, "presence-a", come_and_go},
    {PUSHER_EVENT_SUBSCRIPTION_COUNT, ann_config, "news", subscribe_counted},
    {PUSHER_EVENT_CACHE_MISS, ann_config, "news", subscribe_cache},
    {PUSHER_EVENT_COMPLETED, ann_config, "news", ping},
    {PUSHER_EVENT_PROTOCOL, ann_config, "news", send_strange},
    {PUSHER_EVENT_AUTHORIZE, asking_config, "news", subscribe_private},
    {PUSHER_EVENT_AUTHORIZE_USER, asking_config, "news", sign_in},
    {PUSHER_EVENT_PREPARE_AUTHORIZATION, preparing_config, "news", subscribe_private},
    {PUSHER_EVENT_DECRYPTION_ERROR, ann_config, "private-encrypted-a", publish_unencrypted},
    {PUSHER_EVENT_SIGNED_IN, ann_config, "news", sign_in},
    {PUSHER_EVENT_SIGN_IN_ERROR, its_endpoint_config, "news", sign_in_refused},
    {PUSHER_EVENT_WATCHLIST, ann_config, "news", sign_in},
    {PUSHER_EVENT_GAP, ann_config, "news", drop_connection},
    {PUSHER_EVENT_DROPPED, dropping_config, "news", flood},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Acting inside ------------------------------------------------------------------------------- */

typedef struct actor {
    pusher_client *client;
    pusher_binding binding;
    int32_t kind; /* 0: at the drop of another binding */
    void (*act)(struct actor *self);
    gate armed; /* not before the test is ready */
    gate acted;
    gate drops;
} actor;

static void act_once(const pusher_event *event, void *user_data)
{
    actor *self = (actor *)user_data;
    CHECK(gate_get(&self->drops) == 0);
    if (event->kind == self->kind && gate_get(&self->armed) && !gate_get(&self->acted)) {
        self->act(self);
        CHECK(event->name[event->name_len] == '\0'); /* it is good until the callback returns */
        gate_set(&self->acted, 1);
    }
}

static void note_drop(void *user_data)
{
    actor *self = (actor *)user_data;
    CHECK(gate_add(&self->drops, 1) == 1);
}

static void act_at_drop(void *user_data)
{
    actor *self = (actor *)user_data;
    self->act(self);
    gate_set(&self->acted, 1);
}

static void start(actor *self, const struct kind *kind, void (*act)(actor *self))
{
    pusher_callback callback = {act_once, note_drop, NULL};
    pusher_config *config = kind->config();
    end_after(60);
    fresh_server();
    order("app", "{\"subscription_count\":false}");
    memset(self, 0, sizeof *self);
    gate_init(&self->armed);
    gate_init(&self->acted);
    gate_init(&self->drops);
    self->kind = kind->kind;
    self->act = act;
    CHECK_OK(pusher_client_new(config, &self->client));
    CHECK_OK(pusher_config_free(config));
    callback.user_data = self;
    CHECK_OK(pusher_client_bind(self->client, NULL, NULL, &callback, &self->binding));
    connect_client(self->client);
    subscribe_channel(self->client, kind->channel);
}

/* The action inside an event of every kind, and inside a drop on the client's own thread. */
static void inside_everything(void (*act)(actor *self), void (*check)(actor *self))
{
    static const struct kind dropped = {0, ann_config, "news", publish_one};
    actor self;
    for (int i = 0; i < KINDS; i++) {
        start(&self, &kinds[i], act);
        gate_set(&self.armed, 1);
        kinds[i].provoke(self.client);
        if (!gate_reaches(&self.acted, 1)) {
            FAIL("there was no event of kind %d", (int)kinds[i].kind);
        }
        check(&self);
    }
    start(&self, &dropped, act);
    pusher_callback once = {nothing, act_at_drop, NULL};
    once.user_data = &self;
    CHECK_OK(pusher_client_bind_with(self.client, "news", "e", PUSHER_BIND_ONCE, &once, NULL));
    publish_one(self.client);
    CHECK(gate_reaches(&self.acted, 1));
    check(&self);
}

static void check_freed(actor *self)
{
    CHECK(gate_reaches(&self->drops, 1));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_free(self->client));
    wait_for_threads("pusherws-", 0);
    CHECK(gate_get(&self->drops) == 1);
}

static void check_closed(actor *self)
{
    CHECK_STATUS(PUSHER_ERR_CLOSED, pusher_client_ping(self->client, NULL));
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(self->client));
    check_freed(self);
}

/* It goes on, or can be made to. */
static void check_alive(actor *self)
{
    order("clear", "{}");
    connect_client(self->client);
    ping_server(self->client);
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(self->client));
    check_freed(self);
}

/* Actions ------------------------------------------------------------------------------------- */

static void do_free(actor *self)
{
    CHECK_OK(pusher_client_free(self->client));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_free(self->client));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_ping(self->client, NULL));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_unbind(self->client, self->binding));
}

static void freed_inside_everything(void)
{
    inside_everything(do_free, check_freed);
}

static void do_close(actor *self)
{
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_CLOSED, pusher_client_connect(self->client, NULL));
}

static void closed_inside_everything(void)
{
    inside_everything(do_close, check_closed);
}

static void do_close_and_free(actor *self)
{
    CHECK_OK(pusher_client_close(self->client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(self->client));
}

static void closed_and_freed_inside_everything(void)
{
    inside_everything(do_close_and_free, check_freed);
}

static void do_unbind(actor *self)
{
    CHECK_OK(pusher_client_unbind(self->client, self->binding));
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_unbind(self->client, self->binding));
    /* Unless this is the drop of another one, in which it is not running. */
    CHECK(self->kind == 0 || gate_get(&self->drops) == 0);
}

static void unbound_inside_everything(void)
{
    inside_everything(do_unbind, check_alive);
}

static void do_unsubscribe(actor *self)
{
    CHECK_OK(pusher_client_unsubscribe(self->client, "news", NULL));
    CHECK_OK(pusher_client_unsubscribe_all(self->client, NULL));
}

static void unsubscribed_inside_everything(void)
{
    inside_everything(do_unsubscribe, check_alive);
}

static void do_disconnect(actor *self)
{
    CHECK_OK(pusher_client_disconnect(self->client, NULL));
}

static void disconnected_inside_everything(void)
{
    inside_everything(do_disconnect, check_alive);
}

/* Whatever else makes a request, and what would wait for itself. */
static void do_requests(actor *self)
{
    pusher_callback callback = {nothing, NULL, NULL};
    pusher_request request = 0;
    CHECK_OK(pusher_client_bind(self->client, "late", NULL, &callback, NULL));
    CHECK_OK(pusher_client_subscribe(self->client, "late", NULL, &request));
    CHECK_OK(pusher_client_subscribe(self->client, "private-late", NULL, NULL));
    CHECK_OK(pusher_client_publish(self->client, "private-late", "e", "1", 1, NULL));
    CHECK_OK(pusher_client_connect(self->client, NULL));
    CHECK_OK(pusher_client_network_changed(self->client, NULL));
    CHECK_OK(pusher_client_retry(self->client, 0, NULL));
    CHECK_OK(pusher_client_ping(self->client, NULL));
    CHECK_STATUS(PUSHER_ERR_WOULD_DEADLOCK, pusher_client_wait(self->client, request, -1));
    CHECK(pusher_client_state(self->client) >= 0);
}

static void requests_inside_everything(void)
{
    inside_everything(do_requests, check_alive);
}

/* The drops of a free: the client is gone for them, and asking for it hangs nobody. */
static void do_what_cannot_be(actor *self)
{
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_free(self->client));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_close(self->client, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_unbind(self->client, self->binding));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_wait(self->client, 1, -1));
    CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_publish(self->client, "a", "e", "1", 1, NULL));
    CHECK_OK(pusher_client_free(new_client("another")));
}

static void a_client_that_is_gone_inside_its_drops(void)
{
    actor self;
    pusher_callback callback = {nothing, act_at_drop, NULL};
    start(&self, &kinds[0], do_what_cannot_be);
    callback.user_data = &self;
    CHECK_OK(pusher_client_bind(self.client, NULL, NULL, &callback, NULL));
    CHECK_OK(pusher_client_free(self.client));
    CHECK(gate_get(&self.acted) == 1);
    check_freed(&self);
}

static const test tests[] = {
    {"freed_inside_everything", freed_inside_everything},
    {"closed_inside_everything", closed_inside_everything},
    {"closed_and_freed_inside_everything", closed_and_freed_inside_everything},
    {"unbound_inside_everything", unbound_inside_everything},
    {"unsubscribed_inside_everything", unsubscribed_inside_everything},
    {"disconnected_inside_everything", disconnected_inside_everything},
    {"requests_inside_everything", requests_inside_everything},
    {"a_client_that_is_gone_inside_its_drops", a_client_that_is_gone_inside_its_drops},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
