/*
 * The functions of authorisation, users, the HTTP API and lists of channels where there is no client,
 * on a closed one, and inside a callback.
 */
#include "support.h"

/* Handles ------------------------------------------------------------------------------------- */

/* Every one of these functions, with arguments that are good; all have to answer this. */
static void check_every_call(int32_t status, const char *word, pusher_client *client)
{
    static const char *const channels[] = {"a"};
    pusher_callback callback = counting_callback();
    pusher_batch *batch = pusher_batch_new();
    pusher_binding binding = 77;
    pusher_request request = 77;
    int dropped = drops;

    CHECK_OK(pusher_batch_add(batch, "a", "e", "1", 1, NULL, NULL));
    CHECK_ERROR(status, word,
                pusher_client_subscribe_with_auth(client, "private-a", AUTH, NULL, NULL, &request));
    CHECK_ERROR(status, word, pusher_client_authorize(client, 1, NULL, AUTH, NULL, NULL));
    CHECK_ERROR(status, word, pusher_client_authorize_user(client, 1, AUTH, USER));
    CHECK_ERROR(status, word, pusher_client_refuse(client, 1, "no"));
    CHECK_ERROR(status, word, pusher_client_prepare(client, 1, NULL, NULL));
    CHECK_ERROR(status, word, pusher_client_sign_in(client, &request));
    CHECK_ERROR(status, word, pusher_client_unsubscribe_all(client, &request));
    CHECK_ERROR(status, word,
                pusher_client_trigger(client, channels, 1, "e", "1", 1, NULL, NULL, &request));
    CHECK_ERROR(status, word, pusher_client_trigger_batch(client, batch, &request));
    CHECK_ERROR(status, word, pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(status, word, pusher_client_get_channel(client, "a", NULL, &request));
    CHECK_ERROR(status, word, pusher_client_get_users(client, "presence-a", &request));
    CHECK_ERROR(status, word, pusher_client_terminate_user(client, "ann", &request));
    CHECK_ERROR(status, word, pusher_client_send_to_user(client, "ann", "e", "1", 1, &request));
    CHECK_ERROR(status, word, pusher_client_bind_with(client, NULL, "*", PUSHER_BIND_GLOB,
                                                      &callback, &binding));
    CHECK(drops == dropped + 1 && request == 77 && binding == 77);
    CHECK_OK(pusher_batch_free(batch));
}

static void client_handles(void)
{
    pusher_client *bad[3];
    bad[0] = NULL;
    bad[1] = stale_client();
    bad[2] = (pusher_client *)(uintptr_t)0x7fff1234;
    for (int i = 0; i < 3; i++) {
        pusher_channels *const untouched = (pusher_channels *)(uintptr_t)7;
        pusher_channels *channels = untouched;
        check_every_call(PUSHER_ERR_HANDLE, "client", bad[i]);
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_channels(bad[i], &channels));
        CHECK(channels == untouched);
    }
}

static void a_closed_client(void)
{
    pusher_client *client = api_client();
    pusher_channels *channels = NULL;
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    check_every_call(PUSHER_ERR_CLOSED, "closed", client);
    CHECK_OK(pusher_client_channels(client, &channels));
    CHECK_OK(pusher_channels_free(channels));
    CHECK_OK(pusher_client_free(client));
}

/* In a callback ------------------------------------------------------------------------------- */

static gate called = GATE_INITIALIZER;

/* Every one of them may be called here. */
static void call_everything(const pusher_event *event, void *user_data)
{
    static const char *const channels[] = {"news", "private-b"};
    pusher_client *client = (pusher_client *)user_data;
    pusher_callback callback = {nothing, NULL, NULL};
    pusher_batch *batch = pusher_batch_new();
    pusher_channels *list = NULL;
    pusher_config *config = api_config();
    char text[512];
    (void)event;

    CHECK_OK(pusher_client_bind_with(client, "news", "*", PUSHER_BIND_GLOB, &callback, NULL));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 1);
    CHECK(strcmp(pusher_channels_name(list, 0), "news") == 0);
    CHECK(pusher_channels_state(list, 0) == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK_OK(pusher_channels_free(list));
    CHECK_OK(pusher_client_sign_in(client, NULL));
    CHECK_OK(pusher_client_trigger(client, channels, 2, "e", "1", 1, NULL, NULL, NULL));
    CHECK_OK(pusher_batch_add(batch, "news", "e", "1", 1, NULL, NULL));
    CHECK_OK(pusher_client_trigger_batch(client, batch, NULL));
    CHECK_OK(pusher_batch_free(batch));
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, NULL));
    CHECK_OK(pusher_client_get_channel(client, "news", NULL, NULL));
    CHECK_OK(pusher_client_get_users(client, "presence-a", NULL));
    CHECK_OK(pusher_client_terminate_user(client, "nobody", NULL));
    CHECK_OK(pusher_client_send_to_user(client, "nobody", "e", "1", 1, NULL));
    CHECK_OK(pusher_client_authorize(client, 99, NULL, AUTH, NULL, NULL));
    CHECK_OK(pusher_client_authorize_user(client, 99, AUTH, USER));
    CHECK_OK(pusher_client_prepare(client, 99, NULL, NULL));
    CHECK_OK(pusher_client_refuse(client, 99, NULL));
    CHECK_OK(pusher_client_subscribe_with_auth(client, "private-a", AUTH, NULL, NULL, NULL));
    CHECK_OK(pusher_client_unsubscribe_all(client, NULL));
    CHECK_OK(pusher_authorize_channel(config, "1.2", "private-a", NULL, text, sizeof text, NULL));
    CHECK_OK(pusher_authorize_user(config, "1.2", USER, text, sizeof text, NULL));
    CHECK_OK(pusher_encrypt(config, "private-encrypted-a", "1", 1, text, sizeof text, NULL));
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_verify_webhook(config, "app-key", "", "{}", 2));
    CHECK_OK(pusher_config_free(config));
    gate_add(&called, 1);
}

static void in_a_callback(void)
{
    pusher_client *client = api_client();
    pusher_callback callback = {call_everything, NULL, NULL};
    pusher_channels *list = NULL;
    callback.user_data = client;
    CHECK_OK(pusher_client_bind_with(client, "news", "pusher:subscription_succeeded",
                                     PUSHER_BIND_ONCE, &callback, NULL));
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, NULL));
    CHECK(gate_reaches(&called, 1));
    ping_server(client);
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 0);
    CHECK_OK(pusher_channels_free(list));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"client_handles", client_handles},
    {"a_closed_client", a_closed_client},
    {"in_a_callback", in_a_callback},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
