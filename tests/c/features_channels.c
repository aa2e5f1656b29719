/*
 * Limits, patterns, and leaving all channels, against the embedded server.
 */
#include "support.h"

/* Limits -------------------------------------------------------------------------------------- */

static void client_events_beyond_the_limit_are_refused(void)
{
    enum { LIMIT = 3, COUNT = 6 };
    recorder *events = recorder_new();
    pusher_config *config = new_config();
    pusher_request requests[COUNT];
    int refused = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_rate(config, LIMIT, PUSHER_OVER_LIMIT_REFUSE));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    subscribe_channel(client, "private-a");
    for (int i = 0; i < COUNT; i++) {
        CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &requests[i]));
    }
    for (int i = 0; i < COUNT; i++) {
        int32_t status = WAIT_COMPLETED(events, requests[i])->status;
        CHECK(status == PUSHER_OK || (i >= LIMIT && status == PUSHER_ERR_RATE_LIMITED));
        refused += status != PUSHER_OK;
    }
    CHECK(refused > 0); /* all of the rest, unless the machine is slow */
    end_client(client, events);
}

static void only_the_latest_is_kept(void)
{
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = new_config();
    pusher_client *other = make_client(new_config(), others);
    pusher_request first = 0, second = 0, third = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_rate(config, 1, PUSHER_OVER_LIMIT_KEEP_LATEST));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    connect_client(other);
    subscribe_channel(client, "private-a");
    subscribe_channel(other, "private-a");
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "1", 1, &first));
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "2", 1, &second));
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "3", 1, &third));
    CHECK(WAIT_COMPLETED(events, first)->status == PUSHER_OK);
    CHECK(WAIT_COMPLETED(events, second)->status == PUSHER_ERR_CANCELLED);
    CHECK(WAIT_COMPLETED(events, third)->status == PUSHER_OK);
    CHECK(strcmp(WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, NULL, "client-at", 2)->data, "3") == 0);
    end_client(client, events);
    end_client(other, others);
}

static void a_queue_of_none_and_a_short_patience(void)
{
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = new_config();
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_queue(config, 0, 1000));
    pusher_client *client = make_client(config, events);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_STATUS(PUSHER_ERR_QUEUE_FULL, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);

    config = new_config();
    CHECK_OK(pusher_config_set_publish_queue(config, 10, 10));
    client = make_client(config, others);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, others);
}

static void names_by_the_configured_limits(void)
{
    static const char *const spaced[] = {"a b"}, *const of_ten[] = {"0123456789"};
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = server_config("ann");
    char name[201];
    memset(name, 'a', sizeof name);
    name[165] = '\0';
    fresh_server();
    CHECK_OK(pusher_config_set_limits(config, PUSHER_LIMITS_PUSHER, 1));
    pusher_client *client = make_client(config, events);
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "164", pusher_client_subscribe(client, name, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "164", pusher_client_get_channel(client, name, NULL, NULL));
    name[164] = '\0';
    CHECK_OK(pusher_client_subscribe(client, name, NULL, NULL));
    CHECK_OK(pusher_client_get_channel(client, name, NULL, NULL));
    /* Lenient: whatever the server takes. */
    CHECK_OK(pusher_client_subscribe(client, "a b", NULL, NULL));
    CHECK_OK(pusher_client_trigger(client, spaced, 1, "e", "1", 1, NULL, NULL, NULL));
    end_client(client, events);

    config = server_config("ann");
    CHECK_OK(pusher_config_set_custom_limits(config, 9, 8, 3, 0));
    client = make_client(config, others);
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "9", pusher_client_subscribe(client, of_ten[0], NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "9",
                pusher_client_trigger(client, of_ten, 1, "e", "1", 1, NULL, NULL, NULL));
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "data",
                pusher_client_publish(client, "private-a", "e", "1234", 4, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "9",
                pusher_client_publish(client, "private-a", "of", "1", 1, NULL)); /* client-of */
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "123", 3, NULL));
    end_client(client, others);
}

static void members_who_do_not_come_back_are_gone(void)
{
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_config *config = new_config();
    fresh_server();
    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_presence_grace(config, 10));
    pusher_client *ann = make_client(config, anns);
    pusher_client *ben = make_client(server_config("ben"), bens);
    connect_client(ann);
    connect_client(ben);
    subscribe_channel(ben, "presence-room");
    subscribe_channel(ann, "presence-room");
    /* He leaves while she is away: told when she is back, and the grace time is over. */
    CHECK_OK(pusher_client_disconnect(ann, NULL));
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    order("wait", "{\"connections\":0}");
    connect_client(ann);
    const pusher_event *event =
        WAIT_EVENT(anns, PUSHER_EVENT_MEMBER_REMOVED, "presence-room", NULL, 1);
    CHECK(strcmp(event->user_id, "ben") == 0);
    end_client(ann, anns);
    end_client(ben, bens);
}

/* Binding and channels ------------------------------------------------------------------------ */

typedef struct counter {
    gate calls, drops;
} counter;

static void count_call(const pusher_event *event, void *user_data)
{
    counter *self = (counter *)user_data;
    (void)event;
    CHECK(gate_get(&self->drops) == 0);
    gate_add(&self->calls, 1);
}

static void count_drop(void *user_data)
{
    gate_add(&((counter *)user_data)->drops, 1);
}

static pusher_binding bind_counter(pusher_client *client, counter *self, const char *channel,
                                   const char *event, int32_t flags)
{
    pusher_callback callback = {count_call, count_drop, NULL};
    pusher_binding binding = 0;
    gate_init(&self->calls);
    gate_init(&self->drops);
    callback.user_data = self;
    CHECK_OK(pusher_client_bind_with(client, channel, event, flags, &callback, &binding));
    return binding;
}

static void bound_once_and_by_patterns(void)
{
    enum { ONCE, ROOMS, EITHER, ONE, ALL, LITERAL, BOTH, COUNT };
    static const long expected[COUNT] = {1, 4, 4, 2, 6, 0, 1};
    static const char *const orders[] = {
        "{\"channel\":\"room-1\",\"event\":\"open\",\"data\":\"1\"}",
        "{\"channel\":\"room-1\",\"event\":\"shut\",\"data\":\"2\"}",
        "{\"channel\":\"room-2\",\"event\":\"open\",\"data\":\"3\"}",
        "{\"channel\":\"room-2\",\"event\":\"other\",\"data\":\"4\"}",
        "{\"channel\":\"news\",\"event\":\"open\",\"data\":\"5\"}",
        "{\"channel\":\"news\",\"event\":\"last\",\"data\":\"6\"}",
    };
    counter counters[COUNT];
    pusher_binding bindings[COUNT];
    recorder *events = recorder_new();
    pusher_client *client = make_client(plain_config(), events);
    fresh_server();
    bindings[ONCE] = bind_counter(client, &counters[ONCE], NULL, "open", PUSHER_BIND_ONCE);
    bindings[ROOMS] = bind_counter(client, &counters[ROOMS], "room-*", "[a-os]*", PUSHER_BIND_GLOB);
    bindings[EITHER] =
        bind_counter(client, &counters[EITHER], NULL, "{open,shut}", PUSHER_BIND_GLOB);
    bindings[ONE] = bind_counter(client, &counters[ONE], "room-?", "open", PUSHER_BIND_GLOB);
    bindings[ALL] = bind_counter(client, &counters[ALL], "*", "[!p]*", PUSHER_BIND_GLOB);
    bindings[LITERAL] = bind_counter(client, &counters[LITERAL], "room-*", NULL, 0);
    bindings[BOTH] = bind_counter(client, &counters[BOTH], "room-[2-9]", "o*",
                                  PUSHER_BIND_ONCE | PUSHER_BIND_GLOB);
    connect_client(client);
    subscribe_channel(client, "room-1");
    subscribe_channel(client, "room-2");
    subscribe_channel(client, "news");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        CHECK(order("publish", orders[i]) == 1);
    }
    WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "last", 1);
    CHECK(gate_reaches(&counters[ONCE].drops, 1) && gate_reaches(&counters[BOTH].drops, 1));
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_unbind(client, bindings[ONCE]));
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_unbind(client, bindings[BOTH]));
    for (int i = 0; i < COUNT; i++) {
        CHECK(gate_reaches(&counters[i].calls, expected[i])); /* of the last event, too */
    }
    CHECK_OK(pusher_client_unbind(client, bindings[ROOMS]));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    for (int i = 0; i < COUNT; i++) {
        long calls = gate_get(&counters[i].calls);
        if (calls != expected[i]) {
            FAIL("binding %d was called %ld times instead of %ld", i, calls, expected[i]);
        }
        CHECK(gate_get(&counters[i].drops) == 1);
    }
    recorder_free(events);
}

static void unsubscribed_from_all(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(new_config(), events);
    pusher_channels *list = NULL;
    pusher_request waiting = 0, all = 0;
    fresh_server();
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, NULL));
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &waiting));
    CHECK_OK(pusher_client_ping(client, &all)); /* its failure comes behind both */
    CHECK_STATUS(PUSHER_ERR_NOT_CONNECTED, pusher_client_wait(client, all, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, waiting, 0));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 2);
    CHECK(pusher_channels_state(list, 0) == PUSHER_CHANNEL_STATE_WAITING);
    CHECK_OK(pusher_channels_free(list));

    connect_client(client);
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "news");
    order("faults", "{\"fault\":\"ignore_subscribe\",\"channel\":\"slow\"}");
    CHECK_OK(pusher_client_subscribe(client, "slow", NULL, &waiting));
    order("wait", "{\"event\":\"pusher:subscribe\",\"contains\":\"slow\"}");
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 3);
    CHECK(strcmp(pusher_channels_name(list, 2), "slow") == 0);
    CHECK(pusher_channels_state(list, 1) == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK(pusher_channels_state(list, 2) == PUSHER_CHANNEL_STATE_PENDING);
    CHECK_OK(pusher_channels_free(list));

    CHECK_OK(pusher_client_unsubscribe_all(client, &all));
    wait_for(client, all);
    CHECK_STATUS(PUSHER_ERR_CANCELLED, pusher_client_wait(client, waiting, PATIENCE_MS));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 0);
    CHECK_OK(pusher_channels_free(list));
    order("wait", "{\"channel\":\"news\",\"subscriptions\":0}");
    order("wait", "{\"channel\":\"private-a\",\"subscriptions\":0}");
    subscribe_channel(client, "news"); /* and anew */
    end_client(client, events);
}

static const test tests[] = {
    {"client_events_beyond_the_limit_are_refused", client_events_beyond_the_limit_are_refused},
    {"only_the_latest_is_kept", only_the_latest_is_kept},
    {"a_queue_of_none_and_a_short_patience", a_queue_of_none_and_a_short_patience},
    {"names_by_the_configured_limits", names_by_the_configured_limits},
    {"members_who_do_not_come_back_are_gone", members_who_do_not_come_back_are_gone},
    {"bound_once_and_by_patterns", bound_once_and_by_patterns},
    {"unsubscribed_from_all", unsubscribed_from_all},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
