/*
 * Arguments of the HTTP API's functions, and of batches.
 */
#include "support.h"

/* The HTTP API -------------------------------------------------------------------------------- */

static void triggering(void)
{
    static const char *const good[] = {"news", "private-a", "presence-a"};
    static const char *const with_null[] = {"news", NULL};
    static const char *const with_bad[] = {"news", NOT_UTF8};
    static const char *const with_space[] = {"news", "a b"};
    static const char *const with_empty[] = {""};
    static const char *const encrypted[] = {"private-encrypted-a", "news"};
    const char *many[101];
    char long_name[202], large[10241];
    pusher_client *client = api_client();
    pusher_request request = 77;
    for (int i = 0; i < 101; i++) {
        many[i] = "news";
    }
    memset(long_name, 'e', sizeof long_name);
    long_name[201] = '\0';
    memset(large, 'x', sizeof large);

#define TRIGGER(channels, count, event, data, len, socket_id, info)                                \
    pusher_client_trigger(client, channels, count, event, data, len, socket_id, info, &request)
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channels", TRIGGER(NULL, 1, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", TRIGGER(good, 0, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "count", TRIGGER(good, SIZE_MAX, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "100", TRIGGER(many, 101, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", TRIGGER(with_null, 2, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", TRIGGER(with_bad, 2, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b", TRIGGER(with_space, 2, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", TRIGGER(with_empty, 1, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "encrypted", TRIGGER(encrypted, 2, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event", TRIGGER(good, 1, NULL, "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event", TRIGGER(good, 1, NOT_UTF8, "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event", TRIGGER(good, 1, "", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "201", TRIGGER(good, 1, long_name, "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data", TRIGGER(good, 1, "e", NULL, 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data", TRIGGER(good, 1, "e", NOT_UTF8, 5, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data", TRIGGER(good, 1, "e", "1", SIZE_MAX, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id", TRIGGER(good, 1, "e", "1", 1, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "info", TRIGGER(good, 1, "e", "1", 1, NULL, NOT_UTF8));
    CHECK(request == 77);
    CHECK_OK(TRIGGER(good, 3, "e", "1", 1, "1.2", "subscription_count"));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(TRIGGER(many, 100, "e", NULL, 0, NULL, NULL));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(TRIGGER(encrypted, 1, "e", "1", 1, NULL, NULL));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_trigger(client, good, 1, "e", "1", 1, NULL, NULL, NULL));
    CHECK_OK(pusher_client_free(client));

    /* A profile's limit on data. */
    pusher_config *config = api_config();
    CHECK_OK(pusher_config_set_limits(config, PUSHER_LIMITS_PUSHER, 0));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    request = 77;
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "data",
                TRIGGER(good, 1, "e", large, sizeof large, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "data",
                pusher_client_publish(client, "private-a", "e", large, sizeof large, &request));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "data",
                pusher_client_send_to_user(client, "ann", "e", large, sizeof large, &request));
    CHECK(request == 77);
    CHECK_OK(TRIGGER(good, 1, "e", large, 10240, NULL, NULL));
    CHECK_OK(pusher_client_free(client));
#undef TRIGGER
}

static void batches(void)
{
    pusher_client *client = api_client();
    pusher_batch *batch = pusher_batch_new();
    pusher_request request = 77;
    CHECK(batch != NULL);

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "batch", pusher_client_trigger_batch(client, batch, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_batch_add(batch, NULL, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_batch_add(batch, NOT_UTF8, "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_batch_add(batch, "a", NULL, "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_batch_add(batch, "a", NOT_UTF8, "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_batch_add(batch, "a", "e", NULL, 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_batch_add(batch, "a", "e", NOT_UTF8, 5, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_batch_add(batch, "a", "e", "1", SIZE_MAX, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id",
                pusher_batch_add(batch, "a", "e", "1", 1, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "info",
                pusher_batch_add(batch, "a", "e", "1", 1, NULL, NOT_UTF8));
    /* What failed has added nothing. */
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, " 0 ", pusher_client_trigger_batch(client, batch, &request));
    for (int i = 0; i < 10; i++) {
        CHECK_OK(pusher_batch_add(batch, i % 2 ? "a" : "private-encrypted-a", "e", NULL, 0, "1.2",
                                  "subscription_count"));
    }
    CHECK(request == 77);
    CHECK_OK(pusher_client_trigger_batch(client, batch, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_trigger_batch(client, batch, NULL)); /* still good */
    CHECK_OK(pusher_batch_add(batch, "a", "e", "1", 1, NULL, NULL));
    request = 77;
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "11", pusher_client_trigger_batch(client, batch, &request));

    CHECK_OK(pusher_batch_free(NULL));
    CHECK_OK(pusher_batch_free(batch));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "batch", pusher_batch_free(batch));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "batch",
                    pusher_batch_add(batch, "a", "e", "1", 1, NULL, NULL));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "batch",
                    pusher_client_trigger_batch(client, batch, &request));
        batch = NULL;
    }
    batch = pusher_batch_new();
    CHECK_OK(pusher_batch_add(batch, "a b", "e", "1", 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b", pusher_client_trigger_batch(client, batch, &request));
    CHECK(request == 77);
    CHECK_OK(pusher_batch_free(batch));
    CHECK_OK(pusher_client_free(client));
}

static void asking(void)
{
    pusher_client *client = api_client();
    pusher_request request = 77;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "prefix",
                pusher_client_get_channels(client, NOT_UTF8, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "info",
                pusher_client_get_channels(client, NULL, NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_get_channel(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_get_channel(client, NOT_UTF8, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_client_get_channel(client, "", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "info",
                pusher_client_get_channel(client, "a", NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_get_users(client, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_get_users(client, NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_client_get_users(client, "", &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "presence", pusher_client_get_users(client, "a", &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_client_terminate_user(client, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_client_terminate_user(client, NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user id",
                pusher_client_terminate_user(client, "", &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_client_send_to_user(client, NULL, "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_client_send_to_user(client, NOT_UTF8, "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user id",
                pusher_client_send_to_user(client, "", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_send_to_user(client, "ann", NULL, "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_send_to_user(client, "ann", NOT_UTF8, "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_send_to_user(client, "ann", "", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_client_send_to_user(client, "ann", "e", NULL, 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_client_send_to_user(client, "ann", "e", NOT_UTF8, 5, &request));
    CHECK(request == 77);

    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_get_channel(client, "a", NULL, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_get_users(client, "presence-a", &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_terminate_user(client, "no such user", &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_send_to_user(client, "nobody", "e", NULL, 0, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_get_channels(client, "presence-", "user_count", NULL));
    CHECK_OK(pusher_client_get_channel(client, "a", NULL, NULL));
    CHECK_OK(pusher_client_get_users(client, "presence-a", NULL));
    CHECK_OK(pusher_client_terminate_user(client, "ann", NULL));
    CHECK_OK(pusher_client_send_to_user(client, "ann", "e", "1", 1, NULL));
    CHECK_OK(pusher_client_free(client));
}

/* Without what the HTTP API needs, it says what is missing. */
static void what_is_missing(void)
{
    static const char *const encrypted[] = {"private-encrypted-a"};
    pusher_client *client = new_client("ann"); /* has no app id */
    pusher_config *config;
    pusher_request request = 77;
    CHECK_ERROR(PUSHER_ERR_AUTH, "app id",
                pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_OK(pusher_client_free(client));

    config = new_config();
    CHECK_OK(pusher_config_set_app_id(config, "app-id"));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_AUTH, "master key",
                pusher_client_trigger(client, encrypted, 1, "e", "1", 1, NULL, NULL, &request));
    CHECK(request == 77);
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"triggering", triggering},
    {"batches", batches},
    {"asking", asking},
    {"what_is_missing", what_is_missing},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
