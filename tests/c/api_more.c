/*
 * The rest of api.c: authorisation, encryption, users, the HTTP API, limits, patterns, lists of
 * channels, and what a server does with the secret.
 */
#include "harness.h"

#define AUTH "app-key:0123456789abcdef"
#define USER "{\"id\":\"ann\",\"watchlist\":[\"ben\"]}"
#define MEMBER "{\"user_id\":\"ann\"}"

/* Config -------------------------------------------------------------------------------------- */

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

/* Handles ------------------------------------------------------------------------------------- */

static void nothing(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
}

static int drops;

static void count_drop(void *user_data)
{
    CHECK(user_data == &drops);
    drops++;
}

static pusher_callback counting_callback(void)
{
    pusher_callback callback = {nothing, count_drop, NULL};
    callback.user_data = &drops;
    return callback;
}

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

static pusher_config *api_config(void)
{
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_app_id(config, "app-id"));
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_user(config, USER));
    return config;
}

static pusher_client *api_client(void)
{
    pusher_config *config = api_config();
    pusher_client *client = NULL;
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
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

/* Authorising --------------------------------------------------------------------------------- */

static void ready_made_auth(void)
{
    pusher_client *client = api_client();
    pusher_request request = 77;
#define SUBSCRIBE(channel, auth, data, secret)                                                     \
    pusher_client_subscribe_with_auth(client, channel, auth, data, secret, &request)
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", SUBSCRIBE(NULL, AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", SUBSCRIBE(NOT_UTF8, AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", SUBSCRIBE("", AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b", SUBSCRIBE("private-a b", AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "public", SUBSCRIBE("news", AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth", SUBSCRIBE("private-a", NULL, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth", SUBSCRIBE("private-a", NOT_UTF8, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_AUTH, "KEY:SIGNATURE", SUBSCRIBE("private-a", "", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_AUTH, "KEY:SIGNATURE", SUBSCRIBE("private-a", "key:", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                SUBSCRIBE("presence-a", AUTH, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data", SUBSCRIBE("private-a", AUTH, MEMBER, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id", SUBSCRIBE("presence-a", AUTH, "{}", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "shared_secret",
                SUBSCRIBE("private-encrypted-a", AUTH, NULL, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_AUTH, "shared_secret",
                SUBSCRIBE("private-encrypted-a", AUTH, NULL, "c2hvcnQ="));
    CHECK(request == 77);
    CHECK_OK(SUBSCRIBE("private-encrypted-a", AUTH, NULL, MASTER_KEY));
    CHECK_OK(pusher_client_subscribe_with_auth(client, "presence-a", AUTH, MEMBER, NULL, NULL));
    CHECK(request != 77 && request != 0);
#undef SUBSCRIBE
    CHECK_OK(pusher_client_free(client));
}

static void answers(void)
{
    static const char *const good[] = {"Authorization", TOKEN, "X-More", "", NULL};
    static const char *const no_value[] = {"Authorization", NULL};
    static const char *const bad_name[] = {"a b", TOKEN, NULL};
    static const char *const split[] = {"X-Split", TOKEN "\nX: 1", NULL};
    static const char *const not_utf8[] = {"X-Token", TOKEN "\xff", NULL};
    static const char *const no_name[] = {"", TOKEN, NULL};
    static const char *const none[] = {NULL};
    pusher_client *client = api_client();

    /* Nobody has asked for number 99: dropped, and no error. But what is malformed is refused. */
    CHECK_OK(pusher_client_authorize(client, 99, NULL, AUTH, NULL, NULL));
    CHECK_OK(pusher_client_authorize(client, 0, "private-a", AUTH, NULL, NULL));
    CHECK_OK(pusher_client_authorize(client, 99, "private-encrypted-a", AUTH, NULL, MASTER_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth",
                pusher_client_authorize(client, 99, NULL, NULL, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth",
                pusher_client_authorize(client, 99, NULL, NOT_UTF8, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_AUTH, "KEY:SIGNATURE",
                pusher_client_authorize(client, 99, NULL, SECRET, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                pusher_client_authorize(client, 99, NULL, AUTH, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "shared_secret",
                pusher_client_authorize(client, 99, NULL, AUTH, NULL, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_AUTH, "shared_secret",
                pusher_client_authorize(client, 99, NULL, AUTH, NULL, "no base64"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_authorize(client, 99, NOT_UTF8, AUTH, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b",
                pusher_client_authorize(client, 99, "a b", AUTH, NULL, NULL));

    CHECK_OK(pusher_client_authorize_user(client, 99, AUTH, USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth",
                pusher_client_authorize_user(client, 99, NULL, USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "auth",
                pusher_client_authorize_user(client, 99, NOT_UTF8, USER));
    CHECK_ERROR(PUSHER_ERR_AUTH, "KEY:SIGNATURE",
                pusher_client_authorize_user(client, 99, ":", USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_data",
                pusher_client_authorize_user(client, 99, AUTH, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_data",
                pusher_client_authorize_user(client, 99, AUTH, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "id", pusher_client_authorize_user(client, 99, AUTH, "{}"));

    CHECK_OK(pusher_client_refuse(client, 99, "no"));
    CHECK_OK(pusher_client_refuse(client, UINT64_MAX, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "reason", pusher_client_refuse(client, 99, NOT_UTF8));

    CHECK_OK(pusher_client_prepare(client, 99, NULL, NULL));
    CHECK_OK(pusher_client_prepare(client, 99, none, none));
    CHECK_OK(pusher_client_prepare(client, 99, good, good));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "Authorization",
                pusher_client_prepare(client, 99, no_value, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "a b", pusher_client_prepare(client, 99, bad_name, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "X-Split", pusher_client_prepare(client, 99, split, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "header", pusher_client_prepare(client, 99, not_utf8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "header", pusher_client_prepare(client, 99, no_name, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "parameter",
                pusher_client_prepare(client, 99, NULL, no_name));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "parameter",
                pusher_client_prepare(client, 99, NULL, no_value));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "parameter",
                pusher_client_prepare(client, 99, good, not_utf8));
    CHECK_OK(pusher_client_free(client));
}

static void signing_in(void)
{
    pusher_client *client = api_client();
    pusher_client *nobody = new_client("ann");
    pusher_request request = 0;
    connect_client(client);
    CHECK_OK(pusher_client_sign_in(client, NULL));
    CHECK_OK(pusher_client_sign_in(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    connect_client(nobody);
    CHECK_OK(pusher_client_sign_in(nobody, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "user", pusher_client_wait(nobody, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    CHECK_OK(pusher_client_free(nobody));
}

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

/* Binding and channels ------------------------------------------------------------------------ */

static void binding_with(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = counting_callback();
    pusher_callback no_call = callback;
    pusher_binding first = 0, second = 0, untouched = 77;
    no_call.call = NULL;
    drops = 0;

    CHECK_OK(pusher_client_bind_with(client, "a", "b", 0, &callback, &first));
    CHECK_OK(pusher_client_bind_with(client, "a-*", "{b,c}?[d-f]",
                                     PUSHER_BIND_ONCE | PUSHER_BIND_GLOB, &callback, &second));
    CHECK_OK(pusher_client_bind_with(client, NULL, NULL, PUSHER_BIND_ONCE, &callback, NULL));
    CHECK(first != 0 && second != 0 && first != second && drops == 0);

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "callback",
                pusher_client_bind_with(client, NULL, NULL, 0, NULL, &untouched));
    CHECK(drops == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "call",
                pusher_client_bind_with(client, NULL, NULL, 0, &no_call, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_bind_with(client, NOT_UTF8, NULL, 0, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_bind_with(client, NULL, NOT_UTF8, 0, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "flags",
                pusher_client_bind_with(client, NULL, NULL, 4, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "flags",
                pusher_client_bind_with(client, NULL, NULL, -1, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_bind_with(client, "[a", NULL, PUSHER_BIND_GLOB, &callback,
                                        &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_bind_with(client, NULL, "{a,b", PUSHER_BIND_GLOB, &callback,
                                        &untouched));
    CHECK(drops == 7 && untouched == 77);
    /* Without the flag it is a name like every other. */
    CHECK_OK(pusher_client_bind_with(client, "[a", "{a,b", 0, &callback, NULL));

    CHECK_OK(pusher_client_unbind(client, first));
    CHECK_OK(pusher_client_unbind(client, second));
    CHECK(drops == 9);
    CHECK_OK(pusher_client_free(client));
    CHECK(drops == 11);
}

static void lists_of_channels(void)
{
    pusher_client *client = new_client("ann");
    pusher_channels *list = NULL;
    pusher_request request = 0;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channels", pusher_client_channels(client, NULL));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(list != NULL && pusher_channels_count(list) == 0);
    CHECK(pusher_channels_name(list, 0) == NULL);
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, 0));
    CHECK_OK(pusher_channels_free(list));

    connect_client(client);
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "news");
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 2);
    CHECK(strcmp(pusher_channels_name(list, 0), "news") == 0);
    CHECK(strcmp(pusher_channels_name(list, 1), "private-a") == 0);
    CHECK(pusher_channels_state(list, 1) == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK(pusher_channels_name(list, 2) == NULL && pusher_channels_name(list, SIZE_MAX) == NULL);
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, 2));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, SIZE_MAX));

    CHECK_OK(pusher_client_unsubscribe_all(client, NULL));
    CHECK_OK(pusher_client_unsubscribe_all(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    /* It is a snapshot: nothing of this changes it. */
    CHECK(pusher_channels_count(list) == 2);
    CHECK(strcmp(pusher_channels_name(list, 0), "news") == 0);

    CHECK_OK(pusher_channels_free(NULL));
    CHECK_OK(pusher_channels_free(list));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "channels", pusher_channels_free(list));
    for (int i = 0; i < 2; i++) {
        CHECK(pusher_channels_count(list) == 0 && pusher_channels_name(list, 0) == NULL);
        CHECK_ERROR(PUSHER_ERR_HANDLE, "channels", pusher_channels_state(list, 0));
        list = NULL;
    }
}

/* What a server does -------------------------------------------------------------------------- */

/* Buffers: too small, none, exactly enough; as every function that fills one. */
#define CHECK_BUFFERS(call)                                                                        \
    do {                                                                                           \
        size_t capacity = sizeof text, whole;                                                      \
        char *buffer = text;                                                                       \
        length = 0;                                                                                \
        CHECK_OK(call);                                                                            \
        whole = length;                                                                            \
        CHECK(whole > 0 && strlen(text) == whole);                                                 \
        strcpy(text, "untouched");                                                                 \
        capacity = whole;                                                                          \
        length = 77;                                                                               \
        CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "bytes", call);                                          \
        CHECK(length == whole);                                                                    \
        capacity = 0;                                                                              \
        CHECK_STATUS(PUSHER_ERR_TOO_LARGE, call);                                                  \
        CHECK(strcmp(text, "untouched") == 0);                                                     \
        capacity = whole + 1;                                                                      \
        CHECK_OK(call);                                                                            \
        buffer = NULL;                                                                             \
        CHECK_ERROR(PUSHER_ERR_ARGUMENT, "buffer", call);                                          \
        strcpy(text, "untouched");                                                                 \
        length = 77;                                                                               \
    } while (0)
#define UNTOUCHED (strcmp(text, "untouched") == 0 && length == 77)

static void authorising_others(void)
{
    char text[512];
    size_t length = 77;
    pusher_config *config = pusher_config_new("app-key");
    pusher_config *stale = stale_config();

#define AUTHORIZE(config, socket_id, channel, data)                                                \
    pusher_authorize_channel(config, socket_id, channel, data, text, sizeof text, &length)
#define AUTHORIZE_USER(config, socket_id, data)                                                    \
    pusher_authorize_user(config, socket_id, data, text, sizeof text, &length)
    strcpy(text, "untouched");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "secret", AUTHORIZE(config, "1.2", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "secret", AUTHORIZE_USER(config, "1.2", USER));
    CHECK_OK(pusher_config_set_secret(config, SECRET));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "master key",
                AUTHORIZE(config, "1.2", "private-encrypted-a", NULL));
    CHECK(UNTOUCHED);

    CHECK_BUFFERS(pusher_authorize_channel(config, "1.2", "private-a", NULL, buffer, capacity,
                                           &length));
    CHECK_BUFFERS(pusher_authorize_user(config, "1.2", USER, buffer, capacity, &length));
    CHECK_OK(pusher_authorize_channel(config, "1.2", "presence-a", MEMBER, text, sizeof text,
                                      NULL));
    CHECK_OK(pusher_authorize_user(config, "1.2", USER, text, sizeof text, NULL));
    strcpy(text, "untouched");

    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", AUTHORIZE(NULL, "1.2", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", AUTHORIZE(stale, "1.2", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id", AUTHORIZE(config, NULL, "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id", AUTHORIZE(config, NOT_UTF8, "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket id", AUTHORIZE(config, "", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket id",
                AUTHORIZE(config, "1.2:private-b", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket id", AUTHORIZE(config, "1.2\n", "private-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", AUTHORIZE(config, "1.2", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", AUTHORIZE(config, "1.2", NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", AUTHORIZE(config, "1.2", "", NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "private-a:b", AUTHORIZE(config, "1.2", "private-a:b", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "public", AUTHORIZE(config, "1.2", "news", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data", AUTHORIZE(config, "1.2", "presence-a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                AUTHORIZE(config, "1.2", "presence-a", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id", AUTHORIZE(config, "1.2", "presence-a", "{}"));

    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", AUTHORIZE_USER(NULL, "1.2", USER));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", AUTHORIZE_USER(stale, "1.2", USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id", AUTHORIZE_USER(config, NULL, USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket_id", AUTHORIZE_USER(config, NOT_UTF8, USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socket id", AUTHORIZE_USER(config, "1.", USER));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_data", AUTHORIZE_USER(config, "1.2", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_data", AUTHORIZE_USER(config, "1.2", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "id", AUTHORIZE_USER(config, "1.2", "{}"));
    CHECK(UNTOUCHED);
#undef AUTHORIZE
#undef AUTHORIZE_USER
    CHECK_OK(pusher_config_free(config));
}

static void webhooks(void)
{
    const char *signature = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    pusher_config *config = pusher_config_new("app-key");
    pusher_config *stale = stale_config();
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "secret",
                pusher_verify_webhook(config, "app-key", signature, "{}", 2));
    CHECK_OK(pusher_config_set_secret(config, SECRET));
    CHECK_ERROR(PUSHER_ERR_AUTH, "signature",
                pusher_verify_webhook(config, "app-key", signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_AUTH, "signature",
                pusher_verify_webhook(config, "app-key", "", NULL, 0));
    CHECK_ERROR(PUSHER_ERR_AUTH, "key",
                pusher_verify_webhook(config, "other-key", signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config",
                pusher_verify_webhook(NULL, "app-key", signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config",
                pusher_verify_webhook(stale, "app-key", signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key",
                pusher_verify_webhook(config, NULL, signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key",
                pusher_verify_webhook(config, NOT_UTF8, signature, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "signature",
                pusher_verify_webhook(config, "app-key", NULL, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "signature",
                pusher_verify_webhook(config, "app-key", NOT_UTF8, "{}", 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "body",
                pusher_verify_webhook(config, "app-key", signature, NULL, 2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "body",
                pusher_verify_webhook(config, "app-key", signature, "{}", SIZE_MAX));
    CHECK_OK(pusher_config_free(config));
}

static void encrypting(void)
{
    char text[512];
    size_t length = 77;
    pusher_config *config = new_config();
    pusher_config *stale = stale_config();

#define ENCRYPT(config, channel, data, len)                                                        \
    pusher_encrypt(config, channel, data, len, text, sizeof text, &length)
    strcpy(text, "untouched");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "master key", ENCRYPT(config, "private-encrypted-a", "1", 1));
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    CHECK(UNTOUCHED);
    CHECK_BUFFERS(pusher_encrypt(config, "private-encrypted-a", "1", 1, buffer, capacity, &length));
    CHECK_OK(pusher_encrypt(config, "private-encrypted-cache-a", NULL, 0, text, sizeof text, NULL));
    strcpy(text, "untouched");
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", ENCRYPT(NULL, "private-encrypted-a", "1", 1));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", ENCRYPT(stale, "private-encrypted-a", "1", 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", ENCRYPT(config, NULL, "1", 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", ENCRYPT(config, NOT_UTF8, "1", 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", ENCRYPT(config, "private-a", "1", 1));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", ENCRYPT(config, "", "1", 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data", ENCRYPT(config, "private-encrypted-a", NULL, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data", ENCRYPT(config, "private-encrypted-a", NOT_UTF8, 5));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                ENCRYPT(config, "private-encrypted-a", "1", SIZE_MAX));
    CHECK(UNTOUCHED);
#undef ENCRYPT
    CHECK_OK(pusher_config_free(config));
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
    {"config_texts", config_texts},
    {"config_switches", config_switches},
    {"config_headers_and_params", config_headers_and_params},
    {"config_numbers", config_numbers},
    {"config_of_two_authorisers", config_of_two_authorisers},
    {"client_handles", client_handles},
    {"a_closed_client", a_closed_client},
    {"ready_made_auth", ready_made_auth},
    {"answers", answers},
    {"signing_in", signing_in},
    {"triggering", triggering},
    {"batches", batches},
    {"asking", asking},
    {"what_is_missing", what_is_missing},
    {"binding_with", binding_with},
    {"lists_of_channels", lists_of_channels},
    {"authorising_others", authorising_others},
    {"webhooks", webhooks},
    {"encrypting", encrypting},
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
