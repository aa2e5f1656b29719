/*
 * Authorisation against the embedded server: by its endpoint, by the application, and ready-made.
 */
#include "support.h"

/* The endpoint -------------------------------------------------------------------------------- */

static void an_endpoint_authorises_as_form_and_as_json(void)
{
    static const char *const channels[] = {
        "private-a", "presence-b", "private-cache-c", "presence-cache-d", "private-encrypted-e",
    };
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"],"
                  "\"required_param\":[\"purpose\",\"a & b=c\"]}");
    for (int json = 0; json < 2; json++) {
        recorder *events = recorder_new();
        pusher_config *config = endpoint_config("ann");
        pusher_members *members = NULL;
        CHECK_OK(pusher_config_set_auth_json(config, json));
        CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN));
        CHECK_OK(pusher_config_add_auth_param(config, "purpose", "a & b=c"));
        pusher_client *client = make_client(config, events);
        connect_client(client);
        for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
            subscribe_channel(client, channels[i]);
        }
        CHECK_OK(pusher_client_members(client, "presence-b", &members));
        CHECK(pusher_members_me(members) != NULL);
        CHECK(strcmp(pusher_members_me(members)->user_id, "ann") == 0);
        CHECK_OK(pusher_members_free(members));
        end_client(client, events);
    }
}

static void an_endpoint_refuses(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"]}");
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN " no more"));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "403", pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIPTION_ERROR, "private-a", NULL, 1);
    CHECK(event->status == PUSHER_ERR_AUTH && event->code == 403);

    /* Each of these is an error of its own, and none shows what was sent or answered. */
    order("auth", "{}");
    order("faults", "{\"fault\":\"auth_garbage\",\"times\":1}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "JSON", pusher_client_wait(client, request, PATIENCE_MS));
    order("faults", "{\"fault\":\"auth_wrong_signature\",\"times\":1}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    /* No verdict: asked again. */
    order("faults", "{\"fault\":\"auth_status\",\"status\":503,\"times\":1}");
    subscribe_channel(client, "private-a");
    end_client(client, events);
}

static void an_endpoint_that_hangs_times_out(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_auth_timeout(config, 20));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    order("faults", "{\"fault\":\"auth_hang\"}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

static void channels_before_connecting_are_one_request(void)
{
    enum { COUNT = 5 };
    for (int json = 0; json < 2; json++) {
        recorder *events = recorder_new();
        pusher_config *config = endpoint_config("ann");
        pusher_request requests[COUNT];
        fresh_server();
        CHECK_OK(pusher_config_set_auth_batches(config, 1));
        CHECK_OK(pusher_config_set_auth_json(config, json));
        CHECK_OK(pusher_config_set_auth_prepared(config, 1));
        pusher_client *client = make_client(config, events);
        for (int i = 0; i < COUNT; i++) {
            char channel[40];
            snprintf(channel, sizeof channel, "private-%d", i);
            CHECK_OK(pusher_client_subscribe(client, channel, NULL, &requests[i]));
        }
        CHECK_OK(pusher_client_connect(client, NULL));
        /* One question for all of them, which names them all. */
        const pusher_event *event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL,
                                               "pusher:prepare_authorization", 1);
        CHECK(event->channel == NULL && event->data != NULL && event->value == 0);
        CHECK(strcmp(event->data, "private-0\nprivate-1\nprivate-2\nprivate-3\nprivate-4") == 0);
        CHECK_OK(pusher_client_prepare(client, event->request, NULL, NULL));
        for (int i = 0; i < COUNT; i++) {
            wait_for(client, requests[i]);
        }
        CHECK(recorder_count(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL, NULL) == 1);
        end_client(client, events);
    }
}

/* The first token is refused; the library asks for another one. */
static void supply_token(const pusher_event *event, void *user_data)
{
    const char *headers[] = {"Authorization", "old", NULL};
    const char *const params[] = {"user_id", "zoe", NULL};
    CHECK(event->kind == PUSHER_EVENT_PREPARE_AUTHORIZATION && event->request != 0);
    CHECK(event->socket_id != NULL && event->socket_id_len == strlen(event->socket_id));
    if (event->value == 1) {
        headers[1] = TOKEN;
    }
    CHECK_OK(pusher_client_prepare((pusher_client *)user_data, event->request, headers, params));
}

static void a_fresh_token_after_a_refusal(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    pusher_callback callback = {supply_token, NULL, NULL};
    pusher_members *members = NULL;
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"]}");
    CHECK_OK(pusher_config_set_auth_prepared(config, 1));
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", "older"));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:prepare_authorization", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "presence-a");
    event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, "presence-a", NULL, 1);
    CHECK(event->value == 0);
    event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, "presence-a", NULL, 2);
    CHECK(event->value == 1);
    /* Its parameters win over the config's, too. */
    CHECK_OK(pusher_client_members(client, "presence-a", &members));
    CHECK(strcmp(pusher_members_me(members)->user_id, "zoe") == 0);
    CHECK_OK(pusher_members_free(members));

    /* A refusal after the fresh one is a refusal. */
    order("auth", "{\"required_header\":[\"Authorization\",\"another\"]}");
    CHECK_OK(pusher_client_subscribe(client, "private-b", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "403", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(recorder_count(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL, NULL) == 4);
    end_client(client, events);
}

/* The application ----------------------------------------------------------------------------- */

#define ZOE "{\"user_id\":\"7\",\"user_info\":{\"name\":\"Zo\xc3\xab\"}}"

static void answer_question(pusher_client *client, const pusher_event *event)
{
    char auth[128];
    const char *data = strncmp(event->channel, "presence-", 9) == 0 ? ZOE : NULL;
    CHECK(event->kind == PUSHER_EVENT_AUTHORIZE && event->request != 0);
    CHECK(event->socket_id != NULL);
    if (strcmp(event->channel, "private-no") == 0) {
        CHECK_OK(pusher_client_refuse(client, event->request, "not for you"));
        return;
    }
    make_auth(event->socket_id, event->channel, data, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, NULL, auth, data, NULL));
    /* Twice is once. */
    CHECK_OK(pusher_client_refuse(client, event->request, "too late"));
}

static void answer_at_once(const pusher_event *event, void *user_data)
{
    answer_question((pusher_client *)user_data, event);
}

static void check_authorised(pusher_client *client)
{
    pusher_members *members = NULL;
    pusher_request request = 0;
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "presence-a");
    CHECK_OK(pusher_client_members(client, "presence-a", &members));
    CHECK(strcmp(pusher_members_me(members)->user_id, "7") == 0);
    CHECK_OK(pusher_members_free(members));
    CHECK_OK(pusher_client_subscribe(client, "private-no", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "not for you", pusher_client_wait(client, request, PATIENCE_MS));
}

static void authorised_in_the_callback(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_callback callback = {answer_at_once, NULL, NULL};
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:authorize", &callback, NULL));
    connect_client(client);
    check_authorised(client);
    end_client(client, events);
}

typedef struct questions {
    pusher_client *client;
    recorder *events;
} questions;

static void *answer_three(void *data)
{
    questions *self = (questions *)data;
    for (size_t i = 1; i <= 3; i++) {
        answer_question(self->client,
                        WAIT_EVENT(self->events, PUSHER_EVENT_AUTHORIZE, NULL, NULL, i));
    }
    return NULL;
}

static void authorised_by_another_thread(void)
{
    questions asked;
    pthread_t thread;
    pusher_config *config = plain_config();
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    asked.events = recorder_new();
    asked.client = make_client(config, asked.events);
    CHECK(pthread_create(&thread, NULL, answer_three, &asked) == 0);
    connect_client(asked.client);
    check_authorised(asked.client);
    CHECK(pthread_join(thread, NULL) == 0);
    end_client(asked.client, asked.events);
}

static void a_batch_is_answered_channel_by_channel(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_request a = 0, b = 0, c = 0;
    char auth[128];
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 1));
    pusher_client *client = make_client(config, events);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &a));
    CHECK_OK(pusher_client_subscribe(client, "private-b", NULL, &b));
    CHECK_OK(pusher_client_subscribe(client, "presence-c", NULL, &c));
    CHECK_OK(pusher_client_connect(client, NULL));
    const pusher_event *event =
        WAIT_EVENT(events, PUSHER_EVENT_AUTHORIZE, NULL, "pusher:authorize", 1);
    CHECK(event->channel == NULL && event->data != NULL);
    CHECK(strstr(event->data, "private-a") != NULL && strstr(event->data, "presence-c") != NULL);
    make_auth(event->socket_id, "private-a", NULL, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, "private-a", auth, NULL, NULL));
    wait_for(client, a);
    make_auth(event->socket_id, "presence-c", ZOE, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, "presence-c", auth, ZOE, NULL));
    wait_for(client, c);
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, b, 0));
    CHECK_OK(pusher_client_refuse(client, event->request, NULL)); /* the rest of it */
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_client_wait(client, b, PATIENCE_MS));
    end_client(client, events);
}

static void an_authorisation_without_an_answer_times_out(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    CHECK_OK(pusher_config_set_auth_timeout(config, 20));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

static void ready_made_auth_is_good_for_one_connection(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(plain_config(), events);
    const pusher_event *event;
    pusher_request request = 0;
    char socket_id[70], auth[128];
    fresh_server();
    connect_client(client);
    CHECK_OK(pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL));
    make_auth(socket_id, "private-a", NULL, auth, sizeof auth);
    CHECK_OK(pusher_client_subscribe_with_auth(client, "private-a", auth, NULL, NULL, &request));
    wait_for(client, request);
    make_auth(socket_id, "presence-a", ZOE, auth, sizeof auth);
    CHECK_OK(pusher_client_subscribe_with_auth(client, "presence-a", auth, ZOE, NULL, &request));
    wait_for(client, request);

    order("drop", "{}");
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIPTION_ERROR, "private-a", NULL, 1);
    CHECK(event->status == PUSHER_ERR_AUTH);
    end_client(client, events);
}

static const test tests[] = {
    {"an_endpoint_authorises_as_form_and_as_json", an_endpoint_authorises_as_form_and_as_json},
    {"an_endpoint_refuses", an_endpoint_refuses},
    {"an_endpoint_that_hangs_times_out", an_endpoint_that_hangs_times_out},
    {"channels_before_connecting_are_one_request", channels_before_connecting_are_one_request},
    {"a_fresh_token_after_a_refusal", a_fresh_token_after_a_refusal},
    {"authorised_in_the_callback", authorised_in_the_callback},
    {"authorised_by_another_thread", authorised_by_another_thread},
    {"a_batch_is_answered_channel_by_channel", a_batch_is_answered_channel_by_channel},
    {"an_authorisation_without_an_answer_times_out", an_authorisation_without_an_answer_times_out},
    {"ready_made_auth_is_good_for_one_connection", ready_made_auth_is_good_for_one_connection},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
