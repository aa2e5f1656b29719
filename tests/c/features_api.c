/*
 * Users and the HTTP API, against the embedded server.
 */
#include "support.h"

/* Users --------------------------------------------------------------------------------------- */

static void users_sign_in_and_are_reached(void)
{
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_client *ann = make_client(server_config("ann"), anns);
    pusher_client *ben = make_client(endpoint_config("ben"), bens);
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    connect_client(ann);
    CHECK_OK(pusher_client_sign_in(ann, &request));
    wait_for(ann, request);
    event = WAIT_EVENT(anns, PUSHER_EVENT_SIGNED_IN, NULL, "pusher:signin_success", 1);
    CHECK(strcmp(event->user_id, "ann") == 0 && strstr(event->data, "\"watchlist\"") != NULL);
    event = WAIT_EVENT(anns, PUSHER_EVENT_WATCHLIST, NULL, "offline", 1);
    CHECK(strcmp(event->data, "[\"ben\"]") == 0 && event->value == 1);

    /* The endpoint says who the other one is. */
    CHECK_OK(pusher_client_sign_in(ben, &request));
    connect_client(ben);
    wait_for(ben, request);
    CHECK(strcmp(WAIT_EVENT(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 1)->user_id, "ben") == 0);
    event = WAIT_EVENT(anns, PUSHER_EVENT_WATCHLIST, NULL, "online", 1);
    CHECK(strcmp(event->data, "[\"ben\"]") == 0 && event->value == 1);

    order("wait", "{\"channel\":\"#server-to-user-ben\"}");
    CHECK_OK(pusher_client_send_to_user(ann, "ben", "mail", "{\"n\":1}", 7, &request));
    wait_for(ann, request);
    event = WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "#server-to-user-ben", "mail", 1);
    CHECK(strcmp(event->data, "{\"n\":1}") == 0);

    /* Signed in again after a reconnect, and reached again. */
    order("drop", "{}");
    WAIT_EVENT(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 2);
    WAIT_EVENT(anns, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 2);
    order("wait", "{\"channel\":\"#server-to-user-ben\"}");
    CHECK_OK(pusher_client_send_to_user(ann, "ben", "mail", "2", 1, NULL));
    WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "#server-to-user-ben", "mail", 2);

    CHECK_OK(pusher_client_terminate_user(ann, "ben", &request));
    wait_for(ann, request);
    size_t n = 1;
    do {
        event = WAIT_EVENT(bens, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, n++);
    } while (event->state != PUSHER_STATE_FAILED);
    CHECK(event->code == 4009);
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    CHECK(recorder_count(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL) == 2);
    end_client(ben, bens);
    end_client(ann, anns);
}

static void answer_user(const pusher_event *event, void *user_data)
{
    pusher_client *client = (pusher_client *)user_data;
    pusher_config *config = keys("app-key", SECRET);
    const char *user = "{\"id\":\"zoe\"}";
    char json[512], auth[128];
    CHECK(event->kind == PUSHER_EVENT_AUTHORIZE_USER && event->channel == NULL);
    CHECK_OK(pusher_authorize_user(config, event->socket_id, user, json, sizeof json, NULL));
    CHECK_OK(pusher_config_free(config));
    text_of(json, "auth", auth, sizeof auth);
    CHECK_OK(pusher_client_authorize_user(client, event->request, auth, user));
}

static void the_application_authorises_a_sign_in(void)
{
    recorder *events = recorder_new(), *refusals = recorder_new();
    pusher_config *config = plain_config();
    pusher_callback callback = {answer_user, NULL, NULL};
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:authorize_user", &callback, NULL));
    connect_client(client);
    CHECK_OK(pusher_client_sign_in(client, &request));
    wait_for(client, request);
    CHECK(strcmp(WAIT_EVENT(events, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 1)->user_id, "zoe") == 0);
    end_client(client, events);

    config = plain_config();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    client = make_client(config, refusals);
    connect_client(client);
    CHECK_OK(pusher_client_sign_in(client, &request));
    event = WAIT_EVENT(refusals, PUSHER_EVENT_AUTHORIZE_USER, NULL, "pusher:authorize_user", 1);
    CHECK_OK(pusher_client_refuse(client, event->request, "who are you"));
    CHECK_ERROR(PUSHER_ERR_AUTH, "who are you", pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_EVENT(refusals, PUSHER_EVENT_SIGN_IN_ERROR, NULL, "pusher:signin_error", 1);
    CHECK(event->status == PUSHER_ERR_AUTH && strstr(event->data, "who are you") != NULL);
    end_client(client, refusals);
}

/* The HTTP API -------------------------------------------------------------------------------- */

static void triggered_to_many_but_one(void)
{
    static const char *const channels[] = {"news", "presence-room"};
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_client *ann = make_client(server_config("ann"), anns);
    pusher_client *ben = make_client(server_config("ben"), bens);
    pusher_batch *batch = pusher_batch_new();
    pusher_request request = 0;
    char socket_id[70];
    fresh_server();
    connect_client(ann);
    connect_client(ben);
    for (int i = 0; i < 2; i++) {
        subscribe_channel(ann, channels[i]);
        subscribe_channel(ben, channels[i]);
    }
    CHECK_OK(pusher_client_socket_id(ann, socket_id, sizeof socket_id, NULL));
    CHECK_OK(pusher_client_trigger(ann, channels, 2, "headline", "just text", 9, socket_id,
                                   "subscription_count", &request));
    CHECK_ANSWER(anns, request, "\"news\":{\"subscription_count\":2}");
    for (int i = 0; i < 2; i++) {
        const pusher_event *event =
            WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, channels[i], "headline", 1);
        CHECK(strcmp(event->data, "just text") == 0);
    }

    CHECK_OK(pusher_batch_add(batch, "news", "batched", "1", 1, socket_id, NULL));
    CHECK_OK(pusher_batch_add(batch, "presence-room", "batched", "2", 1, NULL, "user_count"));
    CHECK_OK(pusher_client_trigger_batch(ann, batch, &request));
    CHECK_OK(pusher_batch_free(batch));
    CHECK_ANSWER(anns, request, "\"user_count\":2");
    WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "news", "batched", 1);
    CHECK(strcmp(WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "presence-room", "batched", 1)->data,
                 "2") == 0);
    /* The publisher has had only the one of which it was not excluded. */
    WAIT_EVENT(anns, PUSHER_EVENT_MESSAGE, "presence-room", "batched", 1);
    CHECK(recorder_count(anns, PUSHER_EVENT_MESSAGE, NULL, NULL) == 1);
    end_client(ann, anns);
    end_client(ben, bens);
}

static void asked_who_is_there(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(server_config("ann"), events);
    pusher_request request = 0;
    const pusher_event *event;
    fresh_server();
    connect_client(client);
    subscribe_channel(client, "presence-room");
    subscribe_channel(client, "news");
    subscribe_channel(client, "cache-news");

    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ANSWER(events, request, "\"news\":{}");
    CHECK_OK(pusher_client_get_channels(client, "presence-", "user_count", &request));
    CHECK_ANSWER(events, request, "{\"channels\":{\"presence-room\":{\"user_count\":1}}}");
    CHECK_OK(pusher_client_get_channel(client, "news", "subscription_count", &request));
    CHECK_ANSWER(events, request, "\"subscription_count\":1");
    CHECK_ANSWER(events, request, "\"occupied\":true");
    CHECK_OK(pusher_client_get_channel(client, "nothing", NULL, &request));
    CHECK_ANSWER(events, request, "\"occupied\":false");
    CHECK_OK(pusher_client_get_users(client, "presence-room", &request));
    CHECK_ANSWER(events, request, "{\"users\":[{\"id\":\"ann\"}]}");

    /* The server's own refusal has its words and its code. */
    CHECK_OK(pusher_client_get_channel(client, "news", "user_count", &request));
    CHECK_ERROR(PUSHER_ERR_REFUSED, "user_count",
                pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_COMPLETED(events, request);
    CHECK(event->status == PUSHER_ERR_REFUSED && event->code == 400);
    end_client(client, events);
}

static void the_api_needs_no_connection(void)
{
    static const char *const channels[] = {"news"};
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_client *client = make_client(server_config("ann"), events);
    pusher_client *other = make_client(plain_config(), others);
    pusher_request request = 0;
    fresh_server();
    connect_client(other);
    subscribe_channel(other, "news");
    CHECK_OK(pusher_client_trigger(client, channels, 1, "e", "1", 1, NULL, NULL, &request));
    wait_for(client, request);
    CHECK(pusher_client_state(client) == PUSHER_STATE_INITIALIZED);
    WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, "news", "e", 1);

    /* Publishing on a public channel goes the same way. */
    CHECK_OK(pusher_client_publish(client, "news", "published", "{}", 2, &request));
    wait_for(client, request);
    WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, "news", "published", 1);
    CHECK_ERROR(PUSHER_ERR_FORBIDDEN, "public",
                pusher_client_publish(other, "news", "published", "{}", 2, &request));
    end_client(client, events);
    end_client(other, others);
}

static void errors_of_the_api(void)
{
    recorder *events = recorder_new();
    pusher_config *config = server_config("ann");
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_secret(config, WRONG_SECRET));
    pusher_client *client = make_client(config, events);
    for (int quirk = 0; quirk < 2; quirk++) {
        /* With the quirk, the error is hidden in an answer with status 200. */
        order("quirks", quirk ? "{\"api_errors_as_200\":true}" : "{}");
        CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
        CHECK_ERROR(PUSHER_ERR_AUTH, "auth_signature",
                    pusher_client_wait(client, request, PATIENCE_MS));
        event = WAIT_COMPLETED(events, request);
        CHECK(event->status == PUSHER_ERR_AUTH && event->code == 401 && event->data != NULL);
    }
    order("quirks", "{}");
    order("faults", "{\"fault\":\"api_status\",\"status\":413,\"body\":\"too much\",\"times\":1}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "too much", pusher_client_wait(client, request, PATIENCE_MS));
    order("faults", "{\"fault\":\"api_status\",\"status\":500,\"body\":\"oops\",\"times\":1}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_REFUSED, "oops", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);

    /* Alone: in this time a slow machine would not get the other answers. */
    events = recorder_new();
    config = server_config("ann");
    CHECK_OK(pusher_config_set_api_timeout(config, 50));
    client = make_client(config, events);
    order("faults", "{\"fault\":\"api_hang\"}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "no answer", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);

    /* Another host for the API alone: one that does not listen. */
    events = recorder_new();
    config = server_config("ann");
    CHECK_OK(pusher_config_set_api_host(config, "127.0.0.1", 1));
    client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_STATUS(PUSHER_ERR_NETWORK, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

static const test tests[] = {
    {"users_sign_in_and_are_reached", users_sign_in_and_are_reached},
    {"the_application_authorises_a_sign_in", the_application_authorises_a_sign_in},
    {"triggered_to_many_but_one", triggered_to_many_but_one},
    {"asked_who_is_there", asked_who_is_there},
    {"the_api_needs_no_connection", the_api_needs_no_connection},
    {"errors_of_the_api", errors_of_the_api},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
