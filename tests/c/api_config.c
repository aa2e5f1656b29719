/*
 * Every option of a config.
 */
#include "support.h"

/* Where to, how long, how many ---------------------------------------------------------------- */

#define CHECK_NO_CONFIG(word, key)                                                                 \
    do {                                                                                           \
        CHECK(pusher_config_new(key) == NULL);                                                     \
        check_message_at(__FILE__, __LINE__, "pusher_config_new(" #key ")", word);                 \
    } while (0)

static void config_new_and_free(void)
{
    pusher_config *config;
    CHECK_NO_CONFIG("key", NULL);
    CHECK_NO_CONFIG("key", "");
    CHECK_NO_CONFIG("key", NOT_UTF8);
    CHECK_NO_CONFIG("key", "a key with spaces");
    CHECK_NO_CONFIG("key", "a\nkey");

    CHECK_OK(pusher_config_free(NULL));
    config = pusher_config_new("app-key");
    CHECK(config != NULL);
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free((pusher_config *)(uintptr_t)12345));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free((pusher_config *)UINTPTR_MAX));
}

/* A handle must not be taken for one of another type. */
static void config_is_no_client(void)
{
    pusher_client *client = new_client("x");
    pusher_config *config = stale_config();
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tls(config, 1));
    CHECK_OK(pusher_client_free(client));
}

static void config_text_setters(void)
{
    pusher_config *config;
    check_text_setter(pusher_config_set_cluster, "eu", "", "cluster");
    check_text_setter(pusher_config_set_cluster, "us2", "e u/x", "cluster");
    check_text_setter(pusher_config_set_host, "localhost", "", "host");
    check_text_setter(pusher_config_set_host, "127.0.0.1", "http://localhost", "host");
    check_text_setter(pusher_config_set_host, "::1", "localhost:80", "host");
    check_text_setter(pusher_config_set_path, "/realtime", "/a?b#c", "path");
    check_text_setter(pusher_config_set_secret, SECRET, "", "secret");

    config = pusher_config_new("app-key");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "secret", pusher_config_set_secret(config, SECRET "\xff"));
    CHECK_OK(pusher_config_free(config));
}

static void config_time_setters(void)
{
    check_time_setter(pusher_config_set_connect_timeout, "connect timeout");
    check_time_setter(pusher_config_set_activity_timeout, "activity timeout");
    check_time_setter(pusher_config_set_pong_timeout, "pong timeout");
    check_time_setter(pusher_config_set_subscribe_timeout, "subscribe timeout");
}

static void config_number_setters(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(pusher_config_set_port(config, 1));
    CHECK_OK(pusher_config_set_port(config, 65535));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "port", pusher_config_set_port(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "65536", pusher_config_set_port(config, 65536));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1", pusher_config_set_port(config, -1));

    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_tls(config, 1));
    CHECK_OK(pusher_config_set_tls(config, INT32_MIN));

    CHECK_OK(pusher_config_set_backoff(config, 1, 1));
    CHECK_OK(pusher_config_set_backoff(config, 1, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 2, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 0, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, -1, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 1, 86400001));

    CHECK_OK(pusher_config_set_max_message_size(config, 1024));
    CHECK_OK(pusher_config_set_max_message_size(config, 268435456));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message", pusher_config_set_max_message_size(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message", pusher_config_set_max_message_size(config, 1023));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message",
                pusher_config_set_max_message_size(config, 268435457));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message",
                pusher_config_set_max_message_size(config, SIZE_MAX));

    CHECK_OK(pusher_config_set_queue_capacity(config, 16));
    CHECK_OK(pusher_config_set_queue_capacity(config, 16777216));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, 15));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, 16777217));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, SIZE_MAX));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_port(config, 80));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tls(config, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_backoff(config, 1, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_max_message_size(config, 9999));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_queue_capacity(config, 99));
        config = NULL;
    }
}

static void config_users_and_names(void)
{
    char long_name[80];
    pusher_config *config = pusher_config_new("app-key");

    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_presence_user(config, "ann", "{\"name\":\"Ann\"}"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_config_set_presence_user(config, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_config_set_presence_user(config, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user", pusher_config_set_presence_user(config, "", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_info",
                pusher_config_set_presence_user(config, "ann", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "JSON",
                pusher_config_set_presence_user(config, "ann", "{no json"));

    memset(long_name, 'x', sizeof long_name);
    long_name[65] = '\0';
    CHECK_OK(pusher_config_set_client_name(config, "my-app", "1.0.0"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, NULL, "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "version", pusher_config_set_client_name(config, "a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, NOT_UTF8, "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "version",
                pusher_config_set_client_name(config, "a", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, "", "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, "a b", "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, long_name, "1"));
    long_name[64] = '\0';
    CHECK_OK(pusher_config_set_client_name(config, long_name, "1"));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config",
                    pusher_config_set_presence_user(config, "a", NULL));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_client_name(config, "a", "1"));
        config = NULL;
    }
}

/* Authorisation, encryption, users, the HTTP API, limits -------------------------------------- */

/* A setter of one text, whose message names the argument, or says `word` where it is malformed. */
static void check_named_setter(text_setter set, const char *good, const char *bad,
                               const char *argument, const char *word)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(set(config, good));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, argument, set(config, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, argument, set(config, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, bad));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, ""));
    CHECK_OK(set(config, good));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(config, good));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(NULL, good));
}

static void config_texts(void)
{
    const char *url = "https://example.com/pusher/auth";
    check_named_setter(pusher_config_set_auth_endpoint, url, "/pusher/auth", "url", "endpoint");
    check_named_setter(pusher_config_set_auth_endpoint, "http://[::1]:8080/?a=b", "ftp://a/b",
                       "url", "endpoint");
    check_named_setter(pusher_config_set_user_auth_endpoint, url, "example.com", "url",
                       "user authorisation endpoint");
    check_named_setter(pusher_config_set_encryption_master_key, MASTER_KEY, "c2hvcnQ=", "base64",
                       "master key");
    check_named_setter(pusher_config_set_encryption_master_key, SERVER_MASTER_KEY,
                       MASTER_KEY "A===", "base64", "master key");
    check_named_setter(pusher_config_set_user, USER, "{\"name\":\"Ann\"}", "user_data", "id");
    check_named_setter(pusher_config_set_user, "{\"id\":7}", "{no json", "user_data", "JSON");
    check_named_setter(pusher_config_set_app_id, "123", "a\nb", "app_id", "app id");
}

static void config_switches(void)
{
    int32_t (*const switches[])(pusher_config *, int32_t) = {
        pusher_config_set_auth_json,
        pusher_config_set_auth_batches,
        pusher_config_set_auth_prepared,
        pusher_config_set_authorizer,
    };
    pusher_config *stale = stale_config();
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        pusher_config *config = pusher_config_new("app-key");
        CHECK_OK(switches[i](config, 0));
        CHECK_OK(switches[i](config, 1));
        CHECK_OK(switches[i](config, INT32_MIN));
        CHECK_OK(pusher_config_free(config));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", switches[i](stale, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", switches[i](NULL, 1));
    }
}

static void config_headers_and_params(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN));
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN));
    CHECK_OK(pusher_config_add_auth_header(config, "X-Empty", ""));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_auth_header(config, NULL, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value", pusher_config_add_auth_header(config, "A", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_config_add_auth_header(config, NOT_UTF8, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value",
                pusher_config_add_auth_header(config, "A", TOKEN "\xff"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_auth_header(config, "", TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "a b", pusher_config_add_auth_header(config, "a b", TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "X-Split",
                pusher_config_add_auth_header(config, "X-Split", TOKEN "\r\nX-More: 1"));

    CHECK_OK(pusher_config_add_auth_param(config, "token", TOKEN));
    CHECK_OK(pusher_config_add_auth_param(config, "a b", ""));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_auth_param(config, NULL, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value", pusher_config_add_auth_param(config, "a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_config_add_auth_param(config, NOT_UTF8, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value",
                pusher_config_add_auth_param(config, "a", TOKEN "\xff"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_auth_param(config, "", TOKEN));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_add_auth_header(config, "a", "b"));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_add_auth_param(config, "a", "b"));
        config = NULL;
    }
}

static void config_numbers(void)
{
    pusher_config *config = pusher_config_new("app-key");
    check_time_setter(pusher_config_set_auth_timeout, "authorisation timeout");
    check_time_setter(pusher_config_set_api_timeout, "API's timeout");

    CHECK_OK(pusher_config_set_api_host(config, "api.example.com", 0));
    CHECK_OK(pusher_config_set_api_host(config, "::1", 65535));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_set_api_host(config, NULL, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_set_api_host(config, NOT_UTF8, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_set_api_host(config, "", 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_set_api_host(config, "http://a", 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "port", pusher_config_set_api_host(config, "a", -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "port", pusher_config_set_api_host(config, "a", 65536));

    CHECK_OK(pusher_config_set_publish_rate(config, 0, PUSHER_OVER_LIMIT_WAIT));
    CHECK_OK(pusher_config_set_publish_rate(config, UINT32_MAX, PUSHER_OVER_LIMIT_KEEP_LATEST));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "over_limit", pusher_config_set_publish_rate(config, 1, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "over_limit", pusher_config_set_publish_rate(config, 1, 3));

    CHECK_OK(pusher_config_set_publish_queue(config, 0, 1));
    CHECK_OK(pusher_config_set_publish_queue(config, 1000000, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "1000000",
                pusher_config_set_publish_queue(config, 1000001, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "1000000",
                pusher_config_set_publish_queue(config, SIZE_MAX, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "time", pusher_config_set_publish_queue(config, 1, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "time", pusher_config_set_publish_queue(config, 1, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "time", pusher_config_set_publish_queue(config, 1, 86400001));

    CHECK_OK(pusher_config_set_presence_grace(config, 0));
    CHECK_OK(pusher_config_set_presence_grace(config, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "grace", pusher_config_set_presence_grace(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "grace", pusher_config_set_presence_grace(config, 86400001));

    CHECK_OK(pusher_config_set_limits(config, PUSHER_LIMITS_COMMON, 0));
    CHECK_OK(pusher_config_set_limits(config, PUSHER_LIMITS_SOCKUDO, INT32_MIN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "limits", pusher_config_set_limits(config, -1, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "limits", pusher_config_set_limits(config, 5, 0));
    CHECK_OK(pusher_config_set_custom_limits(config, 1, 1, 0, 0));
    CHECK_OK(pusher_config_set_custom_limits(config, SIZE_MAX, SIZE_MAX, SIZE_MAX, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_name",
                pusher_config_set_custom_limits(config, 0, 1, 1, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event_name",
                pusher_config_set_custom_limits(config, 1, 0, 1, 0));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_api_host(config, "a", 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_publish_rate(config, 1, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_publish_queue(config, 1, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_presence_grace(config, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_limits(config, 0, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config",
                    pusher_config_set_custom_limits(config, 1, 1, 1, 0));
        config = NULL;
    }
}

/* One of the two authorises, and a client of both would leave open which. */
static void config_of_two_authorisers(void)
{
    pusher_config *config = new_config();
    pusher_client *const untouched = (pusher_client *)(uintptr_t)7;
    pusher_client *client = untouched;
    CHECK_OK(pusher_config_set_auth_endpoint(config, "https://example.com/auth"));
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "both", pusher_client_new(config, &client));
    CHECK(client == untouched);
    CHECK_OK(pusher_config_free(config));
}

static const test tests[] = {
    {"config_new_and_free", config_new_and_free},
    {"config_is_no_client", config_is_no_client},
    {"config_text_setters", config_text_setters},
    {"config_time_setters", config_time_setters},
    {"config_number_setters", config_number_setters},
    {"config_users_and_names", config_users_and_names},
    {"config_texts", config_texts},
    {"config_switches", config_switches},
    {"config_headers_and_params", config_headers_and_params},
    {"config_numbers", config_numbers},
    {"config_of_two_authorisers", config_of_two_authorisers},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
