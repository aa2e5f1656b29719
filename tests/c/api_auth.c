/*
 * Authorising, from both sides: answers of an application, signing in, and what a server does with
 * the secret.
 */
#include "support.h"

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

static const test tests[] = {
    {"ready_made_auth", ready_made_auth},
    {"answers", answers},
    {"signing_in", signing_in},
    {"authorising_others", authorising_others},
    {"webhooks", webhooks},
    {"encrypting", encrypting},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
