/*
 * What a client does: connecting, subscribing, events, reconnecting, closing.
 */
#include "harness.h"

/* Connecting ---------------------------------------------------------------------------------- */

static void states_of_a_connection(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    const pusher_event *event;
    pusher_request request = 0;

    recorder_bind(events, client, NULL, NULL);
    CHECK_OK(pusher_client_connect(client, &request));
    event = WAIT_COMPLETED(events, request);
    CHECK(event->status == PUSHER_OK);
    event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, "pusher:state_change", 1);
    CHECK(event->previous_state == PUSHER_STATE_INITIALIZED);
    CHECK(event->state == PUSHER_STATE_CONNECTING);
    event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, 2);
    CHECK(event->previous_state == PUSHER_STATE_CONNECTING);
    CHECK(event->state == PUSHER_STATE_CONNECTED && event->retry_in_ms == -1);
    CHECK_OK(pusher_client_disconnect(client, &request));
    event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, 3);
    CHECK(event->state == PUSHER_STATE_DISCONNECTED && event->retry_in_ms == -1);
    CHECK(WAIT_COMPLETED(events, request)->status == PUSHER_OK);

    connect_client(client);
    event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, 5);
    CHECK(event->state == PUSHER_STATE_CONNECTED);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    recorder_wait_drops(events, 1);
    recorder_free(events);
}

static void an_unknown_key_is_refused_for_good(void)
{
    recorder *events = recorder_new();
    pusher_config *config = pusher_config_new("no-such-key");
    pusher_client *client = NULL;
    const pusher_event *event;
    pusher_request request = 0;

    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    recorder_bind(events, client, NULL, NULL);

    /* Twice: connecting again tries again. */
    for (size_t i = 1; i <= 2; i++) {
        CHECK_OK(pusher_client_connect(client, &request));
        CHECK_ERROR(PUSHER_ERR_REFUSED, "4001", pusher_client_wait(client, request, PATIENCE_MS));
        event = WAIT_COMPLETED(events, request);
        CHECK(event->status == PUSHER_ERR_REFUSED && event->code == 4001 && event->data != NULL);
        event = WAIT_EVENT(events, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, 2 * i);
        CHECK(event->state == PUSHER_STATE_FAILED && event->retry_in_ms == -1);
        CHECK(event->code == 4001);
        CHECK(pusher_client_state(client) == PUSHER_STATE_FAILED);
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void a_ping_has_a_round_trip(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    pusher_request request = 0;

    recorder_bind(events, client, NULL, "pusher:completed");
    connect_client(client);
    for (int i = 0; i < 3; i++) {
        const pusher_event *event;
        CHECK_OK(pusher_client_ping(client, &request));
        event = WAIT_COMPLETED(events, request);
        CHECK(event->status == PUSHER_OK);
        CHECK(event->value > 0 && event->value < (int64_t)PATIENCE_S * 1000 * 1000);
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void what_is_lost_is_made_anew(void)
{
    static const char *const channels[] = {"news", "private-a", "presence-a", "private-cache-a"};
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    char before[70], after[70];
    pusher_request request = 0;

    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    for (int i = 0; i < 4; i++) {
        subscribe_channel(client, channels[i]);
    }
    CHECK_OK(pusher_client_unsubscribe(client, "private-cache-a", NULL));
    for (size_t round = 1; round <= 3; round++) {
        static const char *const losses[] = {
            "{\"how\":\"fin\"}",
            "{\"how\":\"rst\"}",
            "{\"code\":4200,\"reason\":\"please come again\"}",
        };
        CHECK_OK(pusher_client_socket_id(client, before, sizeof before, NULL));
        CHECK(order(round < 3 ? "drop" : "close", losses[round - 1]) == 1);
        for (int i = 0; i < 3; i++) {
            WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, channels[i], NULL, round + 1);
            CHECK(pusher_client_channel_state(client, channels[i]) ==
                  PUSHER_CHANNEL_STATE_SUBSCRIBED);
        }
        CHECK_OK(pusher_client_socket_id(client, after, sizeof after, NULL));
        CHECK(strcmp(before, after) != 0);
        CHECK(order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\"}") == 1);
        WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "e", round);
    }
    /* What was unsubscribed stays so. */
    CHECK(recorder_count(events, PUSHER_EVENT_SUBSCRIBED, "private-cache-a", NULL) == 1);
    CHECK_OK(pusher_client_ping(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

/* Channels ------------------------------------------------------------------------------------ */

static void subscribed_before_and_after_connecting(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    const pusher_event *event;
    pusher_request early = 0, late = 0, again = 0;

    recorder_bind(events, client, NULL, NULL);
    CHECK_OK(pusher_client_subscribe(client, "early", NULL, &early));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, early, 0));
    connect_client(client);
    CHECK_OK(pusher_client_wait(client, early, PATIENCE_MS));
    CHECK_OK(pusher_client_subscribe_kind(client, PUSHER_CHANNEL_PRIVATE, "late", NULL, &late));
    event = WAIT_COMPLETED(events, late);
    CHECK(event->status == PUSHER_OK && strcmp(event->channel, "private-late") == 0);
    CHECK_OK(pusher_client_subscribe(client, "private-late", NULL, &again));
    CHECK_OK(pusher_client_wait(client, again, PATIENCE_MS));

    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "early",
                       "pusher:subscription_succeeded", 1);
    CHECK(event->status == PUSHER_OK);
    WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, "private-late", NULL, 1);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    /* Subscribing twice is one subscription. */
    CHECK(recorder_count(events, PUSHER_EVENT_SUBSCRIBED, "private-late", NULL) == 1);
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void messages_arrive_in_order(void)
{
    enum { COUNT = 2000 };
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");

    recorder_bind(events, client, "news", "n");
    connect_client(client);
    subscribe_channel(client, "news");
    CHECK(order("flood", "{\"channel\":\"news\",\"event\":\"n\",\"data\":\"{n}\",\"count\":2000,"
                         "\"numbered\":true}") == 1);
    WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "n", COUNT);
    CHECK_OK(pusher_client_free(client));
    CHECK(events->count == COUNT);
    for (long i = 0; i < COUNT; i++) {
        CHECK(strtol(events->events[i]->data, NULL, 10) == i);
    }
    recorder_free(events);
}

static void data_comes_as_text_or_json(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    const pusher_event *event;

    recorder_bind(events, client, "news", NULL);
    connect_client(client);
    subscribe_channel(client, "news");
    order("send", "{\"text\":\"{\\\"event\\\":\\\"t\\\",\\\"channel\\\":\\\"news\\\","
                  "\\\"data\\\":\\\"a\\\\u0000\\u00e9\\\"}\"}");
    event = WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "t", 1);
    CHECK(event->data_format == PUSHER_DATA_TEXT && event->data_len == 4);
    CHECK(memcmp(event->data, "a\0\xc3\xa9", 5) == 0);
    order("send", "{\"text\":\"{\\\"event\\\":\\\"j\\\",\\\"channel\\\":\\\"news\\\","
                  "\\\"data\\\":{\\\"a\\\":[1, 2]}}\"}");
    event = WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "j", 1);
    CHECK(event->data_format == PUSHER_DATA_JSON && strcmp(event->data, "{\"a\":[1, 2]}") == 0);
    order("send", "{\"text\":\"{\\\"event\\\":\\\"n\\\",\\\"channel\\\":\\\"news\\\"}\"}");
    event = WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "n", 1);
    CHECK(event->data_format == PUSHER_DATA_NONE && event->data == NULL);
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void unsubscribed_is_silent(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    pusher_request request = 0;

    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    subscribe_channel(client, "news");
    subscribe_channel(client, "other");
    CHECK_OK(pusher_client_unsubscribe(client, "news", &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    /* The server is made to send it all the same. */
    order("send", "{\"text\":\"{\\\"event\\\":\\\"e\\\",\\\"channel\\\":\\\"news\\\","
                  "\\\"data\\\":\\\"1\\\"}\"}");
    order("publish", "{\"channel\":\"other\",\"event\":\"e\",\"data\":\"1\"}");
    WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "other", "e", 1);
    CHECK(recorder_count(events, PUSHER_EVENT_MESSAGE, "news", NULL) == 0);
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void refused_with_a_reason(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client_with_secret("ann", WRONG_SECRET);
    const pusher_event *event;
    pusher_request request = 0;

    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIPTION_ERROR, "private-a",
                       "pusher:subscription_error", 1);
    CHECK(event->status == PUSHER_ERR_AUTH && event->code == 401 && event->data != NULL);
    event = WAIT_COMPLETED(events, request);
    CHECK(event->status == PUSHER_ERR_AUTH && event->code == 401 && event->data != NULL);
    CHECK(pusher_client_channel_state(client, "private-a") == PUSHER_CHANNEL_STATE_REFUSED);
    /* The connection is none the worse for it. */
    subscribe_channel(client, "news");
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void without_a_secret_nothing_can_authorise(void)
{
    pusher_config *config = pusher_config_new("app-key");
    pusher_client *client = NULL;
    pusher_request request = 0;
    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "secret", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

static void no_answer_is_a_timeout(void)
{
    pusher_config *config = new_config();
    pusher_client *client = NULL;
    pusher_request request = 0;
    CHECK_OK(pusher_config_set_subscribe_timeout(config, 50));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    connect_client(client);
    order("faults", "{\"fault\":\"ignore_subscribe\",\"times\":1}");
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "news", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(pusher_client_channel_state(client, "news") == PUSHER_CHANNEL_STATE_REFUSED);
    subscribe_channel(client, "news");
    CHECK_OK(pusher_client_free(client));
}

/* Two clients --------------------------------------------------------------------------------- */

static void client_events_between_two(void)
{
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_client *ann = new_client("ann"), *ben = new_client("ben");
    const pusher_event *event;

    recorder_bind(anns, ann, NULL, NULL);
    recorder_bind(bens, ben, NULL, NULL);
    connect_client(ann);
    connect_client(ben);
    subscribe_channel(ann, "private-a");
    subscribe_channel(ben, "private-a");
    subscribe_channel(ann, "presence-a");
    subscribe_channel(ben, "presence-a");

    publish_text(ann, "private-a", "hello", "{\"n\":1}");
    event = WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "private-a", "client-hello", 1);
    CHECK(strcmp(event->data, "{\"n\":1}") == 0 && event->user_id == NULL);
    publish_text(ben, "presence-a", "client-hello", "just text");
    event = WAIT_EVENT(anns, PUSHER_EVENT_MESSAGE, "presence-a", "client-hello", 1);
    CHECK(strcmp(event->data, "just text") == 0 && event->data_format == PUSHER_DATA_TEXT);
    CHECK(event->user_id != NULL && strcmp(event->user_id, "ben") == 0);

    /* On a channel that is being subscribed it waits for that. */
    subscribe_channel(ann, "private-b");
    CHECK_OK(pusher_client_subscribe(ben, "private-b", NULL, NULL));
    publish_text(ben, "private-b", "at-once", "1");
    WAIT_EVENT(anns, PUSHER_EVENT_MESSAGE, "private-b", "client-at-once", 1);

    CHECK_OK(pusher_client_close(ann, PATIENCE_MS));
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    /* Nobody receives an event of his own. */
    CHECK(recorder_count(anns, PUSHER_EVENT_MESSAGE, "private-a", NULL) == 0);
    CHECK(recorder_count(bens, PUSHER_EVENT_MESSAGE, "presence-a", NULL) == 0);
    CHECK_OK(pusher_client_free(ann));
    CHECK_OK(pusher_client_free(ben));
    recorder_free(anns);
    recorder_free(bens);
}

static void members_come_and_go(void)
{
    recorder *events = recorder_new();
    pusher_client *ann = new_client("ann"), *ben = new_client("ben");
    pusher_members *list = NULL;
    const pusher_member *member;
    const pusher_event *event;
    pusher_request request = 0;

    recorder_bind(events, ann, "presence-room", NULL);
    connect_client(ann);
    connect_client(ben);
    subscribe_channel(ann, "presence-room");
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIBED, NULL, NULL, 1);
    CHECK(event->value == 1);

    CHECK_OK(pusher_client_subscribe(
        ben, "presence-room", "{\"user_id\":\"zoe\",\"user_info\":{\"name\":\"Zo\xc3\xab\"}}",
        &request));
    CHECK_OK(pusher_client_wait(ben, request, PATIENCE_MS));
    event = WAIT_EVENT(events, PUSHER_EVENT_MEMBER_ADDED, NULL, "pusher:member_added", 1);
    CHECK(strcmp(event->user_id, "zoe") == 0 && event->value == 2);
    CHECK(strcmp(event->data, "{\"name\":\"Zo\xc3\xab\"}") == 0);

    CHECK_OK(pusher_client_members(ann, "presence-room", &list));
    CHECK(pusher_members_count(list) == 2);
    CHECK(strcmp(pusher_members_at(list, 0)->user_id, "ann") == 0);
    CHECK(strcmp(pusher_members_at(list, 1)->user_id, "zoe") == 0);
    CHECK(pusher_members_me(list) == pusher_members_at(list, 0));
    member = pusher_members_find(list, "zoe");
    CHECK(member != NULL && !member->is_me);
    CHECK(strcmp(member->user_info, "{\"name\":\"Zo\xc3\xab\"}") == 0);
    CHECK(member->user_info_len == strlen(member->user_info));

    CHECK_OK(pusher_client_free(ben));
    event = WAIT_EVENT(events, PUSHER_EVENT_MEMBER_REMOVED, NULL, "pusher:member_removed", 1);
    CHECK(strcmp(event->user_id, "zoe") == 0 && event->value == 1);
    CHECK(pusher_members_count(list) == 2); /* a snapshot does not change */
    CHECK_OK(pusher_members_free(list));
    CHECK_OK(pusher_client_members(ann, "presence-room", &list));
    CHECK(pusher_members_count(list) == 1);
    CHECK_OK(pusher_members_free(list));
    CHECK_OK(pusher_client_free(ann));
    recorder_free(events);
}

/* Requests ------------------------------------------------------------------------------------ */

static void each_request_is_completed_once(void)
{
    enum { ROUNDS = 20, EACH = 6 };
    pusher_request requests[1 + ROUNDS * EACH];
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    int n = 0;

    recorder_bind(events, client, NULL, "pusher:completed");
    CHECK_OK(pusher_client_connect(client, &requests[n++]));
    for (int round = 0; round < ROUNDS; round++) {
        char channel[40];
        snprintf(channel, sizeof channel, "private-%d", round % 4);
        CHECK_OK(pusher_client_connect(client, &requests[n++]));
        CHECK_OK(pusher_client_subscribe(client, channel, NULL, &requests[n++]));
        CHECK_OK(pusher_client_publish(client, channel, "e", "1", 1, &requests[n++]));
        CHECK_OK(pusher_client_ping(client, &requests[n++]));
        CHECK_OK(pusher_client_unsubscribe(client, channel, &requests[n++]));
        CHECK_OK(pusher_client_subscribe(client, channel, NULL, &requests[n++]));
        if (round % 7 == 3) {
            order("drop", "{}");
        }
        if (round % 7 == 5) {
            CHECK_OK(pusher_client_disconnect(client, NULL));
        }
    }
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    for (int i = 0; i < n; i++) {
        WAIT_COMPLETED(events, requests[i]);
        if (recorder_completions(events, requests[i]) != 1) {
            FAIL("request %u was completed %u times", (unsigned)requests[i],
                 (unsigned)recorder_completions(events, requests[i]));
        }
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

static void closing_cancels_what_is_pending(void)
{
    recorder *events = recorder_new();
    pusher_client *client = new_client("ann");
    pusher_request subscribe = 0, ping = 0, waiting = 0;

    recorder_bind(events, client, NULL, NULL);
    connect_client(client);
    long no_answer = order("faults", "{\"fault\":\"ignore_subscribe\"}");
    long no_pong = order("faults", "{\"fault\":\"ignore_pings\"}");
    CHECK(no_answer != no_pong);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &subscribe));
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &waiting));
    CHECK_OK(pusher_client_ping(client, &ping));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));

    /* Close has waited until the callbacks had it all. */
    WAIT_COMPLETED(events, subscribe);
    WAIT_COMPLETED(events, waiting);
    WAIT_COMPLETED(events, ping);
    CHECK(recorder_completions(events, subscribe) == 1);
    CHECK(recorder_completions(events, waiting) == 1);
    CHECK(recorder_completions(events, ping) == 1);
    CHECK(WAIT_COMPLETED(events, subscribe)->status == PUSHER_ERR_CANCELLED);
    CHECK(WAIT_COMPLETED(events, waiting)->status == PUSHER_ERR_CANCELLED);
    CHECK(WAIT_COMPLETED(events, ping)->status == PUSHER_ERR_CANCELLED);
    CHECK_STATUS(PUSHER_ERR_CANCELLED, pusher_client_wait(client, subscribe, 0));
    CHECK(events->drops == 0);
    CHECK_OK(pusher_client_free(client));
    CHECK(events->drops == 1);
    order("clear", "{}");
    recorder_free(events);
}

static const test tests[] = {
    {"states_of_a_connection", states_of_a_connection},
    {"an_unknown_key_is_refused_for_good", an_unknown_key_is_refused_for_good},
    {"a_ping_has_a_round_trip", a_ping_has_a_round_trip},
    {"what_is_lost_is_made_anew", what_is_lost_is_made_anew},
    {"subscribed_before_and_after_connecting", subscribed_before_and_after_connecting},
    {"messages_arrive_in_order", messages_arrive_in_order},
    {"data_comes_as_text_or_json", data_comes_as_text_or_json},
    {"unsubscribed_is_silent", unsubscribed_is_silent},
    {"refused_with_a_reason", refused_with_a_reason},
    {"without_a_secret_nothing_can_authorise", without_a_secret_nothing_can_authorise},
    {"no_answer_is_a_timeout", no_answer_is_a_timeout},
    {"client_events_between_two", client_events_between_two},
    {"members_come_and_go", members_come_and_go},
    {"each_request_is_completed_once", each_request_is_completed_once},
    {"closing_cancels_what_is_pending", closing_cancels_what_is_pending},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
